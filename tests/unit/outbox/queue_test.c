/* Putting, batches, settling: in a folder, on a network file system and in memory alike. */
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

static void ids_and_sequences_rise(void **state) {
    js_outbox *outbox = of(state);
    /* Two updates within a millisecond, then one after the clock went back, of one stream. */
    int64_t first = put(outbox, &(spec){.environment = "prod", .gate = true}, NOW);
    int64_t second = put(outbox, &(spec){.environment = "prod", .gate = true}, NOW);
    int64_t third = put(outbox, &(spec){.environment = "prod", .gate = true}, NOW - 5000);
    assert_true(first < second && second < third);
    const int64_t ids[] = {first, second, third};
    for (size_t i = 0; i < 3; i++) {
        js_batch_limits limits = {100, 1 << 20, NOW, false, 0, false};
        js_batch batch;
        assert_int_equal(outbox->ops->next_batch(outbox, &deployments, &limits, &batch, NULL),
                         JIRASEND_OK);
        assert_int_equal(batch.count, 1);
        assert_int_equal(batch.items[0].id, ids[i]);
        assert_int_equal(batch.items[0].sequence, NOW + (int64_t)i);
        js_batch_clear(&batch);
        settle_as(outbox, &deployments, ids[i], JS_STATUS_ACCEPTED);
    }
}

static void event_comes_back_whole(void **state) {
    js_outbox *outbox = of(state);
    int64_t id = put(
        outbox,
        &(spec){
            .pipeline = "team/app", .number = 42, .request_id = "r-1", .label = "\\u00bb \\u65e5"},
        NOW);
    js_batch_limits limits = {1, 1, NOW, false, 0, false};
    js_batch batch;
    assert_int_equal(outbox->ops->next_batch(outbox, &builds, &limits, &batch, NULL), JIRASEND_OK);
    assert_int_equal(batch.count, 1);
    const js_outgoing *out = &batch.items[0];
    assert_int_equal(out->id, id);
    assert_int_equal(out->sequence, NOW);
    assert_int_equal(out->attempts, 0);
    assert_string_equal(out->event.of.run.pipeline_id, "team/app");
    assert_int_equal(out->event.of.run.number, 42);
    assert_string_equal(out->event.request_id, "r-1");
    assert_string_equal(out->event.of.run.label, "» 日");
    assert_int_equal(out->event.issue_keys.count, 2);
    js_batch_clear(&batch);
}

static void lanes_are_apart(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    put(outbox, &(spec){.environment = "prod"}, NOW);
    put(outbox, &(spec){.site = "other.atlassian.net"}, NOW);
    put(outbox, &(spec){.number = 9, .skip = "no keys"}, NOW);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "1");
    assert_string_equal(batch_ids(outbox, &deployments, NOW), "2");
    js_lane other = {"other.atlassian.net", JS_API_BUILDS};
    assert_string_equal(batch_ids(outbox, &other, NOW), "3");
    js_lane unknown = {"nobody.atlassian.net", JS_API_BUILDS};
    assert_string_equal(batch_ids(outbox, &unknown, NOW), "");
    js_lane_view *views = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->lanes(outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(views[i].waiting, 1);
        assert_true(views[i].due_ms <= NOW);
    }
    free(views);
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    assert_int_equal(outbox->ops->lanes(outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 2);
    free(views);
}

static void limits_bound_a_batch(void **state) {
    js_outbox *outbox = of(state);
    for (int i = 1; i <= 130; i++) {
        put_build(outbox, i);
    }
    js_batch batch;
    js_batch_limits limits = {1000, INT64_C(1) << 30, NOW, false, 0, false};
    assert_int_equal(outbox->ops->next_batch(outbox, &builds, &limits, &batch, NULL), JIRASEND_OK);
    assert_int_equal(batch.count, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(batch.items[i].id, i + 1);
    }
    js_batch_clear(&batch);
    limits.max_events = 3;
    assert_string_equal(batch_with(outbox, &builds, &limits), "1 2 3");
    limits.max_events = 0;
    assert_string_equal(batch_with(outbox, &builds, &limits), "1");
    limits = (js_batch_limits){100, 1, NOW, false, 0, false}; /* the first always fits */
    assert_string_equal(batch_with(outbox, &builds, &limits), "1");
    limits = (js_batch_limits){2, 1 << 20, NOW, false, 0, false};
    assert_int_equal(outbox->ops->next_batch(outbox, &builds, &limits, &batch, NULL), JIRASEND_OK);
    js_buf document = JS_BUF_INIT;
    js_document_write(&document, &batch.items[0].event);
    limits = (js_batch_limits){100, 2 * (int64_t)document.length, NOW, false, 0, false};
    js_buf_clear(&document);
    js_batch_clear(&batch);
    assert_string_equal(batch_with(outbox, &builds, &limits), "1 2");
}

