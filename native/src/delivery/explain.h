/* Sentences about results: what was tried, what came back, what to do. */
#ifndef JS_DELIVERY_EXPLAIN_H
#define JS_DELIVERY_EXPLAIN_H

#include "auth/result.h"
#include "event/event.h"

#include <stddef.h>

typedef struct js_about {
    const char *site;    /* canonical name */
    const char *api_url; /* where tokens come from */
    js_api api;          /* of the events; for ASK_BULK and ASK_GATE */
} js_about;

/* Why nothing could be sent. Always a full sentence in `out`. */
void js_explain(char *out, size_t size, const js_result *result, const js_about *about);
/* Why a lane is held to whose lone events, `count` in a row, the same was answered. */
void js_explain_gateway(char *out, size_t size, const js_result *result, const js_about *about,
                        int count);

#endif
