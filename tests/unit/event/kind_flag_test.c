/* Documents of feature flags. */
#include "event_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FLAG(more) "{\"kind\":\"flag\",\"flagId\":\"f\"," more "}"
#define LINKED "\"url\":\"https://f.example.com/f\""
#define ENVIRONMENT(more) FLAG(LINKED ",\"environments\":[{" more "}]")
#define ROLLOUT(rollout) ENVIRONMENT("\"name\":\"A\",\"enabled\":true,\"rollout\":" rollout)

#define NAMED                                                                                      \
    "{\"kind\":\"flag\",\"flagId\":\"%s\"," LINKED                                                 \
    ",\"environments\":[{\"name\":\"A\",\"enabled\":true}]}"

static void reads_every_member(void **state) {
    (void)state;
    js_event event;
    test_event_read(
        &event,
        "{\"kind\":\"flag\",\"flagId\":\"team/checkout\",\"key\":\"checkout_v2\","
        "\"name\":\"New checkout\",\"url\":\"https://u:t@f.example.com/f\",\"enabled\":false,"
        "\"defaultValue\":\"off\",\"rollout\":{\"percentage\":12.5},\"issueKeys\":[\"APP-1\"],"
        "\"updatedAt\":\"2026-11-23T09:00:00Z\",\"environments\":["
        "{\"name\":\"Production\",\"type\":\"PROD\",\"url\":\"https://f.example.com/p\","
        "\"enabled\":true,\"defaultValue\":\"x\",\"rollout\":{\"text\":\"beta customers\"},"
        "\"updatedAt\":\"2026-11-23T08:00:00+01:00\"},"
        "{\"name\":\"QA 2\",\"enabled\":false,\"rollout\":{\"rules\":3}}]}");
    const js_flag *flag = &event.of.flag;
    assert_int_equal(event.kind, JS_KIND_FLAG);
    assert_string_equal(flag->id, "team/checkout");
    assert_string_equal(flag->key, "checkout_v2");
    assert_string_equal(flag->name, "New checkout");
    assert_string_equal(event.url, "https://f.example.com/f");
    assert_false(flag->status.enabled);
    assert_string_equal(flag->status.default_value, "off");
    assert_int_equal(flag->status.rollout.form, JS_ROLLOUT_PERCENTAGE);
    assert_string_equal(flag->status.rollout.text, "12.5");
    assert_int_equal(flag->environment_count, 2);
    const js_flag_environment *first = &flag->environments[0];
    assert_string_equal(first->name, "Production");
    assert_int_equal(first->type, JS_ENVIRONMENT_PRODUCTION);
    assert_string_equal(first->url, "https://f.example.com/p");
    assert_true(first->status.enabled);
    assert_string_equal(first->status.default_value, "x");
    assert_string_equal(first->status.rollout.text, "beta customers");
    assert_true(first->updated_at_ms == TEST_NOW_MS - 3 * 3600000);
    const js_flag_environment *second = &flag->environments[1];
    assert_int_equal(second->type, JS_ENVIRONMENT_TESTING);
    assert_string_equal(second->url, "https://f.example.com/f");
    assert_int_equal(second->status.rollout.form, JS_ROLLOUT_RULES);
    assert_true(second->status.rollout.rules == 3);
    assert_true(second->updated_at_ms == event.updated_at_ms);
    assert_true(js_event_has_associations(&event));
    free(test_event_stored(&event));
    js_event_clear(&event);
}

static void fills_in_what_is_left_out(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, FLAG(LINKED ",\"environments\":[{\"name\":\"Alpha\",\"enabled\":false},"
                                        "{\"name\":\"Live\",\"enabled\":true,"
                                        "\"type\":\"unmapped\"}]"));
    const js_flag *flag = &event.of.flag;
    assert_string_equal(flag->key, "f");
    assert_string_equal(flag->name, "f");
    assert_true(flag->status.enabled);
    assert_null(flag->status.default_value);
    assert_int_equal(flag->status.rollout.form, JS_ROLLOUT_NONE);
    assert_int_equal(flag->environments[0].type, JS_ENVIRONMENT_UNMAPPED);
    assert_int_equal(flag->environments[1].type, JS_ENVIRONMENT_UNMAPPED);
    assert_false(js_event_has_associations(&event));
    free(test_event_stored(&event));
    js_event_clear(&event);
    test_event_read(&event, FLAG("\"key\":\"k\",\"name\":\"\",\"environments\":[{\"name\":\"A\","
                                 "\"enabled\":false,\"url\":\"https://h/a\"}]"));
    assert_string_equal(event.of.flag.name, "k");
    assert_null(event.url);
    assert_false(event.of.flag.status.enabled);
    free(test_event_stored(&event));
    js_event_clear(&event);
}

