/* Settings: what is taken, and in which words the rest is refused. */
#include "client/config_internal.h"

#include <jirasend/jirasend.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef jirasend_code (*setter)(jirasend_config *config, const char *text, jirasend_error *error);

typedef struct row {
    setter set;
    const char *text;
    jirasend_code code;
    const char *says; /* in the error */
} row;

static const row rows[] = {
    {jirasend_config_set_outbox, "/var/lib/x", JIRASEND_OK, NULL},
    {jirasend_config_set_outbox, "", JIRASEND_E_ARGUMENT, "outbox folder is empty"},
    {jirasend_config_set_outbox, "a\nb", JIRASEND_E_ARGUMENT, "control characters"},
    {jirasend_config_set_outbox, NULL, JIRASEND_OK, NULL},
    {jirasend_config_set_outbox, "postgresql://u@db.example/outbox", JIRASEND_OK, NULL},
    {jirasend_config_set_outbox, "postgresql://db.example/outbox", JIRASEND_E_ARGUMENT, "no user"},
    {jirasend_config_set_outbox, "postgres://u@db.example/outbox", JIRASEND_E_ARGUMENT,
     "postgresql://"},
    {jirasend_config_set_api_url, "https://api.example.com", JIRASEND_OK, NULL},
    {jirasend_config_set_api_url, "http://127.0.0.1:8790", JIRASEND_OK, NULL},
    {jirasend_config_set_api_url, "http://api.example.com", JIRASEND_E_ARGUMENT, "API URL"},
    {jirasend_config_set_api_url, "ftp://api.example.com", JIRASEND_E_ARGUMENT, "API URL"},
    {jirasend_config_set_api_url, "https://user:pw@api.example.com", JIRASEND_E_ARGUMENT,
     "API URL"},
    {jirasend_config_set_proxy, "http://proxy:3128", JIRASEND_OK, NULL},
    {jirasend_config_set_proxy, "proxy:3128", JIRASEND_OK, NULL},
    {jirasend_config_set_proxy, "socks5h://proxy:1080", JIRASEND_OK, NULL},
    {jirasend_config_set_proxy, "gopher://proxy", JIRASEND_E_ARGUMENT, "proxy URL"},
    {jirasend_config_set_proxy, "http://me:p%40ss@proxy:3128/", JIRASEND_OK, NULL},
    {jirasend_config_set_proxy, "me:pass@[::1]:3128", JIRASEND_OK, NULL},
    {jirasend_config_set_proxy, "http://me:pass@proxy:port", JIRASEND_E_ARGUMENT, "proxy URL"},
    {jirasend_config_set_proxy, "http://me:pa/ss@proxy:3128", JIRASEND_E_ARGUMENT, "proxy URL"},
    {jirasend_config_set_proxy, "http://me:pass@", JIRASEND_E_ARGUMENT, "proxy URL"},
    {jirasend_config_set_proxy, "::::", JIRASEND_E_ARGUMENT, "proxy URL"},
    {jirasend_config_set_no_proxy, "localhost,.corp", JIRASEND_OK, NULL},
    {jirasend_config_set_ca_file, "\xff\xfe", JIRASEND_E_ARGUMENT, "UTF-8"},
    {jirasend_config_set_ca_folder, "/etc/ssl/certs", JIRASEND_OK, NULL},
    {jirasend_config_set_cloud_ids, "/home/me/.cache/tool", JIRASEND_OK, NULL},
    {jirasend_config_set_cloud_ids, "", JIRASEND_E_ARGUMENT, "cloud ids is empty"},
    {jirasend_config_set_user_agent, "tool/1\r\nX: y", JIRASEND_E_ARGUMENT, "user agent"},
    {jirasend_config_set_default_site, "acme.atlassian.net", JIRASEND_OK, NULL},
    {jirasend_config_set_default_site, "https://acme.atlassian.net/jira", JIRASEND_E_ARGUMENT,
     "site"},
    {jirasend_config_set_projects, "APP, ops", JIRASEND_OK, NULL},
    {jirasend_config_set_projects, "APP,9X", JIRASEND_E_ARGUMENT, "9X"},
    {jirasend_config_set_not_keys, "KIP RFC", JIRASEND_OK, NULL},
    {jirasend_config_set_not_keys, "K-1", JIRASEND_E_ARGUMENT, "K-1"},
};

