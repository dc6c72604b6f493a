/*
 * The questions which APIs the credentials may use. Each is asked for something that cannot be there.
 * Credentials that may send and not read are told from those that may do neither by an empty list, which
 * can store nothing.
 */
#include "delivery/question.h"
#include "payload/request.h"

static js_api api(const js_inquiry *inquiry) {
    return inquiry->api;
}

static js_net_method write_request(const js_inquiry *inquiry, js_buf *path, js_buf *body) {
    if (inquiry->by_writing) {
        js_payload_bulk_path(path, inquiry->api, inquiry->cloud_id);
        js_payload_empty(body, inquiry->api);
        return JS_NET_POST;
    }
    js_payload_absent_path(path, inquiry->api, inquiry->absent, inquiry->cloud_id);
    return JS_NET_GET;
}

/* What is found there is no answer to the question. */
static void read_nothing(js_inquiry *inquiry, const js_net_answer *answer, js_result *result) {
    (void)inquiry;
    (void)answer;
    (void)result;
}

static js_permission judge(const js_inquiry *inquiry, const js_result *result) {
    if (result->failure != JS_NET_ANSWERED) {
        return JS_PERMISSION_NOT_KNOWN;
    }
    if (result->status == 403) {
        return JS_PERMISSION_NO;
    }
    if (inquiry->by_writing) {
        return result->status == 400 ? JS_PERMISSION_WRITE_ONLY : JS_PERMISSION_NOT_KNOWN;
    }
    return result->status == 404 ? JS_PERMISSION_YES : JS_PERMISSION_NOT_KNOWN;
}

static bool conclude(js_delivery *delivery, js_inquiry *inquiry, const js_result *result,
                     js_action action) {
    (void)delivery;
    (void)action;
    js_permission found = judge(inquiry, result);
    if (found == JS_PERMISSION_NO && !inquiry->by_writing) {
        inquiry->by_writing = true;
        return false;
    }
    inquiry->permissions[inquiry->api] = found;
    inquiry->by_writing = false;
    if ((int)inquiry->api == JS_API_LAST) {
        return true;
    }
    inquiry->api = (js_api)(inquiry->api + 1);
    return false;
}

const js_question js_question_permissions = {.endpoint = JS_ENDPOINT_THING,
                                             .api = api,
                                             .write = write_request,
                                             .read = read_nothing,
                                             .conclude = conclude};
