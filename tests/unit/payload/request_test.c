/* Request bodies and paths, byte for byte. Conformance to Atlassian's schema: tests/conformance. */
#include "payload/request.h"

#include "base/text.h"
#include "event_support.h"

#include <jirasend/version.h>
#include <json-c/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROVIDER                                                                                   \
    "\"properties\":{\"jirasend\":\"default\"},\"providerMetadata\":{\"product\":"                 \
    "\"jirasend " JIRASEND_VERSION "\"}"

static char *bulk_of(const char *document, int64_t sequence) {
    js_event event;
    test_event_read(&event, document);
    const js_payload_item item = {.event = &event, .sequence = sequence};
    js_buf body = JS_BUF_INIT;
    js_payload_bulk(&body, &item, 1);
    js_event_clear(&event);
    char *text = js_buf_take(&body);
    assert_non_null(text);
    return text;
}

static void same_body(const char *document, const char *expected) {
    char *body = bulk_of(document, 99);
    assert_string_equal(body, expected);
    free(body);
}

static void writes_a_small_build(void **state) {
    (void)state;
    same_body("{\"kind\":\"build\",\"pipelineId\":\"team/app\",\"number\":42,"
              "\"url\":\"https://ci/42/\",\"state\":\"successful\",\"issueKeys\":[\"APP-1\"]}",
              "{\"builds\":[{\"schemaVersion\":\"1.0\",\"pipelineId\":\"team~2Fapp\","
              "\"buildNumber\":42,\"updateSequenceNumber\":99,\"displayName\":\"team/app #42\","
              "\"url\":\"https://ci/42/\",\"state\":\"successful\","
              "\"lastUpdated\":\"2026-11-23T10:00:00.000Z\",\"associations\":[{\"associationType\":"
              "\"issueIdOrKeys\",\"values\":[\"APP-1\"]}]}]," PROVIDER "}");
}

static void writes_a_full_build(void **state) {
    (void)state;
    same_body("{\"kind\":\"build\",\"pipelineId\":\"p\",\"pipelineName\":\"My \\\"app\\\"\","
              "\"number\":7,\"url\":\"https://ci/7\",\"state\":\"failed\",\"description\":\"d\","
              "\"label\":\"l\",\"issueKeys\":[\"APP-1\",\"APP-2\"],"
              "\"tests\":{\"total\":10,\"passed\":7,\"failed\":2,\"skipped\":1},"
              "\"references\":[{\"commit\":{\"id\":\"c\",\"repositoryUri\":\"u\"}},"
              "{\"commit\":{\"id\":\"c\",\"repositoryUri\":\"u\"},"
              "\"ref\":{\"name\":\"main\",\"uri\":\"v\"}},"
              "{\"ref\":{\"name\":\"main\",\"uri\":\"v\"}}]}",
              "{\"builds\":[{\"schemaVersion\":\"1.0\",\"pipelineId\":\"p\",\"buildNumber\":7,"
              "\"updateSequenceNumber\":99,\"displayName\":\"My \\\"app\\\" #7\","
              "\"description\":\"d\",\"label\":\"l\",\"url\":\"https://ci/7\",\"state\":\"failed\","
              "\"lastUpdated\":\"2026-11-23T10:00:00.000Z\",\"associations\":[{\"associationType\":"
              "\"issueIdOrKeys\",\"values\":[\"APP-1\",\"APP-2\"]}],\"testInfo\":{"
              "\"totalNumber\":10,\"numberPassed\":7,\"numberFailed\":2,\"numberSkipped\":1},"
              "\"references\":[{\"commit\":{\"id\":\"c\",\"repositoryUri\":\"u\"}},"
              "{\"commit\":{\"id\":\"c\",\"repositoryUri\":\"u\"},"
              "\"ref\":{\"name\":\"main\",\"uri\":\"v\"}},"
              "{\"ref\":{\"name\":\"main\",\"uri\":\"v\"}}]}]," PROVIDER "}");
}

static void writes_a_small_deployment(void **state) {
    (void)state;
    same_body("{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":7,"
              "\"url\":\"https://ci/7\",\"state\":\"rolled_back\",\"services\":[\"b:1\"],"
              "\"references\":[{\"ref\":{\"name\":\"main\",\"uri\":\"v\"}}],"
              "\"environment\":{\"id\":\"qa-2\",\"name\":\"QA 2\"}}",
              "{\"deployments\":[{\"schemaVersion\":\"1.0\",\"deploymentSequenceNumber\":7,"
              "\"updateSequenceNumber\":99,\"displayName\":\"p #7\",\"url\":\"https://ci/7\","
              "\"description\":\"Deployment of p #7 to QA 2\","
              "\"lastUpdated\":\"2026-11-23T10:00:00.000Z\",\"state\":\"rolled_back\","
              "\"pipeline\":{\"id\":\"p\",\"displayName\":\"p\",\"url\":\"https://ci/7\"},"
              "\"environment\":{\"id\":\"qa-2\",\"displayName\":\"QA 2\",\"type\":\"testing\"},"
              "\"associations\":[{\"associationType\":\"serviceIdOrKeys\",\"values\":[\"b:1\"]}]}]"
              "," PROVIDER "}");
}

