/* What is stored of an event. */
#include "outbox/row.h"

#include "base/buf.h"
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
                 .status = skipped ? JS_STATUS_SKIPPED : JS_STATUS_QUEUED,
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

js_refused js_row_read_refused(const char *ids, int64_t words) {
    js_refused refused = {0};
    while (refused.count < JS_REFUSED_MAX) {
        char *end = NULL;
        long long id = strtoll(ids, &end, 10);
        if (end == ids) {
            break;
        }
        refused.ids[refused.count++] = id;
        ids = end;
    }
    memcpy(&refused.words, &words, sizeof words);
    return refused;
}

void js_row_write_refused(char ids[JS_REFUSED_TEXT], const js_refused *refused) {
    size_t length = 0;
    ids[0] = '\0';
    for (int i = 0; i < refused->count; i++) {
        length += (size_t)snprintf(ids + length, JS_REFUSED_TEXT - length, "%s%" PRId64,
                                   i > 0 ? " " : "", refused->ids[i]);
    }
}
