/* The lock of a lane, and what is written of its owner for the others. */
#include "outbox/sqlite/process_lock.h"

#include "base/error.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LANES "lanes"

enum {
    NAME_BYTES = 8,
    FIELDS = 5,       /* boot, namespaces, process, its start, byte */
    ORPHANS_MAX = 64, /* more locks of the dead than anybody leaves behind */
    DOOR = 1 << 20    /* whoever looks who has the lane holds this byte meanwhile */
};

typedef struct owner {
    char realm[JS_REALM_SIZE];
    long pid;
    unsigned long long start; /* in ticks since the machine started; 0: not known */
    int byte;                 /* that it has locked */
} owner;

/* When a process began: its number alone is used again. 0: there is none, or it cannot be seen. */
static unsigned long long start_of(long pid) {
    char path[64];
    char text[1024];
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    text[length > 0 ? length : 0] = '\0';
    const char *at = strrchr(text, ')'); /* the name before it may hold anything */
    for (int field = 2; at != NULL && field < 22; field++) {
        at = strchr(at + 1, ' ');
    }
    return at == NULL ? 0 : strtoull(at + 1, NULL, 10);
}

/* The first words of the text, which is cut up for that. */
static bool split(char *text, const char *words[FIELDS]) {
    char *rest = NULL;
    char *word = strtok_r(text, " \n", &rest);
    for (int i = 0; i < FIELDS; i++) {
        if (word == NULL) {
            return false;
        }
        words[i] = word;
        word = strtok_r(NULL, " \n", &rest);
    }
    return true;
}

static bool read_owner(int fd, owner *out) {
    char text[JS_OWNER_SIZE + 1];
    ssize_t length = pread(fd, text, JS_OWNER_SIZE, 0);
    text[length > 0 ? length : 0] = '\0';
    *out = (owner){.byte = -1};
    const char *words[FIELDS];
    if (!split(text, words)) {
        return false;
    }
    (void)snprintf(out->realm, sizeof out->realm, "%.63s %.31s", words[0], words[1]);
    out->pid = strtol(words[2], NULL, 10);
    out->start = strtoull(words[3], NULL, 10);
    long byte = strtol(words[4], NULL, 10);
    out->byte = byte >= 0 && byte < DOOR - 1 ? (int)byte : -1;
    return out->byte >= 0;
}

static bool write_owner(int fd, const owner *mine, char written[JS_OWNER_SIZE]) {
    char text[JS_OWNER_SIZE + 1];
    char padded[JS_OWNER_SIZE + 1];
    (void)snprintf(text, sizeof text, "%s %ld %llu %d", mine->realm, mine->pid, mine->start,
                   mine->byte);
    (void)snprintf(padded, sizeof padded, "%-*.*s\n", JS_OWNER_SIZE - 1, JS_OWNER_SIZE - 1, text);
    memcpy(written, padded, JS_OWNER_SIZE);
    return pwrite(fd, padded, JS_OWNER_SIZE, 0) == JS_OWNER_SIZE;
}

/* Only what can be known counts: of a process that cannot be seen from here the lock tells. */
static bool is_dead(const owner *other, const owner *mine) {
    if (strcmp(other->realm, mine->realm) != 0) {
        return false;
    }
    if (kill((pid_t)other->pid, 0) != 0 && errno == ESRCH) {
        return true;
    }
    unsigned long long start = start_of(other->pid);
    return start != 0 && other->start != 0 && start != other->start;
}

/*
 * Locks the byte that was used last, or where only children of the dead can have that another one.
 * 0; EAGAIN, *other being who has it (number 0: not known); or another errno.
 */
static int take_byte(int fd, owner *mine, owner *other, char written[JS_OWNER_SIZE]) {
    bool named = read_owner(fd, other);
    mine->byte = named ? other->byte : 0;
    int result = js_lock_byte(fd, mine->byte);
    if (result == EAGAIN && named && is_dead(other, mine)) {
        for (mine->byte = 0; mine->byte < ORPHANS_MAX && result == EAGAIN; mine->byte++) {
            result = js_lock_byte(fd, mine->byte);
        }
        mine->byte -= result == 0 ? 1 : 0;
        named = false;
    }
    if (result == 0 && !write_owner(fd, mine, written) && mine->byte + (named ? 1 : 0) > 0) {
        return ENOSPC; /* others would judge by a name that is not ours */
    }
    other->pid = named ? other->pid : 0;
    return result;
}

