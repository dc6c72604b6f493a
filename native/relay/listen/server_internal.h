/* What the files of listen share of the server. */
#ifndef RELAY_LISTEN_SERVER_INTERNAL_H
#define RELAY_LISTEN_SERVER_INTERNAL_H

#include "relay/listen/server.h"
#include "relay/listen/sockets.h"
#include "relay/listen/tls.h"

struct rl_server {
    rl_relay *relay;
    struct MHD_Daemon *daemon;
    rl_tls_state *tls; /* null: plain HTTP */
    rl_sockets sockets;
    rl_exchange *first; /* all that are under way */
    int epoll_fd, wake_fd;
    pthread_mutex_t lock;
    rl_exchange *done; /* with the lock: ready to be resumed */
    bool keys_changed; /* with the lock */
    bool ending;
    int64_t end_by_ms;
    int64_t told_ms; /* when it was told last that connections were turned away */
};

/* The hooks for MHD_start_daemon(); each gets the server. */
enum MHD_Result rl_on_request(void *self, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **context);
void *rl_on_uri(void *self, const char *uri, struct MHD_Connection *connection);
void rl_on_completed(void *self, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode how);
void rl_on_connection(void *self, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode what);
/* Suspended ones whose client has left, or that have waited long enough for keys. */
void rl_exchanges_tick(rl_server *server, int64_t now_ms);

#endif
