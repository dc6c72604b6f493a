#include "payload/request.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "event/json.h"
#include "event/limits.h"

#include <jirasend/version.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Written straight into the buffer: a backlog sends a hundred thousand of these. */

/* Writes ,"name":"text" unless there is no text. */
static void write_text(js_buf *out, const char *name, const char *text) {
    if (text != NULL) {
        js_buf_addf(out, ",\"%s\":", name);
        js_json_write_string(out, text);
    }
}

static void write_number(js_buf *out, const char *name, int64_t number) {
    js_buf_addf(out, ",\"%s\":%" PRId64, name, number);
}

/* "NAME #42". A long name is cut, the number never: it is what tells builds apart. */
static void write_display_name(js_buf *out, const js_event *event) {
    char number[24];
    (void)snprintf(number, sizeof number, " #%" PRId64, event->number);
    const char *name = event->pipeline_name;
    size_t cut = js_utf8_cut(name, strlen(name), JS_TEXT_UNITS - strlen(number));
    js_buf text = JS_BUF_INIT;
    js_buf_add(&text, name, cut);
    js_buf_add_text(&text, number);
    if (text.failed) {
        out->failed = true;
    } else {
        write_text(out, "displayName", text.data);
    }
    js_buf_free(&text);
}

static void write_last_updated(js_buf *out, const js_event *event) {
    char stamp[JS_TIMESTAMP_SIZE];
    js_timestamp_format(event->updated_at_ms, stamp);
    write_text(out, "lastUpdated", stamp);
}

/* Jira wants a description of a deployment; one that says what it is beats an empty one. */
static void write_deployment_description(js_buf *out, const js_event *event) {
    if (event->description != NULL) {
        write_text(out, "description", event->description);
        return;
    }
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "Deployment of %s #%" PRId64 " to %s", event->pipeline_name, event->number,
                event->environment_name);
    if (text.failed) {
        out->failed = true;
    } else {
        text.data[js_utf8_cut(text.data, text.length, JS_TEXT_UNITS)] = '\0';
        write_text(out, "description", text.data);
    }
    js_buf_free(&text);
}

static void write_string_association(js_buf *out, bool *any, const char *type,
                                     const js_strings *values) {
    if (values->count == 0) {
        return;
    }
    js_buf_addf(out, "%s{\"associationType\":\"%s\",\"values\":[", *any ? "," : "", type);
    for (size_t i = 0; i < values->count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        js_json_write_string(out, values->items[i]);
    }
    js_buf_add_text(out, "]}");
    *any = true;
}

static void write_commit_association(js_buf *out, bool *any, const js_event *event) {
    if (event->commit_count == 0) {
        return;
    }
    js_buf_addf(out, "%s{\"associationType\":\"commit\",\"values\":[", *any ? "," : "");
    for (size_t i = 0; i < event->commit_count; i++) {
        js_buf_add_text(out, i == 0 ? "{\"commitHash\":" : ",{\"commitHash\":");
        js_json_write_string(out, event->commits[i].hash);
        write_text(out, "repositoryId", event->commits[i].repository_id);
        js_buf_add_text(out, "}");
    }
    js_buf_add_text(out, "]}");
    *any = true;
}

static void write_repository_association(js_buf *out, bool *any, const js_event *event) {
    if (event->repositories.count == 0) {
        return;
    }
    js_buf_addf(out, "%s{\"associationType\":\"repository\",\"values\":[", *any ? "," : "");
    for (size_t i = 0; i < event->repositories.count; i++) {
        js_buf_add_text(out, i == 0 ? "{\"repositoryId\":" : ",{\"repositoryId\":");
        js_json_write_string(out, event->repositories.items[i]);
        js_buf_add_text(out, "}");
    }
    js_buf_add_text(out, "]}");
    *any = true;
}

/* Jira refuses an association without values, so a type that has none is left out. */
static void write_associations(js_buf *out, const js_event *event) {
    if (!js_event_has_associations(event)) {
        return;
    }
    bool any = false;
    js_buf_add_text(out, ",\"associations\":[");
    write_string_association(out, &any, "issueIdOrKeys", &event->issue_keys);
    if (event->kind == JS_DEPLOYMENT) {
        write_string_association(out, &any, "serviceIdOrKeys", &event->services);
        write_commit_association(out, &any, event);
        write_repository_association(out, &any, event);
    }
    js_buf_add_text(out, "]");
}

