/* Messages of commits, to find issue keys in them: for --commits and --since-last. */
#ifndef CLI_GIT_SCAN_H
#define CLI_GIT_SCAN_H

#include "cli/ci.h"
#include "cli/git_repository.h"

enum { GIT_SCAN_MAX = 10000 };

/* Takes one message, in any bytes. 0, or the exit code that ends the reading. */
typedef int (*git_message_fn)(void *context, const char *hash, const char *message, size_t length);

/*
 * Those of a range, the newest first and at most GIT_SCAN_MAX. 0, the first other code of `take`, or
 * the exit code once the sentence was said.
 */
int git_range_messages(const git_range *range, git_message_fn take, void *context);
/* Those of the commits that the CI (null: there is none) says were pushed; see git_pushed_find(). */
int git_pushed_messages(const cli_ci *ci, git_message_fn take, void *context);

/* What comes and goes when a commit is deployed where another one was. */
typedef struct git_since {
    git_relation relation;
    char revision[GIT_HASH_SIZE]; /* the new commit */
    /*
     * The commits to name: those that come in; of a rollback (GIT_BACK) those that are taken out; none
     * where both are the same; the new one alone where the old one is gone.
     */
    git_range range;
    long going_out; /* GIT_DIVERGED: how many commits the old one had and the new one has not */
} git_since;

/*
 * Compares the base (a hash or any revision) with the revision that is deployed. 0, or once the
 * sentence was said: 64 (there is no such revision), 70. `since` is to be cleared either way.
 */
int git_since_find(git_repository *repository, const char *base, const char *revision,
                   git_since *since);
void git_since_clear(git_since *since);

#endif
