/* What an answer says that Jira does not know, looked up quickly. */
#ifndef JS_PAYLOAD_UNKNOWN_H
#define JS_PAYLOAD_UNKNOWN_H

#include "base/strings.h"
#include "event/event.h"

#include <jirasend/error.h>
#include <json-c/json.h>

/* Sorted lists. Keys are upper case; a commit is its hash, a line break, its repository. */
typedef struct js_unknown {
    js_strings keys;
    js_strings services;
    js_strings commits;
    js_strings repositories;
} js_unknown;

/* Reads unknownIssueKeys and unknownAssociations, each possibly missing. NETWORK when nonsense. */
jirasend_code js_unknown_read(js_unknown *unknown, json_object *answer, jirasend_error *error);
void js_unknown_clear(js_unknown *unknown);

bool js_unknown_key(const js_unknown *unknown, const char *key);
/* Whether the event has associations and Jira knows none of them. False in *ok: out of memory. */
bool js_unknown_all(const js_unknown *unknown, const js_event *event, bool *ok);

#endif
