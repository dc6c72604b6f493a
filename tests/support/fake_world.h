/* A world whose time stands still until told, and whose chance is a seed. */
#ifndef FAKE_WORLD_H
#define FAKE_WORLD_H

#include "base/world.h"

typedef struct fake_world {
    int64_t wall_ms;
    int64_t mono_ms;
    uint64_t seed; /* 0: every random number is 0 */
} fake_world;

js_world fake_world_table(fake_world *fake);
/* Both clocks move on. */
void fake_world_pass(fake_world *fake, int64_t ms);

#endif
