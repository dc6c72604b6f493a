/* Nobody waits for the outbox under the client's lock: it is free whenever delivery is there. */
#include "fake_jira.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SITE "acme.test"

static fake_jira *jira;
static const struct js_outbox_ops *real;
static struct js_outbox_ops watched;
static int visits;

/* What is done with the outbox is done without the lock. */
static void look(void) {
    assert_false(jira->locked);
    visits++;
}

static jirasend_code lanes(js_outbox *self, int64_t now_ms, js_lane_view **views, size_t *count,
                           jirasend_error *error) {
    look();
    return real->lanes(self, now_ms, views, count, error);
}

static jirasend_code claim(js_outbox *self, const js_lane *lane, int64_t *fence,
                           jirasend_error *error) {
    look();
    return real->claim(self, lane, fence, error);
}

static void release(js_outbox *self, const js_lane *lane, int64_t fence, bool unanswered) {
    look();
    real->release(self, lane, fence, unanswered);
}

static jirasend_code next_batch(js_outbox *self, const js_lane *lane, const js_batch_limits *limits,
                                js_batch *batch, jirasend_error *error) {
    look();
    return real->next_batch(self, lane, limits, batch, error);
}

static jirasend_code settle(js_outbox *self, const js_lane *lane, int64_t fence,
                            const js_outcome *outcomes, size_t count, const js_stop *stop,
                            const js_stop *site_stop, int64_t now_ms, jirasend_error *error) {
    look();
    return real->settle(self, lane, fence, outcomes, count, stop, site_stop, now_ms, error);
}

static jirasend_code stop_get(js_outbox *self, const js_lane *lane, js_stop *stop,
                              jirasend_error *error) {
    look();
    return real->stop_get(self, lane, stop, error);
}

static jirasend_code stop_put(js_outbox *self, const js_lane *lane, const js_stop *stop,
                              jirasend_error *error) {
    look();
    return real->stop_put(self, lane, stop, error);
}

static jirasend_code backoff_end(js_outbox *self, const js_lane *lane, jirasend_error *error) {
    look();
    return real->backoff_end(self, lane, error);
}

static jirasend_code cloud_id_get(js_outbox *self, const char *site, char *out, size_t size,
                                  jirasend_error *error) {
    look();
    return real->cloud_id_get(self, site, out, size, error);
}

static jirasend_code cloud_id_put(js_outbox *self, const char *site, const char *cloud_id,
                                  jirasend_error *error) {
    look();
    return real->cloud_id_put(self, site, cloud_id, error);
}

static uint64_t version(js_outbox *self) {
    look();
    return real->version(self);
}

static jirasend_code tidy(js_outbox *self, int64_t now_ms, jirasend_error *error) {
    look();
    return real->tidy(self, now_ms, error);
}

static int open_bench(void **state) {
    (void)state;
    jira = fake_jira_new();
    fake_jira_login(jira, SITE, "secret");
    real = jira->outbox->ops;
    watched = *real;
    watched.lanes = lanes;
    watched.claim = claim;
    watched.release = release;
    watched.next_batch = next_batch;
    watched.settle = settle;
    watched.stop_get = stop_get;
    watched.stop_put = stop_put;
    watched.backoff_end = backoff_end;
    watched.cloud_id_get = cloud_id_get;
    watched.cloud_id_put = cloud_id_put;
    watched.version = version;
    watched.tidy = tidy;
    return 0;
}

static int close_bench(void **state) {
    (void)state;
    jira->outbox->ops = real;
    fake_jira_free(jira);
    return 0;
}

static void turn_for(int64_t ms) {
    jira->outbox->ops = &watched;
    fake_jira_run(jira, ms);
    jira->outbox->ops = real;
}

static void answer(const char *part, int times, int status) {
    fake_jira_rule(jira, (fake_rule){.part = part, .times = times, .answer = {.status = status}});
}

static void it_is_free_on_every_way(void **state) {
    (void)state;
    visits = 0;
    answer("/builds/", 1, 500);
    answer("/builds/", 1, 404);
    answer("/builds/", 1, 403);
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    turn_for(60 * 1000);
    fake_jira_expect(jira, id, JS_STATUS_HELD);
    turn_for(2 * 60 * 60 * 1000);
    fake_jira_expect(jira, id, JS_STATUS_ACCEPTED);
    answer("/builds/", 2, 503);
    id = fake_jira_build(jira, SITE, "app", 2);
    turn_for(0);
    js_delivery_flush(jira->delivery);
    turn_for(60 * 1000);
    fake_jira_expect(jira, id, JS_STATUS_ACCEPTED);
    assert_true(visits > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_free_on_every_way, open_bench, close_bench)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
