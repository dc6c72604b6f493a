/* What was deployed: the newest accepted event of each deployment, in one pass over the streams. */
#include "outbox/sqlite/history.h"

#include "base/error.h"
#include "base/world.h"

/* So many streams are looked at in one go: some 40 ms. */
enum { STEP_STREAMS = 10000 };

#define OF_STREAM                                                                                  \
    "(SELECT w.id FROM event w INDEXED BY event_stream WHERE w.stream = t.id AND w.status = 2"
/* Of news, which an index gives; only where there are none the past counts. */
#define NEWEST                                                                                     \
    "coalesce(" OF_STREAM " AND w.history = 0 ORDER BY w.id DESC LIMIT 1), " OF_STREAM             \
    " ORDER BY w.sequence DESC, w.id DESC LIMIT 1))"
#define FACT(alias, name)                                                                          \
    "CASE json_valid(" alias ".facts) WHEN 1 THEN json_extract(" alias ".facts, '$." name "') END"
#define DELETED FACT("e", "deleted") " IS NOT NULL"
/* A deletion says no more than the id: its environment is called as it was before. */
#define NAME                                                                                       \
    "CASE WHEN " DELETED " THEN (SELECT " FACT(                                                    \
        "w", "environment.name") " FROM event w INDEXED BY event_stream WHERE w.stream = t.id"     \
                                 " AND w.status = 2 AND w.barrier = 0 ORDER BY w.id DESC LIMIT 1)" \
                                 " ELSE " FACT("e", "environment.name") " END"

JS_SQL(
    deployed,
    "SELECT e.id, e.sequence, e.history, " FACT(
        "e",
        "state") ", " DELETED " OR " JS_SWEPT ", " NAME
                 ", t.environment, e.issue_keys, e.unknown_keys"
                 " FROM stream t CROSS JOIN lane l ON l.id = t.lane AND l.kind "
                 "= " JS_SQL_DEPLOYMENTS " CROSS JOIN event e ON e.id = " NEWEST JS_JOIN_ENVELOPE
                 " WHERE t.id >= ?1 AND t.id < ?2 AND t.environment <> '' AND e.settled_ms >= ?3");
enum {
    ROW_ID,
    ROW_SEQUENCE,
    ROW_HISTORY,
    ROW_STATE,
    ROW_GONE,
    ROW_NAME,
    ROW_ENVIRONMENT,
    ROW_KEYS,
    ROW_UNKNOWN
};
JS_SQL(largest_stream, "SELECT max(id) FROM stream");

static const char *text_of(const js_query *query, int column) {
    return (const char *)sqlite3_column_text(query->statement, column);
}

/* False when memory is short. */
static bool read_row(const js_query *query, js_deployed_list *in) {
    const js_deployed_row row = {.id = js_query_read(query, ROW_ID),
                                 .sequence = js_query_read(query, ROW_SEQUENCE),
                                 .history = js_query_read(query, ROW_HISTORY) != 0,
                                 .gone = js_query_read(query, ROW_GONE) != 0,
                                 .state = text_of(query, ROW_STATE),
                                 .name = text_of(query, ROW_NAME),
                                 .environment = text_of(query, ROW_ENVIRONMENT),
                                 .keys = text_of(query, ROW_KEYS),
                                 .unknown_keys = text_of(query, ROW_UNKNOWN)};
    return js_deployed_add(in, &row);
}

static jirasend_code gather(js_sqlite *self, int64_t first, js_deployed_list *in,
                            jirasend_error *error) {
    js_query query = js_sq_query(self, deployed);
    js_query_int(&query, first);
    js_query_int(&query, first + STEP_STREAMS);
    js_query_int(&query, js_store_now_ms(&self->store) - self->store.keep_ms);
    bool memory = true;
    while (memory && js_query_row(&query)) {
        memory = read_row(&query, in);
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

/* A second and more with a million events: in steps, between which others are let at the outbox. */
jirasend_code js_sq_deployed(js_outbox *outbox, const char *const names[2], js_deployed **rows,
                             size_t *count, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_deployed_list in = {.names = names};
    int64_t largest = 0;
    js_query query = js_sq_query(self, largest_stream);
    jirasend_code code = js_query_number(&query, 0, &largest, error);
    for (int64_t first = 1; code == JIRASEND_OK && first <= largest; first += STEP_STREAMS) {
        code = gather(self, first, &in, error);
        if (code == JIRASEND_OK && first + STEP_STREAMS <= largest) {
            code = js_sq_leave(self, code);
            js_sleep_ms(1); /* or nobody who waits would come first */
            self = js_sq_enter(outbox, error);
        }
    }
    return js_sq_leave(self, js_deployed_end(&in, code, rows, count));
}
