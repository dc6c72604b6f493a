/* Where cloud ids are kept without an outbox. */
#include "cli/cache.h"

#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

jirasend_code cli_cache_set(jirasend_config *config, jirasend_error *error) {
    char caches[PATH_MAX];
    char ours[PATH_MAX + sizeof "/jirasend"];
    const char *home = cli_environment("HOME");
    const char *chosen = cli_environment("XDG_CACHE_HOME");
    bool from_home = chosen == NULL || chosen[0] != '/'; /* as the XDG specification has it */
    const char *base = from_home ? home : chosen;
    struct stat found;
    if (base == NULL || base[0] != '/' ||
        snprintf(caches, sizeof caches, "%s%s", base, from_home ? "/.cache" : "") >=
            (int)sizeof caches) {
        return JIRASEND_OK;
    }
    if ((mkdir(caches, 0700) != 0 && errno != EEXIST) || stat(caches, &found) != 0 ||
        found.st_uid != geteuid()) {
        return JIRASEND_OK;
    }
    (void)snprintf(ours, sizeof ours, "%s/jirasend", caches);
    return jirasend_config_set_cloud_ids(config, ours, error);
}
