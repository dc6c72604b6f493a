#include "cli/submit_settings.h"
#include "client/config_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static cli_options options;
static jirasend_config *config;

static int begin(void **state) {
    (void)state;
    memset(&options, 0, sizeof(options));
    config = jirasend_config_new();
    return config == NULL;
}

static int end(void **state) {
    (void)state;
    jirasend_config_free(config);
    cli_options_free(&options);
    unsetenv("JIRASEND_ORIGIN");
    unsetenv("JIRASEND_ENVIRONMENTS");
    return 0;
}

static void give(cli_option option, const char *value) {
    assert_true(js_strings_add(&options.given[option], value, strlen(value)));
}

static int read_again(void) {
    return cli_submit_settings_set(config, &options);
}

/* Of one option by itself. */
static int read_alone(cli_option option, const char *value) {
    js_strings_clear(&options.given[option]);
    give(option, value);
    return read_again();
}

static const js_options *settings(void) {
    return &config->options;
}

/* "x" 255 or 256 times, in UTF-16 units. */
static const char *units(size_t count) {
    static char text[600];
    memset(text, 'x', count);
    text[count] = '\0';
    return text;
}

static void origin(void **state) {
    (void)state;
    assert_int_equal(read_again(), 0);
    assert_null(settings()->origin);
    setenv("JIRASEND_ORIGIN", "ci-1", 1);
    assert_int_equal(read_again(), 0);
    assert_string_equal(settings()->origin, "ci-1");
    setenv("JIRASEND_ORIGIN", units(255), 1);
    assert_int_equal(read_again(), 0);
    setenv("JIRASEND_ORIGIN", units(256), 1);
    assert_int_equal(read_again(), 64);
}

static void properties(void **state) {
    (void)state;
    give(CLI_PROPERTY, "team=checkout=eu");
    give(CLI_PROPERTY, "a_b=\xF0\x9F\x9A\x80");
    assert_int_equal(read_again(), 0);
    assert_int_equal(settings()->property_count, 2);
    assert_string_equal(settings()->properties[0].name, "team");
    assert_string_equal(settings()->properties[0].value, "checkout=eu");
    give(CLI_PROPERTY, "c=3");
    give(CLI_PROPERTY, "d=4");
    assert_int_equal(read_again(), 0);
    give(CLI_PROPERTY, "e=5");
    assert_int_equal(read_again(), 64);
}

static void bad_properties(void **state) {
    (void)state;
    static const char *const bad[] = {"team", "=x", "team=", "_team=x", "a:b=x", "jirasend=x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(read_alone(CLI_PROPERTY, bad[i]), 64);
    }
    char text[600];
    for (size_t count = 255; count <= 256; count++) {
        int code = count == 255 ? 0 : 64;
        strcpy(text, units(count));
        strcat(text, "=v");
        assert_int_equal(read_alone(CLI_PROPERTY, text), code);
        strcpy(text, "v=");
        strcat(text, units(count));
        assert_int_equal(read_alone(CLI_PROPERTY, text), code);
    }
    assert_int_equal(read_alone(CLI_PROPERTY, "a=b"), 0);
    give(CLI_PROPERTY, "a=c");
    assert_int_equal(read_again(), 64);
}

static void environments(void **state) {
    (void)state;
    setenv("JIRASEND_ENVIRONMENTS", " eu-*=Prod , a=b=qa,,x?=pre-prod", 1);
    assert_int_equal(read_again(), 0);
    assert_string_equal(settings()->environments, " eu-*=Prod , a=b=qa,,x?=pre-prod");
    give(CLI_MAP_ENVIRONMENT, "a=prod,b=unmapped"); /* in place of the variable */
    give(CLI_MAP_ENVIRONMENT, "c=qa");
    assert_int_equal(read_again(), 0);
    assert_string_equal(settings()->environments, "a=prod,b=unmapped,c=qa");
    static const char *const bad[] = {"production", "=production", "x=", "x=banana"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(read_alone(CLI_MAP_ENVIRONMENT, bad[i]), 64);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(origin, begin, end),
        cmocka_unit_test_setup_teardown(properties, begin, end),
        cmocka_unit_test_setup_teardown(bad_properties, begin, end),
        cmocka_unit_test_setup_teardown(environments, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
