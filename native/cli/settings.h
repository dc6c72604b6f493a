/* The settings file: what our variables would say, in lines. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "cli/options.h"

#define CLI_SETTINGS_FILE "/etc/jirasend/settings"

/*
 * Reads the file that --settings or JIRASEND_SETTINGS names, else CLI_SETTINGS_FILE where it is, into
 * `settled`. 0, or the exit code once the sentence was said: 66 for one that cannot be read, 64 for
 * what does not belong in it.
 */
int cli_settings_read(cli_options *options);
/* The same from the file `path`; `named`: somebody asked for it, so it has to be there. */
int cli_settings_read_file(cli_options *options, const char *path, bool named);

#endif
