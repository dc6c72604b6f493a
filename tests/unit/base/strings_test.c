#include "base/strings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static void keeps_copies_in_order(void **state) {
    (void)state;
    js_strings list = JS_STRINGS_INIT;
    char text[16];
    for (int i = 0; i < 1000; i++) {
        int length = snprintf(text, sizeof text, "k%d", i);
        assert_true(js_strings_add(&list, text, (size_t)length));
    }
    memset(text, 'x', sizeof text);
    assert_int_equal(list.count, 1000);
    assert_string_equal(list.items[0], "k0");
    assert_string_equal(list.items[999], "k999");
    js_strings_clear(&list);
    assert_int_equal(list.count, 0);
    assert_null(list.items);
}

static void takes_only_the_length_given(void **state) {
    (void)state;
    js_strings list = JS_STRINGS_INIT;
    assert_true(js_strings_add(&list, "abcdef", 3));
    assert_true(js_strings_add(&list, NULL, 0));
    assert_string_equal(list.items[0], "abc");
    assert_string_equal(list.items[1], "");
    js_strings_clear(&list);
}

static void finds_whole_texts_only(void **state) {
    (void)state;
    js_strings list = JS_STRINGS_INIT;
    assert_false(js_strings_contain(&list, "APP"));
    assert_true(js_strings_add(&list, "APP", 3));
    assert_true(js_strings_contain(&list, "APP"));
    assert_false(js_strings_contain(&list, "AP"));
    assert_false(js_strings_contain(&list, "APPS"));
    assert_false(js_strings_contain(&list, "app"));
    js_strings_clear(&list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_copies_in_order),
        cmocka_unit_test(takes_only_the_length_given),
        cmocka_unit_test(finds_whole_texts_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
