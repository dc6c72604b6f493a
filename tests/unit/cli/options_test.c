#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static cli_options options;

/* Reads words that end with a null; the first one stands for the verb. */
static int parse(cli_verb verb, ...) {
    char words[16][128];
    char *argv[17] = {NULL};
    va_list arguments;
    va_start(arguments, verb);
    int argc = 0;
    strcpy(words[argc], "verb");
    argv[argc] = words[argc];
    argc++;
    for (const char *word = va_arg(arguments, const char *); word != NULL && argc < 16;
         word = va_arg(arguments, const char *)) {
        assert_true(strlen(word) < sizeof(words[argc]));
        strcpy(words[argc], word);
        argv[argc] = words[argc];
        argc++;
    }
    va_end(arguments);
    return cli_options_parse(&options, verb, argc, argv);
}

static int end(void **state) {
    (void)state;
    cli_options_free(&options);
    unsetenv("JIRASEND_SITE");
    unsetenv("JIRASEND_CLIENT_SECRET_FILE");
    return 0;
}

static void values(void **state) {
    (void)state;
    assert_int_equal(parse(CLI_BUILD, "--site", "a", "--state=failed", "--keys", "A1-1", "--json",
                           "--keys=A1-2", "--site", "b", "--wait", "1.5", NULL),
                     0);
    assert_string_equal(cli_value(&options, CLI_SITE), "b");
    assert_string_equal(cli_value(&options, CLI_STATE), "failed");
    assert_int_equal(options.given[CLI_KEYS_GIVEN].count, 2);
    assert_true(options.set[CLI_JSON]);
    assert_false(options.set[CLI_QUIET]);
    assert_true(options.wait_ms == 1500);
    assert_null(cli_value(&options, CLI_BRANCH));
    assert_int_equal(options.arguments.count, 0);
}

static void variables_stand_in(void **state) {
    (void)state;
    setenv("JIRASEND_SITE", "from.variable", 1);
    assert_int_equal(parse(CLI_BUILD, NULL), 0);
    assert_string_equal(cli_value(&options, CLI_SITE), "from.variable");
    assert_string_equal(cli_origin(&options, CLI_SITE), "JIRASEND_SITE");
    cli_options_free(&options);
    assert_int_equal(parse(CLI_BUILD, "--site", "given", NULL), 0);
    assert_string_equal(cli_value(&options, CLI_SITE), "given");
    assert_string_equal(cli_origin(&options, CLI_SITE), "--site");
    setenv("JIRASEND_SITE", "", 1);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_BUILD, NULL), 0);
    assert_null(cli_value(&options, CLI_SITE));
    setenv("JIRASEND_SITE", "a\nb", 1);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_BUILD, NULL), 64);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_KEYS, NULL), 0); /* where it does not count */
}

static void arguments_in_any_place(void **state) {
    (void)state;
    assert_int_equal(parse(CLI_SEND, "first", "--json", "-", "--", "--quiet", NULL), 0);
    assert_int_equal(options.arguments.count, 3);
    assert_string_equal(options.arguments.items[0], "first");
    assert_string_equal(options.arguments.items[1], "-");
    assert_string_equal(options.arguments.items[2], "--quiet");
    assert_false(options.set[CLI_QUIET]);
}

static void mistakes(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"--unknown", NULL},  {"--stat", "failed"}, {"--site", NULL}, {"--quiet=", NULL},
        {"--json=1", NULL},   {"-x", NULL},         {"--gate", NULL}, {"--state", "a\tb"},
        {"--branch", "\xff"}, {"--wait", "x"},      {"-site", "x"},   {"--", NULL},
        {"--secret=x", NULL},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int code = parse(CLI_BUILD, bad[i][0], bad[i][1], NULL);
        assert_int_equal(code, strcmp(bad[i][0], "--") == 0 ? 0 : 64);
        cli_options_free(&options);
    }
}

static void what_is_empty_is_not_there(void **state) {
    (void)state;
    setenv("JIRASEND_SITE", "from.variable", 1);
    assert_int_equal(parse(CLI_BUILD, "--description", "", "--site", "", "--keys", "",
                           "--wait=", "--secret-file", "", NULL),
                     0);
    assert_string_equal(cli_value(&options, CLI_SITE), "from.variable");
    assert_null(cli_value(&options, CLI_DESCRIPTION));
    assert_int_equal(options.given[CLI_KEYS_GIVEN].count, 0);
    assert_false(options.set[CLI_KEYS_GIVEN]);
    assert_int_equal(options.wait_ms, CLI_WAIT_DEFAULT_MS);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_BUILD, "--site", "a", "--site", "", NULL), 0);
    assert_string_equal(cli_value(&options, CLI_SITE), "a");
    cli_options_free(&options);
    assert_int_equal(parse(CLI_BUILD, "--only-keys", "", NULL), 0);
    assert_true(options.set[CLI_ONLY_KEYS]);
}

