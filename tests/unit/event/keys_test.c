#include "base/buf.h"
#include "event/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BYTES(text) text, sizeof text - 1

/* The keys of a text, joined by blanks. */
static char *scan(const js_key_rules *rules, const char *text, size_t length) {
    js_key_set *set = js_key_set_new();
    assert_non_null(set);
    assert_true(js_keys_scan(set, rules, text, length));
    js_strings keys = JS_STRINGS_INIT;
    assert_true(js_key_set_take(set, &keys));
    js_buf joined = JS_BUF_INIT;
    for (size_t i = 0; i < keys.count; i++) {
        js_buf_addf(&joined, "%s%s", i == 0 ? "" : " ", keys.items[i]);
    }
    js_strings_clear(&keys);
    js_key_set_free(set);
    return js_buf_take(&joined);
}

typedef struct scan_case {
    const char *text;
    size_t length;
    const char *keys;
} scan_case;

static void check_cases(const js_key_rules *rules, const scan_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *keys = scan(rules, cases[i].text, cases[i].length);
        assert_non_null(keys);
        if (strcmp(keys, cases[i].keys) != 0) {
            fail_msg("\"%s\" gives \"%s\", expected \"%s\"", cases[i].text, keys, cases[i].keys);
        }
        free(keys);
    }
}

static void follows_the_grammar(void **state) {
    (void)state;
    static const scan_case cases[] = {
        {BYTES(""), ""},
        {BYTES("nothing here"), ""},
        {BYTES("APP-1"), "APP-1"},
        {BYTES("APP-1 and OPS-22, then APP-1 again"), "APP-1 OPS-22"},
        {BYTES("ZZ-2 AA-1 ZZ-2 MM-3 AA-1"), "ZZ-2 AA-1 MM-3"},
        {BYTES("feature/APP-2-login"), "APP-2"},
        {BYTES("A1-1"), "A1-1"},
        {BYTES("A_-1"), "A_-1"},
        {BYTES("A2B_C3-90"), "A2B_C3-90"},
        {BYTES("A-1"), ""},
        {BYTES("1A-1"), ""},
        {BYTES("APP-01"), ""},
        {BYTES("APP-0"), ""},
        {BYTES("APP-"), ""},
        {BYTES("APP--1"), ""},
        {BYTES("APP -1"), ""},
        {BYTES("APP- 1"), ""},
        {BYTES("-APP-1"), "APP-1"},
        {BYTES("--1"), ""},
        {BYTES("app-1"), ""},
        {BYTES("App-1"), ""},
        {BYTES("LOG4J-2"), "LOG4J-2"},
    };
    js_key_rules rules = JS_KEY_RULES_INIT;
    check_cases(&rules, cases, sizeof cases / sizeof cases[0]);
}

/* What is passed over and why, as "KEY:rule KEY:rule". */
static void expect_passed(const js_key_rules *rules, const char *text, const char *expected) {
    js_key_set *set = js_key_set_new();
    js_passed_keys passed = {NULL, 0};
    assert_true(js_keys_scan_noting(set, rules, &passed, text, strlen(text)));
    js_buf joined = JS_BUF_INIT;
    for (size_t i = 0; i < passed.count; i++) {
        js_buf_addf(&joined, "%s%s:%s", i == 0 ? "" : " ", passed.items[i].key,
                    js_key_rule_name(passed.items[i].rule));
    }
    assert_string_equal(joined.data == NULL ? "" : joined.data, expected);
    js_buf_clear(&joined);
    js_passed_clear(&passed);
    js_key_set_free(set);
}

