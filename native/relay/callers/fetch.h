/* Asking an issuer for its keys, over HTTP. */
#ifndef RELAY_CALLERS_FETCH_H
#define RELAY_CALLERS_FETCH_H

#include "relay/callers/keys.h"
#include "relay/life/config.h"

#include <stdatomic.h>

/*
 * Finds out where the keys are, unless the rule says it, and gets them: 10 s in all, 1 MiB each, no
 * redirects. Errors: NETWORK, DOCUMENT, MEMORY, each with a sentence that names the issuer.
 */
jirasend_code rl_fetch_keys(rl_keys **keys, const rl_oidc *oidc, const atomic_bool *stop,
                            jirasend_error *error);

/* Whether the address has the scheme, host and port of the other. */
bool rl_same_origin(const char *one, const char *other);

#endif
