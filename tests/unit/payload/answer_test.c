/* Reading tokens, cloud ids, gates and words of errors. */
#include "payload/answer.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void takes_a_token_with_its_life(void **state) {
    (void)state;
    static const struct {
        const char *life;
        int64_t ms;
    } rows[] = {
        {",\"expires_in\":3600", 3600000},
        {",\"expires_in\":\"900\"", 900000},
        {",\"expires_in\":1", 1000},
        {",\"expires_in\":31536000", INT64_C(31536000000)},
        {"", 60000},
        {",\"expires_in\":null", 60000},
        {",\"expires_in\":0", 60000},
        {",\"expires_in\":-5", 60000},
        {",\"expires_in\":\"-5\"", 60000},
        {",\"expires_in\":\"soon\"", 60000},
        {",\"expires_in\":\"\"", 60000},
        {",\"expires_in\":12.5", 60000},
        {",\"expires_in\":true", 60000},
        {",\"expires_in\":31536001", 60000},
        {",\"expires_in\":9223372036854775807", 60000},
        {",\"expires_in\":18446744073709551615", 60000},
        {",\"expires_in\":\"99999999999999999999\"", 60000},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char body[200];
        (void)snprintf(body, sizeof body, "{\"access_token\":\"ey.J_-~+/=\"%s}", rows[i].life);
        js_token_answer answer;
        assert_int_equal(js_answer_token(&answer, body, strlen(body), NULL), JIRASEND_OK);
        assert_string_equal(answer.token.text, "ey.J_-~+/=");
        if (answer.lifetime_ms != rows[i].ms) {
            fail_msg("%s gives %lld ms", rows[i].life, (long long)answer.lifetime_ms);
        }
        js_secret_wipe(&answer.token);
    }
}

static void refuses_what_is_no_token(void **state) {
    (void)state;
    static const char *const bodies[] = {"",
                                         "{}",
                                         "null",
                                         "[]",
                                         "\"SECRET\"",
                                         "<html>SECRET</html>",
                                         "{\"access_token\":\"\"}",
                                         "{\"access_token\":7}",
                                         "{\"access_token\":null}",
                                         "{\"access_token\":\"SECRET x\"}",
                                         "{\"access_token\":\"SECRET\\r\\nX: y\"}",
                                         "{\"access_token\":\"SECRET\\u0000\"}",
                                         "{\"access_token\":\"SECRET\xC3\xA9\"}",
                                         "{\"access_token\":\"SECRET\"",
                                         "{\"access_token\":SECRET}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        js_token_answer answer;
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_int_equal(js_answer_token(&answer, bodies[i], strlen(bodies[i]), &error),
                         JIRASEND_E_NETWORK);
        assert_null(answer.token.text);
        assert_int_equal(error.code, JIRASEND_E_NETWORK);
        assert_null(strstr(error.message, "SECRET"));
    }
    static char body[17000] = "{\"access_token\":\"";
    size_t start = strlen(body);
    for (size_t extra = 0; extra < 2; extra++) {
        memset(body + start, 'a', 16384 + extra);
        memcpy(body + start + 16384 + extra, "\"}", 3);
        js_token_answer answer;
        assert_int_equal(js_answer_token(&answer, body, strlen(body), NULL),
                         extra == 0 ? JIRASEND_OK : JIRASEND_E_NETWORK);
        js_secret_wipe(&answer.token);
    }
}

static void reads_the_cloud_id(void **state) {
    (void)state;
    char id[JS_CLOUD_ID_SIZE];
    const char *good = "{\"cloudId\":\"11223344-a1b2-3b33-c444-def123456789\",\"x\":[1]}";
    assert_int_equal(js_answer_tenant(id, good, strlen(good), NULL), JIRASEND_OK);
    assert_string_equal(id, "11223344-a1b2-3b33-c444-def123456789");
    static const char *const bodies[] = {
        "",
        "<!DOCTYPE html>",
        "{}",
        "[]",
        "{\"cloudId\":null}",
        "{\"cloudId\":1}",
        "{\"cloudId\":\"\"}",
        "{\"cloudId\":\"a/../b\"}",
        "{\"cloudId\":\"a\\u0000b\"}",
        "{\"cloudId\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_int_equal(js_answer_tenant(id, bodies[i], strlen(bodies[i]), &error),
                         JIRASEND_E_CREDENTIALS);
        assert_string_equal(id, "");
        assert_int_equal(error.code, JIRASEND_E_CREDENTIALS);
    }
}

static jirasend_code ask_gate(js_gate_answer *answer, const char *body) {
    return js_answer_gate(answer, "p", "e", 7, body, strlen(body), NULL);
}

