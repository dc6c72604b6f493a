/* Notifications of the service. */
#include "relay/life/notify.h"

#include "base/buf.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void rl_notify(const char *lines) {
    const char *place = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = place != NULL ? strlen(place) : 0;
    if (length == 0 || length >= sizeof address.sun_path || (place[0] != '/' && place[0] != '@')) {
        return;
    }
    memcpy(address.sun_path, place, length);
    if (place[0] == '@') {
        address.sun_path[0] = '\0'; /* an abstract name */
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
        ssize_t sent =
            sendto(fd, lines, strlen(lines), MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
        (void)sent; /* there is nobody else to tell */
        (void)close(fd);
    }
}

void rl_notify_reloading(void) {
    struct timespec now;
    char lines[80];
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)snprintf(lines, sizeof lines, "RELOADING=1\nMONOTONIC_USEC=%lld",
                   (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    rl_notify(lines);
}

jirasend_code rl_ready_file(const char *path, const char *url, int port, jirasend_error *error) {
    js_buf temporary = JS_BUF_INIT;
    js_buf_addf(&temporary, "%s.%ld", path, (long)getpid());
    if (temporary.failed) {
        js_buf_clear(&temporary);
        return js_fail_memory(error);
    }
    int fd = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool good = fd >= 0 && dprintf(fd, "{\"url\": \"%s\", \"port\": %d, \"pid\": %ld}\n", url, port,
                                   (long)getpid()) > 0;
    good = (fd < 0 || close(fd) == 0) && good && rename(temporary.data, path) == 0;
    jirasend_code code = JIRASEND_OK;
    if (!good) {
        code = js_fail(error, JIRASEND_E_STORAGE, "Cannot write %s: %s.", path, strerror(errno));
        (void)unlink(temporary.data);
    }
    js_buf_clear(&temporary);
    return code;
}
