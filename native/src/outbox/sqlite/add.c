/* Storing events, inside a transaction. */
#include "outbox/sqlite/add.h"

#include "base/error.h"
#include "event/kind.h"

#include <string.h>

JS_SQL(find_request,
       "SELECT e.id, s.pipeline IS ?5 AND s.number IS ?6 AND s.environment IS ?7, e.barrier,"
       " e.open = 0 AND e.settled_ms < ?8 FROM event e LEFT JOIN stream s ON s.id = e.stream"
       " WHERE e.lane = ?1 AND e.request_id = ?2 AND e.kind = ?3 AND e.scope = ?4");
enum { REQUEST_ID, REQUEST_SAME, REQUEST_BARRIER, REQUEST_OLD };

JS_SQL(forget_request, "UPDATE event SET request_id = NULL WHERE id = ?1");

/* *id is 0 when the requestId was not seen within its time; then it is free. */
static jirasend_code find_known(js_sqlite *self, int64_t lane, js_adding *event,
                                int64_t forgotten_before_ms, int64_t *id, jirasend_error *error) {
    const js_row *row = &event->row;
    js_query query = js_sq_query(self, find_request);
    js_query_int(&query, lane);
    js_query_text(&query, event->put->event->request_id);
    js_query_int(&query, row->kind);
    js_query_text(&query, row->scope);
    js_query_text(&query, row->stream.name);
    js_query_int(&query, row->stream.number);
    js_query_text(&query, row->stream.part);
    js_query_int(&query, forgotten_before_ms);
    *id = 0;
    bool old = false;
    if (js_query_row(&query)) {
        *id = js_query_read(&query, REQUEST_ID);
        event->known_same_stream = js_query_read(&query, REQUEST_SAME) == 1;
        event->known_barrier = js_query_read(&query, REQUEST_BARRIER) == 1;
        old = js_query_read(&query, REQUEST_OLD) == 1;
    }
    jirasend_code code = js_query_end(&query, error);
    if (code != JIRASEND_OK || !old) {
        return code;
    }
    js_query forget = js_sq_query(self, forget_request);
    js_query_int(&forget, *id);
    *id = 0;
    return js_query_run(&forget, error);
}

/* ---- what the events of one call share ---- */

/* The one of the event before, which the next mostly has, too. */
typedef struct last_envelope {
    const js_row *row; /* null: there was none */
    int64_t lane, id;
} last_envelope;

/* Of entities: no deletion of all of this name is over its streams. Null: not known of any. */
typedef struct free_name {
    const char *name;
    int64_t lane;
} free_name;

/* What the events of a call mostly have in common with the one before. */
typedef struct beside {
    js_lane_row lane;
    last_envelope envelope;
    free_name free;
} beside;

/* ---- streams and numbers ---- */

/* A deletion of all of its name is over every stream of it, those that come later, too. */
#define OVER_IT                                                                                    \
    "coalesce((SELECT o.id FROM stream o INDEXED BY stream_over WHERE o.lane = ?1"                 \
    " AND o.pipeline = ?2 AND o.over = o.id LIMIT 1), 0)"

JS_SQL(find_stream, "SELECT id, sequence FROM stream WHERE lane = ?1 AND pipeline = ?2"
                    " AND number = ?3 AND environment = ?4");
enum { STREAM_ID, STREAM_SEQUENCE };
JS_SQL(add_stream,
       "INSERT INTO stream (lane, pipeline, number, environment, sequence, used_ms, over)"
       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, " OVER_IT ")");
JS_SQL(use_stream, "UPDATE stream SET sequence = ?2, used_ms = max(used_ms, ?3) WHERE id = ?1");

static js_query about_stream(js_sqlite *self, const char *sql, const js_stream *stream,
                             const js_new_row *at) {
    js_query query = js_sq_query(self, sql);
    js_query_int(&query, at->lane);
    js_query_text(&query, stream->name);
    js_query_int(&query, stream->number);
    js_query_text(&query, stream->part);
    return query;
}

/* One statement with RETURNING would say the same, at three times the work. */
static jirasend_code write_stream(js_sqlite *self, const js_stream *stream, const js_new_row *at,
                                  int64_t *id, int64_t sequence, jirasend_error *error) {
    if (*id == 0) {
        js_query add = about_stream(self, add_stream, stream, at);
        js_query_int(&add, sequence);
        js_query_int(&add, at->now_ms);
        jirasend_code code = js_query_run(&add, error);
        *id = sqlite3_last_insert_rowid(self->db);
        return code;
    }
    js_query use = js_sq_query(self, use_stream);
    js_query_int(&use, *id);
    js_query_int(&use, sequence);
    js_query_int(&use, at->now_ms);
    return js_query_run(&use, error);
}

