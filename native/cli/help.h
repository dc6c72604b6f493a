/* What --help says. */
#ifndef CLI_HELP_TEXT_H
#define CLI_HELP_TEXT_H

#include "cli/options.h"

/* `jirasend --help`, on stdout. */
void cli_help_program(void);
/* `jirasend VERB --help`, on stdout. `action` of `outbox`: only what belongs to that; null: all. */
void cli_help_verb(cli_verb verb, const char *action);

#endif
