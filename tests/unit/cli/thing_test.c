/* Naming a thing on the command line: `flag ID`, `commit HASH --repository URL` ... */
#include "cli/kind_list.h"
#include "cli/thing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cli_options options;
static js_buf document, label;

/* Words of a deletion, with blanks between them; a dry run needs no site. */
static int name(const char *line) {
    char copy[512] = "delete --dry-run ";
    char *argv[32] = {NULL};
    int argc = 0;
    char *rest = copy;
    assert_true(strlen(copy) + strlen(line) < sizeof(copy));
    strcat(copy, line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL && argc < 31;
         word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = word;
    }
    js_buf_reset(&document);
    js_buf_reset(&label);
    cli_options_free(&options);
    int code = cli_options_parse(&options, CLI_DELETE, argc, argv);
    return code == 0 ? cli_thing_make(&options, &document, &label) : code;
}

static int end(void **state) {
    (void)state;
    cli_options_free(&options);
    js_buf_clear(&document);
    js_buf_clear(&label);
    return 0;
}

static void every_kind(void **state) {
    (void)state;
    static const char url[] = " --repository git@h.example:a/b.git";
    static const struct {
        const char *line;
        const char *document;
        const char *label;
        bool in_repository;
    } cases[] = {
        {"build --pipeline p/q --number 7",
         "{\"kind\":\"build\",\"delete\":true,\"pipelineId\":\"p/q\",\"number\":7}", "build p/q #7",
         false},
        {"deployment --number 7 --pipeline p --environment e",
         "{\"kind\":\"deployment\",\"delete\":true,\"pipelineId\":\"p\",\"number\":7,"
         "\"environment\":{\"id\":\"e\"}}",
         "deployment p #7 to e", false},
        {"flag f", "{\"kind\":\"flag\",\"delete\":true,\"flagId\":\"f\"}", "flag f", false},
        {"commit abc", "{\"kind\":\"commit\",\"delete\":true,\"hash\":\"abc\"", "commit abc of ",
         true},
        {"branch a/b", "{\"kind\":\"branch\",\"delete\":true,\"name\":\"a/b\"", "branch a/b of ",
         true},
        {"pull-request 12", "{\"kind\":\"pull_request\",\"delete\":true,\"number\":12",
         "pull request #12 of ", true},
        {"pull_request #12", "{\"kind\":\"pull_request\",\"delete\":true,\"number\":12",
         "pull request #12 of ", true},
        {"repository", "{\"kind\":\"repository\",\"delete\":true", "repository ", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char line[256];
        char whole[256];
        (void)snprintf(line, sizeof(line), "%s%s", cases[i].line,
                       cases[i].in_repository ? url : "");
        assert_int_equal(name(line), 0);
        (void)snprintf(
            whole, sizeof(whole), "%s%s", cases[i].document,
            cases[i].in_repository ? ",\"repository\":{\"url\":\"https://h.example/a/b\"}}" : "");
        assert_string_equal(document.data, whole);
        (void)snprintf(whole, sizeof(whole), "deletion of %s%s", cases[i].label,
                       cases[i].in_repository ? "https://h.example/a/b" : "");
        assert_string_equal(label.data, whole);
    }
}

static void what_names_nothing(void **state) {
    (void)state;
    static const char *const lines[] = {
        "",
        "builds --pipeline p --number 7",
        "build --pipeline p",
        "build --number 7",
        "build --pipeline p --number -7",
        "build --pipeline p --number 7 x",
        "build --pipeline p --number 7 --environment e",
        "flag",
        "flag a b",
        "flag a --number 7",
        "commit abc",
        "commit abc --repository x --repository-id y",
        "commit abc --repository here",
        "pull-request x --repository-id y",
        "repository x --repository-id y",
        "all",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(name(lines[i]), 64);
    }
}

static void the_variables_of_a_ci_name_nothing(void **state) {
    (void)state;
    setenv("GITLAB_CI", "true", 1);
    setenv("CI_PROJECT_PATH", "team/app", 1);
    setenv("CI_PIPELINE_IID", "42", 1);
    assert_int_equal(name("build"), 64);
    unsetenv("GITLAB_CI");
    unsetenv("CI_PROJECT_PATH");
    unsetenv("CI_PIPELINE_IID");
}

static void kinds(void **state) {
    (void)state;
    js_strings found = JS_STRINGS_INIT;
    assert_int_equal(name("flag x --kind build,pull-request --kind pull_request,flag,"), 0);
    assert_int_equal(cli_kinds_read(&options, &found), 0);
    assert_int_equal(found.count, 3);
    assert_true(cli_kinds_hold(&found, "pull_request"));
    assert_true(cli_kinds_hold(&found, "flag"));
    assert_false(cli_kinds_hold(&found, "commit"));
    js_strings_clear(&found);
    for (const char *const *bad = (const char *const[]){"builds", ",", "build,x", NULL};
         *bad != NULL; bad++) {
        char line[64];
        (void)snprintf(line, sizeof(line), "flag x --kind %s", *bad);
        assert_int_equal(name(line), 0);
        assert_int_equal(cli_kinds_read(&options, &found), 64);
        js_strings_clear(&found);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_kind, end),
        cmocka_unit_test_teardown(what_names_nothing, end),
        cmocka_unit_test_teardown(the_variables_of_a_ci_name_nothing, end),
        cmocka_unit_test_teardown(kinds, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
