/* Reading and writing documents, keys, payloads and answers, with every allocation failing in turn. */
#include "runner.h"

#include "base/buf.h"
#include "event/document.h"
#include "event/envelope.h"
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

#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define IN_REPOSITORY                                                                              \
    "\"site\":\"acme.atlassian.net\",\"updatedAt\":\"2026-11-23T10:00:00Z\","                      \
    "\"repository\":{\"url\":\"https://g.test/r\"}"
static const char flag[] =
    "{\"kind\":\"flag\",\"site\":\"acme.atlassian.net\",\"flagId\":\"f/1\",\"url\":\"https://"
    "f.test/1\","
    "\"updatedAt\":\"2026-11-23T10:00:00Z\",\"defaultValue\":\"off\",\"rollout\":{\"percentage\":"
    "12.5},"
    "\"issueKeys\":[\"APP-1\"],\"environments\":[{\"name\":\"Production\",\"enabled\":true,"
    "\"rollout\":{\"text\":\"beta\"}},{\"name\":\"QA\",\"enabled\":false,\"url\":\"https://f.test/"
    "2\"}]}";
/* So many keys that the list of where they were found has to grow. */
static const char commit[] =
    "{\"kind\":\"commit\"," IN_REPOSITORY ",\"hash\":\"" HASH "\",\"issueKeys\":[\"OPS-1\"],"
    "\"message\":\"APP-1 APP-2 APP-3 APP-4 APP-5 APP-6 APP-7 APP-8 APP-9 APP-10 APP-11 APP-12 "
    "APP-13 APP-14 APP-15 APP-16 APP-17\","
    "\"url\":\"https://g.test/c\",\"author\":{\"name\":\"N\",\"email\":\"e@x\","
    "\"url\":\"https://g.test/n\",\"avatar\":\"https://g.test/a\"},\"merge\":true,"
    "\"files\":[{\"path\":\"a\",\"change\":\"moved\"},{\"path\":\"b\"}]}";
static const char branch[] =
    "{\"kind\":\"branch\"," IN_REPOSITORY ",\"name\":\"f/APP-2\",\"url\":\"https://g.test/b\","
    "\"createPullRequestUrl\":\"https://g.test/"
    "n\",\"properties\":{\"a\":\"b\"},\"transitions\":false,"
    "\"lastCommit\":{\"hash\":\"" HASH "\",\"message\":\"APP-3 m\",\"url\":\"https://g.test/c\","
    "\"issueKeys\":[\"OPS-1\"],\"keyText\":[\"OPS-2\"]}}";
static const char pull_request[] =
    "{\"kind\":\"pull_request\"," IN_REPOSITORY ",\"number\":12,\"title\":\"APP-1 t\","
    "\"state\":\"draft\",\"author\":{\"name\":\"N\"},\"url\":\"https://g.test/p\","
    "\"sourceBranch\":\"f/APP-2\",\"destinationBranch\":\"main\",\"commentCount\":2,"
    "\"sourceBranchUrl\":\"https://g.test/s\",\"destinationBranchUrl\":\"https://g.test/d\","
    "\"reviewers\":[{\"name\":\"R\",\"email\":\"r@x\",\"state\":\"approved\"},{\"name\":\"S\"}]}";

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
    js_buf_clear(text);
    return code;
}

static jirasend_code written(char **expected, const js_event *event, jirasend_error *error) {
    js_buf text = JS_BUF_INIT;
    js_document_write(&text, event);
    return same_buf(expected, &text, error);
}

