/* Timeouts of connections, and the lingering close. */
#include "relay/listen/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FIRST_HEAD_MS = 30 * 1000,
    LATER_HEAD_MS = 75 * 1000,
    BODY_MS = 120 * 1000,
    ANSWER_MS = 120 * 1000,
    LINGER_MS = 2000,
    LINGER_BYTES = 64 * 1024 * 1024
};

bool rl_sockets_admit(rl_sockets *sockets, const rl_limits *limits,
                      const struct sockaddr *address) {
    rl_address from = rl_address_of(address);
    int64_t same = 0;
    if ((int64_t)sockets->count >= limits->connections) {
        sockets->turned_away_full++;
        return false;
    }
    for (const rl_socket *at = sockets->first; at != NULL; at = at->next) {
        same += rl_address_same(&at->address, &from) ? 1 : 0;
    }
    if (same >= limits->per_address) {
        sockets->turned_away_address++;
        return false;
    }
    return true;
}

rl_socket *rl_sockets_add(rl_sockets *sockets, int fd, const struct sockaddr *address,
                          int64_t now_ms) {
    rl_socket *socket = calloc(1, sizeof *socket);
    if (socket == NULL) {
        return NULL;
    }
    socket->fd = fd;
    socket->fresh = true;
    if (address != NULL) {
        socket->address = rl_address_of(address);
    }
    rl_socket_enter(socket, RL_SOCKET_HEAD, now_ms);
    socket->next = sockets->first;
    if (socket->next != NULL) {
        socket->next->previous = socket;
    }
    sockets->first = socket;
    sockets->count++;
    return socket;
}

void rl_sockets_remove(rl_sockets *sockets, rl_socket *socket) {
    if (socket->previous != NULL) {
        socket->previous->next = socket->next;
    } else {
        sockets->first = socket->next;
    }
    if (socket->next != NULL) {
        socket->next->previous = socket->previous;
    }
    sockets->count--;
    free(socket);
}

void rl_socket_enter(rl_socket *socket, rl_socket_phase phase, int64_t now_ms) {
    socket->phase = phase;
    switch (phase) {
    case RL_SOCKET_HEAD:
        socket->deadline_ms = now_ms + (socket->fresh ? FIRST_HEAD_MS : LATER_HEAD_MS);
        break;
    case RL_SOCKET_BODY:
        socket->deadline_ms = now_ms + BODY_MS;
        break;
    case RL_SOCKET_WORKING:
        socket->deadline_ms = INT64_MAX;
        break;
    case RL_SOCKET_ANSWER:
        socket->deadline_ms = now_ms + ANSWER_MS;
        break;
    }
}

void rl_sockets_tick(rl_sockets *sockets, int64_t now_ms) {
    for (rl_socket *at = sockets->first; at != NULL; at = at->next) {
        if (now_ms >= at->deadline_ms) {
            (void)shutdown(at->fd, SHUT_RDWR);
            at->deadline_ms = INT64_MAX;
        }
    }
}

void rl_sockets_shut_idle(rl_sockets *sockets) {
    for (rl_socket *at = sockets->first; at != NULL; at = at->next) {
        if (at->phase == RL_SOCKET_HEAD) {
            (void)shutdown(at->fd, SHUT_RDWR);
        }
    }
}

bool rl_socket_left(const rl_socket *socket) {
    struct pollfd one = {socket->fd, POLLRDHUP, 0};
    return poll(&one, 1, 0) > 0;
}

void rl_linger_add(rl_sockets *sockets, int fd, int64_t now_ms) {
    int copy = sockets->linger_count < RL_LINGERS ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy >= 0) {
        sockets->lingers[sockets->linger_count++] = (rl_linger){copy, now_ms + LINGER_MS, 0};
    }
}

/* True when there is nothing more to wait for. */
static bool drain(rl_linger *linger) {
    static char nowhere[64 * 1024];
    for (int i = 0; i < 16; i++) {
        ssize_t got = recv(linger->fd, nowhere, sizeof nowhere, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
            return true;
        }
        if (got < 0) {
            return false;
        }
        linger->bytes += (size_t)got;
        if (linger->bytes > LINGER_BYTES) {
            return true;
        }
    }
    return false;
}

void rl_linger_tick(rl_sockets *sockets, int64_t now_ms, bool end) {
    size_t kept = 0;
    for (size_t i = 0; i < sockets->linger_count; i++) {
        rl_linger *linger = &sockets->lingers[i];
        if (end || now_ms >= linger->deadline_ms || drain(linger)) {
            (void)close(linger->fd);
        } else {
            sockets->lingers[kept++] = *linger;
        }
    }
    sockets->linger_count = kept;
}