static void writes_a_full_deployment(void **state) {
    (void)state;
    same_body("{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"pipelineName\":\"P\",\"number\":7,"
              "\"url\":\"https://ci/7\",\"state\":\"pending\",\"gate\":true,\"duration\":0,"
              "\"description\":\"d\",\"label\":\"l\",\"pipelineUrl\":\"https://ci/p\","
              "\"services\":[\"b:1\"],\"repositories\":[\"r\",\"s\"],"
              "\"commits\":[{\"hash\":\"h\",\"repositoryId\":\"r\"},"
              "{\"hash\":\"i\",\"repositoryId\":\"r\"}],"
              "\"environment\":{\"id\":\"e\",\"name\":\"E\",\"type\":\"production\"}}",
              "{\"deployments\":[{\"schemaVersion\":\"1.0\",\"deploymentSequenceNumber\":7,"
              "\"updateSequenceNumber\":99,\"displayName\":\"P #7\",\"url\":\"https://ci/7\","
              "\"description\":\"d\",\"lastUpdated\":\"2026-11-23T10:00:00.000Z\",\"label\":\"l\","
              "\"duration\":0,\"state\":\"pending\","
              "\"pipeline\":{\"id\":\"p\",\"displayName\":\"P\",\"url\":\"https://ci/p\"},"
              "\"environment\":{\"id\":\"e\",\"displayName\":\"E\",\"type\":\"production\"},"
              "\"associations\":[{\"associationType\":\"serviceIdOrKeys\",\"values\":[\"b:1\"]},"
              "{\"associationType\":\"commit\",\"values\":[{\"commitHash\":\"h\","
              "\"repositoryId\":\"r\"},{\"commitHash\":\"i\",\"repositoryId\":\"r\"}]},"
              "{\"associationType\":\"repository\",\"values\":[{\"repositoryId\":\"r\"},"
              "{\"repositoryId\":\"s\"}]}],"
              "\"commands\":[{\"command\":\"initiate_deployment_gating\"}]}]," PROVIDER "}");
}

static void writes_a_flag(void **state) {
    (void)state;
    same_body("{\"kind\":\"flag\",\"flagId\":\"team/f\",\"key\":\"k\",\"name\":\"N\","
              "\"url\":\"https://f/1\",\"issueKeys\":[\"APP-1\"],\"defaultValue\":\"off\","
              "\"environments\":[{\"name\":\"Live\",\"enabled\":true,"
              "\"rollout\":{\"percentage\":12.5}},{\"name\":\"Mars\",\"enabled\":false,"
              "\"url\":\"https://f/2\",\"updatedAt\":\"2026-11-23T09:00:00Z\","
              "\"rollout\":{\"rules\":2}}]}",
              "{\"flags\":[{\"schemaVersion\":\"1.0\",\"id\":\"team~2Ff\",\"key\":\"k\","
              "\"updateSequenceId\":99,\"displayName\":\"N\",\"associations\":["
              "{\"associationType\":\"issueIdOrKeys\",\"values\":[\"APP-1\"]}],"
              "\"summary\":{\"url\":\"https://f/1\",\"status\":{\"enabled\":true,"
              "\"defaultValue\":\"off\"},\"lastUpdated\":\"2026-11-23T10:00:00.000Z\"},"
              "\"details\":[{\"url\":\"https://f/1\","
              "\"lastUpdated\":\"2026-11-23T10:00:00.000Z\",\"environment\":{\"name\":\"Live\","
              "\"type\":\"production\"},\"status\":{\"enabled\":true,"
              "\"rollout\":{\"percentage\":12.5}}},{\"url\":\"https://f/2\","
              "\"lastUpdated\":\"2026-11-23T09:00:00.000Z\",\"environment\":{\"name\":\"Mars\"},"
              "\"status\":{\"enabled\":false,\"rollout\":{\"rules\":2}}}]}]," PROVIDER "}");
}

static void writes_many_items(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":1,"
                            "\"url\":\"https://h\",\"state\":\"failed\",\"issueKeys\":[\"AB-1\"]}");
    js_payload_item items[100];
    size_t one = 0;
    for (size_t i = 0; i < 100; i++) {
        items[i] = (js_payload_item){.event = &event, .sequence = 1000 + (int64_t)i};
    }
    js_buf item = JS_BUF_INIT;
    js_payload_item_write(&item, &items[0]);
    one = item.length;
    js_buf body = JS_BUF_INIT;
    js_payload_bulk(&body, items, 100);
    assert_non_null(strstr(body.data, item.data));
    assert_int_equal(body.length, strlen("{\"builds\":[]," PROVIDER "}") + 100 * one + 99);
    json_object *parsed = json_tokener_parse(body.data);
    json_object *builds = NULL;
    assert_true(json_object_object_get_ex(parsed, "builds", &builds));
    assert_int_equal(json_object_array_length(builds), 100);
    json_object_put(parsed);
    js_buf_clear(&item);
    js_buf_clear(&body);
    js_event_clear(&event);
}

