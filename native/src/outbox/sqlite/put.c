/* Storing one event, inside a transaction. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void js_sq_put_refuse(js_put_result *result, jirasend_code code, const char *message) {
    result->code = code;
    result->id = 0;
    (void)snprintf(result->message, sizeof result->message, "%s", message);
}

/* A request id that was seen before gives the first id, if it means the same thing. */
static jirasend_code find_request(js_sqlite *self, int64_t lane, const js_event *event,
                                  js_put_result *result, bool *found, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_REQUEST_FIND);
    js_query_int(&query, lane);
    js_query_text(&query, event->request_id);
    js_stream stream = js_event_stream(event);
    js_query_text(&query, stream.name);
    js_query_int(&query, stream.number);
    js_query_text(&query, stream.part);
    *found = js_query_row(&query);
    int64_t id = *found ? sqlite3_column_int64(query.statement, 0) : 0;
    bool same = *found && sqlite3_column_int(query.statement, 1) == 1;
    jirasend_code code = js_query_end(&query, error);
    if (code != JIRASEND_OK || !*found) {
        return code;
    }
    if (same) {
        result->code = JIRASEND_OK;
        result->id = id;
        result->message[0] = '\0';
        return JIRASEND_OK;
    }
    jirasend_error words = JIRASEND_ERROR_INIT;
    (void)js_fail(&words, JIRASEND_E_DOCUMENT,
                  "The requestId \"%.120s\" was already used for another pipeline, number or "
                  "environment (event %" PRId64 "). Give each event a requestId of its own.",
                  event->request_id, id);
    js_sq_put_refuse(result, words.code, words.message);
    return JIRASEND_OK;
}

/* Our own bounds. False, with the result filled in: there is no room. */
static bool has_room(js_sqlite *self, const js_put *put, js_put_result *result) {
    char words[JIRASEND_ERROR_MESSAGE_SIZE];
    if (put->skip == NULL && self->tally.waiting >= self->max_events) {
        (void)snprintf(words, sizeof words,
                       "The outbox holds %" PRId64 " waiting events, its bound is %" PRId64
                       ". Nothing was stored: see why they wait (jirasend outbox list), or raise "
                       "the bound.",
                       self->tally.waiting, self->max_events);
        js_sq_put_refuse(result, JIRASEND_E_REFUSED, words);
        return false;
    }
    int64_t length = (int64_t)put->length;
    if (put->skip == NULL && length > self->max_bytes - self->tally.bytes) {
        (void)snprintf(words, sizeof words,
                       "The outbox holds %" PRId64 " bytes of waiting events, its bound is %" PRId64
                       ", and this event has %" PRId64 ". Nothing was stored: see why they wait "
                       "(jirasend outbox list), or raise the bound.",
                       self->tally.bytes, self->max_bytes, length);
        js_sq_put_refuse(result, JIRASEND_E_REFUSED, words);
        return false;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (js_folder_room(&self->folder, &error) != JIRASEND_OK) {
        js_sq_put_refuse(result, error.code, error.message);
        return false;
    }
    return true;
}

/* `least` becomes its sequence number, unless the stream is that far already. */
static jirasend_code next_in_stream(js_sqlite *self, int64_t lane, const js_event *event,
                                    int64_t least, int64_t *stream_id, int64_t *sequence,
                                    jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_STREAM_NEXT);
    js_query_int(&query, lane);
    js_stream stream = js_event_stream(event);
    js_query_text(&query, stream.name);
    js_query_int(&query, stream.number);
    js_query_text(&query, stream.part);
    js_query_int(&query, least);
    if (js_query_row(&query)) {
        *stream_id = sqlite3_column_int64(query.statement, 0);
        *sequence = sqlite3_column_int64(query.statement, 1);
        (void)js_query_row(&query);
    }
    return js_query_end(&query, error);
}

/* A gated deployment that was set aside for a while keeps the newer ones of its stream behind it. */
static jirasend_code parked_gate(js_sqlite *self, int64_t stream, int64_t *until,
                                 jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_GATE_PARKED);
    js_query_int(&query, stream);
    *until = js_query_row(&query) ? sqlite3_column_int64(query.statement, 0) : 0;
    return js_query_end(&query, error);
}

typedef struct new_event {
    int64_t lane, stream, least_sequence, sequence, not_before, now_ms, id;
} new_event;

static jirasend_code add_event(js_sqlite *self, const js_put *put, new_event *row,
                               jirasend_error *error) {
    const js_event *event = put->event;
    char *keys = js_row_join(&event->issue_keys);
    if (keys == NULL) {
        return js_fail_memory(error);
    }
    bool skipped = put->skip != NULL;
    js_query query = js_sq_query(self, JS_SQL_EVENT_ADD);
    js_query_int(&query, row->lane);
    js_query_int(&query, row->stream);
    js_query_int(&query, row->sequence);
    js_query_int(&query, JS_FORMAT);
    js_query_int(&query, event->gate ? 1 : 0);
    js_query_int(&query, (int64_t)put->length);
    js_query_text(&query, event->request_id);
    js_query_text(&query, keys);
    js_query_int(&query, event->dropped);
    js_query_int(&query, skipped ? JS_SKIPPED : JS_QUEUED);
    js_query_int(&query, skipped ? 0 : 1);
    js_query_int(&query, skipped ? 0 : row->not_before);
    js_query_text(&query, put->skip);
    js_query_int(&query, row->now_ms);
    js_query_int(&query, skipped ? row->now_ms : 0);
    js_query_int(&query, skipped ? self->tally.settled_no + 1 : 0);
    jirasend_code code = js_query_run(&query, error);
    row->id = sqlite3_last_insert_rowid(self->db);
    free(keys);
    return code;
}

