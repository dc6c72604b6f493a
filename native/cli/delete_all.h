/* delete all: everything that has certain properties. */
#ifndef CLI_DELETE_ALL_H
#define CLI_DELETE_ALL_H

#include "cli/options.h"

/* Whether that is the verb. It keeps nothing in an outbox. */
bool cli_deletes_all(const cli_options *options);
/* The exit code. */
int cli_delete_all(const cli_options *options);

#endif