static void setters(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        jirasend_config *config = jirasend_config_new();
        assert_non_null(config);
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code = rows[i].set(config, rows[i].text, &error);
        if (code != rows[i].code) {
            fail_msg("row %zu: code %d: %s", i, code, error.message);
        }
        if (rows[i].says != NULL && strstr(error.message, rows[i].says) == NULL) {
            fail_msg("row %zu says: %s", i, error.message);
        }
        assert_int_equal(error.code, code);
        jirasend_config_free(config);
    }
}

static void a_failed_setting_leaves_the_old_one(void **state) {
    (void)state;
    jirasend_config *config = jirasend_config_new();
    assert_int_equal(jirasend_config_set_proxy(config, "http://a:1", NULL), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_proxy(config, "gopher://b", NULL), JIRASEND_E_ARGUMENT);
    assert_string_equal(config->proxy, "http://a:1");
    jirasend_config_free(config);
}

static void the_api_url_is_rebuilt_from_its_parts(void **state) {
    (void)state;
    jirasend_config *config = jirasend_config_new();
    assert_int_equal(
        jirasend_config_set_api_url(config, "HTTPS://API.Example.com:443/gateway/", NULL),
        JIRASEND_OK);
    assert_string_equal(config->api_url, "https://api.example.com/gateway");
    jirasend_config_free(config);
}

/* It would become a folder "mysql:" where the program happens to run. */
static void an_address_of_another_database_is_no_folder(void **state) {
    (void)state;
    jirasend_config *config = jirasend_config_new();
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(jirasend_config_set_outbox(config, "mysql://u:hidden@host/db", &error),
                     JIRASEND_E_ARGUMENT);
    assert_non_null(strstr(error.message, "postgresql://"));
    assert_null(strstr(error.message, "hidden"));
    jirasend_config_free(config);
}

static void a_copy_lives_by_itself(void **state) {
    (void)state;
    jirasend_config *config = jirasend_config_new();
    assert_int_equal(jirasend_config_set_outbox(config, "/a", NULL), JIRASEND_OK);
    jirasend_config *copy = js_config_copy(config);
    jirasend_config_free(config);
    assert_string_equal(copy->outbox, "/a");
    jirasend_config_free(copy);
}

static void keys_by_the_settings(void **state) {
    (void)state;
    jirasend_config *config = jirasend_config_new();
    char *keys = NULL;
    const char text[] = "APP-1 app-2 OPS-3 KIP-4";
    assert_int_equal(jirasend_keys_scan(NULL, text, strlen(text), &keys, NULL), JIRASEND_OK);
    assert_string_equal(keys, "[\"APP-1\",\"OPS-3\",\"KIP-4\"]");
    jirasend_free(keys);
    assert_int_equal(jirasend_config_set_any_case(config, 1, NULL), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_projects(config, "APP,KIP", NULL), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_not_keys(config, "KIP", NULL), JIRASEND_OK);
    assert_int_equal(jirasend_keys_scan(config, text, strlen(text), &keys, NULL), JIRASEND_OK);
    assert_string_equal(keys, "[\"APP-1\",\"APP-2\"]");
    jirasend_free(keys);
    jirasend_config_free(config);
}

static void the_wait_for_a_busy_outbox(void **state) {
    (void)state;
    static const int64_t bad[] = {INT64_MIN, -1, 0, 10001, INT64_MAX};
    jirasend_config *config = jirasend_config_new();
    assert_int_equal(jirasend_config_set_busy_wait(config, 10000, NULL), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_busy_wait(config, 1, NULL), JIRASEND_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        assert_int_equal(jirasend_config_set_busy_wait(config, bad[i], &error),
                         JIRASEND_E_ARGUMENT);
        assert_non_null(strstr(error.message, "1 to 10000"));
    }
    assert_int_equal(config->busy_wait_ms, 1);
    jirasend_config_free(config);
}

