/* The delivery thread, and how other threads wait for what it does. */
#include "client/client_internal.h"

#include "base/error.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

enum {
    STACK_SIZE = 512 * 1024,
    OTHERS_MS = 200, /* how often a waiting call looks for what another process has settled */
    LOOK_NS = 500 * 1000
};

jirasend_code js_enter(jirasend_client *client, jirasend_error *error) {
    js_error_clear(error);
    if (client == NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "A client is needed: jirasend_client_open().");
    }
    (void)atomic_fetch_add(&client->inside, 1);
    if (!atomic_load(&client->leaving)) {
        return JIRASEND_OK;
    }
    return js_leave(client, js_fail(error, JIRASEND_E_CLOSED, "The client is closing."));
}

jirasend_code js_leave(jirasend_client *client, jirasend_code code) {
    (void)atomic_fetch_sub(&client->inside, 1); /* the last touch: it may be freed from now on */
    return code;
}

/* What they wait for themselves has an end: the disk, and what `leave_soon` does. */
static void see_them_out(const jirasend_client *client) {
    const struct timespec step = {0, LOOK_NS};
    while (atomic_load(&client->inside) > 0) {
        (void)nanosleep(&step, NULL);
    }
}

static bool finished(const jirasend_client *client) {
    return client->closing && (!js_delivery_busy(client->delivery) ||
                               js_mono_ms(&client->world) >= client->close_by_ms);
}

static int64_t poll_ms(const jirasend_client *client, int64_t next_ms) {
    if (client->waiting > 0 && next_ms > OTHERS_MS) {
        next_ms = OTHERS_MS;
    }
    int64_t left = client->close_by_ms - js_mono_ms(&client->world);
    return client->closing && left < next_ms ? left : next_ms;
}

static void *deliver(void *argument) {
    jirasend_client *client = argument;
    (void)pthread_mutex_lock(&client->lock);
    bool opened = js_head_start_run(client);
    while (opened) {
        int64_t next_ms = js_delivery_turn(client->delivery);
        client->turns++;
        (void)pthread_cond_broadcast(&client->changed);
        if (finished(client)) {
            break;
        }
        next_ms = poll_ms(client, next_ms);
        (void)pthread_mutex_unlock(&client->lock);
        client->net->ops->poll(client->net, next_ms);
        (void)pthread_mutex_lock(&client->lock);
    }
    (void)pthread_mutex_unlock(&client->lock);
    return NULL;
}

static int create(jirasend_client *client) {
    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);
    if (failed != 0) {
        return failed;
    }
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    /* Signals are the program's business, not ours; the new thread inherits this mask. */
    sigset_t ours;
    sigset_t before;
    (void)sigfillset(&ours);
    (void)sigdelset(&ours, SIGSEGV);
    (void)sigdelset(&ours, SIGBUS);
    (void)sigdelset(&ours, SIGFPE);
    (void)sigdelset(&ours, SIGILL);
    (void)sigdelset(&ours, SIGABRT);
    (void)pthread_sigmask(SIG_BLOCK, &ours, &before);
    failed = pthread_create(&client->thread, &attributes, deliver, client);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return failed;
}

jirasend_code js_thread_start(jirasend_client *client, jirasend_error *error) {
    int failed = create(client);
    if (failed != 0) {
        return js_fail(error, JIRASEND_E_MEMORY,
                       "The delivery thread cannot be started (error %d).", failed);
    }
    client->running = true;
    return JIRASEND_OK;
}

void js_thread_end(jirasend_client *client, int64_t deadline_ms) {
    atomic_store(&client->leaving, true);
    int64_t close_by_ms = js_later_ms(js_mono_ms(&client->world), deadline_ms);
    (void)pthread_mutex_lock(&client->lock);
    client->closing = true;
    client->close_by_ms = close_by_ms;
    js_delivery_stop(client->delivery);
    /* Only what was promised or answered is worth waiting for, when another process has the outbox. */
    bool worth_it = js_delivery_busy(client->delivery) || atomic_load(&client->inside) > 0;
    client->outbox->ops->leave_soon(client->outbox, worth_it ? deadline_ms : 0);
    (void)pthread_cond_broadcast(&client->changed);
    while (client->waiting > 0) { /* their waits end now; nobody may be inside when we free */
        (void)pthread_cond_wait(&client->changed, &client->lock);
    }
    (void)pthread_mutex_unlock(&client->lock);
    if (client->running) {
        client->net->ops->wake(client->net);
        (void)pthread_join(client->thread, NULL);
    }
    see_them_out(client);
}

void js_wait_begin(jirasend_client *client, js_wait *wait, int64_t timeout_ms) {
    (void)pthread_mutex_lock(&client->lock);
    wait->until_ms = js_later_ms(js_mono_ms(&client->world), timeout_ms);
    wait->cancelled = atomic_load(&client->waits_cancelled);
    wait->seen = client->turns;
    client->waiting++;
}

void js_look_begin(jirasend_client *client, js_wait *wait) {
    wait->seen = client->turns;
    (void)pthread_mutex_unlock(&client->lock);
}

void js_look_end(jirasend_client *client) {
    (void)pthread_mutex_lock(&client->lock);
}

void js_wait_end(jirasend_client *client) {
    client->waiting--;
    if (client->closing) {
        (void)pthread_cond_broadcast(&client->changed);
    }
    (void)pthread_mutex_unlock(&client->lock);
}

jirasend_code js_client_sleep(jirasend_client *client, int64_t ms, jirasend_error *error) {
    js_wait wait;
    jirasend_code code = JIRASEND_OK;
    js_wait_begin(client, &wait, ms);
    while (code == JIRASEND_OK) {
        code = js_wait_more(client, &wait, error);
    }
    js_wait_end(client);
    if (code == JIRASEND_E_TIMEOUT) {
        js_error_clear(error);
        return JIRASEND_OK;
    }
    return code;
}

int64_t js_wait_left_ms(const jirasend_client *client, const js_wait *wait) {
    int64_t left = wait->until_ms - js_mono_ms(&client->world);
    return left > 0 ? left : 0;
}

jirasend_code js_wait_more(jirasend_client *client, js_wait *wait, jirasend_error *error) {
    if (client->closing || wait->cancelled != atomic_load(&client->waits_cancelled)) {
        return js_fail(error, JIRASEND_E_CLOSED, "The wait was ended: the client is closing.");
    }
    int64_t left = js_wait_left_ms(client, wait);
    if (left == 0) {
        return js_fail(error, JIRASEND_E_TIMEOUT, "The time is up.");
    }
    int64_t sleep_ms = left < OTHERS_MS ? left : OTHERS_MS;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(sleep_ms / 1000);
    until.tv_nsec += (long)(sleep_ms % 1000 * 1000000);
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    if (client->turns == wait->seen) {
        (void)pthread_cond_timedwait(&client->changed, &client->lock, &until);
    }
    wait->seen = client->turns;
    return JIRASEND_OK;
}

jirasend_code js_wait_out(jirasend_client *client, js_wait *wait, jirasend_error *error) {
    if (error->reason != JIRASEND_REASON_AWAY) {
        return error->code;
    }
    jirasend_error why = *error;
    jirasend_code code = js_wait_more(client, wait, error);
    return code == JIRASEND_E_TIMEOUT ? js_error_pass(&why, error) : code;
}
