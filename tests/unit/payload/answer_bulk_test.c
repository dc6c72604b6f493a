/* Reading the answer to a bulk request: every item gets its verdict. */
#include "payload/answer.h"

#include "event_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { EVENTS = 3 };

/* Builds 1, 2, 3 with keys (AB-1), (AB-1, CD-2), (EF-3). */
typedef struct fixture {
    js_event events[EVENTS];
    const js_event *pointers[EVENTS];
    js_item_answer items[EVENTS];
} fixture;

static const char *const BUILD_KEYS[EVENTS] = {"\"AB-1\"", "\"AB-1\",\"CD-2\"", "\"EF-3\""};

static int set_up_builds(void **state) {
    static fixture shared;
    for (int i = 0; i < EVENTS; i++) {
        char document[300];
        (void)snprintf(
            document, sizeof document,
            "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":%d,\"url\":\"https://h\""
            ",\"state\":\"failed\",\"issueKeys\":[%s]}",
            i + 1, BUILD_KEYS[i]);
        test_event_read(&shared.events[i], document);
        shared.pointers[i] = &shared.events[i];
    }
    *state = &shared;
    return 0;
}

/* Deployments 1, 2, 3 to "e": a service; a key and a commit; a repository and a service. */
static int set_up_deployments(void **state) {
    static fixture shared;
    static const char *const associations[EVENTS] = {
        "\"services\":[\"svc\"]",
        "\"issueKeys\":[\"AB-1\"],\"commits\":[{\"hash\":\"h\",\"repositoryId\":\"r\"}]",
        "\"repositories\":[\"r\"],\"services\":[\"b:\xE2\x80\xAE\"]"};
    for (int i = 0; i < EVENTS; i++) {
        char document[400];
        (void)snprintf(document, sizeof document,
                       "{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":%d,"
                       "\"url\":\"https://h\",\"state\":\"failed\",%s,"
                       "\"environment\":{\"id\":\"e\",\"name\":\"E\"}}",
                       i + 1, associations[i]);
        test_event_read(&shared.events[i], document);
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

static jirasend_code answer(fixture *shared, const char *body, jirasend_error *error) {
    return js_answer_bulk(shared->items, js_kind_api(shared->events[0].kind), shared->pointers,
                          EVENTS, body, strlen(body), error);
}

static void judged(fixture *shared, const char *body, js_verdict first, js_verdict second,
                   js_verdict third) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (answer(shared, body, &error) != JIRASEND_OK) {
        fail_msg("%s: %s", error.message, body);
    }
    const js_verdict expected[EVENTS] = {first, second, third};
    for (int i = 0; i < EVENTS; i++) {
        if (shared->items[i].verdict != expected[i]) {
            fail_msg("item %d is %d, not %d: %s", i + 1, (int)shared->items[i].verdict,
                     (int)expected[i], body);
        }
    }
}

static void done(fixture *shared) {
    js_item_answers_clear(shared->items, EVENTS);
}

static void lists_decide(void **state) {
    fixture *shared = *state;
    judged(shared,
           "{\"acceptedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":1},"
           "{\"pipelineId\":\"p\",\"buildNumber\":\"3\"},{\"pipelineId\":\"q\",\"buildNumber\":2},"
           "{\"pipelineId\":\"p\",\"buildNumber\":99}],\"rejectedBuilds\":[]}",
           JS_VERDICT_TAKEN, JS_VERDICT_NOT_MENTIONED, JS_VERDICT_TAKEN);
    assert_null(shared->items[0].message);
    done(shared);
    judged(shared, "{}", JS_VERDICT_NOT_MENTIONED, JS_VERDICT_NOT_MENTIONED,
           JS_VERDICT_NOT_MENTIONED);
    done(shared);
    judged(shared, "{\"acceptedBuilds\":null,\"rejectedBuilds\":null,\"unknownIssueKeys\":null}",
           JS_VERDICT_NOT_MENTIONED, JS_VERDICT_NOT_MENTIONED, JS_VERDICT_NOT_MENTIONED);
    done(shared);
}

static void a_refusal_carries_the_words(void **state) {
    fixture *shared = *state;
    judged(
        shared,
        "{\"acceptedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":1}],\"rejectedBuilds\":["
        "{\"key\":{\"pipelineId\":\"p\",\"buildNumber\":\"1\"},\"errors\":[{\"message\":\"Bad\"},"
        "{\"message\":\"worse\\u001b\",\"errorTraceId\":\"t\"}]},"
        "{\"key\":{\"pipelineId\":\"p\",\"buildNumber\":2},\"errors\":[]},"
        "{\"key\":{\"pipelineId\":\"p\",\"buildNumber\":3}}]}",
        JS_VERDICT_REFUSED, JS_VERDICT_REFUSED, JS_VERDICT_REFUSED);
    assert_string_equal(shared->items[0].message, "Bad; worse\\x1B");
    assert_string_equal(shared->items[1].message, "Jira gave no reason.");
    assert_string_equal(shared->items[2].message, "Jira gave no reason.");
    done(shared);
}

