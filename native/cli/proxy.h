/* The proxy: an option, else the variables that curl and others know. */
#ifndef CLI_PROXY_SETTING_H
#define CLI_PROXY_SETTING_H

#include "cli/options.h"

#include <stdbool.h>

/* The variable that names the proxy for an API at `http` or https; null when none is set. */
const char *cli_proxy_variable(bool http);
/* The variable that names the hosts without proxy; null when none is set. */
const char *cli_no_proxy_variable(void);

#endif
