/* The search for the next batch of a lane: all of one envelope that may go now. */
#ifndef JS_OUTBOX_PICK_H
#define JS_OUTBOX_PICK_H

#include "event/batch_limits.h"
#include "outbox/batch.h"

enum {
    JS_PICK_BATCH_MAX = JS_BATCH_ENTITIES,
    JS_PICK_WINDOW = 128,
    JS_PICK_ASIDE_MAX = 512 /* more have their turn when these have gone out of the way */
};

/* What one envelope would send. */
typedef struct js_pick {
    js_queued events[JS_PICK_BATCH_MAX];
    size_t count;
    int64_t bytes;
    bool suspects; /* all of them, or none: they travel among themselves */
    int64_t first; /* the oldest event that gave cause for it */
    js_backoff backoff;
} js_pick;

/* Events that cannot go now, each with the time until which it is set aside. */
typedef struct js_aside {
    js_queued events[JS_PICK_ASIDE_MAX];
    size_t count;
    size_t dated; /* so many have a time of their own; the others follow */
} js_aside;

typedef struct js_chooser {
    js_store *store;
    js_lane_row lane;
    const js_batch_limits *limits;
    size_t max_events;
    bool suspects_last;
    js_pick best, next;
    js_aside aside;
    js_event_row overtaken[JS_PICK_WINDOW], damaged[JS_PICK_BATCH_MAX];
    size_t overtaken_count, damaged_count;
    bool expired; /* there is something too old to be sent */
    js_stream_view views[JS_PICK_WINDOW];
    size_t view_count;
} js_chooser;

/* Leaves the envelopes that may pick now, oldest first. */
size_t js_pick_heads(js_head *heads, size_t count, int64_t now_ms);

/* The best of these envelopes, in on->best; what is in the way is noted in `on`. */
jirasend_code js_pick_best(js_chooser *on, js_head *heads, size_t count, jirasend_error *error);

#endif
