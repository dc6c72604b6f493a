#include "event/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct environment_case {
    const char *name, *id;
    js_environment_type type;
} environment_case;

static void check(const environment_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        js_environment_type type = js_environment_map(cases[i].name, cases[i].id);
        if (type != cases[i].type) {
            fail_msg("name \"%s\", id \"%s\" gives %s", cases[i].name ? cases[i].name : "(null)",
                     cases[i].id ? cases[i].id : "(null)", js_environment_type_name(type));
        }
    }
}

static void knows_every_word_of_the_design(void **state) {
    (void)state;
    static const environment_case cases[] = {
        {"production", "", JS_ENVIRONMENT_PRODUCTION},
        {"prod", "", JS_ENVIRONMENT_PRODUCTION},
        {"live", "", JS_ENVIRONMENT_PRODUCTION},
        {"prd", "", JS_ENVIRONMENT_PRODUCTION},
        {"stage", "", JS_ENVIRONMENT_STAGING},
        {"staging", "", JS_ENVIRONMENT_STAGING},
        {"stg", "", JS_ENVIRONMENT_STAGING},
        {"preprod", "", JS_ENVIRONMENT_STAGING},
        {"uat", "", JS_ENVIRONMENT_STAGING},
        {"pre-prod", "", JS_ENVIRONMENT_STAGING},
        {"test", "", JS_ENVIRONMENT_TESTING},
        {"testing", "", JS_ENVIRONMENT_TESTING},
        {"qa", "", JS_ENVIRONMENT_TESTING},
        {"int", "", JS_ENVIRONMENT_TESTING},
        {"ci", "", JS_ENVIRONMENT_TESTING},
        {"nonprod", "", JS_ENVIRONMENT_TESTING},
        {"non-prod", "", JS_ENVIRONMENT_TESTING},
        {"dev", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"development", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"local", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"sandbox", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"develop", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"devel", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"integration", "", JS_ENVIRONMENT_TESTING},
        {"sit", "", JS_ENVIRONMENT_TESTING},
        {"tst", "", JS_ENVIRONMENT_TESTING},
        {"acceptance", "", JS_ENVIRONMENT_TESTING},
        {"acc", "", JS_ENVIRONMENT_TESTING},
        {"perf", "", JS_ENVIRONMENT_TESTING},
        {"e2e", "", JS_ENVIRONMENT_TESTING},
        {"non-production", "", JS_ENVIRONMENT_TESTING},
        {"preproduction", "", JS_ENVIRONMENT_STAGING},
        {"pre-production", "", JS_ENVIRONMENT_STAGING},
    };
    check(cases, sizeof cases / sizeof cases[0]);
    /* The id counts as much as the name, and either may be missing. */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(js_environment_map("", cases[i].name), cases[i].type);
        assert_int_equal(js_environment_map(NULL, cases[i].name), cases[i].type);
        assert_int_equal(js_environment_map(cases[i].name, NULL), cases[i].type);
    }
    assert_int_equal(js_environment_map(NULL, NULL), JS_ENVIRONMENT_UNMAPPED);
}

