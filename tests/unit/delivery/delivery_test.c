/* Delivery on the bench: what is sent, what becomes of each event, and who waits for whom. */
#include "base/error.h"
#include "fake_jira.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SITE "acme.test"
#define OTHER "other.test"

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

static size_t requests(const char *part) {
    return fake_net_count(&jira->net, part);
}

static void one_event_costs_three_requests_and_the_next_one(void **state) {
    (void)state;
    int64_t first = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 0);
    expect(first, JS_STATUS_ACCEPTED);
    assert_int_equal(jira->net.count, 3);
    assert_true(jira->net.requests[0].secret); /* the token request */
    assert_string_equal(jira->net.requests[2].bearer, "token-1");
    assert_string_equal(jira->net.requests[2].url,
                        "https://api.test/jira/builds/0.1/cloud/cloud-1/bulk");
    int64_t second = fake_jira_deployment(jira, SITE, "app", 1);
    fake_jira_run(jira, 0);
    expect(second, JS_STATUS_ACCEPTED);
    assert_int_equal(jira->net.count, 4);
}

static void five_hundred_builds_go_in_five_requests(void **state) {
    (void)state;
    for (int i = 1; i <= 500; i++) {
        (void)fake_jira_build(jira, SITE, "app", i);
    }
    fake_jira_run(jira, 0);
    expect(1, JS_STATUS_ACCEPTED);
    expect(500, JS_STATUS_ACCEPTED);
    assert_int_equal(requests("/builds/"), 5);
    assert_int_equal(requests("/oauth/token"), 1);
    assert_int_equal(requests("/tenant_info"), 1);
}

static void only_the_newest_update_goes_out(void **state) {
    (void)state;
    int64_t older = fake_jira_build(jira, SITE, "app", 1);
    int64_t newer = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 0);
    expect(newer, JS_STATUS_ACCEPTED);
    expect(older, JS_STATUS_SUPERSEDED);
    assert_int_equal(requests("/builds/"), 1);
}

static void the_older_one_stands_until_the_newer_is_accepted(void **state) {
    (void)state;
    int64_t older = fake_jira_build(jira, SITE, "app", 1);
    int64_t newer = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .refuse = "app"});
    fake_jira_run(jira, 5000);
    expect(newer, JS_STATUS_REJECTED);
    expect(older, JS_STATUS_ACCEPTED);
}

static void a_refused_token_is_renewed_once(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.status = 401}});
    fake_jira_run(jira, 0);
    expect(id, JS_STATUS_ACCEPTED);
    assert_int_equal(jira->tokens, 2);
}

static void a_refused_fresh_token_holds_the_site_until_credentials_change(void **state) {
    (void)state;
    int64_t build = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 2, .answer = {.status = 401}});
    fake_jira_run(jira, 60000);
    expect(build, JS_STATUS_HELD);
    assert_int_equal(requests("/builds/"), 2);
    int64_t deployment = fake_jira_deployment(jira, SITE, "app", 1);
    fake_jira_run(jira, 60000);
    expect(deployment, JS_STATUS_HELD);
    assert_int_equal(requests("/deployments/"), 0);
    assert_true(fake_jira_outlook(jira, SITE, JS_KIND_DEPLOYMENT).held);
    fake_jira_login(jira, SITE, "another secret");
    assert_false(fake_jira_outlook(jira, SITE, JS_KIND_DEPLOYMENT).held);
    fake_jira_run(jira, 1000);
    expect(build, JS_STATUS_ACCEPTED);
    expect(deployment, JS_STATUS_ACCEPTED);
}

static void a_refused_secret_holds_the_site_and_is_probed_once_an_hour(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira,
                   (fake_rule){.part = "/oauth/token", .times = 3, .answer = {.status = 401}});
    fake_jira_run(jira, 59 * 60 * 1000);
    expect(id, JS_STATUS_HELD);
    assert_int_equal(requests("/oauth/token"), 1);
    fake_jira_run(jira, 2 * 60 * 1000);
    expect(id, JS_STATUS_HELD);
    assert_int_equal(requests("/oauth/token"), 2);
    fake_jira_run(jira, 2 * 61 * 60 * 1000);
    expect(id, JS_STATUS_ACCEPTED);
    assert_int_equal(requests("/oauth/token"), 4);
}

