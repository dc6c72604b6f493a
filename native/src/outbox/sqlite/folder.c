/* The outbox folder: found, made, checked. */
#include "outbox/sqlite/folder.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    PATH_LONGEST = 480, /* SQLite takes 512 bytes with its longest suffix */
    RESERVE_BYTES = 16 * 1024 * 1024,
    RESERVE_SHARE = 50,  /* of a small disk: a fiftieth */
    NOTHING_LEFT = 65536 /* below this the disk counts as full */
};

jirasend_code js_folder_cannot(const char *what, const char *path, int number,
                               jirasend_error *error) {
    return js_fail(error, JIRASEND_E_STORAGE,
                   "The outbox folder %.200s cannot be %s: %s. Check the path, its permissions and "
                   "the free space, or choose another folder.",
                   path, what, strerror(number));
}

static jirasend_code not_a_folder(const char *path, jirasend_error *error) {
    return js_fail(error, JIRASEND_E_REFUSED,
                   "The outbox folder %.200s is not a folder, or something in its path is not. "
                   "Choose another path.",
                   path);
}

/* A new folder whose name is not on disk yet would be gone after a power failure, with all in it. */
static int sync_parent(const char *path) {
    const char *slash = strrchr(path, '/');
    char *parent =
        slash == NULL ? js_copy(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (parent == NULL) {
        return ENOMEM;
    }
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(parent);
    if (fd < 0) {
        return errno == EACCES ? 0 : errno; /* may be entered, not read: nothing can be done */
    }
    /* Some file systems cannot sync a folder, and say so. */
    int result = fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : errno;
    (void)close(fd);
    return result;
}

/* 0 or errno. The mode does not depend on the umask, which might even forbid us our own folder. */
static int make_one(const char *path) {
    if (mkdir(path, S_IRWXU) != 0) {
        return errno;
    }
    return chmod(path, S_IRWXU) == 0 ? sync_parent(path) : errno;
}

/* Makes what is missing of the path. `path` is changed on the way and is whole again at the end. */
static int make_all(char *path) {
    int result = make_one(path);
    if (result != ENOENT) {
        return result == EEXIST ? 0 : result;
    }
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        result = make_one(path);
        *slash = '/';
        if (result != 0 && result != EEXIST && result != EROFS && result != EACCES) {
            return result; /* the last two may stand for a folder that is there: the end will tell */
        }
    }
    result = make_one(path);
    return result == EEXIST ? 0 : result;
}

static jirasend_code make_and_resolve(const char *path, char **resolved, jirasend_error *error) {
    char *copy = js_copy(path);
    if (copy == NULL) {
        return js_fail_memory(error);
    }
    size_t length = strlen(copy);
    while (length > 1 && copy[length - 1] == '/') {
        copy[--length] = '\0';
    }
    int made = 0;
    struct stat there;
    if (stat(copy, &there) != 0) {
        made = make_all(copy);
    }
    free(copy);
    if (made == ENOTDIR) {
        return not_a_folder(path, error);
    }
    if (made != 0) {
        return js_folder_cannot("made", path, made, error);
    }
    *resolved = realpath(path, NULL);
    if (*resolved != NULL) {
        return JIRASEND_OK;
    }
    int number = errno;
    if (number == ENOMEM) {
        return js_fail_memory(error);
    }
    if (number == ENOENT) {
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The outbox folder %.200s is a link that leads nowhere. Mend the link or "
                       "choose another path.",
                       path);
    }
    return number == ENOTDIR ? not_a_folder(path, error)
                             : js_folder_cannot("found", path, number, error);
}

jirasend_code js_folder_open(js_folder *folder, const char *path, jirasend_error *error) {
    *folder = (js_folder)JS_FOLDER_INIT;
    if (path[0] == '\0') {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The outbox folder is an empty text. Name a folder, or leave it out to keep "
                       "events in memory only.");
    }
    jirasend_code code = make_and_resolve(path, &folder->path, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (strcmp(folder->path, "/") == 0) {
        js_folder_close(folder);
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The outbox folder %.200s is the root of the system. Choose a folder of its "
                       "own, such as /var/lib/jirasend.",
                       path);
    }
    if (strlen(folder->path) > PATH_LONGEST) {
        js_folder_close(folder);
        return js_fail(
            error, JIRASEND_E_ARGUMENT,
            "The path of the outbox folder is longer than %d bytes. Choose a shorter one.",
            PATH_LONGEST);
    }
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder->fd < 0) {
        code = errno == ENOTDIR ? not_a_folder(path, error)
                                : js_folder_cannot("opened", path, errno, error);
    } else {
        code = js_folder_make_ours(folder, error);
    }
    struct statfs facts;
    if (code == JIRASEND_OK && fstatfs(folder->fd, &facts) != 0) {
        code = js_folder_cannot("read", folder->path, errno, error);
    }
    if (code != JIRASEND_OK) {
        js_folder_close(folder);
        return code;
    }
    folder->local = js_file_system_local((uint64_t)facts.f_type & UINT32_MAX);
    return JIRASEND_OK;
}

