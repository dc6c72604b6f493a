/* What the events of one request must have in common. */
#ifndef JS_EVENT_ENVELOPE_H
#define JS_EVENT_ENVELOPE_H

#include "base/buf.h"
#include "event/event.h"

/*
 * Appends a text that is the same for two events exactly when they may share a request, as far as
 * the request's own members go: origin and properties, history, transitions, a gate, a deletion.
 * Nothing for a plain event of the origin "default". Out of memory: the buffer's failed flag.
 */
void js_event_envelope(js_buf *out, const js_event *event);

#endif
