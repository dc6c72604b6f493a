/* One request of one connection, from its first line to the last byte of the answer. */
#ifndef SB_EXCHANGE_H
#define SB_EXCHANGE_H

#include "sandbox.h"

#include <microhttpd.h>

/* A longer body is not even read to its end. */
#define SB_DISCARD_MAX ((size_t)64 * 1024 * 1024)

typedef struct sb_exchange sb_exchange;

/* Exchanges whose connection is suspended: late answers, answers that never come, idle streams. */
typedef struct sb_waiting {
    sb_exchange *first;
    size_t count;
} sb_waiting;

typedef struct sb_exchanges {
    sb_sandbox *sandbox;
    sb_waiting waiting;
    bool stopping;
    uint64_t connections; /* ever */
} sb_exchanges;

/* The hooks for MHD_start_daemon(); each gets the sb_exchanges. */
enum MHD_Result sb_on_request(void *self, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **context);
void *sb_on_uri(void *self, const char *uri, struct MHD_Connection *connection);
void sb_on_completed(void *self, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode how);
void sb_on_connection(void *self, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode what);

/* The socket to watch for the client's leaving. */
int sb_exchange_socket(const sb_exchange *exchange);
sb_exchange *sb_exchange_next(const sb_exchange *exchange);
/* The client left while it waited: let the server library close the connection. */
void sb_exchange_gone(sb_exchanges *all, sb_exchange *exchange);
/* Resumes whatever has something to send now; says in how many ms there will be more (-1: never
 * by itself). */
int64_t sb_exchanges_wake(sb_exchanges *all);
/* Resumes all, to be closed. */
void sb_exchanges_stop(sb_exchanges *all);

#endif
