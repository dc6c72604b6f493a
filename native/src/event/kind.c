/* The table of kinds, and the one of Jira's APIs. */
#include "event/kind.h"
#include "event/kind_names.h"

#include <stdio.h>
#include <string.h>

static const js_kind_info *const kinds[JS_KIND_LAST + 1] = {
    [JS_KIND_BUILD] = &js_kind_build,
    [JS_KIND_DEPLOYMENT] = &js_kind_deployment,
    [JS_KIND_FLAG] = &js_kind_flag,
    [JS_KIND_COMMIT] = &js_kind_commit,
    [JS_KIND_BRANCH] = &js_kind_branch,
    [JS_KIND_PULL_REQUEST] = &js_kind_pull_request,
    [JS_KIND_REPOSITORY] = &js_kind_repository,
};

static const js_api_info apis[JS_API_LAST + 1] = {
    [JS_API_NONE] = {"", "", "event", "events", false},
    [JS_API_BUILDS] = {"builds", "Builds", "build", "builds", false},
    [JS_API_DEPLOYMENTS] = {"deployments", "Deployments", "deployment", "deployments", false},
    [JS_API_FLAGS] = {"featureflags", "Feature flags", "feature flag", "feature flags", false},
    [JS_API_DEVINFO] = {"devinfo", "Development information", "development information",
                        "development information", true},
};

const js_kind_info *js_kind_of(js_kind kind) {
    return kinds[kind];
}

const js_api_info *js_api_of(js_api api) {
    return &apis[api];
}

const char *js_kind_name(js_kind kind) {
    return kinds[kind]->name;
}

js_api js_kind_api(js_kind kind) {
    return kinds[kind]->api;
}

bool js_kind_from_name(const char *name, js_kind *kind) {
    for (int i = JS_KIND_FIRST; i <= JS_KIND_LAST; i++) {
        if (strcmp(name, kinds[i]->name) == 0) {
            *kind = (js_kind)i;
            return true;
        }
    }
    return false;
}

/* ---- for front ends ---- */

const char *js_kind_name_at(size_t index) {
    return index <= JS_KIND_LAST - JS_KIND_FIRST ? kinds[JS_KIND_FIRST + index]->name : NULL;
}

const char *js_kind_api_name(const char *kind) {
    js_kind known;
    return js_kind_from_name(kind, &known) ? apis[kinds[known]->api].name : "";
}

void js_kind_list(char list[JS_KIND_LIST_SIZE]) {
    size_t used = 0;
    for (size_t i = 0; js_kind_name_at(i) != NULL && used < JS_KIND_LIST_SIZE; i++) {
        int length = snprintf(list + used, JS_KIND_LIST_SIZE - used, "%s%s", i > 0 ? ", " : "",
                              js_kind_name_at(i));
        used += length > 0 ? (size_t)length : 0;
    }
}
