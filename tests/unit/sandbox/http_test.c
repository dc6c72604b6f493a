#include "http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_numbers(void **state) {
    (void)state;
    assert_int_equal(sb_parse_number("0", 1), 0);
    assert_int_equal(sb_parse_number("9223372036854775807", 19), INT64_MAX);
    assert_int_equal(sb_parse_number("9223372036854775808", 19), -1);
    assert_int_equal(sb_parse_number("99999999999999999999", 20), -1);
    assert_int_equal(sb_parse_number("", 0), -1);
    assert_int_equal(sb_parse_number("-1", 2), -1);
    assert_int_equal(sb_query_number("", "after", 5), 5);
    assert_int_equal(sb_query_number("x=1&after=12", "after", 5), 12);
    assert_int_equal(sb_query_number("afters=1", "after", 5), 5);
    assert_int_equal(sb_query_number("after=", "after", 5), -1);
    assert_int_equal(sb_query_number("after=x", "after", 5), -1);
}

static void test_headers(void **state) {
    sb_headers headers = {NULL, 0};
    (void)state;
    assert_null(sb_headers_get(&headers, "a"));
    assert_true(sb_headers_add(&headers, "Content-Type", "x"));
    assert_true(sb_headers_add(&headers, "content-type", "y"));
    assert_string_equal(sb_headers_get(&headers, "CONTENT-TYPE"), "x");
    sb_headers_free(&headers);
    assert_int_equal(headers.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
