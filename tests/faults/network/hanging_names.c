/* Preloaded into the command line: host names are looked up for ever. */
#include <netdb.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <dlfcn.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
    size_t length = node != NULL ? strlen(node) : 0;
    const char suffix[] = ".example.com";
    if (length > sizeof suffix && strcmp(node + length - (sizeof suffix - 1), suffix) == 0) {
        for (;;) {
            struct timespec long_time = {3600, 0};
            (void)nanosleep(&long_time, NULL);
        }
    }
    int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
    return next(node, service, hints, found);
}
