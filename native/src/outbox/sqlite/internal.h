/*
 * Inside the SQLite outbox. One connection, guarded by one mutex; all SQL stands in
 * sqlite_statements.c. Every function here but js_sq_version() and js_sq_put() expects the mutex
 * to be held, as the entry functions of the table (js_sq_...) take it themselves.
 */
#ifndef JS_OUTBOX_SQLITE_INTERNAL_H
#define JS_OUTBOX_SQLITE_INTERNAL_H

#include "outbox/outbox.h"
#include "outbox/recent.h"
#include "outbox/sqlite/folder.h"
#include "outbox/sqlite/mark.h"
#include "outbox/sqlite/process_lock.h"
#include "outbox/sqlite/sqlite.h"
#include "outbox/sqlite/statements.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

enum {
    JS_FORMAT = 1, /* version of the stored documents */
    JS_KEY_SIZE = 32,
    JS_DEAD_MAX = 10000
};

#define JS_SUPERSEDED_WORDS "A newer update of the same build or deployment was accepted instead."
#define JS_DAY_MS (24 * INT64_C(3600000))
#define JS_KEEP_MS (30 * JS_DAY_MS) /* waiting events, receipts, request ids, streams */
/* No event is set aside for longer, as Jira's wishes end at a day: the clock was wrong, or a bit is. */
#define JS_ASIDE_MAX_MS (JS_DAY_MS + INT64_C(3600000))
#define JS_KEEP_DEAD_MS (90 * JS_DAY_MS) /* dead letters */

/* Sums over all events, so that no put has to count. One row of the database. */
typedef struct js_tally {
    int64_t waiting, bytes, dead, removed_dead;
    int64_t settled_no; /* of the newest settled event */
} js_tally;

/* A lane that this process has taken. */
typedef struct js_claim {
    js_lane lane;
    int64_t fence;
    int fd; /* holds the lock; -1 in memory */
    struct js_claim *next;
} js_claim;

/* Puts of several threads that are to share one transaction. Has a mutex of its own. */
typedef struct js_put_queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct js_put_request *first, *last;
    bool leading; /* a thread is committing for all it found */
} js_put_queue;

typedef enum js_transaction {
    JS_READ,
    JS_WRITE,      /* on disk when committed */
    JS_WRITE_SOFT, /* may be lost with the power, never with the process: pauses, good news */
    JS_WRITE_QUIET /* soft, and nobody has to wake up for it: fences */
} js_transaction;

typedef struct js_sqlite {
    js_outbox base;
    js_folder folder;
    js_mark mark;
    js_presence presence;
    int64_t max_events, max_bytes;
    int64_t busy_ms;          /* how long other processes may keep us waiting */
    int64_t check_pages;      /* see js_sqlite_options */
    _Atomic int64_t leave_ms; /* monotonic: from then on nobody keeps us waiting */
    uint64_t inode;           /* of the database that was opened */

    pthread_mutex_t mutex; /* guards all that follows but the last three */
    sqlite3 *db;
    sqlite3_stmt *statements[JS_SQL_COUNT];
    js_transaction transaction;
    js_tally tally;
    bool tally_changed;
    bool wal;
    bool soft; /* the connection's present setting */
    int64_t data_version;
    int64_t busy_since_ms;
    bool looks_once; /* whoever begins to write waits for others himself, without the mutex */
    bool was_busy;   /* ... and another process was writing */
    js_claim *claims;
    js_recent recent;

    unsigned char key[JS_KEY_SIZE];
    _Atomic uint64_t version;
    js_put_queue queue;
} js_sqlite;

/* sqlite_database.c: transactions, statements, errors */
jirasend_code js_sq_fail(js_sqlite *self, int rc, jirasend_error *error);
jirasend_code js_sq_exec(js_sqlite *self, const char *sql, jirasend_error *error);
/* Writing: lets go of the mutex while another process has the database. */
jirasend_code js_sq_begin(js_sqlite *self, js_transaction kind, jirasend_error *error);
jirasend_code js_sq_commit(js_sqlite *self, jirasend_error *error);
void js_sq_rollback(js_sqlite *self);
/* sqlite.c: waiting for other processes */
int64_t js_sq_mono_ms(void);
bool js_sq_may_wait(const js_sqlite *self, int64_t since_ms);
void js_sq_pause(int looks);
/* Commits when code is OK, else rolls back; returns the first failure. */
jirasend_code js_sq_end(js_sqlite *self, jirasend_code code, jirasend_error *error);

