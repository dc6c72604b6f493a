/* Finding and removing what is too old. */
#include "outbox/postgres/rows.h"

#include "base/error.h"

/* A stream's and an envelope's time of use is written once a day. */
#define USED_LATER_MS JS_DAY_MS

JS_SQL(waiting_since, "SELECT " JS_PG_RECEIPT " FROM (" JS_PG_OF_WAITING ") e" JS_PG_LANE_AND_SITE
                      " WHERE e.queued_ms < $1::bigint AND " JS_KNOWN_LANE(
                          "l") " ORDER BY e.queued_ms LIMIT $2::bigint");

/* Their receipts say why they wait, as if they were not too old. */
jirasend_code js_pg_waiting_since(js_store *store, int64_t before_ms, js_event_row *rows,
                                  js_receipt *receipts, size_t max, size_t *count,
                                  jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), waiting_since);
    js_pg_int(&query, before_ms);
    js_pg_int(&query, (int64_t)max);
    jirasend_code code = js_pg_exec(&query, error);
    *count = 0;
    bool memory = true;
    while (code == JIRASEND_OK && memory && *count < max && js_pg_row(&query)) {
        memory = js_pg_read_receipt(&query, INT64_MIN + JS_KEEP_MS + JS_KEEP_DEAD_MS,
                                    &receipts[*count], NULL);
        rows[*count].id = memory ? receipts[*count].id : 0;
        *count += memory ? 1 : 0;
    }
    js_pg_end(&query);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code == JIRASEND_OK && *count > 0) {
        code = js_pg_find(store, rows, *count, error);
    }
    for (size_t i = 0; i < *count && code != JIRASEND_OK; i++) {
        js_receipt_clear(&receipts[i]);
    }
    *count = code == JIRASEND_OK ? *count : 0;
    return code;
}

/* Receipts are asked for by id longer than a short history goes back. */
static int64_t settled_age(const js_store *store) {
    return store->keep_ms > JS_KEEP_MS ? store->keep_ms : JS_KEEP_MS;
}

/* As long as an event that was a dead letter first may name it, and a day more. */
static int64_t envelope_age(const js_store *store) {
    return settled_age(store) + JS_KEEP_MS + JS_KEEP_DEAD_MS + JS_DAY_MS + USED_LATER_MS;
}

JS_SQL(
    tidy_due,
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM @.waiting e WHERE e.queued_ms < $1::bigint"
    "  AND " JS_KNOWN_ROW(
        "e") ")"
             " OR EXISTS (SELECT 1 FROM @.dead WHERE settled_ms < $2::bigint)"
             " OR EXISTS (SELECT 1 FROM @.receipt"
             "  WHERE settled_at < to_timestamp($3::bigint / 1000.0))"
             " OR EXISTS (SELECT 1 FROM @.told WHERE settled_ms < $1::bigint)"
             " OR EXISTS (SELECT 1 FROM @.request WHERE settled_ms < $1::bigint)"
             " OR EXISTS (SELECT 1 FROM @.stream WHERE used_ms < $4::bigint)"
             " OR EXISTS (SELECT 1 FROM @.envelope WHERE used_ms < $5::bigint) THEN 1 ELSE 0 END");

jirasend_code js_pg_tidy_due(js_store *store, int64_t now_ms, bool *due, jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), tidy_due);
    js_pg_int(&query, now_ms - JS_KEEP_MS);
    js_pg_int(&query, now_ms - JS_KEEP_DEAD_MS);
    js_pg_int(&query, now_ms - settled_age(store));
    js_pg_int(&query, now_ms - JS_KEEP_MS - USED_LATER_MS);
    js_pg_int(&query, now_ms - envelope_age(store));
    int64_t found = 0;
    jirasend_code code = js_pg_number(&query, 0, &found, error);
    *due = found != 0;
    return code;
}

/* Each says how many it was. Several processes may do this at once: what another has in hand is left. */
JS_SQL(forget_receipts,
       "WITH old AS (SELECT id, settled_at FROM @.receipt"
       "  WHERE settled_at < to_timestamp($1::bigint / 1000.0) ORDER BY settled_at LIMIT $2::bigint"
       "  FOR UPDATE SKIP LOCKED),"
       " gone AS (DELETE FROM @.receipt r USING old WHERE r.id = old.id"
       "  AND r.settled_at = old.settled_at RETURNING r.id, r.issue_keys),"
       " keys AS (DELETE FROM @.event_key k USING gone g,"
       "  unnest(string_to_array(g.issue_keys, E'\\n')) AS named (key)"
       "  WHERE k.key = named.key AND k.event = g.id AND k.rule = 0),"
       " passed AS (DELETE FROM @.event_key k USING gone g WHERE k.event = g.id AND k.rule > 0)"
       " SELECT count(*) FROM gone");
