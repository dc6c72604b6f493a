/* The table of delivery rules, row by row. */
#include "delivery/decide.h"
#include "fake_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct row {
    js_endpoint endpoint;
    js_net_failure failure;
    int status;
    bool nonsense;
    js_past past;
    js_action action;
} row;

#define BATCH                                                                                      \
    { .batch = 10 }
#define LONE                                                                                       \
    { .batch = 1 }
#define FRESH_TOKEN                                                                                \
    { .batch = 1, .token_was_fresh = true }
#define FRESH_CLOUD                                                                                \
    { .batch = 1, .cloud_was_fresh = true }
#define FOURTH                                                                                     \
    { .batch = 10, .failures = 3 }
#define FIFTH                                                                                      \
    { .batch = 10, .failures = 4 }
#define FIFTH_LONE                                                                                 \
    { .batch = 1, .failures = 4 }
#define KNOWN                                                                                      \
    { .batch = 1, .attempts = JS_SUSPECT_ATTEMPTS }

static const row rows[] = {
    /* a relay */
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 200, false, BATCH, JS_ACTION_SETTLE},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 200, true, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 302, false, BATCH, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 401, false, LONE, JS_ACTION_RENEW_TOKEN},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 401, false, FRESH_TOKEN, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 403, false, BATCH, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 404, false, BATCH, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 413, false, BATCH, JS_ACTION_SHRINK},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 413, false, LONE, JS_ACTION_DOUBT},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 422, false, BATCH, JS_ACTION_SPLIT},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 422, false, LONE, JS_ACTION_REJECT},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 429, false, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_RELAY, JS_NET_ANSWERED, 503, false, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_RELAY, JS_NET_UNREACHED, 0, false, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_ID_TOKEN, JS_NET_ANSWERED, 403, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_ID_TOKEN, JS_NET_ANSWERED, 500, false, LONE, JS_ACTION_WAIT},
    /* bulk */
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 202, false, BATCH, JS_ACTION_SETTLE},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 202, true, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 200, false, BATCH,
     JS_ACTION_WAIT}, /* 202 alone is an acceptance */
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 400, false, BATCH, JS_ACTION_SPLIT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 400, false, LONE, JS_ACTION_DOUBT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 401, false, LONE, JS_ACTION_RENEW_TOKEN},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 401, false, FRESH_TOKEN, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 403, false, LONE, JS_ACTION_HOLD_LANE},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 404, false, LONE, JS_ACTION_RENEW_CLOUD},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 404, false, FRESH_CLOUD, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 413, false, BATCH, JS_ACTION_SHRINK},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 413, false, LONE, JS_ACTION_DOUBT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 301, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 302, false, BATCH, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 407, false, LONE, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 408, false, LONE, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 410, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 425, false, LONE, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 429, false, LONE, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 500, false, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 503, false, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_TIMEOUT, 0, false, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_UNREACHED, 0, false, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_TLS, 0, false, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_PROXY, 0, false, BATCH, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_BROKEN, 0, false, BATCH, JS_ACTION_WAIT},
    /* the fifth time in a row, while the host answers */
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 500, false, FOURTH, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 500, false, FIFTH, JS_ACTION_SPLIT_LATER},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 202, true, FIFTH, JS_ACTION_SPLIT_LATER},
    {JS_ENDPOINT_BULK, JS_NET_TIMEOUT, 0, false, FIFTH, JS_ACTION_SPLIT_LATER},
    {JS_ENDPOINT_BULK, JS_NET_OVERSIZE, 0, false, FIFTH, JS_ACTION_SPLIT_LATER},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 500, false, FIFTH_LONE, JS_ACTION_SET_ASIDE},
    /* one that was found out before, at once */
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 500, false, KNOWN, JS_ACTION_SET_ASIDE},
    {JS_ENDPOINT_BULK, JS_NET_BROKEN, 0, false, KNOWN, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_UNREACHED, 0, false, FIFTH, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_BROKEN, 0, false, FIFTH_LONE, JS_ACTION_WAIT},
    {JS_ENDPOINT_BULK, JS_NET_ANSWERED, 429, false, FIFTH, JS_ACTION_WAIT},
    /* token */
    {JS_ENDPOINT_TOKEN, JS_NET_ANSWERED, 400, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_TOKEN, JS_NET_ANSWERED, 401, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_TOKEN, JS_NET_ANSWERED, 403, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_TOKEN, JS_NET_ANSWERED, 200, true, LONE, JS_ACTION_WAIT},
    {JS_ENDPOINT_TOKEN, JS_NET_ANSWERED, 302, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_TOKEN, JS_NET_ANSWERED, 429, false, LONE, JS_ACTION_WAIT},
    {JS_ENDPOINT_TOKEN, JS_NET_ANSWERED, 500, false, FIFTH, JS_ACTION_WAIT},
    {JS_ENDPOINT_TOKEN, JS_NET_UNREACHED, 0, false, LONE, JS_ACTION_WAIT},
    /* tenant_info */
    {JS_ENDPOINT_TENANT, JS_NET_ANSWERED, 200, true, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_TENANT, JS_NET_ANSWERED, 302, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_TENANT, JS_NET_ANSWERED, 401, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_TENANT, JS_NET_ANSWERED, 404, false, LONE, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_TENANT, JS_NET_ANSWERED, 503, false, LONE, JS_ACTION_WAIT},
    {JS_ENDPOINT_TENANT, JS_NET_TIMEOUT, 0, false, LONE, JS_ACTION_WAIT},
    /* gate */
    {JS_ENDPOINT_GATE, JS_NET_ANSWERED, 200, false, LONE, JS_ACTION_SETTLE},
    {JS_ENDPOINT_GATE, JS_NET_ANSWERED, 200, true, LONE, JS_ACTION_WAIT},
    {JS_ENDPOINT_GATE, JS_NET_ANSWERED, 404, false, LONE, JS_ACTION_RENEW_CLOUD},
    {JS_ENDPOINT_GATE, JS_NET_ANSWERED, 404, false, FRESH_CLOUD, JS_ACTION_SETTLE},
    {JS_ENDPOINT_GATE, JS_NET_ANSWERED, 401, false, LONE, JS_ACTION_RENEW_TOKEN},
    {JS_ENDPOINT_GATE, JS_NET_ANSWERED, 401, false, FRESH_TOKEN, JS_ACTION_HOLD_SITE},
    {JS_ENDPOINT_GATE, JS_NET_ANSWERED, 403, false, LONE, JS_ACTION_HOLD_LANE},
    {JS_ENDPOINT_GATE, JS_NET_ANSWERED, 500, false, LONE, JS_ACTION_WAIT},
    /* a thing that is read back */
    {JS_ENDPOINT_THING, JS_NET_ANSWERED, 200, false, LONE, JS_ACTION_SETTLE},
    {JS_ENDPOINT_THING, JS_NET_ANSWERED, 404, false, LONE, JS_ACTION_RENEW_CLOUD},
    {JS_ENDPOINT_THING, JS_NET_ANSWERED, 404, false, FRESH_CLOUD, JS_ACTION_SETTLE},
    {JS_ENDPOINT_THING, JS_NET_ANSWERED, 403, false, LONE, JS_ACTION_HOLD_LANE},
    /* a deletion of all with certain properties */
};

