/*
 * Outboxes that were open in the process that forked this one. SQLite does not support that: its locks stay
 * with the parent, while the memory of the child says that it has them. The parent would then clear the
 * write-ahead log away from under the child, and with it what the child had committed.
 */
#ifndef JS_OUTBOX_INHERITED_H
#define JS_OUTBOX_INHERITED_H

#include <stdbool.h>

/* Whether a parent had that file (outbox.open, by its descriptor) in use when this process was forked. */
bool js_inherited(int fd);

typedef struct js_in_use js_in_use;

/* This process uses it from now on. Null: memory is short. */
js_in_use *js_in_use_begin(int fd);
/* It does no longer. Null is allowed. */
void js_in_use_end(js_in_use *use);

#endif
