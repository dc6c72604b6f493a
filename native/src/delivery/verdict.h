/* From an answer to what is written down: applies a decision to a courier's batch and stops. */
#ifndef JS_DELIVERY_VERDICT_H
#define JS_DELIVERY_VERDICT_H

#include "delivery/courier.h"
#include "delivery/decide.h"

/*
 * Fills in the courier's settlement for a decision that ends this attempt (everything but the two
 * RENEW actions). `answers` is null unless the action is SETTLE, and is taken over. False: no memory.
 */
bool js_verdict_apply(js_delivery *delivery, js_courier *courier, const js_result *result,
                      const js_decision *decision, js_item_answer *answers, int64_t clock_skew_ms);

#endif
