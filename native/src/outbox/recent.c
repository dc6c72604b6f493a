/* Events kept in memory between commit and sending. */
#include "outbox/recent.h"

#include <stdlib.h>
#include <string.h>

static size_t slot_of(int64_t id) {
    return (size_t)((uint64_t)id % JS_RECENT_MAX);
}

/* Moves the event of a slot out, and empties it. */
static js_event pull(js_recent *recent, size_t slot) {
    js_event event = *recent->slots[slot].event;
    free(recent->slots[slot].event);
    recent->slots[slot].event = NULL;
    return event;
}

static void forget(js_recent *recent, size_t slot) {
    if (recent->slots[slot].event != NULL) {
        js_event event = pull(recent, slot);
        js_event_clear(&event);
    }
}

void js_recent_keep(js_recent *recent, int64_t id, js_event *event, size_t length) {
    js_event *kept = length <= JS_RECENT_BYTES_MAX ? malloc(sizeof *kept) : NULL;
    if (kept == NULL) {
        return;
    }
    size_t slot = slot_of(id);
    forget(recent, slot);
    *kept = *event;
    js_event_init(event);
    recent->slots[slot].id = id;
    recent->slots[slot].length = (int64_t)length;
    recent->slots[slot].event = kept;
}

bool js_recent_take(js_recent *recent, int64_t id, int64_t length, js_event *event) {
    size_t slot = slot_of(id);
    if (recent->slots[slot].event == NULL || recent->slots[slot].id != id ||
        recent->slots[slot].length != length) {
        return false;
    }
    *event = pull(recent, slot);
    return true;
}

void js_recent_clear(js_recent *recent) {
    for (size_t i = 0; i < JS_RECENT_MAX; i++) {
        forget(recent, i);
    }
}
