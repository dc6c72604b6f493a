/* What came back from a question, in the terms of the delivery rules. */
#ifndef JS_AUTH_RESULT_H
#define JS_AUTH_RESULT_H

#include "net/net.h"

/* What was asked: the same status means different things. */
typedef enum js_endpoint {
    JS_ENDPOINT_TOKEN,
    JS_ENDPOINT_TENANT,
    JS_ENDPOINT_BULK,
    JS_ENDPOINT_GATE,
    JS_ENDPOINT_THING,   /* what Jira has of one thing */
    JS_ENDPOINT_RELAY,   /* anything at a relay */
    JS_ENDPOINT_ID_TOKEN /* of a CI, for a relay */
} js_endpoint;

/* A question for what a request needs: it concerns all lanes of a site. */
bool js_endpoint_is_lookup(js_endpoint endpoint);
/* A request that may carry events. */
bool js_endpoint_carries(js_endpoint endpoint);

/* For traces. */
const char *js_endpoint_name(js_endpoint endpoint);

/* Whom a 429 concerns, by RateLimit-Reason. */
typedef enum js_rate_scope {
    JS_RATE_LANE, /* nothing is said, or writes to one issue */
    JS_RATE_SITE  /* a quota of the whole site */
} js_rate_scope;

typedef struct js_result {
    js_endpoint endpoint;
    js_net_failure failure;
    int status;               /* HTTP, 0 unless answered */
    bool sent;                /* the request was on its way when it failed */
    js_rate_scope rate_scope; /* of a 429 */
    bool nonsense;            /* the status was right, the body was not understood */
    bool by_event;            /* whatever the status, the body judges each event */
    int64_t retry_after_ms;   /* 0: none */
    int64_t rate_reset_ms;    /* 0: none */
    char location_host[256];  /* of a redirect */
    char words[300];          /* Jira's own, or what the network says; "" when there are none */
} js_result;

/* The facts of an answer; words from the body of an error. */
void js_result_of(js_result *result, js_endpoint endpoint, const js_net_answer *answer);
/* Marks it as not understood, with the reader's sentence as words. */
void js_result_nonsense(js_result *result, const char *why);

#endif
