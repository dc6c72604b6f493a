/*
 * Inside the outbox on PostgreSQL: connections, statements and the readers of their rows. What is
 * decided about the rows stands above, in outbox/ (store.h).
 *
 * A connection begins with a js_store, so that what is written above the stores works on the
 * connection that a call has taken; several calls work side by side on theirs. What they share is the
 * js_postgres.
 */
#ifndef JS_OUTBOX_POSTGRES_INTERNAL_H
#define JS_OUTBOX_POSTGRES_INTERNAL_H

#include "base/buf.h"
#include "outbox/kinds_sql.h"
#include "outbox/postgres/postgres.h"
#include "outbox/postgres/put.h"
#include "outbox/put.h"
#include "outbox/receipt_columns.h"
#include "outbox/store.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

/*
 * A statement, beside its use. `@.` stands for the schema: nothing depends on a search path. It is sent
 * as it is each time, as named prepared statements do not go through every pooler; but see kept.c.
 */
#define JS_SQL(name, ...) static const char name[] = __VA_ARGS__

/* Lanes, kinds and rows of a newer version are left alone. */
#define JS_KNOWN_LANE(alias) alias ".kind BETWEEN " JS_SQL_FIRST_API " AND " JS_SQL_LAST_API
#define JS_KNOWN_ROW(alias) alias ".format BETWEEN 1 AND 3"

enum {
    JS_PG_KEY_SIZE = 32,
    JS_PG_PARAMS = 40,          /* most of a statement */
    JS_PG_QUEUE = 16,           /* statements sent together */
    JS_PG_KEPT = 12,            /* statements that the server keeps planned */
    JS_PG_CONNECTIONS = 4,      /* unless somebody wants fewer */
    JS_PG_STATEMENT_MS = 20000, /* no statement takes so long, unless the server hangs */
    JS_PG_CONNECT_MS = 5000,    /* one host */
    JS_PG_ME_SIZE = 33
};

/* Why something failed, as far as it decides what comes next. */
typedef enum js_pg_trouble {
    JS_PG_FINE,
    JS_PG_AGAIN,    /* it got into another's way: at once again */
    JS_PG_LOST,     /* the connection broke: whether it was committed is not known */
    JS_PG_AWAY,     /* not now: the server starts, is full, or stands still */
    JS_PG_READONLY, /* not now, either: during a failover the standby is all there is */
    JS_PG_FINAL
} js_pg_trouble;

typedef struct js_postgres js_postgres;
typedef struct js_pg_query js_pg_query;

/* A statement that is sent often: see kept.c. */
typedef struct js_pg_kept {
    const char *sql; /* null: the slot is free */
    enum {
        JS_PG_KEPT_NEW,
        JS_PG_KEPT_SEEN, /* it was sent before, unkept */
        JS_PG_KEPT_SENT, /* to be kept: the answer has not come yet */
        JS_PG_KEPT_THERE
    } state;
    char name[48];
} js_pg_kept;

typedef struct js_pg {
    js_store store;
    js_postgres *outbox;
    PGconn *conn;
    struct js_pg *next;    /* in the pool, when it is free */
    js_pg_trouble trouble; /* of the last failure */
    bool broken;           /* to be closed instead of given back */
    bool direct;           /* no pooler is between the server and us */
    js_pg_kept kept[JS_PG_KEPT];

    /* The transaction. */
    js_work work;
    bool begins;     /* BEGIN goes with the first statement */
    bool inside;     /* BEGIN was sent */
    bool changed;    /* something that others have to wake up for */
    bool committed;  /* what was sent had COMMIT behind it, and that came through */
    bool late;       /* the last try to connect ended with its time, not with an answer */
    bool here_alone; /* the server gave up waiting for its standby since this was cleared */
    int unread;      /* syncs whose answers nobody has waited for */
    js_pg_query *queue[JS_PG_QUEUE];
    size_t queued;
    int ahead; /* statements of ours before those of the queue */

    /* A put that is under way: see put.c and add.c. */
    const js_put *puts;
    size_t put_left;
    unsigned char (*own_keys)[JS_PG_KEY_SIZE];

    int64_t
        held_ms; /* monotonic: when the lease that this transaction has lengthened was renewed */

    char request[32]; /* a request that is to be counted; "": none */

    /* What this very transaction has changed. */
    bool tally_known;
    int64_t dead, removed_dead;
} js_pg;

/* A lane that this client has taken: its lease outlives a trip. */
typedef struct js_pg_claim {
    js_lane lane;
    int64_t id, fence;
    int64_t until_ms; /* monotonic, counted from before the claim was sent */
    int64_t idle_ms;  /* monotonic: nobody uses it since; 0: it is in use */
    bool settled;     /* since it was taken in use */
    struct js_pg_claim *next;
} js_pg_claim;

/* Below it nothing waits in this envelope of this lane, it seems. */
typedef struct js_pg_low {
    int64_t lane, envelope, id;
    int64_t since_ms; /* monotonic */
} js_pg_low;

