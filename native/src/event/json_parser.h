/* The parts of the JSON parser, for event/json*.c only. */
#ifndef JS_EVENT_JSON_PARSER_H
#define JS_EVENT_JSON_PARSER_H

#include "base/buf.h"

#include <jirasend/error.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct js_json_parser {
    const char *text;
    size_t length, at;
    bool strict;
    js_buf scratch; /* the text or number being read */
    jirasend_error *error;
} js_json_parser;

/* Each of these sets the error and returns false. `at` counts from 0, the message from 1. */
bool js_json_fail_at(js_json_parser *in, size_t at, const char *format, ...) JIRASEND_PRINTF(3, 4);
bool js_json_fail_memory(js_json_parser *in);
/* Says what stands where something else was expected, with a hint for the usual mistakes. */
bool js_json_fail_unexpected(js_json_parser *in, const char *expected);
/* The clause is before, the piece (shortened and escaped), after. */
bool js_json_fail_shown(js_json_parser *in, size_t at, const char *before, const char *piece,
                        size_t length, const char *after);

/* The byte to read next; NUL at the end. */
static inline char js_json_peek(const js_json_parser *in) {
    return in->at < in->length ? in->text[in->at] : '\0';
}
bool js_json_starts_with(const js_json_parser *in, const char *word);

/* At an opening quote: the text behind it, with its escapes taken out; leaves the closing quote behind. */
bool js_json_read_text(js_json_parser *in, js_buf *out);
/* At a minus or digit. */
bool js_json_read_number(js_json_parser *in, json_object **value);

#endif
