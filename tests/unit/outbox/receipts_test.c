/* What is said of an event, and what a person may do about it. */
#include "outbox_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static js_outbox *of(void **state) {
    return ((fixture *)*state)->outbox;
}

static void stop(js_outbox *outbox, const js_lane *lane, bool held, int status, const char *words) {
    js_stop stop = {.held = held, .http_status = status};
    (void)snprintf(stop.message, sizeof stop.message, "%s", words);
    assert_int_equal(outbox->ops->stop_put(outbox, lane, &stop, NULL), JIRASEND_OK);
}

#ifndef OUTBOX_ON_POSTGRES /* which is no memory of one program */
/* A program that tells very many events and reads each receipt does not grow. */
static void memory_forgets_what_was_seen_long_ago(void **state) {
    js_outbox *outbox = of(state);
    enum { MANY = 1030 };
    int64_t named = put(outbox, &(spec){.request_id = "r", .number = 1, .skip = "No keys."}, NOW);
    assert_string_equal(fate(outbox, named), "skipped: No keys.");
    for (int i = 0; i < MANY; i++) {
        int64_t id = put(outbox, &(spec){.number = 2 + i, .skip = "No keys."}, NOW);
        assert_string_equal(fate(outbox, id), "skipped: No keys.");
    }
    int64_t last = put(outbox, &(spec){.number = 2 + MANY, .skip = "No keys."}, NOW);
    js_receipt receipt;
    assert_int_equal(outbox->ops->receipt(outbox, named + 1, &receipt, NULL), JIRASEND_E_NOT_FOUND);
    assert_string_equal(fate(outbox, named), "skipped: No keys.");
    assert_string_equal(fate(outbox, last - 1), "skipped: No keys.");
    assert_string_equal(fate(outbox, last), "skipped: No keys.");
}
#endif

static void receipt_has_every_member(void **state) {
    js_outbox *outbox = of(state);
    int64_t id = put(outbox, &(spec){.request_id = "r-1", .number = 3}, NOW);
    char unknown_key[] = "APP-2";
    char *keys[] = {unknown_key};
    js_strings unknown = {keys, 1, 1};
    settle(outbox, &builds,
           (js_outcome){.id = id,
                        .status = JS_STATUS_QUEUED,
                        .sent = true,
                        .http_status = 500,
                        .message = "Jira answered 500."},
           NOW);
    assert_string_equal(fate(outbox, id), "queued: Jira answered 500.");
    settle(outbox, &builds,
           (js_outcome){.id = id,
                        .status = JS_STATUS_ACCEPTED,
                        .sent = true,
                        .http_status = 202,
                        .unknown_keys = &unknown},
           NOW);
    js_receipt receipt;
    assert_int_equal(outbox->ops->receipt(outbox, id, &receipt, NULL), JIRASEND_OK);
    js_buf text = JS_BUF_INIT;
    js_receipt_write(&text, &receipt);
    assert_int_equal(receipt.id, id);
    assert_string_equal(receipt.request_id, "r-1");
    assert_int_equal(receipt.kind, JS_KIND_BUILD);
    assert_string_equal(receipt.site, SITE);
    assert_int_equal(receipt.status, JS_STATUS_ACCEPTED);
    assert_int_equal(receipt.issue_keys.count, 2);
    assert_string_equal(receipt.issue_keys.items[0], "APP-1");
    assert_int_equal(receipt.unknown_issue_keys.count, 1);
    assert_string_equal(receipt.unknown_issue_keys.items[0], "APP-2");
    assert_string_equal(receipt.message, "Jira has it."); /* not why it once waited */
    assert_int_equal(receipt.http_status, 202);
    assert_int_equal(receipt.attempts, 2);
    js_buf_clear(&text);
    js_receipt_clear(&receipt);
}

static void skipped_at_once(void **state) {
    js_outbox *outbox = of(state);
    int64_t id = put(outbox, &(spec){.skip = "It names no issue."}, NOW);
    assert_string_equal(fate(outbox, id), "skipped: It names no issue.");
    int64_t cursor = 0;
    js_receipt receipt;
    assert_int_equal(outbox->ops->next_settled(outbox, &cursor, &receipt, NULL), JIRASEND_OK);
    assert_int_equal(receipt.id, id);
    js_receipt_clear(&receipt);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "");
}