static void table(void **state) {
    (void)state;
    fake_world fake = {0, 0, 88172645463325252U};
    js_world world = fake_world_table(&fake);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *r = &rows[i];
        js_result result = {.endpoint = r->endpoint,
                            .failure = r->failure,
                            .status = r->status,
                            .nonsense = r->nonsense};
        js_decision decision = js_decide(&result, &r->past, &world);
        if (decision.action != r->action) {
            fail_msg("row %zu (endpoint %d, status %d): %d instead of %d", i, r->endpoint,
                     r->status, decision.action, r->action);
        }
    }
}

static int64_t longest_wait(int failures, fake_world *fake) {
    js_world world = fake_world_table(fake);
    js_result result = {.endpoint = JS_ENDPOINT_BULK, .failure = JS_NET_UNREACHED};
    js_past past = {.failures = failures, .batch = 1};
    int64_t longest = 0;
    for (int i = 0; i < 2000; i++) {
        js_decision decision = js_decide(&result, &past, &world);
        assert_true(decision.delay_ms >= 0);
        longest = decision.delay_ms > longest ? decision.delay_ms : longest;
    }
    return longest;
}

static void backoff_doubles_up_to_five_minutes(void **state) {
    (void)state;
    fake_world fake = {0, 0, 88172645463325252U};
    int64_t most = JS_BACKOFF_BASE_MS;
    for (int failures = 0; failures < 40; failures++) {
        int64_t longest = longest_wait(failures, &fake);
        assert_in_range(longest, most * 8 / 10, most);
        most = most * 2 > JS_BACKOFF_MAX_MS ? JS_BACKOFF_MAX_MS : most * 2;
    }
}

