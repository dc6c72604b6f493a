/* What an accepted deletion by properties means for its lane. */
#ifndef JS_OUTBOX_SWEEP_H
#define JS_OUTBOX_SWEEP_H

#include "outbox/store.h"

/*
 * Inside a writing transaction: what waits before it and has its properties is superseded, what was
 * accepted counts as deleted, and the lane waits until `until_ms` at most.
 */
jirasend_code js_store_sweep(js_store *self, const js_event_row *row, const js_event *event,
                             int64_t until_ms, int64_t now_ms, jirasend_error *error);

#endif
