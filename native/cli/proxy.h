/* The proxy: an option, else the variables that curl and others know. */
#ifndef CLI_PROXY_SETTING_H
#define CLI_PROXY_SETTING_H

#include "cli/options.h"

/*
 * The variable that names the proxy; null when none is set. Only https goes through one, whatever the
 * API's scheme, so http_proxy says nothing to us.
 */
const char *cli_proxy_variable(void);
/* The variable that names the hosts without proxy; null when none is set. */
const char *cli_no_proxy_variable(void);

#endif
