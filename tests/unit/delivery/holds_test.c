/* How a hold ends: probes that bring no verdict, and a hold that a person lifts in the meantime. */
#include "fake_jira.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SITE "acme.test"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

static fake_jira *jira;

static int open_bench(void **state) {
    (void)state;
    jira = fake_jira_new();
    fake_jira_login(jira, SITE, "secret");
    return 0;
}

static int close_bench(void **state) {
    (void)state;
    fake_jira_free(jira);
    return 0;
}

static void expect(int64_t id, js_status status) {
    fake_jira_expect(jira, id, status);
}

/* Jira answers the next `times` requests to this path so. */
static void answer(const char *part, int times, int status) {
    fake_jira_rule(jira, (fake_rule){.part = part, .times = times, .answer = {.status = status}});
}

static void a_probe_without_a_verdict_is_repeated_soon(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    answer("/oauth/token", 1, 401);
    answer("/builds/", 2, 500);
    fake_jira_run(jira, 61 * MINUTE_MS); /* the secret is good again, and Jira is ill */
    expect(id, JS_STATUS_HELD);
    assert_int_equal(fake_net_count(&jira->net, "/builds/"), 1);
    fake_jira_run(jira, 12 * MINUTE_MS);
    expect(id, JS_STATUS_ACCEPTED);
    assert_int_equal(fake_net_count(&jira->net, "/builds/"), 3);
}

static void so_is_one_of_a_lane(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    answer("/builds/", 1, 403);
    fake_jira_run(jira, MINUTE_MS);
    answer("/builds/", 1, 502);
    fake_jira_run(jira, HOUR_MS);
    expect(id, JS_STATUS_HELD);
    fake_jira_run(jira, 6 * MINUTE_MS);
    expect(id, JS_STATUS_ACCEPTED);
}

/* The other lane of the site does not wait for an hour because this one was the last to probe. */
static void the_other_lane_probes_soon_too(void **state) {
    (void)state;
    int64_t build = fake_jira_build(jira, SITE, "app", 1);
    int64_t deployment = fake_jira_deployment(jira, SITE, "app", 1);
    answer("/oauth/token", 1, 401);
    answer("/builds/", -1, 500);
    fake_jira_run(jira, 75 * MINUTE_MS);
    expect(deployment, JS_STATUS_ACCEPTED);
    expect(build, JS_STATUS_QUEUED);
}

/* `status` of the first requests makes the hold; the next one is answered after it was lifted. */
static void lift_during_a_probe(const char *held_path, int status, int times, int verdict) {
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    answer(held_path, times, status);
    fake_jira_run(jira, MINUTE_MS);
    expect(id, JS_STATUS_HELD);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.later = true}});
    size_t before = jira->net.count;
    fake_jira_run(jira, HOUR_MS);
    assert_true(jira->net.count > before); /* the probe is on its way */
    assert_int_equal(jira->outbox->ops->retry(jira->outbox, 0, NULL, jira->clock.wall_ms, NULL),
                     JIRASEND_OK);
    js_net_answer *ready = &jira->net.ready[jira->net.ready_count++];
    *ready = (js_net_answer){.ticket = jira->net.count, .status = verdict};
    fake_jira_run(jira, verdict == 500 ? 10 : 0);
    expect(id, verdict == 500 ? JS_STATUS_QUEUED : JS_STATUS_ACCEPTED);
    fake_jira_run(jira, 5000);
    expect(id, JS_STATUS_ACCEPTED);
}

static void a_hold_lifted_during_a_probe_stays_lifted(void **state) {
    (void)state;
    lift_during_a_probe("/builds/", 403, 1, 500);
}

static void so_does_one_of_the_site(void **state) {
    (void)state;
    lift_during_a_probe("/oauth/token", 401, 1, 500);
}

/* Whoever lifts it wants it tried: the refusal is older than that. */
static void so_it_does_when_the_probe_is_refused(void **state) {
    (void)state;
    lift_during_a_probe("/builds/", 403, 1, 403);
}

