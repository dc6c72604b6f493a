#include "event/receipt.h"

#include "event/json.h"

#include <inttypes.h>
#include <stdlib.h>

void js_receipt_init(js_receipt *receipt) {
    *receipt = (js_receipt){.kind = JS_BUILD, .status = JS_QUEUED};
}

void js_receipt_free(js_receipt *receipt) {
    free(receipt->request_id);
    free(receipt->site);
    free(receipt->message);
    js_strings_free(&receipt->issue_keys);
    js_strings_free(&receipt->unknown_issue_keys);
    js_receipt_init(receipt);
}

const char *js_status_name(js_status status) {
    switch (status) {
    case JS_QUEUED:
        return "queued";
    case JS_HELD:
        return "held";
    case JS_ACCEPTED:
        return "accepted";
    case JS_SKIPPED:
        return "skipped";
    case JS_SUPERSEDED:
        return "superseded";
    case JS_REJECTED:
        return "rejected";
    }
    return "queued";
}

bool js_status_settled(js_status status) {
    return status != JS_QUEUED && status != JS_HELD;
}

static void write_text(js_buf *out, const char *name, const char *text) {
    js_buf_addf(out, "\"%s\":", name);
    js_json_write_string(out, text == NULL ? "" : text);
    js_buf_add_text(out, ",");
}

static void write_list(js_buf *out, const char *name, const js_strings *list) {
    js_buf_addf(out, "\"%s\":[", name);
    for (size_t i = 0; i < list->count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        js_json_write_string(out, list->items[i]);
    }
    js_buf_add_text(out, "],");
}

void js_receipt_write(js_buf *out, const js_receipt *receipt) {
    js_buf_addf(out, "{\"id\":%" PRId64 ",", receipt->id);
    if (receipt->request_id != NULL) {
        write_text(out, "requestId", receipt->request_id);
    }
    write_text(out, "kind", js_kind_name(receipt->kind));
    write_text(out, "site", receipt->site);
    write_text(out, "status", js_status_name(receipt->status));
    write_list(out, "issueKeys", &receipt->issue_keys);
    write_list(out, "unknownIssueKeys", &receipt->unknown_issue_keys);
    js_buf_addf(out, "\"droppedKeys\":%" PRId64 ",", receipt->dropped_keys);
    write_text(out, "message", receipt->message);
    js_buf_addf(out, "\"httpStatus\":%d,\"attempts\":%d}", receipt->http_status, receipt->attempts);
}
