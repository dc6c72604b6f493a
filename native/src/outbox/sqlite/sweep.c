/* After a deletion by properties: what it meant, and how long its lane waits. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

JS_SQL(all_envelopes, "SELECT id, key FROM envelope WHERE lane = ?1");

static bool add_envelope(js_envelope_row **rows, size_t *count, int64_t id, const char *key) {
    /* Powers of two: the room is doubled when it is full. */
    if ((*count & (*count - 1)) == 0) {
        size_t room = *count == 0 ? 1 : *count * 2;
        js_envelope_row *grown = realloc(*rows, room * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        *rows = grown;
    }
    (*rows)[*count] = (js_envelope_row){id, js_copy(key)};
    return (*rows)[(*count)++].key != NULL;
}

jirasend_code js_sq_envelopes(js_store *store, int64_t lane, js_envelope_row **rows, size_t *count,
                              jirasend_error *error) {
    *rows = NULL;
    *count = 0;
    bool memory = add_envelope(rows, count, 0, "");
    js_query query = js_sq_query(js_sq_of(store), all_envelopes);
    js_query_int(&query, lane);
    while (memory && js_query_row(&query)) {
        memory = add_envelope(rows, count, js_query_read(&query, 0), js_query_read_text(&query, 1));
    }
    jirasend_code code = js_query_end(&query, error);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code != JIRASEND_OK) {
        js_envelopes_free(*rows, *count);
        *rows = NULL;
        *count = 0;
    }
    return code;
}

/* Set aside or not: the index has both. */
JS_SQL(swept_of, "SELECT " JS_EVENT_COLUMNS " FROM event e INDEXED BY event_ready"
                 " WHERE e.lane = ?1 AND e.envelope = ?2 AND e.status = 0 AND e.id < ?3"
                 " AND " JS_KNOWN_ROW("e") " LIMIT ?4");

jirasend_code js_sq_swept(js_store *store, const js_sweeping *sweep, js_event_row *rows, size_t max,
                          size_t *count, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    *count = 0;
    for (size_t i = 0; i < sweep->count && *count < max && code == JIRASEND_OK; i++) {
        size_t found = 0;
        js_query query = js_sq_query(js_sq_of(store), swept_of);
        js_query_int(&query, sweep->event->lane);
        js_query_int(&query, sweep->envelopes[i]);
        js_query_int(&query, sweep->event->id);
        js_query_int(&query, (int64_t)(max - *count));
        code = js_sq_read_events(&query, rows + *count, max - *count, &found, error);
        *count += found;
    }
    return code;
}

JS_SQL(sweep_envelope, "UPDATE envelope SET swept = ?2 WHERE id = ?1");
JS_SQL(sweep_plain, "UPDATE lane SET swept = ?2 WHERE id = ?1");

static jirasend_code mark_swept(js_sqlite *self, const js_sweeping *sweep, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < sweep->count && code == JIRASEND_OK; i++) {
        bool plain = sweep->envelopes[i] == 0;
        js_query query = js_sq_query(self, plain ? sweep_plain : sweep_envelope);
        js_query_int(&query, plain ? sweep->event->lane : sweep->envelopes[i]);
        js_query_int(&query, sweep->event->id);
        code = js_query_run(&query, error);
    }
    return code;
}

/* Among the newest events: what is older than those is not worth a search. */
JS_SQL(swept_sample,
       "SELECT s.id FROM event e CROSS JOIN stream s ON s.id = e.stream"
       " AND s.accepted = e.sequence WHERE e.id < ?3 AND e.id > ?3 - 10000 AND e.lane = ?1"
       " AND e.envelope = ?2 AND e.status = 2 AND e.barrier = 0 ORDER BY e.id DESC LIMIT 1");

/* *stream: 0 when nothing is known. */
static jirasend_code find_sample(js_sqlite *self, const js_sweeping *sweep, int64_t *stream,
                                 jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    *stream = 0;
    for (size_t i = 0; i < sweep->count && *stream == 0 && code == JIRASEND_OK; i++) {
        js_query query = js_sq_query(self, swept_sample);
        js_query_int(&query, sweep->event->lane);
        js_query_int(&query, sweep->envelopes[i]);
        js_query_int(&query, sweep->event->id);
        code = js_query_number(&query, 0, stream, error);
    }
    return code;
}

JS_SQL(lane_wait, "UPDATE lane SET wait_until_ms = ?2, wait_stream = ?3 WHERE id = ?1");

jirasend_code js_sq_sweep_accepted(js_store *store, const js_sweeping *sweep,
                                   jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    int64_t stream = sweep->event->stream;
    jirasend_code code = mark_swept(self, sweep, error);
    if (code == JIRASEND_OK && !sweep->names) {
        code = find_sample(self, sweep, &stream, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    js_query query = js_sq_query(self, lane_wait);
    js_query_int(&query, sweep->event->lane);
    js_query_int(&query, stream != 0 ? sweep->until_ms : sweep->short_until_ms);
    js_query_int(&query, stream);
    return js_query_run(&query, error);
}

/* Where nothing is to be asked for, nobody can make it shorter. */
JS_SQL(
    lane_waits,
    "SELECT l.id, l.site, l.kind, s.pipeline, s.number, s.environment, l.wait_until_ms FROM lane l"
    " CROSS JOIN stream s ON s.id = l.wait_stream WHERE l.waiting > 0 AND l.wait_until_ms > ?1"
    " AND l.wait_until_ms <= ?2 AND " JS_KNOWN_LANE("l") " LIMIT ?3");

jirasend_code js_sq_lane_waits(js_store *store, int64_t now_ms, js_stream_wait *waits, size_t max,
                               size_t *count, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), lane_waits);
    js_query_int(&query, now_ms);
    js_query_int(&query, now_ms + JS_STREAM_WAIT_MAX_MS);
    js_query_int(&query, (int64_t)(max - *count));
    bool memory = true;
    while (memory && *count < max && js_query_row(&query)) {
        js_stream_wait *wait = &waits[(*count)++];
        memory = js_sq_read_wait(&query, wait);
        wait->whole_lane = true;
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

JS_SQL(end_lane_wait, "UPDATE lane SET wait_until_ms = 0 WHERE id = ?1 AND wait_until_ms = ?2");

jirasend_code js_sq_lane_wait_end(js_store *store, const js_stream_wait *wait,
                                  jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), end_lane_wait);
    js_query_int(&query, wait->stream);
    js_query_int(&query, wait->until_ms);
    return js_query_run(&query, error);
}
