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
        /* it begins like a port */
        {"http://u:80/w@host", "http://host"},
        {"http://u:80/w@host/x", "http://host/x"},
        {"http://u:/w@host/x", "http://host/x"},
        {"http://first:12/w@host/x@2", "http://host/x@2"},
        {"http://u:80/w%40host:8080/x", "http://host:8080/x"},
        {"https://u:80/w/v@git.example.com/x", "https://git.example.com/x"},
        {"https://u:80/w/v@10.0.0.1/x", "https://10.0.0.1/x"},
        {"https://u:80/w/v@[::1]/x", "https://[::1]/x"},
        {"https://u:80/w/v@localhost/x", "https://localhost/x"},
        {"http://u:80/a/w@host", "http://host"},
        {"http://u:443/a/b/c/w@host/x", "http://host/x"},
        {"http://u:8080/a%2Fb/w%40host", "http://host"},
        /* no page has such a port */
        {"https://first.last:/w/v@host/x", "https://host/x"},
        {"https://first.last:7/w/v@git.example.com/x", "https://git.example.com/x"},
        {"http://u:1/job/w@host", "http://host"},
        {"https://u:80?w@host/x", "https://host/x"},
        {"ssh://u:80/w@host/x", "ssh://host/x"},
        {"https://u:99999/w/v@host/x", "https://host/x"},
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
        "http://ci:8080/job/app@team/12/",
        "http://ci:8080/job/app/ws@2/x",
        "http://ci:8080/jenkins/job/team/job/app@dev/12/",
        "http://git:8080/team/app/-/tree/me@work",
        "http://git:8080/img/@scope/logo@2x.png",
        "http://ci:8080/app@2.0/x",
        "https://ci.example.com:8443/users/me@example.com/repos/app",
        "https://ci.example.com:8443/users/me%40example.com",
        "https://10.0.0.1:8443/app@team/12",
        "http://ci:8080/img/logo@2x.png",
        "http://ci:8080/x?user=me@example.com",
        "http://ci:8080?user=me@example.com",
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
