/*
 * SQLite's way to the files, with a memory of every write since the last sync: when the power fails,
 * any of them may be gone, or half there. A killed process writes nothing more.
 */
#include "sim.h"

#include "outbox/sqlite/sqlite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INODES = 8, SECTOR = 512 };

typedef struct change {
    int64_t at;
    int length; /* -1: cut to `at` */
    unsigned char *before, *after;
    int before_length; /* how much of it was inside the file */
    int64_t size_before;
} change;

typedef struct inode {
    char path[256];
    change *changes; /* since the last sync */
    size_t count, capacity;
} inode;

static inode inodes[INODES];

typedef struct sim_file {
    sqlite3_file base;
    disk_view *view;
    inode *inode; /* null: a temporary file */
    sqlite3_file *real;
} sim_file;

static sqlite3_file *real_of(sqlite3_file *file) {
    return ((sim_file *)file)->real;
}

static void synced(inode *node) {
    for (size_t i = 0; node != NULL && i < node->count; i++) {
        free(node->changes[i].before);
        free(node->changes[i].after);
    }
    if (node != NULL) {
        node->count = 0;
    }
}

void disk_forget_all(void) {
    for (int i = 0; i < INODES; i++) {
        synced(&inodes[i]);
        free(inodes[i].changes);
        inodes[i] = (inode){.path = ""};
    }
}

static inode *inode_of(const char *path) {
    for (int i = 0; path != NULL && i < INODES; i++) {
        if (inodes[i].path[0] == '\0') {
            (void)sqlite3_snprintf(sizeof inodes[i].path, inodes[i].path, "%s", path);
        }
        if (strcmp(inodes[i].path, path) == 0) {
            return &inodes[i];
        }
    }
    return NULL;
}

static void remember(sqlite3_file *file, const void *bytes, int length, int64_t at) {
    inode *node = ((sim_file *)file)->inode;
    if (node == NULL) {
        return;
    }
    if (node->count == node->capacity) {
        node->capacity = node->capacity == 0 ? 64 : node->capacity * 2;
        node->changes = realloc(node->changes, node->capacity * sizeof *node->changes);
    }
    change *made = &node->changes[node->count++];
    sqlite3_file *real = real_of(file);
    sqlite3_int64 size = 0;
    (void)real->pMethods->xFileSize(real, &size);
    *made = (change){.at = at, .length = length, .size_before = size};
    int64_t overlap = size - at;
    int most = length < 0 ? (int)(overlap > 0 ? overlap : 0) : length;
    made->before_length = overlap <= 0 ? 0 : overlap < most ? (int)overlap : most;
    if (made->before_length > 0) {
        made->before = malloc((size_t)made->before_length);
        (void)real->pMethods->xRead(real, made->before, made->before_length, at);
    }
    if (length > 0) {
        made->after = malloc((size_t)length);
        memcpy(made->after, bytes, (size_t)length);
    }
}

static void undo(int fd, const change *made) {
    if (made->before_length > 0) {
        (void)!pwrite(fd, made->before, (size_t)made->before_length, made->at);
    }
    (void)!ftruncate(fd, made->size_before);
}

static void redo(simulation *sim, int fd, const change *made) {
    if (made->length < 0) {
        (void)!ftruncate(fd, made->at);
        return;
    }
    size_t length = (size_t)made->length;
    if (sim_once_in(sim, 8)) { /* torn between two sectors */
        length = length / SECTOR / 2 * SECTOR;
    }
    (void)!pwrite(fd, made->after, length, made->at);
}

void disk_lose_power(simulation *sim) {
    for (int i = 0; i < INODES; i++) {
        inode *node = &inodes[i];
        int fd = node->count == 0 ? -1 : open(node->path, O_RDWR | O_CLOEXEC);
        if (fd >= 0) {
            for (size_t k = node->count; k > 0; k--) {
                undo(fd, &node->changes[k - 1]);
            }
            uint64_t kept = sim_random(sim, 5); /* none, some, most */
            for (size_t k = 0; k < node->count; k++) {
                if (sim_random(sim, 4) < kept) {
                    redo(sim, fd, &node->changes[k]);
                }
            }
            (void)close(fd);
        }
        synced(node);
    }
}

/* What the mood of the disk says to a change; OK: go on. */
static int hindrance(sqlite3_file *file, int failure) {
    disk_view *view = ((sim_file *)file)->view;
    if (view->writes_left == 0) {
        view->dead = true;
    }
    if (view->dead) {
        return SQLITE_IOERR_WRITE;
    }
    if (view->writes_left > 0) {
        view->writes_left--;
    }
    if (view->mood == DISK_FULL && failure == SQLITE_IOERR_WRITE) {
        return SQLITE_FULL;
    }
    return view->mood == DISK_BROKEN ? failure : SQLITE_OK;
}

