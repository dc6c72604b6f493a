/* From a decision to what is written down: outcomes of the batch, and the stops of lane and site. */
#ifndef JS_DELIVERY_APPLY_H
#define JS_DELIVERY_APPLY_H

#include "delivery/courier.h"
#include "delivery/decide.h"

/*
 * Fills in the courier's settlement for a decision that ends this attempt (everything but the two
 * RENEW actions). `answers` is null unless the action is SETTLE, and belongs to the settlement from
 * now on. False: no memory.
 */
bool js_apply(js_delivery *delivery, js_courier *courier, const js_result *result,
              const js_decision *decision, js_item_answer *answers, int64_t clock_skew_ms);

/*
 * Fills it in when there is nothing more to send: the lone events that were refused are dead letters,
 * and the stops stay as they are. False: no memory.
 */
bool js_apply_refusals(js_delivery *delivery, js_courier *courier);

#endif
