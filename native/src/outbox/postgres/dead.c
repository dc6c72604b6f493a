/* Dead letters. */
#include "outbox/postgres/rows.h"

JS_SQL(
    revive_dead,
    "WITH back AS (DELETE FROM @.dead WHERE id = ANY ($1::bigint[]) RETURNING *),"
    " again AS (INSERT INTO @.waiting (id, lane, stream, envelope, sequence, kind, format, gated,"
    "  barrier, history, bytes, request_id, issue_keys, unknown_keys, dropped, attempts, facts,"
    "  relay_id, touched, created_ms, queued_ms, request_key, document)"
    "  SELECT id, lane, stream, envelope, sequence, kind, format, gated, barrier, history, bytes,"
    "  request_id, issue_keys, unknown_keys, dropped, attempts, facts, relay_id, touched,"
    "  created_ms, $2::bigint, request_key, document FROM back),"
    " tally AS (UPDATE @.tally SET dead = dead - (SELECT count(*) FROM back) WHERE id = 1)"
    " INSERT INTO @.counter AS c (lane, slot, waiting, bytes)"
    "  SELECT lane, pg_backend_pid() & 255, count(*), sum(bytes) FROM back GROUP BY lane"
    "  ORDER BY lane ON CONFLICT (lane, slot) DO UPDATE SET waiting = c.waiting +"
    "  excluded.waiting, bytes = c.bytes + excluded.bytes");
/* What waits already gets another 30 days, and may go at once. */
JS_SQL(revive_waiting, "UPDATE @.waiting SET not_before = 0, forbidden = false, unmentioned = 0,"
                       " http_status = 0, message = NULL, queued_ms = $2::bigint"
                       " WHERE id = ANY ($1::bigint[])");

static void add_ids(js_pg_query *query, const js_event_row *events, size_t count) {
    int ids = js_pg_array(query);
    for (size_t i = 0; i < count; i++) {
        js_pg_array_int(query, ids, events[i].id);
    }
}

jirasend_code js_pg_revive(js_store *store, const js_event_row *events, size_t count,
                           int64_t now_ms, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_pg_query waiting = js_pg_begin(pg, revive_waiting);
    js_pg_query dead = js_pg_begin(pg, revive_dead);
    add_ids(&waiting, events, count);
    js_pg_int(&waiting, now_ms);
    add_ids(&dead, events, count);
    js_pg_int(&dead, now_ms);
    js_pg_queue(&waiting);
    js_pg_queue(&dead);
    jirasend_code code = js_pg_flush(pg, false, error);
    js_pg_end(&waiting);
    js_pg_end(&dead);
    for (size_t i = 0; i < count; i++) {
        js_pg_low_forget(pg->outbox, events[i].lane); /* they are old */
    }
    return code;
}

JS_SQL(
    give_up_dead,
    "WITH gone AS (DELETE FROM @.dead WHERE id = ANY ($1::bigint[]) RETURNING *),"
    " receipts AS (INSERT INTO @.receipt (id, lane, stream, envelope, sequence, kind, format,"
    "  gated, barrier, history, bytes, request_id, issue_keys, unknown_keys, dropped, attempts,"
    "  unmentioned, http_status, message, facts, relay_id, touched, created_ms, queued_ms, status,"
    "  settled_no, settled_at) SELECT id, lane, stream, envelope, sequence, kind, format, gated,"
    "  barrier, history, bytes, request_id, issue_keys, unknown_keys, dropped, attempts,"
    "  unmentioned, http_status, coalesce($2, message), facts, relay_id, touched, created_ms,"
    "  queued_ms, status, settled_no, to_timestamp((CASE WHEN $2 IS NULL THEN settled_ms"
    "  ELSE $3::bigint END) / 1000.0) FROM gone),"
    " ours AS (DELETE FROM @.request r USING gone g WHERE r.lane = g.lane"
    "  AND r.key = g.request_key AND g.request_id IS NULL),"
    " theirs AS (UPDATE @.request r SET settled_ms = CASE WHEN $2 IS NULL THEN g.settled_ms"
    "  ELSE $3::bigint END FROM gone g WHERE r.lane = g.lane AND r.key = g.request_key"
    "  AND g.request_id IS NOT NULL)"
    " UPDATE @.tally SET dead = dead - (SELECT count(*) FROM gone), removed_dead = removed_dead +"
    "  CASE WHEN $2 IS NULL THEN (SELECT count(*) FROM gone) ELSE 0 END WHERE id = 1"
    " RETURNING dead, removed_dead");

jirasend_code js_pg_give_up(js_store *store, const js_event_row *events, size_t count,
                            const char *message, int64_t now_ms, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_pg_query query = js_pg_begin(pg, give_up_dead);
    add_ids(&query, events, count);
    js_pg_text(&query, message);
    js_pg_int(&query, now_ms);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        pg->tally_known = true;
        pg->dead = js_pg_read(&query, 0);
        pg->removed_dead = js_pg_read(&query, 1);
    }
    js_pg_end(&query);
    return code;
}

JS_SQL(dead_of_lane, "SELECT " JS_PG_DEAD_EVENT " FROM @.dead e WHERE e.lane = $1::bigint"
                     " AND e.id > $2::bigint ORDER BY e.id LIMIT $3::bigint");

jirasend_code js_pg_dead_of(js_store *store, int64_t lane, int64_t after, js_event_row *rows,
                            size_t max, size_t *count, jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), dead_of_lane);
    js_pg_int(&query, lane);
    js_pg_int(&query, after);
    js_pg_int(&query, (int64_t)max);
    return js_pg_read_events(&query, rows, max, count, error);
}

JS_SQL(oldest_dead, "SELECT " JS_PG_DEAD_EVENT " FROM @.dead e WHERE e.settled_ms < $1::bigint"
                    " ORDER BY e.settled_ms, e.id LIMIT $2::bigint");

jirasend_code js_pg_dead_oldest(js_store *store, int64_t before_ms, js_event_row *rows, size_t max,
                                size_t *count, jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), oldest_dead);
    js_pg_int(&query, before_ms);
    js_pg_int(&query, (int64_t)max);
    return js_pg_read_events(&query, rows, max, count, error);
}
