/* From options and the CI's variables to the document of a pull request (docs/events.md). */
#ifndef CLI_PULL_REQUEST_H
#define CLI_PULL_REQUEST_H

#include "base/buf.h"
#include "cli/options.h"

/*
 * Writes the document and what to call it ("pull request #12"). 0, or the exit code once the sentence
 * was said.
 */
int cli_pull_request_make(const cli_options *options, js_buf *document, js_buf *label);

#endif
