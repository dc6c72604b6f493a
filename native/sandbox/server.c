/* The sockets: libmicrohttpd in front of the sandbox. */
#include "server.h"

#include "base/error.h"
#include "exchange.h"
#include "persist.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 256,
    BACKLOG = 128,
    IDLE_SECONDS = 300,
    HEAD_BYTES = 64 * 1024,
    SAVE_PAUSE_MS = 200, /* least time between two writes of the state */
    SAVE_SHARE = 20,     /* writing takes at most a twentieth of the time */
    SAVE_RETRY_MS = 5000
};

struct sb_server {
    sb_exchanges exchanges;
    struct MHD_Daemon *daemon;
    int daemon_fd; /* the daemon's epoll set */
    const char *data_directory;
    int64_t saved_version;
    int64_t next_save_ms;
    bool save_failed; /* said so already */
};

int sb_listen(int *port, jirasend_error *error) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    socklen_t size = sizeof address;
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        jirasend_code code = errno == EADDRINUSE ? JIRASEND_E_REFUSED : JIRASEND_E_STORAGE;
        (void)js_fail(error, code,
                      "Cannot listen on 127.0.0.1 port %d: %s. Choose another port, or 0 to have "
                      "one picked.",
                      *port, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

/* The library's own log says what clients did wrong; that is their business. */
static void be_quiet(void *self, const char *format, va_list arguments) {
    (void)self;
    (void)format;
    (void)arguments;
}

static struct MHD_Daemon *start_daemon(sb_server *server, const sb_server_settings *settings) {
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)settings->certificate_pem},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)settings->key_pem},
        {MHD_OPTION_END, 0, NULL}};
    bool plain = settings->certificate_pem == NULL;
    unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (plain) {
        tls[0].option = MHD_OPTION_END;
    }
    return MHD_start_daemon(
        plain ? flags : flags | MHD_USE_TLS, 0, NULL, NULL, sb_on_request, &server->exchanges,
        MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL, MHD_OPTION_LISTEN_SOCKET,
        settings->listen_socket, MHD_OPTION_URI_LOG_CALLBACK, sb_on_uri, &server->exchanges,
        MHD_OPTION_NOTIFY_COMPLETED, sb_on_completed, &server->exchanges,
        MHD_OPTION_NOTIFY_CONNECTION, sb_on_connection, &server->exchanges,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned int)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_BYTES,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

sb_server *sb_server_start(sb_sandbox *sandbox, const sb_server_settings *settings,
                           jirasend_error *error) {
    sb_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        (void)close(settings->listen_socket);
        (void)js_fail_memory(error);
        return NULL;
    }
    server->exchanges.sandbox = sandbox;
    server->data_directory = settings->data_directory;
    server->saved_version = sandbox->store.version;
    server->daemon = start_daemon(server, settings);
    if (server->daemon == NULL) {
        (void)close(settings->listen_socket);
        free(server);
        (void)js_fail(error, JIRASEND_E_INTERNAL, "The HTTP server does not start%s.",
                      settings->certificate_pem == NULL
                          ? ""
                          : "; perhaps libmicrohttpd was built without TLS");
        return NULL;
    }
    server->daemon_fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return server;
}

static void save(sb_server *server) {
    const sb_sandbox *sandbox = server->exchanges.sandbox;
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t begun = js_mono_ms(&sandbox->world);
    int64_t version = sandbox->store.version;
    if (sb_persist_save(&sandbox->store, server->data_directory, &error) == JIRASEND_OK) {
        int64_t ended = js_mono_ms(&sandbox->world);
        int64_t pause = (ended - begun) * SAVE_SHARE;
        server->saved_version = version;
        server->next_save_ms = ended + (pause > SAVE_PAUSE_MS ? pause : SAVE_PAUSE_MS);
        server->save_failed = false;
        return;
    }
    server->next_save_ms = js_mono_ms(&sandbox->world) + SAVE_RETRY_MS;
    if (!server->save_failed) {
        (void)fprintf(stderr, "jirasend-sandbox: %s\n", error.message);
        server->save_failed = true;
    }
}

/* Writes the state when it is time; in how many ms it will be (-1: nothing to write). */
static int64_t save_when_due(sb_server *server) {
    if (server->data_directory == NULL ||
        server->exchanges.sandbox->store.version == server->saved_version) {
        return -1;
    }
    int64_t now = js_mono_ms(&server->exchanges.sandbox->world);
    if (now >= server->next_save_ms) {
        save(server);
        return server->save_failed ? SAVE_RETRY_MS : -1;
    }
    return server->next_save_ms - now;
}

static int64_t sooner(int64_t one, int64_t other) {
    if (one < 0 || other < 0) {
        return one < 0 ? other : one;
    }
    return one < other ? one : other;
}

/* Waits for the sockets, the signal, a client that leaves while its answer is held back, or time. */
static int wait_for(sb_server *server, struct pollfd *fds, int64_t timeout_ms) {
    nfds_t count = 2;
    MHD_UNSIGNED_LONG_LONG library_ms = 0;
    if (MHD_get_timeout(server->daemon, &library_ms) == MHD_YES) {
        int64_t bounded = library_ms > 60000 ? 60000 : (int64_t)library_ms;
        timeout_ms = sooner(timeout_ms, bounded);
    }
    const sb_exchange *waiting = server->exchanges.waiting.first;
    for (; waiting != NULL && count < CONNECTIONS_MAX + 2; waiting = sb_exchange_next(waiting)) {
        fds[count++] = (struct pollfd){sb_exchange_socket(waiting), POLLRDHUP, 0};
    }
    int64_t bounded = timeout_ms > 60000 ? 60000 : timeout_ms;
    return poll(fds, count, (int)bounded);
}

static void close_the_gone(sb_server *server, const struct pollfd *fds) {
    sb_exchange *waiting = server->exchanges.waiting.first;
    for (size_t i = 2; waiting != NULL && i < CONNECTIONS_MAX + 2; i++) {
        sb_exchange *next = sb_exchange_next(waiting);
        if (fds[i].revents != 0) {
            sb_exchange_gone(&server->exchanges, waiting);
        }
        waiting = next;
    }
}

bool sb_server_run(sb_server *server, int stop_fd) {
    struct pollfd fds[CONNECTIONS_MAX + 2];
    for (;;) {
        int64_t timeout = sb_sandbox_tick(server->exchanges.sandbox);
        timeout = sooner(timeout, sb_exchanges_wake(&server->exchanges));
        timeout = sooner(timeout, save_when_due(server));
        fds[0] = (struct pollfd){stop_fd, POLLIN, 0};
        fds[1] = (struct pollfd){server->daemon_fd, POLLIN, 0};
        int ready = wait_for(server, fds, timeout);
        if (ready < 0 && errno != EINTR) {
            (void)fprintf(stderr, "jirasend-sandbox: cannot wait for requests: %s.\n",
                          strerror(errno));
            return false;
        }
        if (ready > 0 && fds[0].revents != 0) {
            return true;
        }
        if (ready > 0) {
            close_the_gone(server, fds);
        }
        if (MHD_run(server->daemon) != MHD_YES) {
            (void)fprintf(stderr, "jirasend-sandbox: the HTTP server does not go on.\n");
            return false;
        }
    }
}

void sb_server_stop(sb_server *server) {
    if (server == NULL) {
        return;
    }
    sb_exchanges_stop(&server->exchanges);
    (void)MHD_run(server->daemon);
    MHD_stop_daemon(server->daemon);
    if (server->data_directory != NULL &&
        server->exchanges.sandbox->store.version != server->saved_version) {
        save(server);
    }
    free(server);
}
