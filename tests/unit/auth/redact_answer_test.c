/* Answers that repeat a token: the one that was used, one that was replaced meanwhile, one of before. */
#include "fake_jira.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SITE "acme.test"

enum { MINUTE_MS = 60 * 1000 };

static fake_jira *jira;

static int open_bench(void **state) {
    (void)state;
    jira = fake_jira_new();
    fake_jira_login(jira, SITE, "first secret");
    return 0;
}

static int close_bench(void **state) {
    (void)state;
    fake_jira_free(jira);
    return 0;
}

/* Jira hands out this token until another rule comes. */
static void hand_out(char *body, int times) {
    fake_jira_rule(jira, (fake_rule){.part = "/oauth/token",
                                     .times = times,
                                     .answer = {.status = 200, .body = body}});
}

#define TOKEN(name) "{\"access_token\": \"" name "\", \"expires_in\": 900}"

static js_net_answer repeat(const char *text) {
    js_net_answer answer = {.status = 403, .failure = JS_NET_ANSWERED};
    js_buf_add_text(&answer.body, text);
    (void)snprintf(answer.location_host, sizeof answer.location_host, "%.200s.example", text);
    (void)snprintf(answer.message, sizeof answer.message, "not for %.200s", text);
    return answer;
}

static void expect_hidden(const char *text) {
    js_net_answer answer = repeat(text);
    jira->locked = true;
    js_access_redact(jira->access, &answer);
    jira->locked = false;
    assert_null(strstr(answer.body.data, text));
    assert_null(strstr(answer.location_host, text));
    assert_null(strstr(answer.message, text));
    js_net_answer_clear(&answer);
}

static void expect_shown(const char *text) {
    js_net_answer answer = repeat(text);
    jira->locked = true;
    js_access_redact(jira->access, &answer);
    jira->locked = false;
    assert_string_equal(answer.body.data, text);
    js_net_answer_clear(&answer);
}

/* Sends a build with the token that Jira hands out now. */
static void use(int number) {
    int64_t id = fake_jira_build(jira, SITE, "app", number);
    fake_jira_run(jira, 100);
    fake_jira_expect(jira, id, JS_STATUS_ACCEPTED);
}

static void of_replaced_credentials(void **state) {
    (void)state;
    hand_out((char *)TOKEN("first-token"), 1);
    hand_out((char *)TOKEN("second-token"), 1);
    use(1);
    expect_hidden("first-token");
    expect_hidden("first secret");
    fake_jira_login(jira, SITE, "second secret");
    expect_hidden("first-token"); /* an answer to what was sent with it may come yet */
    use(2);
    expect_hidden("first-token");
    expect_hidden("first secret");
    expect_hidden("second-token");
    expect_hidden("second secret");
    fake_jira_run(jira, 61 * MINUTE_MS);
    expect_shown("first-token");
}

static void that_was_renewed(void **state) {
    (void)state;
    hand_out((char *)TOKEN("first-token"), 1);
    hand_out((char *)TOKEN("second-token"), 1);
    use(1);
    fake_jira_run(jira, 20 * MINUTE_MS);
    use(2);
    expect_hidden("first-token");
    expect_hidden("second-token");
}

static void that_was_refused(void **state) {
    (void)state;
    hand_out((char *)TOKEN("first-token"), 1);
    hand_out((char *)TOKEN("second-token"), 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.status = 401}});
    use(1);
    expect_hidden("first-token");
    expect_hidden("second-token");
}

/* Into the receipt gets what the answer says, whoever has new credentials by then. */
static void in_the_receipt(void **state) {
    (void)state;
    hand_out((char *)TOKEN("first-token"), 1);
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.later = true}});
    fake_jira_run(jira, 0);
    fake_jira_login(jira, SITE, "second secret");
    fake_jira_run(jira, 10);
    js_net_answer *ready = &jira->net.ready[jira->net.ready_count++];
    *ready = (js_net_answer){.ticket = jira->net.count, .status = 400};
    js_buf_add_text(&ready->body, "{\"message\": \"bad header Bearer first-token\"}");
    fake_jira_run(jira, 0);
    js_receipt receipt;
    fake_jira_receipt(jira, id, &receipt);
    assert_int_equal(receipt.status, JS_STATUS_REJECTED);
    assert_null(strstr(receipt.message, "first-token"));
    assert_non_null(strstr(receipt.message, "bad header"));
    js_receipt_clear(&receipt);
}

#define BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH(of_replaced_credentials),
        BENCH(that_was_renewed),
        BENCH(that_was_refused),
        BENCH(in_the_receipt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
