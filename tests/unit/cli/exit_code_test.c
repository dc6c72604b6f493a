#include "cli/exit_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void codes(void **state) {
    (void)state;
    static const struct {
        jirasend_code code;
        int expected;
    } cases[] = {{JIRASEND_OK, 0},
                 {JIRASEND_E_ARGUMENT, 64},
                 {JIRASEND_E_DOCUMENT, 65},
                 {JIRASEND_E_MEMORY, 70},
                 {JIRASEND_E_STORAGE, 74},
                 {JIRASEND_E_REFUSED, 69},
                 {JIRASEND_E_NOT_FOUND, 64},
                 {JIRASEND_E_TIMEOUT, 75},
                 {JIRASEND_E_CLOSED, 75},
                 {JIRASEND_E_NETWORK, 75},
                 {JIRASEND_E_FILE, 66},
                 {JIRASEND_E_INTERNAL, 70},
                 {JIRASEND_E_CREDENTIALS, 77}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(cli_exit_of_code(cases[i].code), cases[i].expected);
    }
    assert_int_equal(cli_exit_of_code((jirasend_code)99), 70);
}

static void statuses(void **state) {
    (void)state;
    static const struct {
        const char *status;
        int kept, lost;
    } cases[] = {{"accepted", 0, 0}, {"skipped", 0, 0},    {"superseded", 0, 0}, {"queued", 0, 75},
                 {"held", 77, 77},   {"rejected", 65, 65}, {"", 70, 70},         {"new", 70, 70}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(cli_exit_of_status(cases[i].status, true), cases[i].kept);
        assert_int_equal(cli_exit_of_status(cases[i].status, false), cases[i].lost);
    }
}

static void gates(void **state) {
    (void)state;
    static const struct {
        const char *status;
        int expected;
    } cases[] = {{"allowed", 0},  {"prevented", 10}, {"awaiting", 11}, {"expired", 12},
                 {"invalid", 12}, {"unknown", 12},   {"odd", 75},      {"", 75}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(cli_exit_of_gate(cases[i].status), cases[i].expected);
    }
}

static void gravest_first(void **state) {
    (void)state;
    static const int order[] = {70, 74, 73, 69, 77, 75, 65, 0};
    enum { COUNT = sizeof(order) / sizeof(order[0]) };
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            size_t graver = i < j ? i : j;
            assert_int_equal(cli_exit_graver(order[i], order[j]), order[graver]);
        }
    }
    /* An answer of a gate does not hide a broken output. */
    assert_int_equal(cli_exit_graver(10, 74), 74);
    assert_int_equal(cli_exit_graver(11, 0), 11);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(codes), cmocka_unit_test(statuses),
                                       cmocka_unit_test(gates), cmocka_unit_test(gravest_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
