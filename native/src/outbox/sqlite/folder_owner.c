/* Whose the outbox folder is, and who else may look into it. */
#include "outbox/sqlite/folder.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What an outbox puts into its folder, and what file systems put into the folders they are given. */
static bool belongs_here(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "lanes") == 0 ||
           strncmp(name, "outbox.", strlen("outbox.")) == 0 || strcmp(name, "lost+found") == 0 ||
           strncmp(name, ".nfs", strlen(".nfs")) == 0;
}

/* Whether there is something of somebody else in it; a folder that cannot be listed is not ours. */
static bool holds_other_things(const js_folder *folder) {
    int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    if (list == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return true;
    }
    bool found = false;
    const struct dirent *entry;
    while (!found && (entry = readdir(list)) != NULL) {
        found = !belongs_here(entry->d_name);
    }
    (void)closedir(list);
    return found;
}

/*
 * Who may only look in sees no event, as all files are 0600: no reason to refuse. A folder that
 * serves for other things, too, a home or even the root of the system, is not ours to close.
 */
static jirasend_code make_private(const js_folder *folder, mode_t mode, jirasend_error *error) {
    bool shared = holds_other_things(folder);
    if (!shared && fchmod(folder->fd, S_IRWXU) == 0) {
        return JIRASEND_OK;
    }
    if ((mode & S_IWGRP) == 0) {
        return JIRASEND_OK;
    }
    if (!shared) {
        return js_folder_cannot("made private", folder->path, errno, error);
    }
    return js_fail(
        error, JIRASEND_E_REFUSED,
        "The outbox folder %.200s may be written to by its group, and holds other things "
        "than an outbox, so it is not closed to the group. Choose a folder of its own, "
        "such as %.200s/jirasend.",
        folder->path, folder->path);
}

jirasend_code js_folder_make_ours(const js_folder *folder, jirasend_error *error) {
    struct stat facts;
    if (fstat(folder->fd, &facts) != 0) {
        return js_folder_cannot("read", folder->path, errno, error);
    }
    if (facts.st_uid != geteuid()) {
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The outbox folder %.200s belongs to user %lu, not to us (user %lu). Choose "
                       "a folder of your own, or change its owner.",
                       folder->path, (unsigned long)facts.st_uid, (unsigned long)geteuid());
    }
    if ((facts.st_mode & S_IWOTH) != 0) {
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The outbox folder %.200s may be written to by everybody, who could then "
                       "send to Jira in your name. Run: chmod 700 %.200s",
                       folder->path, folder->path);
    }
    bool open_to_others = (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    return open_to_others ? make_private(folder, facts.st_mode, error) : JIRASEND_OK;
}
