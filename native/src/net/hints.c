/* What an answer's headers say about waiting. */
#include "net/hints.h"

#include "base/timestamp.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HINT_MAX_MS = 24 * 60 * 60 * 1000, EPOCH_FROM = 1000000000 };

/* No number that means anything is larger; small enough to be counted in milliseconds. */
static const int64_t largest = INT64_C(999999999999999);

/* Whole digits only; -1: something else. */
static int64_t read_number(const char *text) {
    size_t length = strlen(text);
    if (length == 0 || strspn(text, "0123456789") != length) {
        return -1;
    }
    int64_t number = strtoll(text, NULL, 10); /* one that is too long gives the largest there is */
    return number < largest ? number : largest;
}

static int64_t clamp(int64_t ms) {
    if (ms <= 0) {
        return 0;
    }
    return ms > HINT_MAX_MS ? HINT_MAX_MS : ms;
}

int64_t js_hint_retry_after(const char *text, int64_t server_now_ms) {
    int64_t seconds = read_number(text);
    if (seconds >= 0) {
        return clamp(seconds * 1000);
    }
    int64_t until = 0;
    return js_http_date_parse(text, strlen(text), &until) ? clamp(until - server_now_ms) : 0;
}

int64_t js_hint_rate_reset(const char *text, int64_t server_now_ms) {
    int64_t number = read_number(text);
    if (number >= 0) {
        return clamp(number * 1000 - (number >= EPOCH_FROM ? server_now_ms : 0));
    }
    char full[JS_TIMESTAMP_SIZE];
    size_t length = strlen(text);
    if (length == strlen("2026-11-23T10:00Z") && text[length - 1] == 'Z') {
        (void)snprintf(full, sizeof full, "%.16s:00Z", text);
        text = full;
    }
    int64_t until = 0;
    bool read = js_timestamp_parse(text, strlen(text), &until, NULL);
    return read ? clamp(until - server_now_ms) : 0;
}
