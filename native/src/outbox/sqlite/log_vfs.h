/*
 * A layer below SQLite that writes the frames of a commit in one go. SQLite hands the pages of a transaction
 * to the write-ahead log one by one, each with a head of 24 bytes before it: 54 calls of pwrite() for a single
 * event. What follows one another is gathered here, and written when the commit is complete, or anything else
 * is to be done with that part of the log. So a write that fails is told to the transaction that it belongs to.
 */
#ifndef JS_OUTBOX_SQLITE_LOG_VFS_H
#define JS_OUTBOX_SQLITE_LOG_VFS_H

#include <jirasend/error.h>
#include <sqlite3.h>
#include <stdbool.h>

/* Of one connection, guarded as that is. At rest all is zero. */
typedef struct js_log_vfs {
    sqlite3_vfs base;
    sqlite3_vfs *real; /* null: it is not registered */
    char name[40];
    unsigned char *bytes; /* gathered, not written yet */
    size_t length;
    sqlite3_int64 at;  /* where in the log they belong */
    sqlite3_int64 end; /* of what this transaction has told the log */
    bool ends;         /* the page that comes next ends a commit */
    bool gathers;      /* no: SQLite fills up sectors after a commit, whose end would not be seen */
} js_log_vfs;

/* Over this one (null: SQLite's own); its name is then for sqlite3_open_v2(). Errors: MEMORY, INTERNAL. */
jirasend_code js_log_vfs_open(js_log_vfs *self, const char *over, jirasend_error *error);
/* After the connection was closed; also one that was not opened. */
void js_log_vfs_close(js_log_vfs *self);

#endif