static void waiting_says_why(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    assert_string_equal(fate(outbox, 1), "queued: Waiting to be sent.");
    stop(outbox, &builds, false, 503, "Jira is down.");
    assert_string_equal(fate(outbox, 1), "queued: Jira is down.");
    stop(outbox, &site_lane, false, 0, "No token.");
    assert_string_equal(fate(outbox, 1), "queued: No token.");
    stop(outbox, &builds, true, 403, "No permission for builds.");
    assert_string_equal(fate(outbox, 1), "held: No permission for builds.");
    stop(outbox, &site_lane, true, 401, "Wrong secret.");
    js_receipt receipt;
    assert_int_equal(outbox->ops->receipt(outbox, 1, &receipt, NULL), JIRASEND_OK);
    assert_int_equal(receipt.status, JS_STATUS_HELD);
    assert_int_equal(receipt.http_status, 401);
    assert_string_equal(receipt.message, "Wrong secret.");
    js_receipt_clear(&receipt);
    expect_counts(outbox, 0, 1, 0, 0);
    put(outbox, &(spec){.site = "other.atlassian.net"}, NOW);
    expect_counts(outbox, 1, 1, 0, 0);
    /* What is settled does not care. */
    settle_as(outbox, &builds, 1, JS_STATUS_SKIPPED);
    assert_non_null(strstr(fate(outbox, 1), "skipped"));
}

static void unknown_ids(void **state) {
    js_outbox *outbox = of(state);
    assert_non_null(strstr(fate(outbox, 17), "error 6: The outbox knows no event 17."));
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(outbox->ops->retry(outbox, 17, NULL, NOW, &error), JIRASEND_E_NOT_FOUND);
    assert_non_null(strstr(error.message, "17"));
    assert_int_equal(outbox->ops->drop(outbox, 17, NOW, &error), JIRASEND_E_NOT_FOUND);
    put_build(outbox, 1);
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    assert_int_equal(outbox->ops->drop(outbox, 1, NOW, &error), JIRASEND_E_NOT_FOUND);
    assert_non_null(strstr(error.message, "nothing to drop"));
    assert_int_equal(outbox->ops->retry(outbox, 1, NULL, NOW, &error), JIRASEND_E_NOT_FOUND);
    assert_string_equal(fate(outbox, 1), "accepted: Jira has it.");
}

static void cursor_follows_the_order_of_settling(void **state) {
    fixture *fix = *state;
    js_outbox *outbox = fix->outbox;
    for (int i = 1; i <= 4; i++) {
        put_build(outbox, i);
    }
    int64_t cursor = -1;
    assert_int_equal(outbox->ops->cursor(outbox, &cursor, NULL), JIRASEND_OK);
    assert_int_equal(cursor, 0);
    static const int64_t order[] = {3, 1, 4};
    settle_as(outbox, &builds, 3, JS_STATUS_ACCEPTED);
    settle_as(outbox, &builds, 1, JS_STATUS_REJECTED);
    settle_as(outbox, &builds, 4, JS_STATUS_SKIPPED);
    js_receipt receipt;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(outbox->ops->next_settled(outbox, &cursor, &receipt, NULL), JIRASEND_OK);
        assert_int_equal(receipt.id, order[i]);
        js_receipt_clear(&receipt);
    }
    int64_t end = cursor;
    assert_int_equal(outbox->ops->next_settled(outbox, &cursor, &receipt, NULL),
                     JIRASEND_E_NOT_FOUND);
    assert_int_equal(cursor, end);
    assert_int_equal(outbox->ops->cursor(outbox, &cursor, NULL), JIRASEND_OK);
    assert_int_equal(cursor, end);
    /* A retried dead letter is settled a second time, behind the others. */
    assert_int_equal(outbox->ops->retry(outbox, 1, NULL, NOW, NULL), JIRASEND_OK);
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    assert_int_equal(outbox->ops->next_settled(outbox, &cursor, &receipt, NULL), JIRASEND_OK);
    assert_int_equal(receipt.id, 1);
    js_receipt_clear(&receipt);
}

