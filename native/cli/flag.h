/* From the options of `flag` to the document of a feature flag (docs/events.md). */
#ifndef CLI_FLAG_H
#define CLI_FLAG_H

#include "base/buf.h"
#include "cli/options.h"

/*
 * Writes the document and what to call it ("flag checkout-v2"). 0, or the exit code once the sentence
 * was said.
 */
int cli_flag_make(const cli_options *options, js_buf *document, js_buf *label);

#endif
