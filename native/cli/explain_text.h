/* The answer of `jirasend explain` for people. */
#ifndef CLI_EXPLAIN_TEXT_H
#define CLI_EXPLAIN_TEXT_H

#include "cli/explaining.h"

#include <json-c/json.h>
#include <stdbool.h>

/*
 * Prints what jirasend_client_explain_now() gave on standard output, 80 columns wide. `asked`: Jira was;
 * `complete`: and it answered all.
 */
void cli_explain_print(json_object *answer, bool asked, bool complete);

/* An empty line, and what the lines below it are about. */
void cli_explain_head(const char *text);
/* What somebody can do so that more appears; nothing where nothing helps. */
void cli_explain_hints(const cli_explaining *in);

#endif
