/*
 * The keys of the issuers of ID tokens: fetched by a thread for each issuer, kept, and asked for again
 * when a token names one that is not among them.
 */
#ifndef RELAY_CALLERS_ISSUERS_H
#define RELAY_CALLERS_ISSUERS_H

#include "base/world.h"
#include "relay/callers/keys.h"
#include "relay/life/config.h"

typedef struct rl_issuers rl_issuers;

typedef enum rl_keys_found {
    RL_KEYS_THERE,
    RL_KEYS_UNKNOWN, /* the issuer has no key of that id */
    RL_KEYS_LATER,   /* they are being fetched; `changed` is called when that is over */
    RL_KEYS_AWAY     /* the issuer does not answer, and there is nothing to go on */
} rl_keys_found;

/* `changed` is called from a thread of theirs. Null when memory is short. */
rl_issuers *rl_issuers_new(const js_world *world, void (*changed)(void *context),
                           void (*say)(void *context, const char *sentence), void *context);
/* Fetches that are under way are broken off. */
void rl_issuers_free(rl_issuers *issuers);
/* The issuers of this configuration; keys of those that were there already stay. False: no memory. */
bool rl_issuers_configure(rl_issuers *issuers, const rl_config *config);

/*
 * The issuer's keys, if one has this id. `wait`: whether a fetch may be begun or waited for. The keys are
 * released by the caller.
 */
rl_keys_found rl_issuers_keys(rl_issuers *issuers, const rl_oidc *oidc, const char *kid, bool wait,
                              rl_keys **keys);
int64_t rl_issuers_wall_ms(const rl_issuers *issuers);

#endif
