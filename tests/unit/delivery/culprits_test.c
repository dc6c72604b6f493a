/* Events that something chokes on, and those beside them that have done nothing. */
#include "fake_jira.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SITE "acme.test"
#define WORDS "{\"errorMessages\": [\"Request blocked\"]}"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, MANY = 100 };

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

static size_t requests(void) {
    return fake_net_count(&jira->net, "/builds/");
}

/* How many builds a request holds. */
static size_t items_of(const fake_request *request) {
    size_t count = 0;
    const char *at = request->body;
    while (at != NULL && (at = strstr(at, "\"buildNumber\"")) != NULL) {
        count++;
        at++;
    }
    return count;
}

/* Requests with one build that is not of this pipeline. */
static size_t innocent_and_alone(const char *culprit) {
    size_t count = 0;
    for (size_t i = 0; i < jira->net.count; i++) {
        const fake_request *request = &jira->net.requests[i];
        count += items_of(request) == 1 && strstr(request->body, culprit) == NULL;
    }
    return count;
}

static void expect_all(int64_t first, int64_t last, int64_t but, js_status status) {
    for (int64_t id = first; id <= last; id++) {
        if (id != but) {
            fake_jira_expect(jira, id, status);
        }
    }
}

/* `MANY` builds, of which one is of the pipeline "bad"; its id. */
static int64_t build_many(int culprit) {
    int64_t bad = 0;
    for (int i = 1; i <= MANY; i++) {
        int64_t id = fake_jira_build(jira, SITE, i == culprit ? "bad" : "app", i);
        bad = i == culprit ? id : bad;
    }
    return bad;
}

static void find_at(int culprit, fake_answer trouble) {
    int64_t bad = build_many(culprit);
    fake_jira_rule(
        jira,
        (fake_rule){.part = "/builds/", .body_part = "\"bad\"", .times = -1, .answer = trouble});
    fake_jira_run(jira, 2 * MINUTE_MS);
    expect_all(1, MANY, bad, JS_STATUS_ACCEPTED);
    fake_jira_expect(jira, bad, JS_STATUS_QUEUED);
    assert_true(innocent_and_alone("\"bad\"") <= 2);
    /* what comes later is not kept back by it, and does not travel alone either */
    for (int i = 1; i <= 20; i++) {
        (void)fake_jira_build(jira, SITE, "later", i);
    }
    fake_jira_run(jira, 10 * MINUTE_MS);
    expect_all(MANY + 1, MANY + 20, 0, JS_STATUS_ACCEPTED);
    assert_true(innocent_and_alone("\"bad\"") <= 3);
}

/* Wherever it stands: the oldest ones are sent most often until it is found. */
static void find(fake_answer trouble) {
    static const int culprits[] = {1, 7, 57, MANY};
    for (size_t i = 0; i < sizeof culprits / sizeof culprits[0]; i++) {
        find_at(culprits[i], trouble);
        fake_jira_free(jira);
        jira = fake_jira_new();
        fake_jira_login(jira, SITE, "secret");
    }
}

static void what_resets_the_connection_is_found(void **state) {
    (void)state;
    find((fake_answer){.failure = JS_NET_BROKEN, .sent = true});
}

static void what_500_is_for_is_found(void **state) {
    (void)state;
    find((fake_answer){.status = 500});
}

static void what_was_not_sent_is_nobodys_fault(void **state) {
    (void)state;
    (void)build_many(57);
    fake_jira_rule(
        jira, (fake_rule){.part = "/builds/", .times = 12, .answer = {.failure = JS_NET_BROKEN}});
    fake_jira_run(jira, HOUR_MS);
    expect_all(1, MANY, 0, JS_STATUS_ACCEPTED);
    assert_int_equal(requests(), 13);
}

/* When Jira was ill for long, all were sent often in vain; they go together all the same. */
static void after_a_long_outage_nobody_travels_alone(void **state) {
    (void)state;
    (void)build_many(0);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = -1, .answer = {.status = 502}});
    fake_jira_run(jira, 3 * HOUR_MS);
    jira->rules[0].times = 0;
    size_t alone = innocent_and_alone("\"bad\"");
    fake_jira_run(jira, HOUR_MS);
    expect_all(1, MANY, 0, JS_STATUS_ACCEPTED);
    assert_true(innocent_and_alone("\"bad\"") - alone <= 3);
}

/* ---- 400 to everything ---- */

static void a_gateway_kills_no_backlog(void **state) {
    (void)state;
    (void)build_many(0);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/",
                                     .times = -1,
                                     .answer = {.status = 400, .body = (char *)WORDS}});
    fake_jira_run(jira, MINUTE_MS);
    expect_all(1, MANY, 0, JS_STATUS_HELD);
    size_t before = requests();
    assert_true(before < 30);
    js_receipt receipt;
    fake_jira_receipt(jira, 1, &receipt);
    assert_non_null(strstr(receipt.message, "gateway"));
    assert_non_null(strstr(receipt.message, "Request blocked"));
    js_receipt_clear(&receipt);
    fake_jira_run(jira, HOUR_MS); /* one probe, which is not read as a batch to be halved */
    assert_int_equal(requests(), before + 1);
    expect_all(1, MANY, 0, JS_STATUS_HELD);
    jira->rules[0].times = 0;
    fake_jira_run(jira, 2 * HOUR_MS);
    expect_all(1, MANY, 0, JS_STATUS_ACCEPTED);
}

