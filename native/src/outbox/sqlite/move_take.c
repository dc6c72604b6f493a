/* Moving from another outbox: storing events as they were there, with ids of ours. */
#include "outbox/sqlite/move.h"

#include "base/error.h"
#include "outbox/digest.h"
#include "outbox/sqlite/history.h"

#include <string.h>

/* Where a moved event goes. */
typedef struct place {
    int64_t lane, stream, touched, envelope, id;
} place;

/* ---- streams ---- */

/* Numbers are raised and never lowered. */
JS_SQL(raise_stream,
       "INSERT INTO stream (lane, pipeline, number, environment, sequence, used_ms, accepted,"
       " wait_until_ms, over) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
       " coalesce((SELECT o.id FROM stream o INDEXED BY stream_over WHERE o.lane = ?1"
       "  AND o.pipeline = ?2 AND o.over = o.id LIMIT 1), 0))"
       " ON CONFLICT (lane, pipeline, number, environment) DO UPDATE SET"
       " sequence = max(sequence, excluded.sequence), used_ms = max(used_ms, excluded.used_ms),"
       " accepted = max(accepted, excluded.accepted),"
       " wait_until_ms = max(wait_until_ms, excluded.wait_until_ms) RETURNING id");
JS_SQL(stand_for_name, "UPDATE stream SET over = ?3 WHERE lane = ?1 AND pipeline = ?2");

static jirasend_code take_stream(js_sqlite *self, int64_t lane, const js_moved_stream *stream,
                                 int64_t *id, jirasend_error *error) {
    js_query query = js_sq_query(self, raise_stream);
    js_query_int(&query, lane);
    js_query_text(&query, stream->name);
    js_query_int(&query, stream->number);
    js_query_text(&query, stream->part);
    js_query_int(&query, stream->sequence);
    js_query_int(&query, stream->used_ms);
    js_query_int(&query, stream->accepted);
    js_query_int(&query, stream->wait_until_ms);
    *id = 0;
    if (js_query_row(&query)) {
        *id = js_query_read(&query, 0);
        (void)js_query_row(&query);
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && stream->whole) {
        js_query over = js_sq_query(self, stand_for_name);
        js_query_int(&over, lane);
        js_query_text(&over, stream->name);
        js_query_int(&over, *id);
        code = js_query_run(&over, error);
    }
    return code;
}

/* What is raised by a stream that nobody is asked for, may be told later which one it is. */
JS_SQL(lane_waits,
       "UPDATE lane SET wait_stream = CASE WHEN ?2 > wait_until_ms OR (?2 = wait_until_ms"
       " AND ?3 > 0) THEN ?3 ELSE wait_stream END, wait_until_ms = max(wait_until_ms, ?2)"
       " WHERE id = ?1");

static jirasend_code take_lane_wait(js_sqlite *self, int64_t lane, const js_moved_stream *stream,
                                    int64_t id, jirasend_error *error) {
    if (stream->lane_until_ms <= js_store_now_ms(&self->store)) {
        return JIRASEND_OK;
    }
    js_query query = js_sq_query(self, lane_waits);
    js_query_int(&query, lane);
    js_query_int(&query, stream->lane_until_ms);
    js_query_int(&query, stream->lane_asks ? id : 0);
    return js_query_run(&query, error);
}

jirasend_code js_sq_move_streams(js_store *store, const js_lane *lanes,
                                 const js_moved_stream *streams, size_t count,
                                 jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_lane_row lane;
        int64_t id;
        code = js_sq_lane_add(store, &lanes[i], &lane, error);
        if (code == JIRASEND_OK) {
            code = take_stream(js_sq_of(store), lane.id, &streams[i], &id, error);
        }
        if (code == JIRASEND_OK) {
            code = take_lane_wait(js_sq_of(store), lane.id, &streams[i], id, error);
        }
    }
    return code;
}

/* ---- events ---- */

JS_SQL(is_there, "SELECT EXISTS (SELECT 1 FROM event INDEXED BY event_requested WHERE lane = ?1"
                 " AND request_id = ?2 AND kind = ?3 AND scope = ?4)");
JS_SQL(take_envelope, "INSERT INTO envelope (lane, key, history, used_ms, swept)"
                      " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (lane, key, history) DO UPDATE SET"
                      " used_ms = max(used_ms, excluded.used_ms),"
                      " swept = max(swept, excluded.swept) RETURNING id");

