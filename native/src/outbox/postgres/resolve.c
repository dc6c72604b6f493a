/* Addresses of a server's name, found on a thread of their own. */
#include "outbox/postgres/internal.h"

#include "base/text.h"

#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { STACK_SIZE = 256 * 1024 };

/* Shared by who asks and who looks it up; the last of them frees it. */
typedef struct lookup {
    pthread_mutex_t mutex;
    pthread_cond_t done_now;
    int holders;
    bool done;
    char *name;
    int failed; /* of getaddrinfo() */
    js_pg_addresses found;
} lookup;

static void let_go(lookup *at) {
    (void)pthread_mutex_lock(&at->mutex);
    bool last = --at->holders == 0;
    (void)pthread_mutex_unlock(&at->mutex);
    if (last) {
        (void)pthread_cond_destroy(&at->done_now);
        (void)pthread_mutex_destroy(&at->mutex);
        free(at->name);
        free(at);
    }
}

static void note_addresses(const struct addrinfo *list, js_pg_addresses *found) {
    const size_t most = sizeof found->text / sizeof found->text[0];
    for (; list != NULL && found->count < most; list = list->ai_next) {
        char *text = found->text[found->count];
        if (getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof found->text[0], NULL, 0,
                        NI_NUMERICHOST) == 0) {
            found->count++;
        }
    }
}

static void *look_up(void *argument) {
    lookup *at = argument;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    js_pg_addresses found = {.count = 0};
    int failed = getaddrinfo(at->name, NULL, &hints, &list);
    if (failed == 0) {
        note_addresses(list, &found);
        freeaddrinfo(list);
    }
    (void)pthread_mutex_lock(&at->mutex);
    at->failed = failed;
    at->found = found;
    at->done = true;
    (void)pthread_cond_broadcast(&at->done_now);
    (void)pthread_mutex_unlock(&at->mutex);
    let_go(at);
    return NULL;
}

static lookup *new_lookup(const char *name) {
    lookup *at = calloc(1, sizeof *at);
    pthread_condattr_t attributes;
    if (at == NULL || pthread_condattr_init(&attributes) != 0) {
        free(at);
        return NULL;
    }
    at->holders = 2;
    at->name = js_copy(name);
    bool made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_mutex_init(&at->mutex, NULL) == 0;
    if (made && pthread_cond_init(&at->done_now, &attributes) != 0) {
        (void)pthread_mutex_destroy(&at->mutex);
        made = false;
    }
    (void)pthread_condattr_destroy(&attributes);
    if (!made || at->name == NULL) {
        free(at->name);
        free(at);
        return NULL;
    }
    return at;
}

/* The new thread blocks all signals: they are the program's business. */
static bool start(lookup *at) {
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    bool started = pthread_create(&thread, &attributes, look_up, at) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return started;
}

bool js_pg_resolve(const char *name, int64_t deadline_ms, js_pg_addresses *found, char *why,
                   size_t size) {
    found->count = 0;
    lookup *at = new_lookup(name);
    if (at == NULL || !start(at)) {
        (void)snprintf(why, size, "memory is short");
        if (at != NULL) {
            at->holders = 1;
            let_go(at);
        }
        return false;
    }
    struct timespec until = {(time_t)(deadline_ms / 1000), (long)(deadline_ms % 1000) * 1000000};
    (void)pthread_mutex_lock(&at->mutex);
    int waited = 0;
    while (!at->done && waited == 0) {
        waited = pthread_cond_timedwait(&at->done_now, &at->mutex, &until);
    }
    bool done = at->done;
    int failed = at->failed;
    *found = at->found;
    (void)pthread_mutex_unlock(&at->mutex);
    let_go(at);
    if (!done) {
        (void)snprintf(why, size, "its name could not be looked up in time");
    } else if (failed != 0 || found->count == 0) {
        (void)snprintf(why, size, "its name could not be looked up: %s",
                       failed != 0 ? gai_strerror(failed) : "it has no address");
    }
    return done && failed == 0 && found->count > 0;
}