static void notes_what_it_passes_over(void **state) {
    (void)state;
    js_key_rules rules = JS_KEY_RULES_INIT;
    expect_passed(&rules, "APP-1 and nothing else", "");
    expect_passed(&rules, "app-1 UTF-8 xAPP-2 APP-3x",
                  "APP-1:case UTF-8:not-keys APP-2:border "
                  "APP-3:border");
    expect_passed(&rules, "APP-0 APP-01 A-1 a-1 -1 1-1", "");
    expect_passed(&rules, "app-1 app-1 App-1", "APP-1:case");
    expect_passed(&rules, "utf-8 2026-11-30", "");
    rules.any_case = true;
    expect_passed(&rules, "app-1 feature_app-2", "");
    assert_int_equal(js_key_words(&rules.projects, "APP", "projects", NULL), JIRASEND_OK);
    assert_int_equal(js_key_words(&rules.not_keys, "KIP", "not-keys", NULL), JIRASEND_OK);
    expect_passed(&rules, "OPS-1 KIP-2 APP-3", "OPS-1:projects KIP-2:not-keys");
    js_key_rules_clear(&rules);
    /* No more than the first hundred. */
    js_buf many = JS_BUF_INIT;
    for (int i = 1; i <= 1000; i++) {
        js_buf_addf(&many, "app-%d ", i);
    }
    js_key_set *set = js_key_set_new();
    js_passed_keys passed = {NULL, 0};
    assert_true(js_keys_scan_noting(set, &rules, &passed, many.data, many.length));
    assert_int_equal(passed.count, JS_PASSED_MAX);
    assert_string_equal(passed.items[99].key, "APP-100");
    js_passed_clear(&passed);
    js_key_set_free(set);
    js_buf_clear(&many);
}

static void heeds_borders(void **state) {
    (void)state;
    static const scan_case cases[] = {
        /* letters and digits of any script kill */
        {BYTES("xAPP-1"), ""},
        {BYTES("9APP-1"), ""},
        {BYTES("APP-1x"), ""},
        {BYTES("APP-1X"), ""},
        {BYTES("éAPP-1"), ""},
        {BYTES("APP-1é"), ""},
        {BYTES("яAPP-1"), ""},
        {BYTES("APP-1я"), ""},
        {BYTES("\xD9\xA3"
               "APP-1"),
         ""}, /* an Arabic digit */
        {BYTES("APP-1\xD9\xA3"), ""},
        {BYTES("\xF0\x9D\x90\x80"
               "APP-1"),
         ""}, /* a mathematical letter, four bytes */
        {BYTES("APP-1\xF0\x9D\x90\x80"), ""},
        {BYTES("AéPP-1"), ""},
        {BYTES("A1-1A1-1"), ""},
        {BYTES("APP-1APP-2"), ""},
        {BYTES("9APP_XY-1"), "XY-1"},
        {BYTES("9APP_X-1"), ""},
        /* everything else is a border */
        {BYTES("feature_APP-1"), "APP-1"},
        {BYTES("_APP-1"), "APP-1"},
        {BYTES("__APP-1__"), "APP-1"},
        {BYTES("1_APP-2"), "APP-2"},
        {BYTES("APP-1_fix"), "APP-1"},
        {BYTES("APP-1_"), "APP-1"},
        {BYTES("bugfix-APP-2"), "APP-2"},
        {BYTES("APP-1-2"), "APP-1"},
        {BYTES("APP-1-OPS-2"), "APP-1 OPS-2"},
        {BYTES("APP-1_OPS-2"), "APP-1 OPS-2"},
        {BYTES("1-APP-2"), "APP-2"},
        {BYTES("MY_APP-7"), "MY_APP-7"},
        {BYTES("A_B-3"), "A_B-3"},
        {BYTES("fix_MY_APP-7"), "MY_APP-7"},
        {BYTES("(APP-1),[OPS-2];\"QA-3\"'DB-4'<UI-5>#UX-6/IT-7.HR-8:PR-9!"),
         "APP-1 OPS-2 QA-3 DB-4 UI-5 UX-6 IT-7 HR-8 PR-9"},
        {BYTES("\xE2\x9A\xA0\xEF\xB8\x8F"
               "APP-1"),
         "APP-1"}, /* a sign and a variation selector */
        {BYTES("APP-1\xE2\x80\xA6"), "APP-1"},
        {BYTES("😀APP-1😀"), "APP-1"},
        {BYTES("»APP-1«"), "APP-1"},
        {BYTES("\xC2\xA0"
               "APP-1\xC2\xA0"),
         "APP-1"},
        {BYTES("\xFF"
               "APP-1\xFF"),
         "APP-1"},
        {BYTES("\xC3"
               "APP-1\xC3"),
         "APP-1"}, /* a cut-off é is no letter */
        {BYTES("\x80"
               "APP-1\xE2\x82"),
         "APP-1"},
        {BYTES("\0APP-1\0OPS-2\0"), "APP-1 OPS-2"},
        {BYTES("APP-1\nOPS-2\r\nUI-3\t"), "APP-1 OPS-2 UI-3"},
    };
    js_key_rules rules = JS_KEY_RULES_INIT;
    check_cases(&rules, cases, sizeof cases / sizeof cases[0]);
}