static jirasend_code find_envelope(js_sqlite *self, const js_move_event *event, place *at,
                                   jirasend_error *error) {
    at->envelope = 0;
    const char *text = js_moved_envelope(event);
    if (text[0] == '\0' && !event->history) {
        return JIRASEND_OK;
    }
    js_query query = js_sq_query(self, take_envelope);
    js_query_int(&query, at->lane);
    js_query_text(&query, text);
    js_query_int(&query, event->history ? 1 : 0);
    js_query_int(&query, event->swept ? js_store_now_ms(&self->store) : event->queued_ms);
    js_query_int(&query, event->swept ? INT64_MAX : 0);
    if (js_query_row(&query)) {
        at->envelope = js_query_read(&query, 0);
        (void)js_query_row(&query);
    }
    return js_query_end(&query, error);
}

/* What was promised to its stream holds here, too; news of the past raises nothing. */
static jirasend_code find_streams(js_sqlite *self, const js_move_event *event, place *at,
                                  jirasend_error *error) {
    js_moved_stream stream = event->stream, touched = event->touched;
    stream.sequence = touched.sequence = event->history ? 0 : event->sequence;
    stream.used_ms = touched.used_ms = event->queued_ms;
    jirasend_code code = take_stream(self, at->lane, &stream, &at->stream, error);
    at->touched = 0;
    if (code == JIRASEND_OK && touched.name != NULL) {
        code = take_stream(self, at->lane, &touched, &at->touched, error);
    }
    return code;
}

JS_SQL(take_event,
       "INSERT INTO event (lane, stream, sequence, format, gated, bytes, request_id, issue_keys,"
       " dropped, status, open, message, created_ms, queued_ms, settled_ms, settled_no, kind,"
       " envelope, barrier, history, scope, facts, touched, unknown_keys, not_before, attempts,"
       " unmentioned, http_status, relay_id, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
       " ?10, ?11, ?12, ?13, ?14, nullif(?15, 0), nullif(?16, 0), ?17, ?18, ?19, ?20, ?21, ?22,"
       " ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)");

static jirasend_code insert_event(js_sqlite *self, const js_move_event *event, place *at,
                                  jirasend_error *error) {
    bool settled = event->status != JS_STATUS_QUEUED;
    js_query query = js_sq_query(self, take_event);
    js_query_int(&query, at->lane);
    js_query_int(&query, at->stream);
    js_query_int(&query, event->sequence);
    js_query_int(&query, event->format);
    js_query_int(&query, event->gated ? 1 : 0);
    js_query_int(&query, event->document != NULL ? (int64_t)strlen(event->document) : 0);
    js_query_text(&query, event->request_id);
    js_query_text(&query, event->issue_keys);
    js_query_int(&query, event->dropped);
    js_query_int(&query, (int)event->status);
    js_query_int(&query, event->open ? 1 : 0);
    js_query_text(&query, event->message);
    js_query_int(&query, event->created_ms);
    js_query_int(&query, event->queued_ms);
    js_query_int(&query, settled ? event->settled_ms : 0);
    js_query_int(&query, settled ? self->tally.settled_no + 1 : 0);
    js_query_int(&query, event->kind);
    js_query_int(&query, at->envelope);
    js_query_int(&query, event->barrier ? 1 : 0);
    js_query_int(&query, event->history ? 1 : 0);
    js_query_text(&query, event->scope);
    js_query_text(&query, event->facts);
    js_query_int(&query, at->touched);
    js_query_text(&query, event->unknown_keys);
    js_query_int(&query, settled ? 0 : event->not_before_ms);
    js_query_int(&query, event->attempts);
    js_query_int(&query, event->unmentioned);
    js_query_int(&query, event->http_status);
    js_query_int(&query, event->relay_id);
    js_query_blob(&query, event->digest, event->digest != NULL ? JS_DIGEST_SIZE : 0);
    jirasend_code code = js_query_run(&query, error);
    at->id = sqlite3_last_insert_rowid(self->db);
    self->tally_changed = true;
    self->tally.settled_no += settled ? 1 : 0;
    return code;
}

JS_SQL(take_document, "INSERT INTO document (id, text, sum) VALUES (?1, ?2, ?3)");

static jirasend_code insert_document(js_sqlite *self, const js_move_event *event, const place *at,
                                     jirasend_error *error) {
    size_t length = strlen(event->document);
    js_row_facts facts = {
        .id = at->id,
        .number = event->stream.number,
        .sequence = event->sequence,
        .envelope = at->envelope,
        .site = event->lane.site,
        .pipeline = event->stream.name,
        .environment = event->stream.part,
        .request_id = event->request_id,
        .scope = event->scope,
        .kind = (int)event->lane.api,
        .format = event->format,
        .gated = event->gated,
        .barrier = event->barrier,
        .history = event->history,
    };
    int64_t sum = 0;
    if (!js_row_sum(&facts, event->document, length, &sum)) {
        return js_fail_memory(error);
    }
    js_query query = js_sq_query(self, take_document);
    js_query_int(&query, at->id);
    js_query_blob(&query, event->document, length);
    js_query_int(&query, sum);
    return js_query_run(&query, error);
}

