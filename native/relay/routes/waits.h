/*
 * Waiting for events to be settled, for any number of requests with one thread. A wait ends when all its
 * events are settled, or cannot be within its time, when the time is over, the client has left, or the
 * relay stops.
 */
#ifndef RELAY_ROUTES_WAITS_H
#define RELAY_ROUTES_WAITS_H

#include "relay/life/relay.h"

typedef struct rl_waits rl_waits;
typedef struct rl_wait rl_wait;

typedef struct rl_wait_item {
    struct rl_wait_item *chain; /* of the table, as all below but the id */
    rl_wait *wait;
    int64_t id;
    const char *site, *kind; /* owned by whoever waits */
    bool settled;
} rl_wait_item;

/* Owned by whoever waits; untouched by it from rl_waits_add() until `job` runs in the relay's pool. */
struct rl_wait {
    rl_wait *previous, *next;
    rl_wait_item *items;
    size_t count, open;
    int64_t deadline_ms;
    const atomic_bool *gone;
    bool fresh;
    rl_job job;
};

rl_waits *rl_waits_new(rl_relay *relay); /* null when memory or threads are short */
void rl_waits_free(rl_waits *waits);     /* after rl_waits_end_all() */
void rl_waits_add(rl_waits *waits, rl_wait *wait);
/* Ends all of them, and from now on each at once. */
void rl_waits_end_all(rl_waits *waits);

#endif