static void suspects_travel_alone(void **state) {
    js_outbox *outbox = of(state);
    for (int i = 1; i <= 3; i++) {
        put_build(outbox, i);
    }
    for (int i = 0; i < 2; i++) { /* the first was sent twice */
        settle(outbox, &builds, (js_outcome){.id = 1, .status = JS_STATUS_QUEUED, .sent = true},
               NOW);
    }
    js_batch_limits limits = {100, 1 << 20, NOW, false, 3, false};
    assert_string_equal(batch_with(outbox, &builds, &limits), "1 2 3");
    limits.suspect_from = 2;
    assert_string_equal(batch_with(outbox, &builds, &limits), "1");
    limits.suspects_last = true;
    assert_string_equal(batch_with(outbox, &builds, &limits), "2 3");
    settle_as(outbox, &builds, 2, JS_STATUS_ACCEPTED);
    settle_as(outbox, &builds, 3, JS_STATUS_ACCEPTED);
    assert_string_equal(batch_with(outbox, &builds, &limits), "1");
}

static void newest_goes_and_supersedes(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 7); /* 1 */
    put_build(outbox, 8); /* 2 */
    put_build(outbox, 7); /* 3 */
    put_build(outbox, 7); /* 4 */
    assert_string_equal(batch_ids(outbox, &builds, NOW), "4 2");
    assert_string_equal(fate(outbox, 1), "queued: Waiting to be sent.");
    settle_as(outbox, &builds, 4, JS_STATUS_REJECTED);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "3 2"); /* the next newest */
    settle_as(outbox, &builds, 3, JS_STATUS_ACCEPTED);
    assert_string_equal(fate(outbox, 3), "accepted: Jira has it.");
    assert_string_equal(fate(outbox, 1), "superseded: A newer update of it was accepted instead.");
    assert_string_equal(batch_ids(outbox, &builds, NOW), "2");
    expect_counts(outbox, 1, 0, 1, 0);
}

static void accepted_leaves_newer_alone(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 7);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "1");
    put_build(outbox, 7); /* came while the first was on its way */
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    assert_string_equal(fate(outbox, 2), "queued: Waiting to be sent.");
    assert_string_equal(batch_ids(outbox, &builds, NOW), "2");
}

static void later_waits_its_time(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    put_build(outbox, 2);
    put_build(outbox, 1); /* same stream as the first */
    settle(outbox, &builds,
           (js_outcome){.id = 3,
                        .status = JS_STATUS_QUEUED,
                        .sent = true,
                        .unmentioned = true,
                        .not_before_ms = NOW + 1000,
                        .http_status = 500,
                        .message = "Later."},
           NOW);
    /* The older one of the stream must not go instead of the newer that waits. */
    assert_string_equal(batch_ids(outbox, &builds, NOW), "2");
    settle_as(outbox, &builds, 2, JS_STATUS_ACCEPTED);
    js_lane_view *views = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->lanes(outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    assert_int_equal(views[0].waiting, 2);
    assert_int_equal(views[0].due_ms, NOW + 1000);
    free(views);
    assert_string_equal(batch_ids(outbox, &builds, NOW + 999), "");
    js_batch_limits flush = {100, 1 << 20, NOW, true, 0, false};
    js_batch batch;
    assert_int_equal(outbox->ops->next_batch(outbox, &builds, &flush, &batch, NULL), JIRASEND_OK);
    assert_int_equal(batch.count, 1);
    assert_int_equal(batch.items[0].id, 3);
    assert_int_equal(batch.items[0].attempts, 1);
    assert_int_equal(batch.items[0].unmentioned, 1);
    js_batch_clear(&batch);
}

static void later_comes_in_its_old_place(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    put_build(outbox, 2);
    settle(outbox, &builds,
           (js_outcome){.id = 1, .status = JS_STATUS_QUEUED, .not_before_ms = NOW + 1000}, NOW);
    put_build(outbox, 3);
    assert_string_equal(batch_ids(outbox, &builds, NOW + 999), "2 3");
    assert_string_equal(batch_ids(outbox, &builds, NOW + 1000), "1 2 3");
}

static void newer_goes_while_older_waits(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    settle(outbox, &builds,
           (js_outcome){.id = 1, .status = JS_STATUS_QUEUED, .not_before_ms = NOW + 1000}, NOW);
    put_build(outbox, 1);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "2");
    settle_as(outbox, &builds, 2, JS_STATUS_ACCEPTED);
    assert_string_equal(batch_ids(outbox, &builds, NOW + 5000), "");
}

