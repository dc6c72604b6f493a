/* Shared by the files of delivery. */
#ifndef JS_DELIVERY_DELIVERY_INTERNAL_H
#define JS_DELIVERY_DELIVERY_INTERNAL_H

#include "delivery/courier.h"
#include "delivery/delivery.h"

struct js_delivery {
    js_net *net;
    js_outbox *outbox;
    js_access *access;
    const js_world *world;
    const js_log *log;
    bool paused;
    bool stopping;
    js_courier *couriers;
    js_ask *asks;
    bool looked;           /* the outbox was looked through at least once */
    uint64_t seen_version; /* of the outbox, when it was looked through */
    int64_t look_again_ms; /* monotonic; after trouble with the outbox */
    int64_t tidy_at_ms;    /* monotonic */
    int64_t wall_minus_mono_ms;
};

/* Moves a question on. */
void js_ask_turn(js_delivery *delivery, js_ask *ask);
/* True when the answer was its own. */
bool js_ask_take(js_delivery *delivery, js_ask *ask, const js_net_answer *answer);

#endif
