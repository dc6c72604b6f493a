/* What the verbs that ask the history have in common. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "base/buf.h"
#include "cli/client.h"

#include <json-c/json.h>

/* Opens the outbox that is asked. 0, or the exit code once the sentence was said. */
int cli_ask_open(cli_client *client, const cli_options *options, cli_mode mode);
/* `count` arguments, no more and no fewer; `what` is the usage. 0 or 64. */
int cli_ask_arguments(const cli_options *options, size_t count, const char *what);
/* A failure, where ARGUMENT is a mistake on the command line. The exit code. */
int cli_ask_failed(jirasend_code code, const jirasend_error *error);
/* Appends the values of an option that may be given again, with commas between them. */
void cli_ask_join(const cli_options *options, cli_option option, js_buf *list);
/* A difference for people: "state: told successful, Jira has failed". */
void cli_ask_print_difference(const char *indent, json_object *difference);
/* One line of JSON. */
const char *cli_ask_line(json_object *document);

#endif
