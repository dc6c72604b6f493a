/* The tables of payload: by kind, and by API. */
#include "payload/kind.h"

static const js_payload_kind *const kinds[JS_KIND_LAST + 1] = {
    [JS_KIND_BUILD] = &js_payload_build,
    [JS_KIND_DEPLOYMENT] = &js_payload_deployment,
    [JS_KIND_FLAG] = &js_payload_flag,
};

static const js_payload_api apis[JS_API_LAST + 1] = {
    [JS_API_BUILDS] = {.list = "builds",
                       .put_items = js_put_item_list,
                       .read_lists = js_bulk_read_key_lists,
                       .accepted = "acceptedBuilds",
                       .rejected = "rejectedBuilds"},
    [JS_API_DEPLOYMENTS] = {.list = "deployments",
                            .put_items = js_put_item_list,
                            .read_lists = js_bulk_read_key_lists,
                            .accepted = "acceptedDeployments",
                            .rejected = "rejectedDeployments"},
    [JS_API_FLAGS] = {.list = "flags",
                      .put_items = js_put_item_list,
                      .read_lists = js_bulk_read_id_lists,
                      .accepted = "acceptedFeatureFlags",
                      .rejected = "failedFeatureFlags"},
};

const js_payload_kind *js_payload_kind_of(js_kind kind) {
    return kinds[kind];
}

const js_payload_api *js_payload_api_of(js_api api) {
    return &apis[api];
}
