/* Request bodies as a whole. */
#include "payload/request.h"

#include "event/json.h"
#include "event/properties.h"
#include "payload/kind.h"

#include <jirasend/version.h>

/* What the whole request carries; all its events have the same. */
static bool put_properties(json_object *body, const js_event *event) {
    json_object *properties = js_json_put_object(body, "properties");
    const char *origin = event->origin != NULL ? event->origin : JS_ORIGIN_DEFAULT;
    return js_json_put_text(properties, JS_PROPERTY_ORIGIN, origin) &&
           js_properties_put(properties, event);
}

static bool put_provider(json_object *body) {
    return js_json_put_text(js_json_put_object(body, "providerMetadata"), "product",
                            "jirasend " JIRASEND_VERSION);
}

void js_payload_item_write(js_buf *out, const js_payload_item *item) {
    json_object *object = json_object_new_object();
    const js_payload_kind *kind = js_payload_kind_of(item->event->kind);
    js_json_write_built(out, object, kind->put(object, item->event, item->sequence));
}

void js_payload_bulk(js_buf *out, const js_payload_item *items, size_t count) {
    const js_event *first = items[0].event;
    const js_payload_api *api = js_payload_api_of(js_kind_api(first->kind));
    json_object *body = json_object_new_object();
    bool good = api->put_items(body, items, count) &&
                (api->put_frame == NULL || api->put_frame(body, first)) &&
                put_properties(body, first) && put_provider(body);
    js_json_write_built(out, body, good);
}

void js_payload_empty(js_buf *out, js_api api) {
    js_buf_addf(out, "{\"%s\":[]}", js_payload_api_of(api)->list);
}

void js_payload_token(js_buf *out, const char *client_id, const js_secret *secret) {
    json_object *body = json_object_new_object();
    bool good = js_json_put_text(body, "audience", "api.atlassian.com") &&
                js_json_put_text(body, "grant_type", "client_credentials") &&
                js_json_put_text(body, "client_id", client_id) &&
                js_json_put_text(body, "client_secret", secret->text);
    js_json_write_built(out, body, good);
}
