#include "faults.h"

#include "event/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *add(sb_faults *faults, const char *text) {
    json_object *json = js_json_parse(text, strlen(text), JS_JSON_STRICT, NULL);
    assert_non_null(json);
    char *wrong = sb_faults_add(faults, json);
    json_object_put(json);
    return wrong;
}

static void good(sb_faults *faults, const char *text) {
    char *wrong = add(faults, text);
    if (wrong != NULL) {
        fail_msg("%s: %s", text, wrong);
    }
}

static void bad(const char *text, const char *sentence) {
    sb_faults faults = {NULL, 0};
    char *wrong = add(&faults, text);
    if (wrong == NULL || strstr(wrong, sentence) == NULL) {
        fail_msg("%s: %s", text, wrong == NULL ? "taken" : wrong);
    }
    assert_int_equal(faults.count, 0);
    free(wrong);
    sb_faults_clear(&faults);
}

static void test_bad_descriptions(void **state) {
    (void)state;
    bad("1", "A fault is an object");
    bad("{}", "A fault needs at least one of");
    bad("{\"path\":\"/x\"}", "A fault needs at least one of");
    bad("{\"staus\":500}", "'staus' is not a member of a fault.");
    bad("{\"path\":\"\",\"status\":500}", "'path' must be a string");
    bad("{\"method\":5,\"status\":500}", "'method' must be a string");
    bad("{\"status\":199}", "'status' must be a whole number from 200 to 599.");
    bad("{\"status\":\"500\"}", "'status' must be a whole number");
    bad("{\"status\":500,\"count\":-1}", "'count' must be a whole number");
    bad("{\"status\":500,\"skip\":1.5}", "'skip' must be a whole number");
    bad("{\"delayMs\":999999999}", "'delayMs' must be");
    bad("{\"action\":\"explode\"}", "'action' must be one of reset, garbage");
    bad("{\"headers\":[]}", "'headers' must be an object");
    bad("{\"headers\":{\"A B\":\"x\"}}", "'headers' holds a name or value");
    bad("{\"headers\":{\"A\":\"x\\r\\nB: y\"}}", "'headers' holds a name or value");
    bad("{\"headers\":{\"A\":null}}", "'headers' holds a name or value");
    bad("{\"headers\":{\"content-length\":\"1\"}}", "'headers' may not set Content-Length");
    bad("{\"reject\":\"x\"}", "'reject' must be an array of strings");
    bad("{\"omit\":[]}", "'omit' must be an array of strings that is not empty.");
    bad("{\"unknownKeys\":[1]}", "'unknownKeys' must be an array of strings.");
    bad("{\"status\":500,\"processed\":1}", "'processed' must be true or false.");
    bad("[{\"status\":500},{\"status\":1}]", "Fault 2: 'status'");
}

static void test_matching(void **state) {
    sb_faults faults = {NULL, 0};
    (void)state;
    good(&faults,
         "{\"path\":\"/builds\",\"method\":\"post\",\"status\":503,\"skip\":1,\"count\":2}");
    good(&faults, "{\"path\":\"/jira/*/bulk\",\"status\":500,\"count\":0}");
    assert_null(sb_faults_take(&faults, "GET", "/oauth/token"));
    /* The first lets one pass, which the second takes. */
    assert_int_equal(sb_faults_take(&faults, "POST", "/jira/builds/bulk")->status, 500);
    assert_int_equal(sb_faults_take(&faults, "POST", "/jira/builds/bulk")->status, 503);
    assert_int_equal(sb_faults_take(&faults, "POST", "/jira/builds/bulk")->status, 503);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(sb_faults_take(&faults, "POST", "/jira/builds/bulk")->status, 500);
    }
    assert_int_equal(faults.count, 1);
    sb_faults_clear(&faults);
    assert_null(sb_faults_take(&faults, "POST", "/jira/builds/bulk"));
}

