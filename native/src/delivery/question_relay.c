/* The questions to a relay: a gate, what became of an event, and whom it takes us for. */
#include "base/error.h"
#include "base/text.h"
#include "delivery/question.h"
#include "event/json.h"

#include <inttypes.h>
#include <string.h>

static js_api api(const js_inquiry *inquiry) {
    (void)inquiry;
    return JS_API_DEPLOYMENTS; /* a relay's answers name what they are about */
}

static void add_query(js_buf *path, char before, const char *name, const char *value) {
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~";
    js_buf_addf(path, "%c%s=", before, name);
    for (const char *at = value; *at != '\0'; at++) {
        if (strchr(unreserved, *at) != NULL) {
            js_buf_add(path, at, 1);
        } else {
            js_buf_addf(path, "%%%02X", (unsigned)(unsigned char)*at);
        }
    }
}

static js_net_method write_gate(const js_inquiry *inquiry, js_buf *path, js_buf *body) {
    (void)body;
    js_buf_add_text(path, "/v1/gates");
    add_query(path, '?', "pipelineId", inquiry->pipeline_id);
    add_query(path, '&', "environmentId", inquiry->environment_id);
    js_buf_addf(path, "&number=%" PRId64, inquiry->number);
    if (!inquiry->nameless) {
        add_query(path, '&', "site", inquiry->site);
    }
    return JS_NET_GET;
}

static js_net_method write_receipt(const js_inquiry *inquiry, js_buf *path, js_buf *body) {
    (void)body;
    js_buf_addf(path, "/v1/receipts/%" PRId64 "?wait=%d", inquiry->relay_id, inquiry->wait_s);
    return JS_NET_GET;
}

static js_net_method write_whoami(const js_inquiry *inquiry, js_buf *path, js_buf *body) {
    (void)inquiry;
    (void)body;
    js_buf_add_text(path, "/v1/whoami");
    return JS_NET_GET;
}

/* Those who show an answer go through its lists and take for granted that they hold texts. */
static bool lists_hold_texts(json_object *object) {
    static const char *const lists[] = {"issueKeys", "issueLinks", "unknownIssueKeys"};
    bool good = true;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && good; i++) {
        json_object *list = js_json_member_of(object, lists[i]);
        good = list == NULL || json_object_is_type(list, json_type_array);
        for (size_t k = 0; k < js_json_length_of(list) && good; k++) {
            good = json_object_is_type(json_object_array_get_idx(list, k), json_type_string);
        }
    }
    return good;
}

static void read_object(js_inquiry *inquiry, const js_net_answer *answer, js_result *result,
                        const char *member) {
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    json_object *object = js_json_parse(body, answer->body.length, JS_JSON_ANSWER, NULL);
    json_object *needed = NULL;
    bool good = json_object_is_type(object, json_type_object) &&
                json_object_object_get_ex(object, member, &needed) &&
                json_object_is_type(needed, json_type_string) && lists_hold_texts(object);
    json_object_put(inquiry->json);
    inquiry->json = good ? object : NULL;
    if (!good) {
        json_object_put(object);
        js_result_nonsense(result, "It is not what a relay answers.");
    }
}

static void read_status(js_inquiry *inquiry, const js_net_answer *answer, js_result *result) {
    read_object(inquiry, answer, result, "status");
}

static void read_name(js_inquiry *inquiry, const js_net_answer *answer, js_result *result) {
    read_object(inquiry, answer, result, "name");
}

static bool conclude(js_delivery *delivery, js_inquiry *inquiry, const js_result *result,
                     js_action action) {
    if (action != JS_ACTION_SETTLE) {
        js_inquiry_fail(delivery, inquiry, result, action);
    }
    return true;
}

const js_question js_question_relay_gate = {.endpoint = JS_ENDPOINT_RELAY,
                                            .api = api,
                                            .write = write_gate,
                                            .read = read_status,
                                            .conclude = conclude};
const js_question js_question_receipt = {.endpoint = JS_ENDPOINT_RELAY,
                                         .api = api,
                                         .write = write_receipt,
                                         .read = read_status,
                                         .conclude = conclude};
const js_question js_question_whoami = {.endpoint = JS_ENDPOINT_RELAY,
                                        .api = api,
                                        .write = write_whoami,
                                        .read = read_name,
                                        .conclude = conclude};
