/* Reading what is left of a damaged outbox into a new one. */
#ifndef CLI_SALVAGE_H
#define CLI_SALVAGE_H

#include "cli/client.h"

/* The exit code: 65 when there are events that a person has to look at. */
int cli_salvage(cli_client *client, const cli_options *options, const char *folder);

#endif
