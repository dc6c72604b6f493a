#include "fake_jira.h"

#include "delivery/access_store.h"
#include "event/document.h"
#include "outbox/sqlite/sqlite.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- answering ---- */

static const char *pipeline_of(json_object *item) {
    json_object *found = NULL;
    if (json_object_object_get_ex(item, "pipelineId", &found)) {
        return json_object_get_string(found);
    }
    json_object *pipeline = NULL;
    assert_true(json_object_object_get_ex(item, "pipeline", &pipeline));
    assert_true(json_object_object_get_ex(pipeline, "id", &found));
    return json_object_get_string(found);
}

static json_object *key_of(json_object *item, bool build) {
    json_object *key = json_object_new_object();
    json_object *number = NULL;
    const char *name = build ? "buildNumber" : "deploymentSequenceNumber";
    assert_true(json_object_object_get_ex(item, name, &number));
    json_object_object_add(key, name, json_object_get(number));
    json_object_object_add(key, "pipelineId", json_object_new_string(pipeline_of(item)));
    if (!build) {
        json_object *environment = NULL;
        json_object *id = NULL;
        assert_true(json_object_object_get_ex(item, "environment", &environment));
        assert_true(json_object_object_get_ex(environment, "id", &id));
        json_object_object_add(key, "environmentId", json_object_get(id));
    }
    return key;
}

static bool is(const char *wanted, const char *name) {
    return wanted != NULL && strcmp(wanted, name) == 0;
}

static json_object *member(json_object *object, const char *name) {
    json_object *found = NULL;
    (void)json_object_object_get_ex(object, name, &found);
    return found;
}

typedef enum verdict { ACCEPTED, REFUSED, NOT_MENTIONED } verdict;

static verdict judge(const fake_rule *rule, const char *name) {
    if (rule != NULL && is(rule->omit, name)) {
        return NOT_MENTIONED;
    }
    return rule != NULL && is(rule->refuse, name) ? REFUSED : ACCEPTED;
}

static json_object *reasons(void) {
    return json_tokener_parse("[{\"message\": \"not liked\"}]");
}

/* Builds and deployments: two lists. */
static void answer_lists(json_object *answer, json_object *items, bool build,
                         const fake_rule *rule) {
    json_object *accepted = json_object_new_array();
    json_object *rejected = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(items); i++) {
        json_object *item = json_object_array_get_idx(items, i);
        switch (judge(rule, pipeline_of(item))) {
        case ACCEPTED:
            json_object_array_add(accepted, key_of(item, build));
            break;
        case REFUSED: {
            json_object *refusal = json_object_new_object();
            json_object_object_add(refusal, "errors", reasons());
            json_object_object_add(refusal, "key", key_of(item, build));
            json_object_array_add(rejected, refusal);
            break;
        }
        case NOT_MENTIONED:
            break;
        }
    }
    json_object_object_add(answer, build ? "acceptedBuilds" : "acceptedDeployments", accepted);
    json_object_object_add(answer, build ? "rejectedBuilds" : "rejectedDeployments", rejected);
}

/* Feature flags: a list, and an object by id. */
static void answer_flags(json_object *answer, json_object *flags, const fake_rule *rule) {
    json_object *accepted = json_object_new_array();
    json_object *failed = json_object_new_object();
    for (size_t i = 0; i < json_object_array_length(flags); i++) {
        json_object *id = member(json_object_array_get_idx(flags, i), "id");
        const char *name = json_object_get_string(id);
        switch (judge(rule, name)) {
        case ACCEPTED:
            json_object_array_add(accepted, json_object_get(id));
            break;
        case REFUSED:
            json_object_object_add(failed, name, reasons());
            break;
        case NOT_MENTIONED:
            break;
        }
    }
    json_object_object_add(answer, "acceptedFeatureFlags", accepted);
    json_object_object_add(answer, "failedFeatureFlags", failed);
}

