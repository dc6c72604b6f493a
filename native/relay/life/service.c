/* Putting the relay together, keeping its configuration fresh, and taking it apart. */
#include "relay/life/service.h"

#include "base/error.h"
#include "relay/callers/issuers.h"
#include "relay/hooks/order.h"
#include "relay/life/notify.h"
#include "relay/life/relay.h"
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

enum { POOL_THREADS = 32, ASK_THREADS = 8, CLOSE_MS = 500, LOOK_MS = 60000 };

typedef struct service {
    rl_relay relay;
    const rl_options *options;
    int signal_fd;
    int64_t looked_ms; /* when secrets and certificates were looked at last */
    rl_job reload;     /* reads the configuration again, in the pool */
    atomic_bool reloading;
    atomic_bool asked; /* by SIGHUP, not by the clock */
    pthread_mutex_t lock;
    rl_config *fresh; /* with the lock: read, to be put in force by the loop */
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

static bool same_secret(const js_secret *one, const js_secret *other) {
    return one->length == other->length &&
           (one->length == 0 || memcmp(one->text, other->text, one->length) == 0);
}

/* What the running relay cannot change. */
static void tell_restart(service *self, const rl_config *before, const rl_config *now) {
    if (strcmp(before->listen.text, now->listen.text) != 0 || before->has_tls != now->has_tls) {
        rl_relay_say(&self->relay, "restart needed: 'listen' has changed.");
    }
    if (strcmp(before->outbox, now->outbox) != 0) {
        rl_relay_say(&self->relay, "restart needed: 'outbox' has changed.");
    }
}

/* In the loop: the new configuration takes the place of the old one, or the old one stays. */
static void put_in_force(service *self, rl_config *fresh) {
    rl_relay *relay = &self->relay;
    rl_config *before = rl_relay_config(relay);
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = JIRASEND_OK;
    bool tls = fresh->has_tls && !(same_secret(&fresh->tls.certificate, &before->tls.certificate) &&
                                   same_secret(&fresh->tls.key, &before->tls.key) &&
                                   same_secret(&fresh->tls.client_ca, &before->tls.client_ca));
    if (tls) {
        code = rl_server_set_tls(relay->server, fresh, &error);
    }
    if (code == JIRASEND_OK && !rl_issuers_configure(relay->issuers, fresh)) {
        code = js_fail_memory(&error);
    }
    if (code == JIRASEND_OK) {
        code = rl_core_change(relay->core, before, fresh, &error);
    }
    if (code != JIRASEND_OK) {
        rl_relay_say(relay, "The configuration in force stays: %s", error.message);
    } else {
        tell_restart(self, before, fresh);
        (void)pthread_mutex_lock(&relay->config_lock);
        rl_config *old = relay->config;
        relay->config = rl_config_retain(fresh);
        (void)pthread_mutex_unlock(&relay->config_lock);
        rl_config_release(old);
        if (atomic_load(&self->asked)) {
            rl_relay_say(relay, "The configuration was reloaded and is in force.");
        }
    }
    rl_config_release(before);
    rl_config_release(fresh);
}

/* In the pool, as a file may lie on a disk that does not answer. */
static void read_again(void *context) {
    service *self = context;
    jirasend_error error = JIRASEND_ERROR_INIT;
    rl_config *fresh = NULL;
    jirasend_code code = rl_config_read(&fresh, self->options->config, &error);
    if (code == JIRASEND_OK) {
        code = rl_tls_try(fresh, &error);
    }
    if (code != JIRASEND_OK) {
        rl_relay_say(&self->relay, "The configuration in force stays: %s", error.message);
        rl_config_release(fresh);
        fresh = NULL;
    }
    (void)pthread_mutex_lock(&self->lock);
    rl_config_release(self->fresh);
    self->fresh = fresh;
    (void)pthread_mutex_unlock(&self->lock);
    atomic_store(&self->reloading, false);
    rl_server_keys_changed(self->relay.server); /* wakes the loop */
}

static void begin_reload(service *self) {
    if (!atomic_exchange(&self->reloading, true)) {
        self->looked_ms = js_mono_ms(&self->relay.world);
        rl_notify_reloading();
        self->reload = (rl_job){NULL, read_again, self};
        rl_pool_add(self->relay.ask_pool, &self->reload);
    }
}

static void on_hang_up(void *context) {
    service *self = context;
    atomic_store(&self->asked, true);
    begin_reload(self);
}

static void on_second(void *context) {
    service *self = context;
    rl_relay *relay = &self->relay;
    rl_access_log_tick(relay->log, js_wall_ms(&relay->world));
    rl_gates_tick(relay->gates);
    rl_samples_tick(relay->samples);
    (void)pthread_mutex_lock(&self->lock);
    rl_config *fresh = self->fresh;
    self->fresh = NULL;
    (void)pthread_mutex_unlock(&self->lock);
    if (fresh != NULL) {
        put_in_force(self, fresh);
    }
    if (!atomic_load(&self->reloading) && self->looked_ms != 0 && fresh != NULL) {
        rl_notify("READY=1");
        atomic_store(&self->asked, false);
    }
    if (js_mono_ms(&relay->world) - self->looked_ms >= LOOK_MS) {
        begin_reload(self);
    }
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
    rl_config_release(self->fresh);
    rl_config_release(relay->config);
}

jirasend_code rl_serve(const rl_options *options, jirasend_error *error) {
    service self = {.options = options, .signal_fd = catch_signals()};
    self.relay.world = js_world_system();
    (void)pthread_mutex_init(&self.lock, NULL);
    (void)pthread_mutex_init(&self.relay.config_lock, NULL);
    self.looked_ms = js_mono_ms(&self.relay.world);
    jirasend_code code = JIRASEND_OK;
    if (self.signal_fd < 0) {
        code =
            js_fail(error, JIRASEND_E_INTERNAL, "Cannot watch for signals: %s.", strerror(errno));
    }
    if (code == JIRASEND_OK && options->ready_file != NULL && unlink(options->ready_file) != 0 &&
        errno != ENOENT) {
        code = js_fail(error, JIRASEND_E_STORAGE, "Cannot replace %s: %s.", options->ready_file,
                       strerror(errno));
    }
    if (code == JIRASEND_OK) {
        code = rl_config_read(&self.relay.config, options->config, error);
    }
    if (code == JIRASEND_OK) {
        code = run(&self, error);
        if (options->ready_file != NULL) {
            (void)unlink(options->ready_file);
        }
    }
    take_apart(&self);
    if (self.signal_fd >= 0) {
        (void)close(self.signal_fd);
    }
    (void)pthread_mutex_destroy(&self.lock);
    (void)pthread_mutex_destroy(&self.relay.config_lock);
    return code;
}
