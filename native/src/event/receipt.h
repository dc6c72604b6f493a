/* What became of an event. */
#ifndef JS_EVENT_RECEIPT_H
#define JS_EVENT_RECEIPT_H

#include "base/buf.h"
#include "base/strings.h"
#include "event/event.h"

typedef enum js_status {
    JS_STATUS_QUEUED, /* waiting, or on its way */
    JS_STATUS_HELD,   /* waiting until somebody fixes credentials, permission or site */
    JS_STATUS_ACCEPTED,
    JS_STATUS_SKIPPED,    /* nothing to associate, or Jira knows none of its keys */
    JS_STATUS_SUPERSEDED, /* a newer update of the same thing was accepted instead */
    JS_STATUS_REJECTED,   /* dead letter */
    JS_STATUS_RELAYED     /* a relay has it and sends it to Jira; people read: queued */
} js_status;

typedef struct js_receipt {
    int64_t id;
    int64_t relay_id; /* its number in the relay's outbox; 0: no relay has it */
    char *request_id; /* null when none */
    js_kind kind;
    char *site; /* canonical name */
    js_status status;
    bool forbidden; /* HELD: the relay takes the others of its lane, and not this one */
    js_strings issue_keys;
    js_strings unknown_issue_keys;
    int64_t dropped_keys;
    char *message; /* a sentence; never null */
    int http_status;
    int attempts;
    char *facts; /* a JSON object that says which thing it is about (document.h); null: not known */
    int64_t submitted_at_ms; /* 0: not known */
    int64_t settled_at_ms;   /* 0: it waits */
} js_receipt;

void js_receipt_init(js_receipt *receipt);
void js_receipt_clear(js_receipt *receipt);
const char *js_status_name(js_status status);
/*
 * Accepted, skipped, superseded, rejected: it will not change any more by itself. Relayed: not in
 * this outbox.
 */
bool js_status_settled(js_status status);
/* The receipt document, owned by the caller; null when memory is short. */
struct json_object *js_receipt_json(const js_receipt *receipt);
/*
 * Appends the receipt document, one line without a line break, members in the documented order.
 * Every member is always there but requestId, the facts, and the times that are not known.
 */
void js_receipt_write(js_buf *out, const js_receipt *receipt);

#endif
