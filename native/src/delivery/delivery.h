/*
 * Delivery: brings what waits in the outbox to Jira, every lane at its own pace.
 *
 * It has no thread of its own and never blocks but for the outbox's disk. Somebody calls turn()
 * again and again, and the network's poll() in between: the client's delivery thread, or a test
 * with a clock in its hand. All calls are made under one lock, which is free during poll(), and
 * which turn() opens (the guard) for everything that is done at the outbox: nobody else waits for that.
 */
#ifndef JS_DELIVERY_DELIVERY_H
#define JS_DELIVERY_DELIVERY_H

#include "auth/access.h"
#include "base/guard.h"
#include "base/log.h"
#include "delivery/destination.h"
#include "delivery/inquiry.h"
#include "outbox/outbox.h"

typedef struct js_delivery js_delivery;

typedef struct js_delivery_setup {
    js_net *net;
    js_outbox *outbox;
    js_access *access;
    const js_world *world;
    const js_log *log;
    js_guard guard;                    /* the lock; of the delivery thread alone */
    void (*settled)(void *self);       /* of the guard, with the lock: receipts are there; null */
    bool paused;                       /* send nothing */
    const js_destination *destination; /* null: Jira */
    const char *nameless_sites; /* stand for a site that is not named, a line each; null: none do */
} js_delivery_setup;

/* Null: out of memory. What the setup names is borrowed. */
js_delivery *js_delivery_new(const js_delivery_setup *setup);
/* Cancels what is on its way and gives the lanes back. */
void js_delivery_free(js_delivery *delivery);

/* Does all that can be done now; returns the ms after which it wants to be called again. */
int64_t js_delivery_turn(js_delivery *delivery);
/* Starts nothing new from now on. */
void js_delivery_stop(js_delivery *delivery);
/* The outbox was paused, or is not any more: known before the next look at it finds out. */
void js_delivery_note_paused(js_delivery *delivery, bool paused);
/* Somebody has just read that it is paused, by another process: true until the next turn has read it, too. */
void js_delivery_hear_of_pause(js_delivery *delivery);
/* Whether an answer of Jira is awaited or not yet written down. */
bool js_delivery_busy(const js_delivery *delivery);

/* Inquiries beside the lanes; the caller owns it and removes it before it goes away. */
void js_delivery_add_inquiry(js_delivery *delivery, js_inquiry *inquiry);
void js_delivery_remove_inquiry(js_delivery *delivery, js_inquiry *inquiry);

/*
 * The next turn tries every lane, whatever our own pauses say; Jira's wishes and holds still apply. Until
 * then flush_left() is true; afterwards flush_error() says what the outbox failed at, or OK.
 */
void js_delivery_flush(js_delivery *delivery);
bool js_delivery_flush_left(const js_delivery *delivery);
const jirasend_error *js_delivery_flush_error(const js_delivery *delivery);
/* Whether a lane that looks so will move within the time, or does so now. */
bool js_delivery_moves(const js_delivery *delivery, const js_lane_view *view, int64_t left_ms);
/* Whether any lane has something in hand. */
bool js_delivery_moving(const js_delivery *delivery);

/* How things stand for a lane. */
typedef struct js_outlook {
    bool paused;         /* the whole client */
    bool no_credentials; /* for its site */
    bool held;           /* for the credentials that are there */
    bool trying;         /* held or not: something is tried now, or about to be */
    bool explained;      /* something went wrong, and its receipts say what */
    int64_t pause_ms;    /* how long it waits from now; 0: not at all */
} js_outlook;
/* By what the outbox says of the lane and its site. */
js_outlook js_delivery_outlook(const js_delivery *delivery, const js_lane *lane,
                               const js_stop *stop, const js_stop *site_stop);
/*
 * Changes with every step of a lane of the site (null: of any): an outlook of what was read from the outbox holds
 * only if this is as it was before the reading.
 */
unsigned js_delivery_changes(const js_delivery *delivery, const char *site);

/* What is done for the event just now, as a sentence; null: it waits for its turn. */
const char *js_delivery_progress(const js_delivery *delivery, int64_t id);

/* What the outbox fails at for the lane (null: for any), though it goes on trying; null: nothing. */
const jirasend_error *js_delivery_trouble(const js_delivery *delivery, const js_lane *lane);

/* Who sends what waits in the lane instead of us, as a sentence; null: nobody. */
const char *js_delivery_elsewhere(const js_delivery *delivery, const js_lane *lane);

/* Wall-clock time that does not jump while we run: what pauses are measured with. */
int64_t js_delivery_now_ms(const js_delivery *delivery);

#endif
