/*
 * Lone events that Jira answered with 400. One is a dead letter as soon as it is clear that Jira
 * said so: it takes something else, says something else, or there is nothing else to send. Five in
 * equal words with nothing accepted in between are the words of a gateway, which says them to all.
 */
#ifndef JS_DELIVERY_REFUSALS_H
#define JS_DELIVERY_REFUSALS_H

#include "auth/result.h"

enum { JS_REFUSALS_MAX = 5 };

typedef struct js_refusals {
    size_t count;
    int64_t ids[JS_REFUSALS_MAX];
    int status;      /* of all of them */
    char words[300]; /* likewise */
} js_refusals;

/* Whether this answer says what those before it said; true when there are none. */
bool js_refusals_agree(const js_refusals *refusals, const js_result *result);
/* Adds one that agrees. True when there are now so many that a gateway must be speaking. */
bool js_refusals_add(js_refusals *refusals, const js_result *result, int64_t id);
void js_refusals_clear(js_refusals *refusals);

#endif
