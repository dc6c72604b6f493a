/* What a relay says of events, and how long an ID token holds. */
#include "base/base64url.h"
#include "payload/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = 2 };

static js_item_answer items[EVENTS];

static jirasend_code read_answer(bool lines, const char *body) {
    return js_answer_relay(items, EVENTS, lines, body, strlen(body), NULL);
}

static void lines_judge_each_event(void **state) {
    (void)state;
    assert_int_equal(read_answer(true, "{\"index\":1,\"error\":\"no\",\"errorStatus\":403}\n"
                                       "{\"index\":0,\"id\":7,\"status\":\"held\"}\n"),
                     JIRASEND_OK);
    assert_int_equal(items[0].verdict, JS_VERDICT_COMMITTED);
    assert_int_equal(items[0].status, JS_STATUS_RELAYED);
    assert_int_equal(items[0].relay_id, 7);
    assert_int_equal(items[1].verdict, JS_VERDICT_FORBIDDEN);
    assert_string_equal(items[1].message, "no");
    js_item_answers_clear(items, EVENTS);
}

static void errors_judge_each_event(void **state) {
    (void)state;
    assert_int_equal(read_answer(false,
                                 "{\"errors\":[{\"index\":0,\"error\":\"a\",\"errorStatus\":422},"
                                 "{\"index\":1,\"error\":\"b\",\"errorStatus\":503}]}"),
                     JIRASEND_OK);
    assert_int_equal(items[0].verdict, JS_VERDICT_REFUSED);
    assert_int_equal(items[1].verdict, JS_VERDICT_POSTPONED);
    js_item_answers_clear(items, EVENTS);
}

static void all_else_is_nonsense(void **state) {
    (void)state;
    static const char *const lines[] = {
        "",
        "nonsense",
        "{\"index\":0,\"id\":1,\"status\":\"queued\"}\n",
        ("{\"index\":0,\"id\":1,\"status\":\"queued\"}\n{\"index\":0,\"id\":1,\"status\":"
         "\"queued\"}\n"),
        "\n",
        "{\"index\":2,\"id\":1,\"status\":\"queued\"}\n",
        "{\"index\":0,\"id\":1,\"status\":\"odd\"}\n{\"index\":1,\"id\":2,\"status\":\"queued\"}\n",
        "{\"index\":0,\"status\":\"queued\"}\n{\"index\":1,\"id\":2,\"status\":\"queued\"}\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(read_answer(true, lines[i]), JIRASEND_E_NETWORK);
    }
    assert_int_equal(read_answer(false, "{\"detail\":\"no\"}"), JIRASEND_E_NETWORK);
}

static int64_t lifetime_of(const char *body) {
    js_token_answer answer;
    assert_int_equal(js_answer_id_token(&answer, body, strlen(body), NULL), JIRASEND_OK);
    js_secret_wipe(&answer.token);
    return answer.lifetime_ms;
}

static void an_id_token_says_how_long_it_holds(void **state) {
    (void)state;
    /* {"iat":1000,"exp":1300} */
    assert_int_equal(lifetime_of("{\"value\":\"e30.eyJpYXQiOjEwMDAsImV4cCI6MTMwMH0.x\"}"), 300000);
    assert_int_equal(lifetime_of("{\"value\":\"opaque\"}"), 60000);
    js_token_answer answer;
    assert_int_equal(js_answer_id_token(&answer, "{}", 2, NULL), JIRASEND_E_NETWORK);
}

static void base64url_is_read(void **state) {
    (void)state;
    js_buf out = JS_BUF_INIT;
    assert_true(js_base64url_read(&out, "Pz8_-w", 6));
    assert_int_equal(out.length, 4);
    assert_memory_equal(out.data, "\x3f\x3f\x3f\xfb", 4);
    assert_false(js_base64url_read(&out, "a", 1));
    assert_false(js_base64url_read(&out, "ab==", 4));
    assert_false(js_base64url_read(&out, "a+b/", 4));
    js_buf_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_judge_each_event),
        cmocka_unit_test(errors_judge_each_event),
        cmocka_unit_test(all_else_is_nonsense),
        cmocka_unit_test(an_id_token_says_how_long_it_holds),
        cmocka_unit_test(base64url_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
