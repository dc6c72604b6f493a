/* The parts of the JSON reader, for event/json*.c only. */
#ifndef JS_EVENT_JSON_READER_H
#define JS_EVENT_JSON_READER_H

#include "base/buf.h"

#include <jirasend/error.h>
#include <json-c/json.h>

typedef struct js_json_reader {
    const char *text;
    size_t length, at;
    bool strict;
    bool only_checks; /* nothing is built: all values are null */
    jirasend_error *error;
    js_buf scratch; /* a stack: names of the objects that are open, and the text being read */
    int depth;      /* how many objects and arrays are open */
    size_t containers, values;
} js_json_reader;

/* The next byte; NUL at the end of the text. */
static inline char js_json_peek(const js_json_reader *in) {
    return in->at < in->length ? in->text[in->at] : '\0';
}
bool js_json_starts_with(const js_json_reader *in, const char *word);
/*
 * At an opening quote: passes over the text, and appends what it says, and a NUL, to the scratch, unless it only
 * checks.
 */
bool js_json_read_text(js_json_reader *in);
/* At a minus or a digit. On failure `*value` may hold something all the same; the caller owns it. */
bool js_json_read_number(js_json_reader *in, json_object **value);
/* False, and memory was short, when there is no value. */
bool js_json_made(js_json_reader *in, const json_object *value);

/* Each of these sets the error and returns false. `at` counts from 0, the message from 1. */
bool js_json_fail_at(js_json_reader *in, size_t at, const char *format, ...) JIRASEND_PRINTF(3, 4);
/* Says what is there where something else was expected, with a hint for the usual mistakes. */
bool js_json_fail_unexpected(js_json_reader *in, const char *expected);
/* The clause is before, the piece (shortened and escaped), after. */
bool js_json_fail_shown(js_json_reader *in, size_t at, const char *before, const char *piece,
                        size_t length, const char *after);

#endif
