/*
 * The locks that everything takes which gives events to streams, in one order for all: lanes,
 * repositories, then streams by their keys. So nobody waits in a circle, and what a deletion means is what
 * was committed before it.
 */
#ifndef JS_OUTBOX_POSTGRES_LOCKS_H
#define JS_OUTBOX_POSTGRES_LOCKS_H

#include "outbox/postgres/rows.h"

/* Where a stream is in that order. First in a struct, so that an array of them can be sorted. */
typedef struct js_pg_place {
    int64_t lane;
    unsigned char key[JS_PG_KEY_SIZE], family[JS_PG_KEY_SIZE];
    bool entities; /* its family is a repository */
} js_pg_place;

/* For qsort() and bsearch(). */
int js_pg_place_order(const void *a, const void *b);

typedef struct js_pg_locks {
    js_pg_query lanes, make, take;
    int64_t last_lane;
    bool entities;
} js_pg_locks;

/* Shared with others who put; alone: for a deletion of all of a lane, or of a repository. */
js_pg_locks js_pg_locks_begin(js_pg *pg, bool lane_alone, bool repository_alone);
/* In the order of js_pg_place_order(). */
void js_pg_locks_add(js_pg_locks *locks, const js_pg_place *place);
/* They come before what is queued next. */
void js_pg_locks_queue(js_pg_locks *locks);
void js_pg_locks_end(js_pg_locks *locks);

#endif