static void takes_whole_words_only(void **state) {
    (void)state;
    static const environment_case cases[] = {
        {"reproduction", "", JS_ENVIRONMENT_UNMAPPED},
        {"product", "", JS_ENVIRONMENT_UNMAPPED},
        {"prods", "", JS_ENVIRONMENT_UNMAPPED},
        {"contest", "", JS_ENVIRONMENT_UNMAPPED},
        {"device", "", JS_ENVIRONMENT_UNMAPPED},
        {"delivery", "", JS_ENVIRONMENT_UNMAPPED},
        {"Backstage", "", JS_ENVIRONMENT_UNMAPPED},
        {"prodé", "", JS_ENVIRONMENT_UNMAPPED},
        {"éprod", "", JS_ENVIRONMENT_UNMAPPED},
        {"prodeu", "", JS_ENVIRONMENT_UNMAPPED},
        {"production production-production", "eu", JS_ENVIRONMENT_PRODUCTION},
        {"productionproductionproduction", "", JS_ENVIRONMENT_UNMAPPED},
        {"prod1", "", JS_ENVIRONMENT_PRODUCTION},
        {"1prod2", "", JS_ENVIRONMENT_PRODUCTION},
        {"qa-2", "", JS_ENVIRONMENT_TESTING},
        {"prod\xD9\xA3", "", JS_ENVIRONMENT_PRODUCTION}, /* an Arabic digit ends a word */
        {"prod\xFF", "", JS_ENVIRONMENT_PRODUCTION},
        {"Production EU", "prod-eu", JS_ENVIRONMENT_PRODUCTION},
        {"PROD", "", JS_ENVIRONMENT_PRODUCTION},
        {"LiVe", "", JS_ENVIRONMENT_PRODUCTION},
        {"eu-west-1/prod", "", JS_ENVIRONMENT_PRODUCTION},
        {"my_prod_db", "", JS_ENVIRONMENT_PRODUCTION},
        {"", "", JS_ENVIRONMENT_UNMAPPED},
        {"eu-west-1", "42", JS_ENVIRONMENT_UNMAPPED},
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

static void e2e_is_a_word_although_it_holds_a_digit(void **state) {
    (void)state;
    static const environment_case cases[] = {
        {"E2E", "", JS_ENVIRONMENT_TESTING},          {"prod-e2e", "", JS_ENVIRONMENT_TESTING},
        {"e2e1", "", JS_ENVIRONMENT_TESTING},         {"1e2e-eu", "", JS_ENVIRONMENT_TESTING},
        {"e2e\xFF", "", JS_ENVIRONMENT_TESTING},      {"e2eu", "", JS_ENVIRONMENT_UNMAPPED},
        {"e2e\xC3\xA9", "", JS_ENVIRONMENT_UNMAPPED}, {"free2eat", "", JS_ENVIRONMENT_UNMAPPED},
        {"e2", "", JS_ENVIRONMENT_UNMAPPED},          {"e2eprod", "", JS_ENVIRONMENT_UNMAPPED},
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

static void lets_the_less_productive_win(void **state) {
    (void)state;
    static const environment_case cases[] = {
        {"prod-test", "", JS_ENVIRONMENT_TESTING},
        {"test-prod", "", JS_ENVIRONMENT_TESTING},
        {"prod", "test", JS_ENVIRONMENT_TESTING},
        {"test", "prod", JS_ENVIRONMENT_TESTING},
        {"prod", "staging", JS_ENVIRONMENT_STAGING},
        {"staging", "qa", JS_ENVIRONMENT_TESTING},
        {"qa", "dev", JS_ENVIRONMENT_DEVELOPMENT},
        {"live dev", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"prod stage test dev", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"dev test stage prod", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"eu", "prod", JS_ENVIRONMENT_PRODUCTION},
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

static void reads_pre_and_non_with_what_follows(void **state) {
    (void)state;
    static const environment_case cases[] = {
        {"pre-prod", "", JS_ENVIRONMENT_STAGING},
        {"pre_prod", "", JS_ENVIRONMENT_STAGING},
        {"Pre Prod", "", JS_ENVIRONMENT_STAGING},
        {"preProd", "", JS_ENVIRONMENT_STAGING},
        {"eu-pre-prod-1", "", JS_ENVIRONMENT_STAGING},
        {"pre-production", "", JS_ENVIRONMENT_STAGING},
        {"pre-live", "", JS_ENVIRONMENT_STAGING},
        {"non_prod", "", JS_ENVIRONMENT_TESTING},
        {"NON PROD", "", JS_ENVIRONMENT_TESTING},
        {"nonProd", "", JS_ENVIRONMENT_TESTING},
        {"Non-Production", "", JS_ENVIRONMENT_TESTING},
        {"pre-prod", "prod", JS_ENVIRONMENT_STAGING},
        {"pre-prod-test", "", JS_ENVIRONMENT_TESTING},
        {"pre-dev", "", JS_ENVIRONMENT_DEVELOPMENT},
        {"pre", "", JS_ENVIRONMENT_UNMAPPED},
        {"non", "", JS_ENVIRONMENT_UNMAPPED},
        {"prod-pre", "", JS_ENVIRONMENT_PRODUCTION},
        {"pre-eu-prod", "", JS_ENVIRONMENT_PRODUCTION}, /* not side by side */
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_word_of_the_design),
        cmocka_unit_test(takes_whole_words_only),
        cmocka_unit_test(e2e_is_a_word_although_it_holds_a_digit),
        cmocka_unit_test(lets_the_less_productive_win),
        cmocka_unit_test(reads_pre_and_non_with_what_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