static void the_password_of_an_outbox_is_a_line_of_text(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_config *config = jirasend_config_new();
    static const char odd[] = "a b%40'\"\\/?#:@\xC3\xBC";
    assert_int_equal(jirasend_config_set_outbox_password(config, odd, sizeof odd - 1, &error),
                     JIRASEND_OK);
    jirasend_config *copy = js_config_copy(config);
    assert_non_null(copy);
    static const struct {
        const char *bytes, *says;
        size_t length;
    } bad[] = {{"a\nb", "control character", 3},
               {"a\0b", "control character", 3},
               {"\x7F", "control character", 1},
               {"\xFF", "UTF-8", 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            jirasend_config_set_outbox_password(config, bad[i].bytes, bad[i].length, &error),
            JIRASEND_E_ARGUMENT);
        assert_non_null(strstr(error.message, bad[i].says));
        assert_string_equal(config->outbox_password.text, odd);
    }
    assert_int_equal(jirasend_config_set_outbox_password(config, NULL, 0, &error), JIRASEND_OK);
    assert_null(config->outbox_password.text);
    jirasend_config_free(config);
    assert_string_equal(copy->outbox_password.text, odd);
    jirasend_config_free(copy);
}

/* As jirasend_config_new() hands out when memory is short. */
static void a_missing_config_is_an_error(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    typedef jirasend_code (*set_text)(jirasend_config *, const char *, jirasend_error *);
    static const set_text texts[] = {
        jirasend_config_set_outbox,     jirasend_config_set_api_url,
        jirasend_config_set_relay,      jirasend_config_set_proxy,
        jirasend_config_set_no_proxy,   jirasend_config_set_ca_file,
        jirasend_config_set_ca_folder,  jirasend_config_set_cloud_ids,
        jirasend_config_set_user_agent, jirasend_config_set_default_site,
        jirasend_config_set_projects,   jirasend_config_set_not_keys};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(texts[i](NULL, "https://ci.test", NULL), JIRASEND_E_ARGUMENT);
        assert_int_equal(texts[i](NULL, NULL, &error), JIRASEND_E_ARGUMENT);
        assert_non_null(strstr(error.message, "A config is needed"));
    }
    typedef jirasend_code (*set_int)(jirasend_config *, int, jirasend_error *);
    static const set_int numbers[] = {jirasend_config_set_keep, jirasend_config_set_any_case,
                                      jirasend_config_set_paused};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_int_equal(numbers[i](NULL, 1, &error), JIRASEND_E_ARGUMENT);
    }
    static const jirasend_submit_options options = JIRASEND_SUBMIT_OPTIONS_INIT;
    assert_int_equal(jirasend_config_set_options(NULL, &options, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_config_set_outbox_password(NULL, "x", 1, &error),
                     JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_config_set_outbox_bounds(NULL, 1, 1, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_config_set_relay_certificate(NULL, "x", NULL, &error),
                     JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_config_set_exclusive_host(NULL, 1, 0, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_config_set_busy_wait(NULL, 1, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_config_set_log(NULL, NULL, NULL, JIRASEND_LOG_INFO, &error),
                     JIRASEND_E_ARGUMENT);
}

static void null_where_a_result_should_go_is_an_error(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_config *config = jirasend_config_new();
    jirasend_client *client = NULL;
    assert_int_equal(jirasend_client_open(config, NULL, &error), JIRASEND_E_ARGUMENT);
    assert_non_null(strstr(error.message, "nowhere to put"));
    assert_int_equal(jirasend_client_open(config, &client, &error), JIRASEND_OK);
    char *text = NULL;
    int64_t cursor = 0;
    assert_int_equal(jirasend_client_receipt(client, 1, NULL, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_wait(client, 1, 0, NULL, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_wait_sent(client, 1, 0, NULL, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_next_receipt(client, NULL, 0, &text, &error),
                     JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_next_receipt(client, &cursor, 0, NULL, &error),
                     JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_submit(client, "{}", 2, NULL, NULL, &error),
                     JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_outbox_status(client, NULL, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_outbox_document(client, 1, NULL, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_metrics(client, NULL, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_keys_scan(config, "APP-1", 5, NULL, &error), JIRASEND_E_ARGUMENT);
    jirasend_client_close(client, 0);
    jirasend_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setters),
        cmocka_unit_test(a_failed_setting_leaves_the_old_one),
        cmocka_unit_test(the_api_url_is_rebuilt_from_its_parts),
        cmocka_unit_test(an_address_of_another_database_is_no_folder),
        cmocka_unit_test(a_copy_lives_by_itself),
        cmocka_unit_test(keys_by_the_settings),
        cmocka_unit_test(the_wait_for_a_busy_outbox),
        cmocka_unit_test(the_password_of_an_outbox_is_a_line_of_text),
        cmocka_unit_test(a_missing_config_is_an_error),
        cmocka_unit_test(null_where_a_result_should_go_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
