/* How many files and sockets the process may have open. */
#ifndef RELAY_LIFE_OPEN_FILES_H
#define RELAY_LIFE_OPEN_FILES_H

#include "relay/life/relay.h"

/* Raises the limit to what `limits.connections` takes; says so where the system does not allow it. */
void rl_open_files(rl_relay *relay, const rl_config *config);

#endif
