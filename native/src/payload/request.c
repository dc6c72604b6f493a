/* Request bodies as a whole. */
#include "payload/request.h"

#include "event/json.h"
#include "event/properties.h"
#include "payload/kind.h"

#include <jirasend/version.h>

/* What the whole request carries; all its events have the same. */
static bool put_properties(js_json_out *body, const js_event *event) {
    js_json_out *properties = js_write_object(body, "properties");
    const char *origin = event->origin != NULL ? event->origin : JS_ORIGIN_DEFAULT;
    return js_write_text(properties, JS_PROPERTY_ORIGIN, origin) &&
           js_properties_put(properties, event);
}

static bool put_provider(js_json_out *body) {
    return js_write_text(js_write_object(body, "providerMetadata"), "product",
                         "jirasend " JIRASEND_VERSION);
}

void js_payload_item_write(js_buf *out, const js_payload_item *item) {
    js_json_writer writer;
    js_json_out *object = js_write_begin(&writer, out);
    const js_payload_kind *kind = js_payload_kind_of(item->event->kind);
    js_write_end(&writer, kind->put(object, item->event, item->sequence));
}

void js_payload_bulk(js_buf *out, const js_payload_item *items, size_t count) {
    const js_event *first = items[0].event;
    const js_payload_api *api = js_payload_api_of(js_kind_api(first->kind));
    js_json_writer writer;
    js_json_out *body = js_write_begin(&writer, out);
    bool good = api->put_items(body, items, count) &&
                (api->put_frame == NULL || api->put_frame(body, first)) &&
                put_properties(body, first) && put_provider(body);
    js_write_end(&writer, good);
}

void js_payload_empty(js_buf *out, js_api api) {
    js_buf_addf(out, "{\"%s\":[]}", js_payload_api_of(api)->list);
}

void js_payload_token(js_buf *out, const char *client_id, const js_secret *secret) {
    js_json_writer writer;
    js_json_out *body = js_write_begin(&writer, out);
    bool good = js_write_text(body, "audience", "api.atlassian.com") &&
                js_write_text(body, "grant_type", "client_credentials") &&
                js_write_text(body, "client_id", client_id) &&
                js_write_text(body, "client_secret", secret->text);
    js_write_end(&writer, good);
}
