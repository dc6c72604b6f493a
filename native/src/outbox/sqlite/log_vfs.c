/* The layer below SQLite that writes the frames of a commit in one go. */
#include "outbox/sqlite/log_vfs.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As much as a single event needs; a larger commit is written in several steps. */
enum { ROOM = 64 * 1024 };

/* Of SQLite's file formats (fileformat2.html, walformat.html). */
enum { FRAME_HEAD = 24, FRAME_SIZE_AT = 4, WRITE_LOCK = 0 };

typedef struct log_file {
    sqlite3_file base;
    js_log_vfs *vfs;
    bool is_log;
    sqlite3_file *real; /* behind this struct */
} log_file;

static sqlite3_file *real_of(sqlite3_file *file) {
    return ((log_file *)file)->real;
}

/* ---- gathering ---- */

/*
 * What could not be written stays gathered, and is tried again by whoever comes next: the failure may have been told
 * to a statement that is undone alone, with others of its transaction before and after it. A commit without these
 * bytes would be one with a hole.
 */
static int write_gathered(sqlite3_file *file) {
    log_file *mine = (log_file *)file;
    js_log_vfs *vfs = mine->vfs;
    if (!mine->is_log || vfs->length == 0) {
        return SQLITE_OK;
    }
    int rc = mine->real->pMethods->xWrite(mine->real, vfs->bytes, (int)vfs->length, vfs->at);
    vfs->length = rc == SQLITE_OK ? 0 : vfs->length;
    return rc;
}

/* The head of a frame that ends a commit says how large the database is then. */
static bool ends_commit(const unsigned char *bytes, size_t length) {
    static const unsigned char none[4] = {0};
    return length == FRAME_HEAD && memcmp(bytes + FRAME_SIZE_AT, none, sizeof none) != 0;
}

/*
 * What is written over is not gathered: after a transaction that had more pages than memory has room for, SQLite
 * sums up its frames again, and the head of the last one is all that comes then.
 */
static int log_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at) {
    log_file *mine = (log_file *)file;
    js_log_vfs *vfs = mine->vfs;
    size_t size = (size_t)length;
    bool over = at < vfs->end;
    bool follows = at == vfs->at + (sqlite3_int64)vfs->length && size <= ROOM - vfs->length;
    int rc = over || !follows ? write_gathered(file) : SQLITE_OK;
    if (rc != SQLITE_OK) {
        return rc;
    }
    if (!mine->is_log || over || size > ROOM) {
        return mine->real->pMethods->xWrite(mine->real, bytes, length, at);
    }
    vfs->at = vfs->length == 0 ? at : vfs->at;
    vfs->end = at + length;
    memcpy(vfs->bytes + vfs->length, bytes, size);
    vfs->length += size;
    bool whole = vfs->ends;
    vfs->ends = ends_commit(bytes, size);
    return whole ? write_gathered(file) : SQLITE_OK;
}

/*
 * Whoever has the lock for writing writes. When it is given back nothing is gathered but what was rolled back, and that
 * is forgotten: later another process may write there, and of a commit that failed no end may come into the file.
 */
static int log_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    js_log_vfs *vfs = ((log_file *)file)->vfs;
    if (offset == WRITE_LOCK) {
        vfs->length = 0;
        vfs->end = 0;
        vfs->ends = false;
    }
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

/* ---- what else is done with the log needs all of it, or that part ---- */

/* On a full disk what is in the log already can still be read, as a rollback must. */
static int log_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 at) {
    const js_log_vfs *vfs = ((log_file *)file)->vfs;
    bool apart = at + length <= vfs->at || at >= vfs->at + (sqlite3_int64)vfs->length;
    int rc = apart ? SQLITE_OK : write_gathered(file);
    return rc != SQLITE_OK ? rc : real_of(file)->pMethods->xRead(real_of(file), bytes, length, at);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int rc = write_gathered(file);
    return rc != SQLITE_OK ? rc : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int log_sync(sqlite3_file *file, int flags) {
    int rc = write_gathered(file);
    return rc != SQLITE_OK ? rc : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size) {
    int rc = write_gathered(file);
    return rc != SQLITE_OK ? rc : real_of(file)->pMethods->xFileSize(real_of(file), size);
}

/* ---- the rest is passed on ---- */

static int log_close(sqlite3_file *file) {
    log_file *mine = (log_file *)file;
    if (mine->is_log) {
        mine->vfs->length = 0; /* of a transaction that was rolled back */
    }
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int log_lock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int log_unlock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int log_reserved(sqlite3_file *file, int *result) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}

static int log_control(sqlite3_file *file, int op, void *argument) {
    return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int log_sector(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int log_traits(sqlite3_file *file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int log_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at) {
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static void log_shm_barrier(sqlite3_file *file) {
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int log_shm_unmap(sqlite3_file *file, int erase) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), erase);
}

/* Version 2: with shared memory, without mapped files. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_traits,
    .xShmMap = log_shm_map,
    .xShmLock = log_shm_lock,
    .xShmBarrier = log_shm_barrier,
    .xShmUnmap = log_shm_unmap,
};

static int log_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                    int *out_flags) {
    js_log_vfs *self = (js_log_vfs *)vfs;
    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) {
        return self->real->xOpen(self->real, name, file, flags, out_flags);
    }
    log_file *mine = (log_file *)file;
    *mine = (log_file){.vfs = self, .real = (sqlite3_file *)(mine + 1)};
    memset(mine->real, 0, (size_t)self->real->szOsFile);
    int rc = self->real->xOpen(self->real, name, mine->real, flags, out_flags);
    if (mine->real->pMethods == NULL) {
        return rc;
    }
    mine->base.pMethods = &methods;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
        self->gathers = (log_traits(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
    } else {
        mine->is_log = self->gathers;
    }
    return rc;
}

jirasend_code js_log_vfs_open(js_log_vfs *self, const char *over, jirasend_error *error) {
    sqlite3_vfs *real = sqlite3_vfs_find(over);
    if (real == NULL) {
        return js_fail(error, JIRASEND_E_INTERNAL, "SQLite has no layer for files.");
    }
    *self = (js_log_vfs){.base = *real, .bytes = malloc(ROOM)};
    if (self->bytes == NULL) {
        return js_fail_memory(error);
    }
    /* Of this connection alone: it goes with it, and no other copy of the library finds it. */
    (void)snprintf(self->name, sizeof self->name, "jirasend-%p", (void *)self);
    self->base.zName = self->name;
    self->base.pNext = NULL;
    self->base.szOsFile = (int)sizeof(log_file) + real->szOsFile;
    self->base.xOpen = log_open;
    if (sqlite3_vfs_register(&self->base, 0) != SQLITE_OK) {
        free(self->bytes);
        self->bytes = NULL;
        return js_fail_memory(error);
    }
    self->real = real;
    return JIRASEND_OK;
}

void js_log_vfs_close(js_log_vfs *self) {
    if (self->real != NULL) {
        (void)sqlite3_vfs_unregister(&self->base);
        free(self->bytes);
        *self = (js_log_vfs){.real = NULL};
    }
}