static void reads_the_gate(void **state) {
    (void)state;
    js_gate_answer answer;
    static const char *const names[] = {"allowed", "prevented", "awaiting", "expired", "invalid"};
    for (int i = 0; i < (int)COUNT_OF(names); i++) {
        char body[100];
        (void)snprintf(body, sizeof body, "{\"gatingStatus\":\"%s\",\"details\":null}", names[i]);
        assert_int_equal(ask_gate(&answer, body), JIRASEND_OK);
        assert_int_equal(answer.gate, i);
        assert_string_equal(js_gate_name(answer.gate), names[i]);
        assert_int_equal(answer.issue_keys.count, 0);
    }
    assert_string_equal(js_gate_name(JS_GATE_UNKNOWN), "unknown");
    assert_int_equal(ask_gate(&answer,
                              "{\"deploymentSequenceNumber\":\"7\",\"pipelineId\":\"p\","
                              "\"environmentId\":\"e\",\"gatingStatus\":\"awaiting\","
                              "\"updatedTimestamp\":\"2020-08-25T06:04:50.239Z\",\"details\":["
                              "{\"type\":\"issue\",\"issueKey\":\"CHG-1\",\"issueLink\":\"https://"
                              "a.example/browse/CHG-1\"},"
                              "{\"type\":\"other\"},{\"issueKey\":\"CHG-2\"},"
                              "{\"issueKey\":\"CHG-3\",\"issueLink\":\"javascript:alert(1)\"},"
                              "{\"issueKey\":\"CHG-1\"}]}"),
                     JIRASEND_OK);
    assert_int_equal(answer.issue_keys.count, 3);
    assert_string_equal(answer.issue_keys.items[0], "CHG-1");
    assert_string_equal(answer.issue_keys.items[1], "CHG-2");
    assert_int_equal(answer.issue_links.count, 3);
    assert_string_equal(answer.issue_links.items[0], "https://a.example/browse/CHG-1");
    assert_string_equal(answer.issue_links.items[1], "");
    assert_string_equal(answer.issue_links.items[2], ""); /* not of a web page */
    assert_string_equal(answer.updated_at, "2020-08-25T06:04:50.239Z");
    js_gate_answer_clear(&answer);
}

static void refuses_what_is_no_gate_answer(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "{\"gatingStatus\":null}",
        "{\"gatingStatus\":\"open\"}",
        "{\"gatingStatus\":\"Allowed\"}",
        "{\"gatingStatus\":\"unknown\"}",
        "{\"gatingStatus\":true}",
        "{\"gatingStatus\":\"allowed\",\"pipelineId\":\"q\"}",
        "{\"gatingStatus\":\"allowed\",\"pipelineId\":1}",
        "{\"gatingStatus\":\"allowed\",\"environmentId\":\"f\"}",
        "{\"gatingStatus\":\"allowed\",\"deploymentSequenceNumber\":8}",
        "{\"gatingStatus\":\"allowed\",\"deploymentSequenceNumber\":7.0}",
        "{\"gatingStatus\":\"allowed\",\"details\":{}}",
        "{\"gatingStatus\":\"allowed\",\"details\":[1]}",
        "{\"gatingStatus\":\"allowed\",\"details\":[{\"issueKey\":\"CHG-1\"},{\"issueKey\":1}]}",
        "{\"gatingStatus\":\"allowed\",\"details\":[{\"issueKey\":\"\\u001b[31m\"}]}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        js_gate_answer answer;
        if (ask_gate(&answer, bodies[i]) != JIRASEND_E_NETWORK) {
            fail_msg("taken: %s", bodies[i]);
        }
        assert_int_equal(answer.gate, JS_GATE_UNKNOWN);
        assert_int_equal(answer.issue_keys.count, 0);
    }
}

static void finds_words_in_errors(void **state) {
    (void)state;
    static const struct {
        const char *body, *words;
    } rows[] = {
        {"[{\"message\":\"No.\"},{\"message\":\"Never.\",\"errorTraceId\":\"1\"}]", "No.; Never."},
        {"{\"message\":\"No.\"}", "No."},
        {"{\"code\":401,\"message\":\"Unauthorized\"}", "Unauthorized"},
        {"{\"errorMessages\":[\"One.\",\"Two.\"],\"errors\":{}}", "One.; Two."},
        {"{\"errorMessages\":[],\"errors\":{\"builds\":\"is missing\"}}", "is missing"},
        {"{\"errors\":[{\"message\":\"No.\"}]}", "No."},
        {"{\"error\":\"access_denied\",\"error_description\":\"Unauthorized\"}",
         "access_denied; Unauthorized"},
        {"{\"error\":\"invalid_request\"}", "invalid_request"},
        {"[\"No.\"]", "No."},
        {"{\"message\":\"a\\u001b[31mb\\nc\"}", "a\\x1B[31mb\\nc"},
        {"", NULL},
        {"{}", NULL},
        {"[]", NULL},
        {"7", NULL},
        {"\"text\"", NULL},
        {"<html><body>Bad gateway</body></html>", NULL},
        {"{\"message\":{\"a\":1},\"errors\":7}", NULL},
        {"[{\"message\":\"\"},{\"message\":null}]", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *words = js_answer_words(rows[i].body, strlen(rows[i].body));
        if (rows[i].words == NULL) {
            assert_null(words);
        } else {
            assert_non_null(words);
            assert_string_equal(words, rows[i].words);
        }
        free(words);
    }
    assert_null(js_answer_words(NULL, 0));
}

static void words_are_bounded(void **state) {
    (void)state;
    for (int form = 0; form < 2; form++) {
        js_buf body = JS_BUF_INIT;
        js_buf_add_text(&body, "[{\"message\":\"x");
        for (int i = 0; i < 3000; i++) {
            js_buf_add_text(&body, form == 0 ? "\xE6\x97\xA5" : "\"},{\"message\":\"yes");
        }
        js_buf_add_text(&body, "\"}]");
        char *words = js_answer_words(body.data, body.length);
        assert_non_null(words);
        assert_in_range(strlen(words), 290, 300);
        assert_true(js_utf8_valid(words, strlen(words)));
        assert_string_equal(words + strlen(words) - 3, "\xE2\x80\xA6");
        free(words);
        js_buf_clear(&body);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_token_with_its_life),
        cmocka_unit_test(refuses_what_is_no_token),
        cmocka_unit_test(reads_the_cloud_id),
        cmocka_unit_test(reads_the_gate),
        cmocka_unit_test(refuses_what_is_no_gate_answer),
        cmocka_unit_test(finds_words_in_errors),
        cmocka_unit_test(words_are_bounded),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
