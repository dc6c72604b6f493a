/* Keys of issuers, kept up to date by a thread for each. */
#include "relay/callers/issuers.h"

#include "base/text.h"
#include "relay/callers/fetch.h"
#include "relay/life/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    UNKNOWN_MS = 60 * 1000,      /* least time between two fetches for an unknown key id */
    FAILED_MS = 5 * 1000,        /* and after one that failed, while there are no keys */
    REFRESH_MS = 15 * 60 * 1000, /* keys that were taken back are gone after this */
    GOOD_MS = 24 * 60 * 60 * 1000
};

typedef struct source {
    struct source *next;
    rl_issuers *issuers;
    rl_oidc oidc; /* what of it says where the keys are */
    rl_keys *keys;
    int64_t fetched_ms, tried_ms, unknown_ms; /* monotonic; -1: never */
    bool wanted, fetching, failed;
    pthread_cond_t changed;
    unsigned long thread;
} source;

struct rl_issuers {
    js_world world;
    void (*changed)(void *context);
    void (*say)(void *context, const char *sentence);
    void *context;
    pthread_mutex_t lock;
    atomic_bool stop;
    source *first;
};

int64_t rl_issuers_wall_ms(const rl_issuers *issuers) {
    return js_wall_ms(&issuers->world);
}

rl_issuers *rl_issuers_new(const js_world *world, void (*changed)(void *context),
                           void (*say)(void *context, const char *sentence), void *context) {
    rl_issuers *issuers = calloc(1, sizeof *issuers);
    if (issuers != NULL) {
        issuers->world = *world;
        issuers->changed = changed;
        issuers->say = say;
        issuers->context = context;
        (void)pthread_mutex_init(&issuers->lock, NULL);
    }
    return issuers;
}

/* Without the lock. */
static void fetch(source *from) {
    rl_issuers *issuers = from->issuers;
    rl_keys *keys = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = rl_fetch_keys(&keys, &from->oidc, &issuers->stop, &error);
    (void)pthread_mutex_lock(&issuers->lock);
    from->fetching = false;
    from->failed = code != JIRASEND_OK;
    from->tried_ms = js_mono_ms(&issuers->world);
    rl_keys *before = NULL;
    if (code == JIRASEND_OK) {
        before = from->keys;
        from->keys = keys;
        from->fetched_ms = from->tried_ms;
    }
    (void)pthread_mutex_unlock(&issuers->lock);
    rl_keys_release(before);
    if (code != JIRASEND_OK && !atomic_load(&issuers->stop)) {
        issuers->say(issuers->context, error.message);
    }
    issuers->changed(issuers->context);
}

static void *serve(void *context) {
    source *from = context;
    rl_issuers *issuers = from->issuers;
    (void)pthread_mutex_lock(&issuers->lock);
    while (!atomic_load(&issuers->stop)) {
        if (!from->wanted) {
            (void)pthread_cond_wait(&from->changed, &issuers->lock);
            continue;
        }
        from->wanted = false;
        from->fetching = true;
        (void)pthread_mutex_unlock(&issuers->lock);
        fetch(from);
        (void)pthread_mutex_lock(&issuers->lock);
    }
    (void)pthread_mutex_unlock(&issuers->lock);
    return NULL;
}

static void free_source(source *old) {
    free(old->oidc.issuer);
    free(old->oidc.jwks);
    free(old->oidc.ca_file);
    free(old->oidc.proxy);
    rl_keys_release(old->keys);
    (void)pthread_cond_destroy(&old->changed);
    free(old);
}

void rl_issuers_free(rl_issuers *issuers) {
    if (issuers == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&issuers->lock);
    atomic_store(&issuers->stop, true);
    for (source *at = issuers->first; at != NULL; at = at->next) {
        (void)pthread_cond_signal(&at->changed);
    }
    (void)pthread_mutex_unlock(&issuers->lock);
    while (issuers->first != NULL) {
        source *old = issuers->first;
        issuers->first = old->next;
        (void)pthread_join((pthread_t)old->thread, NULL);
        free_source(old);
    }
    (void)pthread_mutex_destroy(&issuers->lock);
    free(issuers);
}