static void fence_keeps_others_out(void **state) {
    js_outbox *outbox = of(state);
    put_build(outbox, 1);
    int64_t first = claim(outbox, &builds);
    int64_t other = 0;
    assert_int_equal(outbox->ops->claim(outbox, &builds, &other, NULL), JIRASEND_E_CLOSED);
    int64_t of_deployments = claim(outbox, &deployments); /* another lane is free */
    js_outcome accepted = {.id = 1, .status = JS_STATUS_ACCEPTED};
    js_stop stop = {0};
    assert_int_equal(
        outbox->ops->settle(outbox, &builds, first + 1, &accepted, 1, &stop, NULL, NOW, NULL),
        JIRASEND_E_CLOSED);
    outbox->ops->release(outbox, &builds, first + 1, false); /* not ours: nothing happens */
    assert_int_equal(outbox->ops->claim(outbox, &builds, &other, NULL), JIRASEND_E_CLOSED);
    outbox->ops->release(outbox, &builds, first, false);
    assert_int_equal(
        outbox->ops->settle(outbox, &builds, first, &accepted, 1, &stop, NULL, NOW, NULL),
        JIRASEND_E_CLOSED);
    assert_string_equal(fate(outbox, 1), "queued: Waiting to be sent.");
    int64_t second = claim(outbox, &builds);
    assert_true(second > first);
    assert_int_equal(
        outbox->ops->settle(outbox, &builds, second, &accepted, 1, &stop, NULL, NOW, NULL),
        JIRASEND_OK);
    outbox->ops->release(outbox, &builds, second, false);
    outbox->ops->release(outbox, &deployments, of_deployments, false);
}

