/* What receipts say, and what of an event that is too old still counts. */
#ifndef JS_OUTBOX_WORDS_H
#define JS_OUTBOX_WORDS_H

#include "outbox/store.h"

#define JS_WORDS_ACCEPTED "Jira has it."
#define JS_WORDS_RELAYED "The relay has it and will send it to Jira."
#define JS_WORDS_SUPERSEDED "A newer update of it was accepted instead."
#define JS_WORDS_DELETED "It was deleted in Jira instead."
#define JS_WORDS_DAMAGED "Its stored document is damaged. The event cannot be sent; send it again."
#define JS_WORDS_DROPPED "Dropped by hand."

/* What a row says of an event; all texts may be null. */
typedef struct js_fate {
    js_status status;
    bool open;
    int64_t queued_ms, settled_ms;
    const char *message;
    int http_status, attempts;
    bool forbidden; /* by a relay, and held by itself */
    /* What stops its lane and its site. */
    bool lane_held, site_held;
    int lane_http_status, site_http_status;
    const char *lane_message, *site_message;
} js_fate;

/*
 * Fills in status, message and HTTP status of a receipt. An event that has waited for too long is
 * expired, whether or not somebody has come to write that down. False: memory is short.
 */
bool js_words_receipt(const js_fate *fate, int64_t now_ms, js_receipt *receipt);

/*
 * Statuses that are asked for, a bit each (0: all), as they are stored: held and expired events are
 * waiting ones there, and what a relay has reads as queued. And whether a receipt's is among them.
 */
int64_t js_statuses_stored(unsigned asked);
bool js_status_wanted(unsigned asked, js_status status);

/* Whether it is forgotten: nothing is known of it any more, though its row may still be there. */
bool js_fate_forgotten(const js_fate *fate, int64_t now_ms);

/* The sentence of an event that waited for too long, from the receipt that it had. */
void js_words_expired(char *out, size_t size, const js_receipt *receipt);

#endif
