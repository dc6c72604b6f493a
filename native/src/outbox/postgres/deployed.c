/* What was deployed: the newest accepted event of each deployment. */
#include "outbox/postgres/rows.h"

#include "base/error.h"

/* So many streams a statement, so that none takes long and no answer is large. */
enum { STEP_STREAMS = 50000 };

/* Of news; only where there are none the past counts. */
#define NEWEST                                                                                     \
    "(SELECT DISTINCT ON (r.stream) r.id, r.sequence, r.history, r.stream, r.lane, r.envelope,"    \
    " r.issue_keys, r.unknown_keys, r.facts FROM @.receipt r JOIN @.lane m ON m.id = r.lane"       \
    " AND m.kind = " JS_SQL_DEPLOYMENTS " WHERE r.status = 2 AND r.stream >= $1::bigint"           \
    " AND r.stream < $2::bigint AND r.settled_at >= to_timestamp($3::bigint / 1000.0)"             \
    " ORDER BY r.stream, r.history, CASE WHEN r.history THEN r.sequence ELSE r.id END DESC,"       \
    " r.id DESC) e"
#define NAME(alias) alias ".facts::json -> 'environment' ->> 'name'"
/* A deletion says no more than the id: its environment is called as it was before. */
JS_SQL(deployed,
       "SELECT e.id, e.sequence, e.history, e.facts::json ->> 'state',"
       " e.facts::json ->> 'deleted' IS NOT NULL OR " JS_PG_SWEPT
       ", CASE WHEN e.facts::json ->> 'deleted' IS NULL THEN " NAME("e") " ELSE (SELECT " NAME(
           "w") " FROM @.receipt w WHERE w.stream = t.id AND w.status = 2 AND NOT w.barrier"
                " ORDER BY w.id DESC LIMIT 1) END, t.part, e.issue_keys, e.unknown_keys"
                " FROM " NEWEST " JOIN @.stream t ON t.id = e.stream AND t.part <> ''"
                " JOIN @.lane l ON l.id = e.lane" JS_PG_JOIN_ENVELOPE);
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
JS_SQL(largest_stream, "SELECT coalesce(max(id), 0) FROM @.stream");

static const char *text_of(const js_pg_query *query, int column) {
    return js_pg_is_null(query, column) ? NULL : js_pg_read_text(query, column);
}

/* False when memory is short. */
static bool read_row(const js_pg_query *query, js_deployed_list *in) {
    const js_deployed_row row = {.id = js_pg_read(query, ROW_ID),
                                 .sequence = js_pg_read(query, ROW_SEQUENCE),
                                 .history = js_pg_read_bool(query, ROW_HISTORY),
                                 .gone = js_pg_read_bool(query, ROW_GONE),
                                 .state = text_of(query, ROW_STATE),
                                 .name = text_of(query, ROW_NAME),
                                 .environment = js_pg_read_text(query, ROW_ENVIRONMENT),
                                 .keys = js_pg_read_text(query, ROW_KEYS),
                                 .unknown_keys = js_pg_read_text(query, ROW_UNKNOWN)};
    return js_deployed_add(in, &row);
}

static jirasend_code gather(js_pg *pg, int64_t first, js_deployed_list *in, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, deployed);
    js_pg_int(&query, first);
    js_pg_int(&query, first + STEP_STREAMS);
    js_pg_int(&query, js_store_now_ms(&pg->store) - pg->store.keep_ms);
    jirasend_code code = js_pg_exec(&query, error);
    bool memory = true;
    while (memory && code == JIRASEND_OK && js_pg_row(&query)) {
        memory = read_row(&query, in);
    }
    js_pg_end(&query);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

jirasend_code js_pg_deployed(js_pg *pg, const char *const names[2], js_deployed **rows,
                             size_t *count, jirasend_error *error) {
    js_deployed_list in = {.names = names};
    int64_t largest = 0;
    js_pg_query query = js_pg_begin(pg, largest_stream);
    jirasend_code code = js_pg_number(&query, 0, &largest, error);
    for (int64_t first = 1; code == JIRASEND_OK && first <= largest; first += STEP_STREAMS) {
        code = gather(pg, first, &in, error);
    }
    return js_deployed_end(&in, code, rows, count);
}