static void a_missing_permission_holds_one_lane_only(void **state) {
    (void)state;
    int64_t build = fake_jira_build(jira, SITE, "app", 1);
    int64_t deployment = fake_jira_deployment(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.status = 403}});
    fake_jira_run(jira, 1000);
    expect(build, JS_STATUS_HELD);
    expect(deployment, JS_STATUS_ACCEPTED);
    js_receipt receipt;
    fake_jira_receipt(jira, build, &receipt);
    assert_non_null(strstr(receipt.message, "permission \"Builds\""));
    assert_int_equal(receipt.http_status, 403);
    js_receipt_clear(&receipt);
}

static void a_refusal_of_replaced_credentials_holds_nobody(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.later = true}});
    fake_jira_run(jira, 0);
    fake_jira_login(jira, SITE, "another secret"); /* while the answer is on its way */
    js_net_answer *ready = &jira->net.ready[jira->net.ready_count++];
    *ready = (js_net_answer){.ticket = jira->net.count, .status = 403};
    fake_jira_run(jira, 2000);
    expect(id, JS_STATUS_ACCEPTED);
}

static void a_probe_that_jira_reads_lifts_the_hold(void **state) {
    (void)state;
    int64_t good = fake_jira_build(jira, SITE, "good", 1);
    int64_t bad = fake_jira_build(jira, SITE, "bad", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.status = 403}});
    fake_jira_rule(jira, (fake_rule){.part = "/builds/",
                                     .body_part = "\"bad\"",
                                     .times = -1,
                                     .answer = {.status = 400}});
    fake_jira_run(jira, 1000);
    expect(good, JS_STATUS_HELD);
    fake_jira_run(jira, 61 * 60 * 1000); /* the permission is there now, one event is wrong */
    expect(good, JS_STATUS_ACCEPTED);
    expect(bad, JS_STATUS_REJECTED);
}

static void retry_lifts_a_hold(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.status = 403}});
    fake_jira_run(jira, 1000);
    expect(id, JS_STATUS_HELD);
    assert_int_equal(jira->outbox->ops->retry(jira->outbox, id, NULL, jira->clock.wall_ms, NULL),
                     JIRASEND_OK);
    fake_jira_run(jira, 1000);
    expect(id, JS_STATUS_ACCEPTED);
}

static void a_wrong_cloud_id_is_looked_up_again(void **state) {
    (void)state;
    (void)jira->outbox->ops->cloud_id_put(jira->outbox, SITE, "old-cloud", NULL);
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "old-cloud", .times = -1, .answer = {.status = 404}});
    fake_jira_run(jira, 0);
    expect(id, JS_STATUS_ACCEPTED);
    assert_int_equal(requests("/tenant_info"), 1);
    char kept[65] = "";
    (void)jira->outbox->ops->cloud_id_get(jira->outbox, SITE, kept, sizeof kept, NULL);
    assert_string_equal(kept, "cloud-1");
}

static void a_cloud_id_that_is_not_found_twice_holds(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/bulk", .times = -1, .answer = {.status = 404}});
    fake_jira_run(jira, 60000);
    expect(id, JS_STATUS_HELD);
    assert_int_equal(requests("/bulk"), 2);
}

static void a_site_that_redirects_holds_and_names_the_other_host(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/tenant_info",
                                     .times = -1,
                                     .answer = {.status = 302, .location_host = "new.test"}});
    fake_jira_run(jira, 60000);
    expect(id, JS_STATUS_HELD);
    js_receipt receipt;
    fake_jira_receipt(jira, id, &receipt);
    assert_non_null(strstr(receipt.message, "new.test"));
    js_receipt_clear(&receipt);
    assert_int_equal(requests("/tenant_info"), 1);
}

static void one_poisoned_event_is_found_and_the_others_go(void **state) {
    (void)state;
    int64_t ids[150];
    for (int i = 0; i < 150; i++) {
        ids[i] = fake_jira_build(jira, SITE, i == 77 ? "poison" : "app", i);
    }
    fake_jira_rule(jira, (fake_rule){.part = "/builds/",
                                     .body_part = "\"poison\"",
                                     .times = -1,
                                     .answer = {.status = 400, .body = "[{\"message\":\"bad\"}]"}});
    fake_jira_run(jira, 1000);
    for (int i = 0; i < 150; i++) {
        expect(ids[i], i == 77 ? JS_STATUS_REJECTED : JS_STATUS_ACCEPTED);
    }
    assert_in_range(requests("/builds/"), 1, 24);
}

