/* Which events may share a request: envelopes, and Jira's limits. */
#include "event/batch_limits.h"
#include "event/envelope.h"

#include "event_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef01234567"
#define COMMIT(more)                                                                               \
    "{\"kind\":\"commit\",\"repository\":{\"url\":\"https://h/a\"},\"hash\":\"" HASH               \
    "\",\"url\":\"https://g/c\",\"message\":\"\"" more "}"

static void same_envelope(const char *document, const char *origin, const char *expected) {
    js_event event;
    test_event_read(&event, document);
    event.origin = origin == NULL ? NULL : strdup(origin);
    js_buf envelope = JS_BUF_INIT;
    js_event_envelope(&envelope, &event);
    assert_false(envelope.failed);
    assert_string_equal(envelope.data == NULL ? "" : envelope.data, expected);
    js_buf_clear(&envelope);
    js_event_clear(&event);
}

static void plain_events_have_no_envelope(void **state) {
    (void)state;
    same_envelope(COMMIT(""), NULL, "");
    same_envelope(COMMIT(",\"history\":false,\"transitions\":true,\"properties\":{}"), "default",
                  "");
}

static void the_envelope_is_what_must_be_shared(void **state) {
    (void)state;
    same_envelope(COMMIT(""), "o", "{\"origin\":\"o\"}");
    same_envelope(COMMIT(",\"properties\":{\"b\":\"2\",\"a\":\"1\"}"), NULL,
                  "{\"properties\":{\"a\":\"1\",\"b\":\"2\"}}");
    same_envelope(COMMIT(",\"transitions\":false"), NULL, "{\"transitions\":false}");
    same_envelope(COMMIT(",\"transitions\":false,\"history\":true,"
                         "\"updatedAt\":\"2026-01-01T00:00:00Z\""),
                  NULL, "{\"history\":true}");
    same_envelope("{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":1,\"gate\":true,"
                  "\"url\":\"https://h\",\"state\":\"pending\","
                  "\"environment\":{\"id\":\"e\",\"name\":\"E\"}}",
                  NULL, "{\"gate\":true}");
    same_envelope("{\"kind\":\"flag\",\"flagId\":\"f\",\"delete\":true}", "o", "{\"delete\":true}");
}

static void add(js_batch_tally *tally, const js_event *event, size_t times) {
    for (size_t i = 0; i < times; i++) {
        assert_true(js_batch_add(tally, event, 10));
    }
}

static void read_commit(js_event *event, int repository) {
    char document[300];
    (void)snprintf(document, sizeof document,
                   "{\"kind\":\"commit\",\"repository\":{\"url\":\"https://h/%d\"},\"hash\":\"" HASH
                   "\",\"url\":\"https://g/c\",\"message\":\"\"}",
                   repository);
    test_event_read(event, document);
}

static void four_hundred_of_a_type_in_a_repository(void **state) {
    (void)state;
    js_batch_tally tally = {0};
    js_event commit;
    js_event other;
    js_event branch;
    read_commit(&commit, 1);
    read_commit(&other, 2);
    test_event_read(&branch,
                    "{\"kind\":\"branch\",\"repository\":{\"url\":\"https://h/1\"},"
                    "\"name\":\"b\",\"url\":\"https://h/b\",\"lastCommit\":{\"hash\":\"" HASH
                    "\",\"url\":\"https://g/c\",\"message\":\"\"}}");
    add(&tally, &commit, 400);
    assert_false(js_batch_add(&tally, &commit, 10));
    add(&tally, &branch, 100); /* 200 entities */
    add(&tally, &other, 399);
    assert_false(js_batch_add(&tally, &branch, 10)); /* there is room for one alone */
    add(&tally, &other, 1);
    assert_int_equal(tally.entities, 1000);
    assert_false(js_batch_add(&tally, &other, 10));
    assert_int_equal(js_batch_events_max(JS_API_DEVINFO), 1000);
    js_event_clear(&commit);
    js_event_clear(&other);
    js_event_clear(&branch);
}

static void a_hundred_repositories(void **state) {
    (void)state;
    js_batch_tally tally = {0};
    static js_event events[101];
    for (int i = 0; i < 101; i++) {
        read_commit(&events[i], i);
        assert_int_equal(js_batch_add(&tally, &events[i], 10), i < 100);
    }
    assert_true(js_batch_add(&tally, &events[99], 10));
    for (int i = 0; i < 101; i++) {
        js_event_clear(&events[i]);
    }
}

static void a_mebibyte_but_for_the_first(void **state) {
    (void)state;
    js_event commit;
    read_commit(&commit, 1);
    js_batch_tally tally = {0};
    assert_true(js_batch_add(&tally, &commit, 3 * JS_BATCH_BYTES));
    assert_false(js_batch_add(&tally, &commit, 1));
    tally = (js_batch_tally){0};
    assert_true(js_batch_add(&tally, &commit, JS_BATCH_BYTES - 1));
    assert_true(js_batch_add(&tally, &commit, 1));
    assert_false(js_batch_add(&tally, &commit, 1));
    js_event_clear(&commit);
}

static void a_hundred_flags(void **state) {
    (void)state;
    js_batch_tally tally = {0};
    js_event flag;
    test_event_read(&flag, "{\"kind\":\"flag\",\"flagId\":\"f\",\"url\":\"https://h\","
                           "\"environments\":[{\"name\":\"A\",\"enabled\":true}]}");
    add(&tally, &flag, 100);
    assert_false(js_batch_add(&tally, &flag, 10));
    assert_int_equal(js_batch_events_max(JS_API_FLAGS), 100);
    js_event_clear(&flag);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_events_have_no_envelope),
        cmocka_unit_test(the_envelope_is_what_must_be_shared),
        cmocka_unit_test(four_hundred_of_a_type_in_a_repository),
        cmocka_unit_test(a_hundred_repositories),
        cmocka_unit_test(a_mebibyte_but_for_the_first),
        cmocka_unit_test(a_hundred_flags),
    };
    return cmocka_run_group_tests_name("event batch", tests, NULL, NULL);
}