/* *id is 0 when there is no such stream yet. */
static jirasend_code look_up_stream(js_sqlite *self, const js_stream *stream, const js_new_row *at,
                                    int64_t *id, int64_t *last, jirasend_error *error) {
    js_query find = about_stream(self, find_stream, stream, at);
    *id = 0;
    *last = 0;
    if (js_query_row(&find)) {
        *id = js_query_read(&find, STREAM_ID);
        *last = js_query_read(&find, STREAM_SEQUENCE);
    }
    return js_query_end(&find, error);
}

/*
 * *sequence: in, at least so much; out, the next number. 0: the event has a number of its own, which
 * raises nothing.
 */
static jirasend_code enter_stream(js_sqlite *self, const js_stream *stream, const js_new_row *at,
                                  int64_t *id, int64_t *sequence, jirasend_error *error) {
    int64_t last = 0;
    jirasend_code code = look_up_stream(self, stream, at, id, &last, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (*sequence == 0) {
        return write_stream(self, stream, at, id, last, error);
    }
    bool rises = *id != 0 && last + 1 > *sequence;
    *sequence = rises ? last + 1 : *sequence;
    return write_stream(self, stream, at, id, *sequence, error);
}

/* The same of a stream that nothing is over, nor may be: one that is new gets its row with others. */
static jirasend_code enter_lone_stream(js_sqlite *self, const js_stream *stream, js_new_row *at,
                                       int64_t *sequence, jirasend_error *error) {
    int64_t last = 0;
    jirasend_code code = look_up_stream(self, stream, at, &at->stream, &last, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (at->stream == 0) {
        at->new_stream = true;
        at->stream_number = *sequence;
        return JIRASEND_OK;
    }
    bool rises = *sequence != 0 && last + 1 > *sequence;
    *sequence = rises ? last + 1 : *sequence;
    return write_stream(self, stream, at, &at->stream, *sequence == 0 ? last : *sequence, error);
}

JS_SQL(highest_of_name, "SELECT max(sequence) FROM stream WHERE lane = ?1 AND pipeline = ?2");
JS_SQL(number_over_name, "SELECT sequence FROM stream INDEXED BY stream_over WHERE lane = ?1"
                         " AND pipeline = ?2 AND over = id");
JS_SQL(put_over_name,
       "UPDATE stream SET over = ?3 WHERE lane = ?1 AND pipeline = ?2 AND over <> ?3");

/* A deletion of all of its name is above all numbers of it; what comes later is above the deletion. */
static jirasend_code rise_above(js_sqlite *self, const js_row *row, const js_new_row *at,
                                int64_t *sequence, jirasend_error *error) {
    int64_t highest = 0;
    js_query query = js_sq_query(self, row->takes_name ? highest_of_name : number_over_name);
    js_query_int(&query, at->lane);
    js_query_text(&query, row->stream.name);
    jirasend_code code = js_query_number(&query, 0, &highest, error);
    *sequence = *sequence > highest ? *sequence : highest + 1;
    return code;
}

static jirasend_code go_over_name(js_sqlite *self, const js_row *row, const js_new_row *at,
                                  jirasend_error *error) {
    js_query query = js_sq_query(self, put_over_name);
    js_query_int(&query, at->lane);
    js_query_text(&query, row->stream.name);
    js_query_int(&query, at->stream);
    return js_query_run(&query, error);
}

/*
 * Whether it is one entity that nothing is over: then it needs no more than a build does. Events of one
 * call have mostly one repository, so what was found of the name before is still true.
 */
static jirasend_code find_free(js_sqlite *self, const js_row *row, const js_new_row *at,
                               free_name *last, bool *is_free, jirasend_error *error) {
    *is_free = false;
    if (row->takes_name || row->touched.name != NULL) {
        last->name = row->takes_name ? NULL : last->name;
        return JIRASEND_OK;
    }
    if (last->name != NULL && last->lane == at->lane && strcmp(last->name, row->stream.name) == 0) {
        *is_free = true;
        return JIRASEND_OK;
    }
    int64_t over = 0;
    js_query query = js_sq_query(self, number_over_name);
    js_query_int(&query, at->lane);
    js_query_text(&query, row->stream.name);
    jirasend_code code = js_query_number(&query, 0, &over, error);
    *is_free = code == JIRASEND_OK && over == 0;
    if (*is_free) {
        *last = (free_name){row->stream.name, at->lane};
    }
    return code;
}

JS_SQL(raise_stream, "UPDATE stream SET sequence = max(sequence, ?2) WHERE id = ?1");

/* `least`: the number is the next of the stream, and not below it; 0: it has one of its own. */
static jirasend_code enter_streams(js_sqlite *self, const js_row *row, int64_t least,
                                   free_name *last, js_new_row *at, jirasend_error *error) {
    int64_t number = least;
    bool lone = !js_api_of(row->lane.api)->entities; /* nothing else can be deleted as a whole */
    jirasend_code code = lone ? JIRASEND_OK : find_free(self, row, at, last, &lone, error);
    if (code != JIRASEND_OK || lone) {
        code =
            code == JIRASEND_OK ? enter_lone_stream(self, &row->stream, at, &number, error) : code;
        at->sequence = least != 0 ? number : row->sequence;
        return code;
    }
    bool touches = row->touched.name != NULL;
    code = least != 0 ? rise_above(self, row, at, &number, error) : JIRASEND_OK;
    if (code == JIRASEND_OK && touches) {
        code = enter_stream(self, &row->touched, at, &at->touched, &number, error);
    }
    if (code == JIRASEND_OK) {
        code = enter_stream(self, &row->stream, at, &at->stream, &number, error);
    }
    if (code == JIRASEND_OK && touches && least != 0) {
        js_query query = js_sq_query(self, raise_stream);
        js_query_int(&query, at->touched);
        js_query_int(&query, number);
        code = js_query_run(&query, error);
    }
    if (code == JIRASEND_OK && row->takes_name) {
        code = go_over_name(self, row, at, error);
    }
    at->sequence = least != 0 ? number : row->sequence;
    return code;
}

JS_SQL(enter_envelope, "INSERT INTO envelope (lane, key, history, used_ms) VALUES (?1, ?2, ?3, ?4)"
                       " ON CONFLICT (lane, key, history) DO UPDATE SET"
                       " used_ms = max(used_ms, excluded.used_ms) RETURNING id");

/* The plain one has no row of its own: its pause is the lane's. */
static jirasend_code find_envelope(js_sqlite *self, const js_row *row, last_envelope *last,
                                   js_new_row *at, jirasend_error *error) {
    at->envelope = 0;
    if (row->envelope[0] == '\0' && !row->history) {
        return JIRASEND_OK;
    }
    if (last->row != NULL && last->lane == at->lane && last->row->history == row->history &&
        strcmp(last->row->envelope, row->envelope) == 0) {
        at->envelope = last->id;
        return JIRASEND_OK;
    }
    js_query query = js_sq_query(self, enter_envelope);
    js_query_int(&query, at->lane);
    js_query_text(&query, row->envelope);
    js_query_int(&query, row->history ? 1 : 0);
    js_query_int(&query, at->now_ms);
    if (js_query_row(&query)) {
        at->envelope = js_query_read(&query, 0);
        (void)js_query_row(&query);
    }
    *last = (last_envelope){row, at->lane, at->envelope};
    return js_query_end(&query, error);
}

/* Where it belongs. Its rows follow, with those of others. */
static jirasend_code find_place(js_sqlite *self, const js_row *row, int64_t least, beside *before,
                                js_new_row *at, jirasend_error *error) {
    jirasend_code code = enter_streams(self, row, least, &before->free, at, error);
    return code == JIRASEND_OK ? find_envelope(self, row, &before->envelope, at, error) : code;
}

jirasend_code js_sq_room(js_store *store, int64_t *waiting, int64_t *bytes, jirasend_error *error) {
    const js_sqlite *self = js_sq_of(store);
    *waiting = self->tally.waiting;
    *bytes = self->tally.bytes;
    return js_folder_room(&self->folder, error);
}

/* Most events of a call go into the lane of the one before. */
static jirasend_code enter_lane(js_sqlite *self, const js_lane *wanted, js_lane_row *lane,
                                jirasend_error *error) {
    bool same = lane->id != 0 && js_lane_equal(&lane->lane, wanted);
    return same ? JIRASEND_OK : js_sq_lane_add(&self->store, wanted, lane, error);
}

/* A row that is not written yet is not found, and who looks at more than one stream might miss it. */
static bool is_pending(const js_new_events *pending, const js_adding *event) {
    const js_row *row = &event->row;
    if (pending->count > 0 && (row->takes_name || row->touched.name != NULL)) {
        return true;
    }
    const char *request = event->put->event->request_id;
    for (size_t i = 0; i < pending->count; i++) {
        const js_new_event *one = &pending->items[i];
        const char *other = one->put->event->request_id;
        const js_stream *stream = &one->row->stream;
        bool same = stream->number == row->stream.number &&
                    strcmp(stream->name, row->stream.name) == 0 &&
                    strcmp(stream->part, row->stream.part) == 0;
        if (same || (request != NULL && other != NULL && strcmp(request, other) == 0)) {
            return true;
        }
    }
    return false;
}

static jirasend_code add_one(js_sqlite *self, js_adding *event, beside *before,
                             js_new_events *pending, int64_t now_ms, int64_t forgotten_before_ms,
                             jirasend_error *error) {
    js_lane_row *lane = &before->lane;
    event->id = 0;
    event->known = false;
    jirasend_code code = pending->count == JS_ADD_TOGETHER || is_pending(pending, event)
                             ? js_sq_add_rows(self, pending, error)
                             : JIRASEND_OK;
    if (code == JIRASEND_OK) {
        code = enter_lane(self, &event->row.lane, lane, error);
    }
    if (code == JIRASEND_OK && event->put->event->request_id != NULL) {
        code = find_known(self, lane->id, event, forgotten_before_ms, &event->id, error);
        event->known = event->id != 0;
    }
    if (code != JIRASEND_OK || event->known || event->only_known) {
        return code;
    }
    js_new_event *added = &pending->items[pending->count++];
    *added =
        (js_new_event){event->put, &event->row, {.lane = lane->id, .now_ms = now_ms}, &event->id};
    return find_place(self, &event->row, event->row.sequence == 0 ? now_ms : 0, before, &added->at,
                      error);
}

jirasend_code js_sq_add(js_store *store, js_adding *events, size_t count, int64_t now_ms,
                        int64_t forgotten_before_ms, jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    beside before = {0};
    js_new_events pending;
    pending.count = 0;
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = add_one(self, &events[i], &before, &pending, now_ms, forgotten_before_ms, error);
    }
    return code == JIRASEND_OK ? js_sq_add_rows(self, &pending, error) : code;
}

/* ---- from another outbox ---- */

JS_SQL(last_in_stream, "SELECT sequence FROM stream WHERE lane = ?1 AND pipeline = ?2"
                       " AND number = ?3 AND environment = ?4");

/* Whether the outbox has that update or a newer one of its stream. */
static jirasend_code is_known(js_sqlite *self, int64_t lane, const js_put *put, const js_row *row,
                              js_again *again, jirasend_error *error) {
    js_query query = js_sq_query(self, last_in_stream);
    js_query_int(&query, lane);
    js_query_text(&query, row->stream.name);
    js_query_int(&query, row->stream.number);
    js_query_text(&query, row->stream.part);
    int64_t last = 0;
    jirasend_code code = js_query_number(&query, -1, &last, error);
    again->known = last >= put->sequence;
    if (code == JIRASEND_OK && !again->known && put->event->request_id != NULL) {
        js_adding event = {.put = put, .row = *row};
        int64_t id = 0;
        code =
            find_known(self, lane, &event, js_store_now_ms(&self->store) - JS_KEEP_MS, &id, error);
        again->known = id != 0;
    }
    return code;
}

static jirasend_code bury(js_sqlite *self, int64_t id, const char *message, int64_t now_ms,
                          jirasend_error *error) {
    js_event_row event = {.id = id};
    js_settling ending = {.event = &event,
                          .status = JS_STATUS_REJECTED,
                          .keep_document = true,
                          .http_status = -1,
                          .message = message};
    jirasend_code code = js_sq_find(&self->store, &event, 1, error);
    return code == JIRASEND_OK ? js_sq_settle(&self->store, &ending, 1, now_ms, error) : code;
}

static jirasend_code put_again(js_sqlite *self, const js_put *put, const js_row *row,
                               js_again *again, int64_t now_ms, int64_t *last_id,
                               jirasend_error *error) {
    js_lane_row lane;
    jirasend_code code = js_sq_lane_add(&self->store, &row->lane, &lane, error);
    if (code == JIRASEND_OK) {
        code = is_known(self, lane.id, put, row, again, error);
    }
    if (code != JIRASEND_OK || again->known) {
        return code;
    }
    int64_t id = 0;
    js_new_events one;
    one.items[0] = (js_new_event){put, row, {.lane = lane.id, .now_ms = now_ms}, &id};
    one.count = 1;
    int64_t least = row->history ? 0 : put->sequence;
    beside none = {0};
    code = find_place(self, row, least, &none, &one.items[0].at, error);
    if (code == JIRASEND_OK) {
        code = js_sq_add_rows(self, &one, error);
    }
    if (code == JIRASEND_OK && again->dead) {
        code = bury(self, id, again->message, now_ms, error);
    }
    *last_id = code == JIRASEND_OK ? id : *last_id;
    return code;
}

jirasend_code js_sq_put_again(js_sqlite *self, const js_put *put, js_again *again, int64_t now_ms,
                              int64_t *last_id, jirasend_error *error) {
    js_row row;
    jirasend_code code = js_row_init(&row, put)
                             ? put_again(self, put, &row, again, now_ms, last_id, error)
                             : js_fail_memory(error);
    js_row_clear(&row);
    return code;
}
