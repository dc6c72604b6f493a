#include "cli/proxy.h"
#include "cli/roots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What would be set, instead of the library's setters: the choice is what is tested. */
static char file[128], folder[128];

jirasend_code __wrap_jirasend_config_set_ca_file(jirasend_config *config, const char *name,
                                                 jirasend_error *error);
jirasend_code __wrap_jirasend_config_set_ca_folder(jirasend_config *config, const char *name,
                                                   jirasend_error *error);

jirasend_code __wrap_jirasend_config_set_ca_file(jirasend_config *config, const char *name,
                                                 jirasend_error *error) {
    (void)config;
    (void)error;
    snprintf(file, sizeof(file), "%s", name);
    return JIRASEND_OK;
}

jirasend_code __wrap_jirasend_config_set_ca_folder(jirasend_config *config, const char *name,
                                                   jirasend_error *error) {
    (void)config;
    (void)error;
    snprintf(folder, sizeof(folder), "%s", name);
    return JIRASEND_OK;
}

static char scratch[] = "/tmp/jirasend-roots-XXXXXX";
static char hashed[64], plain[64], bundle[64];

static void touch(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int begin(void **state) {
    (void)state;
    clearenv();
    file[0] = folder[0] = '\0';
    strcpy(scratch, "/tmp/jirasend-roots-XXXXXX");
    assert_non_null(mkdtemp(scratch));
    snprintf(plain, sizeof(plain), "%s", scratch);
    snprintf(hashed, sizeof(hashed), "%s/4a6481c9.0", scratch);
    snprintf(bundle, sizeof(bundle), "%s/bundle.crt", scratch);
    return 0;
}

static int end(void **state) {
    (void)state;
    unlink(hashed);
    unlink(bundle);
    rmdir(scratch);
    return 0;
}

static void choose(const char *ca_file) {
    const char *const folders[] = {"/nonexistent", plain, NULL};
    const char *const bundles[] = {"/nonexistent", bundle, NULL};
    const cli_roots_places places = {folders, bundles};
    jirasend_error error = JIRASEND_ERROR_INIT;
    file[0] = folder[0] = '\0';
    assert_int_equal(cli_roots_set(NULL, ca_file, &places, &error), JIRASEND_OK);
}

static void the_option_replaces_all(void **state) {
    (void)state;
    setenv("SSL_CERT_FILE", "/from/variable", 1);
    touch(hashed);
    choose("/given");
    assert_string_equal(file, "/given");
    assert_string_equal(folder, "");
}

static void then_the_variables(void **state) {
    (void)state;
    touch(hashed);
    setenv("SSL_CERT_FILE", "/one", 1);
    choose(NULL);
    assert_string_equal(file, "/one");
    assert_string_equal(folder, "");
    setenv("SSL_CERT_DIR", "/two", 1);
    choose(NULL);
    assert_string_equal(file, "/one");
    assert_string_equal(folder, "/two");
    setenv("SSL_CERT_FILE", "", 1);
    choose(NULL);
    assert_string_equal(file, "");
    assert_string_equal(folder, "/two");
}

static void then_a_folder_with_links_alone(void **state) {
    (void)state;
    touch(hashed);
    touch(bundle);
    choose(NULL);
    assert_string_equal(file, "");
    assert_string_equal(folder, plain);
}

static void then_a_bundle_alone(void **state) {
    (void)state;
    touch(bundle); /* the folder is there, but no link in it */
    choose(NULL);
    assert_string_equal(file, bundle);
    assert_string_equal(folder, "");
}

static void else_what_libcurl_knows(void **state) {
    (void)state;
    choose(NULL);
    assert_string_equal(file, "");
    assert_string_equal(folder, "");
}

static void links(void **state) {
    (void)state;
    char other[80];
    assert_false(cli_roots_hashed(plain));
    static const char *const names[] = {"4a6481c9", "4a6481c9.1", "4A6481C9.0", "a.0", "ca.pem"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(other, sizeof(other), "%s/%s", scratch, names[i]);
        touch(other);
        assert_false(cli_roots_hashed(plain));
        unlink(other);
    }
    touch(hashed);
    assert_true(cli_roots_hashed(plain));
    assert_false(cli_roots_hashed("/nonexistent"));
}

static void proxies(void **state) {
    (void)state;
    setenv("HTTP_PROXY", "x", 1);
    setenv("http_proxy", "y", 1);
    assert_null(cli_proxy_variable());
    setenv("ALL_PROXY", "4", 1);
    assert_string_equal(cli_proxy_variable(), "ALL_PROXY");
    setenv("all_proxy", "3", 1);
    assert_string_equal(cli_proxy_variable(), "all_proxy");
    setenv("HTTPS_PROXY", "2", 1);
    assert_string_equal(cli_proxy_variable(), "HTTPS_PROXY");
    setenv("https_proxy", "1", 1);
    assert_string_equal(cli_proxy_variable(), "https_proxy");
    assert_null(cli_no_proxy_variable());
    setenv("NO_PROXY", "b", 1);
    assert_string_equal(cli_no_proxy_variable(), "NO_PROXY");
    setenv("no_proxy", "a", 1);
    assert_string_equal(cli_no_proxy_variable(), "no_proxy");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_option_replaces_all, begin, end),
        cmocka_unit_test_setup_teardown(then_the_variables, begin, end),
        cmocka_unit_test_setup_teardown(then_a_folder_with_links_alone, begin, end),
        cmocka_unit_test_setup_teardown(then_a_bundle_alone, begin, end),
        cmocka_unit_test_setup_teardown(else_what_libcurl_knows, begin, end),
        cmocka_unit_test_setup_teardown(links, begin, end),
        cmocka_unit_test_setup_teardown(proxies, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
