/* Cloud ids in a folder, for those who keep no outbox. */
#include "auth/cloud_ids.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file name may have 255 bytes, and a temporary one has a number after it. */
enum { FILE_MAX = 230, NAME_SIZE = FILE_MAX + 1 };

/* A site may move to another cloud id; Jira then says 404, and this is for when it does not. */
static const int64_t KEPT_MS = INT64_C(7) * 24 * 60 * 60 * 1000;

/*
 * The name of the file, which is the site's. False for plain http: those are sandboxes, which come
 * and go, each with another id, on the same port.
 */
static bool file_name(const js_site *site, char out[NAME_SIZE]) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
    size_t length = strlen(site->name);
    if (site->http || length == 0 || length > FILE_MAX || site->name[0] == '.' ||
        strspn(site->name, allowed) != length) {
        return false;
    }
    memcpy(out, site->name, length + 1);
    return true;
}

/* Nobody else could have put anything there. */
static bool ours_alone(int fd, mode_t type) {
    struct stat found;
    return fstat(fd, &found) == 0 && (found.st_mode & S_IFMT) == type &&
           found.st_uid == geteuid() && (found.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int open_folder(const char *folder, bool make) {
    if (folder == NULL) {
        return -1;
    }
    if (make) {
        (void)mkdir(folder, 0700);
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && !ours_alone(fd, S_IFDIR)) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static bool fresh(int fd, int64_t now_ms) {
    struct stat found;
    if (fstat(fd, &found) != 0) {
        return false;
    }
    int64_t age_ms = now_ms - (int64_t)found.st_mtim.tv_sec * 1000;
    return age_ms > -KEPT_MS && age_ms < KEPT_MS;
}

static bool read_id(int fd, char cloud_id[JS_CLOUD_ID_SIZE]) {
    char text[JS_CLOUD_ID_SIZE + 1];
    ssize_t length = read(fd, text, sizeof text);
    if (length < 2 || text[length - 1] != '\n') {
        return false;
    }
    text[length - 1] = '\0';
    if (strlen(text) != (size_t)length - 1 || !js_cloud_id_valid(text)) {
        return false;
    }
    memcpy(cloud_id, text, (size_t)length);
    return true;
}

bool js_cloud_ids_get(const char *folder, const js_site *site, int64_t now_ms,
                      char cloud_id[JS_CLOUD_ID_SIZE]) {
    char name[NAME_SIZE];
    int in = file_name(site, name) ? open_folder(folder, false) : -1;
    if (in < 0) {
        return false;
    }
    int fd = openat(in, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool found = fd >= 0 && ours_alone(fd, S_IFREG) && fresh(fd, now_ms) && read_id(fd, cloud_id);
    if (fd >= 0) {
        (void)close(fd);
    }
    (void)close(in);
    return found;
}

/* Whole or not at all: another run may read it at this moment. */
static void replace(int in, const char *name, const char *cloud_id) {
    char own[NAME_SIZE + 16];
    char text[JS_CLOUD_ID_SIZE + 1];
    (void)snprintf(own, sizeof own, ".%s.%ld", name, (long)getpid());
    int length = snprintf(text, sizeof text, "%s\n", cloud_id);
    (void)unlinkat(in, own, 0); /* of a run that was killed */
    int fd = openat(in, own, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    bool written = write(fd, text, (size_t)length) == length;
    written = close(fd) == 0 && written;
    if (!written || renameat(in, own, in, name) != 0) {
        (void)unlinkat(in, own, 0);
    }
}

void js_cloud_ids_put(const char *folder, const js_site *site, const char *cloud_id) {
    char name[NAME_SIZE];
    int in = file_name(site, name) ? open_folder(folder, cloud_id[0] != '\0') : -1;
    if (in < 0) {
        return;
    }
    if (cloud_id[0] == '\0') {
        (void)unlinkat(in, name, 0);
    } else {
        replace(in, name, cloud_id);
    }
    (void)close(in);
}
