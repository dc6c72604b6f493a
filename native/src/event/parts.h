/* The nested parts of an event document. Internal to the reader. */
#ifndef JS_EVENT_PARTS_H
#define JS_EVENT_PARTS_H

#include "event/event.h"
#include "event/keys.h"
#include "event/member.h"

/* One of the functions of event/limits.h. */
typedef jirasend_code (*js_limit)(char **out, const char *text, size_t length, const char *place,
                                  jirasend_error *error);

/* Reads the text member `name` of an object that was checked; absent leaves *out as it is. */
jirasend_code js_part_text(char **out, json_object *object, const js_place *place, const char *name,
                           js_limit limit, jirasend_error *error);

/*
 * Each reads one member of the document into the event; a null value means that the member is
 * absent. What was read before a failure belongs to the event, and js_event_free() frees it.
 */
jirasend_code js_part_tests(js_event *event, json_object *value, jirasend_error *error);
jirasend_code js_part_references(js_event *event, json_object *value, jirasend_error *error);
jirasend_code js_part_environment(js_event *event, json_object *value, jirasend_error *error);
jirasend_code js_part_commits(js_event *event, json_object *value, jirasend_error *error);
/* An array of ids, without duplicates; `name` is the member's. */
jirasend_code js_part_ids(js_strings *list, json_object *value, const char *name,
                          jirasend_error *error);
/* Given keys first, then what the scan of the texts finds. */
jirasend_code js_part_keys(js_event *event, json_object *given, json_object *texts,
                           const js_key_rules *rules, jirasend_error *error);

#endif
