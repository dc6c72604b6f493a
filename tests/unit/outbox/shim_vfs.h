/* A thin layer below SQLite that counts syncs, makes them slow, and fails on demand. */
#ifndef JS_TESTS_SHIM_VFS_H
#define JS_TESTS_SHIM_VFS_H

#include <stdatomic.h>

#define SHIM_VFS "shim"

typedef struct shim_state {
    atomic_int syncs;
    atomic_int sync_ms;       /* how long a sync takes at least */
    atomic_int until_failure; /* writes and syncs until one fails; negative: never */
    atomic_int failure;       /* with this code of SQLite, from then on */
} shim_state;

extern shim_state shim;

void shim_register(void);
/* From the next `count`th write or sync on, all fail with `code`; count -1: none does. */
void shim_fail(int count, int code);

#endif
