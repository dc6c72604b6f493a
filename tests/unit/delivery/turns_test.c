/* Turns of the lanes when the disk, or another process, keeps us for long. */
#include "base/error.h"
#include "fake_jira.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SITES = 3, SLOW_MS = 1500 };

static const char *const sites[SITES] = {"a.test", "b.test", "c.test"};

static fake_jira *jira;
static const struct js_outbox_ops *swift; /* the operations as they are */
static struct js_outbox_ops slow;

/* ---- an outbox that takes its time ---- */

static jirasend_code slow_lanes(js_outbox *self, int64_t now_ms, js_lane_view **views,
                                size_t *count, jirasend_error *error) {
    fake_world_pass(&jira->clock, SLOW_MS);
    return swift->lanes(self, now_ms, views, count, error);
}

static jirasend_code slow_claim(js_outbox *self, const js_lane *lane, int64_t *fence,
                                jirasend_error *error) {
    fake_world_pass(&jira->clock, SLOW_MS);
    return swift->claim(self, lane, fence, error);
}

static int asked[SITES]; /* how often each lane was to be had */

/* Another process has the outbox and does not let go. */
static jirasend_code no_claim(js_outbox *self, const js_lane *lane, int64_t *fence,
                              jirasend_error *error) {
    (void)self;
    *fence = 0;
    asked[lane->site[0] - 'a']++;
    fake_world_pass(&jira->clock, SLOW_MS);
    return js_fail(error, JIRASEND_E_REFUSED, "busy");
}

/* Others write without a break. */
static uint64_t new_version(js_outbox *self) {
    static uint64_t version;
    (void)swift->version(self);
    return ++version;
}

/* ---- an outbox that many share ---- */

static int tidied;

static jirasend_code count_tidy(js_outbox *self, int64_t now_ms, jirasend_error *error) {
    tidied++;
    return swift->tidy(self, now_ms, error);
}

static void hear_of_rest(js_outbox *self, int64_t ms) {
    (void)self;
    (void)ms;
}

/* ---- the bench ---- */

static int open_bench(void **state) {
    (void)state;
    jira = fake_jira_new();
    swift = jira->outbox->ops;
    slow = *swift;
    jira->outbox->ops = &slow;
    for (int i = 0; i < SITES; i++) {
        fake_jira_login(jira, sites[i], "secret");
    }
    return 0;
}

static int close_bench(void **state) {
    (void)state;
    fake_jira_free(jira);
    return 0;
}

static void they_move_although_each_look_is_slow(void **state) {
    (void)state;
    slow.lanes = slow_lanes;
    slow.version = new_version;
    int64_t ids[SITES];
    for (int i = 0; i < SITES; i++) {
        ids[i] = fake_jira_build(jira, sites[i], "app", 1);
    }
    fake_jira_run(jira, 60 * 1000);
    for (int i = 0; i < SITES; i++) {
        assert_int_equal(fake_jira_status(jira, ids[i]), JS_STATUS_ACCEPTED);
    }
}

/* The first one alone would take all the time. */
static void each_lane_has_its_turn(void **state) {
    (void)state;
    slow.claim = no_claim;
    for (int i = 0; i < SITES; i++) {
        asked[i] = 0;
        (void)fake_jira_build(jira, sites[i], "app", 1);
    }
    for (int i = 0; i < 2 * SITES; i++) {
        (void)fake_jira_turn(jira);
    }
    for (int i = 0; i < SITES; i++) {
        assert_int_equal(asked[i], 2);
    }
}

/* How many lanes have events on their way to Jira, or there. */
static int begun(const int64_t *ids) {
    int count = 0;
    for (int i = 0; i < SITES; i++) {
        count += js_delivery_progress(jira->delivery, ids[i]) != NULL ? 1 : 0;
    }
    return count;
}

/* Whoever waits for the lock of the client gets it in between. */
static void a_turn_ends_when_it_takes_long(void **state) {
    (void)state;
    slow.claim = slow_claim;
    int64_t ids[SITES];
    for (int i = 0; i < SITES; i++) {
        ids[i] = fake_jira_build(jira, sites[i], "app", 1);
    }
    fake_jira_rule(jira, (fake_rule){.part = "", .times = -1, .answer = {.later = true}});
    for (int i = 0; i < SITES; i++) {
        assert_int_equal(begun(ids), i);
        assert_true(fake_jira_turn(jira) > 0);
    }
    assert_int_equal(begun(ids), SITES);
}

/* How often it looks for what is too old within an hour in which Jira takes nothing. */
static int tidied_while_stopped(void) {
    fake_jira_rule(jira, (fake_rule){.part = "/builds/",
                                     .times = -1,
                                     .answer = {.status = 429, .retry_after_ms = 7200 * 1000}});
    int64_t id = fake_jira_build(jira, sites[0], "app", 1);
    fake_jira_run(jira, 1000);
    slow.tidy = count_tidy;
    tidied = 0;
    for (int i = 0; i < 60; i++) {
        fake_jira_run(jira, 60 * 1000);
    }
    assert_int_equal(fake_jira_status(jira, id), JS_STATUS_QUEUED);
    return tidied;
}

static void it_tidies_each_minute(void **state) {
    (void)state;
    assert_in_range(tidied_while_stopped(), 59, 61);
}

/* Hundreds of processes wait on one database; it would do little else. */
static void where_many_share_it_tidies_seldom_while_nothing_can_be_sent(void **state) {
    (void)state;
    slow.rest = hear_of_rest;
    assert_in_range(tidied_while_stopped(), 6, 8);
}

#define BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH(they_move_although_each_look_is_slow),
        BENCH(a_turn_ends_when_it_takes_long),
        BENCH(each_lane_has_its_turn),
        BENCH(it_tidies_each_minute),
        BENCH(where_many_share_it_tidies_seldom_while_nothing_can_be_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
