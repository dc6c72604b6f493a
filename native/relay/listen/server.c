/* The loop of the server. */
#include "relay/listen/server.h"

#include "base/error.h"
#include "relay/listen/server_internal.h"
#include "relay/routes/gates.h"
#include "relay/routes/waits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    POOL_BYTES = 36 * 1024, /* of a connection: a head of 16 KiB, and the answer's */
    LIBRARY_CONNECTIONS =
        200000, /* above any limit of ours: those beyond are turned away at once */
    TICK_MS = 1000,
    LINGER_TICK_MS = 20,
    END_MS = 9000,
    TELL_MS = 60000
};

int rl_server_listen(const rl_listen *where, int *port, jirasend_error *error) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    socklen_t size = where->v6 ? sizeof address.v6 : sizeof address.v4;
    const int on = 1;
    if (where->v6) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons((uint16_t)where->port);
        (void)inet_pton(AF_INET6, where->host, &address.v6.sin6_addr);
    } else {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons((uint16_t)where->port);
        (void)inet_pton(AF_INET, where->host, &address.v4.sin_addr);
    }
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, &address.any, size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, &address.any, &size) != 0) {
        (void)js_fail(error, errno == EADDRINUSE ? JIRASEND_E_REFUSED : JIRASEND_E_STORAGE,
                      "Cannot listen on %s: %s.", where->text, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    *port = ntohs(where->v6 ? address.v6.sin6_port : address.v4.sin_port);
    return fd;
}

/* What clients do wrong on the way to a request is their business. */
static void be_quiet(void *self, const char *format, va_list arguments) {
    (void)self;
    (void)format;
    (void)arguments;
}

static enum MHD_Result admit(void *self, const struct sockaddr *address, socklen_t size) {
    rl_server *server = self;
    (void)size;
    rl_config *config = rl_relay_config(server->relay);
    bool good = !server->ending && rl_sockets_admit(&server->sockets, &config->limits, address);
    rl_config_release(config);
    return good ? MHD_YES : MHD_NO;
}

static struct MHD_Daemon *start_daemon(rl_server *server, int listen_fd) {
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)rl_tls_choose},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)rl_tls_priorities},
        {MHD_OPTION_END, 0, NULL}};
    unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (server->tls == NULL) {
        tls[0].option = MHD_OPTION_END;
    } else {
        flags |= MHD_USE_TLS;
    }
    return MHD_start_daemon(
        flags, 0, admit, server, rl_on_request, server, MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL,
        MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_URI_LOG_CALLBACK, rl_on_uri, server,
        MHD_OPTION_NOTIFY_COMPLETED, rl_on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        rl_on_connection, server, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)LIBRARY_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY,
        tls, MHD_OPTION_END);
}

