/* The form in which ids go out to Jira, which uses them in paths and restricts them (docs/events.md). */
#ifndef JS_PAYLOAD_WIRE_H
#define JS_PAYLOAD_WIRE_H

#include "base/buf.h"

#include "event/json_out.h"

/*
 * Appends the wire form of an id: letters, digits, '.', '_' and '-' stand for themselves, every other
 * byte is '~' and two hex digits; ids of dots alone have their dots escaped; one that is longer than
 * 255 then is cut and ends with '~' and the SHA-256 of the id. Two ids never have the same form.
 */
void js_wire_id(js_buf *out, const char *id);
/* Puts the wire form as a text member. */
bool js_wire_put(js_json_out *object, const char *name, const char *id);

#endif
