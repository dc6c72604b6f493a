/* The HTTP server: libmicrohttpd driven by one thread, so that nothing above it needs a lock. */
#ifndef SB_SERVER_H
#define SB_SERVER_H

#include "sandbox.h"

#include <jirasend/error.h>

typedef struct sb_server sb_server;

typedef struct sb_server_settings {
    int listen_socket;           /* ours from now on, also on failure */
    const char *certificate_pem; /* null: plain HTTP */
    const char *key_pem;
    const char *data_directory; /* null: the state is not kept */
} sb_server_settings;

/* A socket that listens on 127.0.0.1; `port` 0 picks one and says which. -1 on failure (REFUSED
 * when the port is in use, else STORAGE). */
int sb_listen(int *port, jirasend_error *error);
/* Null on failure. */
sb_server *sb_server_start(sb_sandbox *sandbox, const sb_server_settings *settings,
                           jirasend_error *error);
/* Serves until `stop_fd` becomes readable. False when it could not go on. */
bool sb_server_run(sb_server *server, int stop_fd);
/* Ends waiting answers and streams, writes the state for the last time. */
void sb_server_stop(sb_server *server);

#endif
