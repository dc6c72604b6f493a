/* The whole relay: what every request may need. */
#ifndef RELAY_LIFE_RELAY_H
#define RELAY_LIFE_RELAY_H

#include "base/world.h"
#include "relay/callers/limits.h"
#include "relay/life/access_log.h"
#include "relay/life/config.h"
#include "relay/life/core.h"
#include "relay/life/pool.h"

#include <pthread.h>
#include <stdatomic.h>

enum { RL_REQUEST_ID_BYTES = 12 };

struct rl_server;
struct rl_waits;
struct rl_issuers;
struct rl_gates;
struct rl_order;
struct rl_sessions;
struct rl_samples;

typedef struct rl_relay {
    js_world world;
    rl_core *core;
    rl_pool *pool;     /* commits and looks at the outbox */
    rl_pool *ask_pool; /* what waits for Jira */
    rl_access_log *log;
    rl_limits_table *limits;
    struct rl_server *_Atomic server; /* threads that began before it tell it news */
    struct rl_waits *waits;
    struct rl_issuers *issuers;
    struct rl_gates *gates;
    struct rl_sessions *sessions;
    struct rl_samples *samples;
    struct rl_order *order;
    pthread_mutex_t config_lock;
    rl_config *config; /* the one in force; rl_relay_config() takes a reference */
    atomic_bool stopping;
    atomic_llong body_bytes; /* of large bodies that are under way */
    struct {                 /* for X-Request-Id; of the server's thread */
        unsigned char bytes[32][RL_REQUEST_ID_BYTES];
        size_t left;
    } random_ahead;
} rl_relay;

/* The configuration in force, to be released. */
rl_config *rl_relay_config(rl_relay *relay);
/* A line of the log that is not about a request. */
void rl_relay_say(rl_relay *relay, const char *format, ...) JIRASEND_PRINTF(2, 3);

#endif
