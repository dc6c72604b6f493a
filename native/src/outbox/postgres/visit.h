/* A call's time on a connection of the pool. */
#ifndef JS_OUTBOX_POSTGRES_VISIT_H
#define JS_OUTBOX_POSTGRES_VISIT_H

#include "outbox/postgres/internal.h"

/* How often it was tried, and why it failed. */
typedef struct js_pg_tries {
    int again, lost, away;
    jirasend_error standby; /* what was said when the server only read */
    int64_t standby_ms;     /* and when that was; monotonic */
    jirasend_error said;    /* the last words of a try that had the time to hear some */
} js_pg_tries;

/*
 *     js_pg_visit visit = js_pg_patiently(outbox, error);
 *     while (js_pg_goes_on(&visit)) {
 *         visit.code = do_it(visit.pg, ..., visit.error);
 *     }
 *     return visit.code;
 *
 * When it got into another's way it is done again; when the connection broke, too, so it must come to the
 * same when it was done already.
 */
typedef struct js_pg_visit {
    js_postgres *self;
    js_pg *pg;
    jirasend_error *error; /* inside the loop never null */
    jirasend_code code;
    int64_t until_ms; /* a server that is away is waited for so long; monotonic, 0: it is not */
    js_pg_tries so_far;
    bool begun;
    jirasend_error own;
} js_pg_visit;

/* Of somebody who waits for it. */
js_pg_visit js_pg_patiently(js_outbox *outbox, jirasend_error *error);
/* Of delivery, which has more to do and comes again; and of the waits of the client, which know their end. */
js_pg_visit js_pg_at_once(js_outbox *outbox, jirasend_error *error);
/* Whether it is to be done (again), on visit->pg. */
bool js_pg_goes_on(js_pg_visit *visit);

#endif
