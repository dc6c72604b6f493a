/*
 * The git program: started without a shell, fed and read through pipes. What a user's settings would
 * change in its output is switched off; what they allow or forbid (safe.directory) holds.
 */
#ifndef CLI_GIT_PROCESS_H
#define CLI_GIT_PROCESS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef enum git_read {
    GIT_READ,
    GIT_BATCH_END, /* git_commits_next(): all that was asked for has been read */
    GIT_END,       /* git has closed its output */
    GIT_STOPPED,   /* a signal came */
    GIT_FAILED     /* out of memory, or the pipe is broken; said */
} git_read;

/* Bytes from a descriptor, read piece by piece. */
typedef struct git_stream {
    int fd;
    char *buffer;
    size_t capacity, start, end;
    bool ended;
} git_stream;

#define GIT_STREAM_INIT                                                                            \
    { -1, NULL, 0, 0, 0, false }

/*
 * The bytes up to `terminator`, which is taken out, too. Of a longer piece only the first `keep`
 * bytes are kept. What follows the last terminator is not a piece. Valid until the next call; a NUL
 * follows it.
 */
git_read git_stream_piece(git_stream *stream, char terminator, size_t keep, const char **text,
                          size_t *length);
/* The next byte, which stays where it is. */
git_read git_stream_peek(git_stream *stream, char *byte);
void git_stream_free(git_stream *stream);

typedef struct git_process {
    pid_t pid; /* 0: not running */
    int in;    /* its standard input, or -1 */
    int words; /* what it says on standard error, in memory */
    git_stream out;
} git_process;

#define GIT_PROCESS_INIT                                                                           \
    { 0, -1, -1, GIT_STREAM_INIT }

/*
 * Starts git with these arguments (ends with a null). `input`: its standard input is a pipe, else
 * it is empty. 0, or 66 (there is no git), 70 once the sentence was said.
 */
int git_start(git_process *process, const char *const *arguments, bool input);
/* False when git no longer reads: how it ended says why. */
bool git_write(const git_process *process, const char *bytes, size_t length);
void git_close_input(git_process *process);
/* How many bytes may be written that git has not read yet. */
size_t git_input_capacity(const git_process *process);
/* Lets git go on while we are busy, as far as the system allows. */
void git_widen_output(const git_process *process);
/*
 * Waits for its end and gives its exit status (128 + n after a signal); 0 when it was not running.
 * `killed`: what it still has to say is not wanted. git_words() works until git_free().
 */
int git_end(git_process *process, bool killed);
/* What git said on standard error, in one line and without its "fatal: ". Never empty. */
void git_words(const git_process *process, js_buf *words);
/* Says what git said, and gives `code` back. */
int git_say_failed(const git_process *process, int code);
/* Ends it if it is running, and frees what it holds. */
void git_free(git_process *process);

#endif
