/*
 * Preloaded: the wall clock is off by TEST_CLOCK_WALL seconds, jumps by TEST_CLOCK_JUMP seconds
 * one second after the start, or stands still with TEST_CLOCK_STILL. The monotonic clock is the
 * real one, as on a real machine.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long number(const char *name) {
    const char *text = getenv(name);
    return text != NULL ? strtol(text, NULL, 10) : 0;
}

static void real(clockid_t id, struct timespec *now) {
    (void)syscall(SYS_clock_gettime, id, now);
}

static void bend(struct timespec *now) {
    static struct timespec first;
    static struct timespec begun;
    struct timespec mono;
    real(CLOCK_MONOTONIC, &mono);
    if (begun.tv_sec == 0) {
        begun = mono;
        first = *now;
    }
    if (number("TEST_CLOCK_STILL") != 0) {
        *now = first;
    }
    now->tv_sec += number("TEST_CLOCK_WALL");
    if (mono.tv_sec - begun.tv_sec >= 1) {
        now->tv_sec += number("TEST_CLOCK_JUMP");
    }
}

int clock_gettime(clockid_t id, struct timespec *now) {
    real(id, now);
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) {
        bend(now);
    }
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    (void)zone;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}
