/* A growing byte buffer with an upper bound. A failure sticks, so that a run of appends needs one check. */
#ifndef JS_BASE_BUF_H
#define JS_BASE_BUF_H

#include <jirasend/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct js_buf {
    char *data; /* always NUL-terminated once anything was appended; null before */
    size_t length;
    size_t capacity;
    size_t max;  /* most bytes it may hold; 0: no bound but memory */
    bool failed; /* out of memory or over the bound: what is in it is not whole */
    bool secret; /* wipe on growth and free */
} js_buf;

#define JS_BUF_INIT                                                                                \
    { NULL, 0, 0, 0, false, false }

void js_buf_add(js_buf *buf, const void *bytes, size_t length);
void js_buf_add_text(js_buf *buf, const char *text);
/* Makes it longer by so many bytes, which the caller fills in; null when that failed. */
char *js_buf_grow(js_buf *buf, size_t length);
void js_buf_add_number(js_buf *buf, int64_t number);
void js_buf_addf(js_buf *buf, const char *format, ...) JIRASEND_PRINTF(2, 3);
/* Forgets what is after the first `length` bytes. */
void js_buf_cut(js_buf *buf, size_t length);
/* Keeps the memory, forgets the content and the failure. */
void js_buf_reset(js_buf *buf);
void js_buf_clear(js_buf *buf);
/* Hands over the text (an empty one when nothing was added); null when the buffer failed. Leaves it empty. */
char *js_buf_take(js_buf *buf);

#endif
