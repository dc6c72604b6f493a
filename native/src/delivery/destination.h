/* Where batches go: to Jira's bulk APIs, or to a relay. Internal to couriers and inquiries. */
#ifndef JS_DELIVERY_DESTINATION_H
#define JS_DELIVERY_DESTINATION_H

#include "auth/access.h"
#include "auth/result.h"
#include "outbox/outbox.h"
#include "payload/answer.h"

typedef struct js_delivery js_delivery;

/* What there is to know when a batch is made a request. */
typedef struct js_load {
    const js_lane *lane;
    int64_t max_bytes; /* of the body */
    const js_grant *grant;
    const js_delivery *delivery;
} js_load;

typedef struct js_destination {
    js_endpoint endpoint;
    const char *sent;  /* the sentence while an answer is awaited */
    bool holds_events; /* it may forbid a single event */
    /*
     * Appends path and body, fills in the rest of the request, and lets go of events at the end of
     * the batch that do not fit. False: out of memory.
     */
    bool (*load)(const js_load *load, js_batch *batch, js_buf *url, js_buf *body,
                 js_net_request *request);
    /* Whether such an answer says something of each event. */
    bool (*judges)(const js_net_answer *answer);
    /* Reads that; one element for each event. False: it does not after all, and the result knows. */
    bool (*read)(js_item_answer *items, const js_lane *lane, const js_batch *batch,
                 const js_net_answer *answer, js_result *result);
} js_destination;

extern const js_destination js_destination_jira;
extern const js_destination js_destination_relay;

/* Whether the site is one of these, of which each has a line. */
bool js_relay_site_among(const char *sites, const char *site);

#endif