static void repeat(js_buf *out, const char *piece, size_t times) {
    for (size_t i = 0; i < times; i++) {
        js_buf_add_text(out, piece);
    }
}

/* Each part has at most 255 characters; a longer project part may hold a shorter one. */
static void scripts_without_blanks_are_borders(void **state) {
    (void)state;
    static const scan_case cases[] = {
        {BYTES("修复APP-1登录"), "APP-1"},
        {BYTES("APP-1の修正"), "APP-1"},
        {BYTES("修正ー"
               "APP-1ーを"),
         "APP-1"},
        {BYTES("\xEF\xBD\xB0"
               "APP-1\xEF\xBE\x9E"),
         "APP-1"}, /* halfwidth: ｰ ﾞ */
        {BYTES("\xEF\xBE\x9F"
               "APP-1々"),
         "APP-1"}, /* ﾟ */
        {BYTES("APP-1를 수정, 수정APP-2"), "APP-1 APP-2"},
        {BYTES("แก้APP-1แล้ว"), "APP-1"},
        {BYTES("ແກ້APP-1ແລ້ວ"), "APP-1"},
        {BYTES("កែAPP-1ហើយ"), "APP-1"},
        {BYTES("ပြAPP-1ပြီ"), "APP-1"},
        {BYTES("𠀀APP-1𠀀"), "APP-1"},
        {BYTES("APP-1と、APP-2とAPP-3"), "APP-1 APP-2 APP-3"},
        /* their digits are none, nor are scripts with blanks */
        {BYTES("๑APP-1"), ""},
        {BYTES("APP-1๑"), ""},
        {BYTES("APP-1໑"), ""},
        {BYTES("APP-1១"), ""},
        {BYTES("APP-1၁"), ""},
        {BYTES("１APP-1"), ""},
        {BYTES("APP-1１"), ""},
        {BYTES("ＡAPP-1"), ""},
        {BYTES("APP-1Я"), ""},
        {BYTES("हAPP-1"), ""},
        {BYTES("ا"
               "APP-1"),
         ""},
        {BYTES("APP-1א"), ""},
    };
    js_key_rules rules = JS_KEY_RULES_INIT;
    check_cases(&rules, cases, sizeof cases / sizeof cases[0]);
}

static void bounds_both_parts(void **state) {
    (void)state;
    static const struct {
        const char *piece; /* of the project part */
        size_t times;
        const char *tail;
        size_t digits, kept; /* kept: the length of the key's project part, 0 for no key */
    } cases[] = {
        {"A", 255, "", 1, 255},     {"A", 256, "", 1, 0},      {"A", 255, "", 255, 255},
        {"A", 255, "", 256, 0},     {"A", 2, "", 300, 0},      {"A", 300, "_APP", 1, 3},
        {"A_", 200, "APP", 1, 255}, {"A_", 200, "AP", 1, 254}, {"_", 300, "APP", 1, 3},
        {"_", 300, "A", 1, 0},
    };
    js_key_rules rules = JS_KEY_RULES_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_buf text = JS_BUF_INIT;
        repeat(&text, cases[i].piece, cases[i].times);
        js_buf_add_text(&text, cases[i].tail);
        size_t project = text.length;
        js_buf_add_text(&text, "-");
        repeat(&text, "7", cases[i].digits);
        char *keys = scan(&rules, text.data, text.length);
        const char *expected = cases[i].kept == 0 ? "" : text.data + project - cases[i].kept;
        assert_string_equal(keys, expected);
        free(keys);
        js_buf_clear(&text);
    }
}

