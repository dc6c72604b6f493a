/* What receipts say. */
#include "outbox/words.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

#define EXPIRED "Expired: it could not be delivered within 30 days."

static const char *default_words(js_status status) {
    switch (status) {
    case JS_STATUS_ACCEPTED:
        return JS_WORDS_ACCEPTED;
    case JS_STATUS_SKIPPED:
        return "There is nothing in Jira to associate it with.";
    case JS_STATUS_SUPERSEDED:
        return "A newer update was accepted instead.";
    case JS_STATUS_REJECTED:
        return "Jira rejected it.";
    case JS_STATUS_RELAYED:
        return JS_WORDS_RELAYED;
    case JS_STATUS_QUEUED:
    case JS_STATUS_HELD:
    default:
        return "Waiting to be sent.";
    }
}

static bool said(const char *text) {
    return text != NULL && text[0] != '\0';
}

/* What stops the whole lane says more than what an event itself met last. */
static const char *waiting_words(const js_fate *fate, js_receipt *receipt) {
    bool held = fate->lane_held || fate->site_held || fate->forbidden;
    receipt->status = held ? JS_STATUS_HELD : JS_STATUS_QUEUED;
    receipt->forbidden = fate->forbidden;
    bool of_site = fate->site_held || (!fate->lane_held && said(fate->site_message));
    const char *words = of_site ? fate->site_message : fate->lane_message;
    if (said(words)) {
        receipt->http_status = of_site ? fate->site_http_status : fate->lane_http_status;
        return words;
    }
    return fate->message;
}

static bool write_words(js_receipt *receipt, const char *words) {
    receipt->message = js_copy(said(words) ? words : default_words(receipt->status));
    return receipt->message != NULL;
}

bool js_words_receipt(const js_fate *fate, int64_t now_ms, js_receipt *receipt) {
    receipt->status = fate->status;
    receipt->http_status = fate->http_status;
    receipt->attempts = fate->attempts;
    if (fate->status != JS_STATUS_QUEUED) {
        return write_words(receipt, fate->message);
    }
    const char *words = waiting_words(fate, receipt);
    if (fate->queued_ms >= now_ms - JS_KEEP_MS) {
        return write_words(receipt, words);
    }
    char expired[JIRASEND_ERROR_MESSAGE_SIZE];
    if (!write_words(receipt, words)) {
        return false;
    }
    js_words_expired(expired, sizeof expired, receipt);
    free(receipt->message);
    receipt->status = JS_STATUS_REJECTED;
    return write_words(receipt, expired);
}

static unsigned with_relayed(unsigned asked) {
    bool queued = (asked & 1U << JS_STATUS_QUEUED) != 0;
    return queued ? asked | 1U << JS_STATUS_RELAYED : asked;
}

int64_t js_statuses_stored(unsigned asked) {
    const unsigned waits = 1U << JS_STATUS_QUEUED | 1U << JS_STATUS_HELD | 1U << JS_STATUS_REJECTED;
    if (asked == 0) {
        return INT32_MAX;
    }
    return (int64_t)(with_relayed(asked) | ((asked & waits) != 0 ? 1U << JS_STATUS_QUEUED : 0));
}

bool js_status_wanted(unsigned asked, js_status status) {
    return asked == 0 || (with_relayed(asked) & 1U << status) != 0;
}

bool js_fate_forgotten(const js_fate *fate, int64_t now_ms) {
    if (fate->status == JS_STATUS_QUEUED) {
        return fate->queued_ms < now_ms - JS_KEEP_MS - JS_KEEP_DEAD_MS;
    }
    return fate->settled_ms < now_ms - (fate->open ? JS_KEEP_DEAD_MS : JS_KEEP_MS);
}

void js_words_expired(char *out, size_t size, const js_receipt *receipt) {
    bool untried = receipt->attempts == 0 && receipt->status != JS_STATUS_HELD;
    (void)snprintf(out, size, "%s%s%.400s", EXPIRED,
                   untried ? "" : " Last: ", untried ? "" : receipt->message);
}
