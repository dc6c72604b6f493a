/*
 * Inside the SQLite outbox: statements and the readers of their rows. One connection, guarded by one
 * mutex, which begin takes and end gives back; what is decided about the rows stands above, in
 * outbox/ (store.h). Unless it says otherwise, a function here expects the mutex to be held.
 */
#ifndef JS_OUTBOX_SQLITE_INTERNAL_H
#define JS_OUTBOX_SQLITE_INTERNAL_H

#include "outbox/kinds_sql.h"
#include "outbox/put.h"
#include "outbox/receipt_columns.h"
#include "outbox/recent.h"
#include "outbox/sqlite/folder.h"
#include "outbox/sqlite/host.h"
#include "outbox/sqlite/log_vfs.h"
#include "outbox/sqlite/mark.h"
#include "outbox/sqlite/process_lock.h"
#include "outbox/sqlite/sqlite.h"
#include "outbox/store.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

enum { JS_KEY_SIZE = 32, JS_SLOTS = 256, JS_COUNTERS = 16, JS_COUNTED = 16 };

/* A statement, beside its use. Its address is its name: it is prepared once a connection. */
#define JS_SQL(name, ...) static const char name[] = __VA_ARGS__

/* Lanes and kinds of a newer version are left alone, and so are its rows. */
/* No list: for one of more than two SQLite makes a table at each run. */
#define JS_KNOWN_LANE(alias) alias ".kind BETWEEN " JS_SQL_FIRST_API " AND " JS_SQL_LAST_API
#define JS_KNOWN_ROW(alias) alias ".format BETWEEN 1 AND 3"

/* Sums over all events, so that no put has to count. One row of the database. */
typedef struct js_tally {
    int64_t waiting, bytes, dead, removed_dead;
    int64_t settled_no; /* of the newest settled event */
} js_tally;

/* How many events have come to wait (or no longer do) in a transaction, written at its end. */
typedef struct js_counter {
    int64_t lane, envelope, change;
} js_counter;

/* By how much one of the metrics rises in a transaction, written at its end. */
typedef struct js_counted {
    const char *name; /* a constant */
    char *label;
    char *otherwise; /* the label where the name has too many; null: it takes any number */
    int64_t change;
} js_counted;

/* A lane that this process has taken, or had and may take again. */
typedef struct js_claim {
    js_lane lane;
    int64_t fence;  /* of this claim, in this process */
    int64_t stored; /* in the database, as long as nobody else has had the lane */
    bool held;
    js_lane_lock lock;
    struct js_claim *next;
} js_claim;

/* Puts of several threads that are to share one transaction. Has a mutex of its own. */
typedef struct js_put_queue {
    pthread_mutex_t mutex;
    struct js_put_request *first, *last;
    bool leading; /* a thread commits for all it found, or has been told to */
} js_put_queue;

enum { JS_SEEN_MAX = 4096, JS_SEEN_KEPT = 1024 };

/*
 * Of an outbox in memory: settled events whose receipts were handed out, oldest first. All but the newest
 * of them are removed, so that a program that tells very many does not grow.
 */
typedef struct js_sq_seen {
    int64_t *ids;
    size_t count;
} js_sq_seen;

/* Receipts that were read together with one that was asked for (ahead.c). */
enum { JS_AHEAD = 64 };
typedef struct js_sq_ahead {
    struct {
        js_receipt receipt;
        int64_t number; /* its id, or that of its settling */
    } items[JS_AHEAD];
    size_t at, count;
    int64_t last; /* the number that was asked for last */
    int64_t since_ms;
    uint64_t version;
} js_sq_ahead;

