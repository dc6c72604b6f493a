#include "payload/request.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "event/document.h"
#include "event/json.h"
#include "event/limits.h"

#include <jirasend/version.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "NAME #42". A long name is cut, the number never: it is what tells builds apart. */
static bool put_display_name(json_object *item, const js_event *event) {
    char number[24];
    (void)snprintf(number, sizeof number, " #%" PRId64, event->number);
    const char *name = event->pipeline_name;
    size_t cut = js_utf8_cut(name, strlen(name), JS_TEXT_UNITS - strlen(number));
    js_buf text = JS_BUF_INIT;
    js_buf_add(&text, name, cut);
    js_buf_add_text(&text, number);
    bool good = !text.failed && js_json_put_text(item, "displayName", text.data);
    js_buf_free(&text);
    return good;
}

static bool put_last_updated(json_object *item, const js_event *event) {
    char stamp[JS_TIMESTAMP_SIZE];
    js_timestamp_format(event->updated_at_ms, stamp);
    return js_json_put_text(item, "lastUpdated", stamp);
}

/* Jira wants a description of a deployment; one that says what it is beats an empty one. */
static bool put_deployment_description(json_object *item, const js_event *event) {
    if (event->description != NULL) {
        return js_json_put_text(item, "description", event->description);
    }
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "Deployment of %s #%" PRId64 " to %s", event->pipeline_name, event->number,
                event->environment_name);
    bool good = !text.failed;
    if (good) {
        text.data[js_utf8_cut(text.data, text.length, JS_TEXT_UNITS)] = '\0';
        good = js_json_put_text(item, "description", text.data);
    }
    js_buf_free(&text);
    return good;
}

/* An association without its values yet: their array. */
static json_object *append_association(json_object *associations, const char *type) {
    json_object *association = js_json_append_object(associations);
    return js_json_put_text(association, "associationType", type)
               ? js_json_put_array(association, "values")
               : NULL;
}

/* Jira refuses an association without values, so a type that has none is left out. */
static bool put_text_association(json_object *associations, const char *type,
                                 const js_strings *values) {
    return values->count == 0 ||
           js_json_append_texts(append_association(associations, type), values);
}

static bool put_commit_association(json_object *associations, const js_event *event) {
    if (event->commit_count == 0) {
        return true;
    }
    json_object *values = append_association(associations, "commit");
    bool good = values != NULL;
    for (size_t i = 0; i < event->commit_count && good; i++) {
        json_object *commit = js_json_append_object(values);
        good = js_json_put_text(commit, "commitHash", event->commits[i].hash) &&
               js_json_put_text(commit, "repositoryId", event->commits[i].repository_id);
    }
    return good;
}

static bool put_repository_association(json_object *associations, const js_event *event) {
    if (event->repositories.count == 0) {
        return true;
    }
    json_object *values = append_association(associations, "repository");
    bool good = values != NULL;
    for (size_t i = 0; i < event->repositories.count && good; i++) {
        json_object *repository = js_json_append_object(values);
        good = js_json_put_text(repository, "repositoryId", event->repositories.items[i]);
    }
    return good;
}

static bool put_associations(json_object *item, const js_event *event) {
    if (!js_event_has_associations(event)) {
        return true;
    }
    json_object *associations = js_json_put_array(item, "associations");
    return put_text_association(associations, "issueIdOrKeys", &event->issue_keys) &&
           (event->kind != JS_DEPLOYMENT ||
            (put_text_association(associations, "serviceIdOrKeys", &event->services) &&
             put_commit_association(associations, event) &&
             put_repository_association(associations, event)));
}

static bool put_test_info(json_object *item, const js_tests *tests) {
    if (!tests->given) {
        return true;
    }
    json_object *info = js_json_put_object(item, "testInfo");
    return js_json_put_number(info, "totalNumber", tests->total) &&
           js_json_put_number(info, "numberPassed", tests->passed) &&
           js_json_put_number(info, "numberFailed", tests->failed) &&
           js_json_put_number(info, "numberSkipped", tests->skipped);
}

