/* Several processes on one folder. */
#include "outbox_support.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PROCESSES = 3, EVENTS = 40, ALL = PROCESSES * EVENTS };

static void pause_ms(long ms) {
    struct timespec time = {0, ms * 1000000L};
    (void)nanosleep(&time, NULL);
}

/* Takes batches of a few until everything is settled; reports the ids it sent. */
static bool send_until_empty(js_outbox *outbox, int report) {
    js_batch_limits limits = {7, 1 << 20, NOW, false, 0, false};
    js_stop none = {0};
    for (;;) {
        int64_t settled = 0;
        if (outbox->ops->cursor(outbox, &settled, NULL) != JIRASEND_OK) {
            return false;
        }
        if (settled == ALL) {
            return true;
        }
        int64_t fence = 0;
        jirasend_code code = outbox->ops->claim(outbox, &builds, &fence, NULL);
        if (code == JIRASEND_E_CLOSED) {
            pause_ms(1);
            continue;
        }
        js_batch batch = {0};
        if (code != JIRASEND_OK ||
            outbox->ops->next_batch(outbox, &builds, &limits, &batch, NULL) != JIRASEND_OK) {
            return false;
        }
        js_outcome outcomes[7];
        for (size_t i = 0; i < batch.count; i++) {
            outcomes[i] = (js_outcome){.id = batch.items[i].id, .status = JS_STATUS_ACCEPTED};
            if (write(report, &batch.items[i].id, sizeof batch.items[i].id) < 0) {
                return false;
            }
        }
        code = outbox->ops->settle(outbox, &builds, fence, outcomes, batch.count, &none, NULL, NOW,
                                   NULL);
        js_batch_clear(&batch);
        outbox->ops->release(outbox, &builds, fence, false);
        if (code != JIRASEND_OK) {
            return false;
        }
    }
}

/* A child that fails must not remove the folder that the others use. */
static pid_t fork_child(fixture *fix) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fix->base[0] = '\0';
    }
    return child;
}

static pid_t start_process(fixture *fix, int index, int report) {
    pid_t child = fork_child(fix);
    if (child != 0) {
        return child;
    }
    open_outbox(fix);
    for (int i = 0; i < EVENTS; i++) {
        put_build(fix->outbox, index * EVENTS + i + 1);
    }
    bool good = send_until_empty(fix->outbox, report);
    close_outbox(fix);
    _exit(good ? 0 : 1);
}

static void expect_end(pid_t child) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void share_the_work(fixture *fix) {
    int report[2];
    assert_int_equal(pipe(report), 0);
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = start_process(fix, i, report[1]);
    }
    assert_int_equal(close(report[1]), 0);
    int sent[ALL + 1] = {0};
    int64_t id = 0;
    int count = 0;
    while (read(report[0], &id, sizeof id) == sizeof id) {
        assert_in_range(id, 1, ALL);
        sent[id]++;
        count++;
    }
    assert_int_equal(close(report[0]), 0);
    for (int i = 0; i < PROCESSES; i++) {
        expect_end(children[i]);
    }
    assert_int_equal(count, ALL); /* nothing lost, nothing twice */
    for (int i = 1; i <= ALL; i++) {
        assert_int_equal(sent[i], 1);
    }
    open_outbox(fix);
    expect_counts(fix->outbox, 0, 0, 0, 0);
}

static void processes_share_a_log(void **state) {
    share_the_work(*state);
}

static void processes_share_a_rollback_journal(void **state) {
    fixture *fix = *state;
    fix->options.rollback_journal = true;
    share_the_work(fix);
}