static void unknown_keys_are_each_items_own(void **state) {
    fixture *shared = *state;
    judged(shared,
           "{\"acceptedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":2},"
           "{\"pipelineId\":\"p\",\"buildNumber\":3}],\"rejectedBuilds\":["
           "{\"key\":{\"pipelineId\":\"p\",\"buildNumber\":1},\"errors\":[{\"message\":\"x\"}]}],"
           "\"unknownIssueKeys\":[\"ZZ-9\",\"ab-1\"]}",
           JS_VERDICT_ALL_UNKNOWN, JS_VERDICT_TAKEN, JS_VERDICT_TAKEN);
    assert_string_equal(shared->items[0].message, "Jira knows none of: AB-1.");
    assert_int_equal(shared->items[1].unknown_keys.count, 1);
    assert_string_equal(shared->items[1].unknown_keys.items[0], "AB-1");
    assert_null(shared->items[1].message);
    assert_int_equal(shared->items[2].unknown_keys.count, 0);
    done(shared);
    /* In whichever list, or in none. */
    judged(shared,
           "{\"acceptedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":1}],"
           "\"unknownAssociations\":[{\"associationType\":\"issueKeys\",\"values\":[\"CD-2\"]},"
           "{\"associationType\":\"issueIdOrKeys\",\"values\":[\"AB-1\",\"EF-3\"]},"
           "{\"associationType\":\"to-come\",\"values\":7}]}",
           JS_VERDICT_ALL_UNKNOWN, JS_VERDICT_ALL_UNKNOWN, JS_VERDICT_ALL_UNKNOWN);
    assert_string_equal(shared->items[1].message, "Jira knows none of: AB-1, CD-2.");
    assert_int_equal(shared->items[1].unknown_keys.count, 2);
    done(shared);
}

static void nonsense_is_a_network_error(void **state) {
    fixture *shared = *state;
    static const char *const bodies[] = {
        "",
        "null",
        "[]",
        "<html>",
        "{\"acceptedBuilds\":{}}",
        "{\"acceptedBuilds\":[1]}",
        "{\"acceptedBuilds\":[{}]}",
        "{\"acceptedBuilds\":[{\"pipelineId\":\"p\"}]}",
        "{\"acceptedBuilds\":[{\"pipelineId\":1,\"buildNumber\":1}]}",
        "{\"acceptedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":1.0}]}",
        "{\"acceptedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":\"1x\"}]}",
        "{\"acceptedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":18446744073709551615}]}",
        "{\"rejectedBuilds\":\"all\"}",
        "{\"rejectedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":1}]}",
        "{\"rejectedBuilds\":[null]}",
        "{\"rejectedBuilds\":[{\"key\":{\"pipelineId\":\"p\",\"buildNumber\":1},\"errors\":\"x\"}]"
        "}",
        "{\"rejectedBuilds\":[{\"key\":{\"pipelineId\":\"p\",\"buildNumber\":1},\"errors\":[1]}]}",
        "{\"rejectedBuilds\":[{\"key\":{\"pipelineId\":\"p\",\"buildNumber\":1},"
        "\"errors\":[{\"message\":\"x\"},{}]}]}",
        "{\"unknownIssueKeys\":\"AB-1\"}",
        "{\"unknownIssueKeys\":[1]}",
        "{\"unknownIssueKeys\":[\"AB-1\\u0000\"]}",
        "{\"unknownAssociations\":{}}",
        "{\"unknownAssociations\":[{\"values\":[]}]}",
        "{\"unknownAssociations\":[{\"associationType\":\"issueKeys\"}]}",
        "{\"unknownAssociations\":[{\"associationType\":\"commit\",\"values\":[\"h\"]}]}",
        "{\"unknownAssociations\":[{\"associationType\":\"commit\","
        "\"values\":[{\"repositoryId\":\"r\"}]}]}",
        "{\"unknownAssociations\":[{\"associationType\":\"repository\",\"values\":[{}]}]}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        if (answer(shared, bodies[i], &error) != JIRASEND_E_NETWORK) {
            fail_msg("taken: %s", bodies[i]);
        }
        assert_non_null(strstr(error.message, "Jira's answer"));
        for (int e = 0; e < EVENTS; e++) {
            assert_int_equal(shared->items[e].verdict, JS_VERDICT_NOT_MENTIONED);
            assert_null(shared->items[e].message);
        }
    }
}

