/* From a batch to a body that Jira takes, and whose answer we take. */
#include "delivery/cargo.h"

#include "base/assert.h"
#include "event/kind.h"
#include "payload/request.h"

#include <string.h>

enum {
    ANSWER_MAX = 1024 * 1024, /* longer ones are cut off as nonsense */
    ANSWER_FRAME = 4096,
    ITEM_FRAME = 1200,  /* of an item in an answer: its ids, names of members, a sentence or two */
    ENTITY_FRAME = 900, /* of development information, whose repository says half of that */
    VALUE_FRAME = 8,    /* quotes, comma, blanks */
    COMMIT_FRAME = 90,  /* of a commit, which is an object with two members */
    VALUE_REPEATED = 2  /* unknown values are listed twice: among the keys and the associations */
};

static size_t length_of(const char *text) {
    return text != NULL ? strlen(text) : 0;
}

static size_t values_size(const js_strings *values) {
    size_t size = 0;
    for (size_t i = 0; i < values->count; i++) {
        size += strlen(values->items[i]) + VALUE_FRAME;
    }
    return size;
}

/* The longest honest answer to an event: its ids, and everything that it names, unknown. */
static size_t answer_size(const js_event *event) {
    size_t values = values_size(&event->issue_keys) + values_size(&event->services) +
                    values_size(&event->repositories);
    for (size_t i = 0; i < event->commit_count; i++) {
        values += length_of(event->commits[i].hash) + length_of(event->commits[i].repository_id) +
                  COMMIT_FRAME;
    }
    bool entity = js_api_of(js_kind_api(event->kind))->entities;
    return (entity ? ENTITY_FRAME : ITEM_FRAME) + VALUE_REPEATED * values;
}

/* How many events of the batch have room in one answer. */
static size_t answerable(const js_batch *batch) {
    size_t size = ANSWER_FRAME;
    size_t count = 0;
    while (count < batch->count) {
        size += answer_size(&batch->items[count].event);
        if (size > ANSWER_MAX && count > 0) {
            break;
        }
        count++;
    }
    return count;
}

void js_cargo_unload(js_batch *batch, size_t from) {
    for (size_t i = from; i < batch->count; i++) {
        js_event_clear(&batch->items[i].event);
    }
    batch->count = from < batch->count ? from : batch->count;
}

static bool write_body(js_buf *body, const js_batch *batch) {
    js_payload_item items[JS_BATCH_MAX_EVENTS];
    js_assert(batch->count > 0 && batch->count <= JS_BATCH_MAX_EVENTS);
    for (size_t i = 0; i < batch->count; i++) {
        items[i] = (js_payload_item){.event = &batch->items[i].event,
                                     .sequence = batch->items[i].sequence,
                                     .order = batch->items[i].id};
    }
    js_payload_bulk(body, items, batch->count);
    return !body->failed;
}

/* As many as would fit if all were of the same length, and at least one less than now. */
static size_t fewer(size_t count, size_t length, int64_t max_bytes) {
    size_t fit = (size_t)((double)count * ((double)max_bytes / (double)length));
    fit = fit < count ? fit : count - 1;
    return fit > 1 ? fit : 1;
}

bool js_cargo_load(js_buf *body, js_batch *batch, int64_t max_bytes) {
    js_cargo_unload(batch, answerable(batch));
    bool written = write_body(body, batch);
    while (written && batch->count > 1 && body->length > (size_t)max_bytes) {
        js_cargo_unload(batch, fewer(batch->count, body->length, max_bytes));
        js_buf_clear(body);
        written = write_body(body, batch);
    }
    return written;
}
