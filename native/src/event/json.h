/* Strict JSON (RFC 8259) into json-c objects, for documents and for Jira's answers. */
#ifndef JS_EVENT_JSON_H
#define JS_EVENT_JSON_H

#include "base/buf.h"

#include <jirasend/error.h>
#include <json-c/json.h>

enum { JS_JSON_DEPTH_MAX = 32 };

typedef enum js_json_strictness {
    /* An event: duplicate members, NUL, lone surrogates, numbers out of range are errors. */
    JS_JSON_STRICT,
    /*
     * Jira's words: JSON in valid UTF-8. Of duplicate members the last counts, a lone surrogate
     * becomes U+FFFD, an integer beyond 64 bits a double, a byte order mark is passed over.
     */
    JS_JSON_ANSWER
} js_json_strictness;

/*
 * The whole text must be one JSON value, nested at most JS_JSON_DEPTH_MAX deep. Null on failure,
 * with code DOCUMENT (or MEMORY) and a sentence that says where ("at byte 17", the first one is 1)
 * and what. Owned by the caller: json_object_put(). A text that is only `null` is refused, too:
 * json-c has no object for it.
 */
json_object *js_json_parse(const char *text, size_t length, js_json_strictness strictness,
                           jirasend_error *error);

/* Appends compactly, slashes unescaped. The buffer fails when a number is not finite. */
void js_json_write(js_buf *out, json_object *value);
/* Appends a JSON string literal. Invalid UTF-8 becomes U+FFFD, so that the result is always JSON. */
void js_json_write_string(js_buf *out, const char *text);

#endif
