/* The kinds of things that Jira keeps, and the APIs that they come through. */
#ifndef SB_KIND_H
#define SB_KIND_H

#include <stdbool.h>

typedef enum sb_kind {
    SB_BUILD,
    SB_DEPLOYMENT,
    SB_FLAG,
    SB_REPOSITORY,
    SB_COMMIT,
    SB_BRANCH,
    SB_PULL_REQUEST
} sb_kind;

/* One permission of the client credentials each. */
typedef enum sb_module { SB_BUILDS, SB_DEPLOYMENTS, SB_FLAGS, SB_DEVINFO } sb_module;

enum {
    SB_KINDS = 7,
    SB_LIST_KINDS = 3, /* the first ones, each a list of its own in a request of its own */
    SB_MODULES = 4,
    SB_ALL_MODULES = (1 << SB_MODULES) - 1
};

const char *sb_kind_name(sb_kind kind); /* "builds", "featureFlags", "pullRequests" */
bool sb_kind_from_name(const char *name, sb_kind *kind);

const char *sb_module_name(sb_module module);       /* as in a path: "featureflags" */
const char *sb_module_permission(sb_module module); /* as Jira calls it: "Feature flags" */
/* Also "flags". */
bool sb_module_from_name(const char *name, sb_module *module);
const char *sb_kind_noun(sb_kind kind); /* "pull request" */

#endif
