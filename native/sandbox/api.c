/* Which endpoint of Jira a path means, and what is checked before it is asked. */
#include "sandbox.h"

#include "base/text.h"
#include "event/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* jira/deployments/0.1/cloud/ID/pipelines/P/environments/E/deployments/N/gating-status */
enum { SEGMENTS_MAX = 12 };

typedef struct path {
    char *segments[SEGMENTS_MAX]; /* decoded: an id may hold a slash as %2F */
    size_t count;
} path;

static void path_free(path *parts) {
    for (size_t i = 0; i < parts->count; i++) {
        free(parts->segments[i]);
    }
    parts->count = 0;
}

/* False when the path is malformed, too long or memory is short: all of it is unknown then. */
static bool path_split(path *parts, const char *text) {
    while (*text == '/') {
        size_t length = strcspn(text + 1, "/");
        if (parts->count == SEGMENTS_MAX) {
            return false;
        }
        char *segment = js_percent_decode(text + 1, length);
        if (segment == NULL) {
            return false;
        }
        parts->segments[parts->count++] = segment;
        text += 1 + length;
    }
    return *text == '\0' && parts->count > 0;
}

static bool is(const path *parts, size_t index, const char *text) {
    return strcmp(parts->segments[index], text) == 0;
}

bool sb_is_json_request(sb_call *call) {
    const sb_request *request = call->request;
    const char *type = sb_headers_get(&request->headers, "Content-Type");
    static const char json[] = "application/json";
    size_t length = sizeof json - 1;
    bool good = type != NULL && strncasecmp(type, json, length) == 0 &&
                (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
    const char *encoding = sb_headers_get(&request->headers, "Content-Encoding");
    if (!good || (encoding != NULL && strcasecmp(encoding, "identity") != 0)) {
        sb_answer_error(call->answer, 415, "HTTP 415 Unsupported Media Type");
        return false;
    }
    return true;
}

static bool is_authorized(sb_call *call, unsigned *modules) {
    const char *header = sb_headers_get(&call->request->headers, "Authorization");
    if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0 &&
        sb_token_valid(&call->sandbox->tokens, &call->sandbox->world, header + 7, modules)) {
        return true;
    }
    sb_answer_error(call->answer, 401, "Unauthorized");
    if (!sb_headers_add(&call->answer->headers, "WWW-Authenticate", "Bearer realm=\"sandbox\"")) {
        call->answer->body.failed = true;
    }
    return false;
}

static bool method_is(sb_call *call, const char *method) {
    if (strcmp(call->request->method, method) == 0) {
        return true;
    }
    sb_method_not_allowed(call->answer, method);
    return false;
}

static void tenant_info(sb_call *call) {
    if (method_is(call, "GET")) {
        sb_answer_json(call->answer, 200);
        js_buf_addf(&call->answer->body, "{\"cloudId\":\"%s\"}", call->sandbox->cloud_id);
    }
}

static void not_found(sb_call *call) {
    sb_answer_error(call->answer, 404, "Not Found");
}

/* Jira's word for a missing permission of the client credentials. */
static bool is_permitted(sb_call *call, unsigned modules, sb_module module) {
    if ((modules & (1U << module)) != 0) {
        return true;
    }
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "Forbidden: the client credentials do not have the permission '%s'.",
                sb_module_permission(module));
    sb_answer_error(call->answer, 403, text.failed ? "Forbidden" : text.data);
    js_buf_clear(&text);
    return false;
}

typedef enum endpoint { BULK, BY_PROPERTIES, EXISTS, GATE, THING, REPOSITORY, ENTITY } endpoint;

/* What follows the cloud id: a star is an id of its own. */
static const struct route {
    sb_module module;
    endpoint endpoint;
    sb_kind kind;
    const char *methods;
    const char *pattern[8];
} routes[] = {
    {SB_BUILDS, BULK, SB_BUILD, "POST", {"bulk"}},
    {SB_BUILDS, BY_PROPERTIES, SB_BUILD, "DELETE", {"bulkByProperties"}},
    {SB_BUILDS, THING, SB_BUILD, "GET, DELETE", {"pipelines", "*", "builds", "*"}},
    {SB_DEPLOYMENTS, BULK, SB_DEPLOYMENT, "POST", {"bulk"}},
    {SB_DEPLOYMENTS, BY_PROPERTIES, SB_DEPLOYMENT, "DELETE", {"bulkByProperties"}},
    {SB_DEPLOYMENTS,
     THING,
     SB_DEPLOYMENT,
     "GET, DELETE",
     {"pipelines", "*", "environments", "*", "deployments", "*"}},
    {SB_DEPLOYMENTS,
     GATE,
     SB_DEPLOYMENT,
     "GET",
     {"pipelines", "*", "environments", "*", "deployments", "*", "gating-status"}},
    {SB_FLAGS, BULK, SB_FLAG, "POST", {"bulk"}},
    {SB_FLAGS, BY_PROPERTIES, SB_FLAG, "DELETE", {"bulkByProperties"}},
    {SB_FLAGS, THING, SB_FLAG, "GET, DELETE", {"flag", "*"}},
    {SB_DEVINFO, BULK, SB_REPOSITORY, "POST", {"bulk"}},
    {SB_DEVINFO, BY_PROPERTIES, SB_REPOSITORY, "DELETE", {"bulkByProperties"}},
    {SB_DEVINFO, EXISTS, SB_REPOSITORY, "GET", {"existsByProperties"}},
    {SB_DEVINFO, REPOSITORY, SB_REPOSITORY, "GET, DELETE", {"repository", "*"}},
    {SB_DEVINFO, ENTITY, SB_COMMIT, "DELETE", {"repository", "*", "*", "*"}},
};