static void an_event_that_makes_jira_fail_does_not_stop_its_lane_for_long(void **state) {
    (void)state;
    int64_t ids[120];
    for (int i = 0; i < 120; i++) {
        ids[i] = fake_jira_build(jira, SITE, i == 3 ? "poison" : "app", i);
    }
    fake_jira_rule(jira, (fake_rule){.part = "/builds/",
                                     .body_part = "\"poison\"",
                                     .times = -1,
                                     .answer = {.status = 500}});
    fake_jira_run(jira, 3 * 60 * 1000);
    for (int i = 0; i < 120; i++) {
        expect(ids[i], i == 3 ? JS_STATUS_QUEUED : JS_STATUS_ACCEPTED);
    }
    int64_t later = fake_jira_build(jira, SITE, "app", 1000);
    fake_jira_run(jira, 10 * 60 * 1000);
    expect(later, JS_STATUS_ACCEPTED);
}

static void a_long_outage_is_asked_rarely_and_loses_nothing(void **state) {
    (void)state;
    int64_t ids[30];
    for (int i = 0; i < 30; i++) {
        ids[i] = fake_jira_build(jira, SITE, "app", i);
    }
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = -1, .answer = {.status = 500}});
    fake_jira_run(jira, 6 * 60 * 60 * 1000);
    assert_in_range(requests("/builds/"), 10, 6 * 60); /* on average less than once a minute */
    jira->rule_count = 0;
    fake_jira_run(jira, 11 * 60 * 1000);
    for (int i = 0; i < 30; i++) {
        expect(ids[i], JS_STATUS_ACCEPTED);
    }
}

static void a_request_that_is_too_large_is_halved_and_the_size_remembered(void **state) {
    (void)state;
    int64_t ids[64];
    for (int i = 0; i < 64; i++) {
        ids[i] = fake_jira_build(jira, SITE, "app", i);
    }
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 2, .answer = {.status = 413}});
    fake_jira_run(jira, 0);
    for (int i = 0; i < 64; i++) {
        expect(ids[i], JS_STATUS_ACCEPTED);
    }
    js_lane lane = {SITE, JS_API_BUILDS};
    js_stop stop;
    assert_int_equal(jira->outbox->ops->stop_get(jira->outbox, &lane, &stop, NULL), JIRASEND_OK);
    assert_true(stop.size_cap > 0);
}

static void one_event_that_is_too_large_is_rejected(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = -1, .answer = {.status = 413}});
    fake_jira_run(jira, 0);
    expect(id, JS_STATUS_REJECTED);
    assert_int_equal(requests("/builds/"), 1);
}

static void a_rate_limit_is_heeded_and_stops_nobody_else(void **state) {
    (void)state;
    fake_jira_login(jira, OTHER, "secret");
    int64_t slow = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/",
                                     .times = 1,
                                     .answer = {.status = 429, .retry_after_ms = 60000}});
    fake_jira_run(jira, 0);
    int64_t beside = fake_jira_deployment(jira, SITE, "app", 1);
    int64_t other = fake_jira_build(jira, OTHER, "app", 1);
    fake_jira_run(jira, 59000);
    expect(slow, JS_STATUS_QUEUED);
    expect(beside, JS_STATUS_ACCEPTED);
    expect(other, JS_STATUS_ACCEPTED);
    assert_in_range(fake_jira_outlook(jira, SITE, JS_KIND_BUILD).pause_ms, 1, 10000);
    /* a flush does not talk Jira out of it */
    js_delivery_flush(jira->delivery);
    fake_jira_run(jira, 500);
    expect(slow, JS_STATUS_QUEUED);
    fake_jira_run(jira, 7000);
    expect(slow, JS_STATUS_ACCEPTED);
}

static void a_flush_ignores_our_own_pause(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    js_lane lane = {SITE, JS_API_BUILDS};
    js_stop stop = {.backoff_until_ms = jira->clock.wall_ms + 200000, .failures = 9};
    (void)jira->outbox->ops->stop_put(jira->outbox, &lane, &stop, NULL);
    fake_jira_run(jira, 10000);
    expect(id, JS_STATUS_QUEUED);
    js_delivery_flush(jira->delivery);
    fake_jira_run(jira, 0);
    expect(id, JS_STATUS_ACCEPTED);
}

static void what_jira_does_not_mention_is_sent_five_times(void **state) {
    (void)state;
    int64_t lost = fake_jira_build(jira, SITE, "ghost", 1);
    int64_t fine = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = -1, .omit = "ghost"});
    fake_jira_run(jira, 30000);
    expect(fine, JS_STATUS_ACCEPTED);
    expect(lost, JS_STATUS_REJECTED);
    assert_int_equal(requests("/builds/"), 5);
    js_receipt receipt;
    fake_jira_receipt(jira, lost, &receipt);
    assert_int_equal(receipt.attempts, 5);
    js_receipt_clear(&receipt);
}

