#include "event/document.h"

#include "base/timestamp.h"
#include "event/json.h"

static bool put_list(json_object *object, const char *name, const js_strings *list) {
    return list->count == 0 || js_json_put_texts(object, name, list);
}

static bool put_commit_of(json_object *object, const js_reference *reference) {
    if (reference->commit_id == NULL) {
        return true;
    }
    json_object *commit = js_json_put_object(object, "commit");
    return js_json_put_text(commit, "id", reference->commit_id) &&
           js_json_put_text(commit, "repositoryUri", reference->commit_repository_uri);
}

static bool put_ref_of(json_object *object, const js_reference *reference) {
    if (reference->ref_name == NULL) {
        return true;
    }
    json_object *ref = js_json_put_object(object, "ref");
    return js_json_put_text(ref, "name", reference->ref_name) &&
           js_json_put_text(ref, "uri", reference->ref_uri);
}

bool js_references_put(json_object *object, const js_event *event) {
    if (event->reference_count == 0) {
        return true;
    }
    json_object *references = js_json_put_array(object, "references");
    bool good = references != NULL;
    for (size_t i = 0; i < event->reference_count && good; i++) {
        json_object *reference = js_json_append_object(references);
        good = reference != NULL && put_commit_of(reference, &event->references[i]) &&
               put_ref_of(reference, &event->references[i]);
    }
    return good;
}

static bool put_commits(json_object *document, const js_event *event) {
    if (event->commit_count == 0) {
        return true;
    }
    json_object *commits = js_json_put_array(document, "commits");
    bool good = commits != NULL;
    for (size_t i = 0; i < event->commit_count && good; i++) {
        json_object *commit = js_json_append_object(commits);
        good = js_json_put_text(commit, "hash", event->commits[i].hash) &&
               js_json_put_text(commit, "repositoryId", event->commits[i].repository_id);
    }
    return good;
}

static bool put_tests(json_object *document, const js_tests *tests) {
    if (!tests->given) {
        return true;
    }
    json_object *counts = js_json_put_object(document, "tests");
    return js_json_put_number(counts, "total", tests->total) &&
           js_json_put_number(counts, "passed", tests->passed) &&
           js_json_put_number(counts, "failed", tests->failed) &&
           js_json_put_number(counts, "skipped", tests->skipped);
}

static bool put_deployment(json_object *document, const js_event *event) {
    json_object *environment = js_json_put_object(document, "environment");
    return js_json_put_text(environment, "id", event->environment_id) &&
           js_json_put_text(environment, "name", event->environment_name) &&
           js_json_put_text(environment, "type",
                            js_environment_type_name(event->environment_type)) &&
           js_json_put_text(document, "pipelineUrl", event->pipeline_url) &&
           (!event->has_duration || js_json_put_number(document, "duration", event->duration_s)) &&
           put_list(document, "services", &event->services) && put_commits(document, event) &&
           put_list(document, "repositories", &event->repositories) &&
           (!event->gate || js_json_put_flag(document, "gate", true));
}

static bool put_event(json_object *document, const js_event *event) {
    char updated_at[JS_TIMESTAMP_SIZE];
    js_timestamp_format(event->updated_at_ms, updated_at);
    return js_json_put_text(document, "kind", js_kind_name(event->kind)) &&
           js_json_put_text(document, "site", event->site.name) &&
           js_json_put_text(document, "requestId", event->request_id) &&
           js_json_put_text(document, "pipelineId", event->pipeline_id) &&
           js_json_put_text(document, "pipelineName", event->pipeline_name) &&
           js_json_put_number(document, "number", event->number) &&
           js_json_put_text(document, "url", event->url) &&
           js_json_put_text(document, "state", js_state_name(event->state)) &&
           js_json_put_text(document, "updatedAt", updated_at) &&
           js_json_put_text(document, "description", event->description) &&
           js_json_put_text(document, "label", event->label) &&
           put_list(document, "issueKeys", &event->issue_keys) &&
           js_references_put(document, event) &&
           (event->kind == JS_DEPLOYMENT ? put_deployment(document, event)
                                         : put_tests(document, &event->tests)) &&
           (event->dropped <= 0 || js_json_put_number(document, "droppedKeys", event->dropped));
}

void js_document_write(js_buf *out, const js_event *event) {
    json_object *document = json_object_new_object();
    js_json_write_built(out, document, put_event(document, event));
}
