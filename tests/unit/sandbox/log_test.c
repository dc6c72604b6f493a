#include "request_log.h"

#include "event/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const js_strings none = JS_STRINGS_INIT;

static void add(sb_log *log, const char *path, const char *body, size_t length) {
    sb_request request = {.method = "POST", .path = path, .query = "", .connection = 7};
    sb_log_note note = {.at_ms = 12, .status = 200, .items = -1, .warnings = &none};
    assert_true(sb_headers_add(&request.headers, "Authorization", "Bearer SECRET"));
    assert_true(sb_headers_add(&request.headers, "Cookie", "SECRET"));
    assert_true(sb_headers_add(&request.headers, "X", "1"));
    js_buf_add(&request.body, body, length);
    sb_log_add(log, &request, &note);
    sb_headers_free(&request.headers);
    js_buf_clear(&request.body);
}

/* The whole log as JSON, which it must be, and as text. */
static char *text_of(const sb_log *log, int64_t after, size_t count) {
    js_buf out = JS_BUF_INIT;
    sb_log_range range = {.after = after, .limit = -1};
    sb_log_write(log, &range, &out);
    json_object *list = js_json_parse(out.data, out.length, JS_JSON_STRICT, NULL);
    assert_true(json_object_is_type(list, json_type_array));
    assert_int_equal(json_object_array_length(list), count);
    json_object_put(list);
    return js_buf_take(&out);
}

static void test_redaction(void **state) {
    static const char *const bodies[] = {
        "{\"client_id\":\"me\",\"client_secret\":\"SECRET\",\"Client-Secret\":\"SECRET\"}",
        "{\"client_id\":{\"client_secret\":\"SECRET\"}}", "client_secret=SECRET", "[\"SECRET\"]",
        "{\"client_secret\":\"SECRET\""};
    sb_log log = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        add(&log, "/oauth/token", bodies[i], strlen(bodies[i]));
    }
    char *text = text_of(&log, 0, 5);
    assert_null(strstr(text, "SECRET"));
    assert_non_null(strstr(text, "\"client_id\":\"me\""));
    assert_non_null(strstr(text, "\"Authorization\":\"Bearer [redacted]\""));
    assert_non_null(strstr(text, "\"connection\":7"));
    free(text);
    text = text_of(&log, 3, 2);
    assert_non_null(strstr(text, "\"n\":4,"));
    free(text);
    sb_log_clear(&log);
}

static void test_odd_bodies(void **state) {
    sb_log log = {0};
    (void)state;
    add(&log, "/x\xff", "\xff\x00z", 3);
    add(&log, "/x", "{\"a\":[1]}", 9);
    add(&log, "/x", "", 0);
    char *big = calloc(1, SB_LOG_BODY_MAX + 1);
    assert_non_null(big);
    memset(big, 'x', SB_LOG_BODY_MAX + 1);
    add(&log, "/x", big, SB_LOG_BODY_MAX + 1);
    free(big);
    char *text = text_of(&log, 0, 4);
    assert_non_null(strstr(text, "\"body\":{\"a\":[1]},\"bodyBytes\":9"));
    assert_non_null(strstr(text, "\"body\":null,\"bodyBytes\":0"));
    assert_non_null(strstr(text, "\"body\":null,\"bodyBytes\":262145"));
    free(text);
    sb_log_clear(&log);
}

static void test_bounds(void **state) {
    sb_log log = {0};
    (void)state;
    for (int i = 0; i < SB_LOG_MAX + 5; i++) {
        add(&log, "/x", "1", 1);
    }
    assert_int_equal(log.count, SB_LOG_MAX);
    char *text = text_of(&log, SB_LOG_MAX + 3, 2);
    assert_non_null(strstr(text, "\"n\":10005"));
    free(text);
    char *big = calloc(1, SB_LOG_BODY_MAX);
    assert_non_null(big);
    memset(big, 'x', SB_LOG_BODY_MAX);
    for (int i = 0; i < 260; i++) {
        add(&log, "/x", big, SB_LOG_BODY_MAX);
        assert_true(log.bytes <= SB_LOG_BYTES_MAX);
    }
    free(big);
    assert_int_equal(log.last, SB_LOG_MAX + 265);
    sb_log_clear(&log);
    assert_int_equal(log.last, 0);
}

static void answered(sb_log *log, const char *path, int status, const char *text) {
    sb_request request = {.method = "POST", .path = path, .query = ""};
    js_buf answer = JS_BUF_INIT;
    js_buf_add_text(&answer, text);
    sb_log_note note = {.status = status, .items = -1, .warnings = &none, .answer = &answer};
    sb_log_add(log, &request, &note);
    js_buf_clear(&answer);
}

static void test_answers(void **state) {
    sb_log log = {0};
    (void)state;
    answered(&log, "/jira/builds", 400, "[{\"message\":\"no\"}]");
    answered(&log, "/jira/builds", 200, "<html>");
    answered(&log, "/jira/builds", 0, "{}");
    answered(&log, "/oauth/token", 200, "{\"access_token\":\"SECRET\"}");
    answered(&log, "/oauth/token", 401, "{\"error\":\"access_denied\"}");
    char *text = text_of(&log, 0, 5);
    assert_non_null(strstr(text, "\"answer\":[{\"message\":\"no\"}]"));
    assert_non_null(strstr(text, "\"answer\":\"<html>\""));
    assert_non_null(strstr(text, "\"answer\":null"));
    assert_non_null(strstr(text, "\"answer\":\"[redacted]\""));
    assert_non_null(strstr(text, "access_denied"));
    assert_null(strstr(text, "SECRET"));
    free(text);
    sb_log_clear(&log);
}

static void range_holds(const sb_log *log, sb_log_range range, const char *numbers) {
    js_buf out = JS_BUF_INIT;
    js_buf found = JS_BUF_INIT;
    sb_log_write(log, &range, &out);
    for (const char *at = out.data; (at = strstr(at, "{\"n\":")) != NULL; at++) {
        js_buf_add(&found, at + 5, strcspn(at + 5, ","));
        js_buf_add_text(&found, " ");
    }
    assert_string_equal(found.data == NULL ? "" : found.data, numbers);
    js_buf_clear(&found);
    js_buf_clear(&out);
}

static void test_ranges(void **state) {
    sb_log log = {0};
    (void)state;
    for (int i = 0; i < 5; i++) {
        add(&log, "/x", "1", 1);
    }
    range_holds(&log, (sb_log_range){0, 0, -1}, "1 2 3 4 5 ");
    range_holds(&log, (sb_log_range){0, 0, 2}, "4 5 ");
    range_holds(&log, (sb_log_range){0, 4, 2}, "2 3 ");
    range_holds(&log, (sb_log_range){2, 4, -1}, "3 ");
    range_holds(&log, (sb_log_range){5, 0, -1}, "");
    range_holds(&log, (sb_log_range){0, 1, 9}, "");
    range_holds(&log, (sb_log_range){0, 0, 0}, "");
    sb_log_clear(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redaction), cmocka_unit_test(test_odd_bodies),
        cmocka_unit_test(test_bounds),    cmocka_unit_test(test_answers),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
