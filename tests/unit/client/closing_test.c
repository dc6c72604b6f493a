/* Closing while others are inside, while another process has the outbox, and in a forked child. */
#include "client/client_internal.h"
#include "outbox/sqlite/process_lock.h"

#include <jirasend/jirasend.h>
#include <pthread.h>
#include <setjmp.h>
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

enum { SITES = 6, THREADS = 4 };

typedef struct fixture {
    char folder[64];
    jirasend_client *client;
    pid_t holder; /* a process that has the outbox, until `line` is closed */
    int line[2];
} fixture;

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(long ms) {
    struct timespec time = {0, ms * 1000000L};
    (void)nanosleep(&time, NULL);
}

static jirasend_code submit(jirasend_client *client, int site) {
    char document[256];
    int length =
        snprintf(document, sizeof document,
                 "{\"kind\": \"build\", \"site\": \"http://127.0.0.1:%d\", \"pipelineId\": \"p\", "
                 "\"number\": 1, \"url\": \"https://ci.test/\", \"state\": \"failed\", "
                 "\"issueKeys\": [\"APP-1\"]}",
                 site + 1); /* nothing listens there */
    int64_t id = 0;
    return jirasend_client_submit(client, document, (size_t)length, NULL, &id, NULL);
}

/* In a process of its own that never had the outbox open: it writes, and does not end. */
static void hold(const char *folder, int report, int line) {
    char path[96];
    char byte = 0;
    sqlite3 *db = NULL;
    if (read(line, &byte, 1) != 1) {
        _exit(1);
    }
    (void)snprintf(path, sizeof path, "%s/outbox.db", folder);
    bool good = sqlite3_open(path, &db) == SQLITE_OK &&
                sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
                write(report, "x", 1) == 1;
    (void)!read(line, &byte, 1);
    _exit(good ? 0 : 1);
}

static int setup(void **state) {
    static fixture fix;
    fix = (fixture){.folder = "/tmp/jirasend-test-XXXXXX"};
    assert_non_null(mkdtemp(fix.folder));
    int report[2];
    assert_int_equal(pipe(report), 0);
    assert_int_equal(pipe(fix.line), 0);
    fix.holder = fork();
    assert_true(fix.holder >= 0);
    if (fix.holder == 0) {
        (void)close(fix.line[1]);
        hold(fix.folder, report[1], fix.line[0]);
    }
    assert_int_equal(close(fix.line[0]), 0);
    fix.line[0] = report[0];
    assert_int_equal(close(report[1]), 0);
    jirasend_config *config = jirasend_config_new();
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(jirasend_config_set_outbox(config, fix.folder, &error), JIRASEND_OK);
    if (jirasend_client_open(config, &fix.client, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    jirasend_config_free(config);
    *state = &fix;
    return 0;
}

static void begin_holding(const fixture *fix) {
    char byte = 'x';
    assert_int_equal(write(fix->line[1], &byte, 1), 1);
    assert_int_equal(read(fix->line[0], &byte, 1), 1);
}

static int teardown(void **state) {
    fixture *fix = *state;
    (void)close(fix->line[1]);
    (void)close(fix->line[0]);
    (void)waitpid(fix->holder, NULL, 0);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", fix->folder);
    return system(command);
}

static void *submit_once(void *argument) {
    return (void *)(intptr_t)submit(argument, 0);
}

/* They began before it, so the client is still there when they end. */
static void calls_inside_end_first(void **state) {
    const fixture *fix = *state;
    begin_holding(fix);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, submit_once, fix->client), 0);
    }
    while (atomic_load(&fix->client->inside) < THREADS) {
        pause_ms(1);
    }
    int64_t begun = now_ms();
    jirasend_client_close(fix->client, 100);
    assert_true(now_ms() - begun < 8000); /* the busy limit alone is 10 s */
    for (int i = 0; i < THREADS; i++) {
        void *code = NULL;
        assert_int_equal(pthread_join(threads[i], &code), 0);
        /* CLOSED: it was counted, but had not yet looked whether closing has begun. */
        assert_true((intptr_t)code == JIRASEND_E_REFUSED || (intptr_t)code == JIRASEND_E_CLOSED);
    }
}

/* Each lane would wait ten seconds for the outbox. */
static void deadline_holds_whoever_has_the_outbox(void **state) {
    const fixture *fix = *state;
    for (int i = 0; i < SITES; i++) {
        assert_int_equal(submit(fix->client, i), JIRASEND_OK);
    }
    begin_holding(fix);
    jirasend_site site = JIRASEND_SITE_INIT;
    site.client_id = "id";
    site.secret = "secret";
    site.secret_length = 6;
    site.cloud_id = "c";
    assert_int_equal(jirasend_client_put_site(fix->client, &site, NULL), JIRASEND_OK);
    pause_ms(300); /* the lanes begin; whether they do or not, closing must be in time */
    int64_t begun = now_ms();
    jirasend_client_close(fix->client, 100);
    assert_true(now_ms() - begun < 8000);
}

static void forked_child_closes_nothing(void **state) {
    const fixture *fix = *state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)alarm(30);
        jirasend_client_close(fix->client, 0);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(js_presence_elsewhere(fix->folder)); /* the lock is shared with the child */
    assert_int_equal(submit(fix->client, 0), JIRASEND_OK);
    jirasend_client_close(fix->client, 0);
}

static void misuse_is_an_error(void **state) {
    const fixture *fix = *state;
    char *text = NULL;
    int64_t id = 1;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(jirasend_client_receipt(NULL, 1, &text, &error), JIRASEND_E_ARGUMENT);
    assert_non_null(strstr(error.message, "jirasend_client_open"));
    assert_int_equal(jirasend_outbox_flush(NULL, 1, &text, NULL), JIRASEND_E_ARGUMENT);
    jirasend_client_cancel_waits(NULL);
    jirasend_client_close(NULL, 0);
    assert_int_equal(jirasend_client_submit(fix->client, NULL, 5, NULL, &id, &error),
                     JIRASEND_E_DOCUMENT);
    assert_int_equal(id, 0);
    jirasend_document document = {"{}", 2, NULL};
    jirasend_submitted result = {.id = 0};
    assert_int_equal(jirasend_client_submit_many(fix->client, &document, sizeof document, 1, NULL,
                                                 &result, offsetof(jirasend_submitted, fresh) - 1,
                                                 &error),
                     JIRASEND_E_ARGUMENT);
    assert_non_null(strstr(error.message, "size"));
    assert_int_equal(jirasend_client_submit_many(fix->client, NULL, sizeof(jirasend_document), 0,
                                                 NULL, NULL, sizeof(jirasend_submitted), &error),
                     JIRASEND_OK);
    jirasend_client_close(fix->client, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(calls_inside_end_first),
        TEST(deadline_holds_whoever_has_the_outbox),
        TEST(forked_child_closes_nothing),
        TEST(misuse_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
