/* Notifications of the service. */
#include "relay/life/notify.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/place_file.h"

#include <errno.h>
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
    enum { READABLE = 0644 };
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "{\"url\": \"%s\", \"port\": %d, \"pid\": %ld}\n", url, port,
                (long)getpid());
    jirasend_code code = JIRASEND_OK;
    if (text.failed) {
        code = js_fail_memory(error);
    } else if (!js_place_file(path, text.data, text.length, READABLE)) {
        code = js_fail(error, JIRASEND_E_STORAGE, "Cannot write %s: %s.", path, strerror(errno));
    }
    js_buf_clear(&text);
    return code;
}
