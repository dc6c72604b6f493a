/* Deletions by properties among the events of their lane. */
#include "outbox_support.h"

#include "event/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 60000 };

static int64_t put_build_of(js_outbox *outbox, int number, const char *more) {
    char text[400];
    js_event event;
    (void)snprintf(text, sizeof text,
                   "{\"kind\":\"build\",\"pipelineId\":\"app\",\"number\":%d,\"url\":"
                   "\"https://x.example/1\",\"state\":\"failed\",\"issueKeys\":[\"APP-1\"]%s}",
                   number, more);
    test_event_read(&event, text);
    int64_t id = put_event(outbox, &event);
    js_event_clear(&event);
    return id;
}

#define TEAM ",\"properties\":{\"team\":\"x\",\"run\":\"7\"}"

static void accept(js_outbox *outbox, int64_t id, const js_event *sweep) {
    settle(outbox, &builds,
           (js_outcome){.id = id,
                        .status = JS_STATUS_ACCEPTED,
                        .sweep = sweep,
                        .stream_wait_until_ms = sweep != NULL ? NOW + WAIT_MS : 0},
           NOW);
}

static void it_goes_before_everything_of_its_lane(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    test_sweep(&sweep, JS_KIND_BUILD, "team", "x");
    (void)put_build_of(outbox, 1, TEAM);
    (void)put_build_of(outbox, 2, "");
    int64_t id = put_event(outbox, &sweep);
    (void)put_build_of(outbox, 3, "");
    char own[24];
    (void)snprintf(own, sizeof own, "%d", (int)id);
    assert_string_equal(batch_ids(outbox, &builds, NOW), own);
    /* While it waits for its time, so do the others. */
    settle(outbox, &builds,
           (js_outcome){.id = id, .status = JS_STATUS_QUEUED, .not_before_ms = NOW + 1000}, NOW);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "");
    assert_string_equal(batch_ids(outbox, &builds, NOW + 1000), own);
    js_event_clear(&sweep);
}

static void what_waits_and_matches_is_superseded(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    test_sweep(&sweep, JS_KIND_BUILD, "team", "x");
    int64_t mine = put_build_of(outbox, 1, TEAM);
    int64_t past = put_build_of(outbox, 2,
                                TEAM ",\"history\":true,\"updatedAt\":"
                                     "\"2026-11-01T00:00:00Z\"");
    int64_t other = put_build_of(outbox, 3, ",\"properties\":{\"team\":\"y\"}");
    int64_t plain = put_build_of(outbox, 4, "");
    int64_t id = put_event(outbox, &sweep);
    int64_t later = put_build_of(outbox, 1, TEAM);
    accept(outbox, id, &sweep);
    static const char gone[] = "superseded: It was deleted in Jira instead.";
    assert_string_equal(fate(outbox, mine), gone);
    assert_string_equal(fate(outbox, past), gone);
    int64_t left[] = {other, plain, later};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        assert_ptr_equal(strstr(fate(outbox, left[i]), "queued"), fate(outbox, left[i]));
    }
    js_event_clear(&sweep);
}

/* It was to be replaced by what is gone now: sent, it would come back. */
static void what_a_swept_one_would_have_replaced_goes_with_it(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    test_sweep(&sweep, JS_KIND_BUILD, "team", "x");
    int64_t replaced = put_build_of(outbox, 1, ",\"properties\":{\"team\":\"y\"}");
    int64_t other = put_build_of(outbox, 2, ",\"properties\":{\"team\":\"y\"}");
    int64_t mine = put_build_of(outbox, 1, TEAM);
    int64_t newer = put_build_of(outbox, 1, "");
    accept(outbox, put_event(outbox, &sweep), &sweep);
    assert_ptr_equal(strstr(fate(outbox, replaced), "superseded"), fate(outbox, replaced));
    assert_ptr_equal(strstr(fate(outbox, mine), "superseded"), fate(outbox, mine));
    assert_ptr_equal(strstr(fate(outbox, other), "queued"), fate(outbox, other));
    assert_ptr_equal(strstr(fate(outbox, newer), "queued"), fate(outbox, newer));
    js_event_clear(&sweep);
}

static void the_origin_counts_where_it_is_asked_for(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    test_sweep(&sweep, JS_KIND_BUILD, "jirasend", "default");
    int64_t plain = put_build_of(outbox, 1, "");
    int64_t team = put_build_of(outbox, 2, TEAM);
    accept(outbox, put_event(outbox, &sweep), &sweep);
    assert_ptr_equal(strstr(fate(outbox, plain), "superseded"), fate(outbox, plain));
    assert_ptr_equal(strstr(fate(outbox, team), "superseded"), fate(outbox, team));
    js_event_clear(&sweep);
}

