/* Paths of Jira's APIs. Wire ids need no further encoding. */
#include "event/sweep.h"
#include "payload/kind.h"
#include "payload/request.h"
#include "payload/wire.h"

#include <inttypes.h>
#include <string.h>

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

void js_payload_stream_path(js_buf *out, js_api api, const js_stream *stream,
                            const char *cloud_id) {
    add_base(out, api, cloud_id);
    js_payload_api_of(api)->stream_path(out, stream);
}

void js_payload_read_path(js_buf *out, const js_event *event, const char *cloud_id) {
    const js_payload_kind *kind = js_payload_kind_of(event->kind);
    add_base(out, js_kind_api(event->kind), cloud_id);
    (kind->read_path != NULL ? kind->read_path : kind->path)(out, event);
}

bool js_payload_deletion_guarded(js_api api) {
    return js_payload_api_of(api)->guarded;
}

void js_payload_delete_path(js_buf *out, const js_event *event, int64_t sequence,
                            const char *cloud_id) {
    if (event->sweep != NULL) {
        js_property properties[JS_PROPERTIES_MAX + 1];
        size_t count = js_sweep_properties(event, properties);
        js_payload_properties_path(out, js_kind_api(event->kind), cloud_id, properties, count);
        return;
    }
    js_payload_thing_path(out, event, cloud_id);
    if (js_payload_deletion_guarded(js_kind_api(event->kind))) {
        js_buf_addf(out, "?_updateSequenceId=%" PRId64, sequence);
    }
}

/* Every byte that could mean something in a query is percent-encoded. */
static void add_encoded(js_buf *out, const char *text) {
    for (const char *at = text; *at != '\0'; at++) {
        char byte = *at;
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || strchr("-._~", byte) != NULL;
        if (plain) {
            js_buf_add(out, at, 1);
        } else {
            js_buf_addf(out, "%%%02X", (unsigned)(unsigned char)byte);
        }
    }
}

static void add_query(js_buf *out, const js_property *properties, size_t count) {
    for (size_t i = 0; i < count; i++) {
        js_buf_add_text(out, i == 0 ? "?" : "&");
        add_encoded(out, properties[i].name);
        js_buf_add_text(out, "=");
        add_encoded(out, properties[i].value);
    }
}

void js_payload_properties_path(js_buf *out, js_api api, const char *cloud_id,
                                const js_property *properties, size_t count) {
    add_base(out, api, cloud_id);
    js_buf_add_text(out, "/bulkByProperties");
    add_query(out, properties, count);
}

void js_payload_exists_path(js_buf *out, const char *cloud_id, const js_property *properties,
                            size_t count) {
    add_base(out, JS_API_DEVINFO, cloud_id);
    js_buf_add_text(out, "/existsByProperties");
    add_query(out, properties, count);
}

void js_payload_absent_path(js_buf *out, js_api api, const char *id, const char *cloud_id) {
    add_base(out, api, cloud_id);
    for (const char *at = js_payload_api_of(api)->absent; *at != '\0'; at++) {
        js_buf_add(out, *at == '*' ? id : at, *at == '*' ? strlen(id) : 1);
    }
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
