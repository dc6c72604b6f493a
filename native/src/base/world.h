/* Time and chance, behind a table so that a test can hold both in its hand. */
#ifndef JS_BASE_WORLD_H
#define JS_BASE_WORLD_H

#include <stddef.h>
#include <stdint.h>

typedef struct js_world {
    void *self;
    int64_t (*wall_ms)(void *self); /* ms since 1970, UTC: for stamps that people or Jira see */
    int64_t (*mono_ms)(void *self); /* ms since some point, never backwards: for waits */
    void (*random)(void *self, void *bytes, size_t length);
} js_world;

/* The real one. */
js_world js_world_system(void);
/* Its monotonic clock, where nothing has to be tested with another. */
int64_t js_monotonic_ms(void);
/* The calling thread sleeps; a signal may wake it earlier. */
void js_sleep_ms(int64_t ms);

static inline int64_t js_wall_ms(const js_world *world) {
    return world->wall_ms(world->self);
}

static inline int64_t js_mono_ms(const js_world *world) {
    return world->mono_ms(world->self);
}

/* When `ms` are over, as of `now_ms`. Callers may wait forever: INT64_MAX then; negative is 0. */
static inline int64_t js_later_ms(int64_t now_ms, int64_t ms) {
    return ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + (ms > 0 ? ms : 0);
}

/* A number from 0 to `below` - 1; 0 when `below` is not positive. */
int64_t js_random_below(const js_world *world, int64_t below);

#endif
