/* What waits in an outbox, is held or is dead. */
#ifndef CLI_OUTBOX_LIST_H
#define CLI_OUTBOX_LIST_H

#include "cli/client.h"

#include <json-c/json.h>

/* Calls `each` for all pages of receipts, as arrays. The exit code. */
int cli_outbox_pages(cli_client *client, void (*each)(json_object *page, void *context),
                     void *context);
/* Prints them for people, or with --json for programs. The exit code; `id` counts for nothing. */
int cli_outbox_list(cli_client *client, const cli_options *options, int64_t id);

#endif
