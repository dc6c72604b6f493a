/* Putting the relay together, and taking it apart. */
#include "relay/life/service.h"

#include "base/error.h"
#include "base/place_file.h"
#include "relay/callers/issuers.h"
#include "relay/hooks/order.h"
#include "relay/life/memory.h"
#include "relay/life/notify.h"
#include "relay/life/open_files.h"
#include "relay/life/relay.h"
#include "relay/life/reload.h"
#include "relay/listen/server.h"
#include "relay/listen/tls.h"
#include "relay/page/samples.h"
#include "relay/page/session.h"
#include "relay/routes/gates.h"
#include "relay/routes/waits.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    POOL_THREADS = 64, /* as many posts share a commit */
    ASK_THREADS = 8,
    CLOSE_MS = 500
};

typedef struct service {
    rl_relay relay;
    const rl_options *options;
    int signal_fd;
    rl_reload *reload;
} service;

rl_config *rl_relay_config(rl_relay *relay) {
    (void)pthread_mutex_lock(&relay->config_lock);
    rl_config *config = rl_config_retain(relay->config);
    (void)pthread_mutex_unlock(&relay->config_lock);
    return config;
}

void rl_relay_say(rl_relay *relay, const char *format, ...) {
    char sentence[JIRASEND_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    rl_access_log_say(relay->log, js_wall_ms(&relay->world), sentence);
}

static void say(void *context, const char *sentence) {
    rl_relay_say(context, "%s", sentence);
}

static void keys_changed(void *context) {
    rl_relay *relay = context;
    rl_server *server = relay->server;
    if (server != NULL) {
        rl_server_keys_changed(server);
    }
}

/* Before there is any thread, so that none of them gets the signals. */
static int catch_signals(void) {
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGHUP);
    (void)signal(SIGPIPE, SIG_IGN);
    return pthread_sigmask(SIG_BLOCK, &ours, NULL) == 0
               ? signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK)
               : -1;
}

static void on_hang_up(void *context) {
    service *self = context;
    rl_reload_hang_up(self->reload);
}

static void on_second(void *context) {
    service *self = context;
    rl_relay *relay = &self->relay;
    rl_access_log_tick(relay->log, js_wall_ms(&relay->world));
    rl_gates_tick(relay->gates);
    rl_samples_tick(relay->samples);
    rl_reload_second(self->reload);
}

static jirasend_code make_parts(rl_relay *relay, bool verbose, jirasend_error *error) {
    jirasend_code code = rl_core_open(&relay->core, relay->config, verbose, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    relay->pool = rl_pool_new(POOL_THREADS);
    relay->ask_pool = rl_pool_new(ASK_THREADS);
    relay->log = rl_access_log_new(STDOUT_FILENO);
    relay->limits = rl_limits_new();
    relay->order = rl_order_new(relay->core, &relay->world);
    if (relay->order == NULL || relay->pool == NULL || relay->ask_pool == NULL ||
        relay->log == NULL || relay->limits == NULL) {
        return js_fail_memory(error);
    }
    relay->samples = rl_samples_new(relay);
    relay->sessions = rl_sessions_new(relay);
    relay->gates = rl_gates_new(relay);
    relay->waits = rl_waits_new(relay);
    relay->issuers = rl_issuers_new(&relay->world, keys_changed, say, relay);
    return relay->samples != NULL && relay->sessions != NULL && relay->gates != NULL &&
                   relay->waits != NULL && relay->issuers != NULL &&
                   rl_issuers_configure(relay->issuers, relay->config)
               ? JIRASEND_OK
               : js_fail_memory(error);
}

static jirasend_code tell_ready(service *self, int port, jirasend_error *error) {
    const rl_listen *listen = &self->relay.config->listen;
    char url[128];
    (void)snprintf(url, sizeof url, "%s://%s%s%s:%d",
                   self->relay.config->has_tls ? "https" : "http", listen->v6 ? "[" : "",
                   listen->host, listen->v6 ? "]" : "", port);
    jirasend_code code = JIRASEND_OK;
    if (self->options->ready_file != NULL) {
        code = rl_ready_file(self->options->ready_file, url, port, error);
    }
    if (code == JIRASEND_OK) {
        rl_relay_say(&self->relay, "jirasend-relay %s listens on %s.", jirasend_version(), url);
        rl_reload_tell(&self->relay, self->relay.config);
        rl_notify("READY=1");
    }
    return code;
}

static jirasend_code run(service *self, jirasend_error *error) {
    rl_relay *relay = &self->relay;
    int port = 0;
    jirasend_code code = rl_tls_try(relay->config, error);
    int listening =
        code == JIRASEND_OK ? rl_server_listen(&relay->config->listen, &port, error) : -1;
    if (listening < 0) {
        return error->code;
    }
    code = make_parts(relay, self->options->verbose, error);
    if (code != JIRASEND_OK) {
        (void)close(listening);
        return code;
    }
    relay->server = rl_server_start(relay, listening, error);
    if (relay->server == NULL) {
        return error->code;
    }
    rl_open_files(relay, relay->config);
    self->reload = rl_reload_new(relay, self->options->config);
    if (self->reload == NULL) {
        return js_fail_memory(error);
    }
    code = tell_ready(self, port, error);
    if (code == JIRASEND_OK) {
        rl_server_events events = {self, on_hang_up, on_second};
        rl_server_run(relay->server, self->signal_fd, &events);
        rl_notify("STOPPING=1");
    }
    return code;
}

/* The threads end before what they use; the server last, as they tell it when they are done. */
static void take_apart(service *self) {
    rl_relay *relay = &self->relay;
    rl_waits_free(relay->waits);
    rl_issuers_free(relay->issuers);
    if (relay->core != NULL) {
        rl_core_cancel(relay->core);
    }
    rl_pool_free(relay->ask_pool);
    rl_pool_free(relay->pool);
    rl_gates_free(relay->gates);
    rl_server_free(relay->server);
    rl_core_close(relay->core, CLOSE_MS);
    rl_sessions_free(relay->sessions);
    rl_samples_free(relay->samples);
    rl_limits_free(relay->limits);
    rl_order_free(relay->order);
    rl_access_log_free(relay->log);
    rl_reload_free(self->reload);
    rl_config_release(relay->config);
}

jirasend_code rl_serve(const rl_options *options, jirasend_error *error) {
    rl_memory_begin();
    service self = {.options = options, .signal_fd = catch_signals()};
    self.relay.world = js_world_system();
    (void)pthread_mutex_init(&self.relay.config_lock, NULL);
    jirasend_code code = JIRASEND_OK;
    if (self.signal_fd < 0) {
        code =
            js_fail(error, JIRASEND_E_INTERNAL, "Cannot watch for signals: %s.", strerror(errno));
    }
    if (code == JIRASEND_OK && options->ready_file != NULL &&
        !js_remove_placed_file(options->ready_file)) {
        code = js_fail(error, JIRASEND_E_STORAGE, "Cannot replace %s: %s.", options->ready_file,
                       strerror(errno));
    }
    if (code == JIRASEND_OK) {
        code = rl_config_read(&self.relay.config, options->config, error);
    }
    if (code == JIRASEND_OK) {
        code = run(&self, error);
        if (options->ready_file != NULL) {
            (void)js_remove_placed_file(options->ready_file);
        }
    }
    take_apart(&self);
    if (self.signal_fd >= 0) {
        (void)close(self.signal_fd);
    }
    (void)pthread_mutex_destroy(&self.relay.config_lock);
    return code;
}
