#include "net/hints.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* 2026-11-23T10:00:00Z */
static const int64_t server_now_ms = INT64_C(1795428000000);

typedef struct row {
    const char *text;
    int64_t ms;
} row;

static void reads_retry_after(void **state) {
    (void)state;
    static const row rows[] = {
        {"0", 0},
        {"1", 1000},
        {"0120", 120000},
        {"86400", DAY_MS},
        {"86401", DAY_MS},
        {"999999999999999", DAY_MS},
        {"9223372036854775807", DAY_MS},
        {"99999999999999999999999999", DAY_MS},
        {"Mon, 23 Nov 2026 10:00:30 GMT", 30000},
        {"Mon, 23 Nov 2026 09:59:59 GMT", 0},
        {"Fri, 31 Dec 2100 23:59:59 GMT", DAY_MS},
        {"", 0},
        {"-5", 0},
        {"+5", 0},
        {"1.5", 0},
        {"5 seconds", 0},
        {"soon", 0},
        {"2026-11-23T10:00:30Z", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(js_hint_retry_after(rows[i].text, server_now_ms), rows[i].ms);
    }
}

static void reads_rate_reset(void **state) {
    (void)state;
    static const row rows[] = {
        {"2026-11-23T10:01Z", 60000},
        {"2026-11-23T10:00:30Z", 30000},
        {"2026-11-23T11:00:30+01:00", 30000},
        {"2026-11-23T09:00Z", 0},
        {"2099-01-01T00:00Z", DAY_MS},
        {"60", 60000},
        {"999999999", DAY_MS},
        {"1795428060", 60000},
        {"1795427940", 0},
        {"1795428060000", DAY_MS},
        {"99999999999999999", DAY_MS},
        {"999999999999999999", DAY_MS},
        {"9223372036854775807", DAY_MS},
        {"99999999999999999999999999", DAY_MS},
        {"2026-11-23T10:01", 0},
        {"tomorrow", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(js_hint_rate_reset(rows[i].text, server_now_ms), rows[i].ms);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_retry_after),
        cmocka_unit_test(reads_rate_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
