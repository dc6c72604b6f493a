/* JSON that is written member by member. */
#include "event/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void containers_end_when_the_next_member_comes(void **state) {
    (void)state;
    js_buf out = JS_BUF_INIT;
    js_json_writer writer;
    js_json_out *object = js_write_begin(&writer, &out);
    js_json_out *list = js_write_array(object, "list");
    js_json_out *first = js_write_item_object(list);
    assert_true(js_write_text(js_write_object(first, "in"), "a", "1"));
    assert_true(js_write_number(first, "b", 2));
    assert_non_null(js_write_item_object(list));
    assert_true(js_write_item(list, "x"));
    assert_non_null(js_write_array(object, "none"));
    assert_true(js_write_flag(object, "yes", true));
    assert_true(js_write_text(object, "absent", NULL));
    assert_true(js_write_digits(object, "half", "0.50"));
    assert_non_null(js_write_object(object, "empty"));
    js_write_end(&writer, true);
    assert_false(out.failed);
    assert_string_equal(out.data, "{\"list\":[{\"in\":{\"a\":\"1\"},\"b\":2},{},\"x\"],\"none\":[],"
                                  "\"yes\":true,\"half\":0.50,\"empty\":{}}");
    js_buf_clear(&out);
}

static void numbers_of_any_size(void **state) {
    (void)state;
    js_buf out = JS_BUF_INIT;
    js_json_writer writer;
    js_json_out *object = js_write_begin(&writer, &out);
    assert_true(js_write_number(object, "a", INT64_MIN) &&
                js_write_number(object, "b", INT64_MAX) && js_write_number(object, "c", 0) &&
                js_write_number(object, "d", -10));
    assert_false(js_write_digits(object, "e", "1e999"));
    js_write_end(&writer, true);
    assert_string_equal(out.data,
                        "{\"a\":-9223372036854775808,\"b\":9223372036854775807,\"c\":0,\"d\":-10}");
    js_buf_clear(&out);
}

/* Digests of what was told are over these texts. */
static void texts_are_written_as_json_c_writes_them(void **state) {
    (void)state;
    char text[128];
    for (int i = 1; i < 128; i++) {
        text[i - 1] = (char)i;
    }
    text[127] = '\0';
    js_buf ours = JS_BUF_INIT;
    js_json_write_string(&ours, text);
    json_object *theirs = json_object_new_string(text);
    assert_string_equal(ours.data,
                        json_object_to_json_string_ext(theirs, JSON_C_TO_STRING_PLAIN |
                                                                   JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(theirs);
    js_buf_reset(&ours);
    js_json_write_string(&ours, "caf\xC3\xA9 \xF0\x9F\x9A\x80");
    assert_string_equal(ours.data, "\"caf\xC3\xA9 \xF0\x9F\x9A\x80\"");
    js_buf_reset(&ours);
    js_json_write_string(&ours, "\xFF\xC3");
    assert_string_equal(ours.data, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    js_buf_clear(&ours);
}

static void any_name_is_escaped(void **state) {
    (void)state;
    js_buf out = JS_BUF_INIT;
    js_json_writer writer;
    js_json_out *object = js_write_begin(&writer, &out);
    assert_true(js_write_any_name(object, "a \"b\"", "c\n"));
    js_write_end(&writer, true);
    assert_string_equal(out.data, "{\"a \\\"b\\\"\":\"c\\n\"}");
    js_buf_clear(&out);
}

static bool adds(const char *members, const char *expected) {
    js_buf out = JS_BUF_INIT;
    js_json_writer writer;
    js_json_out *object = js_write_begin(&writer, &out);
    bool good = js_write_number(object, "id", 1) && js_write_members(object, members) &&
                js_write_number(object, "end", 2);
    js_write_end(&writer, good);
    assert_int_equal(out.failed, !good);
    if (good) {
        assert_string_equal(out.data, expected);
    }
    js_buf_clear(&out);
    return good;
}

static void members_of_another_object(void **state) {
    (void)state;
    assert_true(
        adds("{\"a\":{\"b\":[]},\"c\":2}", "{\"id\":1,\"a\":{\"b\":[]},\"c\":2,\"end\":2}"));
    assert_true(adds("{}", "{\"id\":1,\"end\":2}"));
    assert_false(adds("", NULL));
    assert_false(adds("{\"a\":1}}", NULL));
    assert_false(adds("[1]", NULL));
    assert_false(adds("{\"a\":\"\n\"}", NULL));
}

static void a_buffer_that_is_full_fails(void **state) {
    (void)state;
    js_buf out = {.max = 12};
    js_json_writer writer;
    js_json_out *object = js_write_begin(&writer, &out);
    assert_false(js_write_text(object, "name", "much too long"));
    assert_false(js_write_number(object, "b", 1));
    assert_null(js_write_array(object, "c"));
    assert_false(js_write_item(NULL, "x"));
    js_write_end(&writer, true);
    assert_true(out.failed);
    js_buf_clear(&out);
}

static void what_went_wrong_fails_the_buffer(void **state) {
    (void)state;
    js_buf out = JS_BUF_INIT;
    js_json_writer writer;
    (void)js_write_begin(&writer, &out);
    js_write_end(&writer, false);
    assert_true(out.failed);
    js_buf_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_end_when_the_next_member_comes),
        cmocka_unit_test(numbers_of_any_size),
        cmocka_unit_test(texts_are_written_as_json_c_writes_them),
        cmocka_unit_test(any_name_is_escaped),
        cmocka_unit_test(members_of_another_object),
        cmocka_unit_test(a_buffer_that_is_full_fails),
        cmocka_unit_test(what_went_wrong_fails_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
