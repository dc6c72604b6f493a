#include "fake_world.h"

#include <string.h>

static int64_t wall_ms(void *self) {
    return ((fake_world *)self)->wall_ms;
}

static int64_t mono_ms(void *self) {
    return ((fake_world *)self)->mono_ms;
}

/* xorshift: enough to be different each time, and the same for the same seed. */
static void fill(void *self, void *bytes, size_t length) {
    fake_world *fake = self;
    unsigned char *out = bytes;
    for (size_t i = 0; i < length; i++) {
        fake->seed ^= fake->seed << 13U;
        fake->seed ^= fake->seed >> 7U;
        fake->seed ^= fake->seed << 17U;
        out[i] = (unsigned char)fake->seed;
    }
}

js_world fake_world_table(fake_world *fake) {
    return (js_world){fake, wall_ms, mono_ms, fill};
}

void fake_world_pass(fake_world *fake, int64_t ms) {
    fake->wall_ms += ms;
    fake->mono_ms += ms;
}
