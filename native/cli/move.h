/* jirasend outbox move --from A --to B */
#ifndef CLI_MOVE_H
#define CLI_MOVE_H

#include "cli/options.h"

/* Its exit code, once all was said. */
int cli_move(const cli_options *options);

#endif
