/*
 * `outbox.mark`: the last event id, written beside the database after each commit.
 *
 * SQLite drops the damaged tail of a write-ahead log without a word. A last id in the database
 * below the mark gives that away. The mark itself is not synced: it only ever names an id that
 * is safely committed, so a lost or older mark makes the check weaker, never wrong.
 *
 * Its second line is the seal: which file the database was, how large and of what time, when
 * the last one who used it had closed it. As long as that is true nobody but us has written to the file,
 * and it need not be read as a whole to find damage. So that any later writing changes the time, it is
 * set to odd nanoseconds.
 */
#ifndef JS_OUTBOX_MARK_H
#define JS_OUTBOX_MARK_H

#include "base/world.h"
#include "outbox/sqlite/folder.h"

typedef struct js_mark {
    int fd;
    int64_t id;
} js_mark;

#define JS_MARK_INIT                                                                               \
    { -1, 0 }

/* Opens and reads it; 0 when it is new or no longer readable. */
jirasend_code js_mark_open(js_mark *mark, const js_folder *folder, jirasend_error *error);
/* A failure is of no consequence for the commit that came before. */
void js_mark_write(js_mark *mark, int64_t id);
/* The id in the mark of another folder, which stays as it is; 0 when there is none. */
int64_t js_mark_peek(const char *folder);
void js_mark_close(js_mark *mark);

/* Seals the database; after it was closed, by whoever closed it last. */
void js_seal_put(const js_folder *folder, const js_mark *mark, const js_world *world);
bool js_seal_holds(const js_folder *folder, const js_mark *mark);

#endif
