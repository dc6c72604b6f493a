/* The stamp of the host that uses the outbox. */
#include "outbox/sqlite/host.h"

#include "base/error.h"
#include "base/world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Whoever looks at the stamp to put down its own holds this byte of outbox.open. */
#define DOOR ((INT64_C(1) << 62) + 1)

enum { LOOK_MS = 200, DOOR_TRIES = 100, DOOR_MS = 10 };

static void own_name(char out[JS_HOST_STAMP_SIZE]) {
    char realm[JS_REALM_SIZE];
    char host[80] = "";
    js_realm(realm);
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(out, JS_HOST_STAMP_SIZE, "%.*s %.79s", (int)strcspn(realm, " "), realm, host);
}

/* "" when there is none. */
static void read_stamp(int fd, char out[JS_HOST_STAMP_SIZE]) {
    ssize_t length = pread(fd, out, JS_HOST_STAMP_SIZE - 1, 0);
    out[length > 0 ? length : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

static bool write_stamp(const js_host *host) {
    char line[JS_HOST_STAMP_SIZE + 2];
    int length = snprintf(line, sizeof line, "%s\n", host->name);
    return pwrite(host->fd, line, (size_t)length, 0) == length && ftruncate(host->fd, length) == 0;
}

/* By their first word: the machine since it was started. */
static bool same_host(const char *a, const char *b) {
    size_t length = strcspn(a, " ");
    return length == strcspn(b, " ") && strncmp(a, b, length) == 0;
}

static const char *readable(const char *name) {
    const char *space = strchr(name, ' ');
    return space != NULL && space[1] != '\0' ? space + 1 : "of unknown name";
}

static int64_t ms_of(struct timespec time) {
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* How old the stamp is, by a file that is written just now; 0 when that cannot be known. */
static int64_t age_ms(const js_folder *folder, int stamp) {
    struct stat then;
    struct stat now;
    jirasend_error words = JIRASEND_ERROR_INIT;
    int fd = -1;
    if (js_folder_file(folder, "outbox.clock", &fd, &words) != JIRASEND_OK) {
        return 0;
    }
    bool known = pwrite(fd, "x", 1, 0) == 1 && fsync(fd) == 0 && fstat(fd, &now) == 0 &&
                 fstat(stamp, &then) == 0;
    (void)close(fd);
    return known ? ms_of(now.st_mtim) - ms_of(then.st_mtim) : 0;
}

static int enter_door(int fd) {
    int result = js_lock_byte(fd, DOOR);
    for (int i = 0; i < DOOR_TRIES && result == EAGAIN; i++) {
        js_sleep_ms(DOOR_MS);
        result = js_lock_byte(fd, DOOR);
    }
    return result;
}

/* One look. *alive: another host has it; its stamp is in `other`. */
static jirasend_code try_once(js_host *host, const js_folder *folder,
                              char other[JS_HOST_STAMP_SIZE], bool *alive, jirasend_error *error) {
    int result = enter_door(host->fd);
    if (result != 0) {
        return js_fail(error, JIRASEND_E_STORAGE, "%.200s/outbox.open cannot be locked: %s.",
                       folder->path, strerror(result));
    }
    read_stamp(host->fd, other);
    *alive = other[0] != '\0' && !same_host(other, host->name) &&
             age_ms(folder, host->fd) < JS_HOST_ALIVE_MS;
    bool written = *alive || write_stamp(host);
    int number = errno;
    js_unlock_byte(host->fd, DOOR);
    return written ? JIRASEND_OK
                   : js_fail(error, JIRASEND_E_STORAGE, "%.200s/outbox.open cannot be written: %s.",
                             folder->path, strerror(number));
}

static jirasend_code refuse(const js_folder *folder, const char *other, jirasend_error *error) {
    jirasend_code code = js_fail(
        error, JIRASEND_E_REFUSED,
        "The outbox in %.200s is in use on another host, %.80s. One folder serves one host at a "
        "time: end the program there (its claim is over a minute after that), or use another "
        "folder here.",
        folder->path, readable(other));
    js_error_because(error, JIRASEND_REASON_OTHER_HOST);
    return code;
}

jirasend_code js_host_enter(js_host *host, const js_folder *folder, const js_presence *presence,
                            const char *name, int64_t wait_ms, jirasend_error *error) {
    host->fd = presence->fd;
    if (name != NULL) {
        (void)snprintf(host->name, sizeof host->name, "%s", name);
    } else {
        own_name(host->name);
    }
    for (int64_t waited = 0;; waited += LOOK_MS) {
        char other[JS_HOST_STAMP_SIZE];
        bool alive = false;
        jirasend_code code = try_once(host, folder, other, &alive, error);
        if (code == JIRASEND_OK && !alive) {
            return JIRASEND_OK;
        }
        if (code == JIRASEND_OK && waited >= wait_ms) {
            code = refuse(folder, other, error);
        }
        if (code != JIRASEND_OK) {
            host->fd = -1; /* nothing of ours stands there */
            return code;
        }
        js_sleep_ms(LOOK_MS);
    }
}

/* Once lost, it stays lost: what the other host has written is unknown here. */
static void note_owner(js_host *host) {
    char now[JS_HOST_STAMP_SIZE];
    if (host->ousted_by[0] == '\0') {
        read_stamp(host->fd, now);
        if (now[0] != '\0' && !same_host(now, host->name)) {
            memcpy(host->ousted_by, now, sizeof now);
        }
    }
}

void js_host_renew(js_host *host, int64_t mono_ms) {
    if (host->fd < 0 || (host->renewed_ms != 0 && mono_ms - host->renewed_ms < JS_HOST_RENEW_MS)) {
        return;
    }
    host->renewed_ms = mono_ms;
    note_owner(host);
    if (host->ousted_by[0] == '\0') {
        (void)write_stamp(host);
    }
}

/* Looked at each time: whoever was frozen for long may wake up in the middle of a write. */
jirasend_code js_host_check(js_host *host, const js_folder *folder, jirasend_error *error) {
    if (host->fd < 0) {
        return JIRASEND_OK;
    }
    note_owner(host);
    return host->ousted_by[0] == '\0' ? JIRASEND_OK : refuse(folder, host->ousted_by, error);
}

void js_host_leave(js_host *host) {
    char now[JS_HOST_STAMP_SIZE];
    if (host->fd >= 0 && enter_door(host->fd) == 0) {
        read_stamp(host->fd, now);
        if (same_host(now, host->name) && !js_locked_by_others(host->fd)) {
            (void)!ftruncate(host->fd, 0);
        }
        js_unlock_byte(host->fd, DOOR);
    }
    host->fd = -1;
}
