/* GET .../gating-status */
#include "sandbox.h"

#include "event/json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void write_time(js_buf *out, int64_t ms) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    char text[32];
    if (gmtime_r(&seconds, &utc) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc) == 0) {
        out->failed = true;
        return;
    }
    js_buf_addf(out, "\"%s.%03dZ\"", text, (int)(ms % 1000));
}

/* Jira names the issues that a gate waits for. */
static void write_details(js_buf *out, const sb_sandbox *sandbox, const sb_item *item) {
    json_object *keys =
        js_json_parse(item->issue_keys, strlen(item->issue_keys), JS_JSON_STRICT, NULL);
    size_t count = json_object_is_type(keys, json_type_array) ? json_object_array_length(keys) : 0;
    js_buf_add_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(keys, i));
        js_buf_addf(out,
                    "%s{\"type\":\"issue\",\"issueKey\":\"%s\",\"issueLink\":\"%s/browse/%s\"}",
                    i == 0 ? "" : ",", key, sandbox->base_url, key);
    }
    js_buf_add_text(out, "]");
    json_object_put(keys);
}

void sb_gate_endpoint(sb_call *call, const char *pipeline, const char *environment,
                      const char *number_text) {
    int64_t number = sb_parse_number(number_text, strlen(number_text));
    char *key = sb_key_deployment(pipeline, environment, number);
    if (key == NULL) {
        call->answer->body.failed = true;
        return;
    }
    const sb_item *item = sb_store_find(&call->sandbox->store, SB_DEPLOYMENT, key);
    free(key);
    if (number < 0 || item == NULL || item->gate == SB_GATE_NONE) {
        sb_answer_json(call->answer, 404);
        js_buf_add_text(&call->answer->body,
                        "[{\"message\":\"No data found for the given deployment ID.\"}]");
        return;
    }
    js_buf *out = &call->answer->body;
    sb_answer_json(call->answer, 200);
    js_buf_addf(out, "{\"deploymentSequenceNumber\":%lld,\"pipelineId\":", (long long)number);
    js_json_write_string(out, pipeline);
    js_buf_add_text(out, ",\"environmentId\":");
    js_json_write_string(out, environment);
    js_buf_add_text(out, ",\"updatedTimestamp\":");
    write_time(out, item->gate_ms);
    js_buf_addf(out, ",\"gatingStatus\":\"%s\",\"details\":", sb_gate_name(item->gate));
    write_details(out, call->sandbox, item);
    js_buf_add_text(out, "}");
}
