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

const char *cli_proxy_variable(bool http) {
    /* HTTP_PROXY in capitals is what a web server makes of a visitor's "Proxy:" header. */
    static const char *const for_http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const for_https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                            NULL};
    return first_set(http ? for_http : for_https);
}

const char *cli_no_proxy_variable(void) {
    static const char *const names[] = {"no_proxy", "NO_PROXY", NULL};
    return first_set(names);
}
