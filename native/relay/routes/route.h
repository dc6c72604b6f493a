/* The routes: which path is answered by what, and what is asked of a request before. */
#ifndef RELAY_ROUTES_ROUTE_H
#define RELAY_ROUTES_ROUTE_H

#include "relay/listen/exchange.h"

typedef enum rl_access_kind {
    RL_ACCESS_ALL,
    RL_ACCESS_CALLER, /* one that the configuration knows */
    RL_ACCESS_HOOK,   /* a hook of that name; the signature is checked with the body */
    RL_ACCESS_PAGE    /* the route sees to it */
} rl_access_kind;

enum { RL_FORM_MAX_BYTES = 64 * 1024 };
enum { RL_DOCUMENTS_MAX_BYTES = 16 * 1024 * 1024, RL_HOOK_MAX_BYTES = 25 * 1024 * 1024 };

typedef struct rl_route {
    const char *method; /* GET is also HEAD */
    const char *path;   /* {} stands for one part of the path */
    rl_access_kind access;
    size_t body_most;         /* 0: none is taken */
    const char *const *query; /* names, null at the end */
    bool quiet;               /* not logged while it succeeds */
    bool in_loop;             /* `run` waits for nothing */
    /* Before the body; an answer that it sets is the end. Null: nothing more to ask. */
    void (*admit)(rl_exchange *exchange);
    /* With the body. Sets the answer and then calls rl_exchange_done(), unless in_loop. */
    void (*run)(rl_exchange *exchange);
    void (*clear)(rl_exchange *exchange); /* frees `work`; null: there is none */
} rl_route;

/* Sets the route and its argument, or the answer (404, 405). */
void rl_route_find(rl_exchange *exchange);
/*
 * The query parameter `wait`: 0 to 60 seconds, 0 when absent. False: the answer is 400.
 */
bool rl_route_wait(rl_exchange *exchange);
/* The media type is one of these (null ends them); else the answer is 415. */
bool rl_route_type(rl_exchange *exchange, const char *const *types);

/* The routes' own functions. */
void rl_events_admit(rl_exchange *exchange);
void rl_events_run(rl_exchange *exchange);
void rl_events_clear(rl_exchange *exchange);
void rl_receipt_admit(rl_exchange *exchange);
void rl_receipt_run(rl_exchange *exchange);
void rl_receipt_clear(rl_exchange *exchange);
void rl_receipts_admit(rl_exchange *exchange);
void rl_receipts_run(rl_exchange *exchange);
void rl_whoami_run(rl_exchange *exchange);
void rl_health_run(rl_exchange *exchange);
void rl_ready_run(rl_exchange *exchange);
void rl_openapi_run(rl_exchange *exchange);
void rl_gate_admit(rl_exchange *exchange);
void rl_gate_run(rl_exchange *exchange);
void rl_gate_clear(rl_exchange *exchange);
void rl_metrics_admit(rl_exchange *exchange);
void rl_metrics_run(rl_exchange *exchange);
void rl_hook_admit(rl_exchange *exchange);
void rl_hook_run(rl_exchange *exchange);

#endif
