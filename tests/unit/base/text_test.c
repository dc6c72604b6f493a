#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define BYTES(text) text, sizeof text - 1

static void decodes_one_character(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        int32_t code;
        size_t size;
    } cases[] = {
        {BYTES("a"), 'a', 1},
        {BYTES("\0"), 0, 1},
        {BYTES("\x7F"), 0x7F, 1},
        {BYTES("\xC2\x80"), 0x80, 2},
        {BYTES("é"), 0xE9, 2},
        {BYTES("\xDF\xBF"), 0x7FF, 2},
        {BYTES("\xE0\xA0\x80"), 0x800, 3},
        {BYTES("€"), 0x20AC, 3},
        {BYTES("\xED\x9F\xBF"), 0xD7FF, 3},
        {BYTES("\xEE\x80\x80"), 0xE000, 3},
        {BYTES("\xEF\xBF\xBF"), 0xFFFF, 3},
        {BYTES("\xF0\x90\x80\x80"), 0x10000, 4},
        {BYTES("😀"), 0x1F600, 4},
        {BYTES("\xF4\x8F\xBF\xBF"), 0x10FFFF, 4},
        /* invalid: one byte each */
        {BYTES("\x80"), -1, 1},
        {BYTES("\xBF"), -1, 1},
        {BYTES("\xC0\x80"), -1, 1},         /* overlong NUL */
        {BYTES("\xC1\xBF"), -1, 1},         /* overlong */
        {BYTES("\xE0\x9F\xBF"), -1, 1},     /* overlong */
        {BYTES("\xF0\x8F\xBF\xBF"), -1, 1}, /* overlong */
        {BYTES("\xED\xA0\x80"), -1, 1},     /* surrogate */
        {BYTES("\xED\xBF\xBF"), -1, 1},     /* surrogate */
        {BYTES("\xF4\x90\x80\x80"), -1, 1}, /* above U+10FFFF */
        {BYTES("\xF5\x80\x80\x80"), -1, 1},
        {BYTES("\xFF"), -1, 1},
        {BYTES("\xC3"), -1, 1}, /* cut off */
        {BYTES("\xE2\x82"), -1, 1},
        {BYTES("\xF0\x9F\x98"), -1, 1},
        {BYTES("\xC3("), -1, 1}, /* no continuation */
        {BYTES("\xE2\x82("), -1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t code = -2;
        size_t size = js_utf8_next(cases[i].text, cases[i].length, &code);
        assert_int_equal(code, cases[i].code);
        assert_int_equal(size, cases[i].size);
    }
}

static void judges_whole_texts(void **state) {
    (void)state;
    assert_true(js_utf8_valid("", 0));
    assert_true(js_utf8_valid(BYTES("aé€😀\0z")));
    assert_false(js_utf8_valid(BYTES("ab\xFF")));
    assert_false(js_utf8_valid("€", 2));
}

static void measures_and_cuts_as_utf16(void **state) {
    (void)state;
    static const char text[] = "aé€😀z"; /* 1 + 2 + 3 + 4 + 1 bytes, 1 + 1 + 1 + 2 + 1 units */
    static const size_t bytes_of_units[] = {0, 1, 3, 6, 6, 10, 11, 11};
    assert_int_equal(js_utf16_length(BYTES(text)), 6);
    assert_int_equal(js_utf16_length("", 0), 0);
    for (size_t units = 0; units < 8; units++) {
        assert_int_equal(js_utf8_cut(BYTES(text), units), bytes_of_units[units]);
    }
    static const char longer[] = "0123456789\"abc\\0123456789\n"; /* units and bytes are the same */
    for (size_t units = 0; units < sizeof longer; units++) {
        assert_int_equal(js_utf8_cut(BYTES(longer), units), units);
    }
    assert_int_equal(js_utf16_length(BYTES(longer)), sizeof longer - 1);
}

/* Every byte at every place of a word, and behind it. */
static void finds_what_json_must_escape(void **state) {
    (void)state;
    char text[20];
    assert_int_equal(js_plain_length("", 0), 0);
    for (size_t place = 0; place < sizeof text; place++) {
        for (int byte = 0; byte < 256; byte++) {
            bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            memset(text, 'a', sizeof text);
            text[place] = (char)byte;
            assert_int_equal(js_plain_length(text, sizeof text), plain ? sizeof text : place);
        }
    }
}

