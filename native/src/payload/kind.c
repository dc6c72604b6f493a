/* The tables of payload: by kind, and by API. */
#include "payload/devinfo.h"

static const js_payload_kind *const kinds[JS_KIND_LAST + 1] = {
    [JS_KIND_BUILD] = &js_payload_build,
    [JS_KIND_DEPLOYMENT] = &js_payload_deployment,
    [JS_KIND_FLAG] = &js_payload_flag,
    [JS_KIND_COMMIT] = &js_payload_commit,
    [JS_KIND_BRANCH] = &js_payload_branch,
    [JS_KIND_PULL_REQUEST] = &js_payload_pull_request,
    [JS_KIND_REPOSITORY] = &js_payload_repository,
};

static const js_payload_api apis[JS_API_LAST + 1] = {
    [JS_API_BUILDS] = {.list = "builds",
                       .put_items = js_put_item_list,
                       .stream_path = js_build_path,
                       .read_lists = js_bulk_read_key_lists,
                       .accepted = "acceptedBuilds",
                       .rejected = "rejectedBuilds",
                       .absent = "/pipelines/*/builds/1"},
    [JS_API_DEPLOYMENTS] = {.list = "deployments",
                            .put_items = js_put_item_list,
                            .stream_path = js_deployment_path,
                            .read_lists = js_bulk_read_key_lists,
                            .accepted = "acceptedDeployments",
                            .rejected = "rejectedDeployments",
                            .absent = "/pipelines/*/environments/*/deployments/1"},
    [JS_API_FLAGS] = {.list = "flags",
                      .put_items = js_put_item_list,
                      .stream_path = js_flag_path,
                      .read_lists = js_bulk_read_id_lists,
                      .accepted = "acceptedFeatureFlags",
                      .rejected = "failedFeatureFlags",
                      .absent = "/flag/*"},
    [JS_API_DEVINFO] = {.list = "repositories",
                        .put_items = js_put_repositories,
                        .put_frame = js_put_devinfo_frame,
                        .read_lists = js_bulk_read_repositories,
                        .accepted = "acceptedDevinfoEntities",
                        .rejected = "failedDevinfoEntities",
                        .absent = "/repository/*",
                        .guarded = true},
};

const js_payload_kind *js_payload_kind_of(js_kind kind) {
    return kinds[kind];
}

const js_payload_api *js_payload_api_of(js_api api) {
    return &apis[api];
}
