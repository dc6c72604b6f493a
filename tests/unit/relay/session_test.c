/* Sessions of the delivery page: twelve hours, and not an instant longer. */
#include "relay/page/session.h"

#include "base/buf.h"
#include "fake_world.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { HOUR_MS = 60 * 60 * 1000 };

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_HASH "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char folder[] = "/tmp/relay-session-XXXXXX";

typedef struct fixture {
    fake_world fake;
    rl_relay relay;
    rl_sessions *sessions;
    char cookie[RL_SESSION_SIZE];
} fixture;

static rl_config *config_with(const char *hash, bool admin) {
    js_buf text = JS_BUF_INIT;
    rl_config *config = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_buf_addf(&text,
                "listen: 127.0.0.1:8443\noutbox: %s/outbox\nsites:\n  - site: acme.atlassian.net\n"
                "    clientId: id\n    secretFile: %s/secret\ncallers:\n  - name: ops\n"
                "    tokenSha256: \"%s\"\n    admin: %s\n    pipelines: []\n",
                folder, folder, hash, admin ? "true" : "false");
    if (rl_config_parse(&config, text.data, text.length, "relay.yaml", &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    js_buf_clear(&text);
    return config;
}

static void log_in(fixture *fix) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    memset(fix, 0, sizeof *fix);
    fix->fake = (fake_world){.wall_ms = INT64_C(1795687200000), .mono_ms = 1000, .seed = 7};
    fix->relay.world = fake_world_table(&fix->fake);
    fix->relay.config = config_with(HASH, true);
    if (rl_core_open(&fix->relay.core, fix->relay.config, false, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    fix->sessions = rl_sessions_new(&fix->relay);
    assert_non_null(fix->sessions);
    assert_true(rl_session_make(fix->sessions, &fix->relay.config->callers[0], fix->cookie));
}

static void clear(fixture *fix) {
    rl_sessions_free(fix->sessions);
    rl_core_close(fix->relay.core, 0);
    rl_config_release(fix->relay.config);
}

static bool is_in(fixture *fix, const rl_config *config) {
    return rl_session_caller(fix->sessions, config, fix->cookie) != NULL;
}

static void ends_after_twelve_hours(void **state) {
    fixture fix;
    (void)state;
    log_in(&fix);
    assert_true(is_in(&fix, fix.relay.config));
    fake_world_pass(&fix.fake, 12 * HOUR_MS - 1000);
    assert_true(is_in(&fix, fix.relay.config));
    fake_world_pass(&fix.fake, 1000);
    assert_false(is_in(&fix, fix.relay.config));
    clear(&fix);
}

static void ends_with_what_it_was_given_for(void **state) {
    fixture fix;
    (void)state;
    log_in(&fix);
    rl_config *another = config_with(OTHER_HASH, true);
    rl_config *demoted = config_with(HASH, false);
    assert_false(is_in(&fix, another));
    assert_false(is_in(&fix, demoted));
    rl_config_release(another);
    rl_config_release(demoted);
    rl_session_end(fix.sessions, fix.cookie);
    assert_false(is_in(&fix, fix.relay.config));
    clear(&fix);
}

/* The key stands in the outbox: the next process knows the cookie. */
static void outlives_the_process(void **state) {
    fixture fix;
    (void)state;
    log_in(&fix);
    rl_sessions_free(fix.sessions);
    rl_core_close(fix.relay.core, 0);
    assert_int_equal(rl_core_open(&fix.relay.core, fix.relay.config, false, NULL), JIRASEND_OK);
    fix.sessions = rl_sessions_new(&fix.relay);
    assert_non_null(fix.sessions);
    assert_true(is_in(&fix, fix.relay.config));
    clear(&fix);
}

static int make_folder(void **state) {
    char path[64];
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/secret", folder);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return -1;
    }
    (void)fputs("secret", file);
    (void)fclose(file);
    return chmod(path, 0600);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at) {
    (void)status;
    (void)type;
    (void)at;
    return remove(path);
}

static int remove_folder(void **state) {
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_after_twelve_hours),
        cmocka_unit_test(ends_with_what_it_was_given_for),
        cmocka_unit_test(outlives_the_process),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
