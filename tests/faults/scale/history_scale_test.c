/*
 * A long history against a short one. What is compared are the steps that SQLite takes, bytes and rows,
 * never time: script/bench --only history measures that. 100,000 events, 1,000,000 with JIRASEND_TEST_ALL=1.
 */
#include "base/world.h"
#include "event/document.h"
#include "outbox/sqlite/internal.h"
#include "outbox/sqlite/sqlite.h"
#include "seed_history.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY (INT64_C(24) * 3600000)
enum { FEW = 800, MANY = 100000, ALL = 1000000, BYTES_MAX = 400, STEP_ROWS_MAX = 500 };

static js_world world;
static char folder[64];

static js_outbox *open_seeded(int64_t count) {
    (void)snprintf(folder, sizeof folder, "/tmp/jirasend-history-XXXXXX");
    assert_non_null(mkdtemp(folder));
    world = js_world_system();
    js_sqlite_options options = {
        .folder = folder, .max_events = 1000, .max_bytes = 1 << 20, .world = &world};
    js_outbox *outbox = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(js_sqlite_open(&options, &outbox, &error), JIRASEND_OK);
    outbox->ops->close(outbox);
    assert_true(seed_history_in(folder, count, js_wall_ms(&world)));
    if (js_sqlite_open(&options, &outbox, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    return outbox;
}

static void close_and_remove(js_outbox *outbox) {
    char command[128];
    outbox->ops->close(outbox);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

/* Steps since the last call. */
static int64_t steps(js_outbox *outbox) {
    sqlite3 *db = js_sq_of(js_store_of(outbox))->db;
    int64_t sum = 0;
    for (sqlite3_stmt *at = sqlite3_next_stmt(db, NULL); at != NULL;
         at = sqlite3_next_stmt(db, at)) {
        sum += sqlite3_stmt_status(at, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
    return sum;
}

static int64_t cost_of(js_outbox *outbox, const js_history_query *query, size_t expected) {
    js_history_row *rows = NULL;
    size_t count = 0;
    bool more = false;
    (void)steps(outbox);
    assert_int_equal(outbox->ops->history(outbox, query, &rows, &count, &more, NULL), JIRASEND_OK);
    assert_int_equal(count, expected);
    int64_t since = count > 0 ? rows[count - 1].receipt.submitted_at_ms : 0;
    js_history_free(rows, count);
    return query->since_ms < 0 ? since : steps(outbox);
}

static int64_t cost_of_submit(js_outbox *outbox, int number) {
    char text[400];
    js_event event;
    js_put_result result;
    const js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys, .now_ms = js_wall_ms(&world)};
    int length = snprintf(text, sizeof text,
                          "{\"kind\":\"build\",\"site\":\"acme.atlassian.net\",\"pipelineId\":"
                          "\"team/app-1/main\",\"number\":%d,\"url\":\"https://x.example/1\","
                          "\"state\":\"failed\",\"issueKeys\":[\"APP-1\"]}",
                          number);
    assert_int_equal(js_document_read(&event, text, (size_t)length, &rules, NULL), JIRASEND_OK);
    js_put put = {.event = &event, .document = text, .length = (size_t)length};
    (void)steps(outbox);
    assert_int_equal(outbox->ops->put(outbox, &put, 1, rules.now_ms, &result, NULL), JIRASEND_OK);
    int64_t cost = steps(outbox);
    assert_int_equal(result.code, JIRASEND_OK);
    js_event_clear(&event);
    return cost;
}

typedef struct costs {
    int64_t key, since, explain, passed, last_told, submit;
} costs;

static costs measure(int64_t count) {
    js_outbox *outbox = open_seeded(count);
    costs found = {0};
    js_history_query newest = {.limit = 100, .since_ms = -1};
    int64_t since_ms = cost_of(outbox, &newest, 100);
    found.key = cost_of(outbox, &(js_history_query){.key = "APP-7", .limit = 100}, 80);
    found.since = cost_of(outbox, &(js_history_query){.since_ms = since_ms, .limit = 100}, 100);
    found.explain = cost_of(outbox, &(js_history_query){.key = "APP-8", .limit = 1000}, 80);
    found.passed =
        cost_of(outbox, &(js_history_query){.key = "APP-8", .passed_over = true, .limit = 100}, 0);
    js_last_told last;
    (void)steps(outbox);
    assert_int_equal(outbox->ops->last_told(outbox, NULL, 400, &last, NULL), JIRASEND_OK);
    assert_int_equal(last.row.receipt.id, 400);
    js_last_told_clear(&last);
    found.last_told = steps(outbox);
    (void)cost_of_submit(outbox, 900000001);
    found.submit = cost_of_submit(outbox, 900000002);
    close_and_remove(outbox);
    return found;
}

static int64_t many(void) {
    return getenv("JIRASEND_TEST_ALL") != NULL ? ALL : MANY;
}

/* A search goes one level deeper now and then; a binary search for a time has a few steps more. */
static void expect_equal(const char *what, int64_t small, int64_t large) {
    print_message("%s: %" PRId64 " steps, %" PRId64 " with many\n", what, small, large);
    if (large > small + small / 5 + 300) {
        fail_msg("%s takes %" PRId64 " steps, and %" PRId64 " in a long history", what, small,
                 large);
    }
}

static void answers_cost_the_same(void **state) {
    (void)state;
    costs few = measure(FEW);
    costs long_one = measure(many());
    expect_equal("log --key", few.key, long_one.key);
    expect_equal("log --since", few.since, long_one.since);
    expect_equal("explain", few.explain + few.passed, long_one.explain + long_one.passed);
    expect_equal("show", few.last_told, long_one.last_told);
    expect_equal("submit", few.submit, long_one.submit);
}

static void an_event_takes_few_bytes(void **state) {
    (void)state;
    js_outbox *outbox = open_seeded(many());
    char path[128];
    struct stat file;
    (void)snprintf(path, sizeof path, "%s/outbox.db", folder);
    assert_int_equal(stat(path, &file), 0);
    int64_t each = (int64_t)file.st_size / many();
    print_message("%" PRId64 " bytes an event\n", each);
    close_and_remove(outbox);
    assert_true(each <= BYTES_MAX);
}

/* How many rows each transaction of a tidy changes at most. */
static int64_t changed_before, most_changed;

static int on_commit(void *db) {
    int64_t now = sqlite3_total_changes64(db);
    most_changed = now - changed_before > most_changed ? now - changed_before : most_changed;
    changed_before = now;
    return 0;
}

/* A tenth of it is too old: it goes in small steps, and nobody waits long. */
static void tidy_goes_in_small_steps(void **state) {
    (void)state;
    js_outbox *outbox = open_seeded(MANY);
    sqlite3 *db = js_sq_of(js_store_of(outbox))->db;
    changed_before = sqlite3_total_changes64(db);
    most_changed = 0;
    (void)sqlite3_commit_hook(db, on_commit, db);
    int64_t later = js_wall_ms(&world) + 40 * DAY;
    int calls = 0;
    for (int64_t took = JS_TIDY_MS; took >= JS_TIDY_MS; calls++) {
        int64_t start = js_mono_ms(&world);
        assert_int_equal(outbox->ops->tidy(outbox, later, NULL), JIRASEND_OK);
        took = js_mono_ms(&world) - start;
        assert_true(calls < 5000);
    }
    int64_t cost = steps(outbox);
    js_history_row *rows = NULL;
    size_t count = 0;
    bool more = false;
    js_history_query oldest = {.before = MANY / 20, .limit = 1};
    assert_int_equal(outbox->ops->history(outbox, &oldest, &rows, &count, &more, NULL),
                     JIRASEND_OK);
    js_history_free(rows, count);
    assert_int_equal(count, 0);
    print_message("at most %" PRId64 " rows a transaction; %" PRId64 " steps an event\n",
                  most_changed, cost / (MANY / 10));
    /* An event that goes costs the same, however many stay. */
    assert_true(cost / (MANY / 10) < 3000);
    /* An event, its keys, what it told, its stream. */
    assert_in_range(most_changed, 1, 6 * STEP_ROWS_MAX);
    close_and_remove(outbox);
}

static int count_run(unsigned kind, void *runs, void *statement, void *text) {
    (void)kind;
    (void)statement;
    (void)text;
    ++*(int *)runs;
    return 0;
}

/* Through all of it, and nothing found: in steps, between which others come to the outbox. */
static void a_search_lets_others_in(void **state) {
    (void)state;
    js_outbox *outbox = open_seeded(MANY);
    sqlite3 *db = js_sq_of(js_store_of(outbox))->db;
    int runs = 0;
    (void)sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_run, &runs);
    int64_t whole = cost_of(outbox, &(js_history_query){.environment = "nowhere", .limit = 50}, 0);
    (void)sqlite3_trace_v2(db, 0, NULL, NULL);
    assert_true(runs >= MANY / 20000);
    /* What came before a day is found without a look at what came later. */
    js_history_row *rows = NULL;
    size_t count = 0;
    bool more = false;
    js_history_query oldest = {.before = 2, .limit = 1};
    assert_int_equal(outbox->ops->history(outbox, &oldest, &rows, &count, &more, NULL),
                     JIRASEND_OK);
    assert_int_equal(count, 1);
    int64_t first_ms = rows[0].receipt.submitted_at_ms;
    js_history_free(rows, count);
    int64_t early = cost_of(outbox, &(js_history_query){.until_ms = first_ms + 1, .limit = 50}, 1);
    print_message("%" PRId64 " steps through all, %" PRId64 " to the oldest\n", whole, early);
    assert_true(early < whole / 5);
    close_and_remove(outbox);
}

/* One row of each deployment and not more, in steps. */
static void what_was_deployed_is_found_in_one_pass(void **state) {
    (void)state;
    static const char *const names[2] = {"Production EU", "nowhere"};
    js_outbox *outbox = open_seeded(MANY);
    sqlite3 *db = js_sq_of(js_store_of(outbox))->db;
    js_deployed *rows = NULL;
    size_t count = 0;
    int runs = 0;
    (void)steps(outbox);
    (void)sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_run, &runs);
    assert_int_equal(outbox->ops->deployed(outbox, names, &rows, &count, NULL), JIRASEND_OK);
    (void)sqlite3_trace_v2(db, 0, NULL, NULL);
    int64_t cost = steps(outbox) / MANY;
    print_message("%" PRId64 " steps an event\n", cost);
    assert_int_equal(count, MANY / 6);
    assert_true(rows[0].there && rows[0].named[0] && !rows[0].named[1]);
    js_deployed_free(rows, count);
    assert_true(runs >= MANY / 2 / 10000);
    assert_true(cost < 60);
    close_and_remove(outbox);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_lets_others_in),
        cmocka_unit_test(what_was_deployed_is_found_in_one_pass),
        cmocka_unit_test(answers_cost_the_same),
        cmocka_unit_test(an_event_takes_few_bytes),
        cmocka_unit_test(tidy_goes_in_small_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
