/* Writing beside a file and renaming; but never over a device or a link. */
#include "base/place_file.h"

#include "base/buf.h"
#include "base/descriptor.h"
#include "base/world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Also after a failure, whose errno stays. */
static bool end(int fd, bool good) {
    int why = errno;
    bool closed = close(fd) == 0;
    if (!good) {
        errno = why;
    }
    return closed && good;
}

/* Whether a signal that ends programs waits until ours looks for it. */
static bool told_to_end(void) {
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

/* A pipe is opened once somebody reads it. To wait for that in open() would leave a server deaf to signals. */
static bool write_in_place(const char *path, const char *bytes, size_t length) {
    enum { LOOK_MS = 20 };
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat there;
    while (fd < 0 && errno == ENXIO && stat(path, &there) == 0 && S_ISFIFO(there.st_mode)) {
        if (told_to_end()) {
            errno = EINTR;
            return false;
        }
        js_sleep_ms(LOOK_MS);
        fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    }
    return fd >= 0 && end(fd, fcntl(fd, F_SETFL, 0) == 0 && js_write_all(fd, bytes, length));
}

static bool write_beside(const char *path, const char *bytes, size_t length, mode_t mode) {
    js_buf name = JS_BUF_INIT;
    js_buf_addf(&name, "%s.%ld.tmp", path, (long)getpid());
    if (name.failed) {
        js_buf_clear(&name);
        errno = ENOMEM;
        return false;
    }
    (void)unlink(name.data); /* of one that was killed and had our number, as in a container */
    int fd = open(name.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    bool good = fd >= 0 && end(fd, fchmod(fd, mode) == 0 && js_write_all(fd, bytes, length)) &&
                rename(name.data, path) == 0;
    if (!good && fd >= 0) {
        int why = errno;
        (void)unlink(name.data);
        errno = why;
    }
    js_buf_clear(&name);
    return good;
}

static bool is_same(const struct stat *one, const struct stat *other) {
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/*
 * Where a link leads; null: errno says why. The system does not let us follow a link that a stranger has put into a
 * folder for all, and said so when it was asked what is there. So it must be that very file.
 */
static char *follow(const char *link, const struct stat *there) {
    struct stat found;
    char *path = realpath(link, NULL);
    int why = errno;
    if (path != NULL && stat(path, &found) == 0) {
        if (is_same(&found, there)) {
            return path;
        }
        why = ELOOP;
    } else if (path != NULL) {
        why = errno;
    }
    free(path);
    errno = why;
    return NULL;
}

static bool write_where_it_leads(const char *link, const struct stat *there, const char *bytes,
                                 size_t length, mode_t mode) {
    char *path = follow(link, there);
    bool good = path != NULL && write_beside(path, bytes, length, mode);
    int why = errno;
    free(path);
    errno = why;
    return good;
}

static bool is_standard_output(const struct stat *there) {
    struct stat output;
    return fstat(STDOUT_FILENO, &output) == 0 && is_same(&output, there);
}

/* What a link names and is not there yet: the system makes it, or says that we may not. */
static bool make(const char *link, mode_t mode, struct stat *made) {
    int fd = open(link, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, mode);
    return fd >= 0 && end(fd, fstat(fd, made) == 0);
}

bool js_place_file(const char *path, const char *bytes, size_t length, mode_t mode) {
    struct stat itself;
    struct stat there;
    bool is_link = lstat(path, &itself) == 0 && S_ISLNK(itself.st_mode);
    if (stat(path, &there) != 0) {
        if (errno != ENOENT) {
            return false;
        }
        if (!is_link) {
            return write_beside(path, bytes, length, mode);
        }
        if (!make(path, mode, &there)) {
            return false;
        }
    }
    /* /dev/stdout: opened again it would lose its place in a file, and a socket cannot be. */
    if (is_link && (S_ISREG(there.st_mode) || S_ISSOCK(there.st_mode)) &&
        is_standard_output(&there)) {
        return js_write_all(STDOUT_FILENO, bytes, length);
    }
    if (!S_ISREG(there.st_mode)) {
        return write_in_place(path, bytes, length);
    }
    return is_link ? write_where_it_leads(path, &there, bytes, length, mode)
                   : write_beside(path, bytes, length, mode);
}

bool js_remove_placed_file(const char *path) {
    struct stat itself;
    struct stat there;
    if (lstat(path, &itself) != 0 || stat(path, &there) != 0) {
        return errno == ENOENT;
    }
    bool is_link = S_ISLNK(itself.st_mode);
    if (!S_ISREG(there.st_mode) || (is_link && is_standard_output(&there))) {
        return true;
    }
    char *file = is_link ? follow(path, &there) : NULL;
    bool good = (!is_link || file != NULL) && unlink(is_link ? file : path) == 0;
    int why = errno;
    free(file);
    errno = why;
    return good || why == ENOENT;
}
