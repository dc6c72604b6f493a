/* Handles that Java holds, and closing while others are inside. */
#include "handles.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* How often those inside are told again to leave: one may have come in before it began to wait. */
enum { TELL_AGAIN_MS = 20 };

typedef struct entry {
    jn_client client; /* first, so that a client is its entry */
    jlong handle;
    int users;
    bool closing;  /* no longer in the list */
    bool orphaned; /* whoever leaves last closes it */
    struct entry *next;
} entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static entry *entries;
static jlong first_handle; /* those given out are from here up to next_handle */
static jlong next_handle;

/*
 * Numbers begin somewhere, not at 1: a number that was made up, or that belongs to another copy of
 * the library in this process, should not happen to be one of ours.
 */
static void prepare(void) {
    uint32_t salt = 0;
    if (getrandom(&salt, sizeof salt, GRND_NONBLOCK) != (ssize_t)sizeof salt) {
        salt = (uint32_t)(uintptr_t)&lock >> 4U;
    }
    first_handle = ((jlong)(salt & 0x3FFFFFFFU) + 1) << 32;
    next_handle = first_handle;
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&left, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static void enter(void) {
    (void)pthread_once(&once, prepare);
    (void)pthread_mutex_lock(&lock);
}

static void leave(void) {
    (void)pthread_mutex_unlock(&lock);
}

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

jlong jn_handle_new(jirasend_client *core, jirasend_config *config) {
    entry *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return 0;
    }
    made->client = (jn_client){core, config};
    enter();
    made->handle = next_handle++;
    made->next = entries;
    entries = made;
    leave();
    return made->handle;
}

/* There are a few clients at most, so a list will do. With the lock held. */
static entry **find(jlong handle) {
    entry **at = &entries;
    while (*at != NULL && (*at)->handle != handle) {
        at = &(*at)->next;
    }
    return at;
}

const jn_client *jn_handle_take(jlong handle) {
    enter();
    entry *found = *find(handle);
    if (found != NULL) {
        found->users++;
    }
    leave();
    return found != NULL ? &found->client : NULL;
}

/* Nobody else knows the entry any more. */
static void finish(entry *closed, int64_t deadline_ms) {
    jirasend_client_close(closed->client.core, deadline_ms);
    jirasend_config_free(closed->client.config);
    free(closed);
}

void jn_handle_give(const jn_client *client) {
    entry *used = (entry *)(uintptr_t)client;
    enter();
    used->users--;
    bool last = used->users == 0;
    bool orphan = last && used->orphaned;
    if (last && used->closing && !orphan) {
        (void)pthread_cond_broadcast(&left);
    }
    leave();
    if (orphan) {
        finish(used, 0);
    }
}

/* Sleeps until somebody leaves, or it is time to tell them again. With the lock held. */
static void wait_a_little(int64_t most_ms) {
    int64_t sleep_ms = most_ms < TELL_AGAIN_MS ? most_ms : TELL_AGAIN_MS;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)sleep_ms * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_cond_timedwait(&left, &lock, &until);
}

/* The entry is out of the list. With the lock held on entry, and not on return. */
static void close_entry(entry *closed, int64_t deadline_ms) {
    int64_t start_ms = now_ms();
    int64_t passed_ms = 0;
    while (closed->users > 0) {
        jirasend_client_cancel_waits(closed->client.core);
        passed_ms = now_ms() - start_ms;
        if (passed_ms >= deadline_ms) {
            closed->orphaned = true;
            leave();
            return;
        }
        wait_a_little(deadline_ms - passed_ms);
    }
    leave();
    passed_ms = now_ms() - start_ms;
    finish(closed, passed_ms < deadline_ms ? deadline_ms - passed_ms : 0);
}

bool jn_handle_close(jlong handle, int64_t deadline_ms) {
    enter();
    entry **at = find(handle);
    entry *found = *at;
    if (found == NULL) {
        bool known = handle >= first_handle && handle < next_handle;
        leave();
        return known;
    }
    *at = found->next;
    found->closing = true;
    close_entry(found, deadline_ms);
    return true;
}

void jn_handle_close_all(int64_t deadline_ms) {
    enter();
    while (entries != NULL) {
        entry *first = entries;
        entries = first->next;
        first->closing = true;
        close_entry(first, deadline_ms);
        enter();
    }
    leave();
}
