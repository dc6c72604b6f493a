/* May a lane send now? Pauses, holds, whose holds they are, and the one probe an hour. */
#ifndef JS_DELIVERY_HOLD_H
#define JS_DELIVERY_HOLD_H

#include "base/world.h"
#include "delivery/decide.h"
#include "delivery/stops.h"
#include "outbox/outbox.h"

typedef struct js_delivery js_delivery;

/* What a courier knows of what stops its lane. */
typedef struct js_hold {
    js_stop stop, site_stop; /* of the lane and its site, read when it was claimed */
    js_doubts doubts, site_doubts;
    bool probing;                          /* what it has in hand is the probe of a hold */
    int64_t probe_at_ms, site_probe_at_ms; /* when that was due, to be given back unsent */
    uint64_t refused_fingerprint;          /* Jira refused these credentials of ours ... */
    int64_t refused_until_ms;      /* ... and until then a hold of others does not hide that */
    int64_t others_first_until_ms; /* it probed a site that is held; 0: never */
} js_hold;

typedef enum js_go {
    JS_GO_NOW,    /* it may send; a probe is accounted for */
    JS_GO_NOT_NOW /* something stops it */
} js_go;

/*
 * Asks the outbox, for a lane that was claimed, and lifts holds of credentials of the past. Called
 * while the client's lock is free. An error: it is not known.
 */
jirasend_code js_hold_ask(const js_delivery *delivery, js_hold *hold, const js_lane *lane,
                          uint64_t fingerprint, js_go *go, jirasend_error *error);
/* Gives back a probe that was not sent, so that it is due again. The client's lock is free. */
void js_hold_give_back_probe(const js_delivery *delivery, js_hold *hold, const js_lane *lane);
/*
 * Whether somebody has lifted the hold since its probe was claimed. The client's lock is free. An
 * outbox that cannot say: no.
 */
bool js_hold_was_lifted(const js_delivery *delivery, const js_hold *hold, const js_lane *lane);
/* Remembers what Jira's answer says of our credentials. */
void js_hold_note(const js_delivery *delivery, js_hold *hold, uint64_t fingerprint,
                  js_action action);
/* How long a lane with these stops, of its own and of its site, has to wait. */
int64_t js_hold_wait_ms(const js_delivery *delivery, const js_hold *hold, const js_stop *stop,
                        const js_stop *site_stop, uint64_t fingerprint);

#endif
