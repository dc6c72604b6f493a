/*
 * What the counters of the outbox said in each half-hour, for the charts of the last day. It is kept in the
 * outbox: over restarts, and for all relays that share it.
 */
#ifndef RELAY_PAGE_SAMPLES_H
#define RELAY_PAGE_SAMPLES_H

#include "relay/life/relay.h"

#include "base/buf.h"

typedef struct rl_samples rl_samples;

rl_samples *rl_samples_new(rl_relay *relay); /* null when memory is short */
void rl_samples_free(rl_samples *samples);   /* null is fine */
/* About once a second; looks at the counters once a minute, in a pool. */
void rl_samples_tick(rl_samples *samples);
/* Two charts, as HTML. Any thread. */
void rl_samples_show(rl_samples *samples, js_buf *out);

#endif
