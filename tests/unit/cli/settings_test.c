#include "cli/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static cli_options options;
static char path[] = "/tmp/jirasend-settings-XXXXXX";

static int begin(void **state) {
    (void)state;
    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    int fd = mkstemp(path);
    memset(&options, 0, sizeof(options));
    return fd < 0 ? -1 : close(fd);
}

static int end(void **state) {
    (void)state;
    cli_options_free(&options);
    unsetenv("JIRASEND_SITE");
    return unlink(path);
}

static int settings(const char *content, size_t length) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return cli_settings_read_file(&options, path, true);
}

#define SETTINGS(content) settings(content, sizeof(content) - 1)

static void lines(void **state) {
    (void)state;
    assert_int_equal(SETTINGS("\xEF\xBB\xBF# where\r\n\r\n  JIRASEND_SITE = a.b \r\n\n"
                              "\t# more\nJIRASEND_OUTBOX=/var/lib/x=y\nJIRASEND_ORIGIN="),
                     0);
    assert_string_equal(cli_value(&options, CLI_SITE), "a.b");
    assert_non_null(strstr(cli_origin(&options, CLI_SITE), "line 3"));
    assert_non_null(strstr(cli_origin(&options, CLI_SITE), path));
    assert_string_equal(cli_value(&options, CLI_OUTBOX_DIR), "/var/lib/x=y");
    assert_null(cli_value(&options, CLI_ORIGIN));
    assert_null(cli_value(&options, CLI_CLIENT_ID));
}

static void the_last_of_several_counts(void **state) {
    (void)state;
    assert_int_equal(SETTINGS("JIRASEND_SITE=a\nJIRASEND_SITE=b\n"), 0);
    assert_string_equal(cli_value(&options, CLI_SITE), "b");
}

static void options_and_variables_go_first(void **state) {
    (void)state;
    assert_int_equal(SETTINGS("JIRASEND_SITE=file\n"), 0);
    setenv("JIRASEND_SITE", "variable", 1);
    assert_string_equal(cli_value(&options, CLI_SITE), "variable");
    setenv("JIRASEND_SITE", "", 1);
    assert_string_equal(cli_value(&options, CLI_SITE), "file");
    assert_true(js_strings_add(&options.given[CLI_SITE], "option", 6));
    assert_string_equal(cli_value(&options, CLI_SITE), "option");
}

static void what_does_not_belong_there(void **state) {
    (void)state;
    assert_int_equal(SETTINGS("PATH=/bin\n"), 64);
    assert_int_equal(SETTINGS("JIRASEND_SETTINGS=/other\n"), 64);
    assert_int_equal(SETTINGS("JIRASEND_CLIENT_SECRET=x\n"), 64);
    assert_int_equal(SETTINGS("JIRASEND_CLIENT_SECRET=\n"), 64);
    assert_int_equal(SETTINGS("jirasend_site=x\n"), 64);
    assert_int_equal(SETTINGS("JIRASEND_SITE\n"), 64);
    assert_int_equal(SETTINGS("export JIRASEND_SITE=x\n"), 64);
    assert_int_equal(SETTINGS("=x\n"), 64);
    assert_int_equal(SETTINGS("JIRASEND_SITE=a\x01\n"), 64);
    assert_int_equal(SETTINGS("JIRASEND_SITE=a\xff\n"), 64);
    assert_int_equal(SETTINGS("JIRASEND_SITE=a\0b\n"), 64);
}

static void files_that_are_not_there(void **state) {
    (void)state;
    assert_int_equal(cli_settings_read_file(&options, "/nowhere/settings", false), 0);
    assert_int_equal(cli_settings_read_file(&options, "/nowhere/settings", true), 66);
    assert_int_equal(cli_settings_read_file(&options, "/", false), 66);
    assert_int_equal(SETTINGS(""), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines, begin, end),
        cmocka_unit_test_setup_teardown(the_last_of_several_counts, begin, end),
        cmocka_unit_test_setup_teardown(options_and_variables_go_first, begin, end),
        cmocka_unit_test_setup_teardown(what_does_not_belong_there, begin, end),
        cmocka_unit_test_setup_teardown(files_that_are_not_there, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
