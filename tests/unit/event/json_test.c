#include "event/json.h"
#include "event/json_members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BYTES(text) text, sizeof text - 1

static json_object *parse(const char *text, size_t length, js_json_strictness strictness) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    json_object *value = js_json_parse(text, length, strictness, &error);
    if (value == NULL) {
        fail_msg("%s: %s", text, error.message);
    }
    return value;
}

static void reads_and_writes_again(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        const char *written;
    } cases[] = {
        {BYTES("{}"), "{}"},
        {BYTES(" [ ] "), "[]"},
        {BYTES("\t\r\n{ \"a\" : 1 , \"b\" : [ true , false , null ] }\n"),
         "{\"a\":1,\"b\":[true,false,null]}"},
        {BYTES("{\"\":\"\"}"), "{\"\":\"\"}"},
        {BYTES("\"text\""), "\"text\""},
        {BYTES("0"), "0"},
        {BYTES("-0"), "0"},
        {BYTES("-1"), "-1"},
        {BYTES("9223372036854775807"), "9223372036854775807"},
        {BYTES("-9223372036854775808"), "-9223372036854775808"},
        {BYTES("18446744073709551615"), "18446744073709551615"},
        {BYTES("[1.5,-0.25,1e3,1E+2,12.5e-1]"), "[1.5,-0.25,1e3,1E+2,12.5e-1]"},
        {BYTES("0.1"), "0.1"},
        {BYTES("1.7976931348623157e308"), "1.7976931348623157e308"},
        {BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
        {BYTES("\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\\u001f\""), "\"Aé€😀\\u001f\""},
        {BYTES("\"é€😀\x7F</script>\""), "\"é€😀\x7F</script>\""},
        {BYTES("{\"b\":1,\"a\":{\"b\":1},\"c\":[{\"b\":1}]}"),
         "{\"b\":1,\"a\":{\"b\":1},\"c\":[{\"b\":1}]}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int strictness = JS_JSON_STRICT; strictness <= JS_JSON_ANSWER; strictness++) {
            json_object *value =
                parse(cases[i].text, cases[i].length, (js_json_strictness)strictness);
            js_buf out = JS_BUF_INIT;
            js_json_write(&out, value);
            assert_false(out.failed);
            assert_string_equal(out.data, cases[i].written);
            js_buf_clear(&out);
            json_object_put(value);
        }
    }
}

static void reads_doubles(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double number;
        bool in_answers_only;
    } cases[] = {
        {"1.5", 1.5, false},
        {"-0.25", -0.25, false},
        {"1e3", 1000, false},
        {"1E+2", 100, false},
        {"12.5e-1", 1.25, false},
        {"0.1", 0.1, false},
        {"0.0", 0, false},
        {"1.7976931348623157e308", 1.7976931348623157e308, false},
        {"1e-9999", 0, false},
        {"0e99999999999999999999", 0, false},
        {"18446744073709551616", 18446744073709551616.0, true},
        {"-9223372036854775809", -9223372036854775808.0, true},
        {"99999999999999999999999999", 1e26, true},
        {"1e309", DBL_MAX, true},
        {"-1e309", -DBL_MAX, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_json_strictness strictness = cases[i].in_answers_only ? JS_JSON_ANSWER : JS_JSON_STRICT;
        json_object *value = parse(cases[i].text, strlen(cases[i].text), strictness);
        assert_true(json_object_is_type(value, json_type_double));
        double number = json_object_get_double(value);
        if (number < cases[i].number || number > cases[i].number) {
            fail_msg("%s: %.17g", cases[i].text, number);
        }
        json_object_put(value);
    }
}

