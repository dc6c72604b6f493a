/* Reading files and standard input: by lines, in pieces, whole. */
#include "cli/input.h"

#include "base/descriptor.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 64 * 1024 };

int cli_input_open(cli_input *input, const char *path, const char *what) {
    memset(input, 0, sizeof(*input));
    bool standard = strcmp(path, "-") == 0;
    input->name = standard ? "standard input" : path;
    input->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (input->fd < 0) {
        cli_fail("%s '%s' cannot be opened: %s.", what, path, strerror(errno));
        return CLI_NO_INPUT;
    }
    int flags = fcntl(input->fd, F_GETFL);
    if (standard && (flags < 0 || (flags & O_ACCMODE) == O_WRONLY)) {
        cli_fail("Standard input is closed: there is nothing to read from it.");
        return CLI_NO_INPUT;
    }
    struct stat status;
    if (fstat(input->fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        cli_fail("%s '%s' is a folder, not a file.", what, input->name);
        cli_input_close(input);
        return CLI_NO_INPUT;
    }
    return CLI_OK;
}

void cli_input_close(cli_input *input) {
    if (input->fd > STDIN_FILENO) {
        close(input->fd);
    }
    input->fd = -1;
    free(input->buffer);
    input->buffer = NULL;
}

/* Waits until there is something to read. */
static cli_line wait_for_input(const cli_input *input, bool patient) {
    struct pollfd fds[2] = {{.fd = input->fd, .events = POLLIN},
                            {.fd = cli_signals_fd(), .events = POLLIN}};
    for (;;) {
        int ready = poll(fds, 2, patient ? -1 : 0);
        if (ready < 0 && errno != EINTR) {
            return CLI_LINE_READ; /* read() will say what is wrong */
        }
        if (ready > 0 && fds[1].revents != 0) {
            return CLI_LINE_STOPPED;
        }
        if (ready > 0) {
            return CLI_LINE_READ;
        }
        if (ready == 0) {
            return CLI_LINE_LATER;
        }
    }
}

static bool make_room(cli_input *input) {
    if (input->start > 0) {
        memmove(input->buffer, input->buffer + input->start, input->end - input->start);
        input->end -= input->start;
        input->scanned -= input->start;
        input->start = 0;
    }
    if (input->end < input->capacity) {
        return true;
    }
    size_t capacity = input->capacity == 0 ? FIRST_CAPACITY : input->capacity * 2;
    char *larger = realloc(input->buffer, capacity);
    if (larger == NULL) {
        return false;
    }
    input->buffer = larger;
    input->capacity = capacity;
    return true;
}

static cli_line fill(cli_input *input, bool patient) {
    if (!make_room(input)) {
        cli_no_memory();
        return CLI_LINE_FAILED;
    }
    cli_line state = wait_for_input(input, patient);
    if (state != CLI_LINE_READ) {
        return state;
    }
    ssize_t length = js_read(input->fd, input->buffer + input->end, input->capacity - input->end);
    if (length < 0) {
        cli_fail("'%s' cannot be read: %s.", input->name, strerror(errno));
        return CLI_LINE_FAILED;
    }
    input->ended = length == 0;
    input->end += (size_t)length;
    return CLI_LINE_READ;
}

/* The line from the start to the buffer's `stop`; what follows begins at `next`. */
static cli_line hand_out(cli_input *input, size_t stop, size_t next, const char **text,
                         size_t *length) {
    char *line = input->buffer + input->start;
    size_t size = stop - input->start;
    input->start = input->scanned = next;
    input->line++;
    if (input->skipping || size > CLI_LINE_MAX) {
        input->skipping = false;
        return CLI_LINE_TOO_LONG;
    }
    if (input->line == 1 && size >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0) {
        line += 3;
        size -= 3;
    }
    size -= size > 0 && line[size - 1] == '\r';
    *text = line;
    *length = size;
    return CLI_LINE_READ;
}

cli_line cli_input_line(cli_input *input, bool patient, const char **text, size_t *length) {
    for (;;) {
        const char *found = input->end > input->scanned ? memchr(input->buffer + input->scanned,
                                                                 '\n', input->end - input->scanned)
                                                        : NULL;
        if (found != NULL) {
            size_t stop = (size_t)(found - input->buffer);
            return hand_out(input, stop, stop + 1, text, length);
        }
        input->scanned = input->end;
        if (input->ended) {
            bool rest = input->end > input->start || input->skipping;
            return rest ? hand_out(input, input->end, input->end, text, length) : CLI_LINE_END;
        }
        if (input->end - input->start > CLI_LINE_MAX) {
            input->skipping = true;
            input->start = input->end;
        }
        cli_line state = fill(input, patient);
        if (state != CLI_LINE_READ) {
            return state;
        }
    }
}

int cli_input_read_pieces(const char *path, const char *what, size_t max, cli_take_fn take,
                          void *context) {
    cli_input input;
    int code = cli_input_open(&input, path, what);
    if (code != CLI_OK) {
        return code;
    }
    char part[FIRST_CAPACITY];
    size_t total = 0;
    ssize_t length = 1;
    while (length != 0 && code == CLI_OK) {
        length = js_read(input.fd, part, sizeof(part));
        if (length < 0) {
            cli_fail("%s '%s' cannot be read: %s.", what, input.name, strerror(errno));
            code = CLI_IO;
            break;
        }
        total += (size_t)length;
        if (total > max) {
            cli_fail("%s '%s' is longer than %zu bytes.", what, input.name, max);
            code = CLI_DATA;
        } else if (length > 0) {
            code = take(context, part, (size_t)length);
        }
    }
    explicit_bzero(part, sizeof(part)); /* it may be a secret */
    cli_input_close(&input);
    return code;
}

static int add_to(void *context, const char *bytes, size_t length) {
    js_buf *content = context;
    js_buf_add(content, bytes, length);
    return content->failed ? cli_no_memory() : CLI_OK;
}

int cli_input_read_all(const char *path, const char *what, size_t max, js_buf *content) {
    return cli_input_read_pieces(path, what, max, add_to, content);
}