/* What is said of the entities of one type in a repository. */
static void answer_entities(json_object *accepted, json_object *failed, const char *type,
                            json_object *entities, const fake_rule *rule) {
    json_object *good = json_object_new_array();
    json_object *bad = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(entities); i++) {
        json_object *id = member(json_object_array_get_idx(entities, i), "id");
        switch (judge(rule, json_object_get_string(id))) {
        case ACCEPTED:
            json_object_array_add(good, json_object_get(id));
            break;
        case REFUSED: {
            json_object *refusal = json_object_new_object();
            json_object_object_add(refusal, "id", json_object_get(id));
            json_object_object_add(refusal, "errorMessages", reasons());
            json_object_array_add(bad, refusal);
            break;
        }
        case NOT_MENTIONED:
            break;
        }
    }
    json_object_object_add(accepted, type, good);
    json_object_object_add(failed, type, bad);
}

/* Development information: both by repository and type. */
static void answer_repositories(json_object *answer, json_object *repositories,
                                const fake_rule *rule) {
    static const char *const types[] = {"commits", "branches", "pullRequests"};
    json_object *accepted = json_object_new_object();
    json_object *failed = json_object_new_object();
    for (size_t i = 0; i < json_object_array_length(repositories); i++) {
        json_object *repository = json_object_array_get_idx(repositories, i);
        const char *id = json_object_get_string(member(repository, "id"));
        json_object *good = json_object_new_object();
        json_object *bad = json_object_new_object();
        for (size_t k = 0; k < sizeof types / sizeof types[0]; k++) {
            json_object *entities = member(repository, types[k]);
            if (entities != NULL) {
                answer_entities(good, bad, types[k], entities, rule);
            }
        }
        json_object_object_add(accepted, id, good);
        json_object_object_add(failed, id, bad);
    }
    json_object_object_add(answer, "acceptedDevinfoEntities", accepted);
    json_object_object_add(answer, "failedDevinfoEntities", failed);
}

static char *bulk_body(const char *request_body, const fake_rule *rule) {
    json_object *request = json_tokener_parse(request_body);
    json_object *answer = json_object_new_object();
    json_object *items = NULL;
    if ((items = member(request, "builds")) != NULL) {
        answer_lists(answer, items, true, rule);
    } else if ((items = member(request, "deployments")) != NULL) {
        answer_lists(answer, items, false, rule);
    } else if ((items = member(request, "flags")) != NULL) {
        answer_flags(answer, items, rule);
    } else {
        items = member(request, "repositories");
        assert_non_null(items);
        answer_repositories(answer, items, rule);
    }
    if (rule != NULL && rule->unknown != NULL) {
        json_object *unknown = json_object_new_array();
        json_object_array_add(unknown, json_object_new_string(rule->unknown));
        json_object_object_add(answer, "unknownIssueKeys", unknown);
    }
    char *text = strdup(json_object_to_json_string(answer));
    json_object_put(answer);
    json_object_put(request);
    return text;
}

static fake_rule *rule_for(fake_jira *jira, const fake_request *request) {
    for (size_t i = 0; i < jira->rule_count; i++) {
        fake_rule *rule = &jira->rules[i];
        bool fits = strstr(request->url, rule->part) != NULL &&
                    (rule->body_part == NULL ||
                     (request->body != NULL && strstr(request->body, rule->body_part) != NULL));
        if (!fits || rule->times == 0) {
            continue;
        }
        if (rule->skip > 0) {
            rule->skip--;
            continue;
        }
        if (rule->times > 0) {
            rule->times--;
        }
        return rule;
    }
    return NULL;
}