/* Rows of receipts that nobody has asked for yet: see receipt_cache.c. */
typedef struct js_pg_ahead {
    PGresult *rows;
    int count, at;
    int64_t from; /* in the order of settling: the cursor that the next row follows */
    int64_t since_ms;
    uint64_t version;
} js_pg_ahead;

/* A stop as it was read by somebody who waits. */
typedef struct js_pg_known_stop {
    js_lane lane;
    js_stop stop;
    uint64_t version;
    int64_t since_ms; /* 0: the slot is free */
} js_pg_known_stop;

enum { JS_PG_STOPS = 8 };

enum { JS_PG_LOWS = 64, JS_PG_NAMES = 64, JS_PG_BUSY = 16, JS_PG_LOW_TRUST_MS = 10000 };

/* Numbers of lanes and envelopes, which hardly ever change. */
typedef struct js_pg_name {
    js_lane lane;
    int64_t lane_id; /* 0: the slot is free */
    unsigned char key[JS_PG_KEY_SIZE];
    bool history, is_envelope;
    int64_t id;
    int64_t since_ms;
} js_pg_name;

struct js_postgres {
    js_store model; /* the table of operations, and what each connection begins with */
    js_postgres_address address;
    char *password;
    char *ca_file;
    js_world own_world;     /* as it was given, before ours takes its place */
    char me[JS_PG_ME_SIZE]; /* whose the leases are */
    int64_t wait_ms, lease_ms;
    int64_t give_up_ms;         /* monotonic: from then on nobody waits for the server */
    _Atomic int64_t leave_ms;   /* the same, of a client that closes */
    _Atomic bool keeps_nothing; /* a pooler is in between that did not show: see kept.c */
    _Atomic bool weak;          /* the server's commits do not wait for its disk unless told so */
    _Atomic int64_t wall_minus_mono_ms; /* of the database's clock and our monotonic one */
    unsigned char key[JS_PG_KEY_SIZE];

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t given;
    js_pg *free;
    int open, most, waiting;
    js_pg_claim *claims;
    js_pg_low lows[JS_PG_LOWS];
    js_pg_name names[JS_PG_NAMES];
    size_t next_name;
    js_lane busy[JS_PG_BUSY]; /* in which something waited when all were looked at */
    size_t busy_count;
    _Atomic uint64_t no_waits; /* of streams after a deletion, as of this version */
    int64_t room_waiting, room_bytes, room_since_ms;
    js_pg_ahead settled_ahead, ids_ahead, same;
    js_pg_known_stop stops[JS_PG_STOPS];
    size_t next_stop;
    pthread_t watcher; /* who asks for news, last at: */
    int64_t watched_ms;
    int64_t asked_id, asked_ms, asked_span; /* the receipt that was asked for last */

    char server_started[48]; /* "": not known yet */

    js_pg_put_queue put_queue;

    _Atomic uint64_t version;
    struct {                 /* monotonic times: when somebody has asked last */
        int64_t id, id_ms;   /* for this event, */
        int64_t before_ms;   /* for another one before, */
        int64_t all_ms;      /* for what is settled, whatever it is */
    } asks;                  /* guarded by the mutex above */
    _Atomic bool hurries;    /* something was put: who sends it is soon worth knowing */
    _Atomic int64_t rest_ms; /* nothing of what waits can be sent for so long */
    struct {
        int64_t last_id, settled_no, changes;
        char snapshot[200]; /* as the server writes it */
        uint64_t until;     /* what was in flight then is below; 0: nothing was */
        int64_t next_ms, pause_ms, look_by_ms;
    } news; /* guarded by a lock of its own, which nobody waits for */
    pthread_mutex_t news_mutex;
};

static inline js_pg *js_pg_of(js_store *store) {
    return (js_pg *)store;
}

/* By which leases and what is remembered grow old. Waiting for the server goes by the system's own. */
static inline int64_t js_pg_mono_ms(const js_postgres *self) {
    return js_mono_ms(&self->own_world);
}

/*
 * pool.c. A call takes a connection, and gives it back, also where it failed: what it was then says
 * pg->trouble; null: there was none.
 */
jirasend_code js_pg_take(js_postgres *self, js_pg **pg, jirasend_error *error);
void js_pg_give(js_pg *pg);
void js_pg_close_all(js_postgres *self);
/* When so long is over, or the patience that there is for all calls together. Monotonic. */
int64_t js_pg_until_ms(const js_postgres *self, int64_t wait_ms);

/* trust.c. After a failover: nothing that is remembered counts. */
void js_pg_distrust(js_postgres *self);
/* When the server was started tells it from another one. */
void js_pg_meet_server(js_postgres *self, const char *started);

/* connect.c */
jirasend_code js_pg_connect(js_pg *pg, jirasend_error *error);
/* Waits until the socket may be read (or written); false: the deadline is over. */
bool js_pg_wait(js_pg *pg, bool writes, int64_t deadline_ms);

