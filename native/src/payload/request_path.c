/* Paths of Jira's APIs. Wire ids need no further encoding. */
#include "payload/kind.h"
#include "payload/request.h"
#include "payload/wire.h"

#include <inttypes.h>

static void add_base(js_buf *out, js_api api, const char *cloud_id) {
    js_buf_addf(out, "/jira/%s/0.1/cloud/%s", js_api_of(api)->name, cloud_id);
}

void js_payload_bulk_path(js_buf *out, js_api api, const char *cloud_id) {
    add_base(out, api, cloud_id);
    js_buf_add_text(out, "/bulk");
}

void js_payload_thing_path(js_buf *out, const js_event *event, const char *cloud_id) {
    add_base(out, js_kind_api(event->kind), cloud_id);
    js_payload_kind_of(event->kind)->path(out, event);
}

void js_payload_gate_path(js_buf *out, const char *cloud_id, const char *pipeline_id,
                          const char *environment_id, int64_t number) {
    add_base(out, JS_API_DEPLOYMENTS, cloud_id);
    js_buf_add_text(out, "/pipelines/");
    js_wire_id(out, pipeline_id);
    js_buf_add_text(out, "/environments/");
    js_wire_id(out, environment_id);
    js_buf_addf(out, "/deployments/%" PRId64 "/gating-status", number);
}