static int sim_close(sqlite3_file *file) {
    sqlite3_file *real = real_of(file);
    return real->pMethods == NULL ? SQLITE_OK : real->pMethods->xClose(real);
}

static int sim_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 at) {
    return real_of(file)->pMethods->xRead(real_of(file), bytes, length, at);
}

static int sim_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at) {
    int rc = hindrance(file, SQLITE_IOERR_WRITE);
    if (rc != SQLITE_OK) {
        return rc;
    }
    remember(file, bytes, length, at);
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, length, at);
}

static int sim_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int rc = hindrance(file, SQLITE_IOERR_TRUNCATE);
    if (rc != SQLITE_OK) {
        return rc;
    }
    remember(file, NULL, -1, size);
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

/* Real syncs would only cost time: nothing here really loses power. */
static int sim_sync(sqlite3_file *file, int flags) {
    (void)flags;
    int rc = hindrance(file, SQLITE_IOERR_FSYNC);
    if (rc == SQLITE_OK) {
        synced(((sim_file *)file)->inode);
    }
    return rc;
}

static int sim_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int sim_lock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int sim_unlock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int sim_reserved(sqlite3_file *file, int *result) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}

static int sim_control(sqlite3_file *file, int op, void *argument) {
    return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int sim_sector(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int sim_traits(sqlite3_file *file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int sim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at) {
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int sim_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void sim_shm_barrier(sqlite3_file *file) {
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int sim_shm_unmap(sqlite3_file *file, int erase) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), erase);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = sim_close,
    .xRead = sim_read,
    .xWrite = sim_write,
    .xTruncate = sim_truncate,
    .xSync = sim_sync,
    .xFileSize = sim_size,
    .xLock = sim_lock,
    .xUnlock = sim_unlock,
    .xCheckReservedLock = sim_reserved,
    .xFileControl = sim_control,
    .xSectorSize = sim_sector,
    .xDeviceCharacteristics = sim_traits,
    .xShmMap = sim_shm_map,
    .xShmLock = sim_shm_lock,
    .xShmBarrier = sim_shm_barrier,
    .xShmUnmap = sim_shm_unmap,
};

static sqlite3_vfs *system_vfs;

static int sim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                    int *out_flags) {
    sim_file *mine = (sim_file *)file;
    mine->view = vfs->pAppData;
    mine->inode = inode_of(name);
    mine->real = (sqlite3_file *)(mine + 1);
    memset(mine->real, 0, (size_t)system_vfs->szOsFile);
    int rc = system_vfs->xOpen(system_vfs, name, mine->real, flags, out_flags);
    mine->base.pMethods = mine->real->pMethods == NULL ? NULL : &methods;
    return rc;
}

static int sim_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
    const disk_view *view = vfs->pAppData;
    if (view->dead) {
        return SQLITE_IOERR_DELETE;
    }
    synced(inode_of(name));
    return system_vfs->xDelete(system_vfs, name, sync_folder);
}

void disk_unregister(disk_view *view) {
    if (view->vfs.zName != NULL) {
        (void)sqlite3_vfs_unregister(&view->vfs);
        view->vfs.zName = NULL;
    }
}

static void disk_register(disk_view *view, int number) {
    if (system_vfs == NULL) {
        system_vfs = sqlite3_vfs_find(NULL);
    }
    disk_unregister(view);
    *view = (disk_view){.vfs = *system_vfs, .writes_left = -1};
    (void)sqlite3_snprintf(sizeof view->name, view->name, "sim%d", number);
    view->vfs.szOsFile = (int)sizeof(sim_file) + system_vfs->szOsFile;
    view->vfs.pNext = NULL;
    view->vfs.zName = view->name;
    view->vfs.pAppData = view;
    view->vfs.xOpen = sim_open;
    view->vfs.xDelete = sim_delete;
    (void)sqlite3_vfs_register(&view->vfs, 0);
}

void disk_begin(simulation *sim) {
    (void)sim;
}

void disk_time(simulation *sim) {
    (void)sim;
}

jirasend_code disk_open(simulation *sim, sim_process *process, jirasend_error *error) {
    disk_mood mood = process->disk.mood;
    disk_register(&process->disk, process->number);
    process->disk.mood = mood;
    /* The folder knows which process has it open; here one process plays two. */
    char presence[160];
    (void)snprintf(presence, sizeof presence, "%s/outbox.open", sim->folder);
    (void)unlink(presence);
    js_sqlite_options options = {.folder = sim->folder,
                                 .max_events = 200000,
                                 .max_bytes = 512 * 1024 * 1024,
                                 .world = &sim->world,
                                 .vfs = process->disk.name};
    process->world = sim->world;
    return js_sqlite_open(&options, &process->outbox, error);
}

const bool disk_may_fail = true;

void disk_kill(sim_process *process) {
    process->disk.dead = true;
}

void disk_close(sim_process *process) {
    process->outbox->ops->close(process->outbox);
}