/* One run of a prepared statement. Parameters are added in order; a failure sticks until the end. */
typedef struct js_query {
    js_sqlite *outbox;
    sqlite3_stmt *statement;
    int rc;
    int bound;
} js_query;

js_query js_sq_query(js_sqlite *self, js_sql sql);
void js_query_int(js_query *query, int64_t value);
/* Texts must stay until the query has ended. Null is NULL. */
void js_query_text(js_query *query, const char *text);
void js_query_blob(js_query *query, const void *bytes, size_t length);
bool js_query_row(js_query *query); /* steps; true: there is a row */
jirasend_code js_query_end(js_query *query, jirasend_error *error);
/* Steps a statement without rows and ends. */
jirasend_code js_query_run(js_query *query, jirasend_error *error);

/* sqlite_schema.c */
jirasend_code js_sq_schema_open(js_sqlite *self, const js_world *world, jirasend_error *error);

/*
 * sqlite_check.c: damage that SQLite does not notice by itself, and that would make an event wait
 * for ever. REFUSED when there is some. The first when opened; the second inside a transaction.
 */
jirasend_code js_sq_check_open(js_sqlite *self, jirasend_error *error);
jirasend_code js_sq_check_lane(js_sqlite *self, int64_t lane, jirasend_error *error);
/*
 * For a loop that looks for one row after the other and changes each so that it is not found again.
 * One that is found again stands in a wrong index, and the loop would never end. `last` begins as 0.
 */
jirasend_code js_sq_check_another(js_sqlite *self, int64_t id, int64_t *last,
                                  jirasend_error *error);

/* sqlite_row.c: what stands in a row */
typedef struct js_row_facts {
    int64_t id, number, sequence;
    const char *site, *pipeline, *environment, *request_id;
    int kind;
    bool gated;
} js_row_facts;

/* Over the document and what was committed with it. False when memory is short. */
bool js_row_sum(const js_row_facts *facts, const char *document, size_t length, int64_t *sum);
/* Lists of keys are stored one a line. */
char *js_row_join(const js_strings *list); /* null when memory is short */
bool js_row_split(js_strings *list, const char *text);

/* sqlite_settle.c: an event leaves the queue */
typedef struct js_waiting {
    int64_t id, lane, stream, bytes;
    int status;
    bool open, gated;
} js_waiting;

typedef struct js_settlement {
    js_status status;
    bool keep_document;                     /* a dead letter that may be retried */
    int attempts, unmentioned, http_status; /* the first two are added; http_status -1: as it was */
    const char *message;                    /* null: as it was */
    const char *unknown_keys;               /* null: as they were */
    int64_t now_ms;
} js_settlement;

/* NOT_FOUND without a sentence when there is no such event. */
jirasend_code js_sq_look_up(js_sqlite *self, int64_t id, js_waiting *event, jirasend_error *error);
jirasend_code js_sq_settle_one(js_sqlite *self, const js_waiting *event,
                               const js_settlement *settlement, jirasend_error *error);
jirasend_code js_sq_drop_document(js_sqlite *self, int64_t id, jirasend_error *error);
/* Removes the oldest dead letters over the bound. */
jirasend_code js_sq_bound_dead(js_sqlite *self, jirasend_error *error);

/* sqlite_lanes.c: a lane's id, 0 when there is none; and the same, made when missing */
jirasend_code js_sq_find_lane(js_sqlite *self, const char *site, int kind, int64_t *id,
                              int64_t *fence, jirasend_error *error);
jirasend_code js_sq_lane_id(js_sqlite *self, const char *site, int kind, int64_t *id,
                            int64_t *fence, jirasend_error *error);
jirasend_code js_sq_write_stop(js_sqlite *self, const char *site, int kind, const js_stop *stop,
                               jirasend_error *error);
void js_sq_read_stop(sqlite3_stmt *row, int column, js_stop *stop);
const js_claim *js_sq_find_claim(const js_sqlite *self, const js_lane *lane);
void js_sq_forget_claims(js_sqlite *self);

/* sqlite_receipts.c: from a row of JS_RECEIPT_COLUMNS */
bool js_sq_read_receipt(sqlite3_stmt *row, js_receipt *receipt);

