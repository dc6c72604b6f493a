/* The branches of a repository: refs/heads, and refs/remotes/origin where a clone has them. */
#ifndef CLI_GIT_BRANCHES_H
#define CLI_GIT_BRANCHES_H

#include "cli/git_repository.h"

/* A branch and the commit that it ends in. 0, or the exit code that ends the listing. */
typedef int (*git_branch_fn)(void *context, const char *name, const char *hash);

/*
 * Calls `take` for each branch, in the order of names, each name once; what refs/heads has counts.
 * 0, the first other code of `take`, or the exit code once the sentence was said.
 */
int git_branches(git_branch_fn take, void *context);

#endif