/* Both ways of reading refuse these. */
static void refuses_what_is_no_json(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        const char *words;
    } cases[] = {
        {BYTES(""), "empty"},
        {BYTES(" \n"), "empty"},
        {BYTES("null"), "only null"},
        {BYTES("{"),
         "at byte 2: expected the name of a member in double quotes, but the text ends"},
        {BYTES("{\"a\":1"), "at byte 7: expected a comma or }, but the text ends"},
        {BYTES("[1,"), "at byte 4: expected a value, but the text ends"},
        {BYTES("{\"a\"}"), "at byte 5: expected a colon, but found \"}"},
        {BYTES("{\"a\":}"), "at byte 6: expected a value, but found \"}"},
        {BYTES("{\"a\":1,}"), "at byte 8"},
        {BYTES("[1,]"), "at byte 4"},
        {BYTES("[,1]"), "at byte 2"},
        {BYTES("[1 2]"), "at byte 4: expected a comma or ], but found \"2"},
        {BYTES("{\"a\":1 \"b\":2}"), "at byte 8"},
        {BYTES("[1}"), "at byte 3"},
        {BYTES("{a:1}"),
         "at byte 2: expected the name of a member in double quotes, but found \"a"},
        {BYTES("{'a':1}"), "at byte 2: texts need double quotes"},
        {BYTES("['a']"), "at byte 2: texts need double quotes"},
        {BYTES("{} {}"), "at byte 4: expected the end of the text, but found \"{"},
        {BYTES("{}x"), "at byte 3"},
        {BYTES("{}\0"), "at byte 3: expected the end of the text, but found \"\\x00"},
        {BYTES("\0{}"), "at byte 1"},
        {BYTES("// x\n{}"), "at byte 1: JSON has no comments"},
        {BYTES("{/* x */}"), "at byte 2: JSON has no comments"},
        {BYTES("{} # x"), "at byte 4: JSON has no comments"},
        {BYTES("[NaN]"), "at byte 2: JSON has no NaN"},
        {BYTES("[Infinity]"), "at byte 2: JSON has no NaN and no Infinity"},
        {BYTES("[-Infinity]"), "at byte 2: JSON has no NaN and no Infinity"},
        {BYTES("[nan]"), "at byte 2"},
        {BYTES("[True]"), "at byte 2"},
        {BYTES("[tru]"), "at byte 2"},
        {BYTES("[truex]"), "at byte 6"},
        {BYTES("[nul]"), "at byte 2"},
        {BYTES("[01]"), "at byte 2: a number may not begin with a zero"},
        {BYTES("[-01]"), "at byte 2: a number may not begin with a zero"},
        {BYTES("[00]"), "at byte 2"},
        {BYTES("[+1]"), "at byte 2"},
        {BYTES("[-]"), "at byte 3: expected a digit, but found \"]"},
        {BYTES("-"), "at byte 2: expected a digit, but the text ends"},
        {BYTES("1."), "at byte 3: expected a digit, but the text ends"},
        {BYTES("1e+"), "at byte 4: expected a digit, but the text ends"},
        {BYTES("[1.]"), "at byte 4"},
        {BYTES("[.5]"), "at byte 2"},
        {BYTES("[1e]"), "at byte 4"},
        {BYTES("[1e+]"), "at byte 5"},
        {BYTES("[0x10]"), "at byte 3"},
        {BYTES("[1_0]"), "at byte 3"},
        {BYTES("\"a"), "at byte 1: the text that begins here has no closing quote"},
        {BYTES("\"a\\\""), "no closing quote"},
        {BYTES("\"a\\"), "backslash"},
        {BYTES("\"\\x\""), "at byte 2: a backslash must be followed by"},
        {BYTES("\"\\u12\""), "at byte 2: \\u needs four hexadecimal digits"},
        {BYTES("\"\\u12G4\""), "four hexadecimal"},
        {BYTES("\"\\u"), "four hexadecimal"},
        {BYTES("\"a\nb\""), "at byte 3: the control character 10"},
        {BYTES("\"a\tb\""), "at byte 3: the control character 9"},
        {BYTES("\"a\0b\""), "at byte 3: a NUL"},
        {BYTES("\"a\xFF\""), "at byte 3: the text is not valid UTF-8"},
        {BYTES("\"\xC0\x80\""), "not valid UTF-8"},
        {BYTES("\"\xED\xA0\x80\""), "not valid UTF-8"},
        {BYTES("{\"\xFF\":1}"), "at byte 3: the text is not valid UTF-8"},
        {BYTES("\"\xE2\x82"), "not valid UTF-8"},
        {BYTES("[\xC2\xA0]"), "at byte 2"},
        {BYTES("\x0B{}"), "at byte 1"},
        {BYTES("\xFF\xFE{\0}\0"), "at byte 1"}, /* UTF-16 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int strictness = JS_JSON_STRICT; strictness <= JS_JSON_ANSWER; strictness++) {
            jirasend_error error = JIRASEND_ERROR_INIT;
            json_object *value = js_json_parse(cases[i].text, cases[i].length,
                                               (js_json_strictness)strictness, &error);
            assert_null(value);
            assert_int_equal(error.code, JIRASEND_E_DOCUMENT);
            if (strstr(error.message, cases[i].words) == NULL) {
                fail_msg("%s: %s", cases[i].text, error.message);
            }
            assert_null(js_json_parse(cases[i].text, cases[i].length,
                                      (js_json_strictness)strictness, NULL));
        }
    }
}

/* What an event may not hold, and what becomes of it in an answer. */
static void is_stricter_with_events(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        const char *words, *answer; /* answer: as read and written again */
    } cases[] = {
        {BYTES("{\"a\":1,\"a\":2}"), "at byte 8: the member \"a\" appears twice", "{\"a\":2}"},
        {BYTES("{\"a\":1,\"b\":2,\"\\u0061\":3}"), "at byte 14: the member \"a\"", NULL},
        {BYTES("{\"x\\/y\":1,\"x/y\":2}"), "the member \"x/y\"", NULL},
        {BYTES("{\"\xF0\x9F\x98\x80\":1,\"\\ud83d\\ude00\":2}"), "the member \"\xF0\x9F\x98\x80\"",
         NULL},
        {BYTES("{\"a\":null,\"a\":null}"), "the member \"a\"", "{\"a\":null}"},
        {BYTES("{\"\":1,\"\":2}"), "the member \"\"", "{\"\":2}"},
        {BYTES("{\"\\n\":1,\"\\n\":2}"), "the member \"\\n\"", NULL},
        {BYTES("{\"a\":{\"b\":[{\"c\":1,\"c\":2}]}}"), "at byte 19: the member \"c\"",
         "{\"a\":{\"b\":[{\"c\":2}]}}"},
        {BYTES("{\"a\":\"\\u0000\"}"), "at byte 7: a NUL character", "{\"a\":\"\\u0000\"}"},
        {BYTES("{\"a\\u0000\":1}"), "at byte 4: a NUL character", NULL},
        {BYTES("\"\\ud800\""), "at byte 2: half of a surrogate pair (\\uD800)", "\"\xEF\xBF\xBD\""},
        {BYTES("\"\\udc00\""), "half of a surrogate pair (\\uDC00)", "\"\xEF\xBF\xBD\""},
        {BYTES("\"\\ud800x\""), "half of a surrogate pair", "\"\xEF\xBF\xBDx\""},
        {BYTES("\"\\ud800\\n\""), "half of a surrogate pair", "\"\xEF\xBF\xBD\\n\""},
        {BYTES("\"\\ud800\\ud83d\\ude00\""), "half of a surrogate pair", "\"\xEF\xBF\xBD😀\""},
        {BYTES("\"\\ud800\\u0041\""), "half of a surrogate pair",
         "\"\xEF\xBF\xBD"
         "A\""},
        {BYTES("[18446744073709551616]"), "at byte 2: the number 18446744073709551616 is out",
         "[18446744073709551616.0]"},
        {BYTES("[-9223372036854775809]"), "is out of range", "[-9223372036854775809.0]"},
        {BYTES("[99999999999999999999999999]"), "is out of range",
         "[99999999999999999999999999.0]"},
        {BYTES("[1e309]"), "the number 1e309 is out of range", NULL},
        {BYTES("[-1e999999999999999999999]"), "is out of range", NULL},
        {BYTES("\xEF\xBB\xBF{}"), "at byte 1: the text begins with a byte order mark", "{}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_null(js_json_parse(cases[i].text, cases[i].length, JS_JSON_STRICT, &error));
        assert_int_equal(error.code, JIRASEND_E_DOCUMENT);
        if (strstr(error.message, cases[i].words) == NULL) {
            fail_msg("%s: %s", cases[i].text, error.message);
        }
        json_object *value = parse(cases[i].text, cases[i].length, JS_JSON_ANSWER);
        js_buf out = JS_BUF_INIT;
        js_json_write(&out, value);
        assert_false(out.failed);
        if (cases[i].answer != NULL) {
            assert_string_equal(out.data, cases[i].answer);
        }
        js_buf_clear(&out);
        json_object_put(value);
    }
}

static void bounds_the_depth(void **state) {
    (void)state;
    for (int depth = 31; depth <= 34; depth++) {
        for (int kind = 0; kind < 2; kind++) {
            js_buf text = JS_BUF_INIT;
            for (int i = 0; i < depth; i++) {
                js_buf_add_text(&text, kind == 0 ? "[" : i + 1 < depth ? "{\"a\":" : "{");
            }
            for (int i = 0; i < depth; i++) {
                js_buf_add_text(&text, kind == 0 ? "]" : "}");
            }
            jirasend_error error = JIRASEND_ERROR_INIT;
            json_object *value = js_json_parse(text.data, text.length, JS_JSON_STRICT, &error);
            assert_int_equal(value != NULL, depth <= 32);
            if (value == NULL) {
                assert_non_null(strstr(error.message, "nested more than 32 deep"));
            }
            json_object_put(value);
            js_buf_clear(&text);
        }
    }
    js_buf text = JS_BUF_INIT;
    for (int i = 0; i < 1000000; i++) {
        js_buf_add_text(&text, "[");
    }
    assert_null(js_json_parse(text.data, text.length, JS_JSON_ANSWER, NULL));
    js_buf_clear(&text);
}

static void shortens_and_escapes_what_it_shows(void **state) {
    (void)state;
    js_buf text = JS_BUF_INIT;
    js_buf_add_text(&text, "{\"\\u001b");
    for (int i = 0; i < 2000; i++) {
        js_buf_add_text(&text, "é");
    }
    js_buf name = JS_BUF_INIT;
    js_buf_add(&name, text.data + 1, text.length - 1);
    js_buf_addf(&text, "\":1,%s\":2}", name.data);
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_null(js_json_parse(text.data, text.length, JS_JSON_STRICT, &error));
    assert_non_null(strstr(error.message, "the member \"\\x1Bé"));
    assert_non_null(strstr(error.message, "é…\" appears twice"));
    js_buf_clear(&name);
    js_buf_clear(&text);
}

/* Finding duplicates must not compare each member with each other: that would take minutes here. */
static void is_linear_on_a_huge_object(void **state) {
    (void)state;
    js_buf text = JS_BUF_INIT;
    size_t count = 0;
    for (; text.length < 4 * 1000 * 1000; count++) {
        js_buf_addf(&text, "%s\"m%zu\":%zu", count == 0 ? "{" : ",", count, count);
    }
    size_t second = text.length + 1;
    js_buf_add_text(&text, ",\"m0\":0}");
    jirasend_error error = JIRASEND_ERROR_INIT;
    clock_t start = clock();
    assert_null(js_json_parse(text.data, text.length, JS_JSON_STRICT, &error));
    js_buf expected = JS_BUF_INIT;
    js_buf_addf(&expected, "at byte %zu: the member \"m0\" appears twice", second + 1);
    assert_non_null(strstr(error.message, expected.data));
    text.data[second + 2] = 'n';
    json_object *value = parse(text.data, text.length, JS_JSON_STRICT);
    assert_int_equal(json_object_object_length(value), count + 1);
    json_object_put(value);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 30);
    js_buf_clear(&expected);
    js_buf_clear(&text);
}

