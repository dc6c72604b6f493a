/* A multi handle that leaves nothing open in programs that are started meanwhile. */
#include "net/curl_internal.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOKED_AT = 16 };

static bool is_unnamed_pair(int fd) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    return getpeername(fd, (struct sockaddr *)&peer, &length) == 0 && peer.ss_family == AF_UNIX &&
           length == sizeof peer.ss_family;
}

static void close_on_exec(int fd) {
    int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0 && is_unnamed_pair(fd)) {
        (void)fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
    }
}

/*
 * libcurl makes the pair of sockets by which it is woken without close-on-exec, and shows it to
 * nobody. It has the lowest free numbers: what is new among them, and looks like it, is it.
 */
CURLM *js_curl_multi_new(void) {
    int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (first < 0) {
        return curl_multi_init();
    }
    (void)close(first);
    bool there[LOOKED_AT];
    for (int i = 0; i < LOOKED_AT; i++) {
        there[i] = fcntl(first + i, F_GETFD) >= 0;
    }
    CURLM *multi = curl_multi_init();
    for (int i = 0; i < LOOKED_AT; i++) {
        if (!there[i]) {
            close_on_exec(first + i);
        }
    }
    return multi;
}