static void unknown_keys_are_told_and_no_failure(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = -1, .unknown = "APP-2"});
    fake_jira_run(jira, 0);
    expect(id, JS_STATUS_ACCEPTED);
    js_receipt receipt;
    fake_jira_receipt(jira, id, &receipt);
    assert_int_equal(receipt.unknown_issue_keys.count, 1);
    assert_string_equal(receipt.unknown_issue_keys.items[0], "APP-2");
    js_receipt_clear(&receipt);
}

static void a_token_is_asked_for_once_by_all_and_failures_are_shared(void **state) {
    (void)state;
    fake_jira_rule(jira,
                   (fake_rule){.part = "/oauth/token", .times = 1, .answer = {.status = 503}});
    int64_t build = fake_jira_build(jira, SITE, "app", 1);
    int64_t deployment = fake_jira_deployment(jira, SITE, "app", 1);
    fake_jira_run(jira, 0);
    assert_int_equal(requests("/oauth/token"), 1);
    fake_jira_run(jira, 5000);
    expect(build, JS_STATUS_ACCEPTED);
    expect(deployment, JS_STATUS_ACCEPTED);
    assert_int_equal(requests("/oauth/token"), 2);
}

static void a_token_is_renewed_before_it_runs_out(void **state) {
    (void)state;
    jira->token_lifetime_s = 100;
    (void)fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 89000);
    (void)fake_jira_build(jira, SITE, "app", 2);
    fake_jira_run(jira, 0);
    assert_int_equal(jira->tokens, 1);
    fake_jira_run(jira, 2000);
    (void)fake_jira_build(jira, SITE, "app", 3);
    fake_jira_run(jira, 0);
    assert_int_equal(jira->tokens, 2);
}

/* A server hands its credentials over whenever its settings are saved. */
static void the_same_credentials_keep_their_token(void **state) {
    (void)state;
    (void)fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 1000);
    fake_jira_login(jira, SITE, "secret");
    fake_jira_run(jira, 1000);
    jira->locked = true;
    const char *site = NULL;
    int64_t age_ms = 0;
    assert_true(js_access_token_age(jira->access, 0, &site, &age_ms));
    jira->locked = false;
    assert_string_equal(site, SITE);
    assert_in_range(age_ms, 1500, 2500);
    (void)fake_jira_build(jira, SITE, "app", 2);
    fake_jira_run(jira, 0);
    assert_int_equal(jira->tokens, 1);
}

static void the_network_may_be_away_for_a_day(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(
        jira,
        (fake_rule){.part = "/oauth/token", .times = -1, .answer = {.failure = JS_NET_UNREACHED}});
    fake_jira_run(jira, 24 * 60 * 60 * 1000);
    expect(id, JS_STATUS_QUEUED);
    assert_in_range(requests("/oauth/token"), 200, 2000);
    jira->rule_count = 0;
    fake_jira_run(jira, 6 * 60 * 1000);
    expect(id, JS_STATUS_ACCEPTED);
}

static void a_clock_that_is_set_back_or_forward_delays_nobody(void **state) {
    (void)state;
    fake_jira_rule(jira, (fake_rule){.part = "/builds/",
                                     .times = 2,
                                     .answer = {.status = 503, .retry_after_ms = 2000}});
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 100);
    jira->clock.wall_ms -= 60 * 60 * 1000;
    fake_jira_run(jira, 2500);
    assert_int_equal(requests("/builds/"), 2);
    jira->clock.wall_ms += 2 * 60 * 60 * 1000;
    fake_jira_run(jira, 1500);
    assert_int_equal(requests("/builds/"), 2); /* Jira's wish holds whatever our clock says */
    fake_jira_run(jira, 2500);
    expect(id, JS_STATUS_ACCEPTED);
}

/* What a clock that was a year ahead has written holds nobody up until then. */
static void a_clock_that_jumps_expires_nothing(void **state) {
    (void)state;
    const int64_t year_ms = 365 * INT64_C(24) * 3600 * 1000;
    int64_t accepted = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 1000);
    expect(accepted, JS_STATUS_ACCEPTED);
    int64_t held = fake_jira_build(jira, SITE, "app", 2);
    fake_jira_rule(jira, (fake_rule){.part = "/builds/", .times = 1, .answer = {.status = 403}});
    fake_jira_run(jira, 1000);
    jira->clock.wall_ms += year_ms;
    fake_jira_run(jira, 5 * 60 * 1000);
    expect(held, JS_STATUS_HELD);
    expect(accepted, JS_STATUS_ACCEPTED); /* its receipt is there */
    jira->clock.wall_ms -= 2 * year_ms;
    int64_t early = fake_jira_build(jira, SITE, "app", 3);
    fake_jira_run(jira, 5 * 60 * 1000);
    expect(early, JS_STATUS_HELD);
}