static jirasend_code payload(char **expected, const js_event *event, jirasend_error *error) {
    js_buf text = JS_BUF_INIT;
    js_payload_item item = {.event = event, .sequence = 5};
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
    js_event_clear(&event);
    if (code == JIRASEND_OK) {
        code = js_document_read_stored(&again, *stored, strlen(*stored), error);
        if (code == JIRASEND_OK) {
            code = written(stored, &again, error);
            js_event_clear(&again);
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

static jirasend_code flags(jirasend_error *error) {
    static char *stored, *body;
    return read_write(flag, &stored, &body, error);
}

static jirasend_code commits(jirasend_error *error) {
    static char *stored, *body;
    return read_write(commit, &stored, &body, error);
}

static jirasend_code branches(jirasend_error *error) {
    static char *stored, *body;
    return read_write(branch, &stored, &body, error);
}

static jirasend_code pull_requests(jirasend_error *error) {
    static char *stored, *body;
    return read_write(pull_request, &stored, &body, error);
}

/* What stands in one request together, its envelope and its facts. */
static jirasend_code put_together(js_event *events, jirasend_error *error) {
    static char *bulk, *envelopes, *told;
    const js_payload_item items[] = {{.event = &events[0], .sequence = 5},
                                     {.event = &events[1], .sequence = 6}};
    js_buf text = JS_BUF_INIT;
    js_payload_bulk(&text, items, 2);
    jirasend_code code = same_buf(&bulk, &text, error);
    if (code == JIRASEND_OK) {
        js_event_envelope(&text, &events[1]);
        code = same_buf(&envelopes, &text, error);
    }
    if (code == JIRASEND_OK) {
        js_document_write_facts(&text, &events[1]);
        code = same_buf(&told, &text, error);
    }
    return code;
}

static jirasend_code devinfo_answer(js_event *events, jirasend_error *error) {
    static const char answer[] =
        "{\"acceptedDevinfoEntities\":{\"g.test~2Fr\":{\"commits\":[\"" HASH "\"]}},"
        "\"failedDevinfoEntities\":{\"g.test~2Fr\":{\"errorMessages\":[{\"message\":\"bad\"}]}}}";
    static const char had[] = "{\"branches\":[{\"id\":\"f~2FAPP-2\"}]}";
    const js_event *sent[] = {&events[0], &events[1]};
    js_item_answer items[2];
    js_thing_answer thing;
    jirasend_code code =
        js_answer_bulk(items, JS_API_DEVINFO, sent, 2, answer, strlen(answer), error);
    if (code != JIRASEND_OK) {
        return code;
    }
    bool right = items[0].verdict == JS_VERDICT_TAKEN && items[1].verdict == JS_VERDICT_REFUSED;
    js_item_answers_clear(items, 2);
    code = js_answer_thing(&thing, &events[1], had, strlen(had), error);
    right = right && (code != JIRASEND_OK || thing.thing == JS_THING_THERE);
    js_thing_answer_clear(&thing);
    return right ? code : JIRASEND_E_INTERNAL;
}

static jirasend_code devinfo(jirasend_error *error) {
    js_key_rules rules_of_keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &rules_of_keys, .now_ms = 1790000000000};
    js_event events[2];
    jirasend_code code = js_document_read(&events[0], commit, strlen(commit), &rules, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_document_read(&events[1], branch, strlen(branch), &rules, error);
    if (code == JIRASEND_OK) {
        code = put_together(events, error);
    }
    if (code == JIRASEND_OK) {
        code = devinfo_answer(events, error);
    }
    js_event_clear(&events[0]);
    js_event_clear(&events[1]);
    return code;
}

static jirasend_code patterns(jirasend_error *error) {
    js_environment_rules rules = JS_ENVIRONMENT_RULES_INIT;
    jirasend_code code =
        js_environment_rules_list(&rules, "*-live=prod,qa?=test,a=dev,b=dev,c=dev", "rules", error);
    bool right = code != JIRASEND_OK ||
                 js_environment_type_of(&rules, "x-Live", NULL) == JS_ENVIRONMENT_PRODUCTION;
    js_environment_rules_clear(&rules);
    return right ? code : JIRASEND_E_INTERNAL;
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
    one.status = JS_STATUS_REJECTED;
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
    js_receipt_clear(&one);
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
    bool right = items[0].verdict == JS_VERDICT_TAKEN && items[1].verdict == JS_VERDICT_REFUSED &&
                 items[2].verdict == JS_VERDICT_ALL_UNKNOWN &&
                 strcmp(items[1].message, "bad") == 0 && items[2].unknown_keys.count == 1;
    js_item_answers_clear(items, 3);
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
        {"a flag", flags, 0, 0, NULL},
        {"a commit", commits, 0, 0, NULL},
        {"a branch", branches, 0, 0, NULL},
        {"a pull request", pull_requests, 0, 0, NULL},
        {"a commit and a branch in one request", devinfo, 0, 0, NULL},
        {"patterns for environments", patterns, 0, 0, NULL},
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
