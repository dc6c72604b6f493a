#include "base/url.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

typedef struct change {
    const char *before, *after;
} change;

static void check(const change *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *url = js_copy(cases[i].before);
        assert_non_null(url);
        js_url_forget_login(url);
        assert_string_equal(url, cases[i].after);
        free(url);
    }
}

static void takes_out_what_logs_in(void **state) {
    (void)state;
    static const change cases[] = {
        {"https://u:p@host/x", "https://host/x"},
        {"https://token@host/x", "https://host/x"},
        {"HTTPS://u:p@host/x", "HTTPS://host/x"},
        {"https://@host/x", "https://host/x"},
        {"https://u:p@w@host:8443/x@y", "https://host:8443/x@y"},
        {"ssh://u:p@host:22/x", "ssh://host:22/x"},
        {"scm:git:https://token@host/x", "scm:git:https://host/x"},
        {" https://token@host/x", " https://host/x"},
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

static void takes_out_what_is_written_wrongly(void **state) {
    (void)state;
    static const change cases[] = {
        /* the password holds what ends an authority */
        {"https://u:p/w@host/x", "https://host/x"},
        {"https://u:p?w@host/x", "https://host/x"},
        {"https://u:p#w@host/x", "https://host/x"},
        {"https://u:p/w@z/q@host/x", "https://host/x"},
        {"ssh://u:p/w@host/x", "ssh://host/x"},
        {"https://u:1p/w@host/x", "https://host/x"},
        {"https://DOMAIN\\u:p@host/x", "https://host/x"},
        {"https://u:p\\w@host/x", "https://host/x"},
        {"https://u:p\tw@host/x", "https://host/x"},
        /* slashes as browsers take them */
        {"https:/u:p@host/x", "https:/host/x"},
        {"https:u:p@host/x", "https:host/x"},
        {"https:\\\\u:p@host/x", "https:\\\\host/x"},
        {"https:///u:p@host/x", "https:///host/x"},
        {"//token@host/x", "//host/x"},
        {"\\\\u:p@host/x", "\\\\host/x"},
        {"u:p@host/x", "host/x"},
        /* encoded */
        {"https://u%3Ap%40host/x", "https://host/x"},
        {"https://u:p%40w@host/x", "https://host/x"},
        {"https://u:p@w%40host/x", "https://host/x"},
        {"https://u:p/w%40host/x", "https://host/x"},
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

static void leaves_the_rest(void **state) {
    (void)state;
    static const char *const same[] = {
        "",
        "nonsense",
        "host/x",
        "https://host/x",
        "https://host:/x@y",
        "https://host:8443/@scope/x",
        "https://host/ws@2/job:x",
        "https://host?user=me@example.com",
        "https://host/x%40y",
        "https://[::1]:8080/x@y",
        "https://[::1]/x@y",
        "ssh://git@host/x",
        "git@host:team/x.git",
        "host:team/x@y",
        "team/app@2",
        "/srv/git/app.git",
        "main",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        check(&(change){same[i], same[i]}, 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_out_what_logs_in),
        cmocka_unit_test(takes_out_what_is_written_wrongly),
        cmocka_unit_test(leaves_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
