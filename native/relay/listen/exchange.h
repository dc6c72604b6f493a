/* One request of one connection, from its first line to the last byte of the answer. */
#ifndef RELAY_LISTEN_EXCHANGE_H
#define RELAY_LISTEN_EXCHANGE_H

#include "relay/life/relay.h"
#include "relay/listen/answer.h"

#include <json-c/json.h>
#include <microhttpd.h>

enum { RL_REQUEST_ID_SIZE = 65, RL_QUERY_MAX = 12 };

typedef struct rl_exchange rl_exchange;
typedef struct rl_socket rl_socket;

typedef enum rl_phase {
    RL_PHASE_HEAD,    /* the head is not looked at yet */
    RL_PHASE_KEYS,    /* suspended: its token waits for the keys of its issuer */
    RL_PHASE_BODY,    /* its body is being read */
    RL_PHASE_WORKING, /* suspended: a thread or Jira has it */
    RL_PHASE_READY,   /* the answer is there, and goes out with the next call of the library */
    RL_PHASE_SENT
} rl_phase;

typedef struct rl_query {
    char *name, *value;
} rl_query;

struct rl_route;

struct rl_exchange {
    rl_relay *relay;
    struct MHD_Connection *connection;
    rl_socket *socket;
    rl_exchange *next_done;       /* in the server's list of those that are ready */
    rl_exchange *previous, *next; /* in the server's list of all */
    rl_phase phase;
    rl_job job;
    int64_t begun_ms; /* monotonic */
    int64_t waiting_since_ms;
    char *target; /* as it was sent */
    char *path;   /* without the query, as it was sent */
    char method[16];
    char request_id[RL_REQUEST_ID_SIZE];
    rl_query query[RL_QUERY_MAX];
    size_t query_count;
    const struct rl_route *route;
    char *argument; /* what stands for {} in the route's path, decoded */
    rl_config *config;
    const rl_caller *caller; /* null: nobody is known */
    const rl_hook *hook;
    json_object *claims;  /* of the ID token; null without one */
    char *subject;        /* of the client certificate, where the route asks; null without one */
    const char *log_name; /* of the caller, for the log */
    js_buf body;
    size_t body_most;   /* more is not taken */
    long long reserved; /* of the sum of large bodies */
    rl_address address; /* of the client */
    bool chunked;
    int64_t wait_seconds;
    void *work; /* of the route, freed by its `clear` */
    rl_answer answer;
    int64_t ids[RL_LOG_IDS];
    size_t id_count;
    atomic_bool gone; /* the client left while it was waited for */
};

/* The value of a header; null when it is not there. */
const char *rl_exchange_header(const rl_exchange *exchange, const char *name);
/* The value of a query parameter; null when it is not there. */
const char *rl_exchange_query(const rl_exchange *exchange, const char *name);
/* Notes an id for the log. */
void rl_exchange_id(rl_exchange *exchange, int64_t id);
/* From any thread: the answer is ready. Nothing of the exchange may be touched afterwards. */
void rl_exchange_done(rl_exchange *exchange);
/* The body is not kept any more: it leaves the sum of large ones. Any thread. */
void rl_exchange_release(rl_exchange *exchange);
void rl_exchange_free(rl_exchange *exchange);

#endif