void js_folder_close(js_folder *folder) {
    if (folder->fd >= 0) {
        (void)close(folder->fd);
    }
    free(folder->path);
    *folder = (js_folder)JS_FOLDER_INIT;
}

static jirasend_code refuse_file(const js_folder *folder, const char *name, const char *why,
                                 jirasend_error *error) {
    return js_fail(error, JIRASEND_E_REFUSED,
                   "%.200s/%.60s %s. Move it away, or choose another outbox folder.", folder->path,
                   name, why);
}

static jirasend_code file_failed(const js_folder *folder, const char *name, int number,
                                 jirasend_error *error) {
    if (number == ELOOP) {
        return refuse_file(folder, name, "is a link", error);
    }
    return js_fail(error, JIRASEND_E_STORAGE, "%.200s/%.60s cannot be opened: %s.", folder->path,
                   name, strerror(number));
}

/* A plain file of ours; `facts` by lstat() or fstat(). */
static jirasend_code check_file(const js_folder *folder, const char *name, const struct stat *facts,
                                jirasend_error *error) {
    if (S_ISLNK(facts->st_mode)) {
        return refuse_file(folder, name, "is a link", error);
    }
    if (!S_ISREG(facts->st_mode)) {
        return refuse_file(folder, name, "is not a plain file", error);
    }
    if (facts->st_uid != geteuid()) {
        return refuse_file(folder, name, "belongs to another user", error);
    }
    return JIRASEND_OK;
}

jirasend_code js_folder_file(const js_folder *folder, const char *name, int *fd,
                             jirasend_error *error) {
    int opened = openat(folder->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                        S_IRUSR | S_IWUSR);
    if (opened < 0) {
        return file_failed(folder, name, errno, error);
    }
    struct stat facts;
    jirasend_code code = fstat(opened, &facts) == 0 ? check_file(folder, name, &facts, error)
                                                    : file_failed(folder, name, errno, error);
    if (code == JIRASEND_OK && (facts.st_mode & ~(mode_t)S_IFMT) != (S_IRUSR | S_IWUSR) &&
        fchmod(opened, S_IRUSR | S_IWUSR) != 0) {
        code = file_failed(folder, name, errno, error);
    }
    if (code != JIRASEND_OK) {
        (void)close(opened);
        return code;
    }
    *fd = opened;
    return JIRASEND_OK;
}