static bool put_build(json_object *build, const js_event *event, int64_t sequence) {
    return js_json_put_text(build, "schemaVersion", "1.0") &&
           js_json_put_text(build, "pipelineId", event->pipeline_id) &&
           js_json_put_number(build, "buildNumber", event->number) &&
           js_json_put_number(build, "updateSequenceNumber", sequence) &&
           put_display_name(build, event) &&
           js_json_put_text(build, "description", event->description) &&
           js_json_put_text(build, "label", event->label) &&
           js_json_put_text(build, "url", event->url) &&
           js_json_put_text(build, "state", js_state_name(event->state)) &&
           put_last_updated(build, event) && put_associations(build, event) &&
           put_test_info(build, &event->tests) && js_references_put(build, event);
}

static bool put_pipeline(json_object *deployment, const js_event *event) {
    json_object *pipeline = js_json_put_object(deployment, "pipeline");
    return js_json_put_text(pipeline, "id", event->pipeline_id) &&
           js_json_put_text(pipeline, "displayName", event->pipeline_name) &&
           js_json_put_text(pipeline, "url", event->pipeline_url);
}

static bool put_environment(json_object *deployment, const js_event *event) {
    json_object *environment = js_json_put_object(deployment, "environment");
    const char *type = js_environment_type_name(event->environment_type);
    return js_json_put_text(environment, "id", event->environment_id) &&
           js_json_put_text(environment, "displayName", event->environment_name) &&
           js_json_put_text(environment, "type", type);
}

static bool put_gate(json_object *deployment, const js_event *event) {
    if (!event->gate) {
        return true;
    }
    json_object *command = js_json_append_object(js_json_put_array(deployment, "commands"));
    return js_json_put_text(command, "command", "initiate_deployment_gating");
}

static bool put_deployment(json_object *deployment, const js_event *event, int64_t sequence) {
    return js_json_put_text(deployment, "schemaVersion", "1.0") &&
           js_json_put_number(deployment, "deploymentSequenceNumber", event->number) &&
           js_json_put_number(deployment, "updateSequenceNumber", sequence) &&
           put_display_name(deployment, event) && js_json_put_text(deployment, "url", event->url) &&
           put_deployment_description(deployment, event) && put_last_updated(deployment, event) &&
           js_json_put_text(deployment, "label", event->label) &&
           (!event->has_duration ||
            js_json_put_number(deployment, "duration", event->duration_s)) &&
           js_json_put_text(deployment, "state", js_state_name(event->state)) &&
           put_pipeline(deployment, event) && put_environment(deployment, event) &&
           put_associations(deployment, event) && put_gate(deployment, event);
}

static bool put_item(json_object *object, const js_payload_item *item) {
    return item->event->kind == JS_DEPLOYMENT ? put_deployment(object, item->event, item->sequence)
                                              : put_build(object, item->event, item->sequence);
}

static bool put_bulk(json_object *body, js_kind kind, const js_payload_item *items, size_t count) {
    json_object *list = js_json_put_array(body, kind == JS_DEPLOYMENT ? "deployments" : "builds");
    bool good = list != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = put_item(js_json_append_object(list), &items[i]);
    }
    return good && js_json_put_text(js_json_put_object(body, "providerMetadata"), "product",
                                    "jirasend " JIRASEND_VERSION);
}

void js_payload_item_write(js_buf *out, const js_payload_item *item) {
    json_object *object = json_object_new_object();
    js_json_write_built(out, object, put_item(object, item));
}

void js_payload_bulk(js_buf *out, js_kind kind, const js_payload_item *items, size_t count) {
    json_object *body = json_object_new_object();
    js_json_write_built(out, body, put_bulk(body, kind, items, count));
}

void js_payload_token(js_buf *out, const char *client_id, const js_secret *secret) {
    json_object *body = json_object_new_object();
    bool good = js_json_put_text(body, "audience", "api.atlassian.com") &&
                js_json_put_text(body, "grant_type", "client_credentials") &&
                js_json_put_text(body, "client_id", client_id) &&
                js_json_put_text(body, "client_secret", secret->text);
    js_json_write_built(out, body, good);
}
