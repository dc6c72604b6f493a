/* What a call that stores events is about: their places, and each stream once. */
#include "outbox/postgres/adding.h"

#include "base/error.h"
#include "event/kind.h"

#include <stdlib.h>
#include <string.h>

/* Ours has no text, and is the same each time the call is repeated. */
static bool make_request_key(const js_pg_adding *in, const js_adding *event, unsigned char *key) {
    const char *given = event->put->event->request_id;
    if (given == NULL) {
        memcpy(key, in->pg->own_keys[event->put - in->pg->puts], JS_PG_KEY_SIZE);
        return true;
    }
    return js_pg_key_of_request(event->row.kind, event->row.scope, given, key);
}

static bool add_entry(js_pg_adding *in, const js_pg_adding_event *at, const js_stream *stream,
                      const unsigned char *key, bool own) {
    const js_row *row = &at->event->row;
    js_pg_adding_stream *to = &in->entries[in->entry_count++];
    *to = (js_pg_adding_stream){.at.lane = at->lane,
                                .at.entities = js_api_of(row->lane.api)->entities,
                                .stream = stream,
                                .takes_name = own && row->takes_name};
    memcpy(to->at.key, key, JS_PG_KEY_SIZE);
    size_t number = (size_t)(at - in->items) + 1;
    to->raised_by = row->sequence == 0 && !at->event->only_known ? (int64_t)number : 0;
    in->takes_name = in->takes_name || to->takes_name;
    return js_pg_key_of_text(stream->name, to->at.family);
}

static bool prepare_item(js_pg_adding *in, size_t i) {
    js_pg_adding_event *at = &in->items[i];
    js_row *row = &at->event->row;
    bool good = make_request_key(in, at->event, at->request) &&
                js_pg_key_of_stream(&row->stream, at->stream) &&
                add_entry(in, at, &row->stream, at->stream, true);
    if (good && row->touched.name != NULL) {
        good = js_pg_key_of_stream(&row->touched, at->touched) &&
               add_entry(in, at, &row->touched, at->touched, false);
    }
    for (size_t k = 0; good && k < i && at->event->put->event->request_id != NULL; k++) {
        if (in->items[k].lane == at->lane &&
            memcmp(in->items[k].request, at->request, JS_PG_KEY_SIZE) == 0) {
            at->same = in->items[k].same != 0 ? in->items[k].same : k + 1;
        }
    }
    in->skips = in->skips || !row->open;
    in->sweeps = in->sweeps || at->event->put->event->sweep != NULL;
    return good;
}

/* Each stream once, in the order in which all lock them. */
static void merge_entries(js_pg_adding *in) {
    size_t kept = 0;
    qsort(in->entries, in->entry_count, sizeof *in->entries, js_pg_place_order);
    for (size_t i = 0; i < in->entry_count; i++) {
        js_pg_adding_stream *last = kept > 0 ? &in->entries[kept - 1] : NULL;
        const js_pg_adding_stream *next = &in->entries[i];
        if (last != NULL && js_pg_place_order(last, next) == 0) {
            last->takes_name = last->takes_name || next->takes_name;
            last->raised_by = next->raised_by > last->raised_by ? next->raised_by : last->raised_by;
        } else {
            in->entries[kept++] = *next;
        }
    }
    in->entry_count = kept;
}

static jirasend_code name_item(js_pg_adding *in, js_pg_adding_event *at, jirasend_error *error) {
    jirasend_code code = js_pg_lane_id(in->pg, &at->event->row.lane, &at->lane, error);
    return code == JIRASEND_OK ? js_pg_envelope_id(in->pg, &at->event->row, at->lane, in->now_ms,
                                                   &at->envelope, error)
                               : code;
}

jirasend_code js_pg_adding_prepare(js_pg_adding *in, js_adding *events, jirasend_error *error) {
    in->items = calloc(in->count, sizeof *in->items);
    in->entries = calloc(2 * in->count, sizeof *in->entries);
    if (in->items == NULL || in->entries == NULL) {
        return js_fail_memory(error);
    }
    for (size_t i = 0; i < in->count; i++) {
        in->items[i].event = &events[i];
        jirasend_code code = name_item(in, &in->items[i], error);
        if (code != JIRASEND_OK) {
            return code;
        }
        if (!prepare_item(in, i)) {
            return js_fail_memory(error);
        }
    }
    merge_entries(in);
    return JIRASEND_OK;
}
