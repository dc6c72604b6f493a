/* A relay, which takes documents and says a line of each. */
#include "delivery/cargo.h"
#include "delivery/delivery_internal.h"
#include "delivery/destination.h"
#include "event/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Receipts repeat most of a document; an answer has no more than 1 MiB. */
enum { BODY_MAX = 400 * 1024, REQUEST_ID_SIZE = 64 };

/*
 * The requestId of an event that has none: the same whoever sends it from this outbox, and however
 * often, as the key is the outbox's own.
 */
static bool make_request_id(const js_load *load, const js_outgoing *item,
                            char request_id[REQUEST_ID_SIZE]) {
    js_outbox *outbox = load->delivery->outbox;
    js_buf text = JS_BUF_INIT;
    uint64_t number = 0;
    js_buf_addf(&text, "%" PRId64 "\n", item->id);
    js_document_write(&text, &item->event);
    bool made = !text.failed && outbox->ops->fingerprint(outbox, text.data, text.length, &number,
                                                         NULL) == JIRASEND_OK;
    (void)snprintf(request_id, REQUEST_ID_SIZE, "jirasend-%016" PRIx64 "-%" PRId64, number,
                   item->id);
    js_buf_clear(&text);
    return made;
}

bool js_relay_site_among(const char *sites, const char *site) {
    size_t length = strlen(site);
    while (*sites != '\0') {
        size_t line = strcspn(sites, "\n");
        if (line == length && memcmp(sites, site, length) == 0) {
            return true;
        }
        sites += line + (sites[line] == '\n' ? 1 : 0);
    }
    return false;
}

static bool add_document(const js_load *load, const js_outgoing *item, js_buf *body) {
    char request_id[REQUEST_ID_SIZE] = "";
    if (item->event.request_id == NULL && !make_request_id(load, item, request_id)) {
        return false;
    }
    /* It may have been stored when the relay had another address. */
    const char *site = item->event.site.name;
    bool nameless = js_relay_site_among(load->delivery->nameless_sites, site);
    js_document_write_post(body, &item->event, request_id, nameless ? site : "");
    js_buf_add(body, "\n", 1);
    return !body->failed;
}

static bool load_documents(const js_load *load, js_batch *batch, js_buf *url, js_buf *body,
                           js_net_request *request) {
    size_t most = load->max_bytes < BODY_MAX ? (size_t)load->max_bytes : BODY_MAX;
    size_t end = 0; /* of the documents that fit; the first always does */
    for (size_t i = 0; i < batch->count; i++) {
        if (!add_document(load, &batch->items[i], body)) {
            return false;
        }
        if (i > 0 && body->length > most) {
            body->length = end;
            body->data[end] = '\0';
            js_cargo_unload(batch, i);
            break;
        }
        end = body->length;
    }
    request->method = JS_NET_POST;
    request->lines = true;
    request->certificate = true;
    js_buf_add_text(url, "/v1/events");
    return true;
}

/* 200 has lines; where no event was taken, the errors say why, event by event. */
static bool judges(const js_net_answer *answer) {
    int status = answer->status;
    return answer->failure == JS_NET_ANSWERED && (status == 200 || status == 403 || status == 422);
}

static bool read_lines(js_item_answer *items, const js_lane *lane, const js_batch *batch,
                       const js_net_answer *answer, js_result *result) {
    (void)lane;
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    bool lines = answer->status == 200;
    result->by_event = js_answer_relay(items, batch->count, lines, body, answer->body.length,
                                       &error) == JIRASEND_OK;
    if (!result->by_event && lines) {
        js_result_nonsense(result, error.message);
    }
    return result->by_event;
}

const js_destination js_destination_relay = {
    .endpoint = JS_ENDPOINT_RELAY,
    .sent = "It was sent to the relay, and there is no answer yet.",
    .holds_events = true,
    .load = load_documents,
    .judges = judges,
    .read = read_lines,
};