typedef struct js_sqlite {
    js_store store;
    js_folder folder;
    js_mark mark;
    js_presence presence;
    js_host host;             /* guarded by the mutex */
    int64_t busy_ms;          /* how long other processes may keep us waiting */
    int64_t check_pages;      /* see js_sqlite_options */
    _Atomic int64_t leave_ms; /* monotonic: from then on nobody keeps us waiting */
    uint64_t inode;           /* of the database that was opened */
    uint64_t log_inode;       /* of its write-ahead log; 0: there is none */

    pthread_mutex_t mutex; /* guards all that follows but the last three */
    js_log_vfs log_vfs;
    sqlite3 *db;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } slots[JS_SLOTS]; /* by the address of their texts */
    js_work work;      /* of the transaction */
    js_tally tally;
    bool tally_changed;
    js_counter counters[JS_COUNTERS];
    size_t counter_count;
    js_counted counted[JS_COUNTED];
    size_t counted_count;
    bool wal;
    bool whole; /* it has passed the checks */
    bool soft;  /* the connection's present setting */
    int64_t data_version;
    int64_t busy_since_ms;
    bool looks_once; /* whoever begins to write waits for others himself, without the mutex */
    bool was_busy;   /* ... and another process was writing */
    js_claim *claims;
    int64_t last_fence; /* that was given out */
    js_recent recent;
    js_sq_seen seen;
    js_sq_ahead ids_ahead, settled_ahead;

    unsigned char key[JS_KEY_SIZE];
    _Atomic uint64_t version;
    js_put_queue queue;
} js_sqlite;

static inline js_sqlite *js_sq_of(js_store *store) {
    return (js_sqlite *)store;
}

/* database.c: transactions, statements, errors */
jirasend_code js_sq_fail(js_sqlite *self, int rc, jirasend_error *error);
jirasend_code js_sq_exec(js_sqlite *self, const char *sql, jirasend_error *error);
/* Takes the mutex, which a failure gives back. */
jirasend_code js_sq_begin(js_store *store, js_work work, jirasend_error *error);
/* Commits when code is OK, else rolls back; returns the first failure. Gives the mutex back. */
jirasend_code js_sq_end(js_store *store, jirasend_code code, jirasend_error *error);
jirasend_code js_sq_damaged(js_store *store, const char *what, jirasend_error *error);
/* forget.c: a receipt is handed out; and removing what was seen long ago, inside a transaction */
void js_sq_note_seen(js_sqlite *self, const js_receipt *receipt);
jirasend_code js_sq_forget_seen(js_sqlite *self, jirasend_error *error);
/* open.c: waiting for other processes */
bool js_sq_may_wait(const js_sqlite *self, int64_t since_ms);
void js_sq_pause(int looks);
/*
 * The same with the mutex held before and after; writing lets go of it while another process has the
 * database.
 */
jirasend_code js_sq_start(js_sqlite *self, js_work work, jirasend_error *error);
jirasend_code js_sq_finish(js_sqlite *self, jirasend_code code, jirasend_error *error);
void js_sq_rollback(js_sqlite *self);
/* An event more or less waits in this envelope of this lane. */
jirasend_code js_sq_count(js_sqlite *self, int64_t lane, int64_t envelope, int64_t change,
                          jirasend_error *error);
void js_sq_finalize(js_sqlite *self);

/* One run of a prepared statement. Parameters are added in order; a failure sticks until the end. */
typedef struct js_query {
    js_sqlite *outbox;
    sqlite3_stmt *statement;
    int rc;
    int bound;
} js_query;

js_query js_sq_query(js_sqlite *self, const char *sql);
void js_query_int(js_query *query, int64_t value);
void js_query_some(js_query *query, int64_t value); /* 0 is NULL */
/* Texts must stay until the query has ended. Null is NULL. */
void js_query_text(js_query *query, const char *text);
void js_query_blob(js_query *query, const void *bytes, size_t length);
bool js_query_row(js_query *query); /* steps; true: there is a row */
jirasend_code js_query_end(js_query *query, jirasend_error *error);
/* Steps a statement without rows and ends. */
jirasend_code js_query_run(js_query *query, jirasend_error *error);
/* One number of one row; `otherwise` when there is none. Ends the query. */
jirasend_code js_query_number(js_query *query, int64_t otherwise, int64_t *value,
                              jirasend_error *error);
/* Of the row: null is "". */
const char *js_query_read_text(const js_query *query, int column);
int64_t js_query_read(const js_query *query, int column);

/* schema.c */
jirasend_code js_sq_schema_open(js_sqlite *self, const js_world *world, jirasend_error *error);

/*
 * check.c: damage that SQLite does not notice by itself, and that would make an event wait for ever.
 * REFUSED when there is some. js_sq_check_open() outside a transaction; the other inside.
 */
jirasend_code js_sq_check_open(js_sqlite *self, jirasend_error *error);
jirasend_code js_sq_check_idle(js_store *store, int64_t lane, jirasend_error *error);

