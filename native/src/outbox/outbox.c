/* What is the same for every outbox. */
#include "outbox/outbox.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

const int64_t js_delivery_bounds_s[JS_DELIVERY_BOUNDS] = {1,   2,    5,    10,    30,   60,
                                                          300, 1800, 3600, 21600, 86400};

const js_lane js_pause_lane = {.site = "*", .api = JS_API_NONE};

jirasend_code js_outbox_pause_get(js_outbox *outbox, bool *paused, jirasend_error *error) {
    js_stop stop;
    jirasend_code code = outbox->ops->stop_get(outbox, &js_pause_lane, &stop, error);
    *paused = code == JIRASEND_OK && stop.held;
    return code;
}

jirasend_code js_outbox_pause_put(js_outbox *outbox, bool paused, jirasend_error *error) {
    const js_stop stop = {.held = paused};
    return outbox->ops->stop_put(outbox, &js_pause_lane, &stop, error);
}

void js_batch_clear(js_batch *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        js_event_clear(&batch->items[i].event);
    }
    free(batch->items);
    batch->items = NULL;
    batch->count = 0;
}

void js_receipts_free(js_receipt *receipts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        js_receipt_clear(&receipts[i]);
    }
    free(receipts);
}

void js_stream_waits_free(js_stream_wait *waits, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(waits[i].name);
        free(waits[i].part);
    }
    free(waits);
}

bool js_lane_equal(const js_lane *a, const js_lane *b) {
    return a->api == b->api && strcmp(a->site, b->site) == 0;
}

static void clear_row(js_history_row *row) {
    js_receipt_clear(&row->receipt);
    free(row->found.commit);
    row->found.commit = NULL;
}

void js_history_free(js_history_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        clear_row(&rows[i]);
    }
    free(rows);
}

static void clear_deployed(js_deployed *row) {
    free(row->environment);
    free(row->keys);
    free(row->unknown_keys);
}

void js_deployed_free(js_deployed *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        clear_deployed(&rows[i]);
    }
    free(rows);
}

static bool make_room(js_deployed_list *list) {
    if (list->count < list->room) {
        return true;
    }
    size_t larger = list->room == 0 ? 64 : list->room * 2;
    js_deployed *grown = realloc(list->rows, larger * sizeof *grown);
    if (grown != NULL) {
        list->rows = grown;
        list->room = larger;
    }
    return grown != NULL;
}

static char *copy_of(const char *text) {
    return text != NULL ? js_copy(text) : NULL;
}

static bool is(const char *text, const char *other) {
    return text != NULL && strcmp(text, other) == 0;
}

bool js_deployed_add(js_deployed_list *list, const js_deployed_row *row) {
    if (!make_room(list)) {
        return false;
    }
    bool there = is(row->state, "successful") && !row->gone;
    js_deployed *added = &list->rows[list->count];
    *added = (js_deployed){.id = row->id,
                           .sequence = row->sequence,
                           .history = row->history,
                           .there = there,
                           .counts = there || (is(row->state, "rolled_back") && !row->gone),
                           .named = {is(row->name, list->names[0]), is(row->name, list->names[1])},
                           .environment = copy_of(row->environment),
                           .keys = copy_of(row->keys),
                           .unknown_keys = copy_of(row->unknown_keys)};
    if (added->environment == NULL || added->keys == NULL || added->unknown_keys == NULL) {
        clear_deployed(added);
        return false;
    }
    list->count++;
    return true;
}

jirasend_code js_deployed_end(js_deployed_list *list, jirasend_code code, js_deployed **rows,
                              size_t *count) {
    if (code != JIRASEND_OK) {
        js_deployed_free(list->rows, list->count);
        *list = (js_deployed_list){.names = list->names};
    }
    *rows = list->rows;
    *count = list->count;
    return code;
}

void js_last_told_clear(js_last_told *last) {
    clear_row(&last->row);
}

void js_metrics_free(js_metric *metrics, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(metrics[i].name);
        free(metrics[i].label);
    }
    free(metrics);
}
