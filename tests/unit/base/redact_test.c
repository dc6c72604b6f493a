#include "base/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

typedef struct row {
    const char *secret, *text, *left;
} row;

static void table(void **state) {
    (void)state;
    static const row rows[] = {
        {"12345678", "12345678", "********"},
        {"12345678", "a 12345678, 12345678.", "a ********, ********."},
        {"12345678", "1234567", "1234567"},
        {"12345678", "121234567812", "12********12"},
        {"1234567", "1234567", "1234567"}, /* too short to be told from chance */
        {"a\"b/c\\d+e", "x a\\\"b/c\\\\d+e y", "x *********** y"},
        {"a\"b/c\\d+e", "x a\\\"b\\/c\\\\d+e y", "x ************ y"},
        {"a\"b/c\\d+e", "x a\"b/c\\d+e y", "x ********* y"},
        {"pass\xC3\xA9word", "pass\\u00e9word.", "**************."},
        {"pass\xC3\xA9word", "pass\\u00E9word.", "**************."},
        {"pass\xE2\x82\xACword", "\\u0070ass\\u20acword.", "*******************."},
        {"pass\xF0\x9F\x98\x80word", "pass\\ud83d\\ude00word.", "********************."},
        {"pass\xF0\x9F\x98\x80word", "pass\\ud83d\\u0000word.", "pass\\ud83d\\u0000word."},
        {"12345678", "1234567\\", "1234567\\"},
        {"12345678", "1234567\\u003", "1234567\\u003"},
        {"12345678", "1234567\\u0038", "*************"},
        {"12345678", "1234567\\ud83d\\u", "1234567\\ud83d\\u"},
        {"a\"b/c\\d+e", "x a\\\\\\\"b/c\\\\\\\\d+e y", "x *************** y"}, /* JSON in JSON */
        {"pass\xC3\xA9word", "pass\\\\u00e9word.", "***************."},
        {"\\\\\\\\\\\\\\\\", "a\\b", "a\\b"},
        {"12345678", "\\\\\\", "\\\\\\"},
        {"12345678", "", ""},
        {"Secret12", "a sECRET12 b", "a ******** b"}, /* as a host's name */
        {"1234567890", "x 12345678", "x ********"},   /* cut in its middle */
        {"1234567890", "x 1234567", "x 1234567"},     /* too little to tell */
        {"aaaaaaab", "aaaaaaaaaaab", "aaaa********"},
        {"a\\u0041bcdefg", "x a\\\\u0041bcdefg", "x **************"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        js_secret secret = JS_SECRET_INIT;
        assert_true(js_secret_set(&secret, rows[i].secret, strlen(rows[i].secret)));
        char text[64];
        (void)snprintf(text, sizeof text, "%s", rows[i].text);
        js_redact(text, strlen(text), &secret, 1);
        assert_string_equal(text, rows[i].left);
        js_secret_wipe(&secret);
    }
    js_secret none = JS_SECRET_INIT;
    char text[] = "nothing is secret";
    js_redact(text, strlen(text), &none, 1);
    assert_string_equal(text, "nothing is secret");
}

/* How many steps it takes is not seen; how long it takes is, where the text is hostile enough. */
static double seconds_for(size_t length, const char *pattern) {
    char *text = malloc(length + 1);
    js_secret secret = JS_SECRET_INIT;
    char word[65];
    memset(word, pattern[0] == '\\' ? 'a' : pattern[0], 64);
    word[63] = 'b';
    word[64] = '\0';
    assert_non_null(text);
    assert_true(js_secret_set(&secret, word, 64));
    for (size_t i = 0; i < length; i++) {
        text[i] = pattern[i % strlen(pattern)];
    }
    text[length] = '\0';
    clock_t begun = clock();
    assert_true(js_redact(text, length, &secret, 1));
    double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    js_secret_wipe(&secret);
    free(text);
    return seconds;
}

static void it_is_linear(void **state) {
    (void)state;
    static const char *const patterns[] = {"\\", "\\u00", "a", "\\\\u0061", "a\\"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        double small = seconds_for(1 << 18, patterns[i]);
        double large = seconds_for(1 << 22, patterns[i]); /* 16 times as much */
        assert_true(large < 64 * (small > 0.001 ? small : 0.001));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(it_is_linear)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