/* resolve.c: addresses of a name, one a line, in numbers. Off the thread: a resolver knows no time limit. */
typedef struct js_pg_addresses {
    char text[8][64];
    size_t count;
} js_pg_addresses;
/* False: it has none, or nobody could say so in time; `why` says it. */
bool js_pg_resolve(const char *name, int64_t deadline_ms, js_pg_addresses *found, char *why,
                   size_t size);

/* fail.c: what the server's words mean. Sets pg->trouble and returns the code. */
jirasend_code js_pg_fail_result(js_pg *pg, const PGresult *result, jirasend_error *error);
/* late: the time is over, and it was still being tried. */
jirasend_code js_pg_fail_connection(js_pg *pg, const js_postgres_host *host, bool late,
                                    jirasend_error *error);
jirasend_code js_pg_fail_lost(js_pg *pg, jirasend_error *error);
jirasend_code js_pg_fail_alone(js_pg *pg, jirasend_error *error);
jirasend_code js_pg_fail_damaged(js_store *store, const char *what, jirasend_error *error);

/* ---- query.c: statements ---- */

typedef struct js_pg_param {
    js_buf text;
    const char *value; /* null: NULL */
    bool array, first;
} js_pg_param;

/* One statement. Parameters are added in order; a failure sticks until the end. */
struct js_pg_query {
    js_pg *pg;
    const char *sql;
    js_pg_param params[JS_PG_PARAMS];
    int count;
    bool memory;
    bool often;       /* worth keeping, see kept.c */
    js_pg_kept *made; /* what is asked for with it, and answered before it */
    PGresult *result;
    int row, rows;
};

js_pg_query js_pg_begin(js_pg *pg, const char *sql);
void js_pg_int(js_pg_query *query, int64_t value);
void js_pg_bool(js_pg_query *query, bool value);
void js_pg_text(js_pg_query *query, const char *text); /* must stay; null is NULL */
void js_pg_bytes(js_pg_query *query, const void *bytes, size_t length);
/* A column of many rows: begun, and then an element each. The returned number names it. */
int js_pg_array(js_pg_query *query);
void js_pg_array_int(js_pg_query *query, int array, int64_t value);
void js_pg_array_bool(js_pg_query *query, int array, bool value);
void js_pg_array_text(js_pg_query *query, int array, const char *text);
void js_pg_array_bytes(js_pg_query *query, int array, const void *bytes, size_t length);
/* Sends it behind what is queued; answers come with js_pg_flush(). */
void js_pg_queue(js_pg_query *query);
/* Sends all that is queued, with COMMIT behind it if so wished, and waits for the answers. */
jirasend_code js_pg_flush(js_pg *pg, bool commits, jirasend_error *error);
/* Both, for one statement; and with the end. */
jirasend_code js_pg_exec(js_pg_query *query, jirasend_error *error);
jirasend_code js_pg_run(js_pg_query *query, jirasend_error *error);
/* Frees what the query holds. */
void js_pg_end(js_pg_query *query);
bool js_pg_row(js_pg_query *query);                       /* the next row */
int64_t js_pg_read(const js_pg_query *query, int column); /* NULL is 0 */
bool js_pg_read_bool(const js_pg_query *query, int column);
bool js_pg_is_null(const js_pg_query *query, int column);
const char *js_pg_read_text(const js_pg_query *query, int column); /* NULL is "" */
size_t js_pg_read_length(const js_pg_query *query, int column);
/* Bytes of exactly this size. False: others, or NULL. */
bool js_pg_read_bytes(const js_pg_query *query, int column, unsigned char *out, size_t size);
/* One number of one row; `otherwise` when there is none. Ends the query. */
jirasend_code js_pg_number(js_pg_query *query, int64_t otherwise, int64_t *value,
                           jirasend_error *error);
/* A statement outside of any transaction of ours, without parameters. */
jirasend_code js_pg_simple(js_pg *pg, const char *sql, jirasend_error *error);

/*
 * kept.c. One that is sent again and again: from its second time on the server keeps it, where it can. Only
 * where the plan does not depend on what is asked for.
 */
js_pg_query js_pg_begin_often(js_pg *pg, const char *sql);
/* The slot of a query that is to be sent by name; null: as it is. */
js_pg_kept *js_pg_kept_find(js_pg *pg, const js_pg_query *query);
/* Sends it to be kept, with the schema in its place; its answer goes to the next one. */
bool js_pg_kept_make(js_pg *pg, js_pg_kept *kept, const char *text);
void js_pg_kept_made(js_pg_kept *kept, bool good);
/* The server did not know one, or had it: somebody is in between after all. */
void js_pg_keep_nothing(js_postgres *self);

/* transaction.c */
jirasend_code js_pg_begin_work(js_store *store, js_work work, jirasend_error *error);
jirasend_code js_pg_end_work(js_store *store, jirasend_code code, jirasend_error *error);
/* BEGIN and what belongs to it, before the first statement. False: it could not be sent. */
bool js_pg_send_begin(js_pg *pg);

#endif
