/* The courier of one lane: takes a batch out of the outbox, brings it to Jira, writes down the outcome. */
#ifndef JS_DELIVERY_COURIER_H
#define JS_DELIVERY_COURIER_H

#include "auth/access.h"
#include "delivery/settlement.h"
#include "delivery/stops.h"
#include "outbox/outbox.h"

typedef struct js_delivery js_delivery;

typedef enum js_phase {
    JS_IDLE,     /* nothing in hand */
    JS_ASKING,   /* a batch in hand, waiting for token and cloud id */
    JS_SENDING,  /* waiting for Jira's answer */
    JS_SETTLING, /* the outcome is known and could not be written down yet */
} js_phase;

typedef struct js_courier {
    struct js_courier *next;
    js_lane lane;
    js_phase phase;
    js_lane_view view;     /* of the lane, when the outbox was last looked through */
    int64_t look_again_ms; /* monotonic: not before, somebody else has the lane or the disk fails */
    bool ignore_not_before; /* a flush: events that wait by themselves go, too */

    int64_t fence;
    js_batch batch;
    js_stop stop, site_stop; /* of the lane and its site, read when it was claimed */
    js_doubts doubts, site_doubts;
    uint64_t refused_fingerprint;  /* Jira refused these credentials of ours ... */
    int64_t refused_until_ms;      /* ... and until then a hold of others does not hide that */
    int64_t others_first_until_ms; /* it probed a site that is held; 0: never */
    js_net_ticket ticket;
    size_t body_length;
    unsigned generation;  /* of the token that was used */
    uint64_t fingerprint; /* of the credentials that were used */
    bool token_was_fresh, cloud_was_fresh;
    js_settlement settlement;
    jirasend_error trouble; /* with the outbox; its code is OK while that works */
} js_courier;

js_courier *js_courier_new(const js_lane *lane);
/* Cancels, gives the lane back, frees. */
void js_courier_free(js_delivery *delivery, js_courier *courier);
/* Moves on as far as possible. True when it did something and should be asked again. */
bool js_courier_turn(js_delivery *delivery, js_courier *courier);
/* True when the answer was its own. */
bool js_courier_take(js_delivery *delivery, js_courier *courier, const js_net_answer *answer);
/* After how many ms it could move on without anything else happening; -1: not by itself. */
int64_t js_courier_wait_ms(const js_delivery *delivery, const js_courier *courier);

#endif
