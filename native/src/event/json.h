/* Strict JSON over json-c, for documents and for Jira's answers. */
#ifndef JS_EVENT_JSON_H
#define JS_EVENT_JSON_H

#include "base/buf.h"

#include <jirasend/error.h>
#include <json-c/json.h>

typedef enum js_json_strictness {
    JS_JSON_STRICT, /* an event: duplicates, NUL, lone surrogates, NaN, depth > 32 are errors */
    JS_JSON_ANSWER /* Jira's words: valid UTF-8 JSON, depth <= 32; duplicates are not our business */
} js_json_strictness;

/*
 * The whole text must be one JSON value. Null on failure, with code DOCUMENT (or MEMORY) and a
 * sentence that says where ("at byte 17") and what. Owned by the caller: json_object_put().
 */
json_object *js_json_parse(const char *text, size_t length, js_json_strictness strictness,
                           jirasend_error *error);

/* Appends compactly, slashes unescaped. */
void js_json_write(js_buf *out, json_object *value);
/* Appends a JSON string literal of a valid UTF-8 text. */
void js_json_write_string(js_buf *out, const char *text);

#endif
