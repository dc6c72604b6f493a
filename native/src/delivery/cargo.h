/* The body of a batch, and how much of the batch goes into one request. */
#ifndef JS_DELIVERY_CARGO_H
#define JS_DELIVERY_CARGO_H

#include "base/buf.h"
#include "event/batch_limits.h"
#include "outbox/outbox.h"

/* Of any API: no batch has more. */
enum { JS_BATCH_MAX_EVENTS = JS_BATCH_ENTITIES };

/*
 * Writes the body of the batch, of news, at most `max_bytes` long, and lets go of the events at its end that
 * do not fit, or whose answer might not: they wait in the outbox as before. The first always fits.
 * False: out of memory.
 */
bool js_cargo_load(js_buf *body, js_batch *batch, int64_t max_bytes);
/* Lets go of all events from this one on. */
void js_cargo_unload(js_batch *batch, size_t from);

#endif
