/* Bounds of number, bytes and age. */
#include "outbox_support.h"

#include "outbox/sqlite/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static js_outbox *of(void **state) {
    return ((fixture *)*state)->outbox;
}

static void tidy(js_outbox *outbox, int64_t now_ms) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (outbox->ops->tidy(outbox, now_ms, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
}

static void full_by_number(void **state) {
    fixture *fix = *state;
    fix->options.max_events = 2;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    put(fix->outbox, &(spec){.number = 2, .request_id = "r"}, NOW);
    js_put_result result = put_result(fix->outbox, &(spec){.number = 3}, NOW);
    assert_int_equal(result.code, JIRASEND_E_REFUSED);
    assert_int_equal(result.id, 0);
    assert_non_null(strstr(result.message, "holds 2 waiting events"));
    /* Neither a repetition nor an event that is not sent needs room. */
    assert_int_equal(put(fix->outbox, &(spec){.number = 2, .request_id = "r"}, NOW), 2);
    put(fix->outbox, &(spec){.number = 4, .skip = "No keys."}, NOW);
    /* Dead letters have a bound of their own. */
    settle_as(fix->outbox, &builds, 1, JS_STATUS_REJECTED);
    put_build(fix->outbox, 3);
    reopen(fix);
    assert_int_equal(put_result(fix->outbox, &(spec){.number = 5}, NOW).code, JIRASEND_E_REFUSED);
}

static void full_by_bytes(void **state) {
    fixture *fix = *state;
    fix->options.max_bytes = 1000;
    open_outbox(fix);
    js_put_result result = {.code = JIRASEND_OK};
    int64_t taken = 0;
    while (result.code == JIRASEND_OK && taken < 10) {
        result = put_result(fix->outbox, &(spec){.number = taken + 1}, NOW);
        taken += result.code == JIRASEND_OK ? 1 : 0;
    }
    assert_int_equal(result.code, JIRASEND_E_REFUSED);
    assert_non_null(strstr(result.message, "the limit is 1000"));
    assert_true(taken > 1);
    settle_as(fix->outbox, &builds, 1, JS_STATUS_ACCEPTED);
    put_build(fix->outbox, 20);
}

static void one_full_does_not_stop_the_others(void **state) {
    fixture *fix = *state;
    fix->options.max_events = 1;
    open_outbox(fix);
    js_event event;
    static const char document[] =
        "{\"kind\":\"build\",\"pipelineId\":\"a\",\"number\":1,\"url\":\"https://x.example/1\","
        "\"state\":\"failed\",\"issueKeys\":[\"APP-1\"]}";
    test_event_read(&event, document);
    js_put puts[] = {
        {.event = &event, .document = document, .length = strlen(document)},
        {.event = &event, .document = document, .length = strlen(document)},
        {.event = &event, .document = document, .length = strlen(document), .skip = "skip"}};
    js_put_result results[3];
    assert_int_equal(fix->outbox->ops->put(fix->outbox, puts, 3, NOW, results, NULL), JIRASEND_OK);
    assert_int_equal(results[0].code, JIRASEND_OK);
    assert_int_equal(results[1].code, JIRASEND_E_REFUSED);
    assert_int_equal(results[2].code, JIRASEND_OK);
    js_event_clear(&event);
}

static void old_events_expire(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    put(outbox, &(spec){.number = 2}, NOW + DAY_MS);
    settle(
        outbox, &builds,
        (js_outcome){.id = 1, .status = JS_STATUS_QUEUED, .sent = true, .message = "Jira is down."},
        NOW);
    uint64_t version = outbox->ops->version(outbox);
    tidy(outbox, NOW + 30 * DAY_MS);
    assert_int_equal(outbox->ops->version(outbox), version); /* nothing was due */
    tidy(outbox, NOW + 30 * DAY_MS + 1);
    assert_string_equal(fate(outbox, 1), "rejected: Expired: it could not be delivered within 30 "
                                         "days. Last: Jira is down.");
    assert_string_equal(fate(outbox, 2), "queued: Waiting to be sent.");
    expect_counts(outbox, 1, 0, 1, 0);
    /* By hand it gets another 30 days. */
    assert_int_equal(outbox->ops->retry(outbox, 1, NULL, NOW + 40 * DAY_MS, NULL), JIRASEND_OK);
    tidy(outbox, NOW + 41 * DAY_MS);
    assert_string_equal(fate(outbox, 1), "queued: Waiting to be sent.");
    assert_non_null(strstr(fate(outbox, 2), "Expired"));
    assert_string_equal(batch_ids(outbox, &builds, NOW + 41 * DAY_MS), "1");
}

static void old_receipts_and_streams_go(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    put_build(outbox, 2);
    put_build(outbox, 3);
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    settle_as(outbox, &builds, 2, JS_STATUS_REJECTED);
    tidy(outbox, NOW + 30 * DAY_MS);
    assert_non_null(strstr(fate(outbox, 1), "accepted"));
    pass_time(31 * DAY_MS);
    tidy(outbox, NOW + 31 * DAY_MS);
    assert_non_null(strstr(fate(outbox, 1), "error 6"));
    assert_non_null(strstr(fate(outbox, 2), "rejected"));
    assert_non_null(strstr(fate(outbox, 3), "Expired"));
    /* A dead letter keeps its stream, and what it needs to be sent after all. */
    assert_int_equal(outbox->ops->retry(outbox, 2, NULL, NOW + 62 * DAY_MS, NULL), JIRASEND_OK);
    tidy(outbox, NOW + 62 * DAY_MS);
    assert_string_equal(batch_ids(outbox, &builds, NOW + 62 * DAY_MS), "2");
    expect_counts(outbox, 1, 0, 1, 0);
    tidy(outbox, NOW + 200 * DAY_MS); /* event 3 was dead for more than 90 days */
    expect_counts(outbox, 0, 0, 1, 1);
    tidy(outbox, NOW + 400 * DAY_MS);
    expect_counts(outbox, 0, 0, 0, 2);
    assert_int_equal(put_build(outbox, 1), 4); /* ids are never used again */
}

static void dead_letters_are_bounded(void **state) {
    js_outbox *outbox = of(state);
    put_many(outbox, JS_DEAD_MAX + 3);
    js_outcome *outcomes = calloc(JS_DEAD_MAX + 3, sizeof *outcomes);
    for (int i = 0; i < JS_DEAD_MAX + 3; i++) {
        outcomes[i] = (js_outcome){.id = i + 1, .status = JS_STATUS_REJECTED, .message = "No."};
    }
    js_stop none = {0};
    int64_t fence = claim(outbox, &builds);
    assert_int_equal(
        outbox->ops->settle(outbox, &builds, fence, outcomes, 5, &none, NULL, NOW, NULL),
        JIRASEND_OK);
    assert_int_equal(outbox->ops->settle(outbox, &builds, fence, outcomes + 5, JS_DEAD_MAX - 2,
                                         &none, NULL, NOW + 1, NULL),
                     JIRASEND_OK);
    free(outcomes);
    expect_counts(outbox, 0, 0, JS_DEAD_MAX, 3);
    assert_string_equal(fate(outbox, 1), "rejected: No."); /* its receipt stays */
    assert_int_equal(outbox->ops->retry(outbox, 1, NULL, NOW, NULL), JIRASEND_E_NOT_FOUND);
    assert_int_equal(outbox->ops->retry(outbox, 6, NULL, NOW, NULL), JIRASEND_OK);
}

#define TEST(test, setup) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(full_by_number, setup_closed),
        TEST(full_by_bytes, setup_closed),
        TEST(one_full_does_not_stop_the_others, setup_closed),
        TEST(old_events_expire, setup_memory),
        TEST(old_receipts_and_streams_go, setup_memory),
        TEST(dead_letters_are_bounded, setup_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
