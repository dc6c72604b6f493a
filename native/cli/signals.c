/* Signals end waits, and then the program. */
#include "cli/signals.h"

#include "base/world.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { GRACE_MS = 1500 };
static atomic_int grace_ms = GRACE_MS;

static sigset_t watched;
static atomic_int caught;
static int event_fd = -1; /* readable once a signal came */
static int done_fd = -1;  /* readable once the thread is no longer needed */
static int signal_fd = -1;
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

static void raise_event(int fd) {
    const uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof(one));
    (void)written; /* cannot fail: nobody counts these events up to the limit */
}

/* The next signal; 0 when there was none in that time (-1: no limit) or the thread is to end. */
static int next_signal(int timeout_ms) {
    struct pollfd fds[2] = {{.fd = signal_fd, .events = POLLIN}, {.fd = done_fd, .events = POLLIN}};
    int ready;
    do {
        ready = poll(fds, 2, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    struct signalfd_siginfo info;
    if (ready <= 0 || (fds[0].revents & POLLIN) == 0 ||
        read(signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
        return 0;
    }
    return (int)info.ssi_signo;
}

static bool told_to_end(void) {
    struct pollfd done = {.fd = done_fd, .events = POLLIN};
    return poll(&done, 1, 0) > 0;
}

static void *wait_for_signals(void *unused) {
    (void)unused;
    int number = next_signal(-1);
    if (number == 0) {
        return NULL;
    }
    atomic_store(&caught, number);
    pthread_mutex_lock(&lock);
    bool orderly = client != NULL;
    if (orderly) {
        jirasend_client_cancel_waits(client);
    }
    pthread_mutex_unlock(&lock);
    raise_event(event_fd);
    if (orderly) {
        (void)next_signal(atomic_load(&grace_ms)); /* a second signal cuts the grace short */
    }
    if (!told_to_end()) {
        end_by(number);
    }
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
    done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    signal_fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (event_fd < 0 || done_fd < 0 || signal_fd < 0 ||
        pthread_sigmask(SIG_BLOCK, &watched, NULL) != 0) {
        return false;
    }
    started = pthread_create(&thread, NULL, wait_for_signals, NULL) == 0;
    return started;
}

void cli_signals_end(void) {
    if (started) {
        /* Told, not cancelled: a cancelled thread unwinds where sanitizers cannot follow. */
        raise_event(done_fd);
        pthread_join(thread, NULL);
        started = false;
        close(event_fd);
        close(done_fd);
        close(signal_fd);
        event_fd = done_fd = signal_fd = -1;
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

void cli_signals_allow(int ms) {
    atomic_store(&grace_ms, ms);
}

bool cli_signals_sleep(int64_t ms) {
    int64_t end = js_monotonic_ms() + ms;
    for (;;) {
        int64_t left = end - js_monotonic_ms();
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
