/* Walks over commits with git rev-list, which is told on its standard input where to begin and end. */
#include "cli/git_walk.h"

#include "cli/exit_code.h"
#include "cli/git_commits.h"
#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Git reads all of it before it prints anything, so that writing never waits for reading. */
static bool write_range(git_process *git, const git_range *range) {
    js_buf text = JS_BUF_INIT;
    for (size_t i = 0; i < range->included.count; i++) {
        js_buf_addf(&text, "%s\n", range->included.items[i]);
    }
    for (size_t i = 0; i < range->excluded.count; i++) {
        js_buf_addf(&text, "^%s\n", range->excluded.items[i]);
    }
    bool whole = !text.failed;
    if (whole && text.length > 0) {
        (void)git_write(git, text.data, text.length); /* a git that ended says why */
    }
    js_buf_clear(&text);
    git_close_input(git);
    return whole;
}

static int start(git_process *git, const git_range *range, const char *const *arguments) {
    int code = git_start(git, arguments, true);
    if (code == CLI_OK && !write_range(git, range)) {
        code = cli_no_memory();
        git_free(git);
    }
    return code;
}

int git_walk_open(git_walk *walk, const git_range *range, git_order order, long max) {
    char limit[40];
    *walk = (git_walk)GIT_WALK_INIT;
    if (range->included.count == 0) {
        return CLI_OK;
    }
    snprintf(limit, sizeof(limit), "--max-count=%ld", max > 0 ? max : -1L);
    const char *arguments[10] = {"rev-list", "--encoding=UTF-8", "--format=%x01%H%x00%B%x00",
                                 limit};
    size_t count = 4;
    if (range->alone) {
        arguments[count++] = "--no-walk=unsorted";
    } else {
        /* A clock that goes wrong must not put a commit before its parents. */
        arguments[count++] = "--date-order";
    }
    if (order == GIT_OLDEST_FIRST && !range->alone) {
        arguments[count++] = "--reverse";
    }
    arguments[count++] = "--stdin"; /* what it names is walked over as the options before it say */
    return start(&walk->git, range, arguments);
}

void git_walk_close(git_walk *walk) {
    git_free(&walk->git);
}

static git_read ended(git_walk *walk) {
    if (git_end(&walk->git, false) != 0) {
        (void)git_say_failed(&walk->git, CLI_SOFTWARE);
        return GIT_FAILED;
    }
    return GIT_END;
}

git_read git_walk_next(git_walk *walk, char hash[GIT_HASH_SIZE], const char **message,
                       size_t *length) {
    const char *piece = NULL;
    size_t size = 0;
    if (walk->git.pid == 0) {
        return GIT_END;
    }
    /* The line "commit HASH", and the end of the line before it. */
    git_read state = git_stream_piece(&walk->git.out, '\1', GIT_HASH_SIZE, &piece, &size);
    if (state == GIT_END) {
        return ended(walk);
    }
    if (state == GIT_READ) {
        state = git_stream_piece(&walk->git.out, '\0', GIT_HASH_SIZE, &piece, &size);
    }
    if (state == GIT_READ && !git_is_hash(piece, size)) {
        cli_fail("git printed something other than a commit.");
        return GIT_FAILED;
    }
    if (state == GIT_READ) {
        memcpy(hash, piece, size + 1);
        state = git_stream_piece(&walk->git.out, '\0', GIT_MESSAGE_MAX, message, length);
    }
    return state == GIT_END ? ended(walk) : state;
}

int git_count(const git_range *range, long *count) {
    static const char *const arguments[] = {"rev-list", "--count", "--stdin", NULL};
    *count = 0;
    if (range->included.count == 0) {
        return CLI_OK;
    }
    git_process git;
    int code = start(&git, range, arguments);
    const char *line = NULL;
    size_t length = 0;
    if (code == CLI_OK && git_stream_piece(&git.out, '\n', 32, &line, &length) == GIT_READ) {
        *count = strtol(line, NULL, 10);
    } else if (code == CLI_OK) {
        (void)git_end(&git, false);
        code = git_say_failed(&git, CLI_SOFTWARE);
    }
    git_free(&git);
    return code;
}
