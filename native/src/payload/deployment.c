/* Deployments on their way to Jira and back. */
#include "base/text.h"
#include "event/json.h"
#include "event/limits.h"
#include "payload/answer_json.h"
#include "payload/kind.h"
#include "payload/wire.h"

#include <inttypes.h>
#include <string.h>

/* Jira wants a description of a deployment; one that says what it is beats an empty one. */
static bool put_description(js_json_out *item, const js_event *event) {
    const js_run *run = &event->of.run;
    if (run->description != NULL) {
        return js_write_text(item, "description", run->description);
    }
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "Deployment of %s #%" PRId64 " to %s", run->pipeline_name, run->number,
                event->of.deployment.environment.name);
    bool good = !text.failed;
    if (good) {
        text.data[js_utf8_cut(text.data, text.length, JS_TEXT_UNITS)] = '\0';
        good = js_write_text(item, "description", text.data);
    }
    js_buf_clear(&text);
    return good;
}

static bool put_pipeline(js_json_out *deployment, const js_event *event) {
    js_json_out *pipeline = js_write_object(deployment, "pipeline");
    return js_wire_put(pipeline, "id", event->of.run.pipeline_id) &&
           js_write_text(pipeline, "displayName", event->of.run.pipeline_name) &&
           js_write_text(pipeline, "url", event->of.deployment.pipeline_url);
}

static bool put_environment(js_json_out *deployment, const js_event *event) {
    const js_environment *from = &event->of.deployment.environment;
    js_json_out *environment = js_write_object(deployment, "environment");
    const char *type = js_environment_type_name(from->type);
    return js_wire_put(environment, "id", from->id) &&
           js_write_text(environment, "displayName", from->name) &&
           js_write_text(environment, "type", type);
}

static bool put_gate(js_json_out *deployment, const js_event *event) {
    if (!event->gate) {
        return true;
    }
    js_json_out *command = js_write_item_object(js_write_array(deployment, "commands"));
    return js_write_text(command, "command", "initiate_deployment_gating");
}

static bool put_deployment(js_json_out *deployment, const js_event *event, int64_t sequence) {
    const js_run *run = &event->of.run;
    const js_deployment *own = &event->of.deployment;
    return js_write_text(deployment, "schemaVersion", "1.0") &&
           js_write_number(deployment, "deploymentSequenceNumber", run->number) &&
           js_write_number(deployment, "updateSequenceNumber", sequence) &&
           js_put_display_name(deployment, run) && js_write_text(deployment, "url", event->url) &&
           put_description(deployment, event) &&
           js_put_time(deployment, "lastUpdated", event->updated_at_ms) &&
           js_write_text(deployment, "label", run->label) &&
           (!own->has_duration || js_write_number(deployment, "duration", own->duration_s)) &&
           js_write_text(deployment, "state", js_state_name(run->state)) &&
           put_pipeline(deployment, event) && put_environment(deployment, event) &&
           js_put_associations(deployment, event) && put_gate(deployment, event);
}

static void key_of_event(js_buf *out, const js_event *event) {
    js_wire_id(out, event->of.run.pipeline_id);
    js_buf_add_text(out, "\n");
    js_wire_id(out, event->of.deployment.environment.id);
    js_buf_add_text(out, "\n");
    js_buf_add_number(out, event->of.run.number);
}

static bool key_of_answer(js_buf *out, json_object *key) {
    const char *pipeline = js_answer_text(js_answer_member(key, "pipelineId"));
    const char *environment = js_answer_text(js_answer_member(key, "environmentId"));
    int64_t number = 0;
    if (pipeline == NULL || environment == NULL ||
        !js_answer_number(js_answer_member(key, "deploymentSequenceNumber"), &number)) {
        return false;
    }
    js_buf_add_text(out, pipeline);
    js_buf_add_text(out, "\n");
    js_buf_add_text(out, environment);
    js_buf_add_text(out, "\n");
    js_buf_add_number(out, number);
    return true;
}

void js_deployment_path(js_buf *out, const js_stream *stream) {
    js_buf_add_text(out, "/pipelines/");
    js_wire_id(out, stream->name);
    js_buf_add_text(out, "/environments/");
    js_wire_id(out, stream->part);
    js_buf_addf(out, "/deployments/%" PRId64, stream->number);
}

static void path(js_buf *out, const js_event *event) {
    js_stream stream = js_event_stream(event);
    js_deployment_path(out, &stream);
}

static bool put_seen(json_object *facts, json_object *jira) {
    json_object *environment = js_answer_member(jira, "environment");
    json_object *seen = js_json_put_object(facts, "environment");
    return js_seen_put_word(facts, "state", jira, "state") &&
           js_seen_put_text(facts, "url", jira, "url") &&
           js_seen_put_text(facts, "label", jira, "label") && seen != NULL &&
           js_seen_put_text(seen, "name", environment, "displayName") &&
           js_seen_put_word(seen, "type", environment, "type");
}

const js_payload_kind js_payload_deployment = {
    .put = put_deployment,
    .key_of_event = key_of_event,
    .key_of_answer = key_of_answer,
    .path = path,
    .put_seen = put_seen,
};
