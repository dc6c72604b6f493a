/* Buffers. */
#include "base/buf.h"

#include "base/secret.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

static void release(js_buf *buf, char *data, size_t size) {
    if (data != NULL && buf->secret) {
        js_wipe(data, size);
    }
    free(data);
}

/* Makes room for `more` bytes and the NUL. */
static bool reserve(js_buf *buf, size_t more) {
    if (buf->failed) {
        return false;
    }
    bool over = buf->max != 0 && more > buf->max - buf->length;
    if (over || more > SIZE_MAX / 2 - buf->length) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->length + more + 1;
    if (need <= buf->capacity) {
        return true;
    }
    size_t capacity = buf->capacity == 0 ? FIRST_CAPACITY : buf->capacity * 2;
    if (capacity < need) {
        capacity = need;
    }
    /* realloc() would leave a secret behind in the old block. */
    char *data = buf->secret ? malloc(capacity) : realloc(buf->data, capacity);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    if (buf->secret && buf->data != NULL) {
        memcpy(data, buf->data, buf->length + 1);
        release(buf, buf->data, buf->capacity);
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void js_buf_add(js_buf *buf, const void *bytes, size_t length) {
    if (!reserve(buf, length)) {
        return;
    }
    if (length > 0) {
        memcpy(buf->data + buf->length, bytes, length);
    }
    buf->length += length;
    buf->data[buf->length] = '\0';
}

char *js_buf_grow(js_buf *buf, size_t length) {
    if (!reserve(buf, length)) {
        return NULL;
    }
    char *bytes = buf->data + buf->length;
    buf->length += length;
    buf->data[buf->length] = '\0';
    return bytes;
}

void js_buf_add_text(js_buf *buf, const char *text) {
    js_buf_add(buf, text, strlen(text));
}

void js_buf_addf(js_buf *buf, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    /* Mostly there is room already; else it is at least known how much it takes. */
    size_t room = buf->failed ? 0 : buf->capacity - buf->length;
    char *end = room > 0 ? buf->data + buf->length : NULL;
    int length = vsnprintf(end, room, format, arguments);
    va_end(arguments);
    bool fits = length >= 0 && (size_t)length < room &&
                (buf->max == 0 || (size_t)length <= buf->max - buf->length);
    if (end != NULL && !fits) {
        *end = '\0';
    }
    if (length < 0) {
        buf->failed = true;
    } else if (fits) {
        buf->length += (size_t)length;
    } else if (reserve(buf, (size_t)length)) {
        (void)vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
    }
    va_end(again);
}

void js_buf_add_number(js_buf *buf, int64_t number) {
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + left % 10U);
        left /= 10U;
    } while (left > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    js_buf_add(buf, digits + at, sizeof digits - at);
}

void js_buf_cut(js_buf *buf, size_t length) {
    if (buf->data != NULL && length < buf->length) {
        buf->length = length;
        buf->data[length] = '\0';
    }
}

void js_buf_reset(js_buf *buf) {
    if (buf->data != NULL) {
        if (buf->secret) {
            js_wipe(buf->data, buf->capacity);
        }
        buf->data[0] = '\0';
    }
    buf->length = 0;
    buf->failed = false;
}

void js_buf_clear(js_buf *buf) {
    release(buf, buf->data, buf->capacity);
    buf->data = NULL;
    buf->length = 0;
    buf->capacity = 0;
    buf->failed = false;
}

char *js_buf_take(js_buf *buf) {
    js_buf_add(buf, "", 0); /* makes an empty buffer an empty text */
    if (buf->failed) {
        js_buf_clear(buf);
        return NULL;
    }
    char *data = buf->data;
    buf->data = NULL;
    js_buf_clear(buf);
    return data;
}