static bool watch(const rl_server *server, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
    return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static jirasend_code prepare(rl_server *server, int listen_fd, jirasend_error *error) {
    rl_config *config = rl_relay_config(server->relay);
    jirasend_code code = JIRASEND_OK;
    if (config->has_tls) {
        code = rl_tls_open(&server->tls, config, error);
    }
    if (code == JIRASEND_OK) {
        server->daemon = start_daemon(server, listen_fd);
        server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    rl_config_release(config);
    if (code != JIRASEND_OK) {
        (void)close(listen_fd);
        return code;
    }
    if (server->daemon == NULL) {
        (void)close(listen_fd);
        return js_fail(error, JIRASEND_E_INTERNAL, "The HTTP server cannot start.");
    }
    if (server->epoll_fd < 0 || server->wake_fd < 0 ||
        !watch(server, MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd) ||
        !watch(server, server->wake_fd)) {
        return js_fail(error, JIRASEND_E_INTERNAL, "The HTTP server cannot start: %s.",
                       strerror(errno));
    }
    return JIRASEND_OK;
}

rl_server *rl_server_start(rl_relay *relay, int listen_fd, jirasend_error *error) {
    rl_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        (void)close(listen_fd);
        (void)js_fail_memory(error);
        return NULL;
    }
    server->relay = relay;
    server->epoll_fd = server->wake_fd = -1;
    (void)pthread_mutex_init(&server->lock, NULL);
    if (prepare(server, listen_fd, error) != JIRASEND_OK) {
        rl_server_free(server);
        return NULL;
    }
    return server;
}

static void wake(rl_server *server) {
    const uint64_t one = 1;
    ssize_t written = write(server->wake_fd, &one, sizeof one);
    (void)written; /* at the limit it is awake anyway */
}

void rl_exchange_done(rl_exchange *exchange) {
    rl_server *server = exchange->relay->server;
    (void)pthread_mutex_lock(&server->lock);
    bool first = server->done == NULL;
    exchange->next_done = server->done;
    server->done = exchange;
    (void)pthread_mutex_unlock(&server->lock);
    if (first) {
        wake(server);
    }
}

void rl_server_keys_changed(rl_server *server) {
    (void)pthread_mutex_lock(&server->lock);
    server->keys_changed = true;
    (void)pthread_mutex_unlock(&server->lock);
    wake(server);
}

jirasend_code rl_server_set_tls(rl_server *server, const rl_config *config, jirasend_error *error) {
    return server->tls != NULL ? rl_tls_change(server->tls, config, error) : JIRASEND_OK;
}

static void take_done(rl_server *server) {
    uint64_t count = 0;
    ssize_t got = read(server->wake_fd, &count, sizeof count);
    (void)got;
    (void)pthread_mutex_lock(&server->lock);
    rl_exchange *done = server->done;
    bool keys = server->keys_changed;
    server->done = NULL;
    server->keys_changed = false;
    (void)pthread_mutex_unlock(&server->lock);
    while (done != NULL) {
        rl_exchange *next = done->next_done;
        done->phase = RL_PHASE_READY;
        MHD_resume_connection(done->connection);
        done = next;
    }
    for (rl_exchange *at = server->first; keys && at != NULL; at = at->next) {
        if (at->phase == RL_PHASE_KEYS) {
            at->phase = RL_PHASE_HEAD;
            MHD_resume_connection(at->connection);
        }
    }
}

static void tell_turned_away(rl_server *server, int64_t now_ms) {
    rl_sockets *sockets = &server->sockets;
    if (now_ms - server->told_ms < TELL_MS ||
        sockets->turned_away_address + sockets->turned_away_full == 0) {
        return;
    }
    rl_relay_say(
        server->relay,
        "Connections were turned away: %llu beyond 'limits.connections', %llu beyond "
        "'limits.perAddress'. Behind a proxy all callers have one address: raise perAddress "
        "there.",
        (unsigned long long)sockets->turned_away_full,
        (unsigned long long)sockets->turned_away_address);
    sockets->turned_away_full = sockets->turned_away_address = 0;
    server->told_ms = now_ms;
}

static void begin_end(rl_server *server) {
    server->ending = true;
    server->end_by_ms = js_mono_ms(&server->relay->world) + END_MS;
    atomic_store(&server->relay->stopping, true);
    MHD_socket listening = MHD_quiesce_daemon(server->daemon);
    if (listening != MHD_INVALID_SOCKET) {
        (void)close(listening);
    }
    rl_waits_end_all(server->relay->waits);
    rl_gates_tick(server->relay->gates);
}

static void take_signals(rl_server *server, int signal_fd, const rl_server_events *events) {
    struct signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            events->hang_up(events->context);
        } else if (!server->ending) {
            begin_end(server);
        }
    }
}

static int next_timeout(const rl_server *server, int64_t until_tick) {
    MHD_UNSIGNED_LONG_LONG library_ms = 0;
    int64_t timeout = until_tick;
    if (MHD_get_timeout(server->daemon, &library_ms) == MHD_YES &&
        library_ms < (MHD_UNSIGNED_LONG_LONG)timeout) {
        timeout = (int64_t)library_ms;
    }
    if (server->sockets.linger_count > 0 && timeout > LINGER_TICK_MS) {
        timeout = LINGER_TICK_MS;
    }
    return (int)(timeout < 0 ? 0 : timeout);
}

static void tick(rl_server *server, int64_t now_ms, const rl_server_events *events) {
    rl_sockets_tick(&server->sockets, now_ms);
    rl_exchanges_tick(server, now_ms);
    tell_turned_away(server, now_ms);
    events->second(events->context);
}

/* Nothing is under way any more, or it took too long. */
static bool has_ended(rl_server *server, int64_t now_ms) {
    if (!server->ending) {
        return false;
    }
    rl_sockets_shut_idle(&server->sockets);
    return server->first == NULL || now_ms >= server->end_by_ms;
}

void rl_server_run(rl_server *server, int signal_fd, const rl_server_events *events) {
    const js_world *world = &server->relay->world;
    int64_t next_tick = js_mono_ms(world) + TICK_MS;
    (void)watch(server, signal_fd);
    while (!has_ended(server, js_mono_ms(world))) {
        struct epoll_event found[4];
        int64_t now = js_mono_ms(world);
        int64_t until_tick = server->ending ? LINGER_TICK_MS : next_tick - now;
        int count = epoll_wait(server->epoll_fd, found, 4, next_timeout(server, until_tick));
        for (int i = 0; i < count; i++) {
            if (found[i].data.fd == signal_fd) {
                take_signals(server, signal_fd, events);
            } else if (found[i].data.fd == server->wake_fd) {
                take_done(server);
            }
        }
        (void)MHD_run(server->daemon);
        now = js_mono_ms(world);
        rl_linger_tick(&server->sockets, now, false);
        if (now >= next_tick) {
            next_tick = now + TICK_MS;
            tick(server, now, events);
        }
    }
    (void)MHD_run(server->daemon);
}

void rl_server_free(rl_server *server) {
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    rl_linger_tick(&server->sockets, INT64_MAX, true);
    while (server->sockets.first != NULL) {
        rl_sockets_remove(&server->sockets, server->sockets.first);
    }
    rl_tls_close(server->tls);
    if (server->epoll_fd >= 0) {
        (void)close(server->epoll_fd);
    }
    if (server->wake_fd >= 0) {
        (void)close(server->wake_fd);
    }
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}
