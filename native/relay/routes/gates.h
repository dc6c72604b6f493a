/*
 * Gates of deployments: Jira is asked once in five seconds for each, however many wait for it. Any
 * thread.
 */
#ifndef RELAY_ROUTES_GATES_H
#define RELAY_ROUTES_GATES_H

#include "relay/life/relay.h"

typedef struct rl_gates rl_gates;

rl_gates *rl_gates_new(rl_relay *relay); /* null when memory is short */
void rl_gates_free(rl_gates *gates);     /* nobody waits any more */
/* About once a second: asks again, and answers those whose time is over. Waits for nothing. */
void rl_gates_tick(rl_gates *gates);

#endif
