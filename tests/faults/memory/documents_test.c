/* Reading and writing documents, keys, payloads and answers, with every allocation failing in turn. */
#include "runner.h"

#include "base/buf.h"
#include "event/document.h"
#include "event/receipt.h"
#include "payload/answer.h"
#include "payload/request.h"

#include <jirasend/jirasend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char build[] =
    "{\"kind\":\"build\",\"site\":\"acme.atlassian.net\",\"pipelineId\":\"p\",\"number\":7,"
    "\"url\":\"https://ci.test/7\",\"state\":\"failed\",\"updatedAt\":\"2026-11-23T10:00:00Z\","
    "\"description\":\"d\",\"label\":\"l\",\"requestId\":\"r\",\"issueKeys\":[\"APP-1\",\"OPS-2\"],"
    "\"keyText\":[\"feature/APP-2-login\",\"APP-3 UTF-8\"],"
    "\"tests\":{\"total\":3,\"passed\":1,\"failed\":1,\"skipped\":1},"
    "\"references\":[{\"commit\":{\"id\":\"c\",\"repositoryUri\":\"https://g.test/r\"},"
    "\"ref\":{\"name\":\"main\",\"uri\":\"https://g.test/r/main\"}}]}";
static const char deployment[] =
    "{\"kind\":\"deployment\",\"site\":\"acme.atlassian.net\",\"pipelineId\":\"p\",\"number\":7,"
    "\"url\":\"https://ci.test/7\",\"state\":\"pending\",\"updatedAt\":\"2026-11-23T10:00:00Z\","
    "\"issueKeys\":[\"APP-1\"],\"environment\":{\"id\":\"prod-eu\",\"name\":\"Production EU\"},"
    "\"pipelineUrl\":\"https://ci.test/\",\"duration\":61,\"services\":[\"b:YXJp\"],"
    "\"commits\":[{\"hash\":\"abc\",\"repositoryId\":\"1\"}],\"repositories\":[\"2\"],"
    "\"gate\":true}";

/* The text must be what it was with all memory there. */
static jirasend_code same(char **expected, const char *text, jirasend_error *error) {
    if (*expected == NULL) {
        *expected = strdup(text);
        return *expected == NULL ? JIRASEND_E_MEMORY : JIRASEND_OK;
    }
    if (strcmp(*expected, text) != 0) {
        error->code = JIRASEND_E_INTERNAL;
        (void)snprintf(error->message, sizeof error->message, "silently different: %.400s", text);
        return JIRASEND_E_INTERNAL;
    }
    return JIRASEND_OK;
}

static jirasend_code same_buf(char **expected, js_buf *text, jirasend_error *error) {
    jirasend_code code = text->failed ? JIRASEND_E_MEMORY : same(expected, text->data, error);
    js_buf_free(text);
    return code;
}

static jirasend_code written(char **expected, const js_event *event, jirasend_error *error) {
    js_buf text = JS_BUF_INIT;
    js_document_write(&text, event);
    return same_buf(expected, &text, error);
}

static jirasend_code payload(char **expected, const js_event *event, jirasend_error *error) {
    js_buf text = JS_BUF_INIT;
    js_payload_item item = {event, 5};
    js_payload_bulk(&text, &item, 1);
    return same_buf(expected, &text, error);
}

static jirasend_code read_write(const char *document, char **stored, char **body,
                                jirasend_error *error) {
    js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys, .now_ms = 1790000000000};
    js_event event;
    js_event again;
    jirasend_code code = js_document_read(&event, document, strlen(document), &rules, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = written(stored, &event, error);
    if (code == JIRASEND_OK) {
        code = payload(body, &event, error);
    }
    js_event_free(&event);
    if (code == JIRASEND_OK) {
        code = js_document_read_stored(&again, *stored, strlen(*stored), error);
        if (code == JIRASEND_OK) {
            code = written(stored, &again, error);
            js_event_free(&again);
        }
    }
    return code;
}

static jirasend_code builds(jirasend_error *error) {
    static char *stored, *body;
    return read_write(build, &stored, &body, error);
}

static jirasend_code deployments(jirasend_error *error) {
    static char *stored, *body;
    return read_write(deployment, &stored, &body, error);
}

static jirasend_code set_up(jirasend_config *config, jirasend_error *error) {
    jirasend_code code = jirasend_config_set_projects(config, "APP,OPS", error);
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_not_keys(config, "KIP,RFC", error);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_any_case(config, 1, error);
    }
    return code == JIRASEND_OK ? jirasend_config_set_default_site(config, "a.test", error) : code;
}

