/* What all bulk requests have in common. */
#ifndef SB_BULK_H
#define SB_BULK_H

#include "sandbox.h"

/* The body of a bulk request and what its frame says, checked. */
typedef struct sb_bulk_body {
    json_object *json; /* an object */
    char *properties;  /* as in sb_item */
} sb_bulk_body;

/* False, and the request is refused, when the body is not what such a request must have. */
bool sb_bulk_read(sb_call *call, sb_module module, sb_bulk_body *body);
void sb_bulk_free(sb_bulk_body *body);
/* Members of the frame that the schema does not know, to the log. */
void sb_bulk_note_frame(sb_call *call, json_object *body, const char *const *known);

json_object *sb_member(json_object *object, const char *name);
const char *sb_member_text(json_object *object, const char *name); /* "" when it is no text */

/* Issue keys and ids of the request that Jira does not know: objects as ordered sets. */
typedef struct sb_unknown {
    json_object *keys, *ids;
} sb_unknown;

bool sb_unknown_open(sb_unknown *unknown);
void sb_unknown_close(sb_unknown *unknown);
/* Parts the keys into those that Jira knows, added to `known`, and the others. */
bool sb_sort_keys(sb_call *call, const js_strings *keys, js_strings *known, sb_unknown *unknown);
/* `,"unknownIssueKeys":[...],"unknownAssociations":[...]` */
void sb_unknown_write(const sb_unknown *unknown, js_buf *out);

/* `[{"message":"..."},...]` */
void sb_write_messages(js_buf *out, const js_strings *messages);
/* Whether one of the parts is in the text: what a fault goes by. */
bool sb_any_part(const js_strings *parts, const char *text);
/* The item's warnings to the log, each with the place in front. */
void sb_note_warnings(sb_call *call, const char *place, const sb_findings *findings);

/* `,"name":"value",...,` of an object of texts, "" without members; null when memory is short. */
char *sb_properties_text(json_object *properties);

#endif
