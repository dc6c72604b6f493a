/* One host at a time: the stamp, and what becomes of the lock of a process that was killed. */
#include "outbox_support.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
        TEST(the_child_of_a_killed_owner_keeps_no_lane),
        TEST(a_log_that_was_deleted_is_noticed_before_a_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