static void takes_percentages_as_they_are(void **state) {
    (void)state;
    static const char *const numbers[] = {"0", "25", "12.5", "33.3", "100", "1e1", "100.0"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char document[300];
        (void)snprintf(document, sizeof document, ROLLOUT("{\"percentage\":%s}"), numbers[i]);
        js_event event;
        test_event_read(&event, document);
        char *stored = test_event_stored(&event);
        char wanted[60];
        (void)snprintf(wanted, sizeof wanted, "\"rollout\":{\"percentage\":%s}", numbers[i]);
        assert_non_null(strstr(stored, wanted));
        free(stored);
        js_event_clear(&event);
    }
    test_event_refused(ROLLOUT("{\"percentage\":100.1}"), "number from 0 to 100");
    test_event_refused(ROLLOUT("{\"percentage\":-1}"), "number from 0 to 100");
    test_event_refused(ROLLOUT("{\"percentage\":\"25\"}"),
                       "\"environments[0].rollout.percentage\"");
    test_event_refused(ROLLOUT("{\"percentage\":null}"), "number from 0 to 100");
    test_event_refused(ROLLOUT("{\"percentage\":1.0000000000000000000000001}"), "digits");
}

static void wants_one_form_of_rollout(void **state) {
    (void)state;
    test_event_refused(ROLLOUT("{}"), "exactly one of");
    test_event_refused(ROLLOUT("{\"percentage\":1,\"rules\":2}"), "exactly one of");
    test_event_refused(ROLLOUT("{\"rules\":-1}"), "\"environments[0].rollout.rules\" is -1");
    test_event_refused(ROLLOUT("{\"rules\":1.5}"), "whole number");
    test_event_refused(ROLLOUT("{\"rule\":1}"), "Did you mean \"environments[0].rollout.rules\"");
    test_event_refused(ROLLOUT("{\"text\":\"\"}"), "is empty");
    test_event_refused(ROLLOUT("\"25%\""), "must be an object");
}

static void wants_environments_with_links(void **state) {
    (void)state;
    test_event_refused(FLAG(LINKED), "lacks \"environments\"");
    test_event_refused(FLAG(LINKED ",\"environments\":[]"), "\"environments\" is empty");
    test_event_refused(ENVIRONMENT("\"name\":\"A\""), "lacks \"environments[0].enabled\"");
    test_event_refused(ENVIRONMENT("\"enabled\":true"), "lacks \"environments[0].name\"");
    test_event_refused(ENVIRONMENT("\"name\":\"\",\"enabled\":true"), "is empty");
    test_event_refused(ENVIRONMENT("\"name\":\"A\",\"enabled\":true,\"type\":\"moon\""),
                       "\"environments[0].type\" is \"moon\"");
    test_event_refused(ENVIRONMENT("\"name\":\"A\",\"enabled\":true,\"url\":\"ftp://h\""),
                       "not a web address");
    test_event_refused(FLAG("\"environments\":[{\"name\":\"A\",\"enabled\":true,"
                            "\"url\":\"https://h\"},{\"name\":\"B\",\"enabled\":true}]"),
                       "\"environments[1]\"");
    test_event_refused(FLAG(LINKED ",\"environments\":[{\"name\":\"A\",\"enabled\":true},"
                                   "{\"name\":\"B\",\"enabled\":true},"
                                   "{\"name\":\"A\",\"enabled\":false}]"),
                       "\"environments[2].name\" is \"A\"");
    test_event_refused("{\"kind\":\"flag\"," LINKED ",\"environments\":[]}", "lacks \"flagId\"");
}

static void keeps_limits(void **state) {
    (void)state;
    char id[1001 + 1];
    char document[3000];
    memset(id, 'i', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    (void)snprintf(document, sizeof document, NAMED, id);
    test_event_refused(document, "at most 1000");
    id[1000] = '\0';
    (void)snprintf(document, sizeof document, NAMED, id);
    js_event event;
    test_event_read(&event, document);
    assert_int_equal(strlen(event.of.flag.id), 1000);
    assert_int_equal(strlen(event.of.flag.key), 255);
    assert_int_equal(strlen(event.of.flag.name), 255);
    js_event_clear(&event);
    id[256] = '\0';
    (void)snprintf(document, sizeof document,
                   FLAG(LINKED ",\"key\":\"%s\",\"environments\":[{\"name\":\"A\","
                               "\"enabled\":true}]"),
                   id);
    test_event_refused(document, "\"key\" is 256 characters long");
}

static void tells_which_flag_it_is(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, ENVIRONMENT("\"name\":\"A\",\"enabled\":true"));
    char *facts = test_event_facts(&event);
    assert_string_equal(facts, "{\"flagId\":\"f\",\"url\":\"https://f.example.com/f\"}");
    free(facts);
    js_stream stream = js_event_stream(&event);
    assert_string_equal(stream.name, "f");
    assert_true(stream.number == 0);
    assert_string_equal(stream.part, "");
    js_event_clear(&event);
    test_event_read(&event, FLAG("\"delete\":true,\"requestId\":\"r\""));
    facts = test_event_facts(&event);
    assert_string_equal(facts, "{\"flagId\":\"f\",\"deleted\":true}");
    free(facts);
    free(test_event_stored(&event));
    js_event_clear(&event);
    test_event_refused(FLAG("\"delete\":true," LINKED), "\"url\" is there");
    test_event_refused("{\"kind\":\"flag\",\"delete\":true}", "lacks \"flagId\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_member),
        cmocka_unit_test(fills_in_what_is_left_out),
        cmocka_unit_test(takes_percentages_as_they_are),
        cmocka_unit_test(wants_one_form_of_rollout),
        cmocka_unit_test(wants_environments_with_links),
        cmocka_unit_test(keeps_limits),
        cmocka_unit_test(tells_which_flag_it_is),
    };
    return cmocka_run_group_tests_name("event kind_flag", tests, NULL, NULL);
}
