/* What a disk, a person or a newer version may have done to the files. */
#include "outbox_support.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Puts events in a process that ends without closing, as after a crash: the log stays. */
static void put_and_crash(fixture *fix, int count) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        open_outbox(fix);
        for (int i = 0; i < count; i++) {
            put_build(fix->outbox, i + 1);
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int64_t size_of(const fixture *fix, const char *name) {
    char path[256];
    path_in(fix, name, path);
    struct stat facts;
    return stat(path, &facts) == 0 ? (int64_t)facts.st_size : -1;
}

static void change_byte(const fixture *fix, const char *name, int64_t at) {
    char path[256];
    path_in(fix, name, path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    unsigned char byte = 0;
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= 0x10U;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    assert_int_equal(close(fd), 0);
}

static void cut(const fixture *fix, const char *name, int64_t size) {
    char path[256];
    path_in(fix, name, path);
    assert_int_equal(truncate(path, (off_t)size), 0);
}

static void delete_file(const fixture *fix, const char *name) {
    char path[256];
    path_in(fix, name, path);
    assert_int_equal(unlink(path), 0);
}

static void write_mark(const fixture *fix, const char *text) {
    char path[256];
    path_in(fix, "outbox.mark", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Refused, twice, and nothing of it was touched. */
static void expect_kept(const fixture *fix, const char *words) {
    int64_t database = size_of(fix, "outbox.db");
    int64_t log = size_of(fix, "outbox.db-wal");
    expect_refusal(fix, JIRASEND_E_REFUSED, words);
    expect_refusal(fix, JIRASEND_E_REFUSED, "Its files were kept");
    expect_refusal(fix, JIRASEND_E_REFUSED, fix->folder);
    assert_int_equal(size_of(fix, "outbox.db"), database);
    int64_t log_now = size_of(fix, "outbox.db-wal");
    assert_true(log_now == log || (log <= 0 && log_now <= 0)); /* an empty one says nothing */
}

static void crash_loses_nothing(void **state) {
    fixture *fix = *state;
    put_and_crash(fix, 5);
    assert_true(size_of(fix, "outbox.db-wal") > 0);
    open_outbox(fix);
    expect_counts(fix->outbox, 5, 0, 0, 0);
    assert_string_equal(batch_ids(fix->outbox, &builds, NOW), "1 2 3 4 5");
}

static void flipped_bit_in_the_log(void **state) {
    fixture *fix = *state;
    put_and_crash(fix, 5);
    change_byte(fix, "outbox.db-wal", size_of(fix, "outbox.db-wal") - 100);
    expect_kept(fix, "events that were committed to it are gone");
}

static void database_is_gone(void **state) {
    fixture *fix = *state;
    put_and_crash(fix, 2);
    delete_file(fix, "outbox.db");
    expect_kept(fix, "its database is gone, the write-ahead log is there");
    assert_int_equal(size_of(fix, "outbox.db"), -1);
    delete_file(fix, "outbox.db-wal");
    expect_kept(fix, "its database is gone");
    assert_int_equal(size_of(fix, "outbox.db"), -1);
}

static void database_is_empty(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    close_outbox(fix);
    cut(fix, "outbox.db", 0);
    expect_kept(fix, "its database is gone");
}

static void database_is_cut(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_many(fix->outbox, 500);
    close_outbox(fix);
    cut(fix, "outbox.db", size_of(fix, "outbox.db") / 2);
    expect_kept(fix, "is damaged");
}

static void database_is_none(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    close_outbox(fix);
    change_byte(fix, "outbox.db", 3);
    expect_kept(fix, "not a database");
}

static void foreign_database(void **state) {
    fixture *fix = *state;
    assert_int_equal(mkdir(fix->folder, 0700), 0);
    run_sql(fix, "CREATE TABLE cookies (name TEXT)");
    expect_kept(fix, "no such table: meta");
}

static void mark_above_the_last_id(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    close_outbox(fix);
    write_mark(fix, "0000000000000000002\n");
    expect_kept(fix, "events that were committed to it are gone");
    write_mark(fix, "0000000000000000001\n");
    open_outbox(fix);
    put_build(fix->outbox, 2);
    put_build(fix->outbox, 3);
    close_outbox(fix);
    char path[256];
    char text[64] = "";
    path_in(fix, "outbox.mark", path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "0000000000000000003\n");
}

static void unreadable_mark_is_no_damage(void **state) {
    fixture *fix = *state;
    static const char *const texts[] = {"", "7", "garbage garbage gar\n", "99999999999999999999",
                                        "9999999999999999999\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        open_outbox(fix);
        put_build(fix->outbox, 1);
        close_outbox(fix);
        write_mark(fix, texts[i]);
    }
    open_outbox(fix);
    expect_counts(fix->outbox, 5, 0, 0, 0);
}

static void damaged_rows_are_set_aside(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    for (int i = 1; i <= 9; i++) {
        put_build(fix->outbox, i);
    }
    put_build(fix->outbox, 2); /* 10: newer than the damaged 2 */
    put_build(fix->outbox, 9); /* 11: damaged, 9 goes for it */
    close_outbox(fix);
    run_sql(fix, "UPDATE document SET text = replace(text, 'APP-1', 'APP-3') WHERE id = 1;"
                 "UPDATE event SET sequence = sequence + 1 WHERE id = 3;"
                 "DELETE FROM document WHERE id = 4;"
                 "UPDATE stream SET number = 77 WHERE number = 5;"
                 "UPDATE event SET stream = 4711 WHERE id = 6;"
                 "UPDATE document SET sum = sum + 1 WHERE id IN (2, 11);"
                 "UPDATE document SET text = 'null' WHERE id = 7;");
    open_outbox(fix);
    assert_string_equal(batch_ids(fix->outbox, &builds, NOW), "10 8 9");
    static const int64_t damaged[] = {1, 3, 4, 5, 6, 7, 11};
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        if (strstr(fate(fix->outbox, damaged[i]), "rejected: Its stored document is damaged") ==
            NULL) {
            fail_msg("%" PRId64 " %s", damaged[i], fate(fix->outbox, damaged[i]));
        }
    }
    expect_counts(fix->outbox, 4, 0, 7, 0);
    settle_as(fix->outbox, &builds, 10, JS_STATUS_ACCEPTED);
    assert_non_null(strstr(fate(fix->outbox, 2), "superseded"));
}

static void newer_version_that_we_cannot_read(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    close_outbox(fix);
    run_sql(fix, "UPDATE meta SET value = 9 WHERE name IN ('schema', 'readable_from');"
                 "UPDATE meta SET value = '9.1.0' WHERE name = 'written_by';"
                 "UPDATE meta SET value = '9.0.0' WHERE name = 'readable_from_release';");
    expect_refusal(fix, JIRASEND_E_REFUSED, "written by the newer jirasend 9.1.0");
    expect_refusal(fix, JIRASEND_E_REFUSED, "at least jirasend 9.0.0");
}

static void newer_version_that_we_can_read(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    put_build(fix->outbox, 2);
    close_outbox(fix);
    run_sql(fix, "UPDATE meta SET value = 9 WHERE name = 'schema';"
                 "ALTER TABLE event ADD COLUMN mood TEXT DEFAULT 'good';"
                 "CREATE TABLE later (id INTEGER PRIMARY KEY);"
                 "UPDATE event SET format = 4 WHERE id = 1;"
                 "INSERT INTO lane (site, kind, waiting) VALUES ('acme.atlassian.net', 9, 1);"
                 "INSERT INTO event (lane, stream, sequence, format, gated, bytes, issue_keys,"
                 " status, open, created_ms, queued_ms) SELECT id, 0, 1, 1, 0, 1, '', 0, 1, 0, 0"
                 " FROM lane WHERE kind = 9;"
                 "UPDATE tally SET waiting = waiting + 1;");
    open_outbox(fix);
    put_build(fix->outbox, 3);
    /* A newer document and an event of an unknown kind are left alone. */
    assert_string_equal(batch_ids(fix->outbox, &builds, NOW), "2 4");
    js_lane_view *views = NULL;
    size_t count = 0;
    assert_int_equal(fix->outbox->ops->lanes(fix->outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    free(views);
    assert_int_equal(fix->outbox->ops->tidy(fix->outbox, NOW, NULL), JIRASEND_OK);
    assert_int_equal(fix->outbox->ops->tidy(fix->outbox, NOW + 31 * DAY_MS, NULL), JIRASEND_OK);
    expect_counts(fix->outbox, 2, 0, 2, 0);
    close_outbox(fix);
    run_sql(fix, "INSERT INTO later SELECT 1 / (count(*) = 1) FROM meta"
                 " WHERE name = 'schema' AND value = 9");
}

static void page_damage_is_said(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    put_many(fix->outbox, 2000);
    close_outbox(fix);
    char path[256];
    path_in(fix, "outbox.db", path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    static const char zeros[4096];
    for (off_t at = 40 * 4096; at < size_of(fix, "outbox.db"); at += 4096) {
        assert_int_equal(pwrite(fd, zeros, sizeof zeros, at), sizeof zeros);
    }
    assert_int_equal(close(fd), 0);
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_outbox *outbox = NULL;
    jirasend_code code = js_sqlite_open(&fix->options, &outbox, &error);
    if (code == JIRASEND_OK) {
        js_batch_limits limits = {100, 1 << 20, NOW, false, 0, false};
        js_batch batch;
        code = outbox->ops->next_batch(outbox, &builds, &limits, &batch, &error);
        outbox->ops->close(outbox);
    }
    assert_int_equal(code, JIRASEND_E_REFUSED);
    assert_non_null(strstr(error.message, "is damaged"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_closed, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(crash_loses_nothing),
        TEST(flipped_bit_in_the_log),
        TEST(database_is_gone),
        TEST(database_is_empty),
        TEST(database_is_cut),
        TEST(database_is_none),
        TEST(foreign_database),
        TEST(mark_above_the_last_id),
        TEST(unreadable_mark_is_no_damage),
        TEST(damaged_rows_are_set_aside),
        TEST(newer_version_that_we_cannot_read),
        TEST(newer_version_that_we_can_read),
        TEST(page_damage_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
