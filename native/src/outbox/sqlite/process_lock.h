/*
 * Locks between processes, and between two copies of this library in one process.
 *
 * All are open-file-description locks: unlike POSIX locks they belong to one open file, so a second
 * copy of the library in the same process meets them too, and they end with the process however
 * it ends. The files are never unlinked, or two processes could lock two files of the same name.
 */
#ifndef JS_OUTBOX_SQLITE_PROCESS_LOCK_H
#define JS_OUTBOX_SQLITE_PROCESS_LOCK_H

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

/* 0, EAGAIN when somebody else has the byte, or another errno. */
int js_lock_byte(int fd, int64_t at);
void js_unlock_byte(int fd, int64_t at);
/* Whether another open file has any byte. */
bool js_locked_by_others(int fd);
/* Closing alone would not do where a forked child has the open file, too. */
void js_unlock_and_close(int fd);

/* "BOOT_ID PID_NAMESPACE": processes of equal ones can judge whether the other lives. */
enum { JS_REALM_SIZE = 100 };
void js_realm(char out[JS_REALM_SIZE]);

/*
 * A lane's lock. A child that its owner has forked holds the open file, too, and so the lock, even
 * when the owner was killed. The owner's number and its start are therefore written into the file:
 * where that process is no more, the next one locks the next byte instead.
 */
enum { JS_OWNER_SIZE = 200, JS_LANE_FILE_SIZE = 32 };
typedef struct js_lane_lock {
    int fd; /* -1: none */
    int byte;
    uint64_t inode;
    char file[JS_LANE_FILE_SIZE];
    char owner[JS_OWNER_SIZE]; /* what is written in it of this process */
} js_lane_lock;

#define JS_LANE_LOCK_INIT                                                                          \
    { .fd = -1 }

/* Takes the lane for this process. CLOSED: another process, which is named, has it. */
jirasend_code js_lane_lock_take(const js_folder *folder, const js_lane *lane, js_lane_lock *lock,
                                jirasend_error *error);
/* Gives it back, and closes the file. */
void js_lane_lock_give(js_lane_lock *lock);
/*
 * Gives it back and keeps the file open: taking it again is then three calls of the system in place of
 * twenty. False: somebody else has it, had it since, or the file is another one; then it is
 * closed, and is taken as at first.
 */
void js_lane_lock_leave(js_lane_lock *lock);
bool js_lane_lock_again(const js_folder *folder, js_lane_lock *lock);

#endif
