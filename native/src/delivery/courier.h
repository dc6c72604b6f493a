/* The courier of one lane: fetches a batch from the outbox, brings it to Jira, writes down the outcome. */
#ifndef JS_DELIVERY_COURIER_H
#define JS_DELIVERY_COURIER_H

#include "auth/access.h"
#include "delivery/hold.h"
#include "delivery/refusals.h"
#include "delivery/settlement.h"
#include "outbox/outbox.h"

typedef struct js_delivery js_delivery;

typedef enum js_courier_state {
    JS_COURIER_IDLE,     /* nothing in hand */
    JS_COURIER_CLAIMING, /* at the outbox, for the lane and a batch */
    JS_COURIER_ASKING,   /* a batch in hand, waiting for token and cloud id */
    JS_COURIER_SENDING,  /* waiting for Jira's answer */
    JS_COURIER_SETTLING, /* the outcome is known, and being written down */
    JS_COURIER_STATES
} js_courier_state;

/* What it has in hand between claiming the lane and giving it back. */
typedef struct js_trip {
    int64_t fence;
    js_batch batch;
    js_net_ticket ticket;
    size_t body_length;
    unsigned generation;  /* of the token that was used */
    uint64_t fingerprint; /* of the credentials that were used */
    bool token_was_fresh, cloud_was_fresh;
    bool kept;   /* the lane was found to be ours for the time of a request */
    bool silent; /* the request was sent, and what came of it is not known */
    int64_t
        history_slot_ms; /* news of the past: not before, as js_delivery_now_ms(); 0: not known */
    js_settlement settlement;
} js_trip;

/*
 * Guarded by the client's lock, but for what is used only at the outbox: other threads look at the
 * state first, and at the rest only where it is at rest.
 */
typedef struct js_courier {
    struct js_courier *next;
    js_lane lane;
    js_courier_state state;
    unsigned changes;      /* of its state: shows a reader whether it missed one */
    js_lane_view view;     /* of the lane, when the outbox was last looked through */
    int64_t look_again_ms; /* monotonic: not before, somebody else has the lane or the disk fails */
    bool ignore_not_before;     /* a flush: events that wait by themselves go, too */
    uint64_t tried_fingerprint; /* of the credentials with which they went, to a relay */
    js_hold hold;
    js_trip trip;
    js_refusals refusals;
    int64_t search_to_id;     /* up to this event there is a culprit that was not found yet */
    jirasend_error trouble;   /* with the outbox; its code is OK while that works */
    jirasend_error elsewhere; /* who has the lane instead; its code is OK when nobody has */
} js_courier;

js_courier *js_courier_new(const js_lane *lane);
/* Cancels, gives the lane back, frees. */
void js_courier_free(js_delivery *delivery, js_courier *courier);
/* Moves on as far as possible. True when it did something and should be asked again. */
bool js_courier_turn(js_delivery *delivery, js_courier *courier);
/* True when the answer was its own. */
bool js_courier_receive(js_delivery *delivery, js_courier *courier, const js_net_answer *answer);
/* After how many ms it could move on without anything else happening; -1: not by itself. */
int64_t js_courier_wait_ms(const js_delivery *delivery, const js_courier *courier);

#endif