JS_SQL(take_key, "INSERT OR IGNORE INTO event_key (key, event, source, rule, commit_hash)"
                 " VALUES (?1, ?2, ?3, ?4, ?5)");
JS_SQL(take_told, "INSERT OR REPLACE INTO told (stream, event, settled_ms, text)"
                  " SELECT s.id, ?2, ?3, ?4 FROM stream s WHERE s.id = ?1 AND s.accepted <= ?5");

static jirasend_code insert_rest(js_sqlite *self, const js_move_event *event, const place *at,
                                 jirasend_error *error) {
    jirasend_code code =
        event->document != NULL ? insert_document(self, event, at, error) : JIRASEND_OK;
    for (size_t i = 0; i < event->key_count && code == JIRASEND_OK; i++) {
        const js_moved_key *key = &event->keys[i];
        js_query query = js_sq_query(self, take_key);
        js_query_text(&query, key->key);
        js_query_int(&query, at->id);
        js_query_int(&query, key->source);
        js_query_int(&query, key->rule);
        js_query_text(&query, key->commit);
        code = js_query_run(&query, error);
    }
    if (code == JIRASEND_OK && event->told != NULL) {
        js_query query = js_sq_query(self, take_told);
        js_query_int(&query, at->stream);
        js_query_int(&query, at->id);
        js_query_int(&query, event->settled_ms);
        js_query_blob(&query, event->told, strlen(event->told));
        js_query_int(&query, event->sequence);
        code = js_query_run(&query, error);
    }
    return code;
}

static jirasend_code count_in(js_sqlite *self, const js_move_event *event, const place *at,
                              jirasend_error *error) {
    bool waits = event->status == JS_STATUS_QUEUED;
    self->tally.waiting += waits ? 1 : 0;
    self->tally.bytes += waits ? (int64_t)strlen(event->document) : 0;
    self->tally.dead += event->open && !waits ? 1 : 0;
    return waits ? js_sq_count(self, at->lane, at->envelope, 1, error) : JIRASEND_OK;
}

static jirasend_code take_one(js_sqlite *self, const js_move_event *event, jirasend_error *error) {
    js_lane_row lane;
    int64_t there = 0;
    jirasend_code code = js_sq_lane_add(&self->store, &event->lane, &lane, error);
    if (code == JIRASEND_OK && event->request_id != NULL) {
        js_query query = js_sq_query(self, is_there);
        js_query_int(&query, lane.id);
        js_query_text(&query, event->request_id);
        js_query_int(&query, event->kind);
        js_query_text(&query, event->scope);
        code = js_query_number(&query, 0, &there, error);
    }
    if (code != JIRASEND_OK || there != 0) {
        return code;
    }
    place at = {.lane = lane.id};
    code = find_streams(self, event, &at, error);
    code = code == JIRASEND_OK ? find_envelope(self, event, &at, error) : code;
    code = code == JIRASEND_OK ? insert_event(self, event, &at, error) : code;
    code = code == JIRASEND_OK ? insert_rest(self, event, &at, error) : code;
    return code == JIRASEND_OK ? count_in(self, event, &at, error) : code;
}

jirasend_code js_sq_move_take(js_store *store, const js_move_event *events, size_t count,
                              jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = take_one(js_sq_of(store), &events[i], error);
    }
    return code;
}

/* ---- counters and notes ---- */

jirasend_code js_sq_move_counter(js_store *store, const char *name, const char *label,
                                 int64_t value, jirasend_error *error) {
    return js_sq_count_metric(js_sq_of(store), name, label, value, error);
}

JS_SQL(read_note, "SELECT value FROM meta WHERE name = 'bookmark.' || ?1");
JS_SQL(write_note, "INSERT INTO meta (name, value) VALUES ('bookmark.' || ?1, ?2)"
                   " ON CONFLICT (name) DO UPDATE SET value = excluded.value");

jirasend_code js_sq_move_note_read(js_store *store, const char *name, js_buf *text,
                                   jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), read_note);
    js_query_text(&query, name);
    if (js_query_row(&query)) {
        js_buf_add_text(text, js_query_read_text(&query, 0));
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && text->failed ? js_fail_memory(error) : code;
}

jirasend_code js_sq_move_note_write(js_store *store, const char *name, const char *text,
                                    jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), write_note);
    js_query_text(&query, name);
    js_query_text(&query, text != NULL ? text : "");
    return js_query_run(&query, error);
}