/* checksum.c: what stands in a row */
typedef struct js_row_facts {
    int64_t id, number, sequence, envelope;
    const char *site, *pipeline, *environment, *request_id, *scope;
    int kind, format;
    bool gated, barrier, history;
} js_row_facts;

/* Over the document and what was committed with it. False when memory is short. */
bool js_row_sum(const js_row_facts *facts, const char *document, size_t length, int64_t *sum);

/* lanes.c and stops.c */
jirasend_code js_sq_lane_find(js_store *store, const js_lane *lane, js_lane_row *row,
                              jirasend_error *error);
jirasend_code js_sq_lane_add(js_store *store, const js_lane *lane, js_lane_row *row,
                             jirasend_error *error);
jirasend_code js_sq_lane_check_claim(js_store *store, const js_lane *lane, int64_t fence,
                                     js_lane_row *row, jirasend_error *error);
jirasend_code js_sq_lane_of(js_store *store, int64_t id, js_lane_row *row, jirasend_error *error);
jirasend_code js_sq_lane_next(js_store *store, const char *site, int64_t after, js_lane_row *row,
                              jirasend_error *error);
jirasend_code js_sq_lane_states(js_store *store, js_lane_state **states, size_t *count,
                                jirasend_error *error);
jirasend_code js_sq_stop_read(js_store *store, const js_lane *lane, js_stop *stop,
                              jirasend_error *error);
jirasend_code js_sq_stop_write(js_store *store, int64_t lane, const js_stop *stop,
                               jirasend_error *error);
jirasend_code js_sq_backoff_write(js_store *store, int64_t envelope, const js_backoff *backoff,
                                  jirasend_error *error);
jirasend_code js_sq_backoffs_end(js_store *store, int64_t lane, jirasend_error *error);

/* queue.c */
jirasend_code js_sq_any_aside(js_store *store, int64_t lane, int64_t from, int64_t until, bool *any,
                              jirasend_error *error);
jirasend_code js_sq_wake(js_store *store, int64_t lane, int64_t from, int64_t until,
                         jirasend_error *error);
jirasend_code js_sq_set_aside(js_store *store, const js_queued *events, size_t count,
                              jirasend_error *error);
jirasend_code js_sq_heads(js_store *store, int64_t lane, js_head **heads, size_t *count,
                          jirasend_error *error);
jirasend_code js_sq_window(js_store *store, int64_t lane, int64_t envelope, int64_t after,
                           js_queued *events, size_t max, size_t *count, jirasend_error *error);
/* What js_sq_read_queued() reads: e is the event. */
#define JS_QUEUED_COLUMNS                                                                          \
    "e.id, e.stream, e.envelope, e.sequence, e.not_before, e.bytes, e.queued_ms, e.attempts,"      \
    " e.gated, e.barrier, e.history, e.touched, " JS_KNOWN_ROW("e") ", e.unmentioned"
enum { JS_QUEUED_END = 14 };
js_queued js_sq_read_queued(const js_query *query);
/* streams.c */
jirasend_code js_sq_streams(js_store *store, js_stream_view *views, size_t count, bool history,
                            jirasend_error *error);
jirasend_code js_sq_unblock(js_store *store, const js_event_row *barrier, jirasend_error *error);
jirasend_code js_sq_stream_waits(js_store *store, int64_t now_ms, js_stream_wait **waits,
                                 size_t *count, jirasend_error *error);
/* Its columns: id, site, API, the three of a stream, until. False: memory is short. */
bool js_sq_read_wait(const js_query *query, js_stream_wait *wait);
jirasend_code js_sq_stream_wait_end(js_store *store, const js_stream_wait *wait,
                                    jirasend_error *error);
/* sweep.c */
jirasend_code js_sq_envelopes(js_store *store, int64_t lane, js_envelope_row **rows, size_t *count,
                              jirasend_error *error);
jirasend_code js_sq_swept(js_store *store, const js_sweeping *sweep, js_event_row *rows, size_t max,
                          size_t *count, jirasend_error *error);
jirasend_code js_sq_sweep_accepted(js_store *store, const js_sweeping *sweep,
                                   jirasend_error *error);
