/* The question for a deployment's gate. */
#include "delivery/question.h"
#include "payload/request.h"

#include <stdio.h>

static js_api api(const js_inquiry *inquiry) {
    (void)inquiry;
    return JS_API_DEPLOYMENTS;
}

static js_net_method write_path(const js_inquiry *inquiry, js_buf *path, js_buf *body) {
    (void)body;
    js_payload_gate_path(path, inquiry->cloud_id, inquiry->pipeline_id, inquiry->environment_id,
                         inquiry->number);
    return JS_NET_GET;
}

static void read_gate(js_inquiry *inquiry, const js_net_answer *answer, js_result *result) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    if (js_answer_gate(&inquiry->gate_answer, inquiry->pipeline_id, inquiry->environment_id,
                       inquiry->number, body, answer->body.length, &error) != JIRASEND_OK) {
        js_result_nonsense(result, error.message);
    }
}

static bool conclude(js_delivery *delivery, js_inquiry *inquiry, const js_result *result,
                     js_action action) {
    if (action == JS_ACTION_SETTLE) {
        if (result->status == 404) {
            inquiry->gate_answer.gate = JS_GATE_UNKNOWN;
        }
    } else if (action == JS_ACTION_REJECT) { /* to ask once more would not change it */
        inquiry->gate_answer.gate = JS_GATE_INVALID;
        (void)snprintf(inquiry->answer.message, sizeof inquiry->answer.message,
                       "Jira finds the question for this gate invalid (HTTP %d).%s%.300s",
                       result->status, result->words[0] != '\0' ? " It says: " : "", result->words);
    } else {
        js_inquiry_fail(delivery, inquiry, result, action);
    }
    return true;
}

const js_question js_question_gate = {.endpoint = JS_ENDPOINT_GATE,
                                      .api = api,
                                      .write = write_path,
                                      .read = read_gate,
                                      .conclude = conclude};
