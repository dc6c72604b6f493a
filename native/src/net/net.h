/*
 * HTTP requests, many at a time, for one thread (the delivery thread): everything but wake()
 * is called by the thread that polls. libcurl behind it (net/curl.h), a fake in tests.
 */
#ifndef JS_NET_NET_H
#define JS_NET_NET_H

#include "base/buf.h"
#include "base/secret.h"

#include <jirasend/error.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct js_net js_net;

/* Names a request until its answer was collected or it was cancelled; never 0, never used again. */
typedef uint64_t js_net_ticket;

typedef enum js_net_method { JS_NET_GET, JS_NET_POST, JS_NET_DELETE } js_net_method;

typedef struct js_net_request {
    js_net_method method;
    const char *url;         /* rebuilt from checked parts, never what a person typed */
    const js_secret *bearer; /* null: no Authorization header */
    const char *body;        /* of a POST: JSON; copied */
    size_t body_length;
    bool body_secret; /* wipe the copy as soon as it was sent */
    bool lines;       /* to a relay: a document a line, in which keys were searched before */
    bool certificate; /* may show the client's certificate: to a relay, and to nobody else */
} js_net_request;

typedef enum js_net_failure {
    JS_NET_ANSWERED,  /* there is a status */
    JS_NET_TIMEOUT,   /* connected, no answer in time */
    JS_NET_UNREACHED, /* no such host, no connection */
    JS_NET_TLS,       /* the certificate or the handshake is not right */
    JS_NET_PROXY,     /* the proxy refuses (407) or is not there */
    JS_NET_BROKEN,    /* cut off in the middle, not HTTP */
    JS_NET_OVERSIZE   /* an answer over 1 MiB, or headers over 256 KiB */
} js_net_failure;

typedef struct js_net_answer {
    js_net_ticket ticket;
    js_net_failure failure;
    int status;              /* HTTP status; 0 unless ANSWERED */
    bool sent;               /* some of the request's body had gone out, answered or not */
    int64_t retry_after_ms;  /* Retry-After from now on, 0: absent or garbage; at most 24 h */
    int64_t rate_reset_ms;   /* X-RateLimit-Reset from now on, likewise */
    int64_t server_date_ms;  /* the Date header, 0: none */
    char rate_reason[64];    /* RateLimit-Reason, "" when none or longer */
    char location_host[256]; /* of a redirect: the host of Location, "" when none or longer */
    char message[256];       /* failure: what happened, in words, without any secret */
    js_buf body;
} js_net_answer;

struct js_net_ops {
    /* Starts a request. Errors: MEMORY, INTERNAL. */
    jirasend_code (*start)(js_net *self, const js_net_request *request, js_net_ticket *ticket,
                           jirasend_error *error);
    /* Works for at most `timeout_ms`, less when an answer is there or wake() was called. */
    void (*poll)(js_net *self, int64_t timeout_ms);
    /* Hands over a finished answer, if there is one. Cleared with js_net_answer_clear(). */
    bool (*collect)(js_net *self, js_net_answer *answer);
    /* Forgets a request, also one that is finished and not collected. */
    void (*cancel)(js_net *self, js_net_ticket ticket);
    /* Ends a poll() now. Any thread. */
    void (*wake)(js_net *self);
    /* Cancels what runs. Does not wait for a hanging name look-up. */
    void (*close)(js_net *self);
};

struct js_net {
    const struct js_net_ops *ops;
};

static inline void js_net_answer_clear(js_net_answer *answer) {
    js_buf_clear(&answer->body);
}

#endif
