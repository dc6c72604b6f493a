/* Deletions on the bench: the request, what waits behind one and until when, and who does not. */
#include "fake_jira.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

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

static int64_t delete_build(int number) {
    return fake_jira_submit(jira, number == 1 ? "{\"kind\": \"build\", \"delete\": true, \"site\": "
                                                "\"" SITE "\", \"pipelineId\": \"app\", "
                                                "\"number\": 1}"
                                              : "{\"kind\": \"build\", \"delete\": true, \"site\": "
                                                "\"" SITE "\", \"pipelineId\": \"app\", "
                                                "\"number\": 2}");
}

static size_t asked(js_net_method method) {
    size_t count = 0;
    for (size_t i = 0; i < jira->net.count; i++) {
        const fake_request *request = &jira->net.requests[i];
        count += request->method == method && strstr(request->url, "/pipelines/") != NULL ? 1 : 0;
    }
    return count;
}

static fake_rule on_get(int times, int status) {
    return (fake_rule){
        .part = "/pipelines/", .skip = 1, .times = times, .answer = {.status = status}};
}

static void a_deletion_is_one_request(void **state) {
    (void)state;
    int64_t id = delete_build(1);
    fake_jira_run(jira, 0);
    fake_jira_expect(jira, id, JS_STATUS_ACCEPTED);
    assert_string_equal(jira->net.requests[jira->net.count - 1].url,
                        "https://api.test/jira/builds/0.1/cloud/cloud-1/pipelines/app/builds/1");
    fake_jira_run(jira, 60000);
    assert_int_equal(asked(JS_NET_GET), 0); /* nothing waits for it */
}

static void news_wait_until_it_is_gone(void **state) {
    (void)state;
    (void)delete_build(1);
    int64_t later = fake_jira_build(jira, SITE, "app", 1);
    int64_t other = fake_jira_build(jira, SITE, "app", 2);
    fake_jira_rule(jira, on_get(2, 200));
    fake_jira_run(jira, 400);
    fake_jira_expect(jira, later, JS_STATUS_QUEUED);
    fake_jira_expect(jira, other, JS_STATUS_ACCEPTED);
    assert_int_equal(asked(JS_NET_GET), 0);
    fake_jira_run(jira, 200); /* 0.5 s */
    assert_int_equal(asked(JS_NET_GET), 1);
    fake_jira_run(jira, 1000); /* and 1 s */
    assert_int_equal(asked(JS_NET_GET), 2);
    fake_jira_expect(jira, later, JS_STATUS_QUEUED);
    fake_jira_run(jira, 2100); /* and 2 s */
    assert_int_equal(asked(JS_NET_GET), 3);
    fake_jira_expect(jira, later, JS_STATUS_ACCEPTED);
}

static void where_we_may_not_look_the_wait_takes_its_time(void **state) {
    (void)state;
    (void)delete_build(1);
    int64_t later = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, on_get(-1, 403));
    fake_jira_run(jira, 59000);
    assert_int_equal(asked(JS_NET_GET), 1);
    fake_jira_expect(jira, later, JS_STATUS_QUEUED);
    fake_jira_run(jira, 3000);
    fake_jira_expect(jira, later, JS_STATUS_ACCEPTED);
    js_receipt receipt;
    fake_jira_receipt(jira, later, &receipt);
    assert_non_null(strstr(receipt.message, "60 s after the same thing was deleted"));
    js_receipt_clear(&receipt);
}

static void another_process_waits_too(void **state) {
    (void)state;
    (void)delete_build(1);
    int64_t later = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 100);
    fake_jira_restart(jira);
    fake_jira_login(jira, SITE, "secret");
    fake_jira_run(jira, 200);
    fake_jira_expect(jira, later, JS_STATUS_QUEUED);
    fake_jira_run(jira, 1000);
    fake_jira_expect(jira, later, JS_STATUS_ACCEPTED);
}

static void a_refused_deletion_lets_what_waited_go(void **state) {
    (void)state;
    int64_t before = fake_jira_build(jira, SITE, "app", 1);
    int64_t deletion = delete_build(1);
    fake_jira_rule(jira,
                   (fake_rule){.part = "/pipelines/", .times = -1, .answer = {.status = 400}});
    fake_jira_run(jira, 120000);
    fake_jira_expect(jira, deletion, JS_STATUS_REJECTED);
    fake_jira_expect(jira, before, JS_STATUS_ACCEPTED);
}

static void an_accepted_one_supersedes_what_waited(void **state) {
    (void)state;
    int64_t before = fake_jira_build(jira, SITE, "app", 1);
    int64_t deletion = delete_build(1);
    fake_jira_rule(jira, (fake_rule){.part = "/pipelines/", .times = 2, .answer = {.status = 503}});
    fake_jira_run(jira, 0);
    fake_jira_expect(jira, before, JS_STATUS_QUEUED);
    fake_jira_run(jira, 60000);
    fake_jira_expect(jira, deletion, JS_STATUS_ACCEPTED);
    fake_jira_expect(jira, before, JS_STATUS_SUPERSEDED);
    assert_int_equal(fake_net_count(&jira->net, "/bulk"), 0);
}

/* With an old cloud id everything is 404, the thing that is still there, too. */
static void an_old_cloud_id_does_not_look_like_gone(void **state) {
    (void)state;
    (void)delete_build(1);
    int64_t later = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 100);
    fake_jira_restart(jira); /* the cloud id is what the outbox remembers */
    fake_jira_login(jira, SITE, "secret");
    size_t looked_up = fake_net_count(&jira->net, "tenant_info");
    fake_jira_rule(jira, (fake_rule){.part = "/pipelines/", .times = 1, .answer = {.status = 404}});
    fake_jira_rule(jira, (fake_rule){.part = "/pipelines/", .times = 1, .answer = {.status = 200}});
    fake_jira_run(jira, 1200);
    assert_int_equal(fake_net_count(&jira->net, "tenant_info"), looked_up + 1);
    fake_jira_expect(jira, later, JS_STATUS_QUEUED);
    fake_jira_run(jira, 3000);
    fake_jira_expect(jira, later, JS_STATUS_ACCEPTED);
}

static void a_page_is_no_answer_to_a_deletion(void **state) {
    (void)state;
    int64_t deletion = delete_build(1);
    fake_jira_rule(jira, (fake_rule){.part = "/pipelines/",
                                     .times = 1,
                                     .answer = {.status = 202, .body = " <html>Log in</html>"}});
    fake_jira_run(jira, 100);
    fake_jira_expect(jira, deletion, JS_STATUS_QUEUED);
    fake_jira_run(jira, 5000);
    fake_jira_expect(jira, deletion, JS_STATUS_ACCEPTED);
}

static void a_missing_permission_holds_it(void **state) {
    (void)state;
    int64_t deletion = delete_build(2);
    fake_jira_rule(jira, (fake_rule){.part = "/pipelines/", .times = 1, .answer = {.status = 403}});
    fake_jira_run(jira, 1000);
    fake_jira_expect(jira, deletion, JS_STATUS_HELD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_deletion_is_one_request),
        TEST(news_wait_until_it_is_gone),
        TEST(where_we_may_not_look_the_wait_takes_its_time),
        TEST(another_process_waits_too),
        TEST(a_refused_deletion_lets_what_waited_go),
        TEST(an_accepted_one_supersedes_what_waited),
        TEST(an_old_cloud_id_does_not_look_like_gone),
        TEST(a_page_is_no_answer_to_a_deletion),
        TEST(a_missing_permission_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
