/* One host at a time: the stamp, and what becomes of the lock of a process that was killed. */
#include "outbox_support.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void stamp(fixture *fix, const char *text) {
    char path[256];
    path_in(fix, "outbox.open", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void another_host_that_is_alive_is_refused(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    close_outbox(fix);
    fix->options.exclusive_host = true;
    fix->options.host = "boot-a one.example";
    stamp(fix, "boot-b two.example\n");
    expect_refusal(fix, JIRASEND_E_REFUSED, "two.example");
    stamp(fix, "boot-a one.example\n"); /* ourselves */
    reopen(fix);
    close_outbox(fix); /* and a clean close takes the stamp away */
    fix->options.host = "boot-b two.example";
    open_outbox(fix);
    put_build(fix->outbox, 1);
}

static void set_age(fixture *fix, int seconds) {
    char path[256];
    struct timespec times[2];
    path_in(fix, "outbox.open", path);
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &times[0]), 0);
    times[0].tv_sec -= seconds;
    times[1] = times[0];
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void expect_stamp(const fixture *fix, const char *text) {
    char path[256];
    char found[200] = "";
    path_in(fix, "outbox.open", path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    (void)!fread(found, 1, sizeof found - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(found, text);
}

/* Opened once by host "boot-a one.example", which keeps the stamp; closed. */
static void make_exclusive(fixture *fix) {
    fix->options.exclusive_host = true;
    fix->options.host = "boot-a one.example";
    open_outbox(fix);
    close_outbox(fix);
}

static void a_stamp_of_another_host_lives_for_60_seconds(void **state) {
    fixture *fix = *state;
    make_exclusive(fix);
    stamp(fix, "boot-b two.example\n");
    set_age(fix, 50);
    expect_refusal(fix, JIRASEND_E_REFUSED, "two.example");
    expect_stamp(fix, "boot-b two.example\n");
    set_age(fix, 61);
    open_outbox(fix);
    expect_stamp(fix, "boot-a one.example\n");
}

static void the_reason_is_told_beside_the_sentence(void **state) {
    fixture *fix = *state;
    make_exclusive(fix);
    stamp(fix, "boot-b two.example\n");
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_outbox *outbox = NULL;
    assert_int_equal(js_sqlite_open(&fix->options, &outbox, &error), JIRASEND_E_REFUSED);
    assert_int_equal(error.reason, JIRASEND_REASON_OTHER_HOST);
}

static void opening_waits_for_the_other_host_to_close(void **state) {
    fixture *fix = *state;
    make_exclusive(fix);
    stamp(fix, "boot-b two.example\n");
    pid_t other = fork();
    if (other == 0) {
        (void)usleep(300000);
        stamp(fix, "");
        _exit(0);
    }
    fix->options.host_wait_ms = 20000;
    open_outbox(fix);
    assert_int_equal(waitpid(other, NULL, 0), other);
    expect_stamp(fix, "boot-a one.example\n");
}

static void a_local_disk_costs_no_stamp(void **state) {
    fixture *fix = *state;
    open_outbox(fix);
    expect_stamp(fix, "");
}

static void whoever_is_ousted_promises_nothing_more(void **state) {
    fixture *fix = *state;
    make_exclusive(fix);
    open_outbox(fix);
    put_build(fix->outbox, 1);
    stamp(fix, "boot-b two.example\n"); /* we were still for over a minute */
    js_stop stop = {0};
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(fix->outbox->ops->stop_put(fix->outbox, &builds, &stop, &error),
                     JIRASEND_E_REFUSED);
    assert_int_equal(error.reason, JIRASEND_REASON_OTHER_HOST);
    stamp(fix, ""); /* the other has gone again, and what it wrote is unknown here */
    assert_int_equal(fix->outbox->ops->stop_put(fix->outbox, &builds, &stop, &error),
                     JIRASEND_E_REFUSED);
    stamp(fix, "boot-b two.example\n");
    close_outbox(fix);
    expect_stamp(fix, "boot-b two.example\n"); /* it is not ours to take away */
}

static void a_clean_close_takes_the_stamp_away(void **state) {
    fixture *fix = *state;
    make_exclusive(fix);
    open_outbox(fix);
    expect_stamp(fix, "boot-a one.example\n");
    close_outbox(fix);
    expect_stamp(fix, "");
}

static void the_child_of_a_killed_owner_keeps_no_lane(void **state) {
    fixture *fix = *state;
    int line[2];
    assert_int_equal(pipe(line), 0);
    pid_t owner = fork();
    if (owner == 0) {
        open_outbox(fix);
        put_build(fix->outbox, 1);
        (void)claim(fix->outbox, &builds);
        pid_t child = fork(); /* has the open file, and with it the lock */
        if (child == 0) {
            sleep(20);
            _exit(0);
        }
        (void)!write(line[1], &child, sizeof child);
        sleep(20);
        _exit(0);
    }
    pid_t child = 0;
    assert_int_equal(read(line[0], &child, sizeof child), sizeof child);
    assert_int_equal(kill(owner, SIGKILL), 0);
    assert_int_equal(waitpid(owner, NULL, 0), owner);
    open_outbox(fix);
    (void)claim(fix->outbox, &builds);
    assert_string_equal(batch_ids(fix->outbox, &builds, NOW), "1");
    (void)kill(child, SIGKILL);
}

static void a_log_that_was_deleted_is_noticed_before_a_promise(void **state) {
    fixture *fix = *state;
    char log[256];
    path_in(fix, "outbox.db-wal", log);
    open_outbox(fix);
    put_build(fix->outbox, 1);
    assert_int_equal(unlink(log), 0);
    js_stop stop = {0};
    assert_int_equal(fix->outbox->ops->stop_put(fix->outbox, &builds, &stop, NULL),
                     JIRASEND_E_STORAGE);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_closed, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(another_host_that_is_alive_is_refused),
        TEST(a_stamp_of_another_host_lives_for_60_seconds),
        TEST(the_reason_is_told_beside_the_sentence),
        TEST(opening_waits_for_the_other_host_to_close),
        TEST(a_local_disk_costs_no_stamp),
        TEST(whoever_is_ousted_promises_nothing_more),
        TEST(a_clean_close_takes_the_stamp_away),
        TEST(the_child_of_a_killed_owner_keeps_no_lane),
        TEST(a_log_that_was_deleted_is_noticed_before_a_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
