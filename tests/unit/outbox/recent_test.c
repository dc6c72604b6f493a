/* Events kept as they were read, from their commit to their first sending. */
#include "outbox/recent.h"
#include "outbox_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void make(js_event *event, int64_t number) {
    test_event_read(event,
                    "{\"kind\":\"build\",\"pipelineId\":\"app\",\"number\":1,\"url\":"
                    "\"https://x.example/1\",\"state\":\"failed\",\"issueKeys\":[\"APP-1\"]}");
    event->of.run.number = number;
}

static void keep(js_recent *recent, int64_t id, int64_t number) {
    js_event event;
    make(&event, number);
    js_recent_keep(recent, id, &event, (size_t)(100 + number));
    assert_null(event.of.run.pipeline_id);
    js_event_clear(&event);
}

static bool takes(js_recent *recent, int64_t id, int64_t number) {
    js_event event;
    js_event_init(&event);
    bool taken = js_recent_take(recent, id, 100 + number, &event);
    assert_int_equal(taken, event.of.run.pipeline_id != NULL && event.of.run.number == number);
    js_event_clear(&event);
    return taken;
}

static void it_is_given_out_once(void **state) {
    (void)state;
    js_recent recent = {0};
    keep(&recent, 7, 1);
    assert_false(takes(&recent, 6, 1));
    assert_true(takes(&recent, 7, 1));
    assert_false(takes(&recent, 7, 1));
    js_recent_clear(&recent);
}

static void another_row_does_not_get_it(void **state) {
    (void)state;
    js_recent recent = {0};
    keep(&recent, 7, 1);
    assert_false(takes(&recent, 7, 2));
    assert_true(takes(&recent, 7, 1));
    js_recent_clear(&recent);
}

static void newer_ones_push_it_out(void **state) {
    (void)state;
    js_recent recent = {0};
    for (int64_t id = 1; id <= JS_RECENT_MAX + 3; id++) {
        keep(&recent, id, id);
    }
    assert_false(takes(&recent, 3, 3));
    assert_true(takes(&recent, 4, 4));
    assert_true(takes(&recent, JS_RECENT_MAX + 3, JS_RECENT_MAX + 3));
    js_recent_clear(&recent);
}

static void a_long_one_is_left_alone(void **state) {
    (void)state;
    js_recent recent = {0};
    js_event event;
    make(&event, 1);
    js_recent_keep(&recent, 7, &event, JS_RECENT_BYTES_MAX + 1);
    assert_string_equal(event.of.run.pipeline_id, "app");
    assert_false(takes(&recent, 7, 1));
    js_event_clear(&event);
    js_recent_clear(&recent);
}

static void expect_batch(js_outbox *outbox, const js_lane *lane, int64_t id,
                         const js_event *wanted) {
    js_batch_limits limits = {.max_events = 1, .max_bytes = INT64_MAX, .now_ms = NOW};
    js_batch batch;
    assert_int_equal(outbox->ops->next_batch(outbox, lane, &limits, &batch, NULL), JIRASEND_OK);
    assert_int_equal(batch.count, 1);
    assert_int_equal(batch.items[0].id, id);
    test_event_same(&batch.items[0].event, wanted);
    js_batch_clear(&batch);
}

/* The first time as it was kept, the second time as it is read from the disk. */
static void what_is_sent_is_what_was_put(void **state) {
    js_outbox *outbox = ((fixture *)*state)->outbox;
    test_random random = {20261123};
    for (int i = 0; i < 50; i++) {
        js_buf text = JS_BUF_INIT;
        js_buf stored = JS_BUF_INIT;
        test_document_random(&text, &random);
        js_event event;
        js_event wanted;
        test_event_read(&event, text.data);
        test_event_read(&wanted, text.data);
        js_document_write(&stored, &event);
        js_put put = {
            .event = &event, .document = stored.data, .length = stored.length, .may_keep = true};
        js_put_result result;
        assert_int_equal(outbox->ops->put(outbox, &put, 1, NOW, &result, NULL), JIRASEND_OK);
        js_lane lane = {.api = js_kind_api(wanted.kind)};
        memcpy(lane.site, wanted.site.name, sizeof lane.site);
        expect_batch(outbox, &lane, result.id, &wanted);
        expect_batch(outbox, &lane, result.id, &wanted);
        settle_as(outbox, &lane, result.id, JS_STATUS_ACCEPTED);
        js_event_clear(&event);
        js_event_clear(&wanted);
        js_buf_clear(&stored);
        js_buf_clear(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_given_out_once),
        cmocka_unit_test(another_row_does_not_get_it),
        cmocka_unit_test(newer_ones_push_it_out),
        cmocka_unit_test(a_long_one_is_left_alone),
        cmocka_unit_test_setup_teardown(what_is_sent_is_what_was_put, setup_memory, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
