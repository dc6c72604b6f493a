/* A configuration is read in the pool, as files may be on a disk that does not answer, and put in force by the loop. */
#include "relay/life/reload.h"

#include "base/error.h"
#include "relay/callers/issuers.h"
#include "relay/life/notify.h"
#include "relay/life/open_files.h"
#include "relay/listen/server.h"
#include "relay/listen/tls.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 60000 };

struct rl_reload {
    rl_relay *relay;
    const char *file;
    rl_config *
        started; /* what it began with: what differs from it and cannot change waits for a restart */
    int64_t looked_ms;
    bool hung_up;   /* SIGHUP came, and nothing was begun for it yet */
    bool reading;   /* the job is on its way */
    bool by_signal; /* and reads the file itself, not only those that it names */
    rl_job job;
    pthread_mutex_t lock;
    bool done;        /* with the lock: the job has ended */
    rl_config *fresh; /* with the lock: what it has read; null when it must not be put in force */
};

rl_reload *rl_reload_new(rl_relay *relay, const char *file) {
    rl_reload *reload = calloc(1, sizeof *reload);
    if (reload != NULL) {
        reload->relay = relay;
        reload->file = file;
        reload->started = rl_relay_config(relay);
        reload->looked_ms = js_mono_ms(&relay->world);
        (void)pthread_mutex_init(&reload->lock, NULL);
    }
    return reload;
}

void rl_reload_free(rl_reload *reload) {
    if (reload != NULL) {
        rl_config_release(reload->fresh);
        rl_config_release(reload->started);
        (void)pthread_mutex_destroy(&reload->lock);
        free(reload);
    }
}

void rl_reload_tell(rl_relay *relay, const rl_config *config) {
    const rl_caller *shut_out = rl_config_shut_out(config);
    if (shut_out != NULL) {
        rl_relay_say(relay, RL_SHUT_OUT, shut_out->name);
    }
}

static bool same_secret(const js_secret *one, const js_secret *other) {
    return one->length == other->length &&
           (one->length == 0 || memcmp(one->text, other->text, one->length) == 0);
}

static bool same_text(const char *one, const char *other) {
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

/* Proxy and roots belong to the client, which all sites share. */
static bool same_way(const rl_config *one, const rl_config *other) {
    const rl_site *sites[] = {&one->sites[0], &other->sites[0]};
    return same_text(sites[0]->ca_file, sites[1]->ca_file) &&
           same_text(sites[0]->proxy, sites[1]->proxy) &&
           same_text(sites[0]->no_proxy, sites[1]->no_proxy);
}

/* What the running relay cannot change. */
static void tell_restart(const rl_reload *reload, const rl_config *now) {
    const rl_config *started = reload->started;
    const struct {
        const char *what;
        bool same;
    } all[] = {{"'listen' has changed", strcmp(started->listen.text, now->listen.text) == 0},
               {"'tls' was added or removed", started->has_tls == now->has_tls},
               {"'outbox' has changed", strcmp(started->outbox, now->outbox) == 0},
               {"the password of the outbox has changed",
                same_secret(&started->outbox_password, &now->outbox_password)},
               {"'keep' has changed", started->keep == now->keep},
               {"'caFile', 'proxy' or 'noProxy' of the sites has changed", same_way(started, now)}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!all[i].same) {
            rl_relay_say(reload->relay, "restart needed: %s.", all[i].what);
        }
    }
}

static jirasend_code change_tls(const rl_reload *reload, const rl_config *before,
                                const rl_config *fresh, jirasend_error *error) {
    bool same = same_secret(&fresh->tls.certificate, &before->tls.certificate) &&
                same_secret(&fresh->tls.key, &before->tls.key) &&
                same_secret(&fresh->tls.client_ca, &before->tls.client_ca);
    return fresh->has_tls && !same ? rl_server_set_tls(reload->relay->server, fresh, error)
                                   : JIRASEND_OK;
}

/* The new configuration takes the place of the old one, or the old one stays. */
static void put_in_force(rl_reload *reload, rl_config *fresh) {
    rl_relay *relay = reload->relay;
    rl_config *before = rl_relay_config(relay);
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = change_tls(reload, before, fresh, &error);
    if (code == JIRASEND_OK && !rl_issuers_configure(relay->issuers, fresh)) {
        code = js_fail_memory(&error);
    }
    if (code == JIRASEND_OK) {
        code = rl_core_change(relay->core, before, fresh, &error);
    }
    if (code != JIRASEND_OK) {
        rl_relay_say(relay, "The configuration in force stays: %s", error.message);
    } else {
        if (reload->by_signal) {
            tell_restart(reload, fresh);
        }
        fresh->has_tls = reload->started->has_tls; /* the server goes on as it began */
        (void)pthread_mutex_lock(&relay->config_lock);
        rl_config *old = relay->config;
        relay->config = rl_config_retain(fresh);
        (void)pthread_mutex_unlock(&relay->config_lock);
        rl_config_release(old);
        rl_open_files(relay, fresh);
        if (reload->by_signal) {
            rl_reload_tell(relay, fresh);
            rl_relay_say(relay, "The configuration was reloaded and is in force.");
        }
    }
    rl_config_release(before);
    rl_config_release(fresh);
}

/* In the pool. */
static void read_again(void *context) {
    rl_reload *reload = context;
    jirasend_error error = JIRASEND_ERROR_INIT;
    rl_config *fresh = NULL;
    rl_config *now = rl_relay_config(reload->relay);
    jirasend_code code = reload->by_signal
                             ? rl_config_read(&fresh, reload->file, &error)
                             : rl_config_read_again(&fresh, now, reload->file, &error);
    if (code == JIRASEND_OK) {
        code = rl_tls_try(fresh, &error);
    }
    if (code != JIRASEND_OK) {
        rl_relay_say(reload->relay, "The configuration in force stays: %s", error.message);
        rl_config_release(fresh);
        fresh = NULL;
    }
    rl_config_release(now);
    (void)pthread_mutex_lock(&reload->lock);
    reload->fresh = fresh;
    reload->done = true;
    (void)pthread_mutex_unlock(&reload->lock);
}

static void begin(rl_reload *reload) {
    reload->looked_ms = js_mono_ms(&reload->relay->world);
    reload->by_signal = reload->hung_up;
    reload->hung_up = false;
    reload->reading = true;
    if (reload->by_signal) {
        rl_notify_reloading();
    }
    reload->job = (rl_job){NULL, read_again, reload};
    rl_pool_add(reload->relay->pool, &reload->job);
}

/* True: the job has ended, and what it has read is the caller's. */
static bool take_fresh(rl_reload *reload, rl_config **fresh) {
    (void)pthread_mutex_lock(&reload->lock);
    bool done = reload->done;
    *fresh = reload->fresh;
    reload->fresh = NULL;
    reload->done = false;
    (void)pthread_mutex_unlock(&reload->lock);
    return done;
}

void rl_reload_hang_up(rl_reload *reload) {
    reload->hung_up = true;
    if (!reload->reading) {
        begin(reload);
    }
}

void rl_reload_second(rl_reload *reload) {
    rl_config *fresh = NULL;
    if (reload->reading && take_fresh(reload, &fresh)) {
        reload->reading = false;
        if (fresh != NULL) {
            put_in_force(reload, fresh);
        }
        if (reload->by_signal) {
            rl_notify("READY=1"); /* also when the old one stays: the reload is over */
        }
    }
    if (!reload->reading &&
        (reload->hung_up || js_mono_ms(&reload->relay->world) - reload->looked_ms >= LOOK_MS)) {
        begin(reload);
    }
}
