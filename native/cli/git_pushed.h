/* What the CI says was pushed: the range of `git` without RANGE, and of --commits. */
#ifndef CLI_GIT_PUSHED_H
#define CLI_GIT_PUSHED_H

#include "cli/ci.h"
#include "cli/git_commits.h"
#include "cli/git_repository.h"

#include <json-c/json.h>

typedef struct git_pushed {
    git_range range;    /* of this repository */
    json_object *event; /* GitHub's event document, or null */
    json_object *told;  /* in it: commits, an array, or null */
    js_strings absent;  /* hashes of those that the repository does not have */
} git_pushed;

#define GIT_PUSHED_INIT                                                                            \
    { GIT_RANGE_INIT, NULL, NULL, JS_STRINGS_INIT }

/*
 * Finds it. Where the CI tells none, or there is no CI, it is HEAD alone, and that is said; a branch
 * without any commit is said, too, and gives an empty range. 0, or the exit code once the sentence was
 * said. To be freed either way.
 */
int git_pushed_find(git_repository *repository, const cli_ci *ci, git_pushed *pushed);
void git_pushed_free(git_pushed *pushed);

/*
 * A commit that the CI has told and this clone does not have: `index` counts `absent`. Its files are
 * not known. False when it is malformed or memory is short.
 */
bool git_pushed_absent(const git_pushed *pushed, size_t index, git_commit *commit);

#endif
