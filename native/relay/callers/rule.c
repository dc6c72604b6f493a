/* Whether a caller's rule allows a document. */
#include "relay/callers/rule.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 120 };

bool rl_rule_has_site(const rl_caller *caller, const char *site) {
    return caller->sites.count == 0 || js_strings_contain(&caller->sites, site);
}

static bool forbid(const rl_caller *caller, char *why, size_t why_size, const char *what,
                   const char *value) {
    if (why != NULL) {
        (void)snprintf(why, why_size, "The rule '%s' does not allow the %s '%.*s'.", caller->name,
                       what, SHOWN, value);
    }
    return false;
}

static bool forbid_power(const rl_caller *caller, char *why, size_t why_size, const char *what) {
    if (why != NULL) {
        (void)snprintf(why, why_size, "The rule '%s' does not allow %s.", caller->name, what);
    }
    return false;
}

static bool allows_repositories(const rl_caller *caller, json_object *claims, const rl_facts *facts,
                                char *why, size_t why_size) {
    const rl_patterns *allowed = &caller->repositories;
    if (facts->repository != NULL &&
        !rl_patterns_fit(allowed, claims, facts->repository, strlen(facts->repository))) {
        return forbid(caller, why, why_size, "repository", facts->repository);
    }
    for (size_t i = 0; i < facts->repositories.count; i++) {
        const char *name = facts->repositories.items[i];
        if (!rl_patterns_fit(allowed, claims, name, strlen(name))) {
            return forbid(caller, why, why_size, "repository", name);
        }
    }
    return true;
}

static bool allows_environment(const rl_caller *caller, json_object *claims, const rl_facts *facts,
                               char *why, size_t why_size) {
    if (caller->environments.given && facts->environment != NULL &&
        !rl_patterns_fit(&caller->environments, claims, facts->environment,
                         strlen(facts->environment))) {
        return forbid(caller, why, why_size, "environment", facts->environment);
    }
    if (caller->environment_types.count > 0 && facts->environment_type != NULL &&
        !js_strings_contain(&caller->environment_types, facts->environment_type)) {
        return forbid(caller, why, why_size, "environment type", facts->environment_type);
    }
    return true;
}

bool rl_rule_allows(const rl_caller *caller, json_object *claims, const rl_facts *facts, char *why,
                    size_t why_size) {
    if (!caller->sender) {
        return forbid_power(caller, why, why_size, "sending");
    }
    if (!rl_rule_has_site(caller, facts->site)) {
        return forbid(caller, why, why_size, "site", facts->site);
    }
    if (!js_strings_contain(&caller->kinds, facts->kind)) {
        return forbid(caller, why, why_size, "kind", facts->kind);
    }
    if (facts->deletion && !caller->may_delete) {
        return forbid_power(caller, why, why_size, "deletions");
    }
    if (facts->history && !caller->history) {
        return forbid_power(caller, why, why_size, "history");
    }
    if (facts->pipeline != NULL &&
        !rl_patterns_fit(&caller->pipelines, claims, facts->pipeline, strlen(facts->pipeline))) {
        return forbid(caller, why, why_size, "pipelineId", facts->pipeline);
    }
    if (facts->flag != NULL &&
        !rl_patterns_fit(&caller->flags, claims, facts->flag, strlen(facts->flag))) {
        return forbid(caller, why, why_size, "flagId", facts->flag);
    }
    return allows_repositories(caller, claims, facts, why, why_size) &&
           allows_environment(caller, claims, facts, why, why_size);
}
