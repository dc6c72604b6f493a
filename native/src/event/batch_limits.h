/* What Jira takes in one request of an API, counted while a batch is put together. */
#ifndef JS_EVENT_BATCH_LIMITS_H
#define JS_EVENT_BATCH_LIMITS_H

#include "event/event.h"

enum {
    JS_BATCH_EVENTS = 100,    /* of builds, deployments, flags */
    JS_BATCH_ENTITIES = 1000, /* of development information; a branch counts as two */
    JS_BATCH_REPOSITORIES = 100,
    JS_BATCH_OF_A_TYPE = 400, /* of one kind in one repository */
    JS_BATCH_BYTES = 1024 * 1024
};

/* How many of each kind of development information a repository has in the batch. */
typedef struct js_batch_repository {
    const char *id; /* of the first event of it */
    size_t counts[JS_KIND_LAST + 1];
} js_batch_repository;

/* Start with zeros. The events that were added must live as long as it is used. */
typedef struct js_batch_tally {
    size_t events, entities, bytes;
    js_batch_repository repositories[JS_BATCH_REPOSITORIES];
    size_t repository_count;
} js_batch_tally;

/* Most events that a request of the API can hold. */
size_t js_batch_events_max(js_api api);

/*
 * Whether the event, of so many bytes, fits after what is there; then it is counted in. The first
 * one always fits. All events of a tally have one API.
 */
bool js_batch_add(js_batch_tally *tally, const js_event *event, size_t bytes);

#endif
