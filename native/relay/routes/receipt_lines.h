/* Receipts as the relay shows them. */
#ifndef RELAY_ROUTES_RECEIPT_LINES_H
#define RELAY_ROUTES_RECEIPT_LINES_H

#include "relay/life/relay.h"
#include "relay/listen/exchange.h"

#include "base/buf.h"

#include <json-c/json.h>

/* Which receipt, and how it is told. */
typedef struct rl_receipt_of {
    int64_t id;
    int64_t index;     /* told first; negative: not told */
    bool as_committed; /* as it was at the commit, whatever Jira has said since */
} rl_receipt_of;

/*
 * Appends the receipt of an event without a line break. One that cannot be read now is told as queued,
 * which it was when it was committed.
 */
void rl_receipt_line(js_buf *out, rl_relay *relay, rl_receipt_of which);

/* The same of a receipt that is at hand, as of the commit. */
void rl_receipt_told(js_buf *out, const char *receipt, rl_receipt_of which);

/* The same for many, whose ids mostly ascend: what waits is read a page at a time. */
typedef struct rl_receipt_pages {
    rl_relay *relay;
    size_t left;       /* lines that are still to come */
    json_object *page; /* of the outbox; null: none yet */
    size_t asked;      /* receipts for it; fewer came when there are no more */
} rl_receipt_pages;
void rl_receipt_pages_line(rl_receipt_pages *pages, js_buf *out, rl_receipt_of which);
void rl_receipt_pages_clear(rl_receipt_pages *pages);

/* Whether the caller may know of the event that this receipt, a parsed document, is about. */
bool rl_receipt_visible(const rl_exchange *exchange, json_object *receipt);

#endif