static fake_answer answer(void *context, const fake_request *request) {
    fake_jira *jira = context;
    fake_rule *rule = rule_for(jira, request);
    bool scripted =
        rule != NULL && rule->omit == NULL && rule->unknown == NULL && rule->refuse == NULL;
    if (scripted) {
        fake_answer said = rule->answer;
        said.body = said.body != NULL ? strdup(said.body) : NULL;
        return said;
    }
    char *body = NULL;
    int status = 200;
    if (strstr(request->url, "/oauth/token") != NULL) {
        body = malloc(128);
        assert_non_null(body);
        (void)snprintf(body, 128, "{\"access_token\": \"token-%d\", \"expires_in\": %d}",
                       ++jira->tokens, jira->token_lifetime_s);
    } else if (strstr(request->url, "/_edge/tenant_info") != NULL) {
        body = strdup("{\"cloudId\": \"cloud-1\"}");
    } else if (strstr(request->url, "/bulk") != NULL) {
        status = 202;
        body = bulk_body(request->body, rule);
    } else if (request->method == JS_NET_DELETE) {
        status = 202;
    } else {
        status = 404;
    }
    return (fake_answer){.status = status, .body = body};
}

/* ---- the lock ---- */

static void leave_lock(void *self) {
    fake_jira *jira = self;
    assert_true(jira->locked);
    jira->locked = false;
}

static void enter_lock(void *self) {
    fake_jira *jira = self;
    assert_false(jira->locked);
    jira->locked = true;
}

/* ---- the bench ---- */

static void begin(fake_jira *jira) {
    js_guard guard = {jira, leave_lock, enter_lock};
    js_access_setup access = {.net = &jira->net.net,
                              .memory = js_access_store_in(jira->outbox),
                              .guard = guard,
                              .world = &jira->world,
                              .api_url = "https://api.test"};
    jira->access = js_access_new(&access);
    js_delivery_setup setup = {.net = &jira->net.net,
                               .outbox = jira->outbox,
                               .access = jira->access,
                               .world = &jira->world,
                               .guard = guard,
                               .log = &jira->log};
    jira->delivery = js_delivery_new(&setup);
    assert_non_null(jira->access);
    assert_non_null(jira->delivery);
}

fake_jira *fake_jira_new(void) {
    fake_jira *jira = calloc(1, sizeof *jira);
    assert_non_null(jira);
    jira->clock = (fake_world){1790000000000, 5000, 88172645463325252U};
    jira->world = fake_world_table(&jira->clock);
    jira->token_lifetime_s = 900;
    fake_net_init(&jira->net, answer, jira);
    js_sqlite_options options = {
        .max_events = 200000, .max_bytes = 512 * 1024 * 1024, .world = &jira->world};
    assert_int_equal(js_sqlite_open(&options, &jira->outbox, NULL), JIRASEND_OK);
    begin(jira);
    return jira;
}

void fake_jira_restart(fake_jira *jira) {
    js_delivery_free(jira->delivery);
    js_access_free(jira->access);
    begin(jira);
}

void fake_jira_free(fake_jira *jira) {
    js_delivery_free(jira->delivery);
    js_access_free(jira->access);
    jira->outbox->ops->close(jira->outbox);
    fake_net_free(&jira->net);
    free(jira);
}

void fake_jira_rule(fake_jira *jira, fake_rule rule) {
    assert_true(jira->rule_count < FAKE_RULES);
    jira->rules[jira->rule_count++] = rule;
}

void fake_jira_login(fake_jira *jira, const char *site, const char *secret) {
    js_credentials credentials = {
        .site = site, .client_id = "client", .secret = secret, .secret_length = strlen(secret)};
    assert_int_equal(js_access_put(jira->access, &credentials, NULL), JIRASEND_OK);
}

