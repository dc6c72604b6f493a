#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void appends_bytes_text_and_format(void **state) {
    (void)state;
    js_buf buf = JS_BUF_INIT;
    js_buf_add(&buf, "a\0b", 3);
    js_buf_add_text(&buf, "-");
    js_buf_addf(&buf, "%d/%s", 42, "x");
    assert_false(buf.failed);
    assert_int_equal(buf.length, 8);
    assert_memory_equal(buf.data, "a\0b-42/x", 9);
    js_buf_clear(&buf);
    assert_null(buf.data);
}

static void grows_and_keeps_what_was_there(void **state) {
    (void)state;
    js_buf buf = JS_BUF_INIT;
    for (int i = 0; i < 100000; i++) {
        js_buf_addf(&buf, "%05d", i);
    }
    assert_false(buf.failed);
    assert_int_equal(buf.length, 500000);
    assert_memory_equal(buf.data + 5 * 77777, "77777", 5);
    assert_int_equal(strlen(buf.data), buf.length);
    js_buf_clear(&buf);
}

static void stops_at_its_bound_and_stays_failed(void **state) {
    (void)state;
    js_buf buf = JS_BUF_INIT;
    buf.max = 4;
    js_buf_add_text(&buf, "1234");
    assert_false(buf.failed);
    js_buf_add_text(&buf, "5");
    assert_true(buf.failed);
    assert_int_equal(buf.length, 4);
    js_buf_add_text(&buf, "");
    assert_true(buf.failed);
    assert_null(js_buf_take(&buf));
    js_buf_add_text(&buf, "12");
    js_buf_addf(&buf, "%s", "345");
    assert_true(buf.failed);
    assert_string_equal(buf.data, "12");
    js_buf_reset(&buf);
    assert_false(buf.failed);
    js_buf_add_text(&buf, "abcd");
    assert_false(buf.failed);
    js_buf_clear(&buf);
}

static void refuses_an_absurd_length(void **state) {
    (void)state;
    js_buf buf = JS_BUF_INIT;
    js_buf_add(&buf, "x", SIZE_MAX);
    assert_true(buf.failed);
    js_buf_clear(&buf);
}

static void hands_over_its_text(void **state) {
    (void)state;
    js_buf buf = JS_BUF_INIT;
    char *empty = js_buf_take(&buf);
    assert_string_equal(empty, "");
    free(empty);
    js_buf_add_text(&buf, "text");
    char *text = js_buf_take(&buf);
    assert_string_equal(text, "text");
    assert_null(buf.data);
    assert_int_equal(buf.length, 0);
    free(text);
}

static void wipes_a_secret_on_clear(void **state) {
    (void)state;
    js_buf buf = JS_BUF_INIT;
    buf.secret = true;
    js_buf_add_text(&buf, "s3cret");
    js_buf_reset(&buf);
    for (size_t i = 0; i < buf.capacity; i++) {
        assert_int_equal(buf.data[i], 0);
    }
    js_buf_clear(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_bytes_text_and_format),
        cmocka_unit_test(grows_and_keeps_what_was_there),
        cmocka_unit_test(stops_at_its_bound_and_stays_failed),
        cmocka_unit_test(refuses_an_absurd_length),
        cmocka_unit_test(hands_over_its_text),
        cmocka_unit_test(wipes_a_secret_on_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