static void the_lane_waits_until_it_is_gone(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    test_sweep(&sweep, JS_KIND_BUILD, "team", "x");
    accept(outbox, put_build_of(outbox, 1, TEAM), NULL);
    accept(outbox, put_event(outbox, &sweep), &sweep);
    int64_t later = put_build_of(outbox, 9, "");
    assert_string_equal(batch_ids(outbox, &builds, NOW + WAIT_MS - 1), "");
    js_lane_view *views = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->lanes(outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    assert_true(views[0].due_ms > NOW && views[0].due_ms <= NOW + 1000);
    free(views);
    js_stream_wait *waits = NULL;
    assert_int_equal(outbox->ops->stream_waits(outbox, NOW, &waits, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    assert_true(waits[0].whole_lane);
    assert_string_equal(waits[0].name, "app");
    assert_int_equal(waits[0].number, 1);
    assert_int_equal(outbox->ops->stream_wait_end(outbox, &waits[0], NULL), JIRASEND_OK);
    js_stream_waits_free(waits, count);
    char own[24];
    (void)snprintf(own, sizeof own, "%d", (int)later);
    assert_string_equal(batch_ids(outbox, &builds, NOW), own);
    js_event_clear(&sweep);
}

static void where_nothing_is_known_the_wait_is_short(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    test_sweep(&sweep, JS_KIND_BUILD, "team", "x");
    accept(outbox, put_event(outbox, &sweep), &sweep);
    int64_t later = put_build_of(outbox, 9, "");
    js_stream_wait *waits = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->stream_waits(outbox, NOW, &waits, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 0);
    assert_string_equal(batch_ids(outbox, &builds, NOW + 9999), "");
    char own[24];
    (void)snprintf(own, sizeof own, "%d", (int)later);
    assert_string_equal(batch_ids(outbox, &builds, NOW + 10000), own);
    js_event_clear(&sweep);
}

static void what_was_told_before_counts_as_deleted(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    test_sweep(&sweep, JS_KIND_BUILD, "team", "x");
    int64_t first = put_build_of(outbox, 1, TEAM);
    int64_t other = put_build_of(outbox, 2, "");
    accept(outbox, first, NULL);
    accept(outbox, other, NULL);
    accept(outbox, put_event(outbox, &sweep), &sweep);
    js_last_told last;
    assert_int_equal(outbox->ops->last_told(outbox, NULL, first, &last, NULL), JIRASEND_OK);
    assert_true(last.gone);
    js_last_told_clear(&last);
    assert_int_equal(outbox->ops->last_told(outbox, NULL, other, &last, NULL), JIRASEND_OK);
    assert_false(last.gone);
    js_last_told_clear(&last);
    int64_t again = put_build_of(outbox, 1, TEAM);
    accept(outbox, again, NULL);
    assert_int_equal(outbox->ops->last_told(outbox, NULL, again, &last, NULL), JIRASEND_OK);
    assert_false(last.gone);
    js_last_told_clear(&last);
    js_told_id *ids = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->told_ids(outbox, 0, 0, &ids, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 2); /* the deletion itself is nothing that Jira could be asked for */
    free(ids);
    js_event_clear(&sweep);
}

static void the_same_content_is_sent_again_after_it(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    js_event build;
    js_told told;
    test_sweep(&sweep, JS_KIND_BUILD, "team", "x");
    static const char text[] = "{\"kind\":\"build\",\"pipelineId\":\"app\",\"number\":1,\"url\":"
                               "\"https://x.example/1\",\"state\":\"failed\",\"issueKeys\":"
                               "[\"APP-1\"]" TEAM "}";
    accept(outbox, put_build_of(outbox, 1, TEAM), NULL);
    test_event_read(&build, text);
    assert_int_equal(outbox->ops->told(outbox, &build, &told, NULL), JIRASEND_OK);
    assert_int_equal(told, JS_TOLD_ACCEPTED);
    accept(outbox, put_event(outbox, &sweep), &sweep);
    assert_int_equal(outbox->ops->told(outbox, &build, &told, NULL), JIRASEND_OK);
    assert_int_equal(told, JS_TOLD_NOTHING);
    js_event_clear(&build);
    js_event_clear(&sweep);
}

static void the_newer_of_two_takes_the_older_with_it(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    test_sweep(&sweep, JS_KIND_BUILD, "team", "x");
    int64_t first = put_event(outbox, &sweep);
    int64_t second = put_event(outbox, &sweep);
    char own[24];
    (void)snprintf(own, sizeof own, "%d", (int)second);
    assert_string_equal(batch_ids(outbox, &builds, NOW), own);
    accept(outbox, second, &sweep);
    assert_ptr_equal(strstr(fate(outbox, first), "superseded"), fate(outbox, first));
    js_event_clear(&sweep);
}

static bool is_swept(js_outbox *outbox, int64_t id) {
    js_last_told last;
    js_history_row *rows = NULL;
    size_t count = 0;
    bool more = false;
    js_history_query query = {.before = id + 1, .limit = 1};
    assert_int_equal(outbox->ops->last_told(outbox, NULL, id, &last, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->history(outbox, &query, &rows, &count, &more, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].receipt.id, id);
    bool swept = rows[0].swept;
    assert_int_equal(swept, last.gone);
    js_last_told_clear(&last);
    js_history_free(rows, count);
    return swept;
}

static void the_history_knows_of_it_to_its_end(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    js_event sweep;
    test_sweep(&sweep, JS_KIND_BUILD, "team", "x");
    int64_t plain = put_build_of(outbox, 1, "");
    int64_t team = put_build_of(outbox, 2, TEAM);
    accept(outbox, plain, NULL);
    accept(outbox, team, NULL);
    assert_false(is_swept(outbox, team));
    accept(outbox, put_event(outbox, &sweep), &sweep);
    assert_true(is_swept(outbox, team));
    assert_false(is_swept(outbox, plain));
    pass_time(399 * DAY_MS);
    assert_int_equal(outbox->ops->tidy(outbox, NOW + 399 * DAY_MS, NULL), JIRASEND_OK);
    assert_true(is_swept(outbox, team));
    js_event_clear(&sweep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_history_knows_of_it_to_its_end, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(it_goes_before_everything_of_its_lane, setup_memory,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_waits_and_matches_is_superseded, setup_memory,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_a_swept_one_would_have_replaced_goes_with_it,
                                        setup_memory, teardown),
        cmocka_unit_test_setup_teardown(the_origin_counts_where_it_is_asked_for, setup_memory,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_lane_waits_until_it_is_gone, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(where_nothing_is_known_the_wait_is_short, setup_memory,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_told_before_counts_as_deleted, setup_memory,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_same_content_is_sent_again_after_it, setup_memory,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_newer_of_two_takes_the_older_with_it, setup_memory,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