static void times_of_a_clock_that_was_ahead_count_no_more(void **state) {
    (void)state;
    const int64_t year_ms = INT64_C(365) * 24 * 60 * 60 * 1000;
    js_lane lane = {SITE, JS_API_BUILDS};
    for (int which = 0; which < 3; which++) {
        int64_t id = fake_jira_build(jira, SITE, "app", which);
        int64_t far = jira->clock.wall_ms + year_ms;
        js_stop stop = {.backoff_until_ms = which == 0 ? far : 0,
                        .rate_until_ms = which == 1 ? far : 0};
        assert_int_equal(jira->outbox->ops->stop_put(jira->outbox, &lane, &stop, NULL),
                         JIRASEND_OK);
        if (which == 2) {
            int64_t fence = 0;
            js_outcome later = {.id = id, .status = JS_STATUS_QUEUED, .not_before_ms = far};
            assert_int_equal(jira->outbox->ops->claim(jira->outbox, &lane, &fence, NULL),
                             JIRASEND_OK);
            assert_int_equal(jira->outbox->ops->settle(jira->outbox, &lane, fence, &later, 1, &stop,
                                                       NULL, jira->clock.wall_ms, NULL),
                             JIRASEND_OK);
            jira->outbox->ops->release(jira->outbox, &lane, fence, false);
        }
        fake_jira_run(jira, 3000);
        expect(id, JS_STATUS_ACCEPTED);
    }
}

static void a_wrong_clock_is_said(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_rule(jira,
                   (fake_rule){.part = "/builds/",
                               .times = -1,
                               .answer = {.status = 202,
                                          .server_date_ms = jira->clock.wall_ms - 90000,
                                          .body = "{\"acceptedBuilds\": [{\"pipelineId\": \"app\", "
                                                  "\"buildNumber\": 1}]}"}});
    fake_jira_run(jira, 0);
    js_receipt receipt;
    fake_jira_receipt(jira, id, &receipt);
    assert_int_equal(receipt.status, JS_STATUS_ACCEPTED);
    assert_non_null(strstr(receipt.message, "90 s ahead of"));
    js_receipt_clear(&receipt);
}

static void events_of_a_site_without_credentials_stay(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, OTHER, "app", 1);
    fake_jira_run(jira, 60000);
    expect(id, JS_STATUS_QUEUED);
    assert_int_equal(jira->net.count, 0);
    assert_true(fake_jira_outlook(jira, OTHER, JS_KIND_BUILD).no_credentials);
    fake_jira_login(jira, "", "secret"); /* for every site */
    fake_jira_run(jira, 2000);
    expect(id, JS_STATUS_ACCEPTED);
}

static void a_request_that_cannot_start_is_tried_again(void **state) {
    (void)state;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    jira->net.refuse_start = true;
    fake_jira_run(jira, 5000);
    expect(id, JS_STATUS_QUEUED);
    jira->net.refuse_start = false;
    fake_jira_run(jira, 10 * 60 * 1000);
    expect(id, JS_STATUS_ACCEPTED);
}

static void a_site_may_have_an_api_of_its_own(void **state) {
    (void)state;
    js_credentials credentials = {.site = OTHER,
                                  .client_id = "client",
                                  .secret = "secret",
                                  .secret_length = 6,
                                  .api_url = "https://elsewhere.test"};
    assert_int_equal(js_access_put(jira->access, &credentials, NULL), JIRASEND_OK);
    int64_t there = fake_jira_build(jira, OTHER, "app", 1);
    int64_t here = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 0);
    expect(there, JS_STATUS_ACCEPTED);
    expect(here, JS_STATUS_ACCEPTED);
    assert_int_equal(requests("https://elsewhere.test/"), 2);
    assert_int_equal(requests("https://api.test/"), 2);
}

/* An outbox whose disk fails when something is to be written down. */
static const struct js_outbox_ops *real_ops;
static int failing_settles;

static jirasend_code failing_settle(js_outbox *self, const js_lane *lane, int64_t fence,
                                    const js_outcome *outcomes, size_t count, const js_stop *stop,
                                    const js_stop *site_stop, int64_t now_ms,
                                    jirasend_error *error) {
    if (failing_settles > 0) {
        failing_settles--;
        return JIRASEND_E_STORAGE;
    }
    return real_ops->settle(self, lane, fence, outcomes, count, stop, site_stop, now_ms, error);
}

