/* Moving to another outbox: reading all that is stored of events, and removing what was moved. */
#include "outbox/sqlite/move.h"

#include "base/error.h"
#include "base/text.h"
#include "outbox/digest.h"
#include "outbox/moved_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

JS_SQL(read_moved,
       "SELECT e.id, l.site, l.kind, e.status, e.open, e.gated, e.barrier, e.history, e.kind,"
       " e.format, e.attempts, e.unmentioned, e.http_status, e.sequence, e.dropped, e.relay_id,"
       " e.created_ms, e.queued_ms, e.not_before, e.settled_ms, e.request_id, e.scope,"
       " e.issue_keys, e.unknown_keys, e.message, e.facts, s.pipeline, s.number, s.environment,"
       " t.pipeline, t.number, t.environment, d.text, o.text, e.digest, coalesce(v.key, ''),"
       " e.open = 0 AND " JS_SWEPT " FROM event e"
       " CROSS JOIN lane l ON l.id = e.lane CROSS JOIN stream s ON s.id = e.stream"
       " LEFT JOIN stream t ON t.id = e.touched AND e.touched > 0"
       " LEFT JOIN document d ON d.id = e.id AND e.open = 1"
       " LEFT JOIN told o ON o.stream = e.stream AND o.event = e.id"
       " LEFT JOIN envelope v ON v.id = e.envelope AND e.envelope > 0"
       " WHERE e.id > ?1 AND " JS_KNOWN_ROW("e") " AND " JS_KNOWN_LANE("l") " ORDER BY e.id"
                                                                            " LIMIT ?2");

/* A copy of a text, or null where there is none. False: memory is short. */
static bool copy(const js_query *query, int column, char **out) {
    int length = sqlite3_column_bytes(query->statement, column);
    const char *text = sqlite3_column_blob(query->statement, column);
    bool none = sqlite3_column_type(query->statement, column) == SQLITE_NULL;
    *out = none ? NULL : js_copy_n(text == NULL ? "" : text, (size_t)length);
    return none || *out != NULL;
}

static bool copy_digest(const js_query *query, unsigned char **out) {
    bool there = sqlite3_column_bytes(query->statement, JS_MOVED_DIGEST) == JS_DIGEST_SIZE;
    *out = there ? malloc(JS_DIGEST_SIZE) : NULL;
    if (*out != NULL) {
        memcpy(*out, sqlite3_column_blob(query->statement, JS_MOVED_DIGEST), JS_DIGEST_SIZE);
    }
    return !there || *out != NULL;
}

static bool read_one(const js_query *query, js_move_event *event) {
    *event = (js_move_event){
        .id = js_query_read(query, JS_MOVED_ID),
        .lane.api = (js_api)js_query_read(query, JS_MOVED_API),
        .status = (js_status)js_query_read(query, JS_MOVED_STATUS),
        .open = js_query_read(query, JS_MOVED_OPEN) != 0,
        .gated = js_query_read(query, JS_MOVED_GATED) != 0,
        .barrier = js_query_read(query, JS_MOVED_BARRIER) != 0,
        .history = js_query_read(query, JS_MOVED_HISTORY) != 0,
        .kind = (int)js_query_read(query, JS_MOVED_KIND),
        .format = (int)js_query_read(query, JS_MOVED_FORMAT),
        .attempts = (int)js_query_read(query, JS_MOVED_ATTEMPTS),
        .unmentioned = (int)js_query_read(query, JS_MOVED_UNMENTIONED),
        .http_status = (int)js_query_read(query, JS_MOVED_HTTP),
        .sequence = js_query_read(query, JS_MOVED_SEQUENCE),
        .dropped = js_query_read(query, JS_MOVED_DROPPED),
        .relay_id = js_query_read(query, JS_MOVED_RELAY),
        .created_ms = js_query_read(query, JS_MOVED_CREATED),
        .queued_ms = js_query_read(query, JS_MOVED_QUEUED),
        .not_before_ms = js_query_read(query, JS_MOVED_NOT_BEFORE),
        .settled_ms = js_query_read(query, JS_MOVED_SETTLED),
        .stream.number = js_query_read(query, JS_MOVED_NUMBER),
        .touched.number = js_query_read(query, JS_MOVED_TOUCHED_NUMBER),
        .swept = js_query_read(query, JS_MOVED_SWEPT) != 0,
    };
    (void)snprintf(event->lane.site, sizeof event->lane.site, "%s",
                   js_query_read_text(query, JS_MOVED_SITE));
    bool whole = copy(query, JS_MOVED_REQUEST, &event->request_id);
    whole &= copy(query, JS_MOVED_SCOPE, &event->scope);
    whole &= copy(query, JS_MOVED_KEYS, &event->issue_keys);
    whole &= copy(query, JS_MOVED_UNKNOWN, &event->unknown_keys);
    whole &= copy(query, JS_MOVED_MESSAGE, &event->message);
    whole &= copy(query, JS_MOVED_FACTS, &event->facts);
    whole &= copy(query, JS_MOVED_NAME, &event->stream.name);
    whole &= copy(query, JS_MOVED_PART, &event->stream.part);
    whole &= copy(query, JS_MOVED_TOUCHED_NAME, &event->touched.name);
    whole &= copy(query, JS_MOVED_TOUCHED_PART, &event->touched.part);
    whole &= copy(query, JS_MOVED_DOCUMENT, &event->document);
    whole &= copy(query, JS_MOVED_TOLD, &event->told);
    whole &= copy(query, JS_MOVED_ENVELOPE, &event->envelope);
    whole &= copy_digest(query, &event->digest);
    return whole;
}

