#include "shim_vfs.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

shim_state shim = {.until_failure = -1};

typedef struct shim_file {
    sqlite3_file base;
    sqlite3_file *real;
} shim_file;

static sqlite3_file *real_of(sqlite3_file *file) {
    return ((shim_file *)file)->real;
}

static int failure(int kind) {
    int left = atomic_load(&shim.until_failure);
    if (left < 0 || (atomic_load(&shim.kinds) & kind) == 0) {
        return SQLITE_OK;
    }
    if (left == 0) {
        (void)atomic_fetch_add(&shim.failed, 1);
        if (atomic_load(&shim.once)) {
            atomic_store(&shim.until_failure, -1);
        }
        return atomic_load(&shim.failure);
    }
    atomic_store(&shim.until_failure, left - 1);
    return SQLITE_OK;
}

static int shim_close(sqlite3_file *file) {
    sqlite3_file *real = real_of(file);
    return real->pMethods == NULL ? SQLITE_OK : real->pMethods->xClose(real);
}

static int shim_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 at) {
    int rc = failure(SHIM_READ);
    return rc != SQLITE_OK ? rc : real_of(file)->pMethods->xRead(real_of(file), bytes, length, at);
}

/* A disk that fails in the middle has written something: half of what it was given. */
static int shim_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at) {
    int rc = failure(SHIM_WRITE);
    (void)atomic_fetch_add(&shim.writes, 1);
    if (rc != SQLITE_OK && length > 1) {
        (void)real_of(file)->pMethods->xWrite(real_of(file), bytes, length / 2, at);
    }
    return rc != SQLITE_OK ? rc : real_of(file)->pMethods->xWrite(real_of(file), bytes, length, at);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int rc = failure(SHIM_OTHER);
    return rc != SQLITE_OK ? rc : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int shim_sync(sqlite3_file *file, int flags) {
    (void)atomic_fetch_add(&shim.syncs, 1);
    struct timespec pause = {0, (long)atomic_load(&shim.sync_ms) * 1000000L};
    (void)nanosleep(&pause, NULL);
    int rc = failure(SHIM_SYNC);
    return rc != SQLITE_OK ? (rc == SQLITE_FULL ? SQLITE_IOERR_FSYNC : rc)
                           : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *size) {
    int rc = failure(SHIM_OTHER);
    return rc != SQLITE_OK ? rc : real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int shim_lock(sqlite3_file *file, int level) {
    int rc = failure(SHIM_OTHER);
    return rc != SQLITE_OK ? rc : real_of(file)->pMethods->xLock(real_of(file), level);
}

static int shim_unlock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int shim_reserved(sqlite3_file *file, int *result) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}

static int shim_control(sqlite3_file *file, int op, void *argument) {
    return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int shim_sector(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int shim_traits(sqlite3_file *file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at) {
    int rc = failure(SHIM_OTHER);
    return rc != SQLITE_OK
               ? rc
               : real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void shim_shm_barrier(sqlite3_file *file) {
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shim_shm_unmap(sqlite3_file *file, int erase) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), erase);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_traits,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags) {
    sqlite3_vfs *real_vfs = vfs->pAppData;
    shim_file *mine = (shim_file *)file;
    mine->real = (sqlite3_file *)(mine + 1);
    memset(mine->real, 0, (size_t)real_vfs->szOsFile);
    mine->base.pMethods = NULL;
    int rc = failure(SHIM_OPEN);
    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = real_vfs->xOpen(real_vfs, name, mine->real, flags, out_flags);
    mine->base.pMethods = mine->real->pMethods == NULL ? NULL : &methods;
    return rc;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    sqlite3_vfs *real_vfs = vfs->pAppData;
    int rc = failure(SHIM_OPEN);
    return rc != SQLITE_OK ? rc : real_vfs->xDelete(real_vfs, name, sync);
}

static int shim_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    sqlite3_vfs *real_vfs = vfs->pAppData;
    int rc = failure(SHIM_OPEN);
    return rc != SQLITE_OK ? rc : real_vfs->xAccess(real_vfs, name, flags, result);
}

void shim_register(void) {
    static sqlite3_vfs vfs;
    sqlite3_vfs *real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.szOsFile = (int)sizeof(shim_file) + real_vfs->szOsFile;
    vfs.pNext = NULL;
    vfs.zName = SHIM_VFS;
    vfs.pAppData = real_vfs;
    vfs.xOpen = shim_open;
    vfs.xDelete = shim_delete;
    vfs.xAccess = shim_access;
    (void)sqlite3_vfs_register(&vfs, 0);
}

static void fail_from(int kinds, int count, int code, bool once) {
    atomic_store(&shim.failed, 0);
    atomic_store(&shim.kinds, kinds);
    atomic_store(&shim.once, once);
    atomic_store(&shim.failure, code);
    atomic_store(&shim.until_failure, count);
}

void shim_fail(int count, int code) {
    fail_from(SHIM_WRITE | SHIM_SYNC, count, code, false);
}

void shim_fail_kind(int kinds, int count, int code, bool once) {
    fail_from(kinds, count, code, once);
}
