/* What the events of one request must have in common, as a text. */
#include "event/envelope.h"

#include "event/json.h"
#include "event/properties.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b) {
    return strcmp(((const js_property *)a)->name, ((const js_property *)b)->name);
}

/* In whatever order they were given. */
static bool put_properties(js_json_out *envelope, const js_event *event) {
    if (event->property_count == 0) {
        return true;
    }
    js_event sorted = {.property_count = event->property_count};
    memcpy(sorted.properties, event->properties, sizeof sorted.properties);
    qsort(sorted.properties, sorted.property_count, sizeof sorted.properties[0], by_name);
    return js_properties_write(envelope, &sorted);
}

/* History prevents transitions by itself. */
static bool put_members(js_json_out *envelope, const js_event *event) {
    bool own_origin = event->origin != NULL && strcmp(event->origin, JS_ORIGIN_DEFAULT) != 0;
    bool still = event->no_transitions && !event->history;
    return (!own_origin || js_write_text(envelope, "origin", event->origin)) &&
           put_properties(envelope, event) &&
           (!event->history || js_write_flag(envelope, "history", true)) &&
           (!still || js_write_flag(envelope, "transitions", false)) &&
           (!event->gate || js_write_flag(envelope, "gate", true));
}

void js_event_envelope(js_buf *out, const js_event *event) {
    size_t start = out->length;
    js_json_writer writer;
    js_json_out *envelope = js_write_begin(&writer, out);
    /* A deletion has a request to itself, whose properties are nobody's. */
    bool good = envelope != NULL && (event->deletion ? js_write_flag(envelope, "delete", true)
                                                     : put_members(envelope, event));
    good = good && (event->sweep == NULL || js_write_flag(envelope, "all", true));
    bool plain = good && !envelope->follows;
    js_write_end(&writer, good);
    if (plain) {
        js_buf_cut(out, start);
    }
}
