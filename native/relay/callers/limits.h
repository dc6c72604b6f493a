/*
 * What counts how often somebody comes: the rate of a caller, and wrong tokens of an address. Any
 * thread may call these at any time.
 */
#ifndef RELAY_CALLERS_LIMITS_H
#define RELAY_CALLERS_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 address, or the /64 of an IPv6 one: who somebody is, as far as the network tells. */
typedef struct rl_address {
    unsigned char bytes[8];
    bool v6;
} rl_address;

rl_address rl_address_of(const struct sockaddr *address);
bool rl_address_same(const rl_address *one, const rl_address *other);

typedef struct rl_limits_table rl_limits_table;

rl_limits_table *rl_limits_new(void); /* null when memory is short */
void rl_limits_free(rl_limits_table *limits);

/*
 * Whether a post of this caller is admitted: 0, or in how many seconds (at least 1) it will be. `rate` is
 * in events a second, 0 for none; a bucket holds ten seconds' worth.
 */
int64_t rl_rate_admit(rl_limits_table *limits, const char *caller, int64_t rate, int64_t now_ms);
/* Takes `events` out of the bucket, which may go below zero. */
void rl_rate_take(rl_limits_table *limits, const char *caller, int64_t rate, int64_t events,
                  int64_t now_ms);

/*
 * Counts a wrong token of this address: 0 while it may be told so, else the seconds after which it may
 * be again. `most` a minute.
 */
int64_t rl_wrong_count(rl_limits_table *limits, const rl_address *address, int most,
                       int64_t now_ms);

#endif
