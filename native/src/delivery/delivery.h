/*
 * Delivery: brings what waits in the outbox to Jira, every lane at its own pace.
 *
 * It has no thread of its own and never blocks but for the outbox's disk. Somebody calls turn()
 * again and again, and the network's poll() in between: the client's delivery thread, or a test
 * with a clock in its hand. All calls are made under one lock, which is free during poll().
 */
#ifndef JS_DELIVERY_DELIVERY_H
#define JS_DELIVERY_DELIVERY_H

#include "auth/access.h"
#include "base/log.h"
#include "delivery/ask.h"
#include "outbox/outbox.h"

typedef struct js_delivery js_delivery;

typedef struct js_delivery_setup {
    js_net *net;
    js_outbox *outbox;
    js_access *access;
    const js_world *world;
    const js_log *log;
    bool paused; /* take nothing out of the outbox */
} js_delivery_setup;

/* Null: out of memory. What the setup names is borrowed. */
js_delivery *js_delivery_new(const js_delivery_setup *setup);
/* Cancels what is on its way and gives the lanes back. */
void js_delivery_free(js_delivery *delivery);

/* Does all that can be done now; returns the ms after which it wants to be called again. */
int64_t js_delivery_turn(js_delivery *delivery);
/* Starts nothing new from now on. */
void js_delivery_stop(js_delivery *delivery);
/* Whether an answer of Jira is awaited or not yet written down. */
bool js_delivery_busy(const js_delivery *delivery);

/* Questions beside the lanes; the caller owns the ask and removes it before it goes away. */
void js_delivery_add_ask(js_delivery *delivery, js_ask *ask);
void js_delivery_remove_ask(js_delivery *delivery, js_ask *ask);

/* Tries every lane now, whatever our own pauses say; Jira's wishes and holds stand. */
jirasend_code js_delivery_flush(js_delivery *delivery, jirasend_error *error);
/* Whether a flush lets the lane's events go that wait by themselves. */
bool js_delivery_flushes(const js_delivery *delivery, const js_lane *lane);

/* How things stand for a lane. */
typedef struct js_outlook {
    bool paused;         /* the whole client */
    bool no_credentials; /* for its site */
    bool held;           /* for the credentials that are there */
    bool explained;      /* something went wrong, and its receipts say what */
    int64_t pause_ms;    /* how long it waits from now; 0: not at all */
} js_outlook;
jirasend_code js_delivery_outlook(js_delivery *delivery, const js_lane *lane, js_outlook *outlook,
                                  jirasend_error *error);

/* What is done for the event just now, as a sentence; null: it waits for its turn. */
const char *js_delivery_progress(const js_delivery *delivery, int64_t id);

/* What the outbox fails at for the lane (null: for any), though it goes on trying; null: nothing. */
const jirasend_error *js_delivery_trouble(const js_delivery *delivery, const js_lane *lane);

/* Wall-clock time that does not jump while we run: what pauses are measured with. */
int64_t js_delivery_now_ms(const js_delivery *delivery);

#endif