static void list_shows_what_is_open(void **state) {
    js_outbox *outbox = of(state);
    for (int i = 1; i <= 5; i++) {
        put_build(outbox, i);
    }
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    settle_as(outbox, &builds, 3, JS_STATUS_REJECTED);
    js_receipt *receipts = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->list(outbox, 0, 1000, &receipts, &count, NULL), JIRASEND_OK);
    static const int64_t ids[] = {2, 3, 4, 5};
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(receipts[i].id, ids[i]);
    }
    assert_int_equal(receipts[1].status, JS_STATUS_REJECTED);
    js_receipts_free(receipts, count);
    assert_int_equal(outbox->ops->list(outbox, 3, 1, &receipts, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    assert_int_equal(receipts[0].id, 4);
    js_receipts_free(receipts, count);
    assert_int_equal(outbox->ops->list(outbox, 5, 1000, &receipts, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 0);
    js_receipts_free(receipts, count);
}

static void drop_gives_up(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    put_build(outbox, 2);
    settle_as(outbox, &builds, 2, JS_STATUS_REJECTED);
    expect_counts(outbox, 1, 0, 1, 0);
    for (int64_t id = 1; id <= 2; id++) {
        assert_int_equal(outbox->ops->drop(outbox, id, NOW, NULL), JIRASEND_OK);
        assert_string_equal(fate(outbox, id), "rejected: Dropped by hand.");
        assert_int_equal(outbox->ops->drop(outbox, id, NOW, NULL), JIRASEND_E_NOT_FOUND);
        assert_int_equal(outbox->ops->retry(outbox, id, NULL, NOW, NULL), JIRASEND_E_NOT_FOUND);
    }
    expect_counts(outbox, 0, 0, 0, 0);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "");
}

static void dropped_while_on_its_way_stays_dropped(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    int64_t fence = claim(outbox, &builds);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "1");
    assert_int_equal(outbox->ops->drop(outbox, 1, NOW, NULL), JIRASEND_OK);
    js_outcome outcome = {.id = 1, .status = JS_STATUS_ACCEPTED};
    js_stop none = {0};
    assert_int_equal(
        outbox->ops->settle(outbox, &builds, fence, &outcome, 1, &none, NULL, NOW, NULL),
        JIRASEND_OK);
    assert_string_equal(fate(outbox, 1), "rejected: Dropped by hand.");
    expect_counts(outbox, 0, 0, 0, 0);
}

static void retry_lifts_and_revives(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    put_build(outbox, 2);
    settle(outbox, &builds,
           (js_outcome){.id = 1, .status = JS_STATUS_REJECTED, .sent = true, .unmentioned = true},
           NOW);
    settle(outbox, &builds,
           (js_outcome){.id = 2, .status = JS_STATUS_QUEUED, .not_before_ms = NOW + DAY_MS}, NOW);
    js_stop held = {.backoff_until_ms = NOW + 1,
                    .rate_until_ms = NOW + 2,
                    .failures = 3,
                    .culprits = 1,
                    .limit = 50,
                    .size_cap = 1000,
                    .held = true,
                    .hold_fingerprint = UINT64_MAX,
                    .probe_at_ms = 4,
                    .http_status = 403,
                    .message = "No."};
    assert_int_equal(outbox->ops->stop_put(outbox, &builds, &held, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->stop_put(outbox, &site_lane, &held, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->stop_put(outbox, &deployments, &held, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->retry(outbox, 1, NULL, NOW, NULL), JIRASEND_OK);
    js_stop now;
    const js_lane *const lifted[] = {&builds, &site_lane};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(outbox->ops->stop_get(outbox, lifted[i], &now, NULL), JIRASEND_OK);
        assert_false(now.held);
        assert_int_equal(now.backoff_until_ms, 0);
        assert_int_equal(now.rate_until_ms, NOW + 2); /* Jira's wish stays */
        assert_int_equal(now.failures, 0);
        assert_int_equal(now.limit, 50);
        assert_int_equal(now.size_cap, 1000);
        assert_string_equal(now.message, "");
    }
    assert_int_equal(outbox->ops->stop_get(outbox, &deployments, &now, NULL), JIRASEND_OK);
    assert_true(now.held); /* another lane's own hold is not this event's matter */
    assert_true(now.hold_fingerprint == UINT64_MAX);
    js_batch_limits limits = {100, 1 << 20, NOW, false, 0, false};
    js_batch batch;
    assert_int_equal(outbox->ops->next_batch(outbox, &builds, &limits, &batch, NULL), JIRASEND_OK);
    assert_int_equal(batch.count, 1);
    assert_int_equal(batch.items[0].attempts, 1);
    assert_int_equal(batch.items[0].unmentioned, 0);
    js_batch_clear(&batch);
    expect_counts(outbox, 2, 0, 0, 0);
    assert_int_equal(outbox->ops->retry(outbox, 2, NULL, NOW, NULL), JIRASEND_OK);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "1 2");
}

static void retry_everything_or_a_site(void **state) {
    js_outbox *outbox = of(state);
    js_lane other = {"other.atlassian.net", JS_API_BUILDS};
    put_build(outbox, 1);
    put(outbox, &(spec){.site = other.site}, NOW);
    settle_as(outbox, &builds, 1, JS_STATUS_REJECTED);
    settle_as(outbox, &other, 2, JS_STATUS_REJECTED);
    stop(outbox, &builds, true, 403, "No.");
    stop(outbox, &other, true, 403, "No.");
    assert_int_equal(outbox->ops->retry(outbox, 0, other.site, NOW, NULL), JIRASEND_OK);
    assert_string_equal(fate(outbox, 2), "queued: Waiting to be sent.");
    expect_counts(outbox, 1, 0, 1, 0);
    assert_int_equal(outbox->ops->retry(outbox, 0, NULL, NOW, NULL), JIRASEND_OK);
    assert_string_equal(fate(outbox, 1), "queued: Waiting to be sent.");
    expect_counts(outbox, 2, 0, 0, 0);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "1");
    assert_int_equal(outbox->ops->retry(outbox, 0, NULL, NOW, NULL), JIRASEND_OK);
}

