/* Builds on their way to Jira and back. */
#include "event/json.h"
#include "event/references.h"
#include "payload/answer_json.h"
#include "payload/kind.h"
#include "payload/wire.h"

#include <inttypes.h>

static bool put_test_info(js_json_out *item, const js_tests *tests) {
    if (!tests->given) {
        return true;
    }
    js_json_out *info = js_write_object(item, "testInfo");
    return js_write_number(info, "totalNumber", tests->total) &&
           js_write_number(info, "numberPassed", tests->passed) &&
           js_write_number(info, "numberFailed", tests->failed) &&
           js_write_number(info, "numberSkipped", tests->skipped);
}

static bool put_build(js_json_out *build, const js_event *event, int64_t sequence) {
    const js_run *run = &event->of.run;
    return js_write_text(build, "schemaVersion", "1.0") &&
           js_wire_put(build, "pipelineId", run->pipeline_id) &&
           js_write_number(build, "buildNumber", run->number) &&
           js_write_number(build, "updateSequenceNumber", sequence) &&
           js_put_display_name(build, run) &&
           js_write_text(build, "description", run->description) &&
           js_write_text(build, "label", run->label) && js_write_text(build, "url", event->url) &&
           js_write_text(build, "state", js_state_name(run->state)) &&
           js_put_time(build, "lastUpdated", event->updated_at_ms) &&
           js_put_associations(build, event) && put_test_info(build, &event->of.build.tests) &&
           js_references_put(build, run);
}

/* Wire ids hold no line breaks. */
static void key_of_event(js_buf *out, const js_event *event) {
    js_wire_id(out, event->of.run.pipeline_id);
    js_buf_add(out, "\n", 1);
    js_buf_add_number(out, event->of.run.number);
}

static bool key_of_answer(js_buf *out, json_object *key) {
    const char *pipeline = js_answer_text(js_answer_member(key, "pipelineId"));
    int64_t number = 0;
    if (pipeline == NULL || !js_answer_number(js_answer_member(key, "buildNumber"), &number)) {
        return false;
    }
    js_buf_add_text(out, pipeline);
    js_buf_add(out, "\n", 1);
    js_buf_add_number(out, number);
    return true;
}

void js_build_path(js_buf *out, const js_stream *stream) {
    js_buf_add_text(out, "/pipelines/");
    js_wire_id(out, stream->name);
    js_buf_addf(out, "/builds/%" PRId64, stream->number);
}

static void path(js_buf *out, const js_event *event) {
    js_stream stream = js_event_stream(event);
    js_build_path(out, &stream);
}

static bool put_seen(json_object *facts, json_object *jira) {
    return js_seen_put_word(facts, "state", jira, "state") &&
           js_seen_put_text(facts, "url", jira, "url") &&
           js_seen_put_text(facts, "label", jira, "label");
}

const js_payload_kind js_payload_build = {
    .put = put_build,
    .key_of_event = key_of_event,
    .key_of_answer = key_of_answer,
    .path = path,
    .put_seen = put_seen,
};
