/* Whether a webhook comes from whom it says. */
#ifndef RELAY_HOOKS_SIGNATURE_H
#define RELAY_HOOKS_SIGNATURE_H

#include "relay/life/config.h"

/* The header that signs, by the type of the hook. */
const char *rl_signature_header(rl_hook_type type);
/* In constant time. `given` is that header, null when it is not there. */
bool rl_signature_good(const rl_hook *hook, const char *given, const void *body, size_t length);

#endif