static void all_stays_over_a_restart(void **state) {
    fixture *fix = *state;
    js_outbox *outbox = fix->outbox;
    uint64_t before = 0;
    assert_int_equal(outbox->ops->fingerprint(outbox, "id:secret", 9, &before, NULL), JIRASEND_OK);
    put_build(outbox, 1);
    js_stop stop = {.backoff_until_ms = 1,
                    .rate_until_ms = 2,
                    .failures = 3,
                    .culprits = 4,
                    .limit = 5,
                    .size_cap = 6,
                    .held = true,
                    .hold_fingerprint = UINT64_C(0xFEDCBA9876543210),
                    .probe_at_ms = 7,
                    .http_status = 403,
                    .message = "No permission »builds«."};
    js_stop site_stop = {.http_status = 401, .message = "Token."};
    int64_t fence = claim(outbox, &builds);
    js_outcome outcome = {.id = 1, .status = JS_STATUS_QUEUED};
    assert_int_equal(
        outbox->ops->settle(outbox, &builds, fence, &outcome, 1, &stop, &site_stop, NOW, NULL),
        JIRASEND_OK);
    assert_int_equal(outbox->ops->cloud_id_put(outbox, SITE, "cloud-1", NULL), JIRASEND_OK);
    reopen(fix);
    outbox = fix->outbox;
    js_stop now;
    assert_int_equal(outbox->ops->stop_get(outbox, &builds, &now, NULL), JIRASEND_OK);
    assert_int_equal(now.backoff_until_ms, 1);
    assert_int_equal(now.rate_until_ms, 2);
    assert_int_equal(now.failures, 3);
    assert_int_equal(now.culprits, 4);
    assert_int_equal(now.limit, 5);
    assert_int_equal(now.size_cap, 6);
    assert_true(now.held);
    assert_true(now.hold_fingerprint == stop.hold_fingerprint);
    assert_int_equal(now.probe_at_ms, 7);
    assert_int_equal(now.http_status, 403);
    assert_string_equal(now.message, stop.message);
    js_lane_view *views = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->lanes(outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    assert_string_equal(views[0].stop.message, stop.message);
    assert_string_equal(views[0].site_stop.message, "Token.");
    free(views);
    char cloud_id[80];
    assert_int_equal(outbox->ops->cloud_id_get(outbox, SITE, cloud_id, sizeof cloud_id, NULL),
                     JIRASEND_OK);
    assert_string_equal(cloud_id, "cloud-1");
    assert_int_equal(outbox->ops->cloud_id_put(outbox, SITE, NULL, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->cloud_id_get(outbox, SITE, cloud_id, sizeof cloud_id, NULL),
                     JIRASEND_OK);
    assert_string_equal(cloud_id, "");
    uint64_t after = 0;
    assert_int_equal(outbox->ops->fingerprint(outbox, "id:secret", 9, &after, NULL), JIRASEND_OK);
    assert_true(before == after);
    assert_int_equal(outbox->ops->fingerprint(outbox, "id:Secret", 9, &after, NULL), JIRASEND_OK);
    assert_true(before != after);
    assert_true(claim(outbox, &builds) > fence);
    assert_int_equal(put_build(outbox, 2), 2);
}

#define TEST(test, setup) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(receipt_has_every_member, setup_memory),
#ifndef OUTBOX_ON_POSTGRES
        TEST(memory_forgets_what_was_seen_long_ago, setup_memory),
#endif
        TEST(skipped_at_once, setup_memory),
        TEST(waiting_says_why, setup_memory),
        TEST(unknown_ids, setup_memory),
        TEST(cursor_follows_the_order_of_settling, setup_memory),
        TEST(list_shows_what_is_open, setup_memory),
        TEST(drop_gives_up, setup_memory),
        TEST(dropped_while_on_its_way_stays_dropped, setup_memory),
        TEST(retry_lifts_and_revives, setup_memory),
        TEST(retry_everything_or_a_site, setup_memory),
        TEST(all_stays_over_a_restart, setup_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
