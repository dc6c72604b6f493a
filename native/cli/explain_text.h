/* The answer of `jirasend explain` for people. */
#ifndef CLI_EXPLAIN_TEXT_H
#define CLI_EXPLAIN_TEXT_H

#include <json-c/json.h>
#include <stdbool.h>

/*
 * Prints what jirasend_client_explain_now() gave on standard output, 80 columns wide. `asked`: Jira was;
 * `complete`: and it answered all.
 */
void cli_explain_print(json_object *answer, bool asked, bool complete);

#endif
