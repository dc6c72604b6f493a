/* One thing as Jira gives it back. */
#ifndef SB_THINGS_H
#define SB_THINGS_H

#include "sandbox.h"

/* What the client sent, without our members and without the issue keys that Jira does not know. */
void sb_write_item(js_buf *out, const sb_item *item);

#endif
