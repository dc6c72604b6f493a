/*
 * Preloaded before the command line tool: a disk that others share, that forgets what was not synced,
 * or on which somebody deletes files. What it does is said by variables:
 *
 *   DISK_SHARED=1   every file system is one of which nothing is known: other hosts may see it
 *   DISK_SYNCS=FILE folders that are made, and folders that are synced, a line each
 *   DISK_UNLINK=END a file whose name ends so is deleted as soon as it was synced
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { UNKNOWN = 0x6969 };

/* ISO C knows no way from an object to a function. */
#define REAL(name, pointer) (*(void **)&(pointer) = dlsym(RTLD_NEXT, name))

static void note(const char *what, const char *path) {
    const char *file = getenv("DISK_SYNCS");
    FILE *out = file != NULL ? fopen(file, "a") : NULL;
    if (out != NULL) {
        (void)fprintf(out, "%s %s\n", what, path);
        (void)fclose(out);
    }
}

static bool ends_with(const char *path, const char *end) {
    size_t length = strlen(path);
    size_t tail = strlen(end);
    return length >= tail && strcmp(path + length - tail, end) == 0;
}

static void after_sync(int fd) {
    char link[64];
    char path[PATH_MAX];
    struct stat facts;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0 || fstat(fd, &facts) != 0) {
        return;
    }
    path[length] = '\0';
    if (S_ISDIR(facts.st_mode)) {
        note("synced", path);
    }
    const char *end = getenv("DISK_UNLINK");
    if (end != NULL && ends_with(path, end)) {
        (void)unlink(path);
    }
}

int fsync(int fd) {
    int (*real)(int) = NULL;
    REAL("fsync", real);
    int result = real(fd);
    after_sync(fd);
    return result;
}

int fdatasync(int fd) {
    int (*real)(int) = NULL;
    REAL("fdatasync", real);
    int result = real(fd);
    after_sync(fd);
    return result;
}

int mkdir(const char *path, mode_t mode) {
    int (*real)(const char *, mode_t) = NULL;
    REAL("mkdir", real);
    int result = real(path, mode);
    if (result == 0) {
        note("made", path);
    }
    return result;
}

int fstatfs(int fd, struct statfs *facts) {
    int (*real)(int, struct statfs *) = NULL;
    REAL("fstatfs", real);
    int result = real(fd, facts);
    if (result == 0 && getenv("DISK_SHARED") != NULL) {
        facts->f_type = UNKNOWN;
    }
    return result;
}

int fstatfs64(int fd, struct statfs64 *facts) {
    int (*real)(int, struct statfs64 *) = NULL;
    REAL("fstatfs64", real);
    int result = real(fd, facts);
    if (result == 0 && getenv("DISK_SHARED") != NULL) {
        facts->f_type = UNKNOWN;
    }
    return result;
}
