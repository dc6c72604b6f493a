/* Of `jirasend check --outbox`. */
#ifndef CLI_DATABASE_H
#define CLI_DATABASE_H

#include "cli/options.h"

/* Says whether the outbox can be used, and of a database what protects it. Null: there is no outbox, and 0. */
int cli_check_outbox(const cli_options *options, const char *outbox);

#endif