static void reads_long_texts_and_numbers(void **state) {
    (void)state;
    js_buf text = JS_BUF_INIT;
    js_buf_add_text(&text, "[\"");
    for (int i = 0; i < 1000000; i++) {
        js_buf_add_text(&text, "\\u00e9\\n€");
    }
    js_buf_add_text(&text, "\",0.");
    for (int i = 0; i < 1000000; i++) {
        js_buf_add_text(&text, "0");
    }
    js_buf_add_text(&text, "25e1000000]");
    json_object *value = parse(text.data, text.length, JS_JSON_STRICT);
    assert_int_equal(json_object_get_string_len(json_object_array_get_idx(value, 0)), 6000000);
    double number = json_object_get_double(json_object_array_get_idx(value, 1));
    assert_true(fabs(number - 0.25) < 1e-9);
    json_object_put(value);
    js_buf_clear(&text);
}

/* A host program may have set a locale whose decimal point is a comma. */
static void does_not_depend_on_the_locale(void **state) {
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    bool set = false;
    for (size_t i = 0; i < 4 && !set; i++) {
        set = setlocale(LC_NUMERIC, names[i]) != NULL;
    }
    json_object *value = parse(BYTES("[1.5,-2.25e1]"), JS_JSON_STRICT);
    js_buf out = JS_BUF_INIT;
    js_json_write(&out, value);
    json_object *made = json_object_new_double(-22.5);
    js_json_write(&out, made);
    (void)setlocale(LC_NUMERIC, "C");
    assert_string_equal(out.data, "[1.5,-2.25e1]-22.5");
    double number = json_object_get_double(json_object_array_get_idx(value, 1));
    assert_true(fabs(number + 22.5) < 1e-9);
    json_object_put(made);
    js_buf_clear(&out);
    json_object_put(value);
}

