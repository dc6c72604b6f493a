#include "base/error.h"

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

jirasend_code js_fail(jirasend_error *error, jirasend_code code, const char *format, ...) {
    if (error == NULL) {
        return code;
    }
    error->code = code;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (written < 0) {
        error->message[0] = '\0';
    } else if ((size_t)written >= sizeof error->message) {
        drop_partial_character(error->message);
    }
    return code;
}

jirasend_code js_fail_memory(jirasend_error *error) {
    return js_fail(error, JIRASEND_E_MEMORY, "Out of memory. Nothing was changed; try again.");
}
