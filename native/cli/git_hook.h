/* The lines that git gives a post-receive hook: OLD NEW REF, one for each ref that was pushed. */
#ifndef CLI_GIT_HOOK_H
#define CLI_GIT_HOOK_H

#include "cli/git_repository.h"

typedef struct git_update {
    char old[GIT_HASH_SIZE], new[GIT_HASH_SIZE];
    char *ref;
} git_update;

typedef struct git_updates {
    git_update *items;
    size_t count, capacity;
    long bad; /* lines that are not git's; said */
} git_updates;

#define GIT_UPDATES_INIT                                                                           \
    { NULL, 0, 0, 0 }

/* Reads one line. `ref` is owned by the caller. False when it is not one of git's, or memory is short. */
bool git_update_read(const char *line, size_t length, git_update *update);
/* A name that git takes for a ref. */
bool git_is_ref(const char *name, size_t length);
/* The branch's name in a ref, or null when it is not a branch. */
const char *git_branch_of(const char *ref);

/*
 * Reads standard input. Lines that are not git's are said and counted. 0, or the exit code when
 * nothing can be read.
 */
int git_updates_read(git_updates *updates);
void git_updates_free(git_updates *updates);

/*
 * What a push has brought to one branch: what its new end has and its old one has not. `is_new`: it was
 * not there, or its old end is gone; nothing is added then. 0, or the exit code once the sentence was
 * said.
 */
int git_update_range(git_repository *repository, const git_update *update, git_range *range,
                     bool *is_new);

/*
 * What it has brought to all that are new: what neither a ref outside of the push nor an old end in it
 * has. `is_new` has an element for each update.
 */
int git_updates_new_range(git_repository *repository, const git_updates *updates,
                          const bool *is_new, git_range *range);

#endif