static jirasend_code name_lock(const js_lane *lane, char file[JS_LANE_FILE_SIZE],
                               jirasend_error *error) {
    char text[JS_ORIGIN_SIZE + 16];
    int length = snprintf(text, sizeof text, "%s %d", lane->site, (int)lane->api);
    unsigned char digest[JS_SHA256_SIZE];
    if (length < 0 || !js_sha256(text, (size_t)length, digest)) {
        return js_fail_memory(error);
    }
    char hex[2 * NAME_BYTES + 1];
    js_hex(digest, NAME_BYTES, hex);
    (void)snprintf(file, JS_LANE_FILE_SIZE, LANES "/%s.lock", hex);
    return JIRASEND_OK;
}

static jirasend_code somebody_has_it(const js_lane *lane, const owner *other,
                                     jirasend_error *error) {
    char who[64] = "";
    if (other->pid > 0) {
        (void)snprintf(who, sizeof who, " (number %ld)", other->pid);
    }
    return js_fail(error, JIRASEND_E_CLOSED, "Another process%s is sending to %s.", who,
                   lane->site);
}

jirasend_code js_lane_lock_take(const js_folder *folder, const js_lane *lane, js_lane_lock *lock,
                                jirasend_error *error) {
    int fd = -1;
    int door = -1;
    jirasend_code code = name_lock(lane, lock->file, error);
    if (code == JIRASEND_OK) {
        code = js_folder_subfolder(folder, LANES, error);
    }
    if (code == JIRASEND_OK) {
        code = js_folder_file(folder, lock->file, &fd, error);
    }
    if (code == JIRASEND_OK) {
        code = js_folder_file(folder, lock->file, &door, error); /* a lock of its own */
    }
    if (code != JIRASEND_OK) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return code;
    }
    owner mine = {.pid = (long)getpid(), .start = start_of((long)getpid())};
    owner other = {.pid = 0};
    struct stat facts;
    js_realm(mine.realm);
    int result = js_lock_byte(door, DOOR);
    if (result == 0) {
        result = take_byte(fd, &mine, &other, lock->owner);
    }
    js_unlock_and_close(door);
    if (result == 0) {
        lock->fd = fd;
        lock->byte = mine.byte;
        lock->inode = fstat(fd, &facts) == 0 ? (uint64_t)facts.st_ino : 0;
        return JIRASEND_OK;
    }
    js_unlock_and_close(fd);
    return result == EAGAIN
               ? somebody_has_it(lane, &other, error)
               : js_fail(error, JIRASEND_E_STORAGE,
                         "%.200s/" LANES " cannot be locked: %s. The outbox needs a file system "
                         "with file locks.",
                         folder->path, strerror(result));
}

void js_lane_lock_give(js_lane_lock *lock) {
    if (lock->fd >= 0) {
        js_unlock_and_close(lock->fd);
    }
    lock->fd = -1;
}

void js_lane_lock_leave(js_lane_lock *lock) {
    if (lock->fd >= 0) {
        js_unlock_byte(lock->fd, lock->byte);
    }
}

/* Whoever takes it writes down who he is, so ours still stands there when nobody did. */
static bool still_says_us(const js_lane_lock *lock) {
    char text[JS_OWNER_SIZE];
    return pread(lock->fd, text, sizeof text, 0) == (ssize_t)sizeof text &&
           memcmp(text, lock->owner, sizeof text) == 0;
}

bool js_lane_lock_again(const js_folder *folder, js_lane_lock *lock) {
    struct stat facts;
    bool ours = lock->fd >= 0 &&
                fstatat(folder->fd, lock->file, &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
                (uint64_t)facts.st_ino == lock->inode && js_lock_byte(lock->fd, lock->byte) == 0 &&
                still_says_us(lock);
    if (!ours) {
        js_lane_lock_give(lock);
    }
    return ours;
}
