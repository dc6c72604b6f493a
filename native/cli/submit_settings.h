/* What goes along with every event that a verb sends: origin, properties, types of environments. */
#ifndef CLI_SUBMIT_SETTINGS_H
#define CLI_SUBMIT_SETTINGS_H

#include "base/strings.h"
#include "cli/options.h"

#include <jirasend/client.h>

/*
 * Gives the config --origin, --property, --map-environment, --no-email and --only-keys with their
 * variables. 0, or 64 once the sentence was said.
 */
int cli_submit_settings_set(jirasend_config *config, const cli_options *options);

/* Splits NAME=VALUE at the first `=`; what Jira takes for either is the library's to say. */
int cli_property_split(const char *text, js_strings *names, js_strings *values);

#endif
