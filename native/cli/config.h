/* The settings that options and variables give, as a config of the library. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/options.h"

#include <jirasend/client.h>

/* 0, or the exit code once the sentence was said. `network`: with API, proxy and roots. */
int cli_config_make(const cli_options *options, bool network, jirasend_config **config);
/* A name alone is no host on the Internet, where every Jira Cloud site is: 64 once that was said. */
int cli_site_check(const cli_options *options);
/* Says that the library refused a setting: the fault of whoever gave it, in `origin`. The exit code. */
int cli_setting_failed(jirasend_code code, const jirasend_error *error, const char *origin);

#endif