static void takes_any_case_when_told(void **state) {
    (void)state;
    static const scan_case cases[] = {
        {BYTES("app-1 App-2 APP-1"), "APP-1 APP-2"},
        {BYTES("feature/app-3-login"), "APP-3"},
        {BYTES("xapp-1y"), ""},
        {BYTES("9app-1"), ""},
        {BYTES("éapp-1"), ""},
        {BYTES("feature_APP-1"), "APP-1"}, /* as without the option */
        {BYTES("feature_app-1"), "FEATURE_APP-1"},
        {BYTES("MY_app-7"), "MY_APP-7"},
        {BYTES("utf-8 sha-256 Utf-16"), ""},
        {BYTES("feature_UTF-8"), ""},
    };
    js_key_rules rules = JS_KEY_RULES_INIT;
    rules.any_case = true;
    check_cases(&rules, cases, sizeof cases / sizeof cases[0]);
}

static void leaves_out_well_known_names(void **state) {
    (void)state;
    static const scan_case cases[] = {
        {BYTES("UTF-8 UTF-16 UTF-32 SHA-1 SHA-256 SHA-512 SHA3-256 MD-5 ISO-8859-1 ISO-8601"), ""},
        {BYTES("CVE-2024-1 CVE-2024-1234 CVE-2024 CWE-79 AES-256 RSA-2048 X86-64 BASE-64"), ""},
        {BYTES("WINDOWS-1252 COVID-19 LGPL-3 GPL-2 TLS-1.3 HTTP-2 IPV-6 IEEE-754 UTC-5 GMT-1"), ""},
        {BYTES("PKCS-12 FIPS-140 ISO-27001"), ""},
        {BYTES("UTF-8_APP-1 SHA-256-APP-2"), "APP-1 APP-2"},
        /* may be projects: kept */
        {BYTES("RFC-2616 KIP-5 PEP-8 JDK-17 CP-1252"), "RFC-2616 KIP-5 PEP-8 JDK-17 CP-1252"},
        {BYTES("ISO-12 AES-7 UTC-4711 BASE-1 IPV-44"), "ISO-12 AES-7 UTC-4711 BASE-1 IPV-44"},
        {BYTES("UT-8 UTFX-8 SHAKER-1 A_UTF-8"), "UT-8 UTFX-8 SHAKER-1 A_UTF-8"},
    };
    js_key_rules rules = JS_KEY_RULES_INIT;
    check_cases(&rules, cases, sizeof cases / sizeof cases[0]);
}

static js_key_rules rules_of(const char *projects, const char *not_keys) {
    js_key_rules rules = JS_KEY_RULES_INIT;
    assert_int_equal(js_key_words(&rules.projects, projects, "projects", NULL), JIRASEND_OK);
    assert_int_equal(js_key_words(&rules.not_keys, not_keys, "notKeys", NULL), JIRASEND_OK);
    return rules;
}

