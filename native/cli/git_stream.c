/* Reads what git prints, in pieces that a byte ends. */
#include "cli/exit_code.h"
#include "cli/git_process.h"
#include "cli/output.h"
#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 64 * 1024 };

static bool make_room(git_stream *stream) {
    if (stream->start > 0) {
        memmove(stream->buffer, stream->buffer + stream->start, stream->end - stream->start);
        stream->end -= stream->start;
        stream->start = 0;
    }
    if (stream->end < stream->capacity) {
        return true;
    }
    size_t capacity = stream->capacity == 0 ? FIRST_CAPACITY : stream->capacity * 2;
    char *larger = realloc(stream->buffer, capacity);
    if (larger == NULL) {
        return false;
    }
    stream->buffer = larger;
    stream->capacity = capacity;
    return true;
}

/* Waits until there is something to read. False when a signal came first. */
static bool wait_for_bytes(int fd) {
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN},
                            {.fd = cli_signals_fd(), .events = POLLIN}};
    for (;;) {
        int ready = poll(fds, 2, -1);
        if (ready >= 0 || errno != EINTR) {
            return ready < 0 || fds[1].revents == 0;
        }
    }
}

static git_read fill(git_stream *stream) {
    if (stream->ended) {
        return GIT_END;
    }
    if (!make_room(stream)) {
        cli_no_memory();
        return GIT_FAILED;
    }
    if (!wait_for_bytes(stream->fd)) {
        return GIT_STOPPED;
    }
    ssize_t length;
    do {
        length = read(stream->fd, stream->buffer + stream->end, stream->capacity - stream->end);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        cli_fail("What git prints cannot be read: %s.", strerror(errno));
        return GIT_FAILED;
    }
    stream->ended = length == 0;
    stream->end += (size_t)length;
    return stream->ended ? GIT_END : GIT_READ;
}

git_read git_stream_piece(git_stream *stream, char terminator, size_t keep, const char **text,
                          size_t *length) {
    size_t scanned = 0; /* from the start on */
    size_t kept = 0;    /* of a piece that is too long */
    for (;;) {
        size_t there = stream->end - stream->start;
        char *begin = there > 0 ? stream->buffer + stream->start : NULL;
        char *found = there > scanned ? memchr(begin + scanned, terminator, there - scanned) : NULL;
        if (found != NULL) {
            size_t size = kept > 0 ? kept : (size_t)(found - begin);
            *length = size < keep ? size : keep;
            begin[*length] = '\0'; /* at the terminator, or in what is not kept */
            *text = begin;
            stream->start += (size_t)(found - begin) + 1;
            return GIT_READ;
        }
        scanned = there;
        if (there > keep) {
            kept = keep;
            stream->end = stream->start + keep;
            scanned = keep;
        }
        git_read state = fill(stream);
        if (state != GIT_READ) {
            return state;
        }
    }
}

git_read git_stream_peek(git_stream *stream, char *byte) {
    if (stream->end == stream->start) {
        git_read state = fill(stream);
        if (state != GIT_READ) {
            return state;
        }
    }
    *byte = stream->buffer[stream->start];
    return GIT_READ;
}

void git_stream_free(git_stream *stream) {
    if (stream->fd >= 0) {
        close(stream->fd);
    }
    free(stream->buffer);
    *stream = (git_stream)GIT_STREAM_INIT;
}
