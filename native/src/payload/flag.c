/* Feature flags on their way to Jira and back. */
#include "event/flag_status.h"
#include "event/json.h"
#include "payload/answer_json.h"
#include "payload/kind.h"
#include "payload/wire.h"

static bool put_status(js_json_out *holder, const js_flag_status *status) {
    return js_flag_status_write(js_write_object(holder, "status"), status);
}

static bool put_summary(js_json_out *item, const js_event *event) {
    js_json_out *summary = js_write_object(item, "summary");
    return js_write_text(summary, "url", event->url) &&
           put_status(summary, &event->of.flag.status) &&
           js_put_time(summary, "lastUpdated", event->updated_at_ms);
}

static bool put_environment(js_json_out *detail, const js_flag_environment *from) {
    js_json_out *environment = js_write_object(detail, "environment");
    bool typed = from->type != JS_ENVIRONMENT_UNMAPPED;
    return js_write_text(environment, "name", from->name) &&
           (!typed || js_write_text(environment, "type", js_environment_type_name(from->type)));
}

static bool put_details(js_json_out *item, const js_flag *flag) {
    js_json_out *details = js_write_array(item, "details");
    bool good = details != NULL;
    for (size_t i = 0; i < flag->environment_count && good; i++) {
        const js_flag_environment *environment = &flag->environments[i];
        js_json_out *detail = js_write_item_object(details);
        good = js_write_text(detail, "url", environment->url) &&
               js_put_time(detail, "lastUpdated", environment->updated_at_ms) &&
               put_environment(detail, environment) && put_status(detail, &environment->status);
    }
    return good;
}

static bool put_flag(js_json_out *item, const js_event *event, int64_t sequence) {
    const js_flag *flag = &event->of.flag;
    return js_write_text(item, "schemaVersion", "1.0") && js_wire_put(item, "id", flag->id) &&
           js_write_text(item, "key", flag->key) &&
           js_write_number(item, "updateSequenceId", sequence) &&
           js_write_text(item, "displayName", flag->name) && js_put_associations(item, event) &&
           put_summary(item, event) && put_details(item, flag);
}

static void key_of_event(js_buf *out, const js_event *event) {
    js_wire_id(out, event->of.flag.id);
}

void js_flag_path(js_buf *out, const js_stream *stream) {
    js_buf_add_text(out, "/flag/");
    js_wire_id(out, stream->name);
}

static void path(js_buf *out, const js_event *event) {
    js_stream stream = js_event_stream(event);
    js_flag_path(out, &stream);
}

static bool put_seen(json_object *facts, json_object *jira) {
    return js_seen_put_text(facts, "url", js_answer_member(jira, "summary"), "url");
}

const js_payload_kind js_payload_flag = {
    .put = put_flag,
    .key_of_event = key_of_event,
    .path = path,
    .put_seen = put_seen,
};
