/* Shared by the files of delivery. */
#ifndef JS_DELIVERY_DELIVERY_INTERNAL_H
#define JS_DELIVERY_DELIVERY_INTERNAL_H

#include "delivery/courier.h"
#include "delivery/deletion_watch.h"
#include "delivery/delivery.h"

struct js_delivery {
    js_net *net;
    js_outbox *outbox;
    js_access *access;
    const js_world *world;
    const js_log *log;
    js_guard guard;
    void (*settled)(void *self);
    bool paused;          /* this client */
    bool outbox_paused;   /* the outbox, for everybody who has it */
    uint64_t pause_notes; /* how often we were told: what was read before is old */
    const js_destination *destination;
    const char *nameless_sites; /* a line each; "": there are none */
    bool stopping;
    js_courier
        *couriers; /* others may read them under the lock; only the delivery thread changes them */
    js_inquiry *inquiries;
    js_deletion_watch *deletion_watches;
    bool looked;           /* the outbox was looked through at least once */
    uint64_t seen_version; /* of the outbox, when it was looked through */
    int64_t look_again_ms; /* monotonic; after trouble with the outbox */
    int64_t tidy_at_ms;    /* monotonic */
    int64_t tidied_ms;     /* monotonic; when nothing too old was left */
    int64_t wall_minus_mono_ms;
    bool flush_wanted;
    jirasend_error flush_error; /* of the last flush that was wanted */
};

/*
 * Around everything that is done at the outbox: the lock is free in between, so only locals may be
 * used there, and what no other thread looks at.
 */
static inline js_outbox *js_outbox_begin(const js_delivery *delivery) {
    js_guard_leave(&delivery->guard);
    return delivery->outbox;
}

static inline void js_outbox_end(const js_delivery *delivery) {
    js_guard_enter(&delivery->guard);
}

/* Receipts are there: whoever waits for one need not wait until the turn is over. */
static inline void js_delivery_tell(const js_delivery *delivery) {
    if (delivery->settled != NULL) {
        delivery->settled(delivery->guard.self);
    }
}

/* Nothing is to be sent. */
static inline bool js_delivery_paused(const js_delivery *delivery) {
    return delivery->paused || delivery->outbox_paused;
}

/* Null: none yet. */
const js_courier *js_delivery_courier(const js_delivery *delivery, const js_lane *lane);

/* Moves an inquiry on. */
void js_inquiry_turn(js_delivery *delivery, js_inquiry *inquiry);
/* True when the answer was its own. */
bool js_inquiry_receive(js_delivery *delivery, js_inquiry *inquiry, const js_net_answer *answer);

#endif
