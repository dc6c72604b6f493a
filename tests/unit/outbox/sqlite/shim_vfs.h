/* A thin layer below SQLite that counts syncs, makes them slow, and fails on demand. */
#ifndef JS_TESTS_SHIM_VFS_H
#define JS_TESTS_SHIM_VFS_H

#include <stdatomic.h>
#include <stdbool.h>

#define SHIM_VFS "shim"

/* What can fail: reading; writing; syncing; truncating, sizes, locks, shared memory; files. */
enum { SHIM_READ = 1, SHIM_WRITE = 2, SHIM_SYNC = 4, SHIM_OTHER = 8, SHIM_OPEN = 16 };

typedef struct shim_state {
    atomic_int syncs, writes;
    atomic_int sync_ms;       /* how long a sync takes at least */
    atomic_int until_failure; /* writes and syncs until one fails; negative: never */
    atomic_int failure;       /* with this code of SQLite, from then on */
    atomic_int kinds;         /* which calls count and fail */
    atomic_bool once;         /* only this one */
    atomic_int failed;        /* how many calls have failed */
} shim_state;

extern shim_state shim;

void shim_register(void);
/* From the next `count`th write or sync on, all fail with `code`; count -1: none does. */
void shim_fail(int count, int code);
/* The same for calls of these kinds, from then on or once. */
void shim_fail_kind(int kinds, int count, int code, bool once);

#endif
