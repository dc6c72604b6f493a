#include "cli/values.h"
#include "event/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void texts(void **state) {
    (void)state;
    assert_int_equal(cli_check_text("x", "Gr\xC3\xBC\xC3\x9F dich", false), 0);
    assert_int_equal(cli_check_text("x", "", false), 0);
    assert_int_equal(cli_check_text("x", "a\nb\tc", true), 0);
    assert_int_equal(cli_check_text("x", "a\nb", false), 64);
    assert_int_equal(cli_check_text("x", "a\x1b[0m", true), 64);
    assert_int_equal(cli_check_text("x", "a\x7f", true), 64);
    assert_int_equal(cli_check_text("x", "\xC2\x85", true), 64); /* C1 */
    assert_int_equal(cli_check_text("x", "\xff", true), 64);
    assert_int_equal(cli_check_text("x", "\xED\xA0\x80", true), 64); /* a lone surrogate */
}

static void lengths_count_utf16(void **state) {
    (void)state;
    assert_int_equal(cli_check_length("x", "\xF0\x9F\x98\x80", 2), 0);
    assert_int_equal(cli_check_length("x", "\xF0\x9F\x98\x80", 1), 64);
    assert_int_equal(cli_check_length("x", "\xC3\xBC", 1), 0);
}

static void numbers(void **state) {
    (void)state;
    int64_t number = -1;
    assert_int_equal(cli_check_number("x", "0", &number), 0);
    assert_int_equal(number, 0);
    assert_int_equal(cli_check_number("x", "007", &number), 0);
    assert_int_equal(number, 7);
    assert_int_equal(cli_check_number("x", "9223372036854775807", &number), 0);
    assert_true(number == INT64_MAX);
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "x",
                                      "9223372036854775808",
                                      "99999999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(cli_check_number("x", bad[i], &number), 64);
    }
}

static void waits(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"0", 0},      {"30", 30000},     {"0.5", 500},        {"1.25", 1250},
                {"2.0", 2000}, {"0.0009", 0},     {"86400", 86400000}, {"86400.000", 86400000},
                {"0.001", 1},  {"12.3456", 12345}};
    int64_t ms = -1;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(cli_check_wait("x", good[i].text, &ms), 0);
        assert_true(ms == good[i].ms);
    }
    static const char *const bad[] = {"",     "-1",  "86401", "86400.001", ".5",  "1.",
                                      "1..2", "1e3", "1,5",   "inf",       "1 s", "100000"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(cli_check_wait("x", bad[i], &ms), 64);
    }
}

static void test_counts(void **state) {
    (void)state;
    int64_t counts[4];
    assert_int_equal(cli_check_tests("x", "10,8,1,1", counts), 0);
    assert_true(counts[0] == 10 && counts[1] == 8 && counts[2] == 1 && counts[3] == 1);
    assert_int_equal(cli_check_tests("x", "0,0,0,0", counts), 0);
    static const char *const bad[] = {
        "",       "1",        "1,2,3",    "1,2,3,",  "1,2,3,4,",  "1,2,3,4,5",
        "1,2,,4", "1,2,3,-4", "1, 2,3,4", "a,b,c,d", "1,2,3,4.5", "9999999999999999999,0,0,0"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(cli_check_tests("x", bad[i], counts), 64);
    }
}

static void urls(void **state) {
    (void)state;
    static const char *const good[] = {"https://ci.example.com/job/42/",
                                       "http://localhost",
                                       "HTTPS://x/?q=1#f",
                                       "https://[::1]:8080/",
                                       "https://[::1]",
                                       "https://ci:8443",
                                       "https://ci/a:b@c",
                                       "https://me:pass/word@ci/"}; /* what logs in is taken out */
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(cli_check_url("x", good[i]), 0);
    }
    static const char *const bad[] = {"",
                                      "ci.example.com",
                                      "ftp://x/",
                                      "https://",
                                      "https:///x",
                                      "https://a b/",
                                      "https:/x",
                                      "javascript:x",
                                      "https://?x",
                                      "https://x/<y>",
                                      "https://[::1]:8080x/"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(cli_check_url("x", bad[i]), 64);
    }
}

static void times(void **state) {
    (void)state;
    assert_int_equal(cli_check_time("x", "2026-11-23T10:00:00Z"), 0);
    assert_int_equal(cli_check_time("x", "2026-11-23T10:00:00"), 64);
    assert_int_equal(cli_check_time("x", "now"), 64);
}

static void keys(void **state) {
    (void)state;
    js_strings found = JS_STRINGS_INIT;
    assert_int_equal(cli_check_keys("x", " APP-1,app-2 ;,\tA_B1-3\n;", &found), 0);
    assert_int_equal(found.count, 3);
    assert_string_equal(found.items[1], "app-2");
    assert_int_equal(cli_check_keys("x", "", &found), 0);
    assert_int_equal(found.count, 3);
    static const char *const bad[] = {"APP",    "APP-",  "-1",     "A-1",     "APP-0",
                                      "APP-01", "1AP-1", "APP-1x", "APP-1-2", "\xC3\xBC\xC3\xBC-1",
                                      "APP_1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(cli_check_keys("x", bad[i], &found), 64);
    }
    js_strings_clear(&found);
}

static void words(void **state) {
    (void)state;
    static const char *const states[] = {"pending", "successful", "failed"};
    const char *word = NULL;
    assert_int_equal(cli_check_word("x", "Passed", js_state_word, js_build_state_words, "x", &word),
                     0);
    assert_string_equal(word, "successful");
    /* known, but not for a build */
    assert_int_equal(cli_check_word("x", "rollback", js_state_word, js_state_words, "x", &word), 0);
    assert_int_equal(
        cli_check_word("x", "rollback", js_state_word, js_build_state_words, "x", &word), 64);
    assert_int_equal(cli_check_word("x", "", js_state_word, js_state_words, "x", &word), 64);
    assert_int_equal(cli_check_word("x", "progress", js_state_word, js_state_words, "x", &word),
                     64);
    assert_string_equal(cli_nearest("fialed", states, 3), "failed");
    assert_string_equal(cli_nearest("succesful", states, 3), "successful");
    assert_string_equal(cli_nearest("success", states, 3), "successful");
    assert_null(cli_nearest("xyz", states, 3));
    static const char *const options[] = {"site", "state", "service"};
    assert_string_equal(cli_nearest("sate", options, 3), "state");
    char long_word[200];
    memset(long_word, 's', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    assert_null(cli_nearest(long_word, options, 3));
}

static void durations(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"90s", 90000},     {"5m", 300000},
                {"24h", 86400000},  {"7d", 604800000},
                {"2w", 1209600000}, {"0s", 0},
                {"007s", 7000},     {"999999999w", 999999999 * INT64_C(604800000)}};
    static const char *const bad[] = {"",    "s",   "5",    "5M",    "5 m",        "-5m",
                                      "+5m", "5mm", "1.5h", "1h30m", "1000000000s"};
    int64_t ms = -1;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(cli_check_duration("--x", good[i].text, &ms), 0);
        assert_true(ms == good[i].ms);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(cli_check_duration("--x", bad[i], &ms), 64);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations), cmocka_unit_test(texts), cmocka_unit_test(lengths_count_utf16),
        cmocka_unit_test(numbers),   cmocka_unit_test(waits), cmocka_unit_test(test_counts),
        cmocka_unit_test(urls),      cmocka_unit_test(times), cmocka_unit_test(keys),
        cmocka_unit_test(words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
