#include "base/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void reads_points_in_time(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.001Z", 1},
        {"2026-11-23T10:00:00Z", 1795428000000},
        {"2026-11-23t10:00:00z", 1795428000000},
        {"2026-11-23T10:00:00+00:00", 1795428000000},
        {"2026-11-23T10:00:00-00:00", 1795428000000},
        {"2026-11-23T11:00:00+01:00", 1795428000000},
        {"2026-11-23T11:00:00+0100", 1795428000000},
        {"2026-11-23T11:00:00+01", 1795428000000},
        {"2026-11-23T04:30:00-05:30", 1795428000000},
        {"2026-11-23T10:00:00.5Z", 1795428000500},
        {"2026-11-23T10:00:00,25Z", 1795428000250},
        {"2026-11-23T11:00:00.123999999+01:00", 1795428000123},
        {"2000-02-29T00:00:00Z", 951782400000},
        {"2024-02-29T23:59:59Z", 1709251199000},
        {"2023-12-31T24:00:00Z", 1704067200000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"2016-12-31T18:59:60-05:00", 1483228800000},
        {"1970-01-01T01:00:00+01:00", 0},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        const char *why = NULL;
        if (!js_timestamp_parse(cases[i].text, strlen(cases[i].text), &ms, &why)) {
            fail_msg("%s %s", cases[i].text, why);
        }
        assert_int_equal(ms, cases[i].ms);
    }
}

static void refuses_what_is_none_and_says_why(void **state) {
    (void)state;
    static const char shape[] = "is not a point in time";
    static const char zone[] = "has no time zone";
    static const char never[] = "does not exist";
    static const char range[] = "1970 and 9999";
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", shape},
        {"yesterday", shape},
        {"1795428000", shape},
        {"2026-11-23", shape},
        {"2026-11-23T10:00Z", shape},
        {"2026-11-23 10:00:00Z", shape},
        {"2026-1-23T10:00:00Z", shape},
        {"+2026-11-23T10:00:00Z", shape},
        {" 2026-11-23T10:00:00Z", shape},
        {"2026-11-23T10:00:00Z ", shape},
        {"2026-11-23T10:00:00Zx", shape},
        {"2026-11-23T10:00:00.Z", shape},
        {"2026-11-23T10:00:00+1:00", shape},
        {"2026-11-23T10:00:00+01:0", shape},
        {"2026-11-23T10:00:00+01:", shape},
        {"2026-11-23T10:00:00+24:00", shape},
        {"2026-11-23T10:00:00+01:60", shape},
        {"2026-11-23T10:00:00 GMT", shape},
        {"2026-11-23T10:00:00", zone},
        {"2026-11-23T10:00:00.5", zone},
        {"2026-02-30T10:00:00Z", never},
        {"2026-02-29T10:00:00Z", never},
        {"2100-02-29T10:00:00Z", never},
        {"2026-13-01T10:00:00Z", never},
        {"2026-00-01T10:00:00Z", never},
        {"2026-01-00T10:00:00Z", never},
        {"2026-04-31T10:00:00Z", never},
        {"2026-11-23T24:00:01Z", never},
        {"2026-11-23T24:00:00.5Z", never},
        {"2026-11-23T25:00:00Z", never},
        {"2026-11-23T10:60:00Z", never},
        {"2026-11-23T10:00:61Z", never},
        {"2026-11-23T10:00:60Z", never},
        {"1969-12-31T23:59:59Z", range},
        {"1970-01-01T00:00:00+01:00", range},
        {"0000-01-01T00:00:00Z", range},
        {"9999-12-31T24:00:00Z", range},
        {"9999-12-31T23:59:59-01:00", range},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 77;
        const char *why = NULL;
        if (js_timestamp_parse(cases[i].text, strlen(cases[i].text), &ms, &why)) {
            fail_msg("%s was taken", cases[i].text);
        }
        assert_int_equal(ms, 77);
        assert_non_null(why);
        if (strstr(why, cases[i].why) == NULL) {
            fail_msg("%s %s", cases[i].text, why);
        }
        assert_false(js_timestamp_parse(cases[i].text, strlen(cases[i].text), &ms, NULL));
    }
    int64_t ms;
    assert_false(js_timestamp_parse("2026-11-23T10:00:00Z\0", 21, &ms, NULL));
}

/* A text in the middle of other bytes is read by its length alone. */
static void heeds_the_length(void **state) {
    (void)state;
    int64_t ms = 0;
    assert_true(js_timestamp_parse("1970-01-01T00:00:01Z9", 20, &ms, NULL));
    assert_int_equal(ms, 1000);
    assert_false(js_timestamp_parse("1970-01-01T00:00:01Z", 19, &ms, NULL));
}

static void writes_what_it_reads(void **state) {
    (void)state;
    char text[JS_TIMESTAMP_SIZE];
    js_timestamp_format(1795428000007, text);
    assert_string_equal(text, "2026-11-23T10:00:00.007Z");
    js_timestamp_format(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    js_timestamp_format(-1, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    js_timestamp_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    /* A prime step visits every month, leap days and the turns of years and centuries. */
    for (int64_t ms = 0; ms < 253402300800000; ms += 86399999 * (int64_t)7) {
        int64_t again = -1;
        js_timestamp_format(ms, text);
        assert_int_equal(strlen(text), 24);
        assert_true(js_timestamp_parse(text, strlen(text), &again, NULL));
        assert_true(again == ms);
    }
}

static void reads_the_dates_of_http(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777000},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777000},
        {"Sun Nov  6 08:49:37 1994", 784111777000},
        {"Wed Nov 16 08:49:37 1994", 784975777000},
        {" Sun, 06 Nov 1994 08:49:37 GMT\t", 784111777000},
        {"Monday, 23-Nov-26 10:00:00 GMT", 1795428000000},
        {"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800000},
        {"", -1},
        {"120", -1},
        {"Sun, 06 Nov 1994 08:49:37", -1},
        {"Sun, 06 Nov 1994 08:49:37 CET", -1},
        {"Sun, 06 Nov 1994 08:49:37 +0000", -1},
        {"Sun, 06 Nov 1994 08:49:37 GMT x", -1},
        {"06 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 6 Nov 1994 08:49:37 GMT", -1},
        {"Xyz, 06 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 94 08:49:37 GMT", -1},
        {"Sun, 06-Nov 1994 08:49:37 GMT", -1},
        {"Sun, 31 Feb 1994 08:49:37 GMT", -1},
        {"Sun, 06 Foo 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 24:00:00 GMT", -1},
        {"Sun, 06 Nov 1994 08:61:37 GMT", -1},
        {"Sun, 06 Nov 1904 08:49:37 GMT", -1},
        {"Sun Nov 6 08:49:37 1994", -1},
        {"SunNov  6 08:49:37 1994", -1},
        {"2026-11-23T10:00:00Z", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        bool read = js_http_date_parse(cases[i].text, strlen(cases[i].text), &ms);
        if (read != (cases[i].ms >= 0) || ms != cases[i].ms) {
            fail_msg("\"%s\" gives %lld", cases[i].text, (long long)ms);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_points_in_time),
        cmocka_unit_test(refuses_what_is_none_and_says_why),
        cmocka_unit_test(heeds_the_length),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(reads_the_dates_of_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
