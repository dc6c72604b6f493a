/* The last id that was given out, and the seal of a database that was closed. */
#include "outbox/sqlite/mark.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* 19 digits and a line break: always the same length, so that a shorter number leaves no tail. */
enum { MARK_DIGITS = 19, MARK_SIZE = MARK_DIGITS + 1 };

static int64_t parse(const char *text) {
    int64_t id = 0;
    for (int i = 0; i < MARK_DIGITS; i++) {
        if (text[i] < '0' || text[i] > '9' || id > (INT64_MAX - 9) / 10) {
            return 0;
        }
        id = id * 10 + (text[i] - '0');
    }
    return text[MARK_DIGITS] == '\n' ? id : 0;
}

jirasend_code js_mark_open(js_mark *mark, const js_folder *folder, jirasend_error *error) {
    *mark = (js_mark)JS_MARK_INIT;
    jirasend_code code = js_folder_file(folder, "outbox.mark", &mark->fd, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    char text[MARK_SIZE];
    ssize_t length = pread(mark->fd, text, sizeof text, 0);
    if (length < 0) {
        int number = errno;
        js_mark_close(mark);
        return js_fail(error, JIRASEND_E_STORAGE, "%.200s/outbox.mark cannot be read: %s.",
                       folder->path, strerror(number));
    }
    mark->id = length == MARK_SIZE ? parse(text) : 0;
    return JIRASEND_OK;
}

int64_t js_mark_peek(const char *folder) {
    char path[700];
    char text[MARK_SIZE];
    (void)snprintf(path, sizeof path, "%.600s/outbox.mark", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return 0;
    }
    ssize_t length = pread(fd, text, sizeof text, 0);
    (void)close(fd);
    return length == MARK_SIZE ? parse(text) : 0;
}

void js_mark_write(js_mark *mark, int64_t id) {
    if (mark->fd < 0 || id <= mark->id) {
        return;
    }
    char text[MARK_SIZE + 12];
    (void)snprintf(text, sizeof text, "%0*" PRId64 "\n", MARK_DIGITS, id);
    if (pwrite(mark->fd, text, MARK_SIZE, 0) == MARK_SIZE) {
        mark->id = id;
    }
}

void js_mark_close(js_mark *mark) {
    if (mark->fd >= 0) {
        (void)close(mark->fd);
    }
    *mark = (js_mark)JS_MARK_INIT;
}

/* ---- the seal ---- */

enum { SEAL_SIZE = 96 };

/* Padded: always the same length. False: there is no database. */
static bool describe(const js_folder *folder, char out[SEAL_SIZE + 1]) {
    struct stat facts;
    if (folder->fd < 0 || fstatat(folder->fd, JS_DATABASE_NAME, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    char text[SEAL_SIZE + 64];
    (void)snprintf(text, sizeof text, "%llu %llu %lld %lld.%09ld", (unsigned long long)facts.st_dev,
                   (unsigned long long)facts.st_ino, (long long)facts.st_size,
                   (long long)facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
    (void)snprintf(out, SEAL_SIZE + 1, "%-*.*s\n", SEAL_SIZE - 1, SEAL_SIZE - 1, text);
    return true;
}

void js_seal_put(const js_folder *folder, const js_mark *mark, const js_world *world) {
    struct stat facts;
    if (mark->fd < 0 || folder->fd < 0 ||
        fstatat(folder->fd, JS_DATABASE_NAME "-wal", &facts, AT_SYMLINK_NOFOLLOW) == 0 ||
        fstatat(folder->fd, JS_DATABASE_NAME, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        return; /* others still use it, or it is gone */
    }
    struct timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, facts.st_mtim};
    times[1].tv_nsec = (long)js_random_below(world, 1000000000);
    char seal[SEAL_SIZE + 1];
    if (utimensat(folder->fd, JS_DATABASE_NAME, times, AT_SYMLINK_NOFOLLOW) == 0 &&
        describe(folder, seal)) {
        ssize_t written = pwrite(mark->fd, seal, SEAL_SIZE, MARK_SIZE);
        (void)written; /* without a seal the database is checked, that is all */
    }
}

bool js_seal_holds(const js_folder *folder, const js_mark *mark) {
    char seal[SEAL_SIZE + 1];
    char stored[SEAL_SIZE];
    return mark->fd >= 0 && describe(folder, seal) &&
           pread(mark->fd, stored, SEAL_SIZE, MARK_SIZE) == SEAL_SIZE &&
           memcmp(seal, stored, SEAL_SIZE) == 0;
}
