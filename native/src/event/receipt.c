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

static bool write_stamp(js_json_out *object, const char *name, int64_t ms) {
    char stamp[JS_TIMESTAMP_SIZE];
    if (ms == 0) {
        return true;
    }
    js_timestamp_format(ms, stamp);
    return js_write_text(object, name, stamp);
}

static bool write_members(js_json_out *object, const js_receipt *receipt) {
    return js_write_number(object, "id", receipt->id) &&
           (receipt->relay_id == 0 || js_write_number(object, "relayId", receipt->relay_id)) &&
           js_write_text(object, "requestId", receipt->request_id) &&
           js_write_text(object, "kind", js_kind_name(receipt->kind)) &&
           js_write_text(object, "site", receipt->site == NULL ? "" : receipt->site) &&
           js_write_text(object, "status", js_status_name(receipt->status)) &&
           js_write_texts(object, "issueKeys", &receipt->issue_keys) &&
           js_write_texts(object, "unknownIssueKeys", &receipt->unknown_issue_keys) &&
           js_write_number(object, "droppedKeys", receipt->dropped_keys) &&
           js_write_text(object, "message", receipt->message == NULL ? "" : receipt->message) &&
           js_write_number(object, "httpStatus", receipt->http_status) &&
           js_write_number(object, "attempts", receipt->attempts) &&
           (receipt->facts == NULL || js_write_members(object, receipt->facts)) &&
           write_stamp(object, "submittedAt", receipt->submitted_at_ms) &&
           write_stamp(object, "settledAt", receipt->settled_at_ms);
}

void js_receipt_write(js_buf *out, const js_receipt *receipt) {
    js_json_writer writer;
    js_json_out *object = js_write_begin(&writer, out);
    js_write_end(&writer, write_members(object, receipt));
}

json_object *js_receipt_json(const js_receipt *receipt) {
    js_buf text = JS_BUF_INIT;
    js_receipt_write(&text, receipt);
    json_object *object =
        text.failed ? NULL : js_json_parse(text.data, text.length, JS_JSON_STRICT, NULL);
    js_buf_clear(&text);
    return object;
}
