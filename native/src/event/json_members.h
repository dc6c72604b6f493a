/* Reading some members of an object: to build json-c's objects is most of the work. */
#ifndef JS_EVENT_JSON_MEMBERS_H
#define JS_EVENT_JSON_MEMBERS_H

#include "event/json.h"

/* As js_json_parse(), strictly, but the outermost object has only these members; the last name is null. */
json_object *js_json_parse_members(const char *text, size_t length, const char *const *wanted,
                                   jirasend_error *error);

#endif
