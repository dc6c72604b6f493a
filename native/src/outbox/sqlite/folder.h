/* The outbox folder: found, made, checked. Only SQLite opens the database files in it. */
#ifndef JS_OUTBOX_FOLDER_H
#define JS_OUTBOX_FOLDER_H

#include <jirasend/error.h>

#include <stdbool.h>
#include <stdint.h>

#define JS_DATABASE_NAME "outbox.db"

typedef struct js_folder {
    char *path; /* absolute, without links; null: no folder, everything in memory */
    int fd;     /* -1 when there is none */
    bool local; /* on a file system known to be this machine's own: its users share memory */
} js_folder;

#define JS_FOLDER_INIT                                                                             \
    { NULL, -1, false }

/*
 * Makes the folder and its missing parents (0700), resolves links, and checks that it is ours and
 * ours alone to write to. Errors: ARGUMENT (empty, too long, or the root of the system), REFUSED (a file,
 * a dangling link, a stranger's, world-writable), STORAGE (cannot be made or opened), MEMORY.
 */
jirasend_code js_folder_open(js_folder *folder, const char *path, jirasend_error *error);
void js_folder_close(js_folder *folder);
/*
 * The check of js_folder_open(): REFUSED when it is a stranger's, world-writable, or group-writable
 * with other things than an outbox in it. Alone in its folder, an outbox makes it 0700.
 */
jirasend_code js_folder_make_ours(const js_folder *folder, jirasend_error *error);

/* Opens a file of ours for reading and writing, made 0600 when missing. A link is refused. */
jirasend_code js_folder_file(const js_folder *folder, const char *name, int *fd,
                             jirasend_error *error);
/* Makes a folder inside (0700) when missing. A link is refused. */
jirasend_code js_folder_subfolder(const js_folder *folder, const char *name, jirasend_error *error);

/*
 * Before SQLite opens the database: it and its journals must be plain files of ours (modes are
 * corrected), and there must be no journal without a database. Makes an empty database (0600) when
 * there is none, but not when `expected`: then a missing database is damage (REFUSED).
 */
jirasend_code js_folder_prepare_database(const js_folder *folder, bool expected,
                                         jirasend_error *error);

/*
 * STORAGE: the database or its write-ahead log (0: none is used) was deleted or replaced since these
 * were read; SQLite would not notice, and would go on writing into files that nobody can open.
 */
jirasend_code js_folder_still_there(const js_folder *folder, uint64_t inode, uint64_t log_inode,
                                    jirasend_error *error);
/* Of the database, and of its log; 0 when there is none. */
uint64_t js_folder_inode(const js_folder *folder);
uint64_t js_folder_log_inode(const js_folder *folder);

/*
 * Whether there is room for more events. REFUSED: less is free than what is kept back for writing
 * down what became of the events that wait. A disk with nothing left passes: the write itself
 * then fails and says so in the system's words.
 */
jirasend_code js_folder_room(const js_folder *folder, jirasend_error *error);

/* STORAGE, with a sentence: the folder `path` cannot be `what` ("opened"), for this errno. */
jirasend_code js_folder_cannot(const char *what, const char *path, int number,
                               jirasend_error *error);
/* REFUSED, with a sentence that says what is damaged, that the files were kept, and the way on. */
jirasend_code js_folder_damaged(const js_folder *folder, const char *what, jirasend_error *error);

/* By the number that statfs() gives. Any other may be a network's, whatever its name. */
bool js_file_system_local(uint64_t magic);

#endif
