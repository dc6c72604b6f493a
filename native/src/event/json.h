/* Strict JSON (RFC 8259) in and out, read and written by json-c: documents and Jira's answers. */
#ifndef JS_EVENT_JSON_H
#define JS_EVENT_JSON_H

#include "base/buf.h"
#include "base/strings.h"
#include "event/json_out.h"

#include <jirasend/error.h>
#include <json-c/json.h>
#include <stdint.h>

/* Bounds of a text. json-c takes some hundred bytes for each object, however short its text. */
enum {
    JS_JSON_DEPTH_MAX = 32,
    JS_JSON_CONTAINERS_MAX = 100000, /* objects and arrays */
    JS_JSON_VALUES_MAX = 500000,     /* with these, and everything in them */
    JS_JSON_MIB_MAX = 16
};

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
 * The whole text must be one JSON value within the bounds above. Null on failure, with code
 * DOCUMENT (or MEMORY) and a sentence that says where ("at byte 17", the first one is 1) and what.
 * Owned by the caller: json_object_put(). A text that is only `null` is refused, too: json-c has
 * no object for it.
 */
json_object *js_json_parse(const char *text, size_t length, js_json_strictness strictness,
                           jirasend_error *error);

/* Whether it would be read as an object, but that a member may appear twice. Nothing is built. */
bool js_json_is_object(const char *text, size_t length);

/* Members of an object that was read. "" and 0: it is not there, or something else. */
const char *js_json_text_of(json_object *object, const char *name);
int64_t js_json_number_of(json_object *object, const char *name);
/* Null: it is not there. The object may be null, too. */
json_object *js_json_member_of(json_object *object, const char *name);
/* Of an array; 0: it is something else. */
size_t js_json_length_of(json_object *list);

/*
 * Appends compactly, slashes unescaped; a double that was read keeps its digits. The buffer fails
 * when a number is not finite. For a secret buffer json-c's copy of the text is wiped, too.
 */
void js_json_write(js_buf *out, json_object *value);
/*
 * js_json_write() of a tree that was built for it and is freed here, unless it is not `good`: then
 * the buffer fails. For a secret buffer the members' texts are wiped, too.
 */
void js_json_write_built(js_buf *out, json_object *value, bool good);

/*
 * Building a tree, where members are added to what was read, or one is looked into; else json_out.h. A
 * chain joined by && reads like the document: each of these is false, or null, when
 * memory is short or the object or array given is null itself. Names must be
 * string literals, each used once in an object. Invalid UTF-8 in a text becomes U+FFFD.
 */
bool js_json_put_text(json_object *object, const char *name, const char *text); /* null: left out */
bool js_json_put_number(json_object *object, const char *name, int64_t number);
bool js_json_put_flag(json_object *object, const char *name, bool flag);
bool js_json_put_texts(json_object *object, const char *name, const js_strings *texts);
/* An empty object or array in the object, to be filled; it owns it. */
json_object *js_json_put_object(json_object *object, const char *name);
json_object *js_json_put_array(json_object *object, const char *name);
/* Takes the value, also when it fails. */
bool js_json_append(json_object *array, json_object *value);
bool js_json_append_text(json_object *array, const char *text);
bool js_json_append_texts(json_object *array, const js_strings *texts);
json_object *js_json_append_object(json_object *array);

/* Wipes all texts in a value that held a secret (json-c frees them as they are). Null is fine. */
void js_json_wipe(json_object *value);

#endif
