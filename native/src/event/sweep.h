/* A deletion of everything that was told with certain properties. */
#ifndef JS_EVENT_SWEEP_H
#define JS_EVENT_SWEEP_H

#include "event/event.h"

/* The number of its stream, below those of all kinds (event/devinfo.h); its part says the properties. */
enum { JS_STREAM_SWEEP = -100 };
/* The envelope of all of them. */
#define JS_SWEEP_ENVELOPE "{\"delete\":true,\"all\":true}"

/*
 * Makes a deletion one of all that has the event's properties, and its origin where that is not null.
 * False: memory is short.
 */
bool js_sweep_make(js_event *event);
/* Makes it of the text in its stream (part). `event` is fresh; false: memory is short, or it is not such a text. */
bool js_sweep_of_part(js_event *event, const char *part);
/* All properties that it asks for, at most JS_PROPERTIES_MAX + 1; the texts belong to the event. */
size_t js_sweep_properties(const js_event *event, js_property *properties);
/*
 * Whether an event of its lane that was told in this envelope (event/envelope.h) has the properties.
 * False: memory is short.
 */
bool js_sweep_meets(const js_event *event, const char *envelope, bool *meets);

#endif