/* Adds the lanes that wait to those streams that do. */
jirasend_code js_sq_lane_waits(js_store *store, int64_t now_ms, js_stream_wait *waits, size_t max,
                               size_t *count, jirasend_error *error);
jirasend_code js_sq_lane_wait_end(js_store *store, const js_stream_wait *wait,
                                  jirasend_error *error);
/*
 * Whether the event e, of the lane l, was deleted by its properties since; v is its envelope.
 */
#define JS_JOIN_ENVELOPE " LEFT JOIN envelope v ON v.id = e.envelope AND e.envelope > 0"
#define JS_SWEPT "e.id < CASE e.envelope WHEN 0 THEN l.swept ELSE coalesce(v.swept, 0) END"
/* load.c */
jirasend_code js_sq_load(js_store *store, const js_lane_row *lane, const js_queued *events,
                         size_t count, js_outgoing *items, bool *whole, jirasend_error *error);

/* events.c */
jirasend_code js_sq_find(js_store *store, js_event_row *rows, size_t count, jirasend_error *error);
jirasend_code js_sq_settle(js_store *store, const js_settling *events, size_t count, int64_t now_ms,
                           jirasend_error *error);
jirasend_code js_sq_stay(js_store *store, const js_staying *events, size_t count,
                         jirasend_error *error);
jirasend_code js_sq_accepted(js_store *store, const js_accepting *events, size_t count,
                             jirasend_error *error);
jirasend_code js_sq_older(js_store *store, const js_accepting *events, size_t event_count, bool all,
                          js_event_row *rows, size_t max, size_t *count, jirasend_error *error);
jirasend_code js_sq_aside_with(js_store *store, const js_event_row *event, int64_t until_ms,
                               jirasend_error *error);

/* dead.c */
jirasend_code js_sq_revive(js_store *store, const js_event_row *events, size_t count,
                           int64_t now_ms, jirasend_error *error);
jirasend_code js_sq_give_up(js_store *store, const js_event_row *events, size_t count,
                            const char *message, int64_t now_ms, jirasend_error *error);
jirasend_code js_sq_dead_of(js_store *store, int64_t lane, int64_t after, js_event_row *rows,
                            size_t max, size_t *count, jirasend_error *error);
jirasend_code js_sq_dead_oldest(js_store *store, int64_t before_ms, js_event_row *rows, size_t max,
                                size_t *count, jirasend_error *error);
jirasend_code js_sq_drop_document(js_sqlite *self, int64_t id, jirasend_error *error);

/* What js_sq_read_event() reads: e is the event. */
#define JS_EVENT_COLUMNS                                                                           \
    "e.id, e.lane, e.stream, e.envelope, e.sequence, e.bytes, e.queued_ms, e.settled_ms,"          \
    " e.status, e.open, e.gated, e.barrier, e.created_ms, e.digest IS NOT NULL"
void js_sq_read_event(const js_query *query, js_event_row *row);
/* All rows, at most so many. Ends the query. */
jirasend_code js_sq_read_events(js_query *query, js_event_row *rows, size_t max, size_t *count,
                                jirasend_error *error);

/* receipts.c: e is the event, l its lane, s its site */
#define JS_RECEIPT_COLUMNS                                                                         \
    "e.id, e.request_id, CASE e.kind WHEN 0 THEN l.kind ELSE e.kind END, l.site, e.status,"        \
    " e.issue_keys, e.unknown_keys, e.dropped, e.message, e.http_status, e.attempts, e.open,"      \
    " e.queued_ms, e.settled_ms, e.created_ms, e.facts, e.relay_id, e.forbidden,"                  \
    " l.held, l.http_status, l.message, s.held, s.http_status, s.message"
#define JS_LANE_AND_SITE                                                                           \
    " CROSS JOIN lane l ON l.id = e.lane LEFT JOIN lane s ON s.site = l.site AND s.kind = 0"
/* *forgotten (may be null): it is too old to be shown. False: memory is short. */
bool js_sq_read_receipt(const js_query *query, int64_t now_ms, js_receipt *receipt,
                        bool *forgotten);
jirasend_code js_sq_counts(js_store *store, js_counts *counts, jirasend_error *error);

