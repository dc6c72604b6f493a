/* After a deletion by properties: what it meant, and how long its lane waits. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>

JS_SQL(all_envelopes, "SELECT id, name FROM @.envelope WHERE lane = $1::bigint");

/* The plain one has no row. */
jirasend_code js_pg_envelopes(js_store *store, int64_t lane, js_envelope_row **rows, size_t *count,
                              jirasend_error *error) {
    *count = 0;
    *rows = NULL;
    js_pg_query query = js_pg_begin(js_pg_of(store), all_envelopes);
    js_pg_int(&query, lane);
    jirasend_code code = js_pg_exec(&query, error);
    bool memory = true;
    if (code == JIRASEND_OK) {
        *rows = calloc((size_t)query.rows + 1, sizeof **rows);
        memory = *rows != NULL;
    }
    if (code == JIRASEND_OK && memory) {
        (*rows)[(*count)++] = (js_envelope_row){0, js_copy("")};
        memory = (*rows)[0].key != NULL;
    }
    while (code == JIRASEND_OK && memory && js_pg_row(&query)) {
        js_envelope_row *row = &(*rows)[(*count)++];
        *row = (js_envelope_row){js_pg_read(&query, 0), js_copy(js_pg_read_text(&query, 1))};
        memory = row->key != NULL;
    }
    js_pg_end(&query);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code != JIRASEND_OK) {
        js_envelopes_free(*rows, *count);
        *rows = NULL;
        *count = 0;
    }
    return code;
}

static void add_envelopes(js_pg_query *query, const js_sweeping *sweep) {
    int ids = js_pg_array(query);
    for (size_t i = 0; i < sweep->count; i++) {
        js_pg_array_int(query, ids, sweep->envelopes[i]);
    }
}

/* Set aside or not. */
JS_SQL(swept_of, "SELECT " JS_PG_WAITING_EVENT " FROM @.waiting e WHERE e.lane = $1::bigint"
                 " AND e.id < $2::bigint AND e.envelope = ANY ($3::bigint[])"
                 " AND " JS_KNOWN_ROW("e") " LIMIT $4::bigint FOR UPDATE OF e");

jirasend_code js_pg_swept(js_store *store, const js_sweeping *sweep, js_event_row *rows, size_t max,
                          size_t *count, jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), swept_of);
    js_pg_int(&query, sweep->event->lane);
    js_pg_int(&query, sweep->event->id);
    add_envelopes(&query, sweep);
    js_pg_int(&query, (int64_t)max);
    return js_pg_read_events(&query, rows, max, count, error);
}

JS_SQL(sweep_envelopes, "UPDATE @.envelope SET swept = $1::bigint WHERE id = ANY ($2::bigint[])");
/*
 * The sample is among the newest events: what is older than those is not worth a search. $7: Jira is
 * asked by the properties, which the deletion itself has, and needs none.
 */
JS_SQL(sweep_lane,
       "UPDATE @.lane l SET swept = CASE WHEN 0 = ANY ($3::bigint[]) THEN $2::bigint"
       "  ELSE l.swept END, wait_stream = f.stream, wait_until_ms ="
       "  CASE f.stream WHEN 0 THEN $5::bigint ELSE $4::bigint END"
       " FROM (SELECT CASE WHEN $7::boolean THEN $6::bigint ELSE coalesce("
       "  (SELECT s.id FROM @.receipt e JOIN @.stream s ON s.id = e.stream"
       "   AND s.accepted = e.sequence WHERE e.id < $2::bigint AND e.id > $2::bigint - 10000"
       "   AND e.lane = $1::bigint AND e.envelope = ANY ($3::bigint[]) AND e.status = 2"
       "   AND NOT e.barrier ORDER BY e.id DESC LIMIT 1), 0) END AS stream) f"
       " WHERE l.id = $1::bigint");

jirasend_code js_pg_sweep_accepted(js_store *store, const js_sweeping *sweep,
                                   jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_pg_query marks = js_pg_begin(pg, sweep_envelopes);
    js_pg_int(&marks, sweep->event->id);
    add_envelopes(&marks, sweep);
    js_pg_query lane = js_pg_begin(pg, sweep_lane);
    js_pg_int(&lane, sweep->event->lane);
    js_pg_int(&lane, sweep->event->id);
    add_envelopes(&lane, sweep);
    js_pg_int(&lane, sweep->until_ms);
    js_pg_int(&lane, sweep->short_until_ms);
    js_pg_int(&lane, sweep->event->stream);
    js_pg_bool(&lane, sweep->names);
    js_pg_queue(&marks);
    js_pg_queue(&lane);
    jirasend_code code = js_pg_flush(pg, false, error);
    js_pg_end(&marks);
    js_pg_end(&lane);
    return code;
}

JS_SQL(end_lane_wait, "UPDATE @.lane SET wait_until_ms = 0 WHERE id = $1::bigint"
                      " AND wait_until_ms = $2::bigint");

jirasend_code js_pg_lane_wait_end(js_store *store, const js_stream_wait *wait,
                                  jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), end_lane_wait);
    js_pg_int(&query, wait->stream);
    js_pg_int(&query, wait->until_ms);
    return js_pg_run(&query, error);
}
