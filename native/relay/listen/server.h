/*
 * The HTTP server: libmicrohttpd driven by one thread, which only ever reads, judges and writes. What
 * waits for the disk or for Jira is done by the pools of the relay, while the connection is suspended.
 */
#ifndef RELAY_LISTEN_SERVER_H
#define RELAY_LISTEN_SERVER_H

#include "relay/life/relay.h"
#include "relay/listen/exchange.h"

typedef struct rl_server rl_server;

/* A socket that listens; the port it got is told. -1 on failure (REFUSED, STORAGE). */
int rl_server_listen(const rl_listen *where, int *port, jirasend_error *error);
/* The socket is the server's from now on, also on failure. Null on failure. */
rl_server *rl_server_start(rl_relay *relay, int listen_fd, jirasend_error *error);

typedef struct rl_server_events {
    void *context;
    void (*hang_up)(void *context); /* SIGHUP */
    void (*second)(void *context);  /* about once a second */
} rl_server_events;

/* Serves until SIGTERM or SIGINT, and then until what is under way has ended, 10 s at most. */
void rl_server_run(rl_server *server, int signal_fd, const rl_server_events *events);
void rl_server_free(rl_server *server);

/* From any thread: those that wait for keys look again. */
void rl_server_keys_changed(rl_server *server);
/* New certificates of ours; the old ones are good for handshakes under way. */
jirasend_code rl_server_set_tls(rl_server *server, const rl_config *config, jirasend_error *error);

#endif