int64_t fake_jira_submit(fake_jira *jira, const char *document) {
    js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys, .now_ms = jira->clock.wall_ms};
    js_event event;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (js_document_read(&event, document, strlen(document), &rules, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    js_buf stored = JS_BUF_INIT;
    js_document_write(&stored, &event);
    assert_false(stored.failed);
    js_put put = {
        .event = &event, .document = stored.data, .length = stored.length, .may_keep = true};
    js_put_result result;
    memset(&result, 0, sizeof result);
    assert_int_equal(
        jira->outbox->ops->put(jira->outbox, &put, 1, jira->clock.wall_ms, &result, &error),
        JIRASEND_OK);
    assert_int_equal(result.code, JIRASEND_OK);
    js_buf_clear(&stored);
    js_event_clear(&event);
    return result.id;
}

int64_t fake_jira_build(fake_jira *jira, const char *site, const char *pipeline, int number) {
    char document[512];
    (void)snprintf(
        document, sizeof document,
        "{\"kind\": \"build\", \"site\": \"%s\", \"pipelineId\": \"%s\", \"number\": %d, "
        "\"url\": \"https://ci.test/%d\", \"state\": \"successful\", "
        "\"issueKeys\": [\"APP-1\", \"APP-2\"]}",
        site, pipeline, number, number);
    return fake_jira_submit(jira, document);
}

int64_t fake_jira_deployment(fake_jira *jira, const char *site, const char *pipeline, int number) {
    char document[512];
    (void)snprintf(document, sizeof document,
                   "{\"kind\": \"deployment\", \"site\": \"%s\", \"pipelineId\": \"%s\", "
                   "\"number\": %d, \"url\": \"https://ci.test/%d\", \"state\": \"successful\", "
                   "\"issueKeys\": [\"APP-1\"], "
                   "\"environment\": {\"id\": \"prod\", \"name\": \"Production\"}}",
                   site, pipeline, number, number);
    return fake_jira_submit(jira, document);
}

int64_t fake_jira_turn(fake_jira *jira) {
    enter_lock(jira);
    int64_t next_ms = js_delivery_turn(jira->delivery);
    leave_lock(jira);
    return next_ms;
}

void fake_jira_run(fake_jira *jira, int64_t ms) {
    int64_t end_ms = jira->clock.mono_ms + ms;
    while (true) {
        int64_t next_ms = fake_jira_turn(jira);
        if (jira->net.taken < jira->net.ready_count) {
            continue; /* there are answers to take */
        }
        int64_t left_ms = end_ms - jira->clock.mono_ms;
        if (left_ms <= 0) {
            return;
        }
        next_ms = next_ms < 1 ? 1 : next_ms;
        fake_world_pass(&jira->clock, next_ms < left_ms ? next_ms : left_ms);
    }
}

void fake_jira_receipt(fake_jira *jira, int64_t id, js_receipt *receipt) {
    assert_int_equal(jira->outbox->ops->receipt(jira->outbox, id, receipt, NULL), JIRASEND_OK);
}

js_status fake_jira_status(fake_jira *jira, int64_t id) {
    js_receipt receipt;
    fake_jira_receipt(jira, id, &receipt);
    js_status status = receipt.status;
    js_receipt_clear(&receipt);
    return status;
}

void fake_jira_expect(fake_jira *jira, int64_t id, js_status status) {
    js_receipt receipt;
    fake_jira_receipt(jira, id, &receipt);
    if (receipt.status != status) {
        fail_msg("event %lld is %s, not %s: %s", (long long)id, js_status_name(receipt.status),
                 js_status_name(status), receipt.message);
    }
    js_receipt_clear(&receipt);
}

js_outlook fake_jira_outlook(fake_jira *jira, const char *site, js_kind kind) {
    js_lane lane = {.api = js_kind_api(kind)};
    (void)snprintf(lane.site, sizeof lane.site, "%s", site);
    js_lane whole = lane;
    whole.api = JS_API_NONE;
    js_stop stop;
    js_stop site_stop;
    assert_int_equal(jira->outbox->ops->stop_get(jira->outbox, &lane, &stop, NULL), JIRASEND_OK);
    assert_int_equal(jira->outbox->ops->stop_get(jira->outbox, &whole, &site_stop, NULL),
                     JIRASEND_OK);
    return js_delivery_outlook(jira->delivery, &lane, &stop, &site_stop);
}