static void writes_any_bytes_as_json(void **state) {
    (void)state;
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"", "\"\""},
        {"a/b", "\"a/b\""},
        {"\"\\\n\r\t\b\f\x01\x1F\x7F", "\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f\x7F\""},
        {"é€😀", "\"é€😀\""},
        {"a\xFF"
         "b\xC3",
         "\"a\xEF\xBF\xBD"
         "b\xEF\xBF\xBD\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_buf out = JS_BUF_INIT;
        js_json_write_string(&out, cases[i].text);
        assert_string_equal(out.data, cases[i].json);
        js_buf_clear(&out);
    }
    js_buf out = JS_BUF_INIT;
    json_object *number = json_object_new_double(INFINITY);
    js_json_write(&out, number);
    assert_true(out.failed);
    json_object_put(number);
    js_buf_clear(&out);
    js_json_write(&out, NULL);
    assert_string_equal(out.data, "null");
    js_buf_clear(&out);
}

static void fill(js_buf *text, const char *piece, size_t count) {
    js_buf_reset(text);
    js_buf_add_text(text, "[");
    for (size_t i = 0; i < count; i++) {
        js_buf_add_text(text, piece);
        js_buf_add_text(text, i + 1 < count ? "," : "]");
    }
}

/* json-c takes much more memory for a value than the value's text has bytes. */
static void bounds_what_a_text_may_hold(void **state) {
    (void)state;
    static const struct {
        const char *piece;
        size_t most; /* beside the outermost array */
        const char *words;
    } cases[] = {
        {"{}", JS_JSON_CONTAINERS_MAX - 1, "there are more than 100000 objects and arrays"},
        {"[]", JS_JSON_CONTAINERS_MAX - 1, "there are more than 100000 objects and arrays"},
        {"1", JS_JSON_VALUES_MAX - 1, "there are more than 500000 values"},
    };
    js_buf text = JS_BUF_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fill(&text, cases[i].piece, cases[i].most);
        json_object_put(parse(text.data, text.length, JS_JSON_STRICT));
        for (size_t more = 1; more <= 1000000; more += 999999) {
            fill(&text, cases[i].piece, cases[i].most + more);
            jirasend_error error = JIRASEND_ERROR_INIT;
            assert_null(js_json_parse(text.data, text.length, JS_JSON_STRICT, &error));
            assert_int_equal(error.code, JIRASEND_E_DOCUMENT);
            assert_non_null(strstr(error.message, cases[i].words));
        }
    }
    js_buf_reset(&text);
    js_buf_add_text(&text, "\"");
    while (text.length < (size_t)16 * 1024 * 1024 - 1) {
        js_buf_add_text(&text, "a");
    }
    js_buf_add_text(&text, "\"");
    json_object_put(parse(text.data, text.length, JS_JSON_STRICT));
    js_buf_add_text(&text, " ");
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_null(js_json_parse(text.data, text.length, JS_JSON_STRICT, &error));
    assert_int_equal(error.code, JIRASEND_E_DOCUMENT);
    assert_non_null(strstr(error.message, "has 16777217 bytes; the limit is 16 MiB"));
    js_buf_clear(&text);
}

