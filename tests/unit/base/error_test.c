#include "base/error.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void sets_code_and_sentence(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(js_fail(&error, JIRASEND_E_FILE, "The file %s is missing.", "x"),
                     JIRASEND_E_FILE);
    assert_int_equal(error.code, JIRASEND_E_FILE);
    assert_string_equal(error.message, "The file x is missing.");
}

static void clears_everything_but_the_size(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    (void)js_fail(&error, JIRASEND_E_NETWORK, "x");
    error.http_status = 503;
    error.retry_after_ms = 1000;
    js_error_clear(&error);
    assert_int_equal(error.size, sizeof error);
    assert_int_equal(error.code, JIRASEND_OK);
    assert_int_equal(error.http_status, 0);
    assert_int_equal(error.retry_after_ms, 0);
    assert_string_equal(error.message, "");
}

static void gives_a_reason_to_those_who_know_it(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    (void)js_fail(&error, JIRASEND_E_REFUSED, "x");
    js_error_because(&error, JIRASEND_REASON_DAMAGED);
    assert_int_equal(error.reason, JIRASEND_REASON_DAMAGED);
    (void)js_fail(&error, JIRASEND_E_REFUSED, "x");
    assert_int_equal(error.reason, JIRASEND_REASON_NONE);
    /* What lies behind the struct of an older header is not ours. */
    error.size = offsetof(jirasend_error, reason);
    error.reason = JIRASEND_REASON_DAMAGED;
    js_error_clear(&error);
    assert_int_equal(error.reason, JIRASEND_REASON_DAMAGED);
    js_error_because(NULL, JIRASEND_REASON_DAMAGED);
}

static void allows_null(void **state) {
    (void)state;
    js_error_clear(NULL);
    assert_int_equal(js_fail(NULL, JIRASEND_E_ARGUMENT, "%d", 1), JIRASEND_E_ARGUMENT);
    assert_int_equal(js_fail_memory(NULL), JIRASEND_E_MEMORY);
}

/* A message that is too long is cut between characters, wherever the bound falls. */
static void cuts_between_characters(void **state) {
    (void)state;
    static const char *const characters[] = {"a", "é", "€", "😀"};
    for (size_t c = 0; c < 4; c++) {
        for (size_t shift = 0; shift < 4; shift++) {
            char text[3000] = "";
            memset(text, 'x', shift);
            for (size_t i = 0; i < 600; i++) {
                strcat(text, characters[c]);
            }
            jirasend_error error = JIRASEND_ERROR_INIT;
            (void)js_fail(&error, JIRASEND_E_DOCUMENT, "%s", text);
            size_t length = strlen(error.message);
            assert_true(js_utf8_valid(error.message, length));
            assert_memory_equal(error.message, text, length);
            assert_true(length < JIRASEND_ERROR_MESSAGE_SIZE);
            assert_true(length + strlen(characters[c]) >= JIRASEND_ERROR_MESSAGE_SIZE);
        }
    }
}

/* What a sentence quotes may be a path or a damaged file: it stays one line of UTF-8. */
static void shows_no_raw_bytes(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    (void)js_fail(&error, JIRASEND_E_FILE, "a\nb\x1B[2Jc\xFF\xC3 é \xC2\x85%.1s", "é");
    assert_string_equal(error.message, "a?b?[2Jc?? é ???");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_code_and_sentence),
        cmocka_unit_test(clears_everything_but_the_size),
        cmocka_unit_test(gives_a_reason_to_those_who_know_it),
        cmocka_unit_test(allows_null),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(shows_no_raw_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