static jirasend_code keys(jirasend_error *error) {
    static char *found_keys;
    static const char text[] = "app-1 OPS-2, KIP-3 (UTF-8) feature_APP-4 APP-1";
    jirasend_config *config = jirasend_config_new();
    if (config == NULL) {
        return JIRASEND_E_MEMORY;
    }
    char *out = NULL;
    jirasend_code code = set_up(config, error);
    if (code == JIRASEND_OK) {
        code = jirasend_keys_scan(config, text, strlen(text), &out, error);
    }
    if (code == JIRASEND_OK) {
        code = same(&found_keys, out, error);
        jirasend_free(out);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_dry_run(config, deployment, strlen(deployment), &out, error);
        if (code == JIRASEND_OK) {
            code = out == NULL ? JIRASEND_E_INTERNAL : JIRASEND_OK;
            jirasend_free(out);
        }
    }
    jirasend_config_free(config);
    return code;
}

static jirasend_code receipt(jirasend_error *error) {
    static char *expected;
    js_receipt one;
    js_receipt_init(&one);
    one.kind = JS_KIND_BUILD;
    one.status = JS_REJECTED;
    one.message = strdup("no \"quotes\" \xC3\xA9");
    one.site = strdup("a.test");
    one.request_id = strdup("r");
    jirasend_code code = JIRASEND_E_MEMORY;
    if (one.message != NULL && one.site != NULL && one.request_id != NULL &&
        js_strings_add(&one.issue_keys, "APP-1", 5)) {
        js_buf text = JS_BUF_INIT;
        js_receipt_write(&text, &one);
        code = same_buf(&expected, &text, error);
    }
    js_receipt_free(&one);
    return code;
}

static jirasend_code bulk_answer(jirasend_error *error) {
    static const char answer[] =
        "{\"acceptedBuilds\":[{\"pipelineId\":\"p\",\"buildNumber\":1}],\"rejectedBuilds\":"
        "[{\"key\":{\"pipelineId\":\"p\",\"buildNumber\":2},\"errors\":[{\"message\":\"bad\"}]}],"
        "\"unknownIssueKeys\":[\"APP-9\"]}";
    js_event one = {.kind = JS_KIND_BUILD, .of.run = {.number = 1, .pipeline_id = (char[]){"p"}}};
    js_event two = {.kind = JS_KIND_BUILD, .of.run = {.number = 2, .pipeline_id = (char[]){"p"}}};
    js_event three = {.kind = JS_KIND_BUILD, .of.run = {.number = 3, .pipeline_id = (char[]){"p"}}};
    char key[] = "APP-9";
    char *list[] = {key};
    three.issue_keys = (js_strings){list, 1, 1};
    const js_event *events[] = {&one, &two, &three};
    js_item_answer items[3];
    jirasend_code code =
        js_answer_bulk(items, JS_API_BUILDS, events, 3, answer, strlen(answer), error);
    if (code != JIRASEND_OK) {
        return code;
    }
    bool right = items[0].verdict == JS_TAKEN && items[1].verdict == JS_REFUSED &&
                 items[2].verdict == JS_ALL_UNKNOWN && strcmp(items[1].message, "bad") == 0 &&
                 items[2].unknown_keys.count == 1;
    js_item_answers_free(items, 3);
    return right ? JIRASEND_OK : JIRASEND_E_INTERNAL;
}

static jirasend_code other_answers(jirasend_error *error) {
    static const char token[] = "{\"access_token\":\"abc\",\"expires_in\":900}";
    static const char tenant[] = "{\"cloudId\":\"c-1\"}";
    js_token_answer got = {JS_SECRET_INIT, 0};
    char cloud[JS_CLOUD_ID_SIZE];
    jirasend_code code = js_answer_token(&got, token, strlen(token), error);
    if (code == JIRASEND_OK) {
        code = strcmp(got.token.text, "abc") == 0 ? JIRASEND_OK : JIRASEND_E_INTERNAL;
    }
    js_secret_wipe(&got.token);
    if (code == JIRASEND_OK) {
        code = js_answer_tenant(cloud, tenant, strlen(tenant), error);
    }
    return code;
}

int main(void) {
    static const scenario scenarios[] = {
        {"a build", builds, 0, 0, NULL},
        {"a deployment", deployments, 0, 0, NULL},
        {"keys and dry run", keys, 0, 0, NULL},
        {"a receipt", receipt, 0, 0, NULL},
        {"a bulk answer", bulk_answer, 0, 0, NULL},
        {"token and cloud id", other_answers, 0, 0, NULL},
    };
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        run_with_failures(&scenarios[i]);
    }
    return 0;
}
