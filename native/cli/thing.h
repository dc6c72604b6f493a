/* Which thing in Jira is meant: `build --pipeline P --number N`, `flag ID`, `commit HASH` ... */
#ifndef CLI_THING_H
#define CLI_THING_H

#include "base/buf.h"
#include "cli/options.h"

/*
 * Writes the document of a deletion, which names the thing by the members of its stream, and what to
 * call it ("build team/app #42", or "deletion of" it). Options alone count, never a CI's variables: what is taken away must have
 * been meant. 0, or 64 once the sentence was said.
 */
int cli_thing_make(const cli_options *options, js_buf *document, js_buf *label);

#endif
