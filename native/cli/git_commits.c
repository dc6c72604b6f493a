/* Reads commits from git diff-tree, which prints each as fields that a NUL ends, then its files. */
#include "cli/git_commits.h"

#include "cli/exit_code.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

/* A line that is not a hash: git prints it as it is, and everything before it. */
#define BATCH_MARK '~'
/* Before each commit; neither a file's mode nor a number of lines begins so. */
#define COMMIT_MARK '\1'

enum { NAME_MAX_BYTES = 4096, PATH_MAX_BYTES = 16 * 1024, DIGITS_MAX = 15 };

void git_commit_free(git_commit *commit) {
    js_buf_clear(&commit->author);
    js_buf_clear(&commit->email);
    js_buf_clear(&commit->message);
    for (size_t i = 0; i < GIT_FILES_LISTED; i++) {
        js_buf_clear(&commit->files[i].path);
    }
}

/* Two of them fit into the pipe. */
static size_t batch_size(const git_process *git) {
    size_t most = (git_input_capacity(git) / 2 - sizeof "~") / (GIT_HASH_SIZE + 1);
    return most < GIT_BATCH_COMMITS ? most : GIT_BATCH_COMMITS;
}

int git_commits_open(git_commits *commits, const git_repository *repository) {
    const char *arguments[20] = {"diff-tree",
                                 "--stdin",
                                 "--always",
                                 "-r",
                                 "-z",
                                 "--raw",
                                 "--encoding=UTF-8",
                                 "--no-renames",
                                 "--no-ext-diff",
                                 "--no-textconv",
                                 "--ignore-submodules=none",
                                 "--format=%x01%H%x00%P%x00%an%x00%ae%x00%at%x00%B%x00"};
    size_t count = 12;
    if (!repository->blobless) {
        arguments[count++] = "--numstat";
    }
    if (repository->treeless) {
        arguments[5] = "--no-patch";
    }
    if (!repository->shallow) {
        /* Where the history is cut off, a commit without parents need not be the first one. */
        arguments[count++] = "--root";
    }
    *commits = (git_commits)GIT_COMMITS_INIT;
    int code = git_start(&commits->git, arguments, true);
    if (code == CLI_OK) {
        commits->most = batch_size(&commits->git);
        git_widen_output(&commits->git);
    }
    return code;
}

void git_commits_close(git_commits *commits) {
    git_free(&commits->git);
    js_buf_clear(&commits->questions);
    commits->asked = 0;
}

bool git_commits_ask(git_commits *commits, const char *hash) {
    if (commits->asked == commits->most) {
        return false;
    }
    js_buf_addf(&commits->questions, "%s\n", hash);
    commits->asked++;
    return true;
}

int git_commits_send(git_commits *commits) {
    const char mark[] = {BATCH_MARK, '\n'};
    js_buf_add(&commits->questions, mark, sizeof(mark));
    int code = CLI_OK;
    if (commits->questions.failed) {
        code = cli_no_memory();
    } else if (!git_write(&commits->git, commits->questions.data, commits->questions.length)) {
        code = git_say_failed(&commits->git, CLI_SOFTWARE);
    }
    js_buf_reset(&commits->questions);
    commits->asked = 0;
    commits->sent += code == CLI_OK ? 1 : 0;
    return code;
}

git_read git_commits_next(git_commits *commits, git_commit *commit) {
    git_read state = git_commit_read(&commits->git.out, commit);
    commits->sent -= state == GIT_BATCH_END ? 1 : 0;
    if (state == GIT_END) {
        (void)git_say_failed(&commits->git, CLI_SOFTWARE);
    }
    return state;
}

void git_message_end(js_buf *message) {
    size_t length = message->length;
    while (length > 0 && message->data[length - 1] == '\n') {
        length--;
    }
    js_buf_cut(message, length);
}

/* A field into a buffer; what cannot be kept is a failure. */
static git_read read_text(git_stream *stream, size_t keep, js_buf *text) {
    const char *piece = NULL;
    size_t length = 0;
    git_read state = git_stream_piece(stream, '\0', keep, &piece, &length);
    if (state != GIT_READ) {
        return state;
    }
    js_buf_reset(text);
    js_buf_add(text, piece, length);
    if (text->failed) {
        cli_no_memory();
        return GIT_FAILED;
    }
    return GIT_READ;
}

/* Digits and nothing else; false for what is more than any time or number of lines. */
static bool read_number(const char *text, size_t length, int64_t *number) {
    if (length == 0 || length > DIGITS_MAX || strspn(text, "0123456789") < length) {
        return false;
    }
    *number = strtoll(text, NULL, 10);
    return true;
}

