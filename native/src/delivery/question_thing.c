/* The question what Jira has of one thing. */
#include "delivery/question.h"
#include "payload/request.h"

static js_api api(const js_inquiry *inquiry) {
    return js_kind_api(inquiry->event->kind);
}

static js_net_method write_path(const js_inquiry *inquiry, js_buf *path, js_buf *body) {
    (void)body;
    js_payload_read_path(path, inquiry->event, inquiry->cloud_id);
    return JS_NET_GET;
}

static void read_thing(js_inquiry *inquiry, const js_net_answer *answer, js_result *result) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    if (js_answer_thing(&inquiry->thing_answer, inquiry->event, body, answer->body.length,
                        &error) != JIRASEND_OK) {
        js_result_nonsense(result, error.message);
    }
}

static bool conclude(js_delivery *delivery, js_inquiry *inquiry, const js_result *result,
                     js_action action) {
    if (action != JS_ACTION_SETTLE) {
        js_inquiry_fail(delivery, inquiry, result, action);
    } else if (result->status == 404) {
        inquiry->thing_answer.thing = JS_THING_GONE;
    }
    return true;
}

const js_question js_question_thing = {.endpoint = JS_ENDPOINT_THING,
                                       .api = api,
                                       .write = write_path,
                                       .read = read_thing,
                                       .conclude = conclude};
