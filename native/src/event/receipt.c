/* Receipts as documents. */
#include "event/receipt.h"

#include "base/timestamp.h"
#include "event/json.h"

#include <stdlib.h>
#include <string.h>

void js_receipt_init(js_receipt *receipt) {
    *receipt = (js_receipt){.kind = JS_KIND_BUILD, .status = JS_STATUS_QUEUED};
}

void js_receipt_clear(js_receipt *receipt) {
    free(receipt->request_id);
    free(receipt->site);
    free(receipt->message);
    free(receipt->facts);
    js_strings_clear(&receipt->issue_keys);
    js_strings_clear(&receipt->unknown_issue_keys);
    js_receipt_init(receipt);
}

const char *js_status_name(js_status status) {
    switch (status) {
    case JS_STATUS_QUEUED:
        return "queued";
    case JS_STATUS_HELD:
        return "held";
    case JS_STATUS_ACCEPTED:
        return "accepted";
    case JS_STATUS_SKIPPED:
        return "skipped";
    case JS_STATUS_SUPERSEDED:
        return "superseded";
    case JS_STATUS_REJECTED:
        return "rejected";
    case JS_STATUS_RELAYED:
        break;
    }
    return "queued";
}

bool js_status_settled(js_status status) {
    return status != JS_STATUS_QUEUED && status != JS_STATUS_HELD;
}

/* Members that are there already stay as they are. */
static bool put_facts(json_object *object, const char *text) {
    if (text == NULL) {
        return true;
    }
    json_object *facts = js_json_parse(text, strlen(text), JS_JSON_STRICT, NULL);
    if (facts == NULL) {
        return false;
    }
    bool good = true;
    json_object_object_foreach(facts, name, value) {
        if (good && !json_object_object_get_ex(object, name, NULL)) {
            good = json_object_object_add(object, name, json_object_get(value)) == 0;
        }
    }
    json_object_put(facts);
    return good;
}

static bool put_stamp(json_object *object, const char *name, int64_t ms) {
    char stamp[JS_TIMESTAMP_SIZE];
    if (ms == 0) {
        return true;
    }
    js_timestamp_format(ms, stamp);
    return js_json_put_text(object, name, stamp);
}

static bool put_receipt(json_object *object, const js_receipt *receipt) {
    return js_json_put_number(object, "id", receipt->id) &&
           (receipt->relay_id == 0 || js_json_put_number(object, "relayId", receipt->relay_id)) &&
           js_json_put_text(object, "requestId", receipt->request_id) &&
           js_json_put_text(object, "kind", js_kind_name(receipt->kind)) &&
           js_json_put_text(object, "site", receipt->site == NULL ? "" : receipt->site) &&
           js_json_put_text(object, "status", js_status_name(receipt->status)) &&
           js_json_put_texts(object, "issueKeys", &receipt->issue_keys) &&
           js_json_put_texts(object, "unknownIssueKeys", &receipt->unknown_issue_keys) &&
           js_json_put_number(object, "droppedKeys", receipt->dropped_keys) &&
           js_json_put_text(object, "message", receipt->message == NULL ? "" : receipt->message) &&
           js_json_put_number(object, "httpStatus", receipt->http_status) &&
           js_json_put_number(object, "attempts", receipt->attempts) &&
           put_facts(object, receipt->facts) &&
           put_stamp(object, "submittedAt", receipt->submitted_at_ms) &&
           put_stamp(object, "settledAt", receipt->settled_at_ms);
}

json_object *js_receipt_json(const js_receipt *receipt) {
    json_object *object = json_object_new_object();
    if (!put_receipt(object, receipt)) {
        json_object_put(object);
        return NULL;
    }
    return object;
}

void js_receipt_write(js_buf *out, const js_receipt *receipt) {
    json_object *object = js_receipt_json(receipt);
    js_json_write_built(out, object, object != NULL);
}