static git_read read_fields(git_stream *stream, git_commit *commit) {
    const char *piece = NULL;
    size_t length = 0;
    git_read state = git_stream_piece(stream, '\0', NAME_MAX_BYTES, &piece, &length);
    if (state == GIT_READ) {
        commit->merge = memchr(piece, ' ', length) != NULL;
        state = read_text(stream, NAME_MAX_BYTES, &commit->author);
    }
    if (state == GIT_READ) {
        state = read_text(stream, NAME_MAX_BYTES, &commit->email);
    }
    if (state == GIT_READ) {
        state = git_stream_piece(stream, '\0', NAME_MAX_BYTES, &piece, &length);
    }
    if (state == GIT_READ) {
        int64_t seconds = 0;
        commit->dated = read_number(piece, length, &seconds);
        commit->authored_ms = seconds < INT64_MAX / 1000 ? seconds * 1000 : 0;
        state = read_text(stream, GIT_MESSAGE_MAX, &commit->message);
        git_message_end(&commit->message);
    }
    if (state == GIT_READ) {
        state = git_stream_piece(stream, '\0', 1, &piece, &length); /* after the whole text */
    }
    return state;
}

static git_change change_of(char letter) {
    switch (letter) {
    case 'A':
        return GIT_CHANGE_ADDED;
    case 'D':
        return GIT_CHANGE_DELETED;
    case 'M':
    case 'T':
        return GIT_CHANGE_MODIFIED;
    default:
        return GIT_CHANGE_UNKNOWN;
    }
}

/* ":100644 100644 OLD NEW M", and the path as a piece of its own. */
static git_read read_changed(git_stream *stream, git_commit *commit, const char *piece,
                             size_t length) {
    git_change change = change_of(length > 0 ? piece[length - 1] : '\0');
    git_file *file = commit->listed < GIT_FILES_LISTED ? &commit->files[commit->listed] : NULL;
    const char *path = NULL;
    size_t path_length = 0;
    git_read state = git_stream_piece(stream, '\0', PATH_MAX_BYTES, &path, &path_length);
    if (state != GIT_READ) {
        return state;
    }
    commit->file_count++;
    if (file == NULL) {
        return GIT_READ;
    }
    file->change = change;
    file->added = file->removed = 0;
    js_buf_reset(&file->path);
    js_buf_add(&file->path, path, path_length);
    commit->listed++;
    if (file->path.failed) {
        cli_no_memory();
        return GIT_FAILED;
    }
    return GIT_READ;
}

/* "3\t1\tpath"; hyphens for what is not text. */
static void take_lines(git_commit *commit, const char *piece, size_t length) {
    size_t first = strcspn(piece, "\t");
    size_t second = first < length ? strcspn(piece + first + 1, "\t") : 0;
    size_t path = first + second + 2;
    for (size_t i = 0; i < commit->listed && path <= length; i++) {
        git_file *file = &commit->files[i];
        if (file->path.length == length - path &&
            (length == path || memcmp(file->path.data, piece + path, length - path) == 0)) {
            (void)read_number(piece, first, &file->added);
            (void)read_number(piece + first + 1, second, &file->removed);
            return;
        }
    }
}

/* Everything up to the next commit or the mark after the batch. */
static git_read read_files(git_stream *stream, git_commit *commit) {
    char byte = '\0';
    git_read state;
    while ((state = git_stream_peek(stream, &byte)) == GIT_READ && byte != COMMIT_MARK &&
           byte != BATCH_MARK) {
        const char *piece = NULL;
        size_t length = 0;
        if (byte == '\n') { /* the blank line before the files */
            state = git_stream_piece(stream, '\n', 1, &piece, &length);
        } else {
            state = git_stream_piece(stream, '\0', PATH_MAX_BYTES, &piece, &length);
        }
        if (state == GIT_READ && byte == ':') {
            state = read_changed(stream, commit, piece, length);
        } else if (state == GIT_READ && byte != '\n') {
            take_lines(commit, piece, length);
        }
        if (state != GIT_READ) {
            return state;
        }
    }
    return state == GIT_END ? GIT_READ : state;
}

git_read git_commit_read(git_stream *stream, git_commit *commit) {
    const char *piece = NULL;
    size_t length = 0;
    char byte = '\0';
    git_read state = git_stream_peek(stream, &byte);
    if (state == GIT_READ && byte == BATCH_MARK) {
        state = git_stream_piece(stream, '\n', 1, &piece, &length);
        return state == GIT_READ ? GIT_BATCH_END : state;
    }
    if (state == GIT_READ) {
        state = git_stream_piece(stream, '\0', GIT_HASH_SIZE + 1, &piece, &length);
    }
    if (state != GIT_READ) {
        return state;
    }
    if (byte != COMMIT_MARK || !git_is_hash(piece + 1, length - 1)) {
        cli_fail("git printed something other than a commit.");
        return GIT_FAILED;
    }
    memcpy(commit->hash, piece + 1, length);
    commit->listed = 0;
    commit->file_count = 0;
    state = read_fields(stream, commit);
    return state == GIT_READ ? read_files(stream, commit) : state;
}