/* When a text has two faults, the first is named. */
static void names_the_first_fault(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"[1 \"a\", \"\n\"]", "at byte 4: expected a comma or ], but found \"\""},
        {"{\"a\":[1}, 01", "at byte 8: expected a comma or ], but found \"}"},
        {"{\"a\":1,\"a\":2,}", "at byte 8: the member \"a\" appears twice"},
        {"{\"a\":1,}", "at byte 8: expected the name of a member in double quotes, but found \"}"},
        {"[\"\n\" 1]", "at byte 3: the control character 10"},
        {"{} tru", "at byte 4: expected the end of the text, but found \"t"},
        {"{\"a\" tru", "at byte 6: expected a colon, but found \"t"},
        {"[1 tru", "at byte 4: expected a comma or ], but found \"t"},
        {"{\"a\":1 tru", "at byte 8: expected a comma or }, but found \"t"},
        {"1 2", "at byte 3: expected the end of the text, but found \"2"},
        {"}", "at byte 1: expected a value, but found \"}"},
        {"\"a\" : 1", "at byte 5: expected the end of the text, but found \":"},
        {":::", "at byte 1: expected a value, but found \":"},
        {"[[1,{\"b\":2},[3", "at byte 15: expected a comma or ], but the text ends"},
        {"{\"a\"", "at byte 5: expected a colon, but the text ends"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_null(js_json_parse(cases[i].text, strlen(cases[i].text), JS_JSON_STRICT, &error));
        if (strstr(error.message, cases[i].words) == NULL) {
            fail_msg("%s: %s", cases[i].text, error.message);
        }
    }
}

