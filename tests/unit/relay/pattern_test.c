/* Patterns of rules: what fits, what does not, and what a claim can never do. */
#include "relay/callers/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static bool fits_with(const char *written, json_object *claims, const char *text) {
    rl_pattern pattern;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(rl_pattern_read(&pattern, written, true, &error), JIRASEND_OK);
    bool result = rl_pattern_fits(&pattern, claims, text, strlen(text));
    rl_pattern_clear(&pattern);
    return result;
}

static void fits(const char *written, const char *text) {
    assert_true(fits_with(written, NULL, text));
}

static void fits_not(const char *written, const char *text) {
    assert_false(fits_with(written, NULL, text));
}

static void test_literal(void **state) {
    (void)state;
    fits("a/b", "a/b");
    fits_not("a/b", "a/b/");
    fits_not("a/b", "A/b");
    fits_not("a/b", "xa/b");
    fits("", "");
    fits_not("", "a");
    fits_not("payments/app", "payments%2Fapp");
    fits_not("payments/*", "payments%2fapp");
}

static void test_stars(void **state) {
    (void)state;
    fits("payments/*", "payments/app");
    fits("payments/*", "payments/");
    fits_not("payments/*", "payments/app/main");
    fits("payments/**", "payments/app/main");
    fits("**", "");
    fits("**/app", "a/b/app");
    fits_not("**/app", "app");
    fits("*-uat", "shop-uat");
    fits_not("*-uat", "a/shop-uat");
    fits("a*b*c", "axxbyyc");
    fits_not("a*b*c", "axxbyy");
    fits("**/x/*/y", "a/x/b/x/c/y");
    fits_not("**/x/*/y", "a/x/b/c/y");
    fits("***", "a/b");
    /* Dots are dots: no path is made of the text. */
    fits("payments/*", "payments/..");
    fits_not("payments/*", "payments/../shop");
}

static void test_one(void **state) {
    (void)state;
    fits("a?c", "abc");
    fits_not("a?c", "a/c");
    fits_not("a?c", "ac");
    fits("a?c", "a\xc3\xa9"
                "c");
    fits_not("a??c", "a\xc3\xa9"
                     "c");
    fits("?", "\xf0\x9f\x9a\x80");
}

static void test_escapes(void **state) {
    (void)state;
    fits("a\\*b", "a*b");
    fits_not("a\\*b", "axb");
    fits("a\\{b\\}", "a{b}");
    fits("a\\\\b", "a\\b");
}

static void test_claims(void **state) {
    (void)state;
    json_object *claims = json_tokener_parse("{\"project_path\": \"shop/app\", \"star\": \"*\", "
                                             "\"empty\": \"\", \"number\": 7, \"dots\": \"..\"}");
    assert_non_null(claims);
    assert_true(fits_with("{project_path}", claims, "shop/app"));
    assert_true(fits_with("{project_path}/**", claims, "shop/app/main/x"));
    assert_false(fits_with("{project_path}/**", claims, "shop/apple/main"));
    assert_false(fits_with("{project_path}", claims, "shop/other"));
    /* A claim is never a pattern. */
    assert_true(fits_with("{star}", claims, "*"));
    assert_false(fits_with("{star}", claims, "anything"));
    assert_false(fits_with("{empty}**", claims, "anything"));
    assert_false(fits_with("{number}", claims, "7"));
    assert_false(fits_with("{missing}**", claims, "anything"));
    assert_false(fits_with("{dots}/x", claims, "a/x"));
    assert_false(fits_with("{project_path}", NULL, "shop/app"));
    (void)json_object_put(claims);
}

static void refused(const char *written, bool claims, const char *words) {
    rl_pattern pattern;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(rl_pattern_read(&pattern, written, claims, &error), JIRASEND_E_ARGUMENT);
    assert_non_null(strstr(error.message, words));
}

static void test_refused(void **state) {
    (void)state;
    refused("{a}", false, "only a caller with 'oidc'");
    refused("{a", true, "no '}'");
    refused("{}", true, "name of one claim");
    refused("a}", true, "without '{'");
    refused("a\\", true, "lone backslash");
}

static void test_shown(void **state) {
    (void)state;
    json_object *claims = json_tokener_parse("{\"p\": \"a*b\"}");
    rl_pattern pattern;
    js_buf out = JS_BUF_INIT;
    assert_int_equal(rl_pattern_read(&pattern, "{p}/**/?/*/\\{{q}", true, NULL), JIRASEND_OK);
    rl_pattern_show(&pattern, claims, &out);
    assert_string_equal(out.data, "a\\*b/**/?/*/\\{{q}");
    js_buf_clear(&out);
    rl_pattern_clear(&pattern);
    (void)json_object_put(claims);
}

/* What makes a backtracking matcher exponential costs nothing here. */
static void test_linear(void **state) {
    (void)state;
    char text[4001];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    clock_t begun = clock();
    fits_not("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text);
    fits_not("**a**a**a**a**a**a**a**a**a**a**a**a**a**a**b", text);
    assert_true(clock() - begun < CLOCKS_PER_SEC);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literal), cmocka_unit_test(test_stars),
        cmocka_unit_test(test_one),     cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_claims),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_shown),   cmocka_unit_test(test_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
