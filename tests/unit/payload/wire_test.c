/* Ids on their way to Jira. */
#include "payload/wire.h"

#include "base/hash.h"
#include "event/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void wire_is(const char *id, const char *expected) {
    js_buf wire = JS_BUF_INIT;
    js_wire_id(&wire, id);
    assert_string_equal(wire.data, expected);
    js_buf_clear(&wire);
}

static void escapes_what_a_path_would_misread(void **state) {
    (void)state;
    wire_is("AZaz09._-", "AZaz09._-");
    wire_is("team/app", "team~2Fapp");
    wire_is("~", "~7E");
    wire_is("..", "~2E~2E");
    wire_is("a..", "a..");
    wire_is("\xC3\xA9 %", "~C3~A9~20~25");
}

/* `count` times the piece, then the tail. */
static char *repeated(const char *piece, size_t count, const char *tail) {
    js_buf text = JS_BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        js_buf_add_text(&text, piece);
    }
    js_buf_add_text(&text, tail);
    return js_buf_take(&text);
}

static void long_ids_end_with_their_digest(void **state) {
    (void)state;
    char *fits = repeated("a", 255, "");
    wire_is(fits, fits);
    free(fits);
    char *id = repeated("/", 86, ""); /* 258 characters when escaped */
    js_buf wire = JS_BUF_INIT;
    js_wire_id(&wire, id);
    unsigned char digest[JS_SHA256_SIZE];
    char hex[JS_SHA256_HEX_SIZE];
    assert_true(js_sha256(id, strlen(id), digest));
    js_hex(digest, sizeof digest, hex);
    char *expected = repeated("~2F", 63, "~"); /* 189 characters: a 64th escape would be cut */
    assert_int_equal(wire.length, strlen(expected) + 64);
    assert_memory_equal(wire.data, expected, strlen(expected));
    assert_string_equal(wire.data + strlen(expected), hex);
    free(expected);
    js_buf_reset(&wire);
    free(id);
    id = repeated("a", 256, "");
    js_wire_id(&wire, id);
    assert_int_equal(wire.length, 255);
    assert_int_equal(wire.data[190], '~');
    free(id);
    js_buf_clear(&wire);
}

static void puts_a_member(void **state) {
    (void)state;
    js_buf out = JS_BUF_INIT;
    js_json_writer writer;
    assert_true(js_wire_put(js_write_begin(&writer, &out), "id", "a/b"));
    js_write_end(&writer, true);
    assert_string_equal(out.data, "{\"id\":\"a~2Fb\"}");
    js_buf_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_what_a_path_would_misread),
        cmocka_unit_test(long_ids_end_with_their_digest),
        cmocka_unit_test(puts_a_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
