/* Envelopes, history and deletions: what travels together, and what waits for what. */
#include "outbox_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static js_outbox *of(void **state) {
    return ((fixture *)*state)->outbox;
}

static void the_oldest_picks_the_envelope(void **state) {
    js_outbox *outbox = of(state);
    put(outbox, &(spec){.number = 1, .envelope = "a"}, NOW);
    put(outbox, &(spec){.number = 2, .envelope = "b"}, NOW);
    put(outbox, &(spec){.number = 3}, NOW);
    put(outbox, &(spec){.number = 4, .envelope = "a"}, NOW);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "1 4");
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "2");
    settle_as(outbox, &builds, 2, JS_STATUS_ACCEPTED);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "3");
}

static void a_newer_update_in_another_envelope_goes_for_the_older(void **state) {
    js_outbox *outbox = of(state);
    put(outbox, &(spec){.number = 1, .envelope = "a"}, NOW);
    put(outbox, &(spec){.number = 1, .envelope = "b"}, NOW);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "2");
    settle_as(outbox, &builds, 2, JS_STATUS_ACCEPTED);
    assert_non_null(strstr(fate(outbox, 1), "superseded"));
}

static void a_pause_of_one_envelope_stops_no_other(void **state) {
    js_outbox *outbox = of(state);
    put(outbox, &(spec){.number = 1, .envelope = "a"}, NOW);
    put(outbox, &(spec){.number = 2, .envelope = "b"}, NOW);
    int64_t fence = claim(outbox, &builds);
    js_outcome again = {.id = 1, .status = JS_STATUS_QUEUED, .sent = true};
    js_stop stop = {.failures = 3, .backoff_until_ms = NOW + 60000};
    assert_int_equal(outbox->ops->settle(outbox, &builds, fence, &again, 1, &stop, NULL, NOW, NULL),
                     JIRASEND_OK);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "2");
    assert_string_equal(batch_ids(outbox, &builds, NOW + 60000), "1");
}

static void history_waits_behind_all_news(void **state) {
    js_outbox *outbox = of(state);
    put(outbox, &(spec){.number = 1, .history = true, .sequence = NOW - 9000}, NOW);
    put(outbox, &(spec){.number = 2, .history = true, .sequence = NOW - 8000}, NOW);
    put(outbox, &(spec){.number = 2}, NOW);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "3");
    settle_as(outbox, &builds, 3, JS_STATUS_ACCEPTED); /* its number is above that of the history */
    assert_string_equal(batch_ids(outbox, &builds, NOW), "1");
    assert_non_null(strstr(fate(outbox, 2), "superseded"));
}

static void a_deletion_is_a_barrier_in_its_stream(void **state) {
    js_outbox *outbox = of(state);
    put(outbox, &(spec){.environment = "e", .gate = true}, NOW);
    put(outbox, &(spec){.environment = "e", .barrier = true}, NOW);
    put(outbox, &(spec){.environment = "e"}, NOW);
    put(outbox, &(spec){.environment = "other"}, NOW);
    assert_string_equal(batch_ids(outbox, &deployments, NOW), "2");
    settle(outbox, &deployments,
           (js_outcome){.id = 2, .status = JS_STATUS_ACCEPTED, .stream_wait_until_ms = NOW + 60000},
           NOW);
    assert_non_null(strstr(fate(outbox, 1), "superseded"));
    assert_string_equal(batch_ids(outbox, &deployments, NOW), "4"); /* others are not held up */
    settle_as(outbox, &deployments, 4, JS_STATUS_ACCEPTED);
    assert_string_equal(batch_ids(outbox, &deployments, NOW + 59999), "");
    assert_string_equal(batch_ids(outbox, &deployments, NOW + 60000), "3");
}

static void a_refused_deletion_lets_go(void **state) {
    js_outbox *outbox = of(state);
    put(outbox, &(spec){.number = 1}, NOW);
    put(outbox, &(spec){.number = 1, .barrier = true}, NOW);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "2");
    settle_as(outbox, &builds, 2, JS_STATUS_REJECTED);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "1");
}

static void an_old_request_id_is_not_believed(void **state) {
    js_outbox *outbox = of(state);
    int64_t first = put(outbox, &(spec){.number = 1, .request_id = "r"}, NOW);
    settle_as(outbox, &builds, first, JS_STATUS_ACCEPTED);
    assert_int_equal(put(outbox, &(spec){.number = 1, .request_id = "r"}, NOW), first);
    pass_time(31 * DAY_MS); /* and nobody has tidied */
    assert_true(put(outbox, &(spec){.number = 1, .request_id = "r"}, NOW + 31 * DAY_MS) > first);
    assert_non_null(strstr(fate(outbox, first), "error"));
}

static void scopes_keep_request_ids_apart(void **state) {
    js_outbox *outbox = of(state);
    int64_t first = put(outbox, &(spec){.number = 1, .request_id = "r", .scope = "x"}, NOW);
    assert_true(put(outbox, &(spec){.number = 2, .request_id = "r", .scope = "y"}, NOW) > first);
    assert_int_equal(put(outbox, &(spec){.number = 1, .request_id = "r", .scope = "x"}, NOW),
                     first);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_memory, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_picks_the_envelope),
        TEST(a_newer_update_in_another_envelope_goes_for_the_older),
        TEST(a_pause_of_one_envelope_stops_no_other),
        TEST(history_waits_behind_all_news),
        TEST(a_deletion_is_a_barrier_in_its_stream),
        TEST(a_refused_deletion_lets_go),
        TEST(an_old_request_id_is_not_believed),
        TEST(scopes_keep_request_ids_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
