/* Reading stops: how long a lane is stopped. Pure. */
#ifndef JS_DELIVERY_STOPS_H
#define JS_DELIVERY_STOPS_H

#include "outbox/outbox.h"

/* Nothing is in the way and nothing is remembered against it. */
bool js_stop_calm(const js_stop *stop);

/* Whether it is held for these credentials. */
bool js_stop_holds(const js_stop *stop, uint64_t fingerprint);

/*
 * How long until a stored time, when its rule allows `most_ms`. One that is further away was written by a
 * clock that was ahead, and counts no more: nobody waits a year for that.
 */
int64_t js_stop_left_ms(int64_t until_ms, int64_t now_ms, int64_t most_ms);

/* What is remembered of times that another clock wrote. */
typedef struct js_doubt {
    int64_t value, until_ms; /* the last such time, and what it was taken for */
    int64_t next_ms;         /* the next one is not taken for over before that */
} js_doubt;

typedef struct js_doubts {
    js_doubt backoff, rate, probe;
} js_doubts;

/*
 * Replaces such times in a stop by what counts instead: the first is over at once, a new one only
 * when as much time has passed as its rule allows. Else two processes with different clocks would
 * drive each other: neither finds the other's pause believable.
 */
void js_stop_doubt(js_stop *stop, js_doubts *doubts, int64_t now_ms);

/*
 * How long a lane with these two stops waits from now: 0 when it may go. A hold counts until its
 * next probe.
 */
int64_t js_stops_wait_ms(const js_stop *lane, const js_stop *site, uint64_t fingerprint,
                         int64_t now_ms);

#endif