static void an_answer_is_kept_until_it_could_be_written_down(void **state) {
    (void)state;
    struct js_outbox_ops ops = *jira->outbox->ops;
    real_ops = jira->outbox->ops;
    ops.settle = failing_settle;
    failing_settles = 3;
    jira->outbox->ops = &ops;
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 10000);
    expect(id, JS_STATUS_ACCEPTED);
    assert_int_equal(requests("/builds/"), 1); /* not sent again for a disk's sake */
    jira->outbox->ops = real_ops;
}

/* Looks as always; then another process of the same outbox is told to send less often. */
static jirasend_code lanes_before_a_limit(js_outbox *self, int64_t now_ms, js_lane_view **views,
                                          size_t *count, jirasend_error *error) {
    jirasend_code code = real_ops->lanes(self, now_ms, views, count, error);
    js_lane lane = {SITE, JS_API_BUILDS};
    js_stop stop = {.rate_until_ms = jira->clock.wall_ms + 60000, .failures = 4};
    assert_int_equal(real_ops->stop_put(self, &lane, &stop, NULL), JIRASEND_OK);
    return code;
}

static void a_flush_does_not_write_back_what_it_saw_before(void **state) {
    (void)state;
    struct js_outbox_ops ops = *jira->outbox->ops;
    real_ops = jira->outbox->ops;
    (void)fake_jira_build(jira, SITE, "app", 1);
    js_lane lane = {SITE, JS_API_BUILDS};
    js_stop stop = {.backoff_until_ms = jira->clock.wall_ms + 200000, .failures = 3};
    (void)real_ops->stop_put(jira->outbox, &lane, &stop, NULL);
    ops.lanes = lanes_before_a_limit;
    jira->outbox->ops = &ops;
    js_delivery_flush(jira->delivery);
    (void)fake_jira_turn(jira);
    jira->outbox->ops = real_ops;
    assert_int_equal(real_ops->stop_get(jira->outbox, &lane, &stop, NULL), JIRASEND_OK);
    assert_true(stop.rate_until_ms > jira->clock.wall_ms);
    assert_int_equal(stop.failures, 4);
    assert_int_equal(stop.backoff_until_ms, 0);
}

static void a_closing_client_begins_nothing_new(void **state) {
    (void)state;
    fake_jira_rule(jira, (fake_rule){.part = "/oauth/", .times = 1, .answer = {.later = true}});
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 0);
    js_delivery_stop(jira->delivery);
    js_net_answer *ready =
        &jira->net.ready[jira->net.ready_count++]; /* the token comes after all */
    *ready = (js_net_answer){.ticket = 1, .status = 200};
    js_buf_add_text(&ready->body, "{\"access_token\": \"t\", \"expires_in\": 900}");
    fake_jira_run(jira, 60000);
    assert_int_equal(requests("/builds/"), 0);
    expect(id, JS_STATUS_QUEUED);
}

static void what_is_under_way_is_said(void **state) {
    (void)state;
    fake_jira_rule(jira, (fake_rule){.part = "/oauth/", .times = 1, .answer = {.later = true}});
    fake_jira_rule(jira, (fake_rule){.part = "/bulk", .times = 1, .answer = {.later = true}});
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    assert_null(js_delivery_progress(jira->delivery, id));
    fake_jira_run(jira, 0);
    assert_non_null(strstr(js_delivery_progress(jira->delivery, id), "token"));
    js_net_answer *ready = &jira->net.ready[jira->net.ready_count++];
    *ready = (js_net_answer){.ticket = 1, .status = 200};
    js_buf_add_text(&ready->body, "{\"access_token\": \"t\", \"expires_in\": 900}");
    fake_jira_run(jira, 0);
    assert_non_null(strstr(js_delivery_progress(jira->delivery, id), "sent to Jira"));
    assert_null(js_delivery_progress(jira->delivery, id + 1));
}

static int failing_batches;

static jirasend_code failing_next_batch(js_outbox *self, const js_lane *lane,
                                        const js_batch_limits *limits, js_batch *batch,
                                        jirasend_error *error) {
    if (failing_batches > 0) {
        failing_batches--;
        *batch = (js_batch){0};
        return js_fail(error, JIRASEND_E_STORAGE, "The disk has a bad day.");
    }
    return real_ops->next_batch(self, lane, limits, batch, error);
}

