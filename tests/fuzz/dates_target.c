/*
 * What servers and people write about time: Retry-After, X-RateLimit-Reset, HTTP dates, RFC 3339.
 * What is accepted is compared with the C library's calendar.
 */
#include "fuzz.h"

#include "base/timestamp.h"
#include "net/hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW_MS INT64_C(1795428000000)
#define DAY_MS INT64_C(86400000)
#define END_OF_9999_S INT64_C(253402300800)

/* What follows the name of the day, in each form of HTTP; asctime also with a zero before the day. */
static const char *const forms[] = {
    ", %d %b %Y %H:%M:%S GMT",
    ", %d-%b-%y %H:%M:%S GMT",
    " %b %e %H:%M:%S %Y",
    " %b %d %H:%M:%S %Y",
};
enum { FORMS = 4 };

static struct tm fields_of(int64_t ms) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm fields;
    FUZZ_EXPECT(gmtime_r(&seconds, &fields) != NULL);
    return fields;
}

static bool has_form(const char *text, int64_t ms) {
    struct tm fields = fields_of(ms);
    const char *behind_day = text + strcspn(text, ", ");
    for (size_t i = 0; i < FORMS; i++) {
        char expected[64];
        /* nothing but a constant of the list above reaches it */
        size_t length = strftime(expected, sizeof expected, forms[i], &fields);
        if (length > 0 && strncmp(behind_day, expected, length) == 0 &&
            behind_day[length + strspn(behind_day + length, " \t")] == '\0') {
            return true;
        }
    }
    return false;
}

static void http_date(const char *text, size_t length) {
    int64_t ms = -1;
    if (!js_http_date_parse(text, length, &ms) || strlen(text) != length) {
        return;
    }
    FUZZ_EXPECT(ms >= 0 && ms / 1000 < END_OF_9999_S + 1);
    bool leap_second = strstr(text, ":60 ") != NULL;
    FUZZ_EXPECT(leap_second || has_form(text + strspn(text, " \t"), ms));
}

/* Every second there is must be read in every form. */
static void every_second(const uint8_t *data, size_t size) {
    int64_t seconds = 0;
    memcpy(&seconds, data, size < sizeof seconds ? size : sizeof seconds);
    seconds = (int64_t)((uint64_t)seconds % (uint64_t)END_OF_9999_S);
    struct tm fields = fields_of(seconds * 1000);
    for (size_t i = 0; i < FORMS; i++) {
        char text[64] = "Mon";
        (void)strftime(text + 3, sizeof text - 3, forms[i], &fields);
        int64_t ms = -1;
        FUZZ_EXPECT(js_http_date_parse(text, strlen(text), &ms));
        bool short_year = i == 1 && (fields.tm_year < 70 || fields.tm_year >= 170);
        FUZZ_EXPECT(short_year || ms == seconds * 1000);
    }
    char text[JS_TIMESTAMP_SIZE];
    js_timestamp_format(seconds * 1000 + 7, text);
    int64_t ms = -1;
    FUZZ_EXPECT(js_timestamp_parse(text, strlen(text), &ms, NULL) && ms == seconds * 1000 + 7);
}

/* A slow second reading of what was accepted. */
static int64_t read_again(const char *text) {
    struct tm fields = {0};
    FUZZ_EXPECT(sscanf(text, "%4d-%2d-%2d%*1[Tt]%2d:%2d:%2d", &fields.tm_year, &fields.tm_mon,
                       &fields.tm_mday, &fields.tm_hour, &fields.tm_min, &fields.tm_sec) == 6);
    fields.tm_year -= 1900;
    fields.tm_mon -= 1;
    struct tm real = fields;
    int64_t ms = (int64_t)timegm(&real) * 1000;
    bool next_day = fields.tm_hour == 24 || fields.tm_sec == 60;
    FUZZ_EXPECT(next_day || (real.tm_mday == fields.tm_mday && real.tm_hour == fields.tm_hour));
    const char *rest = text + strlen("2026-11-23T10:00:00");
    if (*rest == '.' || *rest == ',') {
        int weight = 100;
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, weight /= 10) {
            ms += (int64_t)weight * (*rest - '0');
        }
    }
    if (*rest == '+' || *rest == '-') {
        int hours = 0;
        int minutes = 0;
        FUZZ_EXPECT(sscanf(rest + 1, "%2d", &hours) == 1);
        (void)sscanf(rest + 3, rest[3] == ':' ? ":%2d" : "%2d", &minutes);
        ms -= (*rest == '+' ? 1 : -1) * (hours * INT64_C(3600000) + minutes * INT64_C(60000));
    }
    return ms;
}

static void timestamp(const char *text, size_t length) {
    int64_t ms = -1;
    const char *why = NULL;
    if (!js_timestamp_parse(text, length, &ms, &why)) {
        FUZZ_EXPECT(why != NULL && why[0] != '\0');
        return;
    }
    FUZZ_EXPECT(strlen(text) == length);
    FUZZ_EXPECT(ms >= 0 && ms / 1000 < END_OF_9999_S);
    FUZZ_EXPECT(read_again(text) == ms);
}

static void hints(const char *text) {
    int64_t after = js_hint_retry_after(text, NOW_MS);
    int64_t reset = js_hint_rate_reset(text, NOW_MS);
    FUZZ_EXPECT(after >= 0 && after <= DAY_MS);
    FUZZ_EXPECT(reset >= 0 && reset <= DAY_MS);
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && text[digits] == '\0') {
        const char *number = text + strspn(text, "0");
        bool large = strlen(number) > 5;
        int64_t seconds = large ? DAY_MS : atoll(number);
        FUZZ_EXPECT(after == (large || seconds * 1000 > DAY_MS ? DAY_MS : seconds * 1000));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    http_date(text, size);
    timestamp(text, size);
    hints(text);
    every_second(data, size);
    free(text);
    return 0;
}
