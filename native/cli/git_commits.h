/*
 * Commits with everything that Jira is told about them, from one git process however many are asked
 * for. They are asked for in batches: ask, send, then read until GIT_BATCH_END. A second batch may be
 * sent before the first is read, so that git works on while we do: both fit into the pipe, and so git
 * never waits for us while we wait for it.
 */
#ifndef CLI_GIT_COMMITS_H
#define CLI_GIT_COMMITS_H

#include "cli/git_repository.h"

#include <stdint.h>

enum {
    GIT_FILES_LISTED = 10,
    GIT_BATCH_COMMITS = 400, /* at most: two batches fit into the pipe to git */
    GIT_MESSAGE_MAX = 2 * 1024 * 1024
};

typedef enum git_change {
    GIT_CHANGE_UNKNOWN,
    GIT_CHANGE_ADDED,
    GIT_CHANGE_DELETED,
    GIT_CHANGE_MODIFIED
} git_change;

typedef struct git_file {
    js_buf path;
    git_change change;
    int64_t added, removed; /* lines; 0 for what is not text */
} git_file;

/* All texts as git has them: bytes, not always UTF-8. */
typedef struct git_commit {
    char hash[GIT_HASH_SIZE];
    js_buf author, email;
    js_buf message; /* at most GIT_MESSAGE_MAX bytes */
    bool merge;
    bool dated;
    int64_t authored_ms;
    int64_t file_count;
    size_t listed;
    git_file files[GIT_FILES_LISTED]; /* the first `listed` count; the others keep their memory */
} git_commit;

void git_commit_free(git_commit *commit);
/* Takes the ends of lines behind a message away. */
void git_message_end(js_buf *message);

typedef struct git_commits {
    git_process git;
    js_buf questions;
    size_t asked;
    size_t most; /* in a batch */
    size_t sent; /* batches whose end was not read yet */
} git_commits;

#define GIT_COMMITS_INIT                                                                           \
    { GIT_PROCESS_INIT, JS_BUF_INIT, 0, 0, 0 }

/* 0, or the exit code once the sentence was said. */
int git_commits_open(git_commits *commits, const git_repository *repository);
void git_commits_close(git_commits *commits);

/* Adds a question. False when the batch is full. */
bool git_commits_ask(git_commits *commits, const char *hash);
/* Sends the questions. 0, or the exit code once the sentence was said. */
int git_commits_send(git_commits *commits);
/* The next answer. A commit that is not there has none. GIT_END is a failure, and said. */
git_read git_commits_next(git_commits *commits, git_commit *commit);

/* Reads one commit from what git printed (GIT_READ), or the mark after a batch. */
git_read git_commit_read(git_stream *stream, git_commit *commit);

#endif