static void an_outbox_that_cannot_be_read_is_said_and_tried_again(void **state) {
    (void)state;
    struct js_outbox_ops ops = *jira->outbox->ops;
    real_ops = jira->outbox->ops;
    ops.next_batch = failing_next_batch;
    failing_batches = 2;
    jira->outbox->ops = &ops;
    js_lane build = {.site = SITE, .api = JS_API_BUILDS};
    js_lane deployment = {.site = SITE, .api = JS_API_DEPLOYMENTS};
    int64_t id = fake_jira_build(jira, SITE, "app", 1);
    fake_jira_run(jira, 0);
    const jirasend_error *trouble = js_delivery_trouble(jira->delivery, &build);
    assert_non_null(trouble);
    assert_int_equal(trouble->code, JIRASEND_E_STORAGE);
    assert_string_equal(trouble->message, "The disk has a bad day.");
    assert_ptr_equal(js_delivery_trouble(jira->delivery, NULL), trouble);
    assert_null(js_delivery_trouble(jira->delivery, &deployment));
    fake_jira_run(jira, 5000); /* nobody puts in anything else meanwhile */
    expect(id, JS_STATUS_ACCEPTED);
    assert_null(js_delivery_trouble(jira->delivery, NULL));
    jira->outbox->ops = real_ops;
}

/* One document of each kind but builds, and the id by which Jira's answer knows it. */
static const struct {
    const char *document, *id;
} of_kinds[] = {
    {"{\"kind\":\"deployment\",\"site\":\"" SITE "\",\"pipelineId\":\"app\",\"number\":1,"
     "\"url\":\"https://ci.test/1\",\"state\":\"successful\",\"issueKeys\":[\"APP-1\"],"
     "\"environment\":{\"id\":\"prod\",\"name\":\"Production\"}}",
     "app"},
    {"{\"kind\":\"flag\",\"site\":\"" SITE "\",\"flagId\":\"f1\",\"url\":\"https://ci.test/1\","
     "\"issueKeys\":[\"APP-1\"],\"environments\":[{\"name\":\"v\",\"enabled\":true}]}",
     "f1"},
    {"{\"kind\":\"commit\",\"site\":\"" SITE "\",\"repository\":{\"url\":\"https://git.test/r\"},"
     "\"hash\":\"0123456789012345678901234567890123456789\",\"message\":\"APP-1\","
     "\"url\":\"https://git.test/c\"}",
     "0123456789012345678901234567890123456789"},
    {"{\"kind\":\"branch\",\"site\":\"" SITE "\",\"repository\":{\"url\":\"https://git.test/r\"},"
     "\"name\":\"APP-1\",\"url\":\"https://git.test/b\",\"lastCommit\":{\"message\":\"\","
     "\"hash\":\"1123456789012345678901234567890123456789\",\"url\":\"https://git.test/c\"}}",
     "APP-1"},
    {"{\"kind\":\"pull_request\",\"site\":\"" SITE "\",\"repository\":{\"url\":"
     "\"https://git.test/r\"},\"number\":12,\"title\":\"APP-1\",\"state\":\"open\","
     "\"url\":\"https://git.test/p\",\"sourceBranch\":\"b\"}",
     "12"},
};
enum { OF_KINDS = sizeof of_kinds / sizeof of_kinds[0] };

static void every_kind_is_settled_by_its_own_answer(void **state) {
    (void)state;
    for (size_t i = 0; i < OF_KINDS; i++) {
        int64_t accepted = fake_jira_submit(jira, of_kinds[i].document);
        fake_jira_run(jira, 0);
        expect(accepted, JS_STATUS_ACCEPTED);
        fake_jira_rule(jira, (fake_rule){.part = "/bulk", .times = 1, .refuse = of_kinds[i].id});
        int64_t refused = fake_jira_submit(jira, of_kinds[i].document);
        fake_jira_run(jira, 0);
        expect(refused, JS_STATUS_REJECTED);
        fake_jira_rule(jira, (fake_rule){.part = "/bulk", .times = 5, .omit = of_kinds[i].id});
        int64_t ghost = fake_jira_submit(jira, of_kinds[i].document);
        fake_jira_run(jira, 60 * 60 * 1000);
        expect(ghost, JS_STATUS_REJECTED);
    }
}

static int64_t submit_past(int number) {
    char document[300];
    (void)snprintf(
        document, sizeof document,
        "{\"kind\":\"build\",\"site\":\"" SITE "\",\"pipelineId\":\"app\",\"number\":%d,"
        "\"url\":\"https://ci.test/1\",\"state\":\"successful\",\"issueKeys\":[\"APP-1\"],"
        "\"history\":true,\"updatedAt\":\"2020-01-01T00:00:00Z\"}",
        number);
    return fake_jira_submit(jira, document);
}

