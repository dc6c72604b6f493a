/* Waiting for what Jira says of a deployment's gate. */
#ifndef CLI_GATE_H
#define CLI_GATE_H

#include "cli/client.h"

/*
 * Asks until there is a decision, the client's time is over (once when it has none), or asking again
 * makes no sense. Says what came out, with `json` on standard output. The exit code of `gate`.
 */
int cli_gate_wait(const cli_client *client, const jirasend_gate_query *query, bool json);

#endif
