/* Sends the one event that options and variables made. */
#ifndef CLI_EVENT_H
#define CLI_EVENT_H

#include "base/buf.h"
#include "cli/options.h"

/* That a folder is there where --wait 0 needs one. 0, or 64 once the sentence was said. */
int cli_event_check(const cli_options *options);
/* Says why the library refuses what options and variables made. 64. */
int cli_event_refused(const cli_options *options, const char *message);
/* Sends the document, or prints its request with --dry-run. The exit code. */
int cli_event_send(const cli_options *options, const js_buf *document, const js_buf *label);

#endif
