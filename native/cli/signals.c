#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_MS = 1500 };

static sigset_t watched;
static atomic_int caught;
static int event_fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static jirasend_client *client;
static pthread_t thread;
static bool started;

static void end_by(int number) {
    signal(number, SIG_DFL);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
}

static void *wait_for_signals(void *unused) {
    (void)unused;
    int number = 0;
    if (sigwait(&watched, &number) != 0) {
        return NULL;
    }
    atomic_store(&caught, number);
    pthread_mutex_lock(&lock);
    bool orderly = client != NULL;
    if (orderly) {
        jirasend_client_cancel_waits(client);
    }
    pthread_mutex_unlock(&lock);
    const uint64_t one = 1;
    ssize_t written = write(event_fd, &one, sizeof(one));
    (void)written; /* the grace period below ends the program whatever happens */
    if (orderly) {
        /* A second signal cuts the grace short. */
        const struct timespec grace = {GRACE_MS / 1000, GRACE_MS % 1000 * 1000000L};
        while (sigtimedwait(&watched, NULL, &grace) < 0 && errno == EINTR) {
        }
    }
    end_by(number);
    return NULL;
}

bool cli_signals_start(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigemptyset(&watched);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction now;
        /* What nohup or a background shell told us to ignore stays ignored. */
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) {
            sigaddset(&watched, numbers[i]);
        }
    }
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0 || pthread_sigmask(SIG_BLOCK, &watched, NULL) != 0) {
        return false;
    }
    started = pthread_create(&thread, NULL, wait_for_signals, NULL) == 0;
    return started;
}

void cli_signals_end(void) {
    if (started) {
        pthread_cancel(thread); /* it waits in sigwait() or in its grace period */
        pthread_join(thread, NULL);
        started = false;
        close(event_fd);
        event_fd = -1;
    }
    int number = cli_signals_caught();
    if (number != 0) {
        end_by(number);
    }
}

int cli_signals_caught(void) {
    return atomic_load(&caught);
}

int cli_signals_fd(void) {
    return event_fd;
}

void cli_signals_watch(jirasend_client *watched_client) {
    pthread_mutex_lock(&lock);
    client = watched_client;
    pthread_mutex_unlock(&lock);
}

bool cli_signals_sleep(int64_t ms) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t end = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
    for (;;) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t left = end - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
        if (cli_signals_caught() != 0) {
            return false;
        }
        if (left <= 0) {
            return true;
        }
        struct pollfd fd = {.fd = event_fd, .events = POLLIN};
        poll(&fd, 1, left < 60000 ? (int)left : 60000);
    }
}