/* One that finds everything too large teaches no size, either. */
static void a_gateway_that_takes_nothing_teaches_no_size(void **state) {
    (void)state;
    (void)build_many(0);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = -1, .answer = {.status = 413}});
    fake_jira_run(jira, MINUTE_MS);
    expect_all(1, MANY, 0, JS_STATUS_HELD);
    size_t before = requests();
    assert_true(before < 30);
    jira->rules[0].times = 0;
    fake_jira_run(jira, 2 * HOUR_MS);
    expect_all(1, MANY, 0, JS_STATUS_ACCEPTED);
    assert_true(requests() - before <= 2);
}

/* Four bad ones among good ones: Jira takes the others, so it is Jira who speaks. */
static void four_bad_events_are_dead_letters(void **state) {
    (void)state;
    for (int i = 1; i <= 20; i++) {
        (void)fake_jira_build(jira, SITE, i > 8 && i <= 12 ? "bad" : "app", i);
    }
    fake_jira_rule(jira, (fake_rule){.part = "/builds/",
                                     .body_part = "\"bad\"",
                                     .times = -1,
                                     .answer = {.status = 400, .body = (char *)WORDS}});
    fake_jira_run(jira, MINUTE_MS);
    expect_all(1, 8, 0, JS_STATUS_ACCEPTED);
    expect_all(9, 12, 0, JS_STATUS_REJECTED);
    expect_all(13, 20, 0, JS_STATUS_ACCEPTED);
    js_receipt receipt;
    fake_jira_receipt(jira, 9, &receipt);
    assert_non_null(strstr(receipt.message, "Request blocked"));
    assert_int_equal(receipt.http_status, 400);
    js_receipt_clear(&receipt);
}

/* Six bad ones, of which each is told something of its own. */
static void other_words_are_those_of_jira(void **state) {
    (void)state;
    static char bodies[6][64];
    static char parts[6][16];
    for (int i = 0; i < 6; i++) {
        char pipeline[16];
        (void)snprintf(pipeline, sizeof pipeline, "bad%d", i);
        (void)snprintf(parts[i], sizeof parts[i], "\"bad%d\"", i);
        (void)snprintf(bodies[i], sizeof bodies[i], "{\"message\": \"no such thing: %d\"}", i);
        (void)fake_jira_build(jira, SITE, pipeline, 1);
        fake_jira_rule(jira, (fake_rule){.part = "/builds/",
                                         .body_part = parts[i],
                                         .times = -1,
                                         .answer = {.status = 400, .body = bodies[i]}});
    }
    fake_jira_run(jira, MINUTE_MS);
    expect_all(1, 6, 0, JS_STATUS_REJECTED);
}

static void a_lone_bad_event_is_rejected_at_once(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = -1, .answer = {.status = 400}});
    fake_jira_run(jira, 0);
    fake_jira_expect(jira, id, JS_STATUS_REJECTED);
    assert_int_equal(requests(), 1);
}

/* ---- a dead letter that is tried again ---- */

static void an_old_dead_letter_is_superseded(void **state) {
    (void)state;
    int64_t old = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.status = 400}});
    fake_jira_run(jira, 0);
    fake_jira_expect(jira, old, JS_STATUS_REJECTED);
    int64_t newer = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 0);
    fake_jira_expect(jira, newer, JS_STATUS_ACCEPTED);
    size_t before = requests();
    assert_int_equal(jira->outbox->ops->retry(jira->outbox, old, NULL, jira->clock.wall_ms, NULL),
                     JIRASEND_OK);
    fake_jira_run(jira, MINUTE_MS);
    fake_jira_expect(jira, old, JS_STATUS_SUPERSEDED);
    assert_int_equal(requests(), before);
    js_counts counts;
    assert_int_equal(jira->outbox->ops->counts(jira->outbox, &counts, NULL), JIRASEND_OK);
    assert_int_equal(counts.waiting + counts.held + counts.dead, 0);
}

/* ---- whom a rate limit stops ---- */

static void limit(const char *reason, js_status beside) {
    int64_t build = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(
        jira,
        (fake_rule){.part = "/builds/",
                    .times = 1,
                    .answer = {.status = 429, .retry_after_ms = MINUTE_MS, .rate_reason = reason}});
    fake_jira_run(jira, 100);
    int64_t deployment = fake_jira_deployment(jira, SITE, "app", 1);
    fake_jira_run(jira, MINUTE_MS / 2);
    fake_jira_expect(jira, build, JS_STATUS_QUEUED);
    fake_jira_expect(jira, deployment, beside);
    fake_jira_run(jira, MINUTE_MS);
    fake_jira_expect(jira, build, JS_STATUS_ACCEPTED);
    fake_jira_expect(jira, deployment, JS_STATUS_ACCEPTED);
}

static void a_quota_stops_the_site(void **state) {
    (void)state;
    limit("jira-quota-tenant-based", JS_STATUS_QUEUED);
}

static void writes_to_one_issue_stop_their_lane(void **state) {
    (void)state;
    limit("jira-per-issue-on-write", JS_STATUS_ACCEPTED);
}

static void no_reason_stops_the_lane(void **state) {
    (void)state;
    limit(NULL, JS_STATUS_ACCEPTED);
}

#define BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH(what_resets_the_connection_is_found),
        BENCH(what_500_is_for_is_found),
        BENCH(what_was_not_sent_is_nobodys_fault),
        BENCH(after_a_long_outage_nobody_travels_alone),
        BENCH(a_gateway_kills_no_backlog),
        BENCH(a_gateway_that_takes_nothing_teaches_no_size),
        BENCH(four_bad_events_are_dead_letters),
        BENCH(other_words_are_those_of_jira),
        BENCH(a_lone_bad_event_is_rejected_at_once),
        BENCH(an_old_dead_letter_is_superseded),
        BENCH(a_quota_stops_the_site),
        BENCH(writes_to_one_issue_stop_their_lane),
        BENCH(no_reason_stops_the_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
