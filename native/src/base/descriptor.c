/* Descriptors of others, which may be set not to wait. */
#include "base/descriptor.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Whether it is worth another try, after the wait that may be needed. */
static bool try_again(int fd, short wanted) {
    if (errno == EAGAIN) {
        struct pollfd ready = {.fd = fd, .events = wanted};
        return poll(&ready, 1, -1) >= 0 || errno == EINTR;
    }
    return errno == EINTR;
}

ssize_t js_read(int fd, void *bytes, size_t size) {
    for (;;) {
        ssize_t length = read(fd, bytes, size);
        if (length >= 0 || !try_again(fd, POLLIN)) {
            return length;
        }
    }
}

bool js_write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && !try_again(fd, POLLOUT)) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
    return true;
}
