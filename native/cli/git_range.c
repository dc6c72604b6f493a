/* Ranges of commits: what a person, a CI or a hook names, as full hashes. */
#include "cli/exit_code.h"
#include "cli/git_repository.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void git_range_free(git_range *range) {
    js_strings_clear(&range->included);
    js_strings_clear(&range->excluded);
    range->alone = false;
}

static int unknown_revision(const char *text) {
    return cli_usage("'%.80s' is not a revision of this repository: give a commit, branch or tag, "
                     "or a range such as v1.0..HEAD.",
                     text);
}

static bool add(js_strings *list, const char *hash) {
    return js_strings_add(list, hash, strlen(hash));
}

/* The commits where two histories part. */
static int add_merge_bases(const char *one, const char *other, js_strings *bases) {
    const char *const arguments[] = {"merge-base", "--all", one, other, NULL};
    git_process git;
    int code = git_start(&git, arguments, false);
    if (code != CLI_OK) {
        return code;
    }
    const char *line = NULL;
    size_t length = 0;
    git_read state;
    while ((state = git_stream_piece(&git.out, '\n', GIT_HASH_SIZE, &line, &length)) == GIT_READ &&
           code == CLI_OK) {
        code = js_strings_add(bases, line, length) ? CLI_OK : cli_no_memory();
    }
    int status = git_end(&git, state != GIT_END);
    if (code == CLI_OK && status > 1) { /* 1: they have nothing in common */
        code = git_say_failed(&git, CLI_SOFTWARE);
    } else if (code == CLI_OK && state != GIT_END) {
        code = state == GIT_STOPPED ? CLI_TEMPORARY : CLI_SOFTWARE;
    }
    git_free(&git);
    return code;
}

/* A range without its start, which a shallow clone does not have. */
static int without_start(const char *start, const char *end_hash, git_range *range) {
    cli_note("The history of this clone is cut off, and '%.80s' is not in it: the commits that are "
             "there are sent. Fetch more history to send all of them.",
             start);
    return add(&range->included, end_hash) ? CLI_OK : cli_no_memory();
}

static int read_ends(git_repository *repository, const char *start, const char *end, bool symmetric,
                     const char *text, git_range *range) {
    char from[GIT_HASH_SIZE], to[GIT_HASH_SIZE];
    git_found start_found = git_resolve(repository, start, from);
    git_found end_found =
        start_found != GIT_NOT_ASKED ? git_resolve(repository, end, to) : GIT_NOT_ASKED;
    if (start_found == GIT_NOT_ASKED || end_found == GIT_NOT_ASKED) {
        return CLI_SOFTWARE;
    }
    if (end_found == GIT_NOT_FOUND) {
        return unknown_revision(text);
    }
    if (start_found == GIT_NOT_FOUND) {
        return repository->shallow && start[0] != '-' ? without_start(start, to, range)
                                                      : unknown_revision(text);
    }
    if (!add(&range->included, to) ||
        (symmetric ? !add(&range->included, from) : !add(&range->excluded, from))) {
        return cli_no_memory();
    }
    return symmetric ? add_merge_bases(from, to, &range->excluded) : CLI_OK;
}

static int read_one(git_repository *repository, const char *text, git_range *range) {
    char hash[GIT_HASH_SIZE];
    git_found found = git_resolve(repository, text, hash);
    if (found != GIT_FOUND) {
        return found == GIT_NOT_FOUND ? unknown_revision(text) : CLI_SOFTWARE;
    }
    range->alone = true;
    return add(&range->included, hash) ? CLI_OK : cli_no_memory();
}

int git_range_read(git_repository *repository, const char *text, git_range *range) {
    const char *dots = strstr(text, "..");
    if (text[0] == '-') {
        return unknown_revision(text);
    }
    if (dots == NULL) {
        return read_one(repository, text, range);
    }
    bool symmetric = dots[2] == '.';
    const char *end = dots + (symmetric ? 3 : 2);
    char *start = dots > text ? strndup(text, (size_t)(dots - text)) : strdup("HEAD");
    if (start == NULL) {
        return cli_no_memory();
    }
    int code = read_ends(repository, start, end[0] != '\0' ? end : "HEAD", symmetric, text, range);
    free(start);
    return code;
}

/* Whether `ancestor` can be reached from `from`. 0, or the exit code once it was said. */
static int reaches(const char *ancestor, const char *from, bool *yes) {
    const char *const arguments[] = {"merge-base", "--is-ancestor", ancestor, from, NULL};
    git_process git;
    int code = git_start(&git, arguments, false);
    if (code != CLI_OK) {
        return code;
    }
    int status = git_end(&git, false);
    *yes = status == 0;
    if (status > 1) {
        code = git_say_failed(&git, CLI_SOFTWARE);
    }
    git_free(&git);
    return code;
}

int git_relate(git_repository *repository, const char *old, const char *new,
               git_relation *relation) {
    char base[GIT_HASH_SIZE];
    git_found found = git_resolve(repository, old, base);
    if (found != GIT_FOUND) {
        *relation = GIT_GONE;
        return found == GIT_NOT_FOUND ? CLI_OK : CLI_SOFTWARE;
    }
    if (strcasecmp(base, new) == 0) {
        *relation = GIT_SAME;
        return CLI_OK;
    }
    bool forward = false, back = false;
    int code = reaches(base, new, &forward);
    if (code == CLI_OK && !forward) {
        code = reaches(new, base, &back);
    }
    *relation = forward ? GIT_FORWARD : back ? GIT_BACK : GIT_DIVERGED;
    return code;
}
