/* The kinds, and the APIs that take them. */
#include "kind.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name, *noun;
} kinds[SB_KINDS] = {
    [SB_BUILD] = {"builds", "build"},
    [SB_DEPLOYMENT] = {"deployments", "deployment"},
    [SB_FLAG] = {"featureFlags", "feature flag"},
    [SB_REPOSITORY] = {"repositories", "repository"},
    [SB_COMMIT] = {"commits", "commit"},
    [SB_BRANCH] = {"branches", "branch"},
    [SB_PULL_REQUEST] = {"pullRequests", "pull request"},
};

static const struct {
    const char *name, *permission;
} modules[SB_MODULES] = {
    [SB_BUILDS] = {"builds", "Builds"},
    [SB_DEPLOYMENTS] = {"deployments", "Deployments"},
    [SB_FLAGS] = {"featureflags", "Feature flags"},
    [SB_DEVINFO] = {"devinfo", "Development information"},
};

const char *sb_kind_name(sb_kind kind) {
    return kinds[kind].name;
}

const char *sb_kind_noun(sb_kind kind) {
    return kinds[kind].noun;
}

bool sb_kind_from_name(const char *name, sb_kind *kind) {
    for (int i = 0; i < SB_KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *kind = (sb_kind)i;
            return true;
        }
    }
    return false;
}

const char *sb_module_name(sb_module module) {
    return modules[module].name;
}

const char *sb_module_permission(sb_module module) {
    return modules[module].permission;
}

bool sb_module_from_name(const char *name, sb_module *module) {
    if (strcmp(name, "flags") == 0) {
        *module = SB_FLAGS;
        return true;
    }
    for (int i = 0; i < SB_MODULES; i++) {
        if (strcmp(modules[i].name, name) == 0) {
            *module = (sb_module)i;
            return true;
        }
    }
    return false;
}
