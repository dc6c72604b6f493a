/* What is stored of an event. */
#include "outbox/row.h"

#include "base/buf.h"
#include "base/error.h"
#include "event/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *envelope_of(const js_event *event) {
    js_buf text = JS_BUF_INIT;
    js_event_envelope(&text, event);
    return js_buf_take(&text);
}

bool js_row_init(js_row *row, const js_put *put) {
    const js_event *event = put->event;
    bool skipped = put->skip != NULL;
    bool history = put->history || event->history;
    *row =
        (js_row){.lane.api = js_kind_api(event->kind),
                 .kind = (int)event->kind == (int)js_kind_api(event->kind) ? 0 : (int)event->kind,
                 .stream = js_event_stream(event),
                 .envelope = put->envelope == NULL ? "" : put->envelope,
                 .scope = put->scope == NULL ? "" : put->scope,
                 .history = history,
                 .gated = event->gate,
                 .barrier = put->barrier || event->deletion,
                 .open = !skipped,
                 .sequence = put->sequence != 0 ? put->sequence
                             : history          ? event->updated_at_ms
                                                : 0,
                 .status = skipped ? JS_SKIPPED : JS_QUEUED,
                 .issue_keys = js_row_join(&event->issue_keys)};
    row->takes_name = js_event_takes_name(event);
    if (!js_event_stream_touched(event, &row->touched)) {
        row->touched = (js_stream){NULL, 0, NULL};
    }
    memcpy(row->lane.site, event->site.name, sizeof row->lane.site);
    if (put->envelope == NULL) {
        row->own_envelope = envelope_of(event);
        row->envelope = row->own_envelope;
    }
    return row->issue_keys != NULL && row->envelope != NULL;
}

void js_row_clear(js_row *row) {
    free(row->issue_keys);
    free(row->own_envelope);
    row->issue_keys = NULL;
    row->own_envelope = NULL;
}

char *js_row_join(const js_strings *list) {
    js_buf text = JS_BUF_INIT;
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0) {
            js_buf_add(&text, "\n", 1);
        }
        js_buf_add_text(&text, list->items[i]);
    }
    return js_buf_take(&text);
}

bool js_row_split(js_strings *list, const char *text) {
    while (text != NULL && text[0] != '\0') {
        size_t length = strcspn(text, "\n");
        if (!js_strings_add(list, text, length)) {
            return false;
        }
        text += length;
        text += text[0] == '\n' ? 1 : 0;
    }
    return true;
}

void js_put_refuse(js_put_result *result, jirasend_code code, const char *message) {
    result->code = code;
    result->id = 0;
    (void)snprintf(result->message, sizeof result->message, "%s", message);
}

void js_put_done(js_put_result *result, int64_t id) {
    result->code = JIRASEND_OK;
    result->id = id;
    result->message[0] = '\0';
}

void js_put_known(js_put_result *result, const js_put *put, const js_known_request *known) {
    if (known->same_stream && known->barrier == (put->barrier || put->event->deletion)) {
        js_put_done(result, known->id);
        return;
    }
    jirasend_error words = JIRASEND_ERROR_INIT;
    (void)js_fail(&words, JIRASEND_E_DOCUMENT,
                  "The requestId \"%.120s\" was already used for another pipeline, number or "
                  "environment (event %" PRId64 "). Give each event a requestId of its own.",
                  put->event->request_id, known->id);
    js_put_refuse(result, words.code, words.message);
}

bool js_put_has_room(js_put_result *result, const js_put *put, const js_store *store,
                     int64_t waiting, int64_t bytes) {
    char words[JIRASEND_ERROR_MESSAGE_SIZE];
    int64_t length = (int64_t)put->length;
    if (put->skip != NULL) {
        return true;
    }
    if (waiting >= store->max_events) {
        (void)snprintf(words, sizeof words,
                       "The outbox holds %" PRId64 " waiting events, its bound is %" PRId64
                       ". Nothing was stored: see why they wait, or raise the bound.",
                       waiting, store->max_events);
        js_put_refuse(result, JIRASEND_E_REFUSED, words);
        return false;
    }
    if (length > store->max_bytes - bytes) {
        (void)snprintf(words, sizeof words,
                       "The outbox holds %" PRId64 " bytes of waiting events, its bound is %" PRId64
                       ", and this event has %" PRId64 ". Nothing was stored: see why they wait, "
                       "or raise the bound.",
                       bytes, store->max_bytes, length);
        js_put_refuse(result, JIRASEND_E_REFUSED, words);
        return false;
    }
    return true;
}
