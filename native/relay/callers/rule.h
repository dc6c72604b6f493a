/* Whether a caller's rule allows an event. Pure. */
#ifndef RELAY_CALLERS_RULE_H
#define RELAY_CALLERS_RULE_H

#include "relay/callers/facts.h"
#include "relay/life/config.h"

/*
 * False: `why` (may be null) is a sentence that names the rule and what it does not allow. The facts are
 * whole: whatever the kind needs is there.
 */
bool rl_rule_allows(const rl_caller *caller, json_object *claims, const rl_facts *facts, char *why,
                    size_t why_size);
bool rl_rule_has_site(const rl_caller *caller, const char *site);

#endif
