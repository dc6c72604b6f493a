/* Jira's bulk APIs. */
#include "base/assert.h"
#include "delivery/cargo.h"
#include "delivery/destination.h"
#include "payload/request.h"

#include <string.h>

/* One DELETE of what the deletion names. */
static bool load_deletion(const js_load *load, const js_batch *batch, js_buf *url,
                          js_net_request *request) {
    const js_outgoing *item = &batch->items[0];
    js_assert(batch->count == 1);
    request->method = JS_NET_DELETE;
    js_payload_delete_path(url, &item->event, item->sequence, load->grant->cloud_id);
    return true;
}

/* One POST of all that the batch tells. */
static bool load_bulk(const js_load *load, js_batch *batch, js_buf *url, js_buf *body,
                      js_net_request *request) {
    if (batch->items[0].event.deletion) {
        return load_deletion(load, batch, url, request);
    }
    request->method = JS_NET_POST;
    js_payload_bulk_path(url, load->lane->api, load->grant->cloud_id);
    return js_cargo_load(body, batch, load->max_bytes);
}

static bool judges(const js_net_answer *answer) {
    return answer->failure == JS_NET_ANSWERED && answer->status == 202;
}

/* It has no lists: it is taken as a whole, there or not. But a page comes from a gateway, not from Jira. */
static bool read_deletion(js_item_answer *item, const char *body, js_result *result) {
    if (body[strspn(body, " \t\r\n")] == '<') {
        js_result_nonsense(result, "The answer to the deletion is a web page, not Jira's.");
        return false;
    }
    item->verdict = JS_VERDICT_TAKEN;
    return true;
}

static bool read_lists(js_item_answer *items, const js_lane *lane, const js_batch *batch,
                       const js_net_answer *answer, js_result *result) {
    const js_event *events[JS_BATCH_MAX_EVENTS];
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    if (batch->items[0].event.deletion) {
        return read_deletion(&items[0], body, result);
    }
    for (size_t i = 0; i < batch->count; i++) {
        events[i] = &batch->items[i].event;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    bool good = js_answer_bulk(items, lane->api, events, batch->count, body, answer->body.length,
                               &error) == JIRASEND_OK;
    if (!good) {
        js_result_nonsense(result, error.message);
    }
    return good;
}

const js_destination js_destination_jira = {
    .endpoint = JS_ENDPOINT_BULK,
    .sent = "It was sent to Jira, and there is no answer yet.",
    .load = load_bulk,
    .judges = judges,
    .read = read_lists,
};
