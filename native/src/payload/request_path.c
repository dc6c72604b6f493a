#include "payload/request.h"

#include <inttypes.h>
#include <string.h>

static const char *api_name(js_kind kind) {
    return kind == JS_DEPLOYMENT ? "deployments" : "builds";
}

void js_payload_bulk_path(js_buf *out, js_kind kind, const char *cloud_id) {
    js_buf_addf(out, "/jira/%s/0.1/cloud/%s/bulk", api_name(kind), cloud_id);
}

/* Appends one path segment: all but the unreserved characters of RFC 3986 as %XX. */
static void add_segment(js_buf *out, const char *text) {
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_~";
    /* A segment of dots alone would be taken as a step up the path. */
    bool dots_only = strspn(text, ".") == strlen(text);
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr(unreserved, *at) != NULL || (*at == '.' && !dots_only)) {
            js_buf_add(out, at, 1);
        } else {
            js_buf_addf(out, "%%%02X", (unsigned)(unsigned char)*at);
        }
    }
}

void js_payload_gate_path(js_buf *out, const char *cloud_id, const char *pipeline_id,
                          const char *environment_id, int64_t number) {
    js_buf_addf(out, "/jira/%s/0.1/cloud/%s/pipelines/", api_name(JS_DEPLOYMENT), cloud_id);
    add_segment(out, pipeline_id);
    js_buf_add_text(out, "/environments/");
    add_segment(out, environment_id);
    js_buf_addf(out, "/deployments/%" PRId64 "/gating-status", number);
}
