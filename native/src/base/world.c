/* The clocks and the random numbers of the system. */
#include "base/world.h"

#include <openssl/rand.h>
#include <string.h>
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

static void system_random(void *self, void *bytes, size_t length) {
    (void)self;
    if (length > INT32_MAX || RAND_bytes(bytes, (int)length) != 1) {
        /* Used for jitter and for the outbox's key; a poor number is better than none. */
        memset(bytes, 0, length);
        int64_t now = js_monotonic_ms();
        memcpy(bytes, &now, length < sizeof now ? length : sizeof now);
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
