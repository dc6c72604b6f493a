/*
 * Locks between processes, and between two copies of this library in one process.
 *
 * All are open-file-description locks: unlike POSIX locks they belong to one open file, so a second
 * copy of the library in the same process meets them too, and they end with the process however
 * it ends. The files are never unlinked, or two processes could lock two files of the same name.
 */
#ifndef JS_OUTBOX_PROCESS_LOCK_H
#define JS_OUTBOX_PROCESS_LOCK_H

#include "outbox/outbox.h"
#include "outbox/sqlite/folder.h"
#include "outbox/sqlite/inherited.h"

typedef struct js_presence {
    int fd; /* -1: none */
    js_in_use *use;
} js_presence;

#define JS_PRESENCE_INIT                                                                           \
    { -1, NULL }

/*
 * Says that this process has the outbox open: one byte of `outbox.open` for each process.
 * REFUSED: this very process already has it open, or a parent had when it forked this process.
 */
jirasend_code js_presence_take(const js_folder *folder, js_presence *presence,
                               jirasend_error *error);
void js_presence_give(js_presence *presence);

/* Whether any process has the outbox in that folder open. Changes nothing there. */
bool js_presence_elsewhere(const char *folder);

/* Takes the lane for this process. CLOSED: another process has it. */
jirasend_code js_lane_lock_take(const js_folder *folder, const js_lane *lane, int *fd,
                                jirasend_error *error);
void js_lane_lock_give(int fd);

#endif