static void builds_documents(void **state) {
    (void)state;
    char *items[] = {"A-1", "b\xFF"};
    const js_strings list = {items, 2, 2};
    const js_strings none = JS_STRINGS_INIT;
    json_object *object = json_object_new_object();
    json_object *array = js_json_put_array(object, "array");
    bool good =
        js_json_append_text(array, "/") &&
        js_json_put_number(js_json_append_object(array), "least", INT64_MIN) &&
        js_json_put_text(object, "left out", NULL) && js_json_put_text(object, "text", "\"\xC3") &&
        js_json_put_flag(object, "flag", false) && js_json_put_texts(object, "list", &list) &&
        js_json_put_texts(object, "none", &none) &&
        js_json_put_text(js_json_put_object(object, "inner"), "x", "y");
    assert_true(good);
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, object, good);
    assert_string_equal(out.data, "{\"array\":[\"/\",{\"least\":-9223372036854775808}],"
                                  "\"text\":\"\\\"\xEF\xBF\xBD\",\"flag\":false,"
                                  "\"list\":[\"A-1\",\"b\xEF\xBF\xBD\"],\"none\":[],"
                                  "\"inner\":{\"x\":\"y\"}}");
    js_buf_clear(&out);
}

/* What could not be made is null, and fails all that goes into it. */
static void building_fails_on_what_is_not_there(void **state) {
    (void)state;
    const js_strings none = JS_STRINGS_INIT;
    assert_false(js_json_put_text(NULL, "a", "b"));
    assert_false(js_json_put_text(NULL, "a", NULL));
    assert_false(js_json_put_number(NULL, "a", 1));
    assert_false(js_json_put_flag(NULL, "a", true));
    assert_false(js_json_put_texts(NULL, "a", &none));
    assert_null(js_json_put_object(NULL, "a"));
    assert_null(js_json_put_array(NULL, "a"));
    assert_false(js_json_append(NULL, json_object_new_int(1)));
    assert_false(js_json_append_text(NULL, "a"));
    assert_false(js_json_append_texts(NULL, &none));
    assert_null(js_json_append_object(NULL));
    json_object *array = json_object_new_array();
    assert_false(js_json_append(array, NULL));
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, array, false);
    assert_true(out.failed);
    js_buf_clear(&out);
}

static void keeps_to_the_bound_of_the_buffer(void **state) {
    (void)state;
    js_buf out = JS_BUF_INIT;
    out.max = 8;
    js_json_write_string(&out, "abcdef");
    assert_false(out.failed);
    assert_string_equal(out.data, "\"abcdef\"");
    js_json_write_string(&out, "");
    assert_true(out.failed);
    js_buf_clear(&out);
}

