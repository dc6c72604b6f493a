/* Types of environments by the patterns that a person gave. */
#include "event_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void patterns_beat_words(void **state) {
    (void)state;
    js_environment_rules rules = JS_ENVIRONMENT_RULES_INIT;
    assert_int_equal(js_environment_rules_list(&rules,
                                               " *-blue = prod ,eu=1=staging,,?=dev,"
                                               "\xC3\x9C*=testing,*-BLUE=dev",
                                               "X", NULL),
                     JIRASEND_OK);
    assert_int_equal(rules.count, 5);
    static const struct {
        const char *name, *id;
        js_environment_type type;
    } cases[] = {
        {"Test-Blue", NULL, JS_ENVIRONMENT_PRODUCTION},
        {"whatever", "QA-blue", JS_ENVIRONMENT_PRODUCTION},
        {"-blue", NULL, JS_ENVIRONMENT_PRODUCTION},
        {"Test-Blue-2", NULL, JS_ENVIRONMENT_TESTING},
        {"EU=1", NULL, JS_ENVIRONMENT_STAGING},
        {"eu=12", NULL, JS_ENVIRONMENT_UNMAPPED},
        {"\xE6\x97\xA5", NULL, JS_ENVIRONMENT_DEVELOPMENT},
        {"ab", NULL, JS_ENVIRONMENT_UNMAPPED},
        {"\xC3\xBC"
         "ber",
         NULL, JS_ENVIRONMENT_TESTING},
        {"Production", "p1", JS_ENVIRONMENT_PRODUCTION},
        {"", NULL, JS_ENVIRONMENT_UNMAPPED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_environment_type type = js_environment_type_of(&rules, cases[i].name, cases[i].id);
        if (type != cases[i].type) {
            fail_msg("\"%s\" is %s", cases[i].name, js_environment_type_name(type));
        }
    }
    js_environment_rules_clear(&rules);
}

static void stars_fit_anything(void **state) {
    (void)state;
    js_environment_rules rules = JS_ENVIRONMENT_RULES_INIT;
    const char *rule = "**a*b?*=production";
    assert_int_equal(js_environment_rules_add(&rules, rule, strlen(rule), "X", NULL), JIRASEND_OK);
    assert_int_equal(js_environment_type_of(&rules, "xxabab1", NULL), JS_ENVIRONMENT_PRODUCTION);
    assert_int_equal(js_environment_type_of(&rules, "xxabab", NULL), JS_ENVIRONMENT_PRODUCTION);
    assert_int_equal(js_environment_type_of(&rules, "ab", NULL), JS_ENVIRONMENT_UNMAPPED);
    js_environment_rules_clear(&rules);
}

static void names_what_is_wrong(void **state) {
    (void)state;
    static const char *const wrong[] = {"live", "=production", "live=", "live=moon", " = "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        js_environment_rules rules = JS_ENVIRONMENT_RULES_INIT;
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_int_equal(js_environment_rules_list(&rules, wrong[i], "--map-environment", &error),
                         JIRASEND_E_ARGUMENT);
        assert_non_null(strstr(error.message, "--map-environment"));
        assert_non_null(strstr(error.message, "GLOB=TYPE"));
        js_environment_rules_clear(&rules);
    }
}

static void a_given_type_beats_the_patterns(void **state) {
    (void)state;
    js_environment_rules environments = JS_ENVIRONMENT_RULES_INIT;
    assert_int_equal(js_environment_rules_list(&environments, "*=staging", "X", NULL), JIRASEND_OK);
    const js_read_rules rules = {.environments = &environments};
    js_event event;
    assert_int_equal(
        test_event_try(&event,
                       "{\"kind\":\"flag\",\"flagId\":\"f\",\"url\":\"https://h\","
                       "\"environments\":[{\"name\":\"Live\",\"enabled\":true},{\"name\":\"B\","
                       "\"enabled\":true,\"type\":\"development\"}]}",
                       &rules, NULL),
        JIRASEND_OK);
    assert_int_equal(event.of.flag.environments[0].type, JS_ENVIRONMENT_STAGING);
    assert_int_equal(event.of.flag.environments[1].type, JS_ENVIRONMENT_DEVELOPMENT);
    js_event_clear(&event);
    assert_int_equal(test_event_try(&event,
                                    "{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":1,"
                                    "\"url\":\"https://h\",\"state\":\"failed\","
                                    "\"environment\":{\"id\":\"live\",\"name\":\"Live\"}}",
                                    &rules, NULL),
                     JIRASEND_OK);
    assert_int_equal(event.of.deployment.environment.type, JS_ENVIRONMENT_STAGING);
    js_event_clear(&event);
    js_environment_rules_clear(&environments);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_beat_words),
        cmocka_unit_test(stars_fit_anything),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(a_given_type_beats_the_patterns),
    };
    return cmocka_run_group_tests_name("event environment_map", tests, NULL, NULL);
}
