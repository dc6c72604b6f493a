#include "event/document.h"

#include "base/timestamp.h"
#include "event/json.h"

#include <inttypes.h>

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

static void write_strings(js_buf *out, const char *name, const js_strings *list) {
    if (list->count == 0) {
        return;
    }
    js_buf_addf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < list->count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        js_json_write_string(out, list->items[i]);
    }
    js_buf_add_text(out, "]");
}

/* Writes {"first":"...","second":"..."}. */
static void write_pair(js_buf *out, const char *first_name, const char *first,
                       const char *second_name, const char *second) {
    js_buf_addf(out, "{\"%s\":", first_name);
    js_json_write_string(out, first);
    write_text(out, second_name, second);
    js_buf_add_text(out, "}");
}

static void write_references(js_buf *out, const js_event *event) {
    if (event->reference_count == 0) {
        return;
    }
    js_buf_add_text(out, ",\"references\":[");
    for (size_t i = 0; i < event->reference_count; i++) {
        const js_reference *reference = &event->references[i];
        js_buf_add_text(out, i == 0 ? "{" : ",{");
        if (reference->commit_id != NULL) {
            js_buf_add_text(out, "\"commit\":");
            write_pair(out, "id", reference->commit_id, "repositoryUri",
                       reference->commit_repository_uri);
        }
        if (reference->ref_name != NULL) {
            js_buf_add_text(out, reference->commit_id != NULL ? ",\"ref\":" : "\"ref\":");
            write_pair(out, "name", reference->ref_name, "uri", reference->ref_uri);
        }
        js_buf_add_text(out, "}");
    }
    js_buf_add_text(out, "]");
}

static void write_commits(js_buf *out, const js_event *event) {
    if (event->commit_count == 0) {
        return;
    }
    js_buf_add_text(out, ",\"commits\":[");
    for (size_t i = 0; i < event->commit_count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        write_pair(out, "hash", event->commits[i].hash, "repositoryId",
                   event->commits[i].repository_id);
    }
    js_buf_add_text(out, "]");
}

static void write_tests(js_buf *out, const js_tests *tests) {
    if (tests->given) {
        js_buf_addf(out,
                    ",\"tests\":{\"total\":%" PRId64 ",\"passed\":%" PRId64 ",\"failed\":%" PRId64
                    ",\"skipped\":%" PRId64 "}",
                    tests->total, tests->passed, tests->failed, tests->skipped);
    }
}

static void write_deployment(js_buf *out, const js_event *event) {
    js_buf_add_text(out, ",\"environment\":{\"id\":");
    js_json_write_string(out, event->environment_id);
    write_text(out, "name", event->environment_name);
    write_text(out, "type", js_environment_type_name(event->environment_type));
    js_buf_add_text(out, "}");
    write_text(out, "pipelineUrl", event->pipeline_url);
    if (event->has_duration) {
        write_number(out, "duration", event->duration_s);
    }
    write_strings(out, "services", &event->services);
    write_commits(out, event);
    write_strings(out, "repositories", &event->repositories);
    if (event->gate) {
        js_buf_add_text(out, ",\"gate\":true");
    }
}

void js_document_write(js_buf *out, const js_event *event) {
    char updated_at[JS_TIMESTAMP_SIZE];
    js_timestamp_format(event->updated_at_ms, updated_at);
    js_buf_addf(out, "{\"kind\":\"%s\"", js_kind_name(event->kind));
    write_text(out, "site", event->site.name);
    write_text(out, "requestId", event->request_id);
    write_text(out, "pipelineId", event->pipeline_id);
    write_text(out, "pipelineName", event->pipeline_name);
    write_number(out, "number", event->number);
    write_text(out, "url", event->url);
    write_text(out, "state", js_state_name(event->state));
    write_text(out, "updatedAt", updated_at);
    write_text(out, "description", event->description);
    write_text(out, "label", event->label);
    write_strings(out, "issueKeys", &event->issue_keys);
    write_references(out, event);
    if (event->kind == JS_DEPLOYMENT) {
        write_deployment(out, event);
    } else {
        write_tests(out, &event->tests);
    }
    if (event->dropped > 0) {
        write_number(out, "droppedKeys", event->dropped);
    }
    js_buf_add_text(out, "}");
}