jirasend_code js_folder_subfolder(const js_folder *folder, const char *name,
                                  jirasend_error *error) {
    bool made = mkdirat(folder->fd, name, S_IRWXU) == 0;
    if (!made && errno != EEXIST) {
        return file_failed(folder, name, errno, error);
    }
    if (made && fchmodat(folder->fd, name, S_IRWXU, 0) != 0) {
        return file_failed(folder, name, errno, error);
    }
    struct stat facts;
    if (fstatat(folder->fd, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        return file_failed(folder, name, errno, error);
    }
    if (!S_ISDIR(facts.st_mode)) {
        return refuse_file(folder, name, "is not a folder", error);
    }
    if (facts.st_uid != geteuid() || (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return refuse_file(folder, name, "may be written to by others", error);
    }
    return JIRASEND_OK;
}

/* How large a file of the database is; -1 when there is none. Never opened: see the header. */
static jirasend_code look_at(const js_folder *folder, const char *name, int64_t *size,
                             jirasend_error *error) {
    struct stat facts;
    *size = -1;
    if (fstatat(folder->fd, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? JIRASEND_OK : file_failed(folder, name, errno, error);
    }
    jirasend_code code = check_file(folder, name, &facts, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0 &&
        fchmodat(folder->fd, name, S_IRUSR | S_IWUSR, 0) != 0 && errno != ENOENT) {
        return file_failed(folder, name, errno, error);
    }
    *size = facts.st_size;
    return JIRASEND_OK;
}

jirasend_code js_folder_prepare_database(const js_folder *folder, bool expected,
                                         jirasend_error *error) {
    static const char *const journals[] = {JS_DATABASE_NAME "-wal", JS_DATABASE_NAME "-journal"};
    /* The journals first: another process makes the database before it makes a journal. */
    int64_t journal = 0;
    for (size_t i = 0; i < sizeof journals / sizeof journals[0]; i++) {
        int64_t size = 0;
        jirasend_code code = look_at(folder, journals[i], &size, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        /* A rollback journal beside an empty database is the trace of an interrupted first write. */
        journal = i == 0 && size > 0 ? size : journal;
    }
    int64_t size = 0;
    int64_t shm = 0;
    jirasend_code code = look_at(folder, JS_DATABASE_NAME, &size, error);
    if (code == JIRASEND_OK) {
        code = look_at(folder, JS_DATABASE_NAME "-shm", &shm, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    if (size <= 0 && journal > 0) {
        return js_folder_damaged(folder, "its database is gone, the write-ahead log is there",
                                 error);
    }
    if (size <= 0 && expected) {
        return js_folder_damaged(folder, "its database is gone", error);
    }
    if (size >= 0) {
        return JIRASEND_OK;
    }
    int fd = openat(folder->fd, JS_DATABASE_NAME,
                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        /* EEXIST: another process was faster. */
        return errno == EEXIST ? JIRASEND_OK : file_failed(folder, JS_DATABASE_NAME, errno, error);
    }
    bool mode_set = fchmod(fd, S_IRUSR | S_IWUSR) == 0;
    int number = errno;
    (void)close(fd);
    return mode_set ? JIRASEND_OK : file_failed(folder, JS_DATABASE_NAME, number, error);
}

static uint64_t inode_of(const js_folder *folder, const char *name) {
    struct stat facts;
    bool there = folder->fd >= 0 && fstatat(folder->fd, name, &facts, AT_SYMLINK_NOFOLLOW) == 0;
    return there ? (uint64_t)facts.st_ino : 0;
}

uint64_t js_folder_inode(const js_folder *folder) {
    return inode_of(folder, JS_DATABASE_NAME);
}

uint64_t js_folder_log_inode(const js_folder *folder) {
    return inode_of(folder, JS_DATABASE_NAME "-wal");
}

jirasend_code js_folder_still_there(const js_folder *folder, uint64_t inode, uint64_t log_inode,
                                    jirasend_error *error) {
    bool database = folder->fd < 0 || js_folder_inode(folder) == inode;
    bool log = log_inode == 0 || js_folder_log_inode(folder) == log_inode;
    if (database && log) {
        return JIRASEND_OK;
    }
    return js_fail(
        error, JIRASEND_E_STORAGE,
        "The %s in %.200s was deleted or replaced while it was in use. What waited in it may be "
        "lost with it; restart the program, and leave the folder alone.",
        database ? "write-ahead log of the outbox" : "outbox", folder->path);
}

jirasend_code js_folder_room(const js_folder *folder, jirasend_error *error) {
    struct statvfs facts;
    if (folder->fd < 0 || fstatvfs(folder->fd, &facts) != 0 || facts.f_blocks == 0) {
        return JIRASEND_OK; /* unknown: the write itself will tell */
    }
    uint64_t unit = facts.f_frsize;
    uint64_t free_bytes = (uint64_t)facts.f_bavail * unit;
    uint64_t reserve = (uint64_t)facts.f_blocks * unit / RESERVE_SHARE;
    if (reserve > RESERVE_BYTES) {
        reserve = RESERVE_BYTES;
    }
    if (free_bytes >= reserve || free_bytes < NOTHING_LEFT) {
        return JIRASEND_OK;
    }
    return js_fail(error, JIRASEND_E_REFUSED,
                   "The outbox takes no more events: its disk has only %llu KiB left, and %llu KiB "
                   "are kept back for the events that wait in %.200s. Make room on the disk.",
                   (unsigned long long)(free_bytes / 1024), (unsigned long long)(reserve / 1024),
                   folder->path);
}

jirasend_code js_folder_damaged(const js_folder *folder, const char *what, jirasend_error *error) {
    (void)js_fail(
        error, JIRASEND_E_REFUSED,
        "The outbox in %.200s is damaged: %.100s. Its files were kept as they are. Salvage "
        "what can be read of it into a new folder, and use that from then on.",
        folder->path == NULL ? "memory" : folder->path, what);
    js_error_because(error, JIRASEND_REASON_DAMAGED);
    return JIRASEND_E_REFUSED;
}

bool js_file_system_local(uint64_t magic) {
    static const uint32_t local[] = {
        0xEF53,     /* ext2, ext3, ext4 */
        0x58465342, /* XFS */
        0x9123683E, /* Btrfs */
        0x2FC12FC1, /* ZFS */
        0xF2F52010, /* F2FS */
        0xCA451A4E, /* bcachefs */
        0x01021994, /* tmpfs */
        0x794C7630, /* overlayfs */
    };
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        if (magic == local[i]) {
            return true;
        }
    }
    return false;
}