/* sqlite_put_queue.c */
jirasend_code js_put_queue_init(js_put_queue *queue, jirasend_error *error);
void js_put_queue_destroy(js_put_queue *queue);

/*
 * sqlite_put.c: one event, inside a transaction. A failure of the whole transaction is returned, one
 * of the event alone is in `result`. *last_id: the id that it got, when it got one.
 */
jirasend_code js_sq_put_one(js_sqlite *self, const js_put *put, int64_t now_ms,
                            js_put_result *result, int64_t *last_id, jirasend_error *error);
void js_sq_put_refuse(js_put_result *result, jirasend_code code, const char *message);

/* An event that was in another outbox. */
typedef struct js_again {
    int64_t sequence;    /* as it had there: Jira may have a newer update by now */
    bool dead;           /* it is a dead letter there, and stays one */
    const char *message; /* of the dead letter */
    bool known;          /* out: this outbox has it, or a newer update of its stream */
} js_again;

/* Inside a transaction. *last_id: the id that it got, when it got one. */
jirasend_code js_sq_put_again(js_sqlite *self, const js_put *put, js_again *again, int64_t now_ms,
                              int64_t *last_id, jirasend_error *error);

/* The table of operations. */
jirasend_code js_sq_put(js_outbox *self, const js_put *puts, size_t count, int64_t now_ms,
                        js_put_result *results, jirasend_error *error);
jirasend_code js_sq_lanes(js_outbox *self, int64_t now_ms, js_lane_view **views, size_t *count,
                          jirasend_error *error);
jirasend_code js_sq_claim(js_outbox *self, const js_lane *lane, int64_t *fence,
                          jirasend_error *error);
void js_sq_release(js_outbox *self, const js_lane *lane, int64_t fence);
jirasend_code js_sq_next_batch(js_outbox *self, const js_lane *lane, const js_batch_limits *limits,
                               js_batch *batch, jirasend_error *error);
jirasend_code js_sq_settle(js_outbox *self, const js_lane *lane, int64_t fence,
                           const js_outcome *outcomes, size_t count, const js_stop *stop,
                           const js_stop *site_stop, int64_t now_ms, jirasend_error *error);
jirasend_code js_sq_stop_get(js_outbox *self, const js_lane *lane, js_stop *stop,
                             jirasend_error *error);
jirasend_code js_sq_backoff_end(js_outbox *self, const js_lane *lane, jirasend_error *error);
jirasend_code js_sq_stop_put(js_outbox *self, const js_lane *lane, const js_stop *stop,
                             jirasend_error *error);
jirasend_code js_sq_receipt(js_outbox *self, int64_t id, js_receipt *receipt,
                            jirasend_error *error);
jirasend_code js_sq_next_settled(js_outbox *self, int64_t *cursor, js_receipt *receipt,
                                 jirasend_error *error);
jirasend_code js_sq_cursor(js_outbox *self, int64_t *cursor, jirasend_error *error);
jirasend_code js_sq_list(js_outbox *self, int64_t after, int limit, js_receipt **receipts,
                         size_t *count, jirasend_error *error);
jirasend_code js_sq_counts(js_outbox *self, js_counts *counts, jirasend_error *error);
jirasend_code js_sq_retry(js_outbox *self, int64_t id, const char *site, int64_t now_ms,
                          jirasend_error *error);
jirasend_code js_sq_drop(js_outbox *self, int64_t id, int64_t now_ms, jirasend_error *error);
jirasend_code js_sq_cloud_id_get(js_outbox *self, const char *site, char *out, size_t size,
                                 jirasend_error *error);
jirasend_code js_sq_cloud_id_put(js_outbox *self, const char *site, const char *cloud_id,
                                 jirasend_error *error);
jirasend_code js_sq_fingerprint(js_outbox *self, const void *bytes, size_t length,
                                uint64_t *fingerprint, jirasend_error *error);
uint64_t js_sq_version(js_outbox *self);
jirasend_code js_sq_tidy(js_outbox *self, int64_t now_ms, jirasend_error *error);

/* Entry of an operation: clears the error, takes the mutex. */
js_sqlite *js_sq_enter(js_outbox *self, jirasend_error *error);
/* Its exit. */
jirasend_code js_sq_leave(js_sqlite *self, jirasend_code code);

#endif
