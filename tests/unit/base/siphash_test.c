#include "base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Key 00 01 .. 0f, text 00 01 .. (n - 1): the set-up of the published vectors of SipHash. */
static void matches_the_published_vectors(void **state) {
    (void)state;
    static const struct {
        size_t length;
        uint64_t hash;
    } cases[] = {
        {0, 0xabac0158050fc4dcU},  {1, 0xc9f49bf37d57ca93U},  {7, 0xd3927d989bb11140U},
        {8, 0x369095118d299a8eU},  {15, 0xd320d86d2a519956U}, {16, 0xcc4fdd1a7d908b66U},
        {63, 0x9d199062b7bbb3a8U},
    };
    const uint64_t key[2] = {0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
    unsigned char text[64];
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (unsigned char)i;
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(js_siphash(key, text, cases[i].length) == cases[i].hash);
    }
}

static void depends_on_the_key_and_every_byte(void **state) {
    (void)state;
    const uint64_t one[2] = {1, 2};
    const uint64_t other[2] = {1, 3};
    assert_true(js_siphash(one, "APP-1", 5) != js_siphash(other, "APP-1", 5));
    assert_true(js_siphash(one, "APP-1", 5) != js_siphash(one, "APP-2", 5));
    assert_true(js_siphash(one, "APP-1", 5) != js_siphash(one, "BPP-1", 5));
    assert_true(js_siphash(one, "APP-1\0", 6) != js_siphash(one, "APP-1", 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_the_published_vectors),
        cmocka_unit_test(depends_on_the_key_and_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
