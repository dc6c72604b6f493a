/* Walks over commits for their messages alone, which is much faster than reading their files. */
#ifndef CLI_GIT_WALK_H
#define CLI_GIT_WALK_H

#include "cli/git_repository.h"

typedef enum git_order { GIT_OLDEST_FIRST, GIT_NEWEST_FIRST } git_order;

typedef struct git_walk {
    git_process git;
} git_walk;

#define GIT_WALK_INIT                                                                              \
    { GIT_PROCESS_INIT }

/*
 * Begins to walk over the range, at most the newest `max` commits (0: all). 0, or the exit code once
 * the sentence was said.
 */
int git_walk_open(git_walk *walk, const git_range *range, git_order order, long max);
void git_walk_close(git_walk *walk);

/*
 * The next commit and its message, both good until the next call. GIT_END: there are no more. A
 * failure of git is GIT_FAILED, and said.
 */
git_read git_walk_next(git_walk *walk, char hash[GIT_HASH_SIZE], const char **message,
                       size_t *length);

/* How many commits the range has. 0, or the exit code once the sentence was said. */
int git_count(const git_range *range, long *count);

#endif