static void heeds_projects_and_not_keys(void **state) {
    (void)state;
    static const struct {
        const char *projects, *not_keys;
        scan_case scan;
    } cases[] = {
        {"", "KIP,RFC", {BYTES("KIP-5 RFC-2616 APP-1 KIPP-2"), "APP-1 KIPP-2"}},
        {"", "iso", {BYTES("ISO-12"), ""}},
        {"APP", "", {BYTES("APP-1 OPS-2 APPS-3 AP-4"), "APP-1"}},
        {"app, ops", "", {BYTES("APP-1 OPS-2 UI-3"), "APP-1 OPS-2"}},
        {"APP", "", {BYTES("MY_APP-1 feature_APP-2"), "APP-2"}},
        {"APP,UTF", "", {BYTES("UTF-8 SHA-1 APP-1"), "UTF-8 APP-1"}},
        {"APP,OPS", "OPS", {BYTES("APP-1 OPS-1"), "APP-1"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_key_rules rules = rules_of(cases[i].projects, cases[i].not_keys);
        check_cases(&rules, &cases[i].scan, 1);
        js_key_rules_clear(&rules);
        assert_int_equal(rules.projects.count + rules.not_keys.count, 0);
    }
}

static void splits_words(void **state) {
    (void)state;
    static const struct {
        const char *text, *words; /* words null: refused */
    } cases[] = {
        {"", ""},
        {" , ,\t\n", ""},
        {"APP", "APP "},
        {"app,Ops", "APP OPS "},
        {" APP , OPS\tUI\nDB,", "APP OPS UI DB "},
        {"A", "A "},
        {"my_app2", "MY_APP2 "},
        {"APP-1", NULL},
        {"1APP", NULL},
        {"_APP", NULL},
        {"APP,é", NULL},
        {"APP;OPS; UI", "APP OPS UI "},
        {"APP*", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_strings list = JS_STRINGS_INIT;
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code = js_key_words(&list, cases[i].text, "--projects", &error);
        if (cases[i].words == NULL) {
            assert_int_equal(code, JIRASEND_E_ARGUMENT);
            assert_int_equal(error.code, JIRASEND_E_ARGUMENT);
            assert_non_null(strstr(error.message, "--projects"));
        } else {
            assert_int_equal(code, JIRASEND_OK);
            js_buf joined = JS_BUF_INIT;
            js_buf_add_text(&joined, "");
            for (size_t word = 0; word < list.count; word++) {
                js_buf_addf(&joined, "%s ", list.items[word]);
            }
            assert_string_equal(joined.data, cases[i].words);
            js_buf_clear(&joined);
        }
        js_strings_clear(&list);
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_strings list = JS_STRINGS_INIT;
    assert_int_equal(js_key_words(&list, "OK,BAD\x1B[1m", "--not-keys", &error),
                     JIRASEND_E_ARGUMENT);
    assert_non_null(strstr(error.message, "\"BAD\\x1B[1m\""));
    js_strings_clear(&list);
}

static void normalises_given_keys(void **state) {
    (void)state;
    static const struct {
        const char *text, *key; /* key null: none */
    } cases[] = {
        {"APP-1", "APP-1"}, {"app-1", "APP-1"},     {"My_App2-10", "MY_APP2-10"},
        {"UTF-8", "UTF-8"}, /* what a person gives is not filtered */
        {"", NULL},         {"APP", NULL},          {"APP-", NULL},
        {"-1", NULL},       {"A-1", NULL},          {"1A-1", NULL},
        {"_A-1", NULL},     {"APP-0", NULL},        {"APP-01", NULL},
        {"APP-1 ", NULL},   {" APP-1", NULL},       {"APP-1-2", NULL},
        {"APP-1x", NULL},   {"\xC3\xA9PP-1", NULL}, {"APP_1", NULL},
    };
    char out[600];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool good = js_key_normalise(cases[i].text, strlen(cases[i].text), out, sizeof out);
        assert_int_equal(good, cases[i].key != NULL);
        if (good) {
            assert_string_equal(out, cases[i].key);
        }
    }
    assert_false(js_key_normalise("APP-1\0", 6, out, sizeof out));
    assert_true(js_key_normalise("APP-1", 5, out, 6));
    assert_false(js_key_normalise("APP-1", 5, out, 5));
    js_buf text = JS_BUF_INIT;
    repeat(&text, "A", 255);
    repeat(&text, "-", 1);
    repeat(&text, "1", 255);
    assert_true(js_key_normalise(text.data, text.length, out, sizeof out));
    repeat(&text, "1", 1);
    assert_false(js_key_normalise(text.data, text.length, out, sizeof out));
    assert_false(js_key_normalise(text.data, 256, out, sizeof out)); /* no number */
    js_buf_clear(&text);
}

static void set_keeps_order_and_can_be_used_again(void **state) {
    (void)state;
    js_key_set *set = js_key_set_new();
    assert_non_null(set);
    char key[32];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 50000; i++) {
            int length = snprintf(key, sizeof key, "K%d-%d", i % 7, i);
            assert_true(js_key_set_add(set, key, (size_t)length));
        }
    }
    assert_true(js_key_set_add(set, "K0-00", 4)); /* by its length: K0-0, known */
    js_strings keys = JS_STRINGS_INIT;
    assert_true(js_key_set_take(set, &keys));
    assert_int_equal(keys.count, 50000);
    assert_string_equal(keys.items[0], "K0-0");
    assert_string_equal(keys.items[49999], "K5-49999");
    assert_true(js_key_set_add(set, "NEW-1", 5));
    assert_true(js_key_set_take(set, &keys));
    assert_int_equal(keys.count, 1);
    assert_string_equal(keys.items[0], "NEW-1");
    js_strings_clear(&keys);
    js_key_set_free(set);
    js_key_set_free(NULL);
}

/* Processor time: a busy machine must not make the test fail. */
static double seconds_to_scan(const char *text, size_t length, size_t *count) {
    js_key_rules rules = JS_KEY_RULES_INIT;
    rules.any_case = true;
    js_key_set *set = js_key_set_new();
    assert_non_null(set);
    clock_t start = clock();
    assert_true(js_keys_scan(set, &rules, text, length));
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    js_strings keys = JS_STRINGS_INIT;
    assert_true(js_key_set_take(set, &keys));
    *count = keys.count;
    js_strings_clear(&keys);
    js_key_set_free(set);
    return seconds;
}

/* Anything worse than linear would take minutes to hours here. The first three have 10 MB. */
static void is_linear_on_hostile_text(void **state) {
    (void)state;
    enum { SIZE = 2 * 1000 * 1000, LARGE = 10 * 1000 * 1000 };
    static const struct {
        const char *piece;
        size_t keys;
    } cases[] = {
        {"A-A-A-", 0}, {"A", 0},       {"A1-1", 0},    {"A_", 0},       {"AA-", 0},
        {"AA-1_", 1},  {"7", 0},       {"AA-7777", 0}, {"AA-1\xC3", 1}, {"é", 0},
        {"_A", 0},     {"A_A_A-x", 0}, {"\xFF", 0},    {"-", 0},        {"AA-1 ", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        js_buf text = JS_BUF_INIT;
        repeat(&text, cases[i].piece, (i < 3 ? LARGE : SIZE) / strlen(cases[i].piece));
        size_t count = 0;
        double seconds = seconds_to_scan(text.data, text.length, &count);
        if (count != cases[i].keys || seconds > 10) {
            fail_msg("\"%s\": %zu keys in %.1f s", cases[i].piece, count, seconds);
        }
        js_buf_clear(&text);
    }
    js_buf text = JS_BUF_INIT;
    size_t distinct = 0;
    for (; text.length < LARGE; distinct++) {
        js_buf_addf(&text, "AA-%zu ", distinct + 1);
    }
    size_t count = 0;
    double seconds = seconds_to_scan(text.data, text.length, &count);
    assert_int_equal(count, distinct);
    assert_true(seconds < 20);
    js_buf_clear(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_grammar),
        cmocka_unit_test(heeds_borders),
        cmocka_unit_test(notes_what_it_passes_over),
        cmocka_unit_test(scripts_without_blanks_are_borders),
        cmocka_unit_test(bounds_both_parts),
        cmocka_unit_test(takes_any_case_when_told),
        cmocka_unit_test(leaves_out_well_known_names),
        cmocka_unit_test(heeds_projects_and_not_keys),
        cmocka_unit_test(splits_words),
        cmocka_unit_test(normalises_given_keys),
        cmocka_unit_test(set_keeps_order_and_can_be_used_again),
        cmocka_unit_test(is_linear_on_hostile_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
