/* When a server wants to be asked again: what its headers say, in ms from now. Pure. */
#ifndef JS_NET_HINTS_H
#define JS_NET_HINTS_H

#include <stdint.h>

/*
 * Both give 0 for what is over, or makes no sense, and at most 24 hours. Points in time are
 * measured against the server's own clock.
 */

/* Retry-After: seconds or an HTTP date. */
int64_t js_hint_retry_after(const char *text, int64_t server_now_ms);
/* X-RateLimit-Reset: 2026-11-23T10:00Z from Atlassian; others write seconds or an epoch. */
int64_t js_hint_rate_reset(const char *text, int64_t server_now_ms);

#endif
