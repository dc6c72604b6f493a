/* Jira's own words, made safe to show: escaped, joined with "; ", at most 300 bytes. */
#ifndef JS_PAYLOAD_WORDS_H
#define JS_PAYLOAD_WORDS_H

#include "base/buf.h"

enum { JS_WORDS_MAX = 300 };

/* Appends one text, escaped and cut. */
void js_words_escape(js_buf *words, const char *text);
/* Adds a text, which may be null or empty. */
void js_words_add(js_buf *words, const char *text);
/* The words, owned by the caller, and null when there are none. Empties the buffer. */
char *js_words_take(js_buf *words);

#endif
