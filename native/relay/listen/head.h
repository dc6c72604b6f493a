/* What is asked of the head of a request before anything else, and what it is taken apart into. */
#ifndef RELAY_LISTEN_HEAD_H
#define RELAY_LISTEN_HEAD_H

#include "relay/listen/exchange.h"

enum { RL_HEAD_MAX = 16 * 1024 };

/*
 * False: the answer (400 or 431, and the connection ends) is in the exchange. Fills in the path, the
 * query and the request id.
 */
bool rl_head_check(rl_exchange *exchange, const char *version);
/* The query may only have these names (null ends them), each once: else the answer is 400. */
bool rl_head_query(rl_exchange *exchange, const char *const *names);

#endif
