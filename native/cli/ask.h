/* What the verbs that ask the history have in common. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/client.h"

#include <json-c/json.h>

/* Opens the outbox that is asked. 0, or the exit code once the sentence was said. */
int cli_ask_open(cli_client *client, const cli_options *options, cli_mode mode);
/* `count` arguments, no more and no fewer; `what` is the usage. 0 or 64. */
int cli_ask_arguments(const cli_options *options, size_t count, const char *what);
/* A failure, where ARGUMENT is a mistake on the command line. The exit code. */
int cli_ask_failed(jirasend_code code, const jirasend_error *error);
/* One line of JSON. */
const char *cli_ask_line(json_object *document);

#endif
