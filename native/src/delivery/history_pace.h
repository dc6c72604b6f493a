/*
 * News of the past do not crowd out others: so many requests a second of a site, from all lanes and
 * processes. Each takes the next free moment, which is stored in the outbox.
 */
#ifndef JS_DELIVERY_HISTORY_PACE_H
#define JS_DELIVERY_HISTORY_PACE_H

#include "delivery/courier.h"

/* Takes a moment for what the courier has in hand, if that needs one. The client's lock is held. */
void js_history_pace_take(js_delivery *delivery, js_courier *courier);
/* How long it is until the moment that was taken; 0 for what needs none. */
int64_t js_history_pace_left_ms(const js_delivery *delivery, const js_courier *courier);

#endif
