#include "cli/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

static void expect(const char *expected, long submitted, long settled, int64_t ms,
                   const char *status) {
    char *text = cli_progress_text(submitted, settled, ms, status);
    assert_string_equal(text, expected);
    free(text);
}

static void counts_and_rate(void **state) {
    (void)state;
    expect("0 of 7 events done, 0 a second, 7 waiting", 7, 0, 0, NULL);
    expect("500 of 1000 events done, 250 a second, 500 waiting", 1000, 500, 2000, NULL);
    expect("10 of 10 events done, 5 a second, 0 waiting", 10, 10, 2000, "{}");
}

static void the_reason(void **state) {
    (void)state;
    expect("1 of 3 events done, 1 a second, 2 waiting; b.example: too many requests", 3, 1, 1000,
           "{\"lanes\": [{\"site\": \"a.example\", \"kind\": \"build\", \"waiting\": 0,"
           " \"message\": \"old news\"}, {\"site\": \"b.example\", \"kind\": \"build\","
           " \"waiting\": 2, \"message\": \"too many requests\"}]}");
    expect("1 of 3 events done, 1 a second, 2 waiting", 3, 1, 1000, "{\"lanes\": [{}]}");
    expect("1 of 3 events done, 1 a second, 2 waiting", 3, 1, 1000, "nonsense");
}

static void what_is_left(void **state) {
    (void)state;
    assert_int_equal(cli_progress_left("{\"waiting\": 3, \"held\": 2, \"dead\": 9}"), 5);
    assert_int_equal(cli_progress_left("{}"), -1);
    assert_int_equal(cli_progress_left("nonsense"), -1);
    assert_int_equal(cli_progress_left(NULL), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts_and_rate),
                                       cmocka_unit_test(what_is_left),
                                       cmocka_unit_test(the_reason)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
