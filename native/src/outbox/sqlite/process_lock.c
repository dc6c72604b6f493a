/* Locks that end with their process. */
#include "outbox/sqlite/process_lock.h"

#include "base/error.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BOOT_ID_SIZE = 64 };

/* Cut to 32 bits, half of all processes would ask for a byte before the beginning of the file. */
_Static_assert(sizeof(off_t) >= sizeof(int64_t), "_FILE_OFFSET_BITS=64 is needed");

/* 0, EAGAIN when somebody else has it, or another errno. */
int js_lock_byte(int fd, int64_t at) {
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1, .l_pid = 0};
    while (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno != EINTR) {
            return errno == EACCES ? EAGAIN : errno;
        }
    }
    return 0;
}

void js_unlock_byte(int fd, int64_t at) {
    struct flock lock = {
        .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1, .l_pid = 0};
    (void)fcntl(fd, F_OFD_SETLK, &lock);
}

/*
 * Closing alone would not do: a child that was forked meanwhile has the open file, too, and with it the
 * lock, for as long as it lives.
 */
void js_unlock_and_close(int fd) {
    struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    (void)fcntl(fd, F_OFD_SETLK, &all);
    (void)close(fd);
}

static jirasend_code cannot_lock(const js_folder *folder, const char *name, int number,
                                 jirasend_error *error) {
    return js_fail(error, JIRASEND_E_STORAGE,
                   "%.200s/%.60s cannot be locked: %s. The outbox needs a file system with file "
                   "locks.",
                   folder->path, name, strerror(number));
}

static void read_boot_id(char out[BOOT_ID_SIZE]) {
    out[0] = '\0';
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    ssize_t length = read(fd, out, BOOT_ID_SIZE - 1);
    out[length > 0 ? length : 0] = '\0';
    (void)close(fd);
}

void js_realm(char out[JS_REALM_SIZE]) {
    char boot_id[BOOT_ID_SIZE];
    read_boot_id(boot_id);
    struct stat names = {0};
    if (stat("/proc/self/ns/pid", &names) != 0) {
        names.st_ino = 0;
    }
    (void)snprintf(out, JS_REALM_SIZE, "%.*s %llu", (int)strcspn(boot_id, "\n"), boot_id,
                   (unsigned long long)names.st_ino);
}

/*
 * Which byte stands for this process. The number of a process is not enough: containers and
 * machines that share the folder each have their own process 1.
 */
static bool own_byte(int64_t *at) {
    char realm[JS_REALM_SIZE];
    js_realm(realm);
    char identity[160];
    int length = snprintf(identity, sizeof identity, "%s %ld", realm, (long)getpid());
    uint64_t value = 0;
    if (length < 0 || !js_sha64(identity, (size_t)length, &value)) {
        return false;
    }
    *at = (int64_t)(value >> 2U);
    return true;
}

static jirasend_code was_forked(const js_folder *folder, jirasend_error *error) {
    return js_fail(
        error, JIRASEND_E_REFUSED,
        "The process that forked this one (%ld) had the outbox in %.200s open, and a child "
        "cannot use it then. Open it after the fork, or start a program in the child.",
        (long)getpid(), folder->path);
}

static jirasend_code already_open(const js_folder *folder, jirasend_error *error) {
    return js_fail(error, JIRASEND_E_REFUSED,
                   "This process (%ld) already has the outbox in %.200s open, perhaps by another "
                   "copy of jirasend in it. Use one client for one folder, or another folder.",
                   (long)getpid(), folder->path);
}

jirasend_code js_presence_take(const js_folder *folder, js_presence *presence,
                               jirasend_error *error) {
    static const char name[] = "outbox.open";
    int64_t at = 0;
    if (!own_byte(&at)) {
        return js_fail_memory(error);
    }
    int opened = -1;
    jirasend_code code = js_folder_file(folder, name, &opened, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    bool inherited = js_inherited(opened);
    int result = inherited ? 0 : js_lock_byte(opened, at);
    js_in_use *use = inherited || result != 0 ? NULL : js_in_use_begin(opened);
    if (use != NULL) {
        *presence = (js_presence){opened, use};
        return JIRASEND_OK;
    }
    js_unlock_and_close(opened);
    if (inherited) {
        return was_forked(folder, error);
    }
    if (result == 0) {
        return js_fail_memory(error);
    }
    return result == EAGAIN ? already_open(folder, error)
                            : cannot_lock(folder, name, result, error);
}

void js_presence_give(js_presence *presence) {
    if (presence->fd >= 0) {
        js_in_use_end(presence->use);
        js_unlock_and_close(presence->fd);
    }
    *presence = (js_presence)JS_PRESENCE_INIT;
}

bool js_locked_by_others(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET}; /* any byte of the file */
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool js_presence_elsewhere(const char *folder) {
    char path[700];
    (void)snprintf(path, sizeof path, "%.600s/outbox.open", folder);
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    bool held = js_locked_by_others(fd);
    (void)close(fd);
    return held;
}
