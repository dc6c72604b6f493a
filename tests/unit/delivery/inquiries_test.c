/* Inquiries beside the lanes: what a 404 of a gate is worth. */
#include "fake_jira.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SITE "acme.test"

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

static js_gate ask(void) {
    js_inquiry inquiry = {.subject = JS_INQUIRY_GATE,
                          .site = SITE,
                          .pipeline_id = "p",
                          .environment_id = "e",
                          .number = 1};
    js_delivery_add_inquiry(jira->delivery, &inquiry);
    fake_jira_run(jira, 1000);
    js_delivery_remove_inquiry(jira->delivery, &inquiry);
    assert_true(inquiry.done);
    assert_int_equal(inquiry.gate.readiness, JS_READY);
    js_gate gate = inquiry.gate_answer.gate;
    js_strings_free(&inquiry.gate_answer.issue_keys);
    return gate;
}

static const char allowed[] =
    "{\"updatedTimestamp\": \"2026-11-23T10:00:00Z\", \"pipelineId\": \"p\","
    " \"environmentId\": \"e\", \"deploymentId\": 1, \"gatingStatus\": \"allowed\","
    " \"details\": []}";

/* The site has moved since the cloud id was written down. */
static void a_remembered_cloud_id_is_looked_up_before_a_404_is_believed(void **state) {
    (void)state;
    assert_int_equal(jira->outbox->ops->cloud_id_put(jira->outbox, SITE, "of-last-week", NULL),
                     JIRASEND_OK);
    fake_jira_rule(jira, (fake_rule){.part = "/cloud/cloud-1/pipelines/",
                                     .times = -1,
                                     .answer = {.status = 200, .body = (char *)allowed}});
    assert_int_equal(ask(), JS_GATE_ALLOWED);
    assert_int_equal(fake_net_count(&jira->net, "/cloud/of-last-week/"), 1);
    assert_int_equal(fake_net_count(&jira->net, "/_edge/tenant_info"), 1);
}

/* Asked every few seconds, and looked up once. */
static void a_fresh_one_is_believed(void **state) {
    (void)state;
    assert_int_equal(ask(), JS_GATE_UNKNOWN);
    assert_int_equal(ask(), JS_GATE_UNKNOWN);
    assert_int_equal(fake_net_count(&jira->net, "/_edge/tenant_info"), 1);
    assert_int_equal(fake_net_count(&jira->net, "/gating-status"), 2);
}

#define BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH(a_remembered_cloud_id_is_looked_up_before_a_404_is_believed),
        BENCH(a_fresh_one_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