static void request_id_is_remembered(void **state) {
    js_outbox *outbox = of(state);
    static const spec same = {.request_id = "r", .number = 5};
    int64_t first = put(outbox, &same, NOW);
    assert_int_equal(put(outbox, &same, NOW + 1), first);
    /* The kind is part of it, and so is the site. */
    int64_t other = put(outbox, &(spec){.request_id = "r", .environment = "prod"}, NOW);
    assert_int_not_equal(other, first);
    assert_int_not_equal(
        put(outbox, &(spec){.request_id = "r", .site = "other.atlassian.net"}, NOW), first);
    static const spec wrong[] = {
        {.request_id = "r", .number = 6},
        {.request_id = "r", .number = 5, .pipeline = "lib"},
        {.request_id = "r", .environment = "test"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        js_put_result result = put_result(outbox, &wrong[i], NOW);
        assert_int_equal(result.code, JIRASEND_E_DOCUMENT);
        assert_int_equal(result.id, 0);
        assert_non_null(strstr(result.message, "\"r\""));
    }
    assert_string_equal(batch_ids(outbox, &builds, NOW), "1");
    settle_as(outbox, &builds, first, JS_STATUS_ACCEPTED);
    assert_int_equal(put(outbox, &same, NOW + 29 * DAY_MS), first);
    assert_int_equal(outbox->ops->tidy(outbox, NOW + 29 * DAY_MS, NULL), JIRASEND_OK);
    assert_int_equal(put(outbox, &same, NOW + 29 * DAY_MS), first);
    assert_int_equal(outbox->ops->tidy(outbox, NOW + 31 * DAY_MS, NULL), JIRASEND_OK);
    pass_time(31 * DAY_MS); /* the history still knows the event, and its id is free again */
    assert_true(put(outbox, &same, NOW + 31 * DAY_MS) > other);
}

static void many_in_one_transaction(void **state) {
    js_outbox *outbox = of(state);
    static const char *const documents[] = {
        "{\"kind\":\"build\",\"pipelineId\":\"a\",\"number\":1,\"url\":\"https://x.example/1\","
        "\"state\":\"failed\",\"issueKeys\":[\"APP-1\"],\"requestId\":\"same\"}",
        "{\"kind\":\"build\",\"pipelineId\":\"a\",\"number\":2,\"url\":\"https://x.example/1\","
        "\"state\":\"failed\",\"issueKeys\":[\"APP-1\"],\"requestId\":\"same\"}",
        "{\"kind\":\"build\",\"pipelineId\":\"a\",\"number\":1,\"url\":\"https://x.example/1\","
        "\"state\":\"failed\",\"issueKeys\":[\"APP-1\"],\"requestId\":\"same\"}",
        "{\"kind\":\"build\",\"pipelineId\":\"a\",\"number\":3,\"url\":\"https://x.example/1\","
        "\"state\":\"failed\",\"issueKeys\":[\"APP-1\"]}",
    };
    js_event events[4];
    js_put puts[4];
    js_put_result results[4];
    for (size_t i = 0; i < 4; i++) {
        test_event_read(&events[i], documents[i]);
        puts[i] =
            (js_put){.event = &events[i], .document = documents[i], .length = strlen(documents[i])};
    }
    assert_int_equal(outbox->ops->put(outbox, puts, 4, NOW, results, NULL), JIRASEND_OK);
    assert_int_equal(results[0].id, 1);
    assert_int_equal(results[1].code, JIRASEND_E_DOCUMENT);
    assert_int_equal(results[2].id, 1);
    assert_int_equal(results[3].id, 2);
    expect_counts(outbox, 2, 0, 0, 0);
    assert_int_equal(outbox->ops->put(outbox, puts, 0, NOW, results, NULL), JIRASEND_OK);
    for (size_t i = 0; i < 4; i++) {
        js_event_clear(&events[i]);
    }
}

#define REPOSITORY "\"repository\":{\"id\":\"r\"}"
#define HASH "\"hash\":\"0123456789abcdef0123456789abcdef01234567\""

static int64_t put_text(js_outbox *outbox, const char *document) {
    js_event event;
    test_event_read(&event, document);
    int64_t id = put_event(outbox, &event);
    js_event_clear(&event);
    return id;
}

static int64_t put_branch(js_outbox *outbox, const char *name) {
    char document[500];
    (void)snprintf(
        document, sizeof document,
        "{\"kind\":\"branch\",\"repository\":{\"id\":\"r\",\"url\":\"https://git.example/r\"},"
        "\"name\":\"%s\",\"url\":\"https://git.example/b\",\"issueKeys\":[\"APP-1\"],"
        "\"lastCommit\":{" HASH ",\"message\":\"m\",\"url\":\"https://git.example/c\"}}",
        name);
    return put_text(outbox, document);
}

/* Deletions of a commit and branches that end in it, in any order: each goes when it is its turn. */
static void deletions_and_what_touches_them_end(void **state) {
    enum { MOST = 20 };
    static const char gone[] = "{\"kind\":\"commit\"," REPOSITORY "," HASH ",\"delete\":true}";
    js_outbox *outbox = of(state);
    const js_lane lane = {SITE, JS_API_DEVINFO};
    (void)put_branch(outbox, "one");
    (void)put_text(outbox, gone);
    (void)put_branch(outbox, "one");
    (void)put_branch(outbox, "two");
    int64_t last = put_text(outbox, gone);
    js_counts counts = {.waiting = 1};
    for (int i = 0; i < MOST && counts.waiting > 0; i++) {
        js_batch batch;
        const js_batch_limits limits = {.max_events = 100, .max_bytes = 1 << 20, .now_ms = NOW};
        assert_int_equal(outbox->ops->next_batch(outbox, &lane, &limits, &batch, NULL),
                         JIRASEND_OK);
        assert_int_not_equal(batch.count, 0); /* else everything waits for something else */
        bool newest = batch.items[0].id == last;
        settle_as(outbox, &lane, batch.items[0].id, JS_STATUS_ACCEPTED);
        js_batch_clear(&batch);
        assert_int_equal(outbox->ops->counts(outbox, &counts, NULL), JIRASEND_OK);
        assert_int_equal(newest, counts.waiting == 0);
    }
    assert_int_equal(counts.waiting, 0);
}

static int64_t first_number(js_outbox *outbox, const js_lane *lane) {
    js_batch batch;
    const js_batch_limits limits = {.max_events = 100, .max_bytes = 1 << 20, .now_ms = NOW};
    assert_int_equal(outbox->ops->next_batch(outbox, lane, &limits, &batch, NULL), JIRASEND_OK);
    assert_int_not_equal(batch.count, 0);
    int64_t number = batch.items[0].sequence;
    js_batch_clear(&batch);
    return number;
}

/*
 * Commits that come in one call with the deletion of their repository: it is over those before it,
 * and those behind it are over it, whatever is written together.
 */
static void a_repository_goes_amid_a_call(void **state) {
    enum { BEFORE = 23, AFTER = 3, ALL = BEFORE + 1 + AFTER };
    js_outbox *outbox = of(state);
    const js_lane lane = {SITE, JS_API_DEVINFO};
    js_event events[ALL];
    js_put puts[ALL];
    js_put_result results[ALL];
    js_buf documents[ALL];
    for (int i = 0; i < ALL; i++) {
        char text[400] = "{\"kind\":\"repository\"," REPOSITORY ",\"delete\":true}";
        if (i != BEFORE) {
            (void)snprintf(text, sizeof text,
                           "{\"kind\":\"commit\",\"repository\":{\"id\":\"r\",\"url\":"
                           "\"https://git.example/r\"},\"hash\":\"%040d\",\"message\":\"m\","
                           "\"url\":\"https://git.example/c\",\"issueKeys\":[\"APP-1\"]}",
                           i);
        }
        test_event_read(&events[i], text);
        documents[i] = (js_buf)JS_BUF_INIT;
        (void)js_document_write(&documents[i], &events[i]);
        puts[i] = (js_put){
            .event = &events[i], .document = documents[i].data, .length = documents[i].length};
    }
    assert_int_equal(outbox->ops->put(outbox, puts, ALL, NOW, results, NULL), JIRASEND_OK);
    for (int i = 0; i < ALL; i++) {
        assert_int_equal(results[i].id, i + 1);
        js_event_clear(&events[i]);
        js_buf_clear(&documents[i]);
    }
    assert_string_equal(batch_ids(outbox, &lane, NOW), "24");
    int64_t number = first_number(outbox, &lane);
    assert_true(number > NOW);
    settle_as(outbox, &lane, BEFORE + 1, JS_STATUS_ACCEPTED);
    assert_non_null(strstr(fate(outbox, 1), "superseded"));
    assert_non_null(strstr(fate(outbox, BEFORE), "superseded"));
    assert_string_equal(batch_ids(outbox, &lane, NOW), "25 26 27");
    assert_true(first_number(outbox, &lane) > number);
}

static void version_tells_of_changes(void **state) {
    js_outbox *outbox = of(state);
    uint64_t before = outbox->ops->version(outbox);
    assert_int_equal(outbox->ops->version(outbox), before);
    put_build(outbox, 1);
    uint64_t after = outbox->ops->version(outbox);
    assert_int_not_equal(after, before);
    (void)fate(outbox, 1);
    (void)batch_ids(outbox, &builds, NOW);
    outbox->ops->release(outbox, &builds, claim(outbox, &builds), false);
    assert_int_equal(outbox->ops->version(outbox), after); /* looking changes nothing */
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    assert_int_not_equal(outbox->ops->version(outbox), after);
}

/*
 * What comes in one call is written together, and what ends alike is settled together: in that an event
 * repeats a stream, and another a requestId, of the same call.
 */
enum { MANY = 47, STREAM_AGAIN = 13, REQUEST_AGAIN = 29, DEAD = 25 };

static void put_one_call(js_outbox *outbox, js_event *events, js_put_result *results) {
    static const char document[] = "{\"kind\":\"build\"}";
    js_put puts[MANY];
    for (int i = 0; i < MANY; i++) {
        char text[256];
        int number = i == STREAM_AGAIN || i == REQUEST_AGAIN ? i - 1 : i;
        (void)snprintf(text, sizeof text,
                       "{\"kind\":\"build\",\"pipelineId\":\"app\",\"number\":%d,\"url\":"
                       "\"https://x.example/1\",\"state\":\"failed\",\"issueKeys\":[\"APP-%d\"],"
                       "\"requestId\":\"r%d\"}",
                       number + 1, i + 1, i == REQUEST_AGAIN ? i - 1 : i);
        test_event_read(&events[i], text);
        puts[i] =
            (js_put){.event = &events[i], .document = document, .length = sizeof document - 1};
    }
    assert_int_equal(outbox->ops->put(outbox, puts, MANY, NOW, results, NULL), JIRASEND_OK);
    assert_int_equal(results[REQUEST_AGAIN].id, results[REQUEST_AGAIN - 1].id);
    expect_counts(outbox, MANY - 1, 0, 0, 0);
}

static void settle_one_call(js_outbox *outbox, const js_event *events,
                            const js_put_result *results) {
    js_outcome outcomes[MANY];
    js_stop stop = {0};
    size_t count = 0;
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(results[i].fresh, i != REQUEST_AGAIN);
        assert_true(i == 0 || results[i].fresh == (results[i].id > results[i - 1].id));
        if (results[i].fresh && i != STREAM_AGAIN - 1) { /* superseded by what follows */
            outcomes[count++] =
                (js_outcome){.id = results[i].id,
                             .status = i == DEAD ? JS_STATUS_REJECTED : JS_STATUS_ACCEPTED,
                             .sent = true,
                             .http_status = 202,
                             .message = i == DEAD ? "No." : "Yes.",
                             .event = &events[i]};
        }
    }
    int64_t fence = claim(outbox, &builds);
    assert_int_equal(
        outbox->ops->settle(outbox, &builds, fence, outcomes, count, &stop, NULL, NOW, NULL),
        JIRASEND_OK);
    outbox->ops->release(outbox, &builds, fence, false);
    expect_counts(outbox, 0, 0, 1, 0);
}

