/* A set of commits, by the first 128 bits of their hashes. */
#ifndef CLI_GIT_SET_H
#define CLI_GIT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct git_set_item {
    uint64_t high, low;
} git_set_item;

typedef struct git_set {
    git_set_item *items; /* empty ones are zero, as no commit's hash is */
    size_t count, capacity;
} git_set;

#define GIT_SET_INIT                                                                               \
    { NULL, 0, 0 }

typedef enum git_set_added { GIT_SET_NEW, GIT_SET_KNOWN, GIT_SET_NO_MEMORY } git_set_added;

/* `hash`: at least 32 hex digits. */
git_set_added git_set_add(git_set *set, const char *hash);
void git_set_free(git_set *set);

#endif
