/* The queue of a lane. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "event/sweep.h"

#include <stdlib.h>

JS_SQL(any_aside, "SELECT CASE WHEN EXISTS (SELECT 1 FROM @.waiting WHERE lane = $1::bigint"
                  " AND not_before > 0 AND not_before BETWEEN $2::bigint AND $3::bigint)"
                  " THEN 1 ELSE 0 END");

jirasend_code js_pg_any_aside(js_store *store, int64_t lane, int64_t from, int64_t until, bool *any,
                              jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), any_aside);
    js_pg_int(&query, lane);
    js_pg_int(&query, from);
    js_pg_int(&query, until);
    int64_t found = 0;
    jirasend_code code = js_pg_number(&query, 0, &found, error);
    *any = found != 0;
    return code;
}

JS_SQL(wake, "UPDATE @.waiting SET not_before = 0 WHERE lane = $1::bigint AND not_before > 0"
             " AND not_before BETWEEN $2::bigint AND $3::bigint AND " JS_KNOWN_ROW("waiting"));

jirasend_code js_pg_wake(js_store *store, int64_t lane, int64_t from, int64_t until,
                         jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_pg_query query = js_pg_begin(pg, wake);
    js_pg_int(&query, lane);
    js_pg_int(&query, from);
    js_pg_int(&query, until);
    js_pg_low_forget(pg->outbox, lane); /* those that were set aside are old */
    return js_pg_run(&query, error);
}

JS_SQL(set_aside, "UPDATE @.waiting w SET not_before = u.until FROM (SELECT * FROM"
                  " unnest($1::bigint[], $2::bigint[]) AS t (id, until) ORDER BY id) u"
                  " WHERE w.id = u.id");

jirasend_code js_pg_set_aside(js_store *store, const js_queued *events, size_t count,
                              jirasend_error *error) {
    if (count == 0) {
        return JIRASEND_OK;
    }
    js_pg_query query = js_pg_begin(js_pg_of(store), set_aside);
    int id = js_pg_array(&query);
    int until = js_pg_array(&query);
    for (size_t i = 0; i < count; i++) {
        js_pg_array_int(&query, id, events[i].id);
        js_pg_array_int(&query, until, events[i].not_before_ms);
    }
    return js_pg_run(&query, error);
}

/* ---- heads ---- */

/*
 * The envelopes of a lane, found from one to the next by the index; the first event of each that is not
 * set aside. What the hint leaves out is looked at where nothing is found above it.
 */
#define IN_LANE " FROM @.waiting e WHERE e.lane = $1::bigint AND " JS_KNOWN_ROW("e")
JS_SQL(heads,
       "WITH RECURSIVE found (envelope) AS (SELECT coalesce("
       " (SELECT e.envelope" IN_LANE " AND (e.envelope, e.id) > (0, $2::bigint)"
       "  ORDER BY e.envelope, e.id LIMIT 1),"
       " (SELECT e.envelope" IN_LANE " ORDER BY e.envelope, e.id LIMIT 1))"
       " UNION ALL SELECT (SELECT e.envelope" IN_LANE " AND e.envelope > f.envelope"
       "  ORDER BY e.envelope, e.id LIMIT 1) FROM found f WHERE f.envelope IS NOT NULL)"
       " SELECT f.envelope, coalesce(v.history, false), coalesce("
       " (SELECT e.id" IN_LANE " AND e.envelope = f.envelope AND e.not_before = 0"
       "  AND e.id > CASE WHEN f.envelope = 0 THEN $2::bigint ELSE 0 END ORDER BY e.id LIMIT 1),"
       " (SELECT e.id" IN_LANE " AND e.envelope = f.envelope AND e.not_before = 0"
       "  ORDER BY e.id LIMIT 1), 0),"
       " coalesce(v.backoff_until_ms, l.backoff_until_ms), coalesce(v.failures, l.failures),"
       " coalesce(v.culprits, l.culprits), coalesce(v.batch_limit, l.batch_limit),"
       " coalesce(v.name = '" JS_SWEEP_ENVELOPE "', false), l.wait_until_ms"
       " FROM found f JOIN @.lane l ON l.id = $1::bigint"
       " LEFT JOIN @.envelope v ON v.id = f.envelope AND f.envelope <> 0"
       " WHERE f.envelope IS NOT NULL");
enum {
    HEAD_ENVELOPE,
    HEAD_HISTORY,
    HEAD_FIRST,
    HEAD_BACKOFF,
    HEAD_FAILURES,
    HEAD_CULPRITS,
    HEAD_LIMIT,
    HEAD_SWEEP,
    HEAD_WAIT
};