/* Ten requests a second of a site, whoever sends them. */
static void history_of_several_processes_is_paced_together(void **state) {
    (void)state;
    int64_t first = submit_past(1);
    fake_jira_run(jira, 0);
    expect(first, JS_STATUS_ACCEPTED);
    fake_jira_restart(jira); /* another one on the same outbox */
    fake_jira_login(jira, SITE, "secret");
    int64_t second = submit_past(2);
    fake_jira_run(jira, 90);
    expect(second, JS_STATUS_QUEUED);
    assert_int_equal(requests("/bulk"), 1);
    fake_jira_run(jira, 20);
    expect(second, JS_STATUS_ACCEPTED);
}

static void a_gated_deployment_travels_alone(void **state) {
    (void)state;
    (void)fake_jira_deployment(jira, SITE, "app", 1);
    int64_t gated = fake_jira_submit(
        jira, "{\"kind\": \"deployment\", \"site\": \"" SITE "\", \"pipelineId\": \"app\", "
              "\"number\": 2, \"url\": \"https://ci.test/2\", \"state\": \"pending\", "
              "\"issueKeys\": [\"APP-1\"], \"gate\": true, "
              "\"environment\": {\"id\": \"prod\", \"name\": \"Production\"}}");
    (void)fake_jira_deployment(jira, SITE, "app", 2);
    fake_jira_run(jira, 0);
    expect(gated, JS_STATUS_ACCEPTED);
    assert_int_equal(requests("/deployments/"), 3);
}

int main(void) {
#define BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        BENCH(one_event_costs_three_requests_and_the_next_one),
        BENCH(five_hundred_builds_go_in_five_requests),
        BENCH(only_the_newest_update_goes_out),
        BENCH(the_older_one_stands_until_the_newer_is_accepted),
        BENCH(a_refused_token_is_renewed_once),
        BENCH(a_refused_fresh_token_holds_the_site_until_credentials_change),
        BENCH(a_refused_secret_holds_the_site_and_is_probed_once_an_hour),
        BENCH(a_missing_permission_holds_one_lane_only),
        BENCH(a_refusal_of_replaced_credentials_holds_nobody),
        BENCH(a_probe_that_jira_reads_lifts_the_hold),
        BENCH(retry_lifts_a_hold),
        BENCH(a_wrong_cloud_id_is_looked_up_again),
        BENCH(a_cloud_id_that_is_not_found_twice_holds),
        BENCH(a_site_that_redirects_holds_and_names_the_other_host),
        BENCH(one_poisoned_event_is_found_and_the_others_go),
        BENCH(an_event_that_makes_jira_fail_does_not_stop_its_lane_for_long),
        BENCH(a_long_outage_is_asked_rarely_and_loses_nothing),
        BENCH(a_request_that_is_too_large_is_halved_and_the_size_remembered),
        BENCH(one_event_that_is_too_large_is_rejected),
        BENCH(a_rate_limit_is_heeded_and_stops_nobody_else),
        BENCH(a_flush_ignores_our_own_pause),
        BENCH(what_jira_does_not_mention_is_sent_five_times),
        BENCH(unknown_keys_are_told_and_no_failure),
        BENCH(a_token_is_asked_for_once_by_all_and_failures_are_shared),
        BENCH(a_token_is_renewed_before_it_runs_out),
        BENCH(the_same_credentials_keep_their_token),
        BENCH(the_network_may_be_away_for_a_day),
        BENCH(a_clock_that_is_set_back_or_forward_delays_nobody),
        BENCH(a_clock_that_jumps_expires_nothing),
        BENCH(times_of_a_clock_that_was_ahead_count_no_more),
        BENCH(a_wrong_clock_is_said),
        BENCH(events_of_a_site_without_credentials_stay),
        BENCH(a_request_that_cannot_start_is_tried_again),
        BENCH(an_answer_is_kept_until_it_could_be_written_down),
        BENCH(an_outbox_that_cannot_be_read_is_said_and_tried_again),
        BENCH(a_flush_does_not_write_back_what_it_saw_before),
        BENCH(a_closing_client_begins_nothing_new),
        BENCH(what_is_under_way_is_said),
        BENCH(every_kind_is_settled_by_its_own_answer),
        BENCH(history_of_several_processes_is_paced_together),
        BENCH(a_gated_deployment_travels_alone),
        BENCH(a_site_may_have_an_api_of_its_own),
    };
#undef BENCH
    return cmocka_run_group_tests(tests, NULL, NULL);
}
