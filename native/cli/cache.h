/* What a run may leave for the next one in the user's cache folder. */
#ifndef JIRASEND_CLI_CACHE_H
#define JIRASEND_CLI_CACHE_H

#include <jirasend/config.h>

/*
 * Lets the library remember cloud ids in $XDG_CACHE_HOME/jirasend or ~/.cache/jirasend. Without such
 * a folder that is the user's own (sudo keeps the HOME of somebody else) nothing is remembered.
 */
jirasend_code cli_cache_set(jirasend_config *config, jirasend_error *error);

#endif
