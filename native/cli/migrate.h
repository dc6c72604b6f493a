/* jirasend outbox migrate [--role R] */
#ifndef CLI_MIGRATE_H
#define CLI_MIGRATE_H

#include "cli/options.h"

/* Its exit code, once all was said. */
int cli_migrate(const cli_options *options);

#endif