static void many_of_one_call(void **state) {
    js_outbox *outbox = of(state);
    js_event events[MANY];
    js_put_result results[MANY];
    js_receipt receipt;
    put_one_call(outbox, events, results);
    settle_one_call(outbox, events, results);
    for (int i = 0; i < MANY; i++) { /* one after another: read ahead */
        js_status status = i == DEAD               ? JS_STATUS_REJECTED
                           : i == STREAM_AGAIN - 1 ? JS_STATUS_SUPERSEDED
                                                   : JS_STATUS_ACCEPTED;
        char key[16];
        (void)snprintf(key, sizeof key, "APP-%d", results[i].fresh ? i + 1 : i);
        assert_int_equal(outbox->ops->receipt(outbox, results[i].id, &receipt, NULL), JIRASEND_OK);
        assert_int_equal(receipt.id, results[i].id);
        assert_int_equal(receipt.status, status);
        assert_string_equal(receipt.issue_keys.items[0], key);
        js_receipt_clear(&receipt);
        js_event_clear(&events[i]);
    }
    int64_t cursor = 0;
    for (int64_t before = 0, i = 0; i < MANY - 1; i++, before = cursor) {
        assert_int_equal(outbox->ops->next_settled(outbox, &cursor, &receipt, NULL), JIRASEND_OK);
        assert_true(cursor > before);
        js_receipt_clear(&receipt);
    }
    assert_int_equal(outbox->ops->next_settled(outbox, &cursor, &receipt, NULL),
                     JIRASEND_E_NOT_FOUND);
    /* A dead letter that is tried again is not what was read ahead any more. */
    assert_int_equal(outbox->ops->retry(outbox, results[DEAD].id, NULL, NOW, NULL), JIRASEND_OK);
    assert_non_null(strstr(fate(outbox, results[DEAD].id), "queued"));
}

