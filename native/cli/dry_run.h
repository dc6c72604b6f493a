/* --dry-run: the request body, or method and path, on stdout, and nothing is sent or stored. */
#ifndef CLI_DRY_RUN_H
#define CLI_DRY_RUN_H

#include "cli/options.h"

#include <jirasend/config.h>

#include <stddef.h>

/* The settings that matter for a body. 0, or the exit code once the sentence was said. */
int cli_dry_run_config(const cli_options *options, jirasend_config **config);
/* Prints the body of one document; an error of the document is given back in `error`. */
jirasend_code cli_dry_run_print(const jirasend_config *config, const char *document, size_t length,
                                const char *label, jirasend_error *error);
/* Prints "DELETE /jira/..." with the cloud id in its place; null: it is not known. */
void cli_dry_run_path(const char *request, const char *cloud_id);
/* Both, for the one event that options made. */
int cli_dry_run_one(const cli_options *options, const char *document, size_t length,
                    const char *label);

#endif