static jirasend_code add_document(js_sqlite *self, const js_put *put, const new_event *row,
                                  jirasend_error *error) {
    const js_event *event = put->event;
    js_stream stream = js_event_stream(event);
    js_row_facts facts = {
        .id = row->id,
        .number = stream.number,
        .sequence = row->sequence,
        .site = event->site.name,
        .pipeline = stream.name,
        .environment = stream.part,
        .request_id = event->request_id,
        .kind = (int)event->kind,
        .gated = event->gate,
    };
    int64_t sum = 0;
    if (!js_row_sum(&facts, put->document, put->length, &sum)) {
        return js_fail_memory(error);
    }
    js_query query = js_sq_query(self, JS_SQL_DOCUMENT_ADD);
    js_query_int(&query, row->id);
    js_query_blob(&query, put->document, put->length);
    js_query_int(&query, sum);
    return js_query_run(&query, error);
}

static jirasend_code count_lane(js_sqlite *self, int64_t lane, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_LANE_COUNT);
    js_query_int(&query, lane);
    js_query_int(&query, 1);
    return js_query_run(&query, error);
}

static jirasend_code store(js_sqlite *self, const js_put *put, new_event *row,
                           jirasend_error *error) {
    jirasend_code code = next_in_stream(self, row->lane, put->event, row->least_sequence,
                                        &row->stream, &row->sequence, error);
    if (code == JIRASEND_OK) {
        code = parked_gate(self, row->stream, &row->not_before, error);
    }
    if (code == JIRASEND_OK) {
        code = add_event(self, put, row, error);
    }
    if (code == JIRASEND_OK && put->skip == NULL) {
        code = add_document(self, put, row, error);
        if (code == JIRASEND_OK) {
            code = count_lane(self, row->lane, error);
        }
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    self->tally_changed = true;
    if (put->skip == NULL) {
        self->tally.waiting++;
        self->tally.bytes += (int64_t)put->length;
    } else {
        self->tally.settled_no++;
    }
    return JIRASEND_OK;
}

jirasend_code js_sq_put_one(js_sqlite *self, const js_put *put, int64_t now_ms,
                            js_put_result *result, int64_t *last_id, jirasend_error *error) {
    new_event row = {.least_sequence = now_ms, .now_ms = now_ms};
    result->fresh = false;
    int64_t fence = 0;
    jirasend_code code = js_sq_lane_id(
        self, put->event->site.name, (int)js_kind_api(put->event->kind), &row.lane, &fence, error);
    bool found = false;
    if (code == JIRASEND_OK && put->event->request_id != NULL) {
        code = find_request(self, row.lane, put->event, result, &found, error);
    }
    if (code != JIRASEND_OK || found || !has_room(self, put, result)) {
        return code;
    }
    code = store(self, put, &row, error);
    if (code == JIRASEND_OK) {
        result->code = JIRASEND_OK;
        result->id = row.id;
        result->fresh = true;
        result->message[0] = '\0';
        *last_id = row.id;
    }
    return code;
}

/* Whether the outbox has that update or a newer one of its stream. */
static jirasend_code is_known(js_sqlite *self, int64_t lane, const js_event *event, js_again *again,
                              jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_STREAM_LAST);
    js_query_int(&query, lane);
    js_stream stream = js_event_stream(event);
    js_query_text(&query, stream.name);
    js_query_int(&query, stream.number);
    js_query_text(&query, stream.part);
    again->known =
        js_query_row(&query) && sqlite3_column_int64(query.statement, 0) >= again->sequence;
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && !again->known && event->request_id != NULL) {
        js_put_result found;
        code = find_request(self, lane, event, &found, &again->known, error);
    }
    return code;
}

jirasend_code js_sq_put_again(js_sqlite *self, const js_put *put, js_again *again, int64_t now_ms,
                              int64_t *last_id, jirasend_error *error) {
    new_event row = {.least_sequence = again->sequence, .now_ms = now_ms};
    int64_t fence = 0;
    jirasend_code code = js_sq_lane_id(
        self, put->event->site.name, (int)js_kind_api(put->event->kind), &row.lane, &fence, error);
    if (code == JIRASEND_OK) {
        code = is_known(self, row.lane, put->event, again, error);
    }
    if (code != JIRASEND_OK || again->known) {
        return code;
    }
    code = store(self, put, &row, error);
    if (code == JIRASEND_OK && again->dead) {
        js_waiting event;
        js_settlement settlement = {.status = JS_REJECTED,
                                    .keep_document = true,
                                    .http_status = -1,
                                    .message = again->message,
                                    .now_ms = now_ms};
        code = js_sq_look_up(self, row.id, &event, error);
        code = code == JIRASEND_OK ? js_sq_settle_one(self, &event, &settlement, error) : code;
    }
    *last_id = code == JIRASEND_OK ? row.id : *last_id;
    return code;
}
