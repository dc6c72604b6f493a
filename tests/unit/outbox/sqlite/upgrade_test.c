/* An outbox that 0.1.0 has left, with waiting, held, dead and gated events, goes on. */
#include "outbox/sqlite/tables.h"
#include "outbox_support.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void copy(const fixture *fix, const char *name) {
    char to[256];
    char from[512];
    char bytes[4096];
    size_t length = 0;
    path_in(fix, name, to);
    (void)snprintf(from, sizeof from, "%s/%s", OUTBOX_0_1_0, name);
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((length = fread(bytes, 1, sizeof bytes, in)) > 0) {
        assert_int_equal(fwrite(bytes, 1, length, out), length);
    }
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

static void what_was_there_goes_on(void **state) {
    fixture *fix = *state;
    const js_lane held = {"held.atlassian.net", JS_API_BUILDS};
    assert_int_equal(mkdir(fix->folder, 0700), 0);
    copy(fix, "outbox.db");
    copy(fix, "outbox.mark");
    open_outbox(fix);
    js_outbox *outbox = fix->outbox;
    expect_counts(outbox, 8, 1, 1, 0);
    assert_string_equal(fate(outbox, 1), "accepted: Jira has it.");
    assert_non_null(strstr(fate(outbox, 2), "superseded"));
    assert_string_equal(fate(outbox, 4), "rejected: Jira said no.");
    assert_string_equal(fate(outbox, 13), "held: No permission.");
    assert_string_equal(fate(outbox, 14), "queued: Jira is down.");
    /* Requests are remembered, numbers go on, the newest and the gate go out. */
    assert_int_equal(put(outbox, &(spec){.number = 1, .request_id = "accepted"}, NOW), 1);
    assert_int_equal(put(outbox, &(spec){.number = 10}, NOW), 15);
    assert_string_equal(batch_ids(outbox, &builds, NOW), "6 15");
    assert_string_equal(batch_ids(outbox, &builds, NOW + 60000), "6 7 15");
    assert_string_equal(batch_ids(outbox, &deployments, NOW), "9");
    assert_string_equal(batch_ids(outbox, &held, NOW), "13");
    settle_as(outbox, &deployments, 9, JS_STATUS_ACCEPTED);
    assert_string_equal(batch_ids(outbox, &deployments, NOW), "10 12");
    assert_int_equal(outbox->ops->retry(outbox, 4, NULL, NOW, NULL), JIRASEND_OK);
    assert_non_null(strstr(fate(outbox, 4), "queued"));
    reopen(fix);
    expect_counts(fix->outbox, 9, 1, 0, 0);
}

/* What there is in a database, a line each. */
static void describe(const char *const *steps, int count, js_buf *out) {
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    for (int i = 0; i < count; i++) {
        assert_int_equal(sqlite3_exec(db, steps[i], NULL, NULL, NULL), SQLITE_OK);
    }
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_master"
                           " UNION ALL SELECT 'tally of ' || id FROM tally ORDER BY 1",
                           -1, &rows, NULL),
        SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        js_buf_addf(out, "%s\n", (const char *)sqlite3_column_text(rows, 0));
    }
    assert_int_equal(sqlite3_finalize(rows), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_new_outbox_has_the_tables_of_an_upgraded_one(void **state) {
    (void)state;
    js_buf stepwise = JS_BUF_INIT;
    js_buf at_once = JS_BUF_INIT;
    describe(js_sq_tables.steps, js_sq_tables.version, &stepwise);
    describe(&js_sq_tables.all_steps, 1, &at_once);
    assert_non_null(strstr(at_once.data, "event_ready"));
    assert_string_equal(stepwise.data, at_once.data);
    js_buf_clear(&stepwise);
    js_buf_clear(&at_once);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_there_goes_on, setup_closed, teardown),
        cmocka_unit_test(a_new_outbox_has_the_tables_of_an_upgraded_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