JS_SQL(passed_keys, "SELECT key, source, rule, commit_hash FROM event_key"
                    " INDEXED BY event_key_passed WHERE event = ?1 AND rule > 0");
JS_SQL(one_key, "SELECT key, source, rule, commit_hash FROM event_key WHERE key = ?2"
                " AND event = ?1");
enum { KEY_TEXT, KEY_SOURCE, KEY_RULE, KEY_COMMIT };

/* All rows of the query, which it ends. */
static jirasend_code add_keys(js_query *query, js_move_event *event, jirasend_error *error) {
    bool memory = true;
    while (memory && js_query_row(query)) {
        js_moved_key *grown = realloc(event->keys, (event->key_count + 1) * sizeof *grown);
        memory = grown != NULL;
        if (memory) {
            js_moved_key *key = &grown[event->key_count++];
            event->keys = grown;
            *key = (js_moved_key){.source = (int)js_query_read(query, KEY_SOURCE),
                                  .rule = (int)js_query_read(query, KEY_RULE)};
            memory = copy(query, KEY_TEXT, &key->key) && copy(query, KEY_COMMIT, &key->commit);
        }
    }
    jirasend_code code = js_query_end(query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

static jirasend_code read_keys(js_sqlite *self, js_move_event *event, jirasend_error *error) {
    js_query passed = js_sq_query(self, passed_keys);
    js_query_int(&passed, event->id);
    jirasend_code code = add_keys(&passed, event, error);
    js_strings keys = JS_STRINGS_INIT;
    if (code == JIRASEND_OK && !js_row_split(&keys, event->issue_keys)) {
        code = js_fail_memory(error);
    }
    for (size_t i = 0; i < keys.count && code == JIRASEND_OK; i++) {
        js_query query = js_sq_query(self, one_key);
        js_query_int(&query, event->id);
        js_query_text(&query, keys.items[i]);
        code = add_keys(&query, event, error);
    }
    js_strings_clear(&keys);
    return code;
}

static jirasend_code read_events(js_store *store, int64_t after, js_move_event *events, size_t max,
                                 size_t *count, jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    js_query query = js_sq_query(self, read_moved);
    js_query_int(&query, after);
    js_query_int(&query, (int64_t)max);
    bool memory = true;
    *count = 0;
    while (memory && *count < max && js_query_row(&query)) {
        memory = read_one(&query, &events[(*count)++]);
    }
    jirasend_code code = js_query_end(&query, error);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    for (size_t i = 0; i < *count && code == JIRASEND_OK; i++) {
        if (events[i].open && events[i].document == NULL) {
            return js_sq_damaged(store, "the document of an event is gone", error);
        }
        code = read_keys(self, &events[i], error);
    }
    return code;
}

/* ---- removing ---- */

JS_SQL(place_of, "SELECT lane, envelope, bytes, status, open FROM event WHERE id = ?1");
enum { PLACE_LANE, PLACE_ENVELOPE, PLACE_BYTES, PLACE_STATUS, PLACE_OPEN };
JS_SQL(remove_key, "DELETE FROM event_key WHERE key = ?1 AND event = ?2");
JS_SQL(remove_told, "DELETE FROM told WHERE event = ?1 AND stream = (SELECT stream FROM event"
                    " WHERE id = ?1)");
JS_SQL(remove_event, "DELETE FROM event WHERE id = ?1");

static jirasend_code uncount(js_sqlite *self, int64_t id, jirasend_error *error) {
    js_query query = js_sq_query(self, place_of);
    js_query_int(&query, id);
    int64_t lane = 0, envelope = 0;
    bool waits = false;
    if (js_query_row(&query)) {
        bool open = js_query_read(&query, PLACE_OPEN) != 0;
        lane = js_query_read(&query, PLACE_LANE);
        envelope = js_query_read(&query, PLACE_ENVELOPE);
        waits = js_query_read(&query, PLACE_STATUS) == JS_STATUS_QUEUED;
        self->tally_changed = true;
        self->tally.waiting -= waits ? 1 : 0;
        self->tally.bytes -= waits ? js_query_read(&query, PLACE_BYTES) : 0;
        self->tally.dead -= open && !waits ? 1 : 0;
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && waits ? js_sq_count(self, lane, envelope, -1, error) : code;
}

static jirasend_code remove_by_id(js_sqlite *self, const char *sql, int64_t id,
                                  jirasend_error *error) {
    js_query query = js_sq_query(self, sql);
    js_query_int(&query, id);
    return js_query_run(&query, error);
}

static jirasend_code forget_one(js_sqlite *self, const js_move_event *event,
                                jirasend_error *error) {
    jirasend_code code = uncount(self, event->id, error);
    for (size_t i = 0; i < event->key_count && code == JIRASEND_OK; i++) {
        js_query query = js_sq_query(self, remove_key);
        js_query_text(&query, event->keys[i].key);
        js_query_int(&query, event->id);
        code = js_query_run(&query, error);
    }
    code = code == JIRASEND_OK ? remove_by_id(self, remove_told, event->id, error) : code;
    code = code == JIRASEND_OK ? js_sq_drop_document(self, event->id, error) : code;
    return code == JIRASEND_OK ? remove_by_id(self, remove_event, event->id, error) : code;
}

static jirasend_code forget_events(js_store *store, const js_move_event *events, size_t count,
                                   jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = forget_one(js_sq_of(store), &events[i], error);
    }
    return code;
}

/* ---- streams and counters ---- */

JS_SQL(next_streams, "SELECT s.id, l.site, l.kind, s.pipeline, s.number, s.environment, s.sequence,"
                     " s.used_ms, s.accepted, s.wait_until_ms, s.over = s.id,"
                     " l.wait_until_ms, l.wait_stream = s.id FROM stream s"
                     " CROSS JOIN lane l ON l.id = s.lane WHERE s.id > ?1 AND " JS_KNOWN_LANE(
                         "l") " ORDER BY s.id LIMIT ?2");
enum {
    STREAM_ID,
    STREAM_SITE,
    STREAM_API,
    STREAM_NAME,
    STREAM_NUMBER,
    STREAM_PART,
    STREAM_SEQUENCE,
    STREAM_USED,
    STREAM_ACCEPTED,
    STREAM_WAIT,
    STREAM_WHOLE,
    STREAM_LANE_UNTIL,
    STREAM_LANE_ASKS
};

static jirasend_code read_streams(js_store *store, int64_t *cursor, js_lane *lanes,
                                  js_moved_stream *streams, size_t max, size_t *count,
                                  jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), next_streams);
    js_query_int(&query, *cursor);
    js_query_int(&query, (int64_t)max);
    bool memory = true;
    *count = 0;
    while (memory && *count < max && js_query_row(&query)) {
        js_lane *lane = &lanes[*count];
        js_moved_stream *stream = &streams[(*count)++];
        *cursor = js_query_read(&query, STREAM_ID);
        lane->api = (js_api)js_query_read(&query, STREAM_API);
        (void)snprintf(lane->site, sizeof lane->site, "%s",
                       js_query_read_text(&query, STREAM_SITE));
        *stream = (js_moved_stream){.number = js_query_read(&query, STREAM_NUMBER),
                                    .sequence = js_query_read(&query, STREAM_SEQUENCE),
                                    .used_ms = js_query_read(&query, STREAM_USED),
                                    .accepted = js_query_read(&query, STREAM_ACCEPTED),
                                    .wait_until_ms = js_query_read(&query, STREAM_WAIT),
                                    .whole = js_query_read(&query, STREAM_WHOLE) != 0,
                                    .lane_until_ms = js_query_read(&query, STREAM_LANE_UNTIL),
                                    .lane_asks = js_query_read(&query, STREAM_LANE_ASKS) != 0};
        memory =
            copy(&query, STREAM_NAME, &stream->name) && copy(&query, STREAM_PART, &stream->part);
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

JS_SQL(all_counters, "SELECT name, label, value FROM metric");

static jirasend_code read_counters(js_store *store, js_metric **counters, size_t *count,
                                   jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), all_counters);
    bool memory = true;
    *counters = NULL;
    *count = 0;
    while (memory && js_query_row(&query)) {
        js_metric *grown = realloc(*counters, (*count + 1) * sizeof *grown);
        memory = grown != NULL;
        if (memory) {
            *counters = grown;
            js_metric *one = &grown[(*count)++];
            one->value = js_query_read(&query, 2);
            memory = copy(&query, 0, &one->name) && copy(&query, 1, &one->label);
        }
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

static jirasend_code enter(js_outbox *outbox, js_store **store, jirasend_error *error) {
    (void)error;
    *store = js_store_of(outbox);
    return JIRASEND_OK;
}

static bool leave(js_store *store) {
    (void)store;
    return false;
}

const struct js_move_ops js_sq_moves = {
    .enter = enter,
    .leave = leave,
    .read = read_events,
    .take = js_sq_move_take,
    .forget = forget_events,
    .read_streams = read_streams,
    .take_streams = js_sq_move_streams,
    .read_counters = read_counters,
    .add_counter = js_sq_move_counter,
    .read_note = js_sq_move_note_read,
    .write_note = js_sq_move_note_write,
};
