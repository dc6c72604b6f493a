/* The limit of open files (RLIMIT_NOFILE). */
#include "relay/life/open_files.h"

#include <sys/resource.h>

enum { BESIDE = 256 }; /* the outbox, requests to Jira, connections that are turned away */

void rl_open_files(rl_relay *relay, const rl_config *config) {
    struct rlimit limit;
    rlim_t wanted = (rlim_t)config->limits.connections + BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
        return;
    }
    rlim_t allowed = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    limit.rlim_cur = allowed;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || allowed < wanted) {
        rl_relay_say(relay,
                     "Only %llu files may be open, too few for %lld connections: raise the limit "
                     "(LimitNOFILE), or lower 'limits.connections'.",
                     (unsigned long long)allowed, (long long)config->limits.connections);
    }
}
