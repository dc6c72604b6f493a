/* Not a question but an order: to delete all that has certain properties. */
#include "delivery/question.h"
#include "payload/request.h"

#include <stdio.h>

static js_api api(const js_inquiry *inquiry) {
    return inquiry->api;
}

static js_net_method write_path(const js_inquiry *inquiry, js_buf *path, js_buf *body) {
    (void)body;
    js_payload_properties_path(path, inquiry->api, inquiry->cloud_id, inquiry->properties,
                               inquiry->property_count);
    return JS_NET_DELETE;
}

/* 202 has nothing to read. */
static void read_nothing(js_inquiry *inquiry, const js_net_answer *answer, js_result *result) {
    (void)inquiry;
    (void)answer;
    (void)result;
}

static bool conclude(js_delivery *delivery, js_inquiry *inquiry, const js_result *result,
                     js_action action) {
    if (action == JS_ACTION_REJECT) {
        inquiry->answer.readiness = JS_ACCESS_FAILED;
        inquiry->answer.code = JIRASEND_E_DOCUMENT;
        inquiry->answer.http_status = result->status;
        (void)snprintf(inquiry->answer.message, sizeof inquiry->answer.message,
                       "Jira refuses to delete by these properties (HTTP %d).%s%.300s",
                       result->status, result->words[0] != '\0' ? " It says: " : "", result->words);
    } else if (action != JS_ACTION_SETTLE) {
        js_inquiry_fail(delivery, inquiry, result, action);
    }
    return true;
}

const js_question js_question_deletion = {.endpoint = JS_ENDPOINT_DELETION,
                                          .api = api,
                                          .write = write_path,
                                          .read = read_nothing,
                                          .conclude = conclude};