static void only_keys_stand_alone(void **state) {
    (void)state;
    assert_int_equal(parse(CLI_BUILD, "--only-keys", "APP-1", "--keys", "APP-2", NULL), 64);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_BUILD, "--keys-from", "f", "--only-keys", "", NULL), 64);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_BUILD, "--keys", "", "--only-keys", "APP-1", NULL), 0);
}

static void a_command_ends_the_options(void **state) {
    (void)state;
    assert_int_equal(parse(CLI_RUN, "--environment", "qa", "--", "make", "--quiet", "-", NULL), 0);
    assert_int_equal(options.arguments.count, 3);
    assert_string_equal(options.arguments.items[1], "--quiet");
    assert_false(options.set[CLI_QUIET]);
    assert_int_equal(cli_event_verb(&options), CLI_DEPLOYMENT);
    assert_int_equal(options.wait_ms, CLI_WAIT_RUN_MS);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_RUN, "make", "--help", NULL), 0);
    assert_int_equal(options.arguments.count, 2);
    assert_int_equal(cli_event_verb(&options), CLI_BUILD);
    static const char *const foreign[] = {"--json", "--gate", "--state"};
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        cli_options_free(&options);
        assert_int_equal(parse(CLI_RUN, foreign[i], "failed", "--", "make", NULL), 64);
    }
    cli_options_free(&options);
    assert_int_equal(parse(CLI_RUN, "--secret-file", "-", "--", "make", NULL), 64);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_RUN, "--keys-from", "-", "--", "make", NULL), 64);
}

static void texts_that_may_be_long(void **state) {
    (void)state;
    assert_int_equal(parse(CLI_BUILD, "--description", "a\nb", NULL), 0);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_BUILD, "--label", "a\nb", NULL), 64);
}

static void standard_input_once(void **state) {
    (void)state;
    assert_int_equal(parse(CLI_SEND, "-", "--secret-file", "-", NULL), 64);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_SEND, "-", "--secret-file", "-", "--dry-run", NULL), 0);
    cli_options_free(&options);
    assert_int_equal(parse(CLI_SEND, "f", "--secret-file", "-", NULL), 0);
    cli_options_free(&options);
    setenv("JIRASEND_CLIENT_SECRET_FILE", "-", 1);
    assert_int_equal(parse(CLI_BUILD, "--keys-from", "-", NULL), 64);
}

static void help_stops_the_reading(void **state) {
    (void)state;
    assert_int_equal(parse(CLI_BUILD, "--help", "--unknown", NULL), 0);
    assert_true(options.set[CLI_HELP]);
}

static void every_option_is_described(void **state) {
    (void)state;
    memset(&options, 0, sizeof(options));
    for (int i = 0; i < CLI_OPTIONS; i++) {
        const cli_option_spec *spec = cli_option_spec_of((cli_option)i);
        assert_non_null(spec->name);
        assert_non_null(spec->help);
        assert_true(spec->verbs != 0);
    }
    for (int i = 0; i < CLI_VERBS; i++) {
        cli_verb verb;
        assert_true(cli_verb_from_name(cli_verb_name((cli_verb)i), &verb));
        assert_int_equal(verb, i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(values, end),
                                       cmocka_unit_test_teardown(variables_stand_in, end),
                                       cmocka_unit_test_teardown(arguments_in_any_place, end),
                                       cmocka_unit_test_teardown(mistakes, end),
                                       cmocka_unit_test_teardown(what_is_empty_is_not_there, end),
                                       cmocka_unit_test_teardown(only_keys_stand_alone, end),
                                       cmocka_unit_test_teardown(a_command_ends_the_options, end),
                                       cmocka_unit_test_teardown(texts_that_may_be_long, end),
                                       cmocka_unit_test_teardown(standard_input_once, end),
                                       cmocka_unit_test_teardown(help_stops_the_reading, end),
                                       cmocka_unit_test_teardown(every_option_is_described, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
