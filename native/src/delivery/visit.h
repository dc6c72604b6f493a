/* A courier's visit to the outbox: the lane is claimed, its stops are read, a batch is chosen. */
#ifndef JS_DELIVERY_VISIT_H
#define JS_DELIVERY_VISIT_H

#include "delivery/courier.h"

/* What came of it. */
typedef enum js_visit {
    JS_VISIT_LOADED,     /* the lane is claimed, and a batch in hand */
    JS_VISIT_EMPTY,      /* the lane is claimed, and nothing may go now */
    JS_VISIT_STOPPED,    /* the lane is claimed, and is stopped */
    JS_VISIT_ELSEWHERE,  /* somebody else has the lane */
    JS_VISIT_FAILED,     /* not claimed: the error says why */
    JS_VISIT_BROKEN_OFF, /* claimed, and then it failed */
} js_visit;

/* Called while the client's lock is free: it touches nothing of the courier that others look at. */
js_visit js_visit_outbox(const js_delivery *delivery, js_courier *courier, uint64_t fingerprint,
                         js_batch *batch, jirasend_error *error);
/*
 * In how many ms the next event may go that waits by itself; at most as far away as two back-offs. What
 * a relay forbade waits as long as a hold.
 */
int64_t js_visit_until_due(const js_delivery *delivery, const js_courier *courier, int64_t now_ms);
/* How many bytes a request of this lane may have. */
int64_t js_visit_size_cap(const js_courier *courier);

#endif