/* Documents of what Jira has are of use for 30 days. */
JS_SQL(forget_told, "WITH gone AS (DELETE FROM @.told WHERE stream IN (SELECT stream FROM @.told"
                    "  WHERE settled_ms < $1::bigint ORDER BY settled_ms LIMIT $2::bigint"
                    "  FOR UPDATE SKIP LOCKED) RETURNING 1) SELECT count(*) FROM gone");
JS_SQL(forget_requests,
       "WITH old AS (SELECT lane, key FROM @.request WHERE settled_ms < $1::bigint"
       "  ORDER BY settled_ms LIMIT $2::bigint FOR UPDATE SKIP LOCKED),"
       " gone AS (DELETE FROM @.request r USING old WHERE r.lane = old.lane AND r.key = old.key"
       "  RETURNING 1) SELECT count(*) FROM gone");
/* A stream is forgotten when nothing names it any more; until then it is looked at again later. */
#define NAMED                                                                                      \
    "(EXISTS (SELECT 1 FROM @.waiting e WHERE e.stream = s.id)"                                    \
    " OR EXISTS (SELECT 1 FROM @.dead e WHERE e.stream = s.id)"                                    \
    " OR EXISTS (SELECT 1 FROM @.receipt e WHERE e.stream = s.id))"
JS_SQL(
    forget_streams,
    "WITH old AS (SELECT s.id, " NAMED " AS named FROM @.stream s WHERE s.used_ms < $1::bigint"
    "  ORDER BY s.used_ms LIMIT $2::bigint FOR UPDATE SKIP LOCKED),"
    " later AS (UPDATE @.stream s SET used_ms = $3::bigint FROM old WHERE s.id = old.id"
    "  AND old.named RETURNING 1),"
    " gone AS (DELETE FROM @.stream s USING old WHERE s.id = old.id AND NOT old.named RETURNING 1)"
    " SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM later)");
JS_SQL(forget_envelopes,
       "WITH old AS (SELECT v.id, EXISTS (SELECT 1 FROM @.waiting e WHERE e.lane = v.lane"
       "  AND e.envelope = v.id) AS named FROM @.envelope v WHERE v.used_ms < $1::bigint"
       "  ORDER BY v.used_ms LIMIT $2::bigint FOR UPDATE SKIP LOCKED),"
       " later AS (UPDATE @.envelope v SET used_ms = $3::bigint FROM old WHERE v.id = old.id"
       "  AND old.named RETURNING 1),"
       " gone AS (DELETE FROM @.envelope v USING old WHERE v.id = old.id AND NOT old.named"
       "  RETURNING 1) SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM later)");

static jirasend_code remove_some(js_pg *pg, const char *sql, int64_t before_ms, size_t max,
                                 int64_t now_ms, size_t *done, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, sql);
    js_pg_int(&query, before_ms);
    js_pg_int(&query, (int64_t)max);
    if (now_ms != 0) {
        js_pg_int(&query, now_ms);
    }
    int64_t count = 0;
    jirasend_code code = js_pg_number(&query, 0, &count, error);
    *done += (size_t)count;
    return code;
}

jirasend_code js_pg_forget(js_store *store, int64_t now_ms, size_t max, size_t *done,
                           jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    int64_t old_ms = now_ms - JS_KEEP_MS;
    int64_t settled_ms = now_ms - settled_age(store);
    jirasend_code code = remove_some(pg, forget_receipts, settled_ms, max, 0, done, error);
    if (code == JIRASEND_OK) {
        code = remove_some(pg, forget_told, old_ms, max, 0, done, error);
    }
    if (code == JIRASEND_OK) {
        code = remove_some(pg, forget_requests, old_ms, max, 0, done, error);
    }
    if (code == JIRASEND_OK) {
        code = remove_some(pg, forget_streams, old_ms - USED_LATER_MS, max, now_ms, done, error);
    }
    return code == JIRASEND_OK ? remove_some(pg, forget_envelopes, now_ms - envelope_age(store),
                                             max, now_ms, done, error)
                               : code;
}
