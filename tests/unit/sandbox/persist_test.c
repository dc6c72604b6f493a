#include "persist.h"

#include "sandbox_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static char file[96];

static int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/jirasend-persist-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(file, sizeof file, "%s/state.jsonl", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    (void)unlink(file);
    return rmdir(folder);
}

static void test_round_trip(void **state) {
    bench before;
    bench after;
    (void)state;
    bench_open(&before, "APP-*");
    bench_log_in(&before);
    assert_int_equal(
        bench_bulk(&before, "builds", BUILDS(BUILD("1", "5", "\"APP-1\",\"X-1\"", ""))), 202);
    assert_int_equal(bench_bulk(&before, "builds", BUILDS(BUILD("1", "5", "\"APP-1\"", ""))), 202);
    assert_int_equal(bench_bulk(&before, "deployments",
                                DEPLOYMENTS(DEPLOYMENT("1", "pending",
                                                       ",\"commands\":[{\"command\":"
                                                       "\"initiate_deployment_gating\"}]"))),
                     202);
    assert_int_equal(sb_persist_save(&before.sandbox.store, folder, NULL), JIRASEND_OK);
    bench_open(&after, "APP-*");
    assert_int_equal(sb_persist_load(&after.sandbox.store, folder, NULL), JIRASEND_OK);
    js_buf one = JS_BUF_INIT;
    js_buf other = JS_BUF_INIT;
    sb_log_clear(&before.sandbox.log); /* requests and tokens are not kept */
    before.sandbox.tokens.given = 0;
    sb_state_write(&before.sandbox, -1, &one);
    sb_state_write(&after.sandbox, -1, &other);
    assert_string_equal(one.data, other.data);
    js_buf_clear(&one);
    js_buf_clear(&other);
    /* The sequence numbers count after a restart, too. */
    bench_log_in(&after);
    assert_int_equal(bench_bulk(&after, "builds", BUILDS(BUILD("1", "5", "\"APP-1\"", ""))), 202);
    assert_int_equal(after.sandbox.store.ignored, 2);
    bench_close(&before);
    bench_close(&after);
}

static void test_missing_and_damaged(void **state) {
    sb_store store;
    jirasend_error error = JIRASEND_ERROR_INIT;
    (void)state;
    assert_true(sb_store_open(&store));
    assert_int_equal(sb_persist_load(&store, folder, &error), JIRASEND_OK);
    assert_int_equal(sb_write_file(file,
                                   "{\"format\":1,\"version\":3,\"ignored\":0,"
                                   "\"unknownKeys\":[]}\n{\"kind\":\"builds\"}\n",
                                   72, &error),
                     JIRASEND_OK);
    assert_int_equal(sb_persist_load(&store, folder, &error), JIRASEND_E_DOCUMENT);
    assert_non_null(strstr(error.message, "Line 2 of"));
    assert_int_equal(sb_write_file(file, "{\"format\":2}\n", 13, &error), JIRASEND_OK);
    assert_int_equal(sb_persist_load(&store, folder, &error), JIRASEND_E_DOCUMENT);
    assert_int_equal(sb_persist_save(&store, "/nonexistent", &error), JIRASEND_E_STORAGE);
    assert_non_null(strstr(error.message, "/nonexistent/state.jsonl"));
    sb_store_close(&store);
}

static void test_mode(void **state) {
    struct stat status;
    (void)state;
    assert_int_equal(sb_write_file(file, "x", 1, NULL), JIRASEND_OK);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_missing_and_damaged, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_mode, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
