/*
 * Damage that SQLite does not see, each made on purpose, in a database that counts as too large to
 * be checked as a whole: without a check of ours an event would wait for ever, or go again and again.
 */
#include "drain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void three_events(fixture *fix) {
    fix->options.check_pages = -1;
    open_outbox(fix);
    settle_as(fix->outbox, &builds, put_build(fix->outbox, 100), JS_STATUS_ACCEPTED);
    for (int i = 1; i <= 3; i++) {
        (void)put_build(fix->outbox, i);
    }
    close_outbox(fix);
}

/* Changes rows behind the back of the indexes of the events. */
static void change_behind_indexes(const fixture *fix, const char *sql) {
    run_sql(fix, "PRAGMA writable_schema=ON;"
                 "CREATE TABLE kept AS SELECT * FROM sqlite_master WHERE name LIKE 'event_%';"
                 "DELETE FROM sqlite_master WHERE name LIKE 'event_%';");
    run_sql(fix, sql);
    run_sql(fix, "PRAGMA writable_schema=ON; INSERT INTO sqlite_master SELECT * FROM kept;"
                 "DROP TABLE kept;");
}

static void expect_damage(fixture *fix, size_t came, const char *words) {
    drained *out = calloc(1, sizeof *out);
    drain(fix, out);
    assert_int_equal(out->code, JIRASEND_E_REFUSED);
    if (strstr(out->error.message, words) == NULL || !failure_is_said(out)) {
        fail_msg("\"%s\" is not in: %s", words, out->error.message);
    }
    assert_int_equal(out->count, came);
    drain_close(fix);
    free(out);
}

static void lane_that_looks_empty(void **state) {
    fixture *fix = *state;
    three_events(fix);
    run_sql(fix, "UPDATE lane SET waiting = 0");
    expect_damage(fix, 0, "its counters are wrong");
}

static void event_that_is_in_no_queue(void **state) {
    fixture *fix = *state;
    three_events(fix);
    static const char columns[] =
        "lane, stream, sequence, format, gated, bytes, issue_keys, unknown_keys, dropped, status,"
        " open, not_before, attempts, unmentioned, http_status, message, created_ms, queued_ms, "
        "kind,"
        " envelope, barrier, history, scope, facts";
    char copy[1024];
    (void)snprintf(copy, sizeof copy,
                   "INSERT INTO event (id, %s) SELECT 99, %s FROM event WHERE id = 4;"
                   "UPDATE lane SET waiting = 4 WHERE kind = 1; UPDATE tally SET waiting = 4;",
                   columns, columns);
    change_behind_indexes(fix, copy);
    run_sql(fix, "UPDATE sqlite_sequence SET seq = 99 WHERE name = 'event'");
    expect_damage(fix, 3, "events have vanished from its queue");
}

static void event_that_only_the_queue_holds_for_waiting(void **state) {
    fixture *fix = *state;
    three_events(fix);
    change_behind_indexes(fix, "UPDATE event SET status = 2 WHERE id = 3");
    expect_damage(fix, 0, "its queue and its events contradict");
}

/* The same in a small database: found before anything is done with it. */
static void small_database_is_checked_whole(void **state) {
    fixture *fix = *state;
    three_events(fix);
    change_behind_indexes(fix, "UPDATE event SET status = 2 WHERE id = 3");
    fix->options.check_pages = 0;
    expect_damage(fix, 0, "missing from index event_");
}

static void queue_of_a_stream_lost_it(void **state) {
    fixture *fix = *state;
    three_events(fix);
    change_behind_indexes(fix, "UPDATE event SET stream = stream + 1000 WHERE id = 2");
    expect_damage(fix, 0, "its queue and its events contradict");
}

static void counter_that_was_used_before(void **state) {
    fixture *fix = *state;
    three_events(fix);
    run_sql(fix, "UPDATE tally SET settled_no = 0");
    expect_damage(fix, 3, "is damaged");
}

/* By a clock that was a year ahead when it was set aside, or by a flipped bit. */
static void set_aside_for_a_year(void **state) {
    fixture *fix = *state;
    three_events(fix);
    open_outbox(fix);
    settle(fix->outbox, &builds,
           (js_outcome){.id = 2, .status = JS_STATUS_QUEUED, .not_before_ms = NOW + 365 * DAY_MS},
           NOW);
    close_outbox(fix);
    drained *out = calloc(1, sizeof *out);
    drain(fix, out);
    assert_int_equal(out->code, JIRASEND_OK);
    assert_true(drained_has(out, "app", 1) && drained_has(out, "app", 3));
    drain_close(fix);
    free(out);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_closed, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(lane_that_looks_empty),
        TEST(event_that_is_in_no_queue),
        TEST(event_that_only_the_queue_holds_for_waiting),
        TEST(small_database_is_checked_whole),
        TEST(queue_of_a_stream_lost_it),
        TEST(counter_that_was_used_before),
        TEST(set_aside_for_a_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