static void test_all_or_none(void **state) {
    sb_faults faults = {NULL, 0};
    (void)state;
    good(&faults, "{\"status\":500}");
    char *wrong = add(&faults, "[{\"status\":501},{\"bogus\":1}]");
    assert_non_null(wrong);
    free(wrong);
    assert_int_equal(faults.count, 1);
    good(&faults, "[]");
    js_buf many = JS_BUF_INIT;
    js_buf_add_text(&many, "[{\"status\":500}");
    for (int i = 1; i < SB_FAULTS_MAX; i++) {
        js_buf_add_text(&many, ",{\"status\":500}");
    }
    js_buf_add_text(&many, "]");
    wrong = add(&faults, many.data);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "1000 faults"));
    free(wrong);
    js_buf_clear(&many);
    sb_faults_clear(&faults);
}

static void apply(const char *description, const char *path, sb_answer *answer) {
    sb_faults faults = {NULL, 0};
    good(&faults, description);
    const sb_fault *fault = sb_faults_take(&faults, "POST", path);
    assert_non_null(fault);
    *answer = (sb_answer){0};
    sb_answer_error(answer, 202, "before");
    sb_request request = {
        .method = strstr(path, "/delete") == NULL ? "POST" : "DELETE", .path = path, .query = ""};
    sb_fault_apply(fault, &request, answer);
    assert_false(answer->body.failed);
    sb_faults_clear(&faults);
}

static void test_effects(void **state) {
    sb_answer answer;
    (void)state;
    apply("{\"status\":429,\"headers\":{\"retry-after\":7,\"Content-Type\":\"text/x\"}}", "/a/bulk",
          &answer);
    assert_int_equal(answer.status, 429);
    assert_string_equal(sb_headers_get(&answer.headers, "Retry-After"), "7");
    assert_string_equal(sb_headers_get(&answer.headers, "Content-Type"), "text/x");
    assert_int_equal(answer.headers.count, 2);
    sb_answer_free(&answer);

    apply("{\"delayMs\":30,\"headers\":{\"Date\":\"x\"}}", "/a/bulk", &answer);
    assert_int_equal(answer.status, 202);
    assert_int_equal(answer.delay_ms, 30);
    assert_string_equal(answer.body.data, "{\"code\":202,\"message\":\"before\"}");
    sb_answer_free(&answer);

    apply("{\"body\":{\"a\":[1,\"/\"]}}", "/oauth/token", &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body.data, "{\"a\":[1,\"/\"]}");
    sb_answer_free(&answer);

    apply("{\"action\":\"garbage\"}", "/a/bulk", &answer);
    assert_int_equal(answer.status, 202);
    assert_null(js_json_parse(answer.body.data, answer.body.length, JS_JSON_ANSWER, NULL));
    sb_answer_free(&answer);

    apply("{\"action\":\"garbage\"}", "/a/delete", &answer);
    assert_int_equal(answer.status, 202);
    sb_answer_free(&answer);

    apply("{\"action\":\"oversize\"}", "/oauth/token", &answer);
    assert_true(answer.body.length >= 2 * 1024 * 1024);
    sb_answer_free(&answer);

    apply("{\"action\":\"redirect\",\"headers\":{\"Location\":\"https://x/\"}}", "/a", &answer);
    assert_int_equal(answer.status, 302);
    assert_string_equal(sb_headers_get(&answer.headers, "Location"), "https://x/");
    sb_answer_free(&answer);

    apply("{\"action\":\"reset\"}", "/a", &answer);
    assert_int_equal(answer.ending, SB_RESET);
    sb_answer_free(&answer);
    apply("{\"action\":\"hang\"}", "/a", &answer);
    assert_int_equal(answer.ending, SB_HANG);
    sb_answer_free(&answer);
    apply("{\"action\":\"truncate\",\"status\":201}", "/a", &answer);
    assert_int_equal(answer.ending, SB_TRUNCATE);
    assert_int_equal(answer.status, 201);
    sb_answer_free(&answer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_descriptions),
        cmocka_unit_test(test_matching),
        cmocka_unit_test(test_all_or_none),
        cmocka_unit_test(test_effects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
