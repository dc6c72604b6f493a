/* Kinds by their names on the command line. */
#ifndef CLI_KIND_LIST_H
#define CLI_KIND_LIST_H

#include "base/strings.h"
#include "cli/options.h"

/*
 * Reads --kind: names with commas between them, which may be given again; "pull-request" becomes
 * "pull_request". `kinds` gets those of documents, each once, and none where the option is not there. 0, or 64
 * once the sentence was said.
 */
int cli_kinds_read(const cli_options *options, js_strings *kinds);
bool cli_kinds_hold(const js_strings *kinds, const char *kind);

#endif
