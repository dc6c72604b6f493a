#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* The vectors of FIPS 180-2 and RFC 4231. */
static void sha256_matches_the_standard(void **state) {
    (void)state;
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char digest[JS_SHA256_SIZE];
        char hex[JS_SHA256_HEX_SIZE];
        assert_true(js_sha256(cases[i].text, strlen(cases[i].text), digest));
        js_hex(digest, sizeof digest, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void hmac64_is_the_start_of_the_standard_value(void **state) {
    (void)state;
    uint64_t value = 0;
    assert_true(js_hmac64("Jefe", 4, "what do ya want for nothing?", 28, &value));
    assert_true(value == 0x5bdcc146bf60754eU);
    uint64_t other = 0;
    assert_true(js_hmac64("Jeff", 4, "what do ya want for nothing?", 28, &other));
    assert_true(other != value);
}

static void hex_is_lower_case_and_ended(void **state) {
    (void)state;
    char hex[7];
    js_hex((const unsigned char *)"\x00\xAF\x10", 3, hex);
    assert_string_equal(hex, "00af10");
    js_hex(NULL, 0, hex);
    assert_string_equal(hex, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_matches_the_standard),
        cmocka_unit_test(hmac64_is_the_start_of_the_standard_value),
        cmocka_unit_test(hex_is_lower_case_and_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
