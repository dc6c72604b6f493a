/* The clocks and the random numbers of the system. */
#include "base/world.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_clock(clockid_t id) {
    struct timespec now = {0, 0};
    (void)clock_gettime(id, &now); /* cannot fail for these two clocks */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void *self) {
    (void)self;
    return read_clock(CLOCK_REALTIME);
}

int64_t js_monotonic_ms(void) {
    return read_clock(CLOCK_MONOTONIC);
}

void js_sleep_ms(int64_t ms) {
    struct timespec step = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    (void)nanosleep(&step, NULL);
}

static int64_t system_mono_ms(void *self) {
    (void)self;
    return js_monotonic_ms();
}

/*
 * The kernel's, not OpenSSL's, which takes a millisecond to start: before there is a connection whose
 * standing up would hide it.
 */
static void system_random(void *self, void *bytes, size_t length) {
    (void)self;
    size_t filled = 0;
    while (filled < length) {
        ssize_t got = getrandom((char *)bytes + filled, length - filled, 0);
        if (got < 0 && errno != EINTR) {
            /* Used for jitter and for the outbox's key; a poor number is better than none. */
            int64_t now = js_monotonic_ms();
            memset(bytes, 0, length);
            memcpy(bytes, &now, length < sizeof now ? length : sizeof now);
            return;
        }
        filled += got > 0 ? (size_t)got : 0;
    }
}

js_world js_world_system(void) {
    return (js_world){NULL, system_wall_ms, system_mono_ms, system_random};
}

int64_t js_random_below(const js_world *world, int64_t below) {
    if (below <= 0) {
        return 0;
    }
    uint64_t number = 0;
    world->random(world->self, &number, sizeof number);
    return (int64_t)(number % (uint64_t)below); /* the bias is far below what jitter needs */
}
