/* The life of the relay: start, new configuration, end. */
#ifndef RELAY_LIFE_SERVICE_H
#define RELAY_LIFE_SERVICE_H

#include "relay/life/options.h"

#include <jirasend/error.h>

/* Serves until SIGTERM. Errors as main() turns them into exit codes. */
jirasend_code rl_serve(const rl_options *options, jirasend_error *error);

#endif
