/*
 * Reads what can be read of a damaged outbox into a whole one. The damaged folder stays as it is:
 * its database is copied, with all of its write-ahead log, also what SQLite would drop, and the
 * copy is read row by row, each by its checksum.
 */
#ifndef JS_OUTBOX_SALVAGE_H
#define JS_OUTBOX_SALVAGE_H

#include "outbox/outbox.h"
#include "outbox/sqlite/folder.h"

/* An event that Jira may not have and of which we cannot say whether it is whole. */
typedef bool (*js_salvage_unsure)(void *context, int64_t id, const char *text, size_t length);

/*
 * An event that waited, or may have waited, and of which nothing can be read but this; without a
 * pipeline there is no number either.
 */
typedef bool (*js_salvage_lost)(void *context, int64_t id, const char *pipeline, int64_t number);

typedef struct js_salvage {
    js_salvage_unsure unsure; /* false: no memory */
    js_salvage_lost lost;     /* the same */
    void *context;
    int64_t waiting; /* events that are in the queue now */
    int64_t dead;    /* dead letters, and still so */
    int64_t known;   /* the outbox had them, or a newer update, already */
    /*
     * Events that were stored, by the last id that was written beside the database, and of which nothing
     * can be read. The first thousand of them are among the lost ones.
     */
    int64_t missing;
} js_salvage;

/*
 * `outbox` must be one of js_sqlite_open() in a folder. All or nothing is stored; may be repeated.
 * Errors: NOT_FOUND (no folder or no database there), REFUSED (the same folder, in use, nothing of
 * it can be read), STORAGE, MEMORY.
 */
jirasend_code js_sqlite_salvage(js_outbox *outbox, const char *damaged, int64_t now_ms,
                                js_salvage *salvage, jirasend_error *error);

/*
 * salvage_copy.c: copies the database in `from` to `to`/outbox.db, with its journal or log, so that
 * SQLite opens it. NOT_FOUND: there is neither database nor log.
 */
jirasend_code js_salvage_copy(const char *from, const char *to, jirasend_error *error);

/* salvage.c: a database with empty tables, which are on the same pages in each. */
jirasend_code js_salvage_empty(const char *path, jirasend_error *error);

#endif