/* All that is walked through, as it was understood. */
static void tell_walk(js_json_walk at, js_buf *out) {
    const char *name = NULL;
    js_json_walk value;
    bool is_array = *at.at == '[';
    if (!js_json_walk_into(&at)) {
        js_json_walk whole = at;
        js_buf_addf(out, "%s/%lld", js_json_walk_text(&at), (long long)js_json_walk_number(&whole));
        return;
    }
    while (is_array ? js_json_next_item(&at, &value) : js_json_next_member(&at, &name, &value)) {
        js_buf_addf(out, is_array ? "[" : "%s=", name);
        tell_walk(value, out);
        js_buf_add_text(out, is_array ? "]" : ";");
    }
}

static void assert_walk(const char *text, const char *told) {
    char *copy = strdup(text); /* of its exact size, so that a step too far is noticed */
    js_buf out = JS_BUF_INIT;
    tell_walk(js_json_walk_begin(copy, strlen(copy)), &out);
    assert_string_equal(out.data == NULL ? "" : out.data, told);
    js_buf_clear(&out);
    free(copy);
}

static void members_are_read_in_place(void **state) {
    (void)state;
    assert_walk("{\"a\":1,\"b\":{\"a\":-2,\"x\":[\"y\",[],{}]},\"c\":\"z\",\"d\":null}",
                "a=/1;b=a=/-2;x=[y/0][][];;c=z/0;d=/0;");
    assert_walk(" { \"a\" : [ 1 , 2 ] ,\n\"b\":\"\" } ", "a=[/1][/2];b=/0;");
    assert_walk("{\"a\":\"\\\"\\\\\\n\\u0041\\u00e4\\/\\t.\",\"b}\":\"{,]\\\"\"}",
                "a=\"\\\nA\xEF\xBF\xBD/\t./0;b}={,]\"/0;");
    assert_walk("", "/0");
    assert_walk("{}", "");
}

/* What no one wrote ends somewhere, and within the text. */
static void a_walk_through_no_json_ends(void **state) {
    (void)state;
    static const char text[] = "{\"a\":[1,{\"b\":\"\\u0041\\\"\"},null],\"c\":\"x\\\\\"}";
    static const char marks[] = "\"\\{}[]:,u\0";
    for (size_t i = 0; i < sizeof text; i++) {
        for (size_t mark = 0; mark < sizeof marks; mark++) {
            char *copy = strdup(text);
            js_buf out = JS_BUF_INIT;
            copy[i < strlen(copy) ? i : 0] = marks[mark];
            size_t length = strlen(copy);
            char *exact = strdup(copy);
            tell_walk(js_json_walk_begin(exact, length), &out);
            js_buf_clear(&out);
            free(exact);
            free(copy);
        }
    }
}

static void objects_are_told_without_building_them(void **state) {
    (void)state;
    static const char *const objects[] = {"{}", "{\"a\":[1,{\"b\":\"\\u0041\"},null,true,-1.5e3]}"};
    static const char *const others[] = {"",
                                         " {}",
                                         "[]",
                                         "{\"a\":1,}",
                                         "{\"a\" 1}",
                                         "{\"a\":01}",
                                         "{\"a\":\"\x01\"}",
                                         "{} x",
                                         "{\"a\":",
                                         "{\"a\":tru}",
                                         "null",
                                         "{\"a\":[1}"};
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        assert_true(js_json_is_object(objects[i], strlen(objects[i])));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(js_json_is_object(others[i], strlen(others[i])));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_read_in_place),
        cmocka_unit_test(a_walk_through_no_json_ends),
        cmocka_unit_test(objects_are_told_without_building_them),
        cmocka_unit_test(reads_and_writes_again),
        cmocka_unit_test(reads_doubles),
        cmocka_unit_test(refuses_what_is_no_json),
        cmocka_unit_test(is_stricter_with_events),
        cmocka_unit_test(bounds_the_depth),
        cmocka_unit_test(shortens_and_escapes_what_it_shows),
        cmocka_unit_test(is_linear_on_a_huge_object),
        cmocka_unit_test(reads_long_texts_and_numbers),
        cmocka_unit_test(does_not_depend_on_the_locale),
        cmocka_unit_test(writes_any_bytes_as_json),
        cmocka_unit_test(bounds_what_a_text_may_hold),
        cmocka_unit_test(names_the_first_fault),
        cmocka_unit_test(builds_documents),
        cmocka_unit_test(building_fails_on_what_is_not_there),
        cmocka_unit_test(keeps_to_the_bound_of_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
