/*
 * A network that answers what the test says, when it says so. Every request is written down; a
 * handler decides the answer at once, or leaves it open.
 */
#ifndef FAKE_NET_H
#define FAKE_NET_H

#include "net/net.h"

enum { FAKE_NET_MAX = 4096 };

typedef struct fake_request {
    js_net_ticket ticket;
    js_net_method method;
    bool secret;
    char url[512];
    char bearer[64];
    char *body;
    bool cancelled;
} fake_request;

typedef struct fake_answer {
    bool later; /* no answer yet */
    js_net_failure failure;
    int status;
    int64_t retry_after_ms;
    int64_t server_date_ms;
    bool sent;               /* the body had gone out */
    const char *rate_reason; /* null: none */
    const char *location_host;
    char *body; /* malloc'ed, or null */
} fake_answer;

typedef struct fake_net fake_net;
typedef fake_answer (*fake_handler)(void *context, const fake_request *request);

struct fake_net {
    js_net net;
    fake_handler handler;
    void *context;
    fake_request requests[FAKE_NET_MAX];
    size_t count;
    js_net_answer ready[FAKE_NET_MAX];
    size_t ready_count, taken;
    bool refuse_start; /* as when memory is short */
};

void fake_net_init(fake_net *fake, fake_handler handler, void *context);
void fake_net_free(fake_net *fake);
/* How many requests had this in their URL. */
size_t fake_net_count(const fake_net *fake, const char *part);

#endif