static void knows_letters_and_digits_of_every_script(void **state) {
    (void)state;
    static const struct {
        int32_t code;
        bool letter, digit;
    } cases[] = {
        {'a', true, false},
        {'Z', true, false},
        {'0', false, true},
        {'9', false, true},
        {'@', false, false},
        {'[', false, false},
        {'`', false, false},
        {'{', false, false},
        {'/', false, false},
        {':', false, false},
        {'_', false, false},
        {'-', false, false},
        {0, false, false},
        {-1, false, false},
        {0xAA, true, false},
        {0xD7, false, false},
        /* × */ {0xE9, true, false},
        {0x0301, false, false},
        /* combining acute */ {0x0416, true, false},
        {0x0660, false, true},
        /* Arabic digit */ {0x0663, false, true},
        {0x05D0, true, false},
        {0x0966, false, true},
        {0x2160, false, false}, /* Roman numeral */
        {0x00BD, false, false},
        /* one half */ {0x2013, false, false},
        {0xFE0F, false, false},
        /* variation selector */ {0x4E2D, true, false},
        {0x9FFF, true, false},
        {0xAC00, true, false},
        {0xFF21, true, false},
        {0xFF11, false, true},
        {0x1F600, false, false},
        {0x1D400, true, false},
        {0x1D7D8, false, true},
        {0x20000, true, false},
        {0x10FFFF, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(js_is_letter(cases[i].code), cases[i].letter);
        assert_int_equal(js_is_letter_or_digit(cases[i].code), cases[i].letter || cases[i].digit);
    }
}

static void shows_text_safely(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        const char *shown;
    } cases[] = {
        {BYTES(""), ""},
        {BYTES("plain é€😀 \"\\"), "plain é€😀 \"\\"},
        {BYTES("a\tb\nc\rd"), "a\\tb\\nc\\rd"},
        {BYTES("\x1B[31mred\x07"), "\\x1B[31mred\\x07"},
        {BYTES("\0"), "\\x00"},
        {BYTES("\x7F"), "\\x7F"},
        {BYTES("\xC2\x9B"), "\\u{009B}"},
        {BYTES("a\xFF\xC3"), "a\\xFF\\xC3"},
        {BYTES("\xE2\x80\xAE"
               "x"),
         "\\u{202E}x"},
        {BYTES("\xE2\x80\xA8\xE2\x80\xA9"), "\\u{2028}\\u{2029}"},
        {BYTES("\xE2\x80\x8E\xE2\x80\x8F"), "\\u{200E}\\u{200F}"},
        {BYTES("\xE2\x81\xA6\xE2\x81\xA9"), "\\u{2066}\\u{2069}"},
        {BYTES("\xE2\x80\xAA"), "\\u{202A}"},
        {BYTES("\xE2\x80\x8D"), "\xE2\x80\x8D"}, /* the joiner of emoji stays */
        {BYTES("\xE2\x80\xAF\xE2\x81\xAA"), "\xE2\x80\xAF\xE2\x81\xAA"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_buf out = JS_BUF_INIT;
        js_text_escape(&out, cases[i].text, cases[i].length);
        assert_false(out.failed);
        assert_string_equal(out.data, cases[i].shown);
        js_buf_clear(&out);
    }
}

static void copies(void **state) {
    (void)state;
    assert_null(js_copy(NULL));
    assert_null(js_copy_n(NULL, 3));
    char *whole = js_copy("abc");
    char *part = js_copy_n("abc", 2);
    char *short_one = js_copy_n("abc", 99);
    assert_string_equal(whole, "abc");
    assert_string_equal(part, "ab");
    assert_string_equal(short_one, "abc");
    free(whole);
    free(part);
    free(short_one);
}

static void decodes(const char *text, const char *wanted) {
    char *decoded = js_percent_decode(text, strlen(text));
    if (wanted == NULL) {
        assert_null(decoded);
    } else {
        assert_non_null(decoded);
        assert_string_equal(decoded, wanted);
    }
    free(decoded);
}

static void decodes_percents(void **state) {
    (void)state;
    decodes("", "");
    decodes("team%2Fapp", "team/app");
    decodes("%C3%bc+x", "\xc3\xbc+x");
    decodes("%25", "%");
    decodes("%", NULL);
    decodes("a%2", NULL);
    decodes("%zz", NULL);
    decodes("%00", NULL);
}

static void encodes_as_utf8(void **state) {
    (void)state;
    static const uint32_t codes[] = {0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFD, 0x10000, 0x10FFFF};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        js_buf out = JS_BUF_INIT;
        int32_t code = 0;
        js_utf8_add(&out, codes[i]);
        assert_int_equal(js_utf8_next(out.data, out.length, &code), out.length);
        assert_int_equal(code, codes[i]);
        js_buf_clear(&out);
    }
}

static void reads_hexadecimal_digits(void **state) {
    (void)state;
    static const char digits[] = "0123456789abcdefABCDEF";
    for (int c = -128; c < 128; c++) {
        const char *found = c != 0 ? strchr(digits, c) : NULL;
        int at = found != NULL ? (int)(found - digits) : -1;
        assert_int_equal(js_hex_digit((char)c), at > 15 ? at - 6 : at);
    }
}

static void reads_four_hexadecimal_digits(void **state) {
    (void)state;
    assert_int_equal(js_hex_unit("0041x", 5), 0x41);
    assert_int_equal(js_hex_unit("D83d", 4), 0xD83D);
    assert_int_equal(js_hex_unit("0000", 4), 0);
    assert_int_equal(js_hex_unit("0041", 3), -1);
    assert_int_equal(js_hex_unit("00g1", 4), -1);
    assert_int_equal(js_hex_unit("", 0), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_four_hexadecimal_digits),
        cmocka_unit_test(decodes_one_character),
        cmocka_unit_test(judges_whole_texts),
        cmocka_unit_test(measures_and_cuts_as_utf16),
        cmocka_unit_test(finds_what_json_must_escape),
        cmocka_unit_test(knows_letters_and_digits_of_every_script),
        cmocka_unit_test(shows_text_safely),
        cmocka_unit_test(copies),
        cmocka_unit_test(decodes_percents),
        cmocka_unit_test(encodes_as_utf8),
        cmocka_unit_test(reads_hexadecimal_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