static void deployments_have_three_part_keys(void **state) {
    fixture *shared = *state;
    judged(shared,
           "{\"acceptedDeployments\":["
           "{\"pipelineId\":\"p\",\"environmentId\":\"e\",\"deploymentSequenceNumber\":1},"
           "{\"pipelineId\":\"p\",\"environmentId\":\"other\",\"deploymentSequenceNumber\":3}],"
           "\"rejectedDeployments\":[{\"key\":{\"pipelineId\":\"p\",\"environmentId\":\"e\","
           "\"deploymentSequenceNumber\":\"2\"},\"errors\":[{\"message\":\"No.\"}]}]}",
           JS_VERDICT_TAKEN, JS_VERDICT_REFUSED, JS_VERDICT_NOT_MENTIONED);
    assert_string_equal(shared->items[1].message, "No.");
    done(shared);
    assert_int_equal(answer(shared,
                            "{\"acceptedDeployments\":[{\"pipelineId\":\"p\","
                            "\"deploymentSequenceNumber\":1}]}",
                            NULL),
                     JIRASEND_E_NETWORK);
}

static void a_known_association_is_enough(void **state) {
    fixture *shared = *state;
    judged(shared,
           "{\"unknownIssueKeys\":[\"AB-1\"],\"unknownAssociations\":["
           "{\"associationType\":\"serviceIdOrKeys\",\"values\":[\"SVC\",\"b:\xE2\x80\xAE\"]}]}",
           JS_VERDICT_NOT_MENTIONED, JS_VERDICT_NOT_MENTIONED, JS_VERDICT_NOT_MENTIONED);
    assert_int_equal(shared->items[1].unknown_keys.count, 1);
    done(shared);
    judged(shared,
           "{\"unknownIssueKeys\":[\"AB-1\"],\"unknownAssociations\":["
           "{\"associationType\":\"serviceIdOrKeys\",\"values\":[\"svc\",\"b:\xE2\x80\xAE\"]},"
           "{\"associationType\":\"commit\",\"values\":["
           "{\"commitHash\":\"h\",\"repositoryId\":\"r\"}]},"
           "{\"associationType\":\"repository\",\"values\":[{\"repositoryId\":\"r\"}]}]}",
           JS_VERDICT_ALL_UNKNOWN, JS_VERDICT_ALL_UNKNOWN, JS_VERDICT_ALL_UNKNOWN);
    assert_string_equal(shared->items[0].message, "Jira knows none of: svc.");
    assert_string_equal(shared->items[1].message, "Jira knows none of: AB-1, h.");
    assert_string_equal(shared->items[2].message, "Jira knows none of: b:\\u{202E}, r.");
    done(shared);
}

static void many_unknown_keys_are_not_all_named(void **state) {
    (void)state;
    js_buf document = JS_BUF_INIT;
    js_buf body = JS_BUF_INIT;
    js_buf_add_text(&document,
                    "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":1,"
                    "\"url\":\"https://h\",\"state\":\"failed\",\"issueKeys\":[\"AB-1\"");
    js_buf_add_text(&body, "{\"unknownIssueKeys\":[\"AB-1\"");
    for (int i = 2; i <= 500; i++) {
        js_buf_addf(&document, ",\"AB-%d\"", i);
        js_buf_addf(&body, ",\"AB-%d\"", i);
    }
    js_buf_add_text(&document, "]}");
    js_buf_add_text(&body, "]}");
    js_event event;
    test_event_read(&event, document.data);
    const js_event *pointer = &event;
    js_item_answer item;
    assert_int_equal(
        js_answer_bulk(&item, JS_API_BUILDS, &pointer, 1, body.data, body.length, NULL),
        JIRASEND_OK);
    assert_int_equal(item.verdict, JS_VERDICT_ALL_UNKNOWN);
    assert_int_equal(item.unknown_keys.count, 500);
    assert_in_range(strlen(item.message), 290, 330);
    assert_non_null(strstr(item.message, " more."));
    js_item_answers_clear(&item, 1);
    js_event_clear(&event);
    js_buf_clear(&document);
    js_buf_clear(&body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_decide, set_up_builds, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_carries_the_words, set_up_builds, tear_down),
        cmocka_unit_test_setup_teardown(unknown_keys_are_each_items_own, set_up_builds, tear_down),
        cmocka_unit_test_setup_teardown(nonsense_is_a_network_error, set_up_builds, tear_down),
        cmocka_unit_test_setup_teardown(deployments_have_three_part_keys, set_up_deployments,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_known_association_is_enough, set_up_deployments,
                                        tear_down),
        cmocka_unit_test(many_unknown_keys_are_not_all_named),
    };
    return cmocka_run_group_tests_name("bulk answers", tests, NULL, NULL);
}
