/*
 * The connections and their times: a head within 30 s of the connection, a later one within 75 s of the
 * answer before it, a body within 120 s. libmicrohttpd only knows a time-out of inactivity, which a
 * client that sends a byte now and then never meets; here the socket is shut down. One thread.
 */
#ifndef RELAY_LISTEN_SOCKETS_H
#define RELAY_LISTEN_SOCKETS_H

#include "relay/callers/limits.h"
#include "relay/listen/exchange.h"

#include <sys/socket.h>

typedef enum rl_socket_phase {
    RL_SOCKET_HEAD,
    RL_SOCKET_BODY,
    RL_SOCKET_WORKING, /* ours to hurry */
    RL_SOCKET_ANSWER
} rl_socket_phase;

struct rl_socket {
    rl_socket *previous, *next;
    int fd;
    rl_address address;
    rl_socket_phase phase;
    int64_t deadline_ms; /* INT64_MAX: none */
    bool fresh;          /* no answer was sent on it yet */
};

/* Sockets whose client is still sending what nobody will read: closed at once, they would lose the answer. */
typedef struct rl_linger {
    int fd;
    int64_t deadline_ms;
    size_t bytes;
} rl_linger;

enum { RL_LINGERS = 64 };

typedef struct rl_sockets {
    rl_socket *first;
    size_t count;
    rl_linger lingers[RL_LINGERS];
    size_t linger_count;
    uint64_t turned_away_full, turned_away_address; /* since they were told last */
} rl_sockets;

/* Whether another connection from this address is taken. */
bool rl_sockets_admit(rl_sockets *sockets, const rl_limits *limits, const struct sockaddr *address);
/* Null when memory is short. */
rl_socket *rl_sockets_add(rl_sockets *sockets, int fd, const struct sockaddr *address,
                          int64_t now_ms);
void rl_sockets_remove(rl_sockets *sockets, rl_socket *socket);
void rl_socket_enter(rl_socket *socket, rl_socket_phase phase, int64_t now_ms);
/* Shuts down what is late. */
void rl_sockets_tick(rl_sockets *sockets, int64_t now_ms);
/* Shuts down the connections between two requests: the relay ends. */
void rl_sockets_shut_idle(rl_sockets *sockets);
/* The peer has closed its side, or is gone. */
bool rl_socket_left(const rl_socket *socket);

/* Goes on reading a copy of the socket, and forgets what comes, for a moment. */
void rl_linger_add(rl_sockets *sockets, int fd, int64_t now_ms);
void rl_linger_tick(rl_sockets *sockets, int64_t now_ms, bool end);

#endif
