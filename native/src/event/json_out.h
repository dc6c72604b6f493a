/*
 * Writing JSON member by member, straight into a buffer: documents, facts, receipts, bodies for Jira. No
 * tree is built in between, so what is written to a container ends those inside it: fill an object
 * or array before you write the next member of the one that holds it.
 */
#ifndef JS_EVENT_JSON_OUT_H
#define JS_EVENT_JSON_OUT_H

#include "base/buf.h"
#include "base/strings.h"

#include <stdint.h>

enum { JS_JSON_OUT_DEPTH = 16 };

typedef struct js_json_writer js_json_writer;

/* An object or array that is being written. It belongs to its writer. */
typedef struct js_json_out {
    js_json_writer *writer;
    char end;     /* } or ] */
    bool follows; /* something is in it already */
} js_json_out;

struct js_json_writer {
    js_buf *out;
    size_t depth; /* of those that are open, the innermost last */
    js_json_out open[JS_JSON_OUT_DEPTH];
};

/* The outermost object. The writer must stay until js_write_end(). */
js_json_out *js_write_begin(js_json_writer *writer, js_buf *out);
/* Ends all that is open. Unless all went `good` the buffer fails. */
void js_write_end(js_json_writer *writer, bool good);

/*
 * A chain joined by && reads like the document: each of these is false, or null, when memory is short
 * or the object or array given is null itself. Names are ASCII without quotes, each used once in an
 * object, unless it says "any name". Invalid UTF-8 becomes U+FFFD.
 */
bool js_write_text(js_json_out *object, const char *name, const char *text); /* null: left out */
bool js_write_any_name(js_json_out *object, const char *name, const char *text);
bool js_write_number(js_json_out *object, const char *name, int64_t number);
/* A number that need not be whole, by its digits, so that it goes out as it came in. */
bool js_write_digits(js_json_out *object, const char *name, const char *digits);
bool js_write_flag(js_json_out *object, const char *name, bool flag);
bool js_write_texts(js_json_out *object, const char *name, const js_strings *texts);
/* The members of an object that was written before, as they are. False, too, when it is no JSON object. */
bool js_write_members(js_json_out *object, const char *text);
js_json_out *js_write_object(js_json_out *object, const char *name);
js_json_out *js_write_array(js_json_out *object, const char *name);
bool js_write_item(js_json_out *array, const char *text);
bool js_write_items(js_json_out *array, const js_strings *texts);
js_json_out *js_write_item_object(js_json_out *array);

/* A string literal by itself. Invalid UTF-8 becomes U+FFFD, so that the result is always JSON. */
void js_json_write_string(js_buf *out, const char *text);

#endif