static void lane_is_free_after_a_kill(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    int64_t before = claim(fix->outbox, &builds);
    fix->outbox->ops->release(fix->outbox, &builds, before, false);
    close_outbox(fix);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork_child(fix);
    if (child == 0) {
        open_outbox(fix);
        (void)claim(fix->outbox, &builds);
        (void)!write(ready[1], "x", 1);
        for (;;) {
            pause_ms(100);
        }
    }
    char byte = 0;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    open_outbox(fix);
    int64_t fence = 0;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(fix->outbox->ops->claim(fix->outbox, &builds, &fence, &error),
                     JIRASEND_E_CLOSED);
    assert_non_null(strstr(error.message, "Another process"));
    int64_t other = claim(fix->outbox, &deployments);
    fix->outbox->ops->release(fix->outbox, &deployments, other, false);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    fence = claim(fix->outbox, &builds);
    assert_int_equal(fence, before + 2);
    assert_string_equal(batch_ids(fix->outbox, &builds, NOW), "1");
    assert_int_equal(close(ready[0]), 0);
    assert_int_equal(close(ready[1]), 0);
}

/* How often the lane of builds was taken, as the database has it. */
static int64_t stored_fence(fixture *fix) {
    char path[256];
    path_in(fix, "outbox.db", path);
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT fence FROM lane WHERE kind = 1", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t fence = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return fence;
}

static void take_and_release(js_outbox *outbox) {
    outbox->ops->release(outbox, &builds, claim(outbox, &builds), false);
}

/* Between two batches of one process nothing is written for the lane, unless somebody else had it. */
static void lane_is_taken_again_without_a_write(void **state) {
    fixture *fix = *state;
    int go_on[2];
    assert_int_equal(pipe(go_on), 0);
    pid_t child = fork_child(fix);
    if (child == 0) {
        char byte = 0;
        bool told = read(go_on[0], &byte, 1) == 1;
        open_outbox(fix);
        take_and_release(fix->outbox);
        close_outbox(fix);
        _exit(told ? 0 : 1);
    }
    open_outbox(fix);
    put_build(fix->outbox, 1);
    take_and_release(fix->outbox);
    int64_t first = stored_fence(fix);
    take_and_release(fix->outbox);
    take_and_release(fix->outbox);
    assert_int_equal(stored_fence(fix), first);
    assert_int_equal(write(go_on[1], "x", 1), 1);
    expect_end(child);
    assert_int_equal(stored_fence(fix), first + 1);
    take_and_release(fix->outbox);
    assert_int_equal(stored_fence(fix), first + 2);
    assert_int_equal(close(go_on[0]), 0);
    assert_int_equal(close(go_on[1]), 0);
}

/* A lock file that was put in place of another is noticed. */
static void replaced_lock_is_taken_anew(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    take_and_release(fix->outbox);
    int64_t first = stored_fence(fix);
    char lanes[256];
    char away[256];
    path_in(fix, "lanes", lanes);
    path_in(fix, "lanes.away", away);
    assert_int_equal(rename(lanes, away), 0);
    take_and_release(fix->outbox);
    assert_int_equal(stored_fence(fix), first + 1);
}

/* A child that sleeps until the other end of `line` says something or is gone. */
static pid_t fork_sleeper(fixture *fix, int line[2]) {
    assert_int_equal(pipe(line), 0);
    pid_t child = fork_child(fix);
    if (child == 0) {
        char byte = 0;
        (void)close(line[1]);
        (void)!read(line[0], &byte, 1);
        return child;
    }
    assert_int_equal(close(line[0]), 0);
    return child;
}

static void others_changes_are_noticed(void **state) {
    fixture *fix = *state;
    int line[2];
    pid_t child = fork_sleeper(fix, line);
    if (child == 0) {
        open_outbox(fix);
        put_build(fix->outbox, 1);
        close_outbox(fix);
        _exit(0);
    }
    open_outbox(fix);
    uint64_t before = fix->outbox->ops->version(fix->outbox);
    assert_int_equal(close(line[1]), 0);
    expect_end(child);
    assert_int_not_equal(fix->outbox->ops->version(fix->outbox), before);
    assert_string_equal(batch_ids(fix->outbox, &builds, NOW), "1");
    assert_int_equal(put_build(fix->outbox, 2), 2);
}