static void jira_is_never_asked_before_the_time_it_named(void **state) {
    (void)state;
    fake_world fake = {0, 0, 88172645463325252U};
    js_world world = fake_world_table(&fake);
    static const int statuses[] = {429, 503};
    static const int64_t hints[] = {1, 1000, 60000, JS_WAIT_MAX_MS};
    for (size_t s = 0; s < 2; s++) {
        for (size_t h = 0; h < 4; h++) {
            js_result retry = {.endpoint = JS_ENDPOINT_BULK, .status = statuses[s]};
            retry.retry_after_ms = hints[h];
            js_result reset = {.endpoint = JS_ENDPOINT_TOKEN, .status = statuses[s]};
            reset.rate_reset_ms = hints[h];
            js_past past = {.failures = 9, .batch = 5};
            js_decision one = js_decide(&retry, &past, &world);
            js_decision two = js_decide(&reset, &past, &world);
            assert_int_equal(one.action, JS_ACTION_WAIT);
            assert_true(one.rate_limited && two.rate_limited);
            assert_in_range(one.delay_ms, hints[h], JS_WAIT_MAX_MS);
            assert_in_range(two.delay_ms, hints[h], JS_WAIT_MAX_MS);
        }
    }
}

/* Atlassian's gateway names a reset with every answer: a 500 has to be looked into all the same. */
static void a_reset_beside_another_500_hides_no_culprit(void **state) {
    (void)state;
    fake_world fake = {0, 0, 88172645463325252U};
    js_world world = fake_world_table(&fake);
    js_result result = {
        .endpoint = JS_ENDPOINT_BULK, .status = 500, .rate_reset_ms = JS_WAIT_MAX_MS};
    js_past past = {.failures = JS_CULPRIT_FAILURES - 1, .batch = 2};
    js_decision decision = js_decide(&result, &past, &world);
    assert_int_equal(decision.action, JS_ACTION_SPLIT_LATER);
    assert_false(decision.rate_limited);
}

static void a_culprit_set_aside_waits_longer_each_time(void **state) {
    (void)state;
    fake_world fake = {0, 0, 88172645463325252U};
    js_world world = fake_world_table(&fake);
    js_result result = {.endpoint = JS_ENDPOINT_BULK, .status = 500};
    int64_t longest[2] = {0, 0};
    for (int i = 0; i < 2000; i++) {
        for (int n = 0; n < 2; n++) {
            js_past past = {.failures = 7, .batch = 1, .attempts = n == 0 ? 5 : 8};
            js_decision decision = js_decide(&result, &past, &world);
            assert_int_equal(decision.action, JS_ACTION_SET_ASIDE);
            /* the lane itself goes on soon: nothing was set aside before */
            assert_in_range(decision.delay_ms, 0, JS_BACKOFF_BASE_MS);
            assert_true(decision.event_delay_ms >= decision.delay_ms);
            longest[n] =
                decision.event_delay_ms > longest[n] ? decision.event_delay_ms : longest[n];
        }
    }
    assert_true(longest[1] > longest[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(backoff_doubles_up_to_five_minutes),
        cmocka_unit_test(jira_is_never_asked_before_the_time_it_named),
        cmocka_unit_test(a_reset_beside_another_500_hides_no_culprit),
        cmocka_unit_test(a_culprit_set_aside_waits_longer_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
