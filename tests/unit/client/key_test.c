/* Keys that all who share an outbox derive alike. */
#include <jirasend/jirasend.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct key {
    unsigned char bytes[JIRASEND_KEY_SIZE];
} key;

static key key_of(const char *folder, const char *name) {
    jirasend_config *config = jirasend_config_new();
    jirasend_client *client = NULL;
    key derived;
    assert_int_equal(jirasend_config_set_outbox(config, folder, NULL), JIRASEND_OK);
    assert_int_equal(jirasend_client_open(config, &client, NULL), JIRASEND_OK);
    jirasend_config_free(config);
    assert_int_equal(jirasend_client_key(client, name, derived.bytes, NULL), JIRASEND_OK);
    jirasend_client_close(client, 0);
    return derived;
}

static bool same(key a, key b) {
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

static void depends_on_outbox_and_name(void **state) {
    (void)state;
    char root[] = "/tmp/jirasend-key-XXXXXX";
    assert_non_null(mkdtemp(root));
    char one[64];
    char two[64];
    (void)snprintf(one, sizeof one, "%s/one", root);
    (void)snprintf(two, sizeof two, "%s/two", root);
    assert_true(same(key_of(one, "sessions"), key_of(one, "sessions")));
    assert_false(same(key_of(one, "sessions"), key_of(one, "forms")));
    assert_false(same(key_of(one, "sessions"), key_of(two, "sessions")));
    key whole = key_of(one, "sessions"); /* its quarters differ */
    assert_memory_not_equal(whole.bytes, whole.bytes + 8, 8);
    assert_memory_not_equal(whole.bytes + 16, whole.bytes + 24, 8);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r '%s'", root);
    assert_int_equal(system(command), 0);
}

static void needs_a_name(void **state) {
    (void)state;
    jirasend_config *config = jirasend_config_new();
    jirasend_client *client = NULL;
    key derived;
    assert_int_equal(jirasend_client_open(config, &client, NULL), JIRASEND_OK);
    jirasend_config_free(config);
    assert_int_equal(jirasend_client_key(client, "", derived.bytes, NULL), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_key(client, "a\nb", derived.bytes, NULL), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_key(client, NULL, derived.bytes, NULL), JIRASEND_E_ARGUMENT);
    jirasend_client_close(client, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depends_on_outbox_and_name),
        cmocka_unit_test(needs_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
