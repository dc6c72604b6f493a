#include "failing.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

/* The C library's own, beside the names that this file takes over. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

/* Visible, or the shared libraries would go on with the C library's. */
#define VISIBLE __attribute__((visibility("default")))
VISIBLE void *malloc(size_t size);
VISIBLE void *calloc(size_t count, size_t size);
VISIBLE void *realloc(void *block, size_t size);
VISIBLE void free(void *block);

static atomic_long until_failure = -1; /* -1: never */
static atomic_bool all_fail, happened, excused;
static atomic_long blocks, since_armed;
static _Thread_local bool spared_now;

static bool called_by(const char *function) {
    void *frames[24];
    int depth = backtrace(frames, 24);
    for (int i = 0; i < depth; i++) {
        Dl_info facts;
        if (dladdr(frames[i], &facts) != 0 && facts.dli_sname != NULL &&
            strcmp(facts.dli_sname, function) == 0) {
            return true;
        }
    }
    return false;
}

void failing_arm(long nth, bool all) {
    spared_now = true;
    (void)called_by(""); /* loads what it needs now, not when memory is short */
    spared_now = false;
    atomic_store(&happened, false);
    atomic_store(&excused, false);
    atomic_store(&since_armed, 0);
    atomic_store(&all_fail, all);
    atomic_store(&until_failure, nth);
}

void failing_end(void) {
    atomic_store(&until_failure, -1);
}

bool failing_disarm(void) {
    failing_end();
    return atomic_load(&happened);
}

bool failing_was_excused(void) {
    return atomic_load(&excused);
}

void failing_spare(bool spared) {
    spared_now = spared;
}

long failing_count(void) {
    return atomic_load(&since_armed);
}

long failing_blocks(void) {
    return atomic_load(&blocks);
}

/* A place to stop a debugger at. */
static bool __attribute__((noinline)) failing_now(void) {
    atomic_store(&happened, true);
    spared_now = true;
    if (called_by("lh_table_resize") || called_by("EVP_Q_mac") || called_by("EVP_Digest")) {
        atomic_store(&excused, true);
    }
    spared_now = false;
    errno = ENOMEM;
    return true;
}

static bool fails(void) {
    if (!spared_now) {
        (void)atomic_fetch_add(&since_armed, 1);
    }
    if (spared_now || atomic_load(&until_failure) < 0) {
        return false;
    }
    if (atomic_load(&until_failure) > 0 && atomic_fetch_sub(&until_failure, 1) > 1) {
        return false;
    }
    if (!atomic_load(&all_fail)) {
        atomic_store(&until_failure, -1);
    }
    return failing_now();
}

static void *counted(void *block) {
    if (block != NULL) {
        (void)atomic_fetch_add(&blocks, 1);
    }
    return block;
}

void *malloc(size_t size) {
    return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
    if (fails()) {
        return NULL;
    }
    void *grown = __libc_realloc(block, size);
    return block == NULL ? counted(grown) : grown;
}

void free(void *block) {
    if (block != NULL) {
        (void)atomic_fetch_sub(&blocks, 1);
    }
    __libc_free(block);
}
