/* Repositories: they are deleted by themselves, and sent only with what is in them. */
#include "payload/kind.h"
#include "payload/wire.h"

/* Nothing is sent of it: there is no body. */
static bool put(js_json_out *item, const js_event *event, int64_t sequence) {
    (void)item;
    (void)event;
    (void)sequence;
    return false;
}

static void key_of_event(js_buf *out, const js_event *event) {
    js_wire_id(out, event->of.repository.id);
}

void js_repository_path(js_buf *out, const js_event *event) {
    js_buf_add_text(out, "/repository/");
    js_wire_id(out, event->of.repository.id);
}

const js_payload_kind js_payload_repository = {
    .put = put,
    .key_of_event = key_of_event,
    .path = js_repository_path,
};