/* ahead.c. The receipt of this id, or the next that was settled: whether it was read before. */
bool js_sq_ahead_of_id(js_sqlite *self, int64_t id, js_receipt *receipt);
bool js_sq_ahead_next(js_sqlite *self, int64_t *cursor, js_receipt *receipt);
/* This id was asked for; `settled`: for good. Where the one before was, too, the next ones are read. */
void js_sq_ahead_read_ids(js_sqlite *self, int64_t id, bool settled);
/* What the query has behind the row of this number. It is not ended. */
void js_sq_ahead_keep_settled(js_sqlite *self, js_query *query, int64_t cursor);
void js_sq_ahead_clear(js_sq_ahead *ahead);

/* forget.c */
jirasend_code js_sq_waiting_since(js_store *store, int64_t before_ms, js_event_row *rows,
                                  js_receipt *receipts, size_t max, size_t *count,
                                  jirasend_error *error);
jirasend_code js_sq_tidy_due(js_store *store, int64_t now_ms, bool *due, jirasend_error *error);
jirasend_code js_sq_forget(js_store *store, int64_t now_ms, size_t max, size_t *done,
                           jirasend_error *error);

/* put_queue.c */
jirasend_code js_put_queue_init(js_put_queue *queue, jirasend_error *error);
void js_put_queue_destroy(js_put_queue *queue);

/* add.c */
jirasend_code js_sq_room(js_store *store, int64_t *waiting, int64_t *bytes, jirasend_error *error);
jirasend_code js_sq_add(js_store *store, js_adding *events, size_t count, int64_t now_ms,
                        int64_t forgotten_before_ms, jirasend_error *error);

/* An event that was in another outbox; put->sequence is the number that it had there. */
typedef struct js_again {
    bool dead;           /* it is a dead letter there, and stays one */
    const char *message; /* of the dead letter */
    bool known;          /* out: this outbox has it, or a newer update of its stream */
} js_again;

/* Inside a transaction. *last_id: the id that it got, when it got one. */
jirasend_code js_sq_put_again(js_sqlite *self, const js_put *put, js_again *again, int64_t now_ms,
                              int64_t *last_id, jirasend_error *error);

/* claims.c */
void js_sq_forget_claims(js_sqlite *self);

/* In the table of operations. They take the mutex themselves. */
jirasend_code js_sq_put(js_outbox *self, const js_put *puts, size_t count, int64_t now_ms,
                        js_put_result *results, jirasend_error *error);
jirasend_code js_sq_claim(js_outbox *self, const js_lane *lane, int64_t *fence,
                          jirasend_error *error);
jirasend_code js_sq_keep(js_outbox *self, const js_lane *lane, int64_t fence, bool renew,
                         jirasend_error *error);
void js_sq_release(js_outbox *self, const js_lane *lane, int64_t fence, bool unanswered);
jirasend_code js_sq_settle_batch(js_outbox *self, const js_lane *lane, int64_t fence,
                                 const js_outcome *outcomes, size_t count, const js_stop *stop,
                                 const js_stop *site_stop, int64_t now_ms, jirasend_error *error);
jirasend_code js_sq_receipt(js_outbox *self, int64_t id, js_receipt *receipt,
                            jirasend_error *error);
/* The same of an event that is there, with the mutex held; also inside a transaction. */
jirasend_code js_sq_one_receipt(js_sqlite *self, int64_t id, js_receipt *receipt,
                                jirasend_error *error);
jirasend_code js_sq_next_settled(js_outbox *self, int64_t *cursor, js_receipt *receipt,
                                 jirasend_error *error);
jirasend_code js_sq_cursor(js_outbox *self, int64_t *cursor, jirasend_error *error);
jirasend_code js_sq_list(js_outbox *self, int64_t after, int limit, js_receipt **receipts,
                         size_t *count, jirasend_error *error);
jirasend_code js_sq_cloud_id_get(js_outbox *self, const char *site, char *out, size_t size,
                                 jirasend_error *error);
jirasend_code js_sq_cloud_id_put(js_outbox *self, const char *site, const char *cloud_id,
                                 jirasend_error *error);

/* Entry of an operation that is one reading statement: clears the error, takes the mutex. */
js_sqlite *js_sq_enter(js_outbox *self, jirasend_error *error);
jirasend_code js_sq_leave(js_sqlite *self, jirasend_code code);

#endif