enum { FIRST_OF_ROUTE = 5, IDS_MAX = 3 };

/* Fills in the ids that stand for the stars. */
static bool route_fits(const struct route *route, const path *parts, char **ids) {
    size_t count = 0;
    size_t found = 0;
    if (!is(parts, 1, sb_module_name(route->module))) {
        return false;
    }
    for (; count < 8 && route->pattern[count] != NULL; count++) {
        size_t at = FIRST_OF_ROUTE + count;
        if (at >= parts->count) {
            return false;
        }
        if (strcmp(route->pattern[count], "*") == 0) {
            ids[found++] = parts->segments[at];
        } else if (!is(parts, at, route->pattern[count])) {
            return false;
        }
    }
    return FIRST_OF_ROUTE + count == parts->count;
}

static const struct route *find_route(const path *parts, char **ids) {
    if (!is(parts, 2, "0.1") || !is(parts, 3, "cloud")) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (route_fits(&routes[i], parts, ids)) {
            return &routes[i];
        }
    }
    return NULL;
}

/* DELETE .../repository/R/TYPE/ID */
static void delete_entity(sb_call *call, char *const *ids) {
    static const struct {
        const char *type;
        sb_kind kind;
    } types[] = {{"commit", SB_COMMIT}, {"branch", SB_BRANCH}, {"pull_request", SB_PULL_REQUEST}};
    char *const key[] = {ids[0], ids[2]};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].type, ids[1]) == 0) {
            sb_delete_thing(call, types[i].kind, key);
            return;
        }
    }
    sb_refuse(call, SB_DEVINFO, 400,
              "The entity type must be one of commit, branch, pull_request.");
}

static void answer(sb_call *call, const struct route *route, char *const *ids) {
    bool get = strcmp(call->request->method, "GET") == 0;
    switch (route->endpoint) {
    case BULK:
        if (route->module == SB_DEVINFO) {
            sb_bulk_devinfo(call);
        } else {
            sb_bulk_list(call, route->kind);
        }
        break;
    case BY_PROPERTIES:
        sb_delete_by_properties(call, route->module, route->kind);
        break;
    case EXISTS:
        sb_exists_by_properties(call);
        break;
    case GATE:
        sb_gate_endpoint(call, ids[0], ids[1], ids[2]);
        break;
    case REPOSITORY:
        if (get) {
            sb_get_repository(call, ids[0]);
            break;
        }
        sb_delete_thing(call, SB_REPOSITORY, ids);
        break;
    case THING:
        if (get) {
            sb_get_thing(call, route->kind, ids);
        } else {
            sb_delete_thing(call, route->kind, ids);
        }
        break;
    case ENTITY:
        delete_entity(call, ids);
        break;
    }
}

static bool method_is_one_of(sb_call *call, const char *methods) {
    const char *method = call->request->method;
    const char *found = strstr(methods, method);
    char after = found == NULL ? 'x' : found[strlen(method)];
    if (*method != '\0' && (after == '\0' || after == ',')) {
        return true;
    }
    sb_method_not_allowed(call->answer, methods);
    return false;
}

static void jira(sb_call *call, const path *parts) {
    char *ids[IDS_MAX] = {NULL};
    unsigned modules = 0;
    const struct route *route = find_route(parts, ids);
    if (route == NULL) {
        not_found(call);
    } else if (!method_is_one_of(call, route->methods) || !is_authorized(call, &modules)) {
        return;
    } else if (!is(parts, 4, call->sandbox->cloud_id)) {
        not_found(call);
    } else if (is_permitted(call, modules, route->module)) {
        answer(call, route, ids);
    }
}

void sb_api(sb_call *call) {
    path parts = {{NULL}, 0};
    if (!path_split(&parts, call->request->path)) {
        not_found(call);
    } else if (parts.count == 2 && is(&parts, 0, "oauth") && is(&parts, 1, "token")) {
        if (method_is(call, "POST")) {
            sb_token_endpoint(call);
        }
    } else if (parts.count == 2 && is(&parts, 0, "_edge") && is(&parts, 1, "tenant_info")) {
        tenant_info(call);
    } else if (parts.count >= 6 && is(&parts, 0, "jira")) {
        jira(call, &parts);
    } else {
        not_found(call);
    }
    path_free(&parts);
}
