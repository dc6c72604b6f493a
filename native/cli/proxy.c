/* The variables of the environment that name a proxy. */
#include "cli/proxy.h"

#include <stddef.h>

static const char *first_set(const char *const *names) {
    for (; *names != NULL; names++) {
        if (cli_environment(*names) != NULL) {
            return *names;
        }
    }
    return NULL;
}

const char *cli_proxy_variable(void) {
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                        NULL};
    return first_set(names);
}

const char *cli_no_proxy_variable(void) {
    static const char *const names[] = {"no_proxy", "NO_PROXY", NULL};
    return first_set(names);
}
