/* From options and the CI's variables to an event document (docs/events.md). */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include "base/buf.h"
#include "cli/options.h"

/*
 * Writes the document of one build or deployment and what to call it ("build team/app #42"). `state`
 * is its state; null: that of --state, or what the CI tells. 0, or the exit code once the sentence
 * was said.
 */
int cli_document_make(const cli_options *options, const char *state, js_buf *document,
                      js_buf *label);

#endif
