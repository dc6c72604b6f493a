/*
 * Keeping the configuration fresh: SIGHUP reads the file and those that it names again; every minute
 * those that it names, as secrets and certificates are replaced without asking anybody.
 */
#ifndef RELAY_LIFE_RELOAD_H
#define RELAY_LIFE_RELOAD_H

#include "relay/life/relay.h"

typedef struct rl_reload rl_reload;

/* `file` must live as long. Null when memory is short. */
rl_reload *rl_reload_new(rl_relay *relay, const char *file);
/* After the pool of the relay has ended. Null is fine. */
void rl_reload_free(rl_reload *reload);

/* Says what in it is no error, and cannot be meant. */
void rl_reload_tell(rl_relay *relay, const rl_config *config);

/* For the loop: SIGHUP came, and a second has gone by. */
void rl_reload_hang_up(rl_reload *reload);
void rl_reload_second(rl_reload *reload);

#endif