static bool same(const char *one, const char *other) {
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

/* With the lock. */
static source *find(rl_issuers *issuers, const rl_oidc *oidc) {
    for (source *at = issuers->first; at != NULL; at = at->next) {
        if (same(at->oidc.issuer, oidc->issuer) && same(at->oidc.jwks, oidc->jwks) &&
            same(at->oidc.ca_file, oidc->ca_file) && same(at->oidc.proxy, oidc->proxy)) {
            return at;
        }
    }
    return NULL;
}

static bool copy(char **out, const char *text) {
    *out = js_copy(text);
    return text == NULL || *out != NULL;
}

/* With the lock. */
static bool add(rl_issuers *issuers, const rl_oidc *oidc) {
    source *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return false;
    }
    (void)pthread_cond_init(&made->changed, NULL);
    made->issuers = issuers;
    made->fetched_ms = made->tried_ms = made->unknown_ms = -1;
    made->wanted = true; /* the first load needs no token to ask for it */
    if (!copy(&made->oidc.issuer, oidc->issuer) || !copy(&made->oidc.jwks, oidc->jwks) ||
        !copy(&made->oidc.ca_file, oidc->ca_file) || !copy(&made->oidc.proxy, oidc->proxy) ||
        !rl_thread_start(&made->thread, serve, made)) {
        free_source(made);
        return false;
    }
    made->next = issuers->first;
    issuers->first = made;
    return true;
}

bool rl_issuers_configure(rl_issuers *issuers, const rl_config *config) {
    bool good = true;
    (void)pthread_mutex_lock(&issuers->lock);
    for (size_t i = 0; i < config->caller_count && good; i++) {
        const rl_caller *caller = &config->callers[i];
        good = caller->by != RL_BY_OIDC || find(issuers, &caller->oidc) != NULL ||
               add(issuers, &caller->oidc);
    }
    (void)pthread_mutex_unlock(&issuers->lock);
    return good;
}

static void want(source *from) {
    from->wanted = true;
    (void)pthread_cond_signal(&from->changed);
}

/* With the lock: what there is to say about this key id now. */
static rl_keys_found look(source *from, const char *kid, bool wait, int64_t now) {
    bool good = from->keys != NULL && now - from->fetched_ms < GOOD_MS;
    bool busy = from->wanted || from->fetching;
    if (good && rl_keys_have(from->keys, kid)) {
        if (!busy && now - from->fetched_ms >= REFRESH_MS && now - from->tried_ms >= UNKNOWN_MS) {
            want(from); /* in the background */
        }
        return RL_KEYS_THERE;
    }
    if (busy) {
        return wait ? RL_KEYS_LATER : RL_KEYS_AWAY;
    }
    int64_t pause = good ? UNKNOWN_MS : FAILED_MS;
    int64_t last = good ? from->unknown_ms : from->tried_ms;
    if (wait && (last < 0 || now - last >= pause)) {
        from->unknown_ms = good ? now : from->unknown_ms;
        want(from);
        return RL_KEYS_LATER;
    }
    return good && !from->failed ? RL_KEYS_UNKNOWN : RL_KEYS_AWAY;
}

rl_keys_found rl_issuers_keys(rl_issuers *issuers, const rl_oidc *oidc, const char *kid, bool wait,
                              rl_keys **keys) {
    *keys = NULL;
    (void)pthread_mutex_lock(&issuers->lock);
    source *from = find(issuers, oidc);
    rl_keys_found found = RL_KEYS_AWAY;
    if (from != NULL) {
        found = look(from, kid, wait, js_mono_ms(&issuers->world));
        *keys = found == RL_KEYS_THERE ? rl_keys_retain(from->keys) : NULL;
    }
    (void)pthread_mutex_unlock(&issuers->lock);
    return found;
}
