#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void wipes_memory(void **state) {
    (void)state;
    char memory[32];
    char zeros[32] = {0};
    memset(memory, 's', sizeof memory);
    js_wipe(memory, sizeof memory);
    assert_memory_equal(memory, zeros, sizeof zeros);
}

static void keeps_a_copy_until_wiped(void **state) {
    (void)state;
    js_secret secret = JS_SECRET_INIT;
    char given[] = "first";
    assert_true(js_secret_set(&secret, given, 5));
    memset(given, 'x', 5);
    assert_string_equal(secret.text, "first");
    assert_int_equal(secret.length, 5);
    assert_true(js_secret_set(&secret, "a\0b", 3));
    assert_int_equal(secret.length, 3);
    assert_memory_equal(secret.text, "a\0b", 4);
    js_secret_wipe(&secret);
    assert_null(secret.text);
    assert_int_equal(secret.length, 0);
    js_secret_wipe(&secret);
}

/* A secret may be set from itself: the copy is made before the old one goes. */
static void may_be_set_from_itself(void **state) {
    (void)state;
    js_secret secret = JS_SECRET_INIT;
    assert_true(js_secret_set(&secret, "prefix-rest", 11));
    assert_true(js_secret_set(&secret, secret.text + 7, 4));
    assert_string_equal(secret.text, "rest");
    js_secret_wipe(&secret);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wipes_memory),
        cmocka_unit_test(keeps_a_copy_until_wiped),
        cmocka_unit_test(may_be_set_from_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