static void write_reference(js_buf *out, const js_reference *reference) {
    js_buf_add_text(out, "{");
    if (reference->commit_id != NULL) {
        js_buf_add_text(out, "\"commit\":{\"id\":");
        js_json_write_string(out, reference->commit_id);
        write_text(out, "repositoryUri", reference->commit_repository_uri);
        js_buf_add_text(out, reference->ref_name != NULL ? "}," : "}");
    }
    if (reference->ref_name != NULL) {
        js_buf_add_text(out, "\"ref\":{\"name\":");
        js_json_write_string(out, reference->ref_name);
        write_text(out, "uri", reference->ref_uri);
        js_buf_add_text(out, "}");
    }
    js_buf_add_text(out, "}");
}

static void write_references(js_buf *out, const js_event *event) {
    if (event->reference_count == 0) {
        return;
    }
    js_buf_add_text(out, ",\"references\":[");
    for (size_t i = 0; i < event->reference_count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        write_reference(out, &event->references[i]);
    }
    js_buf_add_text(out, "]");
}

static void write_build(js_buf *out, const js_payload_item *item) {
    const js_event *event = item->event;
    js_buf_add_text(out, "{\"schemaVersion\":\"1.0\"");
    write_text(out, "pipelineId", event->pipeline_id);
    write_number(out, "buildNumber", event->number);
    write_number(out, "updateSequenceNumber", item->sequence);
    write_display_name(out, event);
    write_text(out, "description", event->description);
    write_text(out, "label", event->label);
    write_text(out, "url", event->url);
    write_text(out, "state", js_state_name(event->state));
    write_last_updated(out, event);
    write_associations(out, event);
    if (event->tests.given) {
        js_buf_addf(out,
                    ",\"testInfo\":{\"totalNumber\":%" PRId64 ",\"numberPassed\":%" PRId64
                    ",\"numberFailed\":%" PRId64 ",\"numberSkipped\":%" PRId64 "}",
                    event->tests.total, event->tests.passed, event->tests.failed,
                    event->tests.skipped);
    }
    write_references(out, event);
    js_buf_add_text(out, "}");
}

static void write_deployment(js_buf *out, const js_payload_item *item) {
    const js_event *event = item->event;
    js_buf_add_text(out, "{\"schemaVersion\":\"1.0\"");
    write_number(out, "deploymentSequenceNumber", event->number);
    write_number(out, "updateSequenceNumber", item->sequence);
    write_display_name(out, event);
    write_text(out, "url", event->url);
    write_deployment_description(out, event);
    write_last_updated(out, event);
    write_text(out, "label", event->label);
    if (event->has_duration) {
        write_number(out, "duration", event->duration_s);
    }
    write_text(out, "state", js_state_name(event->state));
    js_buf_add_text(out, ",\"pipeline\":{\"id\":");
    js_json_write_string(out, event->pipeline_id);
    write_text(out, "displayName", event->pipeline_name);
    write_text(out, "url", event->pipeline_url);
    js_buf_add_text(out, "},\"environment\":{\"id\":");
    js_json_write_string(out, event->environment_id);
    write_text(out, "displayName", event->environment_name);
    write_text(out, "type", js_environment_type_name(event->environment_type));
    js_buf_add_text(out, "}");
    write_associations(out, event);
    if (event->gate) {
        js_buf_add_text(out, ",\"commands\":[{\"command\":\"initiate_deployment_gating\"}]");
    }
    js_buf_add_text(out, "}");
}

void js_payload_item_write(js_buf *out, const js_payload_item *item) {
    if (item->event->kind == JS_DEPLOYMENT) {
        write_deployment(out, item);
    } else {
        write_build(out, item);
    }
}

void js_payload_bulk(js_buf *out, js_kind kind, const js_payload_item *items, size_t count) {
    js_buf_add_text(out, kind == JS_DEPLOYMENT ? "{\"deployments\":[" : "{\"builds\":[");
    for (size_t i = 0; i < count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        js_payload_item_write(out, &items[i]);
    }
    js_buf_add_text(out, "],\"providerMetadata\":{\"product\":\"jirasend " JIRASEND_VERSION "\"}}");
}

void js_payload_token(js_buf *out, const char *client_id, const js_secret *secret) {
    js_buf_add_text(out,
                    "{\"audience\":\"api.atlassian.com\",\"grant_type\":\"client_credentials\"");
    write_text(out, "client_id", client_id);
    write_text(out, "client_secret", secret->text);
    js_buf_add_text(out, "}");
}
