/* What goes along with every event that a verb sends: origin, properties, types of environments. */
#ifndef CLI_SUBMIT_SETTINGS_H
#define CLI_SUBMIT_SETTINGS_H

#include "base/strings.h"
#include "cli/options.h"

typedef struct cli_submit_settings {
    const char *origin;           /* the options' own; null: the default */
    js_strings property_names;    /* at most 4, each once */
    js_strings property_values;   /* beside them */
    js_strings environment_globs; /* in the order in which they are tried */
    js_strings environment_types; /* beside them: "production" */
    bool no_emails;
    bool only_keys; /* no text is searched for more */
} cli_submit_settings;

enum { CLI_PROPERTIES_MAX = 4 };

/*
 * Reads --origin, --property, --map-environment and --no-email with their variables. 0, or 64 once the
 * sentence was said. Either way to be cleared.
 */
int cli_submit_settings_read(const cli_options *options, cli_submit_settings *settings);
void cli_submit_settings_clear(cli_submit_settings *settings);

/*
 * Splits NAME=VALUE at the first `=` and checks both. `reserved`: the name jirasend is refused; else it
 * is one more than the four.
 */
int cli_check_property(const char *origin, const char *text, bool reserved, js_strings *names,
                       js_strings *values);
/* Splits GLOB=TYPE at the last `=`. */
int cli_check_environment_map(const char *origin, const char *text, js_strings *globs,
                              js_strings *types);

#endif
