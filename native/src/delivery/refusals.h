/*
 * Lone events that Jira answered with 400 or 413. One is a dead letter as soon as it is clear that Jira
 * said so: it takes something else, says something else, or there is nothing else to send. Five in
 * equal words with nothing accepted in between are the words of a gateway, which says them to all.
 * Those that this process has in doubt are here; those that others made dead letters are stored with
 * the lane (js_refused).
 */
#ifndef JS_DELIVERY_REFUSALS_H
#define JS_DELIVERY_REFUSALS_H

#include "auth/result.h"
#include "outbox/outbox.h"

enum { JS_REFUSALS_MAX = 5 };
_Static_assert(JS_REFUSED_MAX == JS_REFUSALS_MAX - 1, "the next one shows that a gateway speaks");

typedef struct js_refusals {
    size_t count;
    int64_t ids[JS_REFUSALS_MAX];
    js_endpoint endpoint; /* that said so */
    int status;           /* of all of them */
    char words[300];      /* likewise */
} js_refusals;

/* Whether this answer says what those before it said; true when there are none. */
bool js_refusals_agree(const js_refusals *refusals, const js_result *result);
/* Adds one that agrees. True when, with those before, so many are there that a gateway must speak. */
bool js_refusals_add(js_refusals *refusals, const js_result *result, int64_t id,
                     const js_refused *before);
/* How many of the dead letters before were refused in these words. */
int js_refusals_before(const js_refusals *refusals, const js_refused *before);
/* Those in doubt are dead letters now: remembers them with those before that were told the same. */
void js_refusals_remember(const js_refusals *refusals, js_refused *before);
void js_refusals_clear(js_refusals *refusals);

#endif
