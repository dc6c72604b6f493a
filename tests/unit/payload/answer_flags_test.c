/* The answer to a request with flags: a list of ids, and an object of errors by id. */
#include "payload/answer.h"

#include "event_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = 2 };

typedef struct fixture {
    js_event events[EVENTS];
    const js_event *pointers[EVENTS];
    js_item_answer items[EVENTS];
} fixture;

#define REST                                                                                       \
    "\"url\":\"https://h\",\"issueKeys\":[\"AB-1\"],\"environments\":[{\"name\":\"A\","            \
    "\"enabled\":true}]}"

static int set_up(void **state) {
    static fixture shared;
    test_event_read(&shared.events[0], "{\"kind\":\"flag\",\"flagId\":\"team/f\"," REST);
    test_event_read(&shared.events[1], "{\"kind\":\"flag\",\"flagId\":\"g\"," REST);
    for (int i = 0; i < EVENTS; i++) {
        shared.pointers[i] = &shared.events[i];
    }
    *state = &shared;
    return 0;
}

static int tear_down(void **state) {
    fixture *shared = *state;
    for (int i = 0; i < EVENTS; i++) {
        js_event_clear(&shared->events[i]);
    }
    return 0;
}

static void judged(fixture *shared, const char *body, js_verdict first, js_verdict second) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (js_answer_bulk(shared->items, JS_API_FLAGS, shared->pointers, EVENTS, body, strlen(body),
                       &error) != JIRASEND_OK) {
        fail_msg("%s: %s", error.message, body);
    }
    assert_int_equal(shared->items[0].verdict, first);
    assert_int_equal(shared->items[1].verdict, second);
}

static void ids_decide(void **state) {
    fixture *shared = *state;
    judged(shared,
           "{\"acceptedFeatureFlags\":[\"team~2Ff\",\"team/f\",\"x\"],\"failedFeatureFlags\":{}}",
           JS_VERDICT_TAKEN, JS_VERDICT_NOT_MENTIONED);
    js_item_answers_clear(shared->items, EVENTS);
    judged(shared,
           "{\"acceptedFeatureFlags\":[\"g\"],\"failedFeatureFlags\":{\"team~2Ff\":["
           "{\"message\":\"Bad\"},{\"message\":\"worse\"}],\"g\":[],\"other\":[]}}",
           JS_VERDICT_REFUSED, JS_VERDICT_REFUSED);
    assert_string_equal(shared->items[0].message, "Bad; worse");
    assert_string_equal(shared->items[1].message, "Jira gave no reason.");
    js_item_answers_clear(shared->items, EVENTS);
    judged(shared, "{\"acceptedFeatureFlags\":[\"g\"],\"unknownIssueKeys\":[\"AB-1\"]}",
           JS_VERDICT_ALL_UNKNOWN, JS_VERDICT_ALL_UNKNOWN);
    assert_string_equal(shared->items[0].message, "Jira knows none of: AB-1.");
    js_item_answers_clear(shared->items, EVENTS);
    judged(shared, "{\"acceptedFeatureFlags\":null}", JS_VERDICT_NOT_MENTIONED,
           JS_VERDICT_NOT_MENTIONED);
    js_item_answers_clear(shared->items, EVENTS);
}

static void nonsense_is_a_network_error(void **state) {
    fixture *shared = *state;
    static const char *const bodies[] = {
        "{\"acceptedFeatureFlags\":{}}",
        "{\"acceptedFeatureFlags\":[{\"id\":\"g\"}]}",
        "{\"acceptedFeatureFlags\":[null]}",
        "{\"acceptedFeatureFlags\":[\"g\\u0000\"]}",
        "{\"failedFeatureFlags\":[]}",
        "{\"failedFeatureFlags\":{\"g\":\"no\"}}",
        "{\"failedFeatureFlags\":{\"g\":[\"no\"]}}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        if (js_answer_bulk(shared->items, JS_API_FLAGS, shared->pointers, EVENTS, bodies[i],
                           strlen(bodies[i]), NULL) != JIRASEND_E_NETWORK) {
            fail_msg("taken: %s", bodies[i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ids_decide, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nonsense_is_a_network_error, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("answers about flags", tests, NULL, NULL);
}
