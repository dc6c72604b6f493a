/* Which endpoint of Jira a path means, and what is checked before it is asked. */
#include "sandbox.h"

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
        char *segment = sb_percent_decode(text + 1, length);
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

static bool is_authorized(sb_call *call) {
    const char *header = sb_headers_get(&call->request->headers, "Authorization");
    if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0 &&
        sb_token_valid(&call->sandbox->tokens, &call->sandbox->world, header + 7)) {
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

/* The kind of a bulk path, -1 when it is none. */
static int bulk_kind(const path *parts) {
    static const char *const modules[SB_KINDS] = {"builds", "deployments", "featureflags"};
    if (parts->count != 6 || !is(parts, 5, "bulk")) {
        return -1;
    }
    for (int kind = 0; kind < SB_KINDS; kind++) {
        if (is(parts, 1, modules[kind])) {
            return kind;
        }
    }
    return -1;
}

static bool is_gate(const path *parts) {
    return parts->count == 12 && is(parts, 1, "deployments") && is(parts, 5, "pipelines") &&
           is(parts, 7, "environments") && is(parts, 9, "deployments") &&
           is(parts, 11, "gating-status");
}

static void jira(sb_call *call, const path *parts) {
    int kind = bulk_kind(parts);
    bool gate = is_gate(parts);
    if (!is(parts, 2, "0.1") || !is(parts, 3, "cloud") || (kind < 0 && !gate)) {
        not_found(call);
    } else if (!method_is(call, gate ? "GET" : "POST") || !is_authorized(call)) {
        return;
    } else if (!is(parts, 4, call->sandbox->cloud_id)) {
        not_found(call);
    } else if (gate) {
        sb_gate_endpoint(call, parts->segments[6], parts->segments[8], parts->segments[10]);
    } else {
        sb_bulk_endpoint(call, (sb_kind)kind);
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
