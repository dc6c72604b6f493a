#include "known_keys.h"
#include "schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_date_time(void **state) {
    (void)state;
    static const char *const good[] = {"2026-11-23T10:00:00Z", "2026-11-23t10:00:00.123456z",
                                       "2024-02-29T23:59:60+23:59", "2000-02-29T00:00:00-00:00",
                                       "0001-01-01T00:00:00Z"};
    static const char *const bad[] = {"",
                                      "2026-11-23",
                                      "2026-11-23T10:00:00",
                                      "2026-11-23 10:00:00Z",
                                      "2026-11-23T10:00Z",
                                      "2026-11-23T10:00:00+0100",
                                      "2026-11-23T10:00:00.Z",
                                      "2026-02-30T10:00:00Z",
                                      "1900-02-29T10:00:00Z",
                                      "2026-13-01T10:00:00Z",
                                      "2026-00-01T10:00:00Z",
                                      "2026-11-00T10:00:00Z",
                                      "2026-11-23T24:00:00Z",
                                      "2026-11-23T10:60:00Z",
                                      "2026-11-23T10:00:61Z",
                                      "2026-11-23T10:00:00+24:00",
                                      "2026-11-23T10:00:00Zx",
                                      "26-11-23T10:00:00Z"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!sb_is_date_time(good[i])) {
            fail_msg("refused: %s", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (sb_is_date_time(bad[i])) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void test_uri(void **state) {
    (void)state;
    static const char *const good[] = {"https://ci.example.com/job/1/",
                                       "HTTP://h?x=1#y",
                                       "urn:a:b",
                                       "https://[::1]:80/",
                                       "https://h/%20",
                                       "https://h/\xc3\xbc"};
    static const char *const bad[] = {
        "",          "https://",    "https:///x",     "/job/1",        "http:x",
        "1http://",  "https://a b", "https://h/\x01", "https://h/<x>", "x:",
        "https://?x"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!sb_is_uri(good[i])) {
            fail_msg("refused: %s", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (sb_is_uri(bad[i])) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void test_issue_key(void **state) {
    char word[512];
    (void)state;
    assert_true(sb_is_issue_key("APP-1"));
    assert_true(sb_is_issue_key("my_app2-007"));
    assert_false(sb_is_issue_key("APP-"));
    assert_false(sb_is_issue_key("-1"));
    assert_false(sb_is_issue_key("APP-1x"));
    assert_false(sb_is_issue_key("APP-X-1"));
    assert_false(sb_is_issue_key("\xc3\x84-1"));
    assert_true(sb_is_issue_id("10001"));
    assert_false(sb_is_issue_id(""));
    assert_false(sb_is_issue_id("1a"));
    memset(word, 'A', sizeof word);
    memcpy(word + 255, "-1", 3);
    assert_true(sb_is_issue_key(word));
    memcpy(word + 255, "A-1", 4);
    assert_false(sb_is_issue_key(word));
    memset(word, '1', 255);
    word[255] = '\0';
    assert_true(sb_is_issue_id(word));
    memcpy(word + 255, "1", 2);
    assert_false(sb_is_issue_id(word));
}

static void test_utf16(void **state) {
    (void)state;
    assert_int_equal(sb_utf16_units("abc", 3), 3);
    assert_int_equal(sb_utf16_units("\xc3\xa4\xe2\x82\xac", 5), 2);
    assert_int_equal(sb_utf16_units("\xf0\x9f\x98\x80", 4), 2);
}

static void test_known_keys(void **state) {
    js_strings patterns = JS_STRINGS_INIT;
    char bad[64];
    (void)state;
    assert_true(sb_known_key(&patterns, "ANY-1"));
    assert_true(sb_known_keys_parse(&patterns, "APP-*, OPS-1\nX?-2,", bad));
    assert_int_equal(patterns.count, 3);
    assert_true(sb_known_key(&patterns, "APP-123"));
    assert_true(sb_known_key(&patterns, "app-1"));
    assert_true(sb_known_key(&patterns, "OPS-1"));
    assert_true(sb_known_key(&patterns, "XY-2"));
    assert_false(sb_known_key(&patterns, "OPS-12"));
    assert_false(sb_known_key(&patterns, "MYAPP-1"));
    assert_false(sb_known_key(&patterns, "X-2"));
    assert_false(sb_known_keys_parse(&patterns, "A-1,[x]", bad));
    assert_string_equal(bad, "[x]");
    js_strings_clear(&patterns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date_time),  cmocka_unit_test(test_uri),
        cmocka_unit_test(test_issue_key),  cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_known_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
