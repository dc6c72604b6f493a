/* `properties`: what can be deleted together later. Internal to the reader. */
#ifndef JS_EVENT_PROPERTIES_H
#define JS_EVENT_PROPERTIES_H

#include "event/json_out.h"
#include "event/reader.h"

/* The name under which every event carries its origin; nobody else may use it. */
#define JS_PROPERTY_ORIGIN "jirasend"
#define JS_ORIGIN_DEFAULT "default"

jirasend_code js_read_properties(js_reader *in);
/* Adds each to the object. */
bool js_properties_put(js_json_out *object, const js_event *event);
/* Adds the member "properties", unless there are none. */
bool js_properties_write(js_json_out *document, const js_event *event);

/* Whether name and value are what Jira takes; otherwise an error that names what is wrong. */
jirasend_code js_property_check(const char *name, size_t name_length, const char *value,
                                size_t value_length, jirasend_code failure, jirasend_error *error);
/* Adds one, unless the event has one of that name. DOCUMENT when there are too many. */
jirasend_code js_property_add(js_event *event, const char *name, const char *value,
                              jirasend_error *error);

#endif
