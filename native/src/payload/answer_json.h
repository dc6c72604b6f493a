/* Careful reading of the JSON that Jira sends. Internal to the readers of answers. */
#ifndef JS_PAYLOAD_ANSWER_JSON_H
#define JS_PAYLOAD_ANSWER_JSON_H

#include <jirasend/error.h>
#include <json-c/json.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The member, or null when it is absent or JSON's null. */
json_object *js_answer_member(json_object *object, const char *name);
/* The text of a string without NUL inside; null for anything else. */
const char *js_answer_text(json_object *value);
/* Whether it is a string equal to the text. */
bool js_answer_is(json_object *value, const char *text);
/* A whole number, given as a number or as a string of digits. */
bool js_answer_number(json_object *value, int64_t *out);
/*
 * Parses an object. `what` names the answer in the error ("The answer to the token request"),
 * which has the code given, or MEMORY.
 */
jirasend_code js_answer_object(json_object **out, const char *body, size_t length, const char *what,
                               jirasend_code failure, jirasend_error *error);

#endif
