/* Errors: a code and a sentence that can be shown anywhere. */
#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void js_error_clear(jirasend_error *error) {
    if (error == NULL) {
        return;
    }
    error->code = JIRASEND_OK;
    error->http_status = 0;
    error->retry_after_ms = 0;
    error->message[0] = '\0';
    js_error_because(error, JIRASEND_REASON_NONE);
}

/* The struct of a caller that was built with an older header ends before the reason. */
void js_error_because(jirasend_error *error, jirasend_reason reason) {
    if (error != NULL && error->size >= sizeof *error) {
        error->reason = reason;
    }
}

/* A message cut by its bound must still be UTF-8: drop the started character. */
static void drop_partial_character(char *text) {
    size_t length = strlen(text);
    size_t tail = 0;
    while (tail < 3 && tail < length && ((unsigned char)text[length - 1 - tail] & 0xC0U) == 0x80U) {
        tail++;
    }
    if (tail >= length) {
        return;
    }
    unsigned char lead = (unsigned char)text[length - 1 - tail];
    size_t need = lead >= 0xF0U ? 3 : lead >= 0xE0U ? 2 : lead >= 0xC0U ? 1 : 0;
    if (need > tail) {
        text[length - 1 - tail] = '\0';
    }
}

/*
 * What is in a sentence may come from anywhere: a path, a damaged file, the system. It goes to
 * terminals and logs, and Java takes nothing but UTF-8.
 */
static void make_showable(char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        int32_t code;
        size_t length = js_utf8_next(text, left, &code);
        if (code < 0x20 || (code >= 0x7F && code < 0xA0)) { /* invalid bytes are negative */
            memset(text, '?', length);
        }
        text += length;
        left -= length;
    }
}

jirasend_code js_fail(jirasend_error *error, jirasend_code code, const char *format, ...) {
    if (error == NULL) {
        return code;
    }
    error->code = code;
    js_error_because(error, JIRASEND_REASON_NONE);
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (written < 0) {
        error->message[0] = '\0';
    } else if ((size_t)written >= sizeof error->message) {
        drop_partial_character(error->message);
    }
    make_showable(error->message);
    return code;
}

jirasend_code js_error_pass(const jirasend_error *from, jirasend_error *to) {
    if (to != NULL) {
        to->http_status = from->http_status;
        to->retry_after_ms = from->retry_after_ms;
        (void)js_fail(to, from->code, "%s", from->message);
        js_error_because(to, from->size >= sizeof *from ? from->reason : JIRASEND_REASON_NONE);
    }
    return from->code;
}

jirasend_code js_fail_nowhere(jirasend_error *error) {
    return js_fail(error, JIRASEND_E_ARGUMENT,
                   "There is nowhere to put the result: the pointer to it is null.");
}

jirasend_code js_fail_memory(jirasend_error *error) {
    return js_fail(error, JIRASEND_E_MEMORY, "Out of memory. Nothing was changed; try again.");
}
