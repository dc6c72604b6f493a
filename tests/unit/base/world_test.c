#include "base/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

static void fixed_random(void *self, void *bytes, size_t length) {
    memcpy(bytes, self, length);
}

static void number_stays_below_the_bound(void **state) {
    (void)state;
    static const struct {
        uint64_t drawn;
        int64_t below, expected;
    } cases[] = {
        {0, 10, 0},        {9, 10, 9}, {10, 10, 0},         {UINT64_MAX, 1, 0},
        {5, 0, 0},         {5, -3, 0}, {UINT64_MAX, 10, 5}, {INT64_MAX, INT64_MAX, 0},
        {7, INT64_MAX, 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t drawn = cases[i].drawn;
        js_world world = {&drawn, NULL, NULL, fixed_random};
        assert_int_equal(js_random_below(&world, cases[i].below), cases[i].expected);
    }
}

static void system_world_works(void **state) {
    (void)state;
    js_world world = js_world_system();
    int64_t first = js_mono_ms(&world);
    assert_true(js_mono_ms(&world) >= first);
    assert_true(js_wall_ms(&world) > 1600000000000); /* 2020: ms, not seconds */
    unsigned char one[16] = {0};
    unsigned char other[16] = {0};
    world.random(world.self, one, sizeof one);
    world.random(world.self, other, sizeof other);
    assert_memory_not_equal(one, other, sizeof one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_stays_below_the_bound),
        cmocka_unit_test(system_world_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