/* The number tells builds apart: a long name gives way to it. */
static void display_name_keeps_the_number(void **state) {
    (void)state;
    js_buf document = JS_BUF_INIT;
    js_buf_add_text(&document, "{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":"
                               "9223372036854775807,\"url\":\"https://h\",\"state\":\"failed\","
                               "\"environment\":{\"id\":\"e\",\"name\":\"E\"},\"pipelineName\":\"");
    for (int i = 0; i < 150; i++) {
        js_buf_add_text(&document, "\xF0\x9F\x9A\x80");
    }
    js_buf_add_text(&document, "\"}");
    char *body = bulk_of(document.data, 1);
    const char *name = strstr(body, "\"displayName\":\"") + strlen("\"displayName\":\"");
    const char *end = strchr(name, '"');
    static const char number[] = " #9223372036854775807";
    size_t length = (size_t)(end - name);
    assert_memory_equal(end - strlen(number), number, strlen(number));
    assert_true(js_utf8_valid(name, length));
    assert_int_equal(js_utf16_length(name, length), 234 + strlen(number));
    const char *description = strstr(body, "\"description\":\"") + strlen("\"description\":\"");
    assert_true(js_utf16_length(description, (size_t)(strchr(description, '"') - description)) <=
                255);
    free(body);
    js_buf_clear(&document);
}

static void a_bound_that_is_passed_fails_the_buffer(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":1,"
                            "\"url\":\"https://h\",\"state\":\"failed\",\"issueKeys\":[\"AB-1\"]}");
    const js_payload_item item = {.event = &event, .sequence = 1};
    js_buf body = JS_BUF_INIT;
    body.max = 100;
    js_payload_bulk(&body, &item, 1);
    assert_true(body.failed);
    assert_true(body.length <= 100);
    js_buf_clear(&body);
    js_event_clear(&event);
}

static void writes_the_token_request(void **state) {
    (void)state;
    js_secret secret = JS_SECRET_INIT;
    assert_true(js_secret_set(&secret, "s\"\\e", 4));
    js_buf body = JS_BUF_INIT;
    body.secret = true;
    js_payload_token(&body, "id-1", &secret);
    assert_string_equal(body.data, "{\"audience\":\"api.atlassian.com\",\"grant_type\":"
                                   "\"client_credentials\",\"client_id\":\"id-1\","
                                   "\"client_secret\":\"s\\\"\\\\e\"}");
    js_buf_clear(&body);
    js_secret_wipe(&secret);
}

static void writes_paths(void **state) {
    (void)state;
    js_buf path = JS_BUF_INIT;
    js_payload_bulk_path(&path, JS_API_BUILDS, "c-1");
    assert_string_equal(path.data, "/jira/builds/0.1/cloud/c-1/bulk");
    js_buf_reset(&path);
    js_payload_bulk_path(&path, JS_API_DEPLOYMENTS, "c-1");
    assert_string_equal(path.data, "/jira/deployments/0.1/cloud/c-1/bulk");
    js_buf_reset(&path);
    js_event flag;
    test_event_read(&flag, "{\"kind\":\"flag\",\"flagId\":\"a/b\",\"delete\":true}");
    js_payload_thing_path(&path, &flag, "c-1");
    assert_string_equal(path.data, "/jira/featureflags/0.1/cloud/c-1/flag/a~2Fb");
    js_event_clear(&flag);
    js_buf_reset(&path);
    js_payload_gate_path(&path, "c-1", "a/b c?#%\xC3\xA9.x~_-", "..", 42);
    assert_string_equal(path.data, "/jira/deployments/0.1/cloud/c-1/pipelines/"
                                   "a~2Fb~20c~3F~23~25~C3~A9.x~7E_-/environments/~2E~2E/"
                                   "deployments/42/gating-status");
    js_buf_clear(&path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_small_build),
        cmocka_unit_test(writes_a_full_build),
        cmocka_unit_test(writes_a_small_deployment),
        cmocka_unit_test(writes_a_full_deployment),
        cmocka_unit_test(writes_a_flag),
        cmocka_unit_test(writes_many_items),
        cmocka_unit_test(display_name_keeps_the_number),
        cmocka_unit_test(a_bound_that_is_passed_fails_the_buffer),
        cmocka_unit_test(writes_the_token_request),
        cmocka_unit_test(writes_paths),
    };
    return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
