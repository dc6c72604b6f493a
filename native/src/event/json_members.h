/*
 * Reading JSON of our own making in place: nothing is built, and nothing is checked again. For receipts, of
 * which one may be read for each event that is sent. Of other JSON it reads something, and never
 * beyond its end.
 */
#ifndef JS_EVENT_JSON_MEMBERS_H
#define JS_EVENT_JSON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the reading is. The text is changed: names and texts that were read end with a NUL. */
typedef struct js_json_walk {
    char *at;
    char *end; /* of the text, where a NUL is */
} js_json_walk;

js_json_walk js_json_walk_begin(char *text, size_t length);
/* At the opening bracket of an object or array: goes into it. False: something else is there. */
bool js_json_walk_into(js_json_walk *walk);
/* The next member, with the walk at its value; `next` is where the member after it begins. */
bool js_json_next_member(js_json_walk *next, const char **name, js_json_walk *value);
/* The same of an array. */
bool js_json_next_item(js_json_walk *next, js_json_walk *value);
/* The value; "" and 0: it is something else. The text is to be taken once. */
const char *js_json_walk_text(js_json_walk *value);
int64_t js_json_walk_number(const js_json_walk *value);

#endif
