#include "event/json.h"
#include "event/receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void fill(js_receipt *receipt) {
    js_receipt_init(receipt);
    receipt->id = 7;
    receipt->request_id = js_copy("r-1");
    receipt->kind = JS_KIND_DEPLOYMENT;
    receipt->site = js_copy("acme.atlassian.net");
    receipt->status = JS_STATUS_ACCEPTED;
    assert_true(js_strings_add(&receipt->issue_keys, "APP-1", 5));
    assert_true(js_strings_add(&receipt->issue_keys, "APP-2", 5));
    assert_true(js_strings_add(&receipt->unknown_issue_keys, "APP-2", 5));
    receipt->dropped_keys = 3;
    receipt->message = js_copy("Jira has it.");
    receipt->http_status = 202;
    receipt->attempts = 1;
}

static void writes_every_member_in_order(void **state) {
    (void)state;
    js_receipt receipt;
    js_buf out = JS_BUF_INIT;
    fill(&receipt);
    js_receipt_write(&out, &receipt);
    assert_string_equal(
        out.data,
        "{\"id\":7,\"requestId\":\"r-1\",\"kind\":\"deployment\","
        "\"site\":\"acme.atlassian.net\",\"status\":\"accepted\","
        "\"issueKeys\":[\"APP-1\",\"APP-2\"],\"unknownIssueKeys\":[\"APP-2\"],"
        "\"droppedKeys\":3,\"message\":\"Jira has it.\",\"httpStatus\":202,\"attempts\":1}");
    js_buf_clear(&out);
    js_receipt_clear(&receipt);
    assert_null(receipt.message);
    assert_int_equal(receipt.issue_keys.count, 0);
}

static void leaves_out_only_a_missing_request_id(void **state) {
    (void)state;
    js_receipt receipt;
    js_buf out = JS_BUF_INIT;
    js_receipt_init(&receipt);
    receipt.id = INT64_MAX;
    js_receipt_write(&out, &receipt);
    assert_string_equal(out.data,
                        "{\"id\":9223372036854775807,\"kind\":\"build\",\"site\":\"\","
                        "\"status\":\"queued\",\"issueKeys\":[],\"unknownIssueKeys\":[],"
                        "\"droppedKeys\":0,\"message\":\"\",\"httpStatus\":0,\"attempts\":0}");
    js_buf_clear(&out);
    js_receipt_clear(&receipt);
}

static void stays_one_line_of_json_whatever_the_message(void **state) {
    (void)state;
    js_receipt receipt;
    js_buf out = JS_BUF_INIT;
    fill(&receipt);
    free(receipt.message);
    receipt.message = js_copy("a\n\"b\"\\ \x01 /é \xFF</script>");
    js_receipt_write(&out, &receipt);
    assert_null(strchr(out.data, '\n'));
    json_object *read = js_json_parse(out.data, out.length, JS_JSON_STRICT, NULL);
    assert_non_null(read);
    json_object *message = NULL;
    assert_true(json_object_object_get_ex(read, "message", &message));
    assert_string_equal(json_object_get_string(message),
                        "a\n\"b\"\\ \x01 /é \xEF\xBF\xBD</script>");
    json_object_put(read);
    js_buf_clear(&out);
    js_receipt_clear(&receipt);
}

static void names_and_settles_each_status(void **state) {
    (void)state;
    static const struct {
        js_status status;
        const char *name;
        bool settled;
    } cases[] = {
        {JS_STATUS_QUEUED, "queued", false},        {JS_STATUS_HELD, "held", false},
        {JS_STATUS_ACCEPTED, "accepted", true},     {JS_STATUS_SKIPPED, "skipped", true},
        {JS_STATUS_SUPERSEDED, "superseded", true}, {JS_STATUS_REJECTED, "rejected", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(js_status_name(cases[i].status), cases[i].name);
        assert_int_equal(js_status_settled(cases[i].status), cases[i].settled);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_every_member_in_order),
        cmocka_unit_test(leaves_out_only_a_missing_request_id),
        cmocka_unit_test(stays_one_line_of_json_whatever_the_message),
        cmocka_unit_test(names_and_settles_each_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
