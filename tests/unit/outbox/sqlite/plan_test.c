/* No operation looks at more rows because more wait: plans, and SQLite's own counters. */
#include "outbox_support.h"

#include "outbox/sqlite/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 100000 };

/* Lanes are few, the sequence table has one row. */
static bool may_scan(const char *step, js_sql sql) {
    static const char *const fine[] = {"SCAN l", "SCAN lane", "SCAN CONSTANT ROW",
                                       "SCAN sqlite_sequence"};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        size_t length = strlen(fine[i]);
        if (strncmp(step, fine[i], length) == 0 && (step[length] == '\0' || step[length] == ' ')) {
            return true;
        }
    }
    /* The last row, or the first of a partial index that holds only what is asked for. */
    return sql == JS_SQL_LAST_ROW || sql == JS_SQL_QUEUE_CHECK || /* of a small database only */
           strstr(step, "INDEX event_dead") != NULL;
}

static void no_statement_scans(void **state) {
    fixture *fix = *state;
    js_sqlite *self = (js_sqlite *)fix->outbox;
    int explained = 0;
    for (int i = 0; i < JS_SQL_COUNT; i++) {
        char sql[3000];
        (void)snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", js_sql_text((js_sql)i));
        sqlite3_stmt *plan = NULL;
        if (strncmp(js_sql_text((js_sql)i), "PRAGMA", 6) == 0 ||
            sqlite3_prepare_v2(self->db, sql, -1, &plan, NULL) != SQLITE_OK) {
            continue; /* BEGIN and its like have no plan */
        }
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);
            explained++;
            if (strstr(step, "TEMP B-TREE") != NULL ||
                (strncmp(step, "SCAN", 4) == 0 && !may_scan(step, (js_sql)i))) {
                fail_msg("%s\n%s", step, js_sql_text((js_sql)i));
            }
        }
        assert_int_equal(sqlite3_finalize(plan), SQLITE_OK);
    }
    assert_true(explained > 30);
}

typedef struct effort {
    int64_t steps, scans, sorts;
} effort;

/* What all statements have done since the last time. Scans of the few lanes do not count. */
static effort effort_so_far(js_sqlite *self) {
    effort sum = {0, 0, 0};
    for (int i = 0; i < JS_SQL_COUNT; i++) {
        sqlite3_stmt *statement = self->statements[i];
        if (statement == NULL) {
            continue;
        }
        bool lanes = i == JS_SQL_LANES || i == JS_SQL_HELD || i == JS_SQL_SITE_LANES ||
                     i == JS_SQL_COUNTERS_CHECK;
        sum.steps += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
        int scans = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
        sum.scans += lanes ? 0 : scans;
        sum.sorts += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_SORT, 1);
    }
    return sum;
}

/* One of everything. */
static effort work(js_outbox *outbox, int64_t number) {
    (void)effort_so_far((js_sqlite *)outbox);
    put(outbox, &(spec){.number = number, .request_id = "r"}, NOW);
    js_lane_view *views = NULL;
    js_receipt *receipts = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->lanes(outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    free(views);
    js_batch batch;
    js_batch_limits limits = {100, 1 << 20, NOW, false, 0, false};
    assert_int_equal(outbox->ops->next_batch(outbox, &builds, &limits, &batch, NULL), JIRASEND_OK);
    assert_int_equal(batch.count, 100);
    for (size_t i = 0; i < 4; i++) {
        static const js_status statuses[] = {JS_ACCEPTED, JS_SKIPPED, JS_REJECTED, JS_QUEUED};
        settle(outbox, &builds,
               (js_outcome){
                   .id = batch.items[i].id, .status = statuses[i], .not_before_ms = NOW + 1000},
               NOW);
    }
    int64_t dead = batch.items[2].id;
    assert_non_null(strstr(fate(outbox, dead), "rejected"));
    assert_int_equal(outbox->ops->retry(outbox, dead, NULL, NOW, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->drop(outbox, dead, NOW, NULL), JIRASEND_OK);
    js_batch_free(&batch);
    assert_int_equal(outbox->ops->list(outbox, 5, 50, &receipts, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 50);
    js_receipts_free(receipts, count);
    int64_t cursor = 0;
    js_receipt receipt;
    assert_int_equal(outbox->ops->cursor(outbox, &cursor, NULL), JIRASEND_OK);
    cursor--;
    assert_int_equal(outbox->ops->next_settled(outbox, &cursor, &receipt, NULL), JIRASEND_OK);
    js_receipt_free(&receipt);
    js_counts counts;
    assert_int_equal(outbox->ops->counts(outbox, &counts, NULL), JIRASEND_OK);
    assert_int_equal(outbox->ops->tidy(outbox, NOW, NULL), JIRASEND_OK);
    return effort_so_far((js_sqlite *)outbox);
}

static void effort_and_memory_do_not_grow(void **state) {
    fixture *fix = *state;
    put_many(fix->outbox, 1000);
    effort few = work(fix->outbox, 2000000);
    put_many(fix->outbox, MANY);
    close_outbox(fix);
    (void)sqlite3_memory_highwater(1);
    open_outbox(fix);
    effort opening = effort_so_far((js_sqlite *)fix->outbox);
    effort many = work(fix->outbox, 2000000);
    print_message("opening: %d steps; work: %d steps with 1,000, %d with 100,000\n",
                  (int)opening.steps, (int)few.steps, (int)many.steps);
    assert_int_equal(few.scans + many.scans + opening.scans, 0);
    assert_int_equal(few.sorts + many.sorts + opening.sorts, 0);
    assert_true(opening.steps < 1000);
    assert_true(many.steps < few.steps * 2);
    assert_true(sqlite3_memory_highwater(0) < 12 * 1024 * 1024);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_statement_scans, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(effort_and_memory_do_not_grow, setup_folder, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
