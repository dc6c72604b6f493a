#include "cli/ci.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static js_buf value, origin;

static int begin(void **state) {
    (void)state;
    clearenv();
    return 0;
}

static int end(void **state) {
    (void)state;
    js_buf_clear(&value);
    js_buf_clear(&origin);
    return 0;
}

/* A CI with one template, for one variable X. */
static const char *filled(const char *template, const char *x) {
    cli_ci ci = {.name = "test"};
    ci.facts[CLI_FACT_NAME] = template;
    setenv("X", x, 1);
    return cli_ci_fact(&ci, CLI_FACT_NAME, &value, &origin) ? value.data : NULL;
}

static void detection(void **state) {
    (void)state;
    assert_null(cli_ci_detect());
    setenv("CI", "true", 1);
    assert_null(cli_ci_detect());
    setenv("JOB_NAME", "x", 1);
    assert_string_equal(cli_ci_detect()->name, "Jenkins");
    setenv("DRONE", "true", 1); /* JOB_NAME alone is a weak sign */
    assert_string_equal(cli_ci_detect()->name, "Drone");
    setenv("CI", "woodpecker", 1);
    assert_string_equal(cli_ci_detect()->name, "Woodpecker");
    setenv("JENKINS_URL", "", 1);
    assert_string_equal(cli_ci_detect()->name, "Woodpecker");
}

static void every_ci_tells_what_is_needed(void **state) {
    (void)state;
    size_t count;
    const cli_ci *table = cli_ci_table(&count);
    assert_true(count >= 11);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(table[i].facts[CLI_FACT_PIPELINE]);
        assert_non_null(table[i].facts[CLI_FACT_NUMBER]);
        assert_non_null(table[i].facts[CLI_FACT_URL]);
        assert_non_null(table[i].facts[CLI_FACT_BRANCH]);
        assert_non_null(table[i].facts[CLI_FACT_COMMIT]);
        /* A state without words for it would be a crash. */
        assert_true((table[i].facts[CLI_FACT_STATE] == NULL) == (table[i].states == NULL));
        for (int fact = 0; fact < CLI_FACTS; fact++) {
            js_buf_reset(&value);
            bool named = cli_ci_variables(&table[i], (cli_fact)fact, &value);
            assert_true(named == (table[i].facts[fact] != NULL));
        }
    }
}

static void templates(void **state) {
    (void)state;
    assert_string_equal(filled("{X}", "v"), "v");
    assert_string_equal(origin.data, "X");
    assert_string_equal(filled("a/{X}/b", "v"), "a/v/b");
    assert_string_equal(filled("{NONE}|{X}", "v"), "v");
    assert_string_equal(filled("{NONE}/{X}|z{X}", "v"), "zv");
    assert_null(filled("{NONE}|{X}", ""));
    assert_null(filled("{NONE}/{X}", "v"));
    setenv("Y", "w", 1);
    assert_string_equal(filled("{X} / {Y}", "v"), "v / w");
    assert_string_equal(origin.data, "X and Y");
    cli_ci ci = {.name = "test"};
    ci.facts[CLI_FACT_NAME] = "{A:web}/{B}|{C}";
    js_buf_reset(&value);
    assert_true(cli_ci_variables(&ci, CLI_FACT_NAME, &value));
    assert_string_equal(value.data, "A and B or C");
}

static void changes(void **state) {
    (void)state;
    assert_string_equal(filled("{X:heads}", "refs/heads/a/b"), "a/b");
    assert_null(filled("{X:heads}", "refs/tags/v1"));
    assert_null(filled("{X:heads}", "refs/heads/"));
    assert_string_equal(filled("{X:tags}", "refs/tags/v1"), "v1");
    assert_string_equal(filled("{X:origin}", "origin/a"), "a");
    assert_string_equal(filled("{X:origin}", "refs/remotes/origin/a"), "a");
    assert_string_equal(filled("{X:origin}", "a"), "a");
    assert_string_equal(filled("{X:path}", "a b/\xC3\xBC?#%"), "a%20b/%C3%BC%3F%23%25");
    assert_string_equal(filled("{X:decode}", "app%2Fx%zz%"), "app/x%zz%");
    assert_string_equal(filled("{X:slash}", "https://x"), "https://x/");
    assert_string_equal(filled("{X:slash}", "https://x/"), "https://x/");
    assert_string_equal(filled("{X:heads:path}", "refs/heads/a b"), "a%20b");
}

static void repository_addresses(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"https://github.com/team/app.git", "https://github.com/team/app.git"},
        {"https://user:token@host/team/app", "https://host/team/app"},
        {"https://token@host:8443/app", "https://host:8443/app"},
        {"http://host/app", "http://host/app"},
        {"git@github.com:team/app.git", "https://github.com/team/app.git"},
        {"github.com:/team/app", "https://github.com/team/app"},
        {"ssh://git@host:7999/t/app.git", "https://host/t/app.git"},
        {"git://host/app", "https://host/app"},
        {"/srv/git/app.git", NULL},
        {"../app", NULL},
        {"file:///srv/app", NULL},
        {"svn://host/x", "svn://host/x"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *result = filled("{X:web}", cases[i][0]);
        if (cases[i][1] == NULL) {
            assert_null(result);
        } else {
            assert_string_equal(result, cases[i][1]);
        }
    }
}

static void words(void **state) {
    (void)state;
    static const cli_ci_word list[] = {{"0", "good"}, {"#", "bad"}, {"run", ""}, {NULL, NULL}};
    assert_string_equal(cli_ci_word_of(list, "0"), "good");
    assert_string_equal(cli_ci_word_of(list, "137"), "bad");
    assert_string_equal(cli_ci_word_of(list, "run"), "");
    assert_null(cli_ci_word_of(list, "other"));
    assert_null(cli_ci_word_of(list, ""));
    assert_null(cli_ci_word_of(NULL, "x"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(detection, begin, end),
        cmocka_unit_test_setup_teardown(every_ci_tells_what_is_needed, begin, end),
        cmocka_unit_test_setup_teardown(templates, begin, end),
        cmocka_unit_test_setup_teardown(changes, begin, end),
        cmocka_unit_test_setup_teardown(repository_addresses, begin, end),
        cmocka_unit_test_setup_teardown(words, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
