#include "cli/addresses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

typedef struct change {
    const char *before, *after;
} change;

static js_buf text_of(const char *text) {
    js_buf buf = JS_BUF_INIT;
    js_buf_add_text(&buf, text);
    return buf;
}

static void logins_are_taken_out(void **state) {
    (void)state;
    static const change cases[] = {
        {"https://me:token@ci.example.com/job/42/", "https://ci.example.com/job/42/"},
        {"https://token@ci/", "https://ci/"},
        {"https://a@b:c@ci:8443/x@y?z=@#@", "https://ci:8443/x@y?z=@#@"},
        {"ssh://git:pw@host:22/a", "ssh://host:22/a"},
        {"https://me:pw\\@ci/x", "https://ci/x"},
        {"https://ci/@scope/x", "https://ci/@scope/x"},
        {"https://ci?user=me@example.com", "https://ci?user=me@example.com"},
        {"git@host:app.git", "git@host:app.git"},
        {"https://me:pw@", "https://"},
        {"https://me:p/w@ci/x", "https://ci/x"},
        {"nonsense", "nonsense"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        js_buf url = text_of(cases[i].before);
        cli_remove_login(&url);
        assert_string_equal(url.data, cases[i].after);
        assert_int_equal(url.length, strlen(cases[i].after));
        js_buf_clear(&url);
    }
}

static void repositories_become_web_pages(void **state) {
    (void)state;
    static const change cases[] = {
        {"git@github.com:team/app.git", "https://github.com/team/app.git"},
        {"ssh://git@host:7999/t/app.git", "https://host/t/app.git"},
        {"https://me:token@host:8443/t/app", "https://host:8443/t/app"},
        {"http://host/t", "http://host/t"},
        {"https://me:to/ken@host/t/app", "https://host/t/app"},
        {"https:/me:token@host/t/app", "https:/host/t/app"},
        {"me:token@host/t/app", "host/t/app"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        js_buf url = text_of(cases[i].before);
        assert_true(cli_web_address(&url));
        assert_string_equal(url.data, cases[i].after);
        js_buf_clear(&url);
    }
    js_buf folder = text_of("/srv/git/app.git");
    assert_false(cli_web_address(&folder));
    js_buf_clear(&folder);
}

static void a_pattern_takes_the_branch(void **state) {
    (void)state;
    js_buf url = text_of("https://git/{branch}?b={branch}&x={commit}");
    cli_fill_in_branch(&url, "feature/a b#\xC3\xA9");
    assert_string_equal(url.data,
                        "https://git/feature/a%20b%23%C3%A9?b=feature/a%20b%23%C3%A9&x={commit}");
    js_buf_clear(&url);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logins_are_taken_out),
        cmocka_unit_test(repositories_become_web_pages),
        cmocka_unit_test(a_pattern_takes_the_branch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