static js_head read_head(const js_pg_query *query) {
    return (js_head){
        .envelope = js_pg_read(query, HEAD_ENVELOPE),
        .history = js_pg_read_bool(query, HEAD_HISTORY),
        .any = true,
        .first = js_pg_read(query, HEAD_FIRST),
        .backoff = {.until_ms = js_pg_read(query, HEAD_BACKOFF),
                    .failures = (int)js_pg_read(query, HEAD_FAILURES),
                    .culprits = (int)js_pg_read(query, HEAD_CULPRITS),
                    .limit = (int)js_pg_read(query, HEAD_LIMIT)},
        .sweep = js_pg_read_bool(query, HEAD_SWEEP),
        .wait_until_ms = js_pg_read(query, HEAD_WAIT),
    };
}

jirasend_code js_pg_heads(js_store *store, int64_t lane, js_head **out, size_t *count,
                          jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    *out = NULL;
    *count = 0;
    js_pg_query query = js_pg_begin(pg, heads);
    js_pg_int(&query, lane);
    js_pg_int(&query, js_pg_low_of(pg->outbox, lane, 0));
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && query.rows > 0 &&
        (*out = calloc((size_t)query.rows, sizeof **out)) == NULL) {
        code = js_fail_memory(error);
    }
    while (code == JIRASEND_OK && js_pg_row(&query)) {
        (*out)[(*count)++] = read_head(&query);
    }
    js_pg_end(&query);
    return code;
}

/* ---- events ---- */

js_queued js_pg_read_queued(const js_pg_query *query, int from) {
    enum {
        ID,
        STREAM,
        ENVELOPE,
        SEQUENCE,
        ASIDE,
        BYTES,
        QUEUED,
        ATTEMPTS,
        GATED,
        BARRIER,
        HISTORY,
        TOUCHED,
        KNOWN
    };
    return (js_queued){
        .id = js_pg_read(query, from + ID),
        .stream = js_pg_read(query, from + STREAM),
        .envelope = js_pg_read(query, from + ENVELOPE),
        .sequence = js_pg_read(query, from + SEQUENCE),
        .not_before_ms = js_pg_read(query, from + ASIDE),
        .bytes = js_pg_read(query, from + BYTES),
        .queued_ms = js_pg_read(query, from + QUEUED),
        .attempts = (int)js_pg_read(query, from + ATTEMPTS),
        .gated = js_pg_read_bool(query, from + GATED),
        .barrier = js_pg_read_bool(query, from + BARRIER),
        .history = js_pg_read_bool(query, from + HISTORY),
        .touched = js_pg_read(query, from + TOUCHED),
        .known = js_pg_read_bool(query, from + KNOWN),
    };
}

JS_SQL(window, "SELECT " JS_PG_QUEUED " FROM @.waiting e WHERE e.lane = $1::bigint"
               " AND e.envelope = $2::bigint AND e.not_before = 0 AND e.id > $3::bigint"
               " AND " JS_KNOWN_ROW("e") " ORDER BY e.id LIMIT $4::bigint");

static jirasend_code read_window(js_pg *pg, int64_t lane, int64_t envelope, int64_t after,
                                 js_queued *events, size_t max, size_t *count,
                                 jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, window);
    js_pg_int(&query, lane);
    js_pg_int(&query, envelope);
    js_pg_int(&query, after);
    js_pg_int(&query, (int64_t)max);
    jirasend_code code = js_pg_exec(&query, error);
    *count = 0;
    while (code == JIRASEND_OK && *count < max && js_pg_row(&query)) {
        events[(*count)++] = js_pg_read_queued(&query, 0);
    }
    js_pg_end(&query);
    return code;
}

jirasend_code js_pg_window(js_store *store, int64_t lane, int64_t envelope, int64_t after,
                           js_queued *events, size_t max, size_t *count, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    int64_t low = after == 0 ? js_pg_low_of(pg->outbox, lane, envelope) : after;
    jirasend_code code = read_window(pg, lane, envelope, low, events, max, count, error);
    if (code == JIRASEND_OK && *count == 0 && low != after) {
        code = read_window(pg, lane, envelope, after, events, max, count, error);
    }
    if (code == JIRASEND_OK && *count > 0 && after == 0) {
        js_pg_low_note(pg->outbox, lane, envelope, events[0].id - 1);
    }
    return code;
}

/* An index of a server does not lie as a file may. */
jirasend_code js_pg_check_idle(js_store *store, int64_t lane, jirasend_error *error) {
    (void)store;
    (void)lane;
    (void)error;
    return JIRASEND_OK;
}
