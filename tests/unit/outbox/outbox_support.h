/*
 * Outboxes and events for the tests of the outbox. What any store must do is tested over each of them:
 * the program is built once for SQLite, and once more, with OUTBOX_ON_POSTGRES, for PostgreSQL.
 */
#ifndef JS_TESTS_OUTBOX_SUPPORT_H
#define JS_TESTS_OUTBOX_SUPPORT_H

#include "event_support.h"
#include "outbox/sqlite/sqlite.h"

#define SITE "acme.atlassian.net"
#define NOW TEST_NOW_MS
#define DAY_MS (24 * INT64_C(3600000))

/* An outbox in a folder of its own below the system's temporary folder, or in memory. */
typedef struct fixture {
    char base[64];    /* removed at the end with all that is in it */
    char folder[128]; /* base/outbox */
    char schema[64];  /* on PostgreSQL: of its own */
    js_sqlite_options options;
    js_outbox *outbox;
} fixture;

/*
 * For cmocka: an open outbox in a folder, or in memory; on PostgreSQL in a schema of its own, whatever
 * the name. The tests are skipped where there is no server.
 */
int setup_folder(void **state);
int setup_rollback(void **state); /* in a folder, as on a network file system */
int setup_memory(void **state);
int setup_closed(void **state); /* a base folder and options, nothing opened */
int teardown(void **state);

/* The outbox's own clocks, which begin at NOW in each test. */
void pass_time(int64_t ms);

void open_outbox(fixture *fix);
void close_outbox(fixture *fix);
void reopen(fixture *fix);
/* Opens and expects a refusal with this code and these words in the sentence. */
void expect_refusal(const fixture *fix, jirasend_code code, const char *words);
void path_in(const fixture *fix, const char *name, char out[256]);
/*
 * Runs one SQL statement on the database file by a connection of its own; the outbox is closed. Where the
 * tables of the stores differ in name:
 */
void run_sql(const fixture *fix, const char *sql);
#ifdef OUTBOX_ON_POSTGRES
#define EVENTS_THAT_WAIT "waiting"
#define FAIL_WHERE(some) "SELECT 1 / CASE WHEN " some " THEN 0 ELSE 1 END"
#else
#define EVENTS_THAT_WAIT "event"
#define FAIL_WHERE(some) "SELECT CASE WHEN " some " THEN json('x') END"
#endif

/* A build, or with an environment a deployment. Zero members: "app", number 1, site acme. */
typedef struct spec {
    const char *pipeline, *environment, *request_id, *site, *skip, *label;
    int64_t number;
    bool gate;
    const char *envelope, *scope;
    bool barrier, history;
    int64_t sequence;
} spec;

js_put_result put_result(js_outbox *outbox, const spec *what, int64_t now_ms);
int64_t put(js_outbox *outbox, const spec *what, int64_t now_ms); /* must be taken */
int64_t put_build(js_outbox *outbox, int64_t number);
/* As it stands; what is in the event may be taken over. */
int64_t put_event(js_outbox *outbox, js_event *event);
/* Many builds "app" 1 .. count in transactions of a thousand. */
void put_many(js_outbox *outbox, int64_t count);

extern const js_lane builds, deployments, site_lane;

int64_t claim(js_outbox *outbox, const js_lane *lane);
/* The next batch as of `now_ms`, as text: "1 2 5"; "" when none is due. */
const char *batch_ids(js_outbox *outbox, const js_lane *lane, int64_t now_ms);
const char *batch_with(js_outbox *outbox, const js_lane *lane, const js_batch_limits *limits);
/* Claims, settles one event and releases. */
void settle(js_outbox *outbox, const js_lane *lane, js_outcome outcome, int64_t now_ms);
void settle_as(js_outbox *outbox, const js_lane *lane, int64_t id, js_status status);
/* "accepted: message" */
const char *fate(js_outbox *outbox, int64_t id);
void expect_counts(js_outbox *outbox, int64_t waiting, int64_t held, int64_t dead,
                   int64_t removed_dead);

#endif