static void so_does_one_of_the_site_when_its_probe_is_refused(void **state) {
    (void)state;
    lift_during_a_probe("/oauth/token", 401, 1, 403);
}

/* A process that ends while it asks for a token has sent nothing. */
static void a_probe_that_was_not_sent_is_given_back(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    answer("/builds/", 1, 403);
    fake_jira_run(jira, MINUTE_MS);
    expect(id, JS_STATUS_HELD);
    fake_jira_restart(jira);
    fake_jira_login(jira, SITE, "secret");
    fake_jira_rule(jira,
                   (fake_rule){.part = "/oauth/token", .times = 1, .answer = {.later = true}});
    fake_jira_run(jira, HOUR_MS);
    assert_true(
        fake_jira_outlook(jira, SITE, JS_KIND_BUILD).trying); /* nobody is told "held" yet */
    fake_jira_restart(jira);
    fake_jira_login(jira, SITE, "secret");
    assert_true(fake_jira_outlook(jira, SITE, JS_KIND_BUILD).trying);
    fake_jira_run(jira, 10);
    expect(id, JS_STATUS_ACCEPTED);
}

static void a_hold_that_is_not_due_is_told_at_once(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    answer("/builds/", 1, 403);
    fake_jira_run(jira, MINUTE_MS);
    expect(id, JS_STATUS_HELD);
    js_outlook outlook = fake_jira_outlook(jira, SITE, JS_KIND_BUILD);
    assert_true(outlook.held && !outlook.trying);
}

/* ---- lifted between the look at a hold and the probe ---- */

static const struct js_outbox_ops *plain;

/* Reads the stop, and then somebody comes and lifts all holds; once. */
static jirasend_code read_and_lift(js_outbox *outbox, const js_lane *lane, js_stop *stop,
                                   jirasend_error *error) {
    jirasend_code code = plain->stop_get(outbox, lane, stop, error);
    if (stop->held && jira->outbox->ops != plain) {
        jira->outbox->ops = plain;
        assert_int_equal(plain->retry(outbox, 0, NULL, jira->clock.wall_ms, NULL), JIRASEND_OK);
    }
    return code;
}

static void lift_before_a_probe(const char *held_path, int status) {
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    answer(held_path, 1, status);
    fake_jira_run(jira, MINUTE_MS);
    expect(id, JS_STATUS_HELD);
    answer("/builds/", 1, 500);
    plain = jira->outbox->ops;
    struct js_outbox_ops lifting = *plain;
    lifting.stop_get = read_and_lift;
    jira->outbox->ops = &lifting;
    fake_jira_run(jira, HOUR_MS);
    assert_ptr_equal(jira->outbox->ops, plain);
    expect(
        id,
        JS_STATUS_ACCEPTED); /* after a second's back-off; held, it would be probed in 5 minutes */
}

static void a_hold_lifted_just_before_a_probe_stays_lifted(void **state) {
    (void)state;
    lift_before_a_probe("/builds/", 403);
}

static void so_does_one_of_the_site_before_a_probe(void **state) {
    (void)state;
    lift_before_a_probe("/oauth/token", 401);
}

#define BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH(a_probe_without_a_verdict_is_repeated_soon),
        BENCH(so_is_one_of_a_lane),
        BENCH(the_other_lane_probes_soon_too),
        BENCH(a_hold_lifted_during_a_probe_stays_lifted),
        BENCH(so_does_one_of_the_site),
        BENCH(so_it_does_when_the_probe_is_refused),
        BENCH(so_does_one_of_the_site_when_its_probe_is_refused),
        BENCH(a_probe_that_was_not_sent_is_given_back),
        BENCH(a_hold_that_is_not_due_is_told_at_once),
        BENCH(a_hold_lifted_just_before_a_probe_stays_lifted),
        BENCH(so_does_one_of_the_site_before_a_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
