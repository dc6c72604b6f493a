/* A gated deployment that waits for its gate: --until-allowed. */
#ifndef CLI_UNTIL_ALLOWED_H
#define CLI_UNTIL_ALLOWED_H

#include "base/buf.h"
#include "cli/options.h"

/* That --until-allowed and --cancel-on-abort are given where they mean something. 0, or 64. */
int cli_until_allowed_check(const cli_options *options);
/*
 * Sends the deployment as it is, waits for the gate up to --until-allowed, and with --cancel-on-abort
 * tells it as cancelled where the answer is not that it may go on. The exit code: 0 only when it may.
 */
int cli_until_allowed_send(const cli_options *options, const js_buf *document, const js_buf *label);

#endif