#ifdef OUTBOX_ON_POSTGRES
#define EVERYWHERE(test) cmocka_unit_test_setup_teardown(test, setup_memory, teardown)
#else
#define EVERYWHERE(test)                                                                           \
    {#test ", folder", test, setup_folder, teardown, NULL},                                        \
        {#test ", rollback", test, setup_rollback, teardown, NULL}, {                              \
#test ", memory", test, setup_memory, teardown, NULL                                       \
    }
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        EVERYWHERE(ids_and_sequences_rise),
        EVERYWHERE(event_comes_back_whole),
        EVERYWHERE(lanes_are_apart),
        EVERYWHERE(limits_bound_a_batch),
        EVERYWHERE(many_of_one_call),
        EVERYWHERE(suspects_travel_alone),
        EVERYWHERE(newest_goes_and_supersedes),
        EVERYWHERE(accepted_leaves_newer_alone),
        EVERYWHERE(later_waits_its_time),
        EVERYWHERE(later_comes_in_its_old_place),
        EVERYWHERE(newer_goes_while_older_waits),
        EVERYWHERE(fence_keeps_others_out),
        EVERYWHERE(request_id_is_remembered),
        EVERYWHERE(many_in_one_transaction),
        EVERYWHERE(deletions_and_what_touches_them_end),
        EVERYWHERE(a_repository_goes_amid_a_call),
        EVERYWHERE(version_tells_of_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
