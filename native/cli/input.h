/* Files and standard input. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct cli_input {
    int fd;
    const char *name; /* for messages: the path, or "standard input" */
    char *buffer;
    size_t capacity, start, end, scanned;
    bool ended;
    bool skipping; /* inside a line that is too long */
    long line;     /* number of the line handed out last */
} cli_input;

enum { CLI_LINE_MAX = 16 * 1024 * 1024, CLI_TEXT_MAX = 256 * 1024 * 1024 };

/* "-" is standard input. 0, or 66 once the sentence was said. `what` names it: "the file". */
int cli_input_open(cli_input *input, const char *path, const char *what);
void cli_input_close(cli_input *input);

typedef enum cli_line {
    CLI_LINE_READ,
    CLI_LINE_TOO_LONG, /* longer than CLI_LINE_MAX; left out */
    CLI_LINE_LATER,    /* nothing there yet; only when `patient` is false */
    CLI_LINE_STOPPED,  /* a signal came */
    CLI_LINE_FAILED,   /* cannot be read; the sentence was said */
    CLI_LINE_END
} cli_line;

/*
 * The next line without its line break (LF or CRLF), and without a byte-order mark at the start.
 * The text is good until the next call.
 */
cli_line cli_input_line(cli_input *input, bool patient, const char **text, size_t *length);

typedef int (*cli_take_fn)(void *context, const char *bytes, size_t length);
/* All of it, piece by piece, until `take` gives an exit code but 0. As cli_input_read_all(). */
int cli_input_read_pieces(const char *path, const char *what, size_t max, cli_take_fn take,
                          void *context);
/* Everything, at most `max` bytes. 0, 65 (too long), 66, 70 or 74 once the sentence was said. */
int cli_input_read_all(const char *path, const char *what, size_t max, js_buf *content);

#endif
