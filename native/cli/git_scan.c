/* Reads messages alone, without the files of the commits. */
#include "cli/git_scan.h"

#include "cli/exit_code.h"
#include "cli/git_pushed.h"
#include "cli/git_walk.h"
#include "cli/output.h"

#include <string.h>

int git_range_messages(const git_range *range, git_message_fn take, void *context) {
    git_walk walk;
    char hash[GIT_HASH_SIZE];
    const char *message = NULL;
    size_t length = 0;
    git_read state = GIT_READ;
    int code = git_walk_open(&walk, range, GIT_NEWEST_FIRST, GIT_SCAN_MAX);
    while (code == CLI_OK && (state = git_walk_next(&walk, hash, &message, &length)) == GIT_READ) {
        code = take(context, hash, message, length);
    }
    git_walk_close(&walk);
    if (code != CLI_OK || state == GIT_END) {
        return code;
    }
    return state == GIT_STOPPED ? CLI_TEMPORARY : CLI_SOFTWARE;
}

static int take_absent(const git_pushed *pushed, git_message_fn take, void *context) {
    git_commit commit = {.listed = 0};
    int code = CLI_OK;
    for (size_t i = pushed->absent.count; i > 0 && code == CLI_OK; i--) {
        if (git_pushed_absent(pushed, i - 1, &commit)) {
            code = commit.message.length > 0
                       ? take(context, commit.hash, commit.message.data, commit.message.length)
                       : CLI_OK;
        } else {
            code = cli_no_memory();
        }
    }
    git_commit_free(&commit);
    return code;
}

int git_pushed_messages(const cli_ci *ci, git_message_fn take, void *context) {
    git_repository repository;
    git_pushed pushed = GIT_PUSHED_INIT;
    int code = git_repository_open(&repository);
    if (code == CLI_OK) {
        code = git_pushed_find(&repository, ci, &pushed);
    }
    if (code == CLI_OK) {
        code = git_range_messages(&pushed.range, take, context);
    }
    if (code == CLI_OK) {
        code = take_absent(&pushed, take, context);
    }
    git_pushed_free(&pushed);
    git_repository_close(&repository);
    return code;
}

void git_since_clear(git_since *since) {
    git_range_free(&since->range);
}

static bool add(js_strings *list, const char *hash) {
    return js_strings_add(list, hash, strlen(hash));
}

/* How many commits `one` has that `other` has not. */
static int count_apart(const char *one, const char *other, long *count) {
    git_range range = GIT_RANGE_INIT;
    int code = add(&range.included, one) && add(&range.excluded, other) ? CLI_OK : cli_no_memory();
    code = code == CLI_OK ? git_count(&range, count) : code;
    git_range_free(&range);
    return code;
}

static int set_range(git_since *since, const char *base) {
    bool back = since->relation == GIT_BACK;
    bool whole = true;
    switch (since->relation) {
    case GIT_SAME:
        break;
    case GIT_GONE:
        since->range.alone = true;
        whole = add(&since->range.included, since->revision);
        break;
    case GIT_FORWARD:
    case GIT_BACK:
    case GIT_DIVERGED:
        whole = add(&since->range.included, back ? base : since->revision) &&
                add(&since->range.excluded, back ? since->revision : base);
        break;
    }
    if (!whole) {
        return cli_no_memory();
    }
    return since->relation == GIT_DIVERGED ? count_apart(base, since->revision, &since->going_out)
                                           : CLI_OK;
}

int git_since_find(git_repository *repository, const char *base, const char *revision,
                   git_since *since) {
    char old[GIT_HASH_SIZE];
    memset(since, 0, sizeof(*since));
    git_found found = git_resolve(repository, revision, since->revision);
    if (found == GIT_NOT_FOUND) {
        return cli_usage("'%.80s' is not a revision of this repository.", revision);
    }
    git_found base_found = found == GIT_FOUND ? git_resolve(repository, base, old) : GIT_NOT_ASKED;
    if (base_found == GIT_NOT_ASKED) {
        return CLI_SOFTWARE;
    }
    since->relation = GIT_GONE;
    int code = base_found == GIT_FOUND
                   ? git_relate(repository, old, since->revision, &since->relation)
                   : CLI_OK;
    return code == CLI_OK ? set_range(since, old) : code;
}
