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
    assert_int_equal(inquiry.answer.readiness, JS_ACCESS_READY);
    js_gate gate = inquiry.gate_answer.gate;
    js_strings_clear(&inquiry.gate_answer.issue_keys);
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

static void ask_access(js_inquiry *inquiry) {
    *inquiry = (js_inquiry){.subject = JS_INQUIRY_ACCESS,
                            .site = SITE,
                            .api = JS_API_BUILDS,
                            .absent = "nobody-has-this"};
    js_delivery_add_inquiry(jira->delivery, inquiry);
    fake_jira_run(jira, 1000);
    js_delivery_remove_inquiry(jira->delivery, inquiry);
    assert_true(inquiry->done);
}

static void answer(const char *part, int status) {
    fake_jira_rule(jira, (fake_rule){.part = part, .times = -1, .answer = {.status = status}});
}

/* 404: may. 403, and an empty list is refused for its content: may send. 403 twice: may not. */
static void permissions(void **state) {
    (void)state;
    js_inquiry inquiry;
    answer("/deployments/1", 403);
    answer("/deployments/0.1/cloud/cloud-1/bulk", 400);
    answer("/flag/nobody-has-this", 403);
    answer("/featureflags/0.1/cloud/cloud-1/bulk", 403);
    answer("/repository/nobody-has-this", 500);
    ask_access(&inquiry);
    assert_int_equal(inquiry.token.readiness, JS_ACCESS_READY);
    assert_int_equal(inquiry.cloud.readiness, JS_ACCESS_READY);
    assert_int_equal(inquiry.permissions[JS_API_BUILDS], JS_PERMISSION_YES);
    assert_int_equal(inquiry.permissions[JS_API_DEPLOYMENTS], JS_PERMISSION_WRITE_ONLY);
    assert_int_equal(inquiry.permissions[JS_API_FLAGS], JS_PERMISSION_NO);
    assert_int_equal(inquiry.permissions[JS_API_DEVINFO], JS_PERMISSION_NOT_KNOWN);
    assert_int_equal(fake_net_count(&jira->net, "/builds/0.1/cloud/cloud-1/bulk"), 0);
}

/* Without a token nobody is asked. */
static void no_token_no_question(void **state) {
    (void)state;
    js_inquiry inquiry;
    answer("/oauth/token", 401);
    ask_access(&inquiry);
    assert_int_equal(inquiry.token.readiness, JS_ACCESS_FAILED);
    assert_int_equal(inquiry.cloud.readiness, JS_ACCESS_READY);
    assert_int_equal(fake_net_count(&jira->net, "/jira/"), 0);
}

#define BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH(a_remembered_cloud_id_is_looked_up_before_a_404_is_believed),
        BENCH(a_fresh_one_is_believed),
        BENCH(permissions),
        BENCH(no_token_no_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