/* A child that lives on without a program of its own has our files, and must not have our locks. */
static void forked_child_blocks_nothing(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    int64_t fence = claim(fix->outbox, &builds);
    int line[2];
    pid_t child = fork_sleeper(fix, line);
    if (child == 0) {
        _exit(0);
    }
    fix->outbox->ops->release(fix->outbox, &builds, fence, false);
    fence = claim(fix->outbox, &builds);
    fix->outbox->ops->release(fix->outbox, &builds, fence, false);
    reopen(fix);
    assert_int_equal(close(line[1]), 0);
    expect_end(child);
}

/* It would lose what the child commits: SQLite's locks are not inherited, its memory of them is. */
static void forked_child_opens_nothing_that_was_open(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    pid_t child = fork_child(fix);
    if (child == 0) {
        expect_refusal(fix, JIRASEND_E_REFUSED, "Open it after the fork");
        _exit(0);
    }
    expect_end(child);
    close_outbox(fix);
    child = fork_child(fix);
    if (child == 0) {
        open_outbox(fix);
        put_build(fix->outbox, 1);
        close_outbox(fix);
        _exit(0);
    }
    expect_end(child);
    open_outbox(fix);
    assert_string_equal(batch_ids(fix->outbox, &builds, NOW), "1");
}

/* Somebody writes and does not end: refused in words, and well again afterwards. */
static void busy_is_refused(void **state) {
    fixture *fix = *state;
    fix->options.busy_ms = 50;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    char path[256];
    path_in(fix, "outbox.db", path);
    int begun[2];
    int go_on[2];
    assert_int_equal(pipe(begun), 0);
    assert_int_equal(pipe(go_on), 0);
    pid_t child = fork_child(fix);
    if (child == 0) {
        sqlite3 *db = NULL;
        char byte = 0;
        bool good = sqlite3_open(path, &db) == SQLITE_OK &&
                    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
                    write(begun[1], "x", 1) == 1 && read(go_on[0], &byte, 1) == 1;
        _exit(good ? 0 : 1);
    }
    char byte = 0;
    assert_int_equal(read(begun[0], &byte, 1), 1);
    js_event event;
    static const char document[] = "{\"kind\":\"build\",\"pipelineId\":\"a\",\"number\":1,"
                                   "\"url\":\"https://x.example/1\",\"state\":\"failed\"}";
    test_event_read(&event, document);
    js_put item = {.event = &event, .document = document, .length = strlen(document)};
    js_put_result result;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(fix->outbox->ops->put(fix->outbox, &item, 1, NOW, &result, &error),
                     JIRASEND_E_REFUSED);
    assert_int_equal(result.code, JIRASEND_E_REFUSED);
    assert_non_null(strstr(error.message, "busy"));
    assert_int_equal(fix->outbox->ops->drop(fix->outbox, 1, NOW, &error), JIRASEND_E_REFUSED);
    assert_string_equal(fate(fix->outbox, 1), "queued: Waiting to be sent."); /* reading goes on */
    assert_int_equal(write(go_on[1], "x", 1), 1);
    expect_end(child);
    assert_int_equal(fix->outbox->ops->put(fix->outbox, &item, 1, NOW, &result, &error),
                     JIRASEND_OK);
    assert_int_equal(result.id, 2);
    js_event_clear(&event);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(close(begun[i]), 0);
        assert_int_equal(close(go_on[i]), 0);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_closed, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(processes_share_a_log),
        TEST(processes_share_a_rollback_journal),
        TEST(lane_is_free_after_a_kill),
        TEST(lane_is_taken_again_without_a_write),
        TEST(replaced_lock_is_taken_anew),
        TEST(others_changes_are_noticed),
        TEST(busy_is_refused),
        TEST(forked_child_blocks_nothing),
        TEST(forked_child_opens_nothing_that_was_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
