/* May a lane send now? Pauses, holds, whose holds they are, and the one probe an hour. */
#ifndef JS_DELIVERY_PERMISSION_H
#define JS_DELIVERY_PERMISSION_H

#include "delivery/courier.h"
#include "delivery/decide.h"

/*
 * Asks the outbox, for a lane that was claimed, and lifts holds that are of credentials of the past.
 * True: it may, and a probe is accounted for. False with an error: it is not known.
 */
bool js_permission_ask(js_delivery *delivery, js_courier *courier, uint64_t fingerprint,
                       jirasend_error *error);
/* Remembers what Jira's answer says of our credentials. */
void js_permission_note(const js_delivery *delivery, js_courier *courier, js_action action);
/* How long it has to wait, as far as is known without asking the outbox. */
int64_t js_permission_wait_ms(const js_delivery *delivery, const js_courier *courier,
                              uint64_t fingerprint);

#endif
