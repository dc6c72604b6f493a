/* Threads that put at the same time share syncs, and a failing disk. */
#include "outbox_support.h"
#include "shim_vfs.h"

#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 64, PUTS = 32 };

typedef struct writer {
    js_outbox *outbox;
    const js_put *puts; /* made before: the threads do nothing but put */
    int64_t ids[PUTS];
    jirasend_code codes[PUTS];
    pthread_t thread;
} writer;

static void *write_all(void *argument) {
    writer *self = argument;
    for (int i = 0; i < PUTS; i++) {
        js_put_result result;
        jirasend_error error = JIRASEND_ERROR_INIT;
        self->codes[i] =
            self->outbox->ops->put(self->outbox, &self->puts[i], 1, NOW, &result, &error);
        self->ids[i] = result.id;
        (void)self->outbox->ops->version(self->outbox);
        if (self->codes[i] != error.code) {
            self->codes[i] = JIRASEND_E_INTERNAL;
        }
    }
    return NULL;
}

static const char document[] =
    "{\"kind\":\"build\",\"pipelineId\":\"a\",\"number\":1,\"url\":\"https://x.example/1\","
    "\"state\":\"failed\",\"issueKeys\":[\"APP-1\"]}";

static void run_threads(js_outbox *outbox, writer *writers) {
    js_event event;
    test_event_read(&event, document);
    js_event *events = calloc((size_t)THREADS * PUTS, sizeof *events);
    js_put *puts = calloc((size_t)THREADS * PUTS, sizeof *puts);
    for (int i = 0; i < THREADS * PUTS; i++) {
        events[i] = event;
        events[i].of.run.number = i + 1;
        puts[i] = (js_put){.event = &events[i], .document = document, .length = strlen(document)};
    }
    for (int i = 0; i < THREADS; i++) {
        writers[i].outbox = outbox;
        writers[i].puts = puts + (ptrdiff_t)i * PUTS;
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_all, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
    }
    free(puts);
    free(events);
    js_event_clear(&event);
}

static int setup_shim(void **state) {
    shim_fail(-1, SQLITE_OK);
    atomic_store(&shim.sync_ms, 0);
    (void)setup_closed(state);
    fixture *fix = *state;
    fix->options.vfs = SHIM_VFS;
    open_outbox(fix);
    return 0;
}

static int teardown_shim(void **state) {
    shim_fail(-1, SQLITE_OK);
    return teardown(state);
}

static void many_puts_share_a_sync(void **state) {
    fixture *fix = *state;
    writer *writers = calloc(THREADS, sizeof *writers);
    atomic_store(&shim.sync_ms, 3); /* as a good disk */
    atomic_store(&shim.syncs, 0);
    run_threads(fix->outbox, writers);
    int syncs = atomic_load(&shim.syncs);
    atomic_store(&shim.sync_ms, 0);
    char *seen = calloc(THREADS * PUTS + 1, 1);
    for (int i = 0; i < THREADS; i++) {
        for (int k = 0; k < PUTS; k++) {
            assert_int_equal(writers[i].codes[k], JIRASEND_OK);
            assert_in_range(writers[i].ids[k], 1, THREADS * PUTS);
            assert_int_equal(seen[writers[i].ids[k]]++, 0);
            assert_true(k == 0 || writers[i].ids[k] > writers[i].ids[k - 1]);
        }
    }
    free(seen);
    free(writers);
    print_message("%d puts, %d syncs\n", THREADS * PUTS, syncs);
    assert_true(syncs > 0);
    assert_true(syncs * 16 <= THREADS * PUTS);
    reopen(fix);
    expect_counts(fix->outbox, THREADS * PUTS, 0, 0, 0);
}

static void one_put_is_one_sync(void **state) {
    fixture *fix = *state;
    put_build(fix->outbox, 1);
    for (int i = 2; i < 10; i++) {
        int before = atomic_load(&shim.syncs);
        put_build(fix->outbox, i);
        assert_int_equal(atomic_load(&shim.syncs), before + 1);
    }
    int before = atomic_load(&shim.syncs);
    int64_t fence = claim(fix->outbox, &builds); /* taking a lane costs none */
    (void)batch_ids(fix->outbox, &builds, NOW);
    fix->outbox->ops->release(fix->outbox, &builds, fence, false);
    assert_int_equal(atomic_load(&shim.syncs), before);
}

static void failing_disk_fails_all_and_keeps_nothing(void **state) {
    fixture *fix = *state;
    put_build(fix->outbox, 1000000);
    writer *writers = calloc(THREADS, sizeof *writers);
    shim_fail(200, SQLITE_IOERR_WRITE);
    run_threads(fix->outbox, writers);
    shim_fail(-1, SQLITE_OK);
    int taken = 0;
    for (int i = 0; i < THREADS; i++) {
        for (int k = 0; k < PUTS; k++) {
            bool good = writers[i].codes[k] == JIRASEND_OK;
            assert_true(good || writers[i].codes[k] == JIRASEND_E_STORAGE);
            assert_true(good == (writers[i].ids[k] > 0));
            taken += good ? 1 : 0;
        }
    }
    assert_true(taken < THREADS * PUTS);
    free(writers);
    expect_counts(fix->outbox, taken + 1, 0, 0, 0);
    put_build(fix->outbox, 1000001); /* the disk is well again */
    reopen(fix);
    expect_counts(fix->outbox, taken + 2, 0, 0, 0);
}

/* Whatever write or sync fails: an error, and afterwards all or nothing is there. */
static void any_write_may_fail(void **state) {
    fixture *fix = *state;
    static const int codes[] = {SQLITE_FULL, SQLITE_IOERR_WRITE};
    int64_t waiting = 0;
    for (int i = 0; i < 40; i++) {
        js_event event;
        test_event_read(&event, document);
        event.of.run.number = i + 1;
        js_put item = {.event = &event, .document = document, .length = strlen(document)};
        js_put_result result;
        jirasend_error error = JIRASEND_ERROR_INIT;
        shim_fail(i % 20, codes[i / 20]);
        jirasend_code code = fix->outbox->ops->put(fix->outbox, &item, 1, NOW, &result, &error);
        shim_fail(-1, SQLITE_OK);
        js_event_clear(&event);
        assert_true(code == JIRASEND_OK || code == JIRASEND_E_STORAGE);
        assert_int_equal(result.code, code);
        assert_true(code == JIRASEND_OK || strstr(error.message, fix->folder) != NULL);
        waiting += code == JIRASEND_OK ? 1 : 0;
        expect_counts(fix->outbox, waiting, 0, 0, 0);
    }
    assert_true(waiting < 40);
    reopen(fix);
    expect_counts(fix->outbox, waiting, 0, 0, 0);
}

/* An id that was rolled back goes to another event, which is the one that is sent. */
static void what_was_rolled_back_is_not_sent(void **state) {
    fixture *fix = *state;
    put_build(fix->outbox, 1);
    js_event event;
    test_event_read(&event, document);
    js_put item = {&event, document, strlen(document), NULL, .may_keep = true};
    js_put_result result;
    shim_fail(0, SQLITE_FULL);
    assert_int_equal(fix->outbox->ops->put(fix->outbox, &item, 1, NOW, &result, NULL),
                     JIRASEND_E_STORAGE);
    shim_fail(-1, SQLITE_OK);
    assert_string_equal(event.of.run.pipeline_id, "a"); /* and stays with its owner */
    js_event_clear(&event);
    int64_t id = put_build(fix->outbox, 2);
    js_batch_limits limits = {.max_events = 10, .max_bytes = INT64_MAX, .now_ms = NOW};
    js_batch batch;
    assert_int_equal(fix->outbox->ops->next_batch(fix->outbox, &builds, &limits, &batch, NULL),
                     JIRASEND_OK);
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.items[1].id, id);
    assert_int_equal(batch.items[1].event.of.run.number, 2);
    js_batch_clear(&batch);
}

/* Jira's yes waits for no disk; what stops a lane, or ends an event, does. */
static void only_good_news_may_be_lost(void **state) {
    fixture *fix = *state;
    for (int i = 1; i <= 4; i++) {
        put_build(fix->outbox, i);
    }
    int before = atomic_load(&shim.syncs);
    settle_as(fix->outbox, &builds, 1, JS_STATUS_ACCEPTED);
    assert_int_equal(atomic_load(&shim.syncs), before);
    settle_as(fix->outbox, &builds, 2, JS_STATUS_REJECTED);
    assert_int_equal(atomic_load(&shim.syncs), before + 1);
    int64_t fence = claim(fix->outbox, &builds);
    js_outcome yes = {.id = 3, .status = JS_STATUS_ACCEPTED, .sent = true};
    js_stop pause = {.rate_until_ms = NOW + 60000};
    assert_int_equal(
        fix->outbox->ops->settle(fix->outbox, &builds, fence, &yes, 1, &pause, NULL, NOW, NULL),
        JIRASEND_OK);
    assert_int_equal(atomic_load(&shim.syncs), before + 2);
    fix->outbox->ops->release(fix->outbox, &builds, fence, false);
    put_build(fix->outbox, 5); /* and takes what came before it along */
    assert_int_equal(atomic_load(&shim.syncs), before + 3);
}

int main(void) {
    shim_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_puts_share_a_sync, setup_shim, teardown_shim),
        cmocka_unit_test_setup_teardown(one_put_is_one_sync, setup_shim, teardown_shim),
        cmocka_unit_test_setup_teardown(failing_disk_fails_all_and_keeps_nothing, setup_shim,
                                        teardown_shim),
        cmocka_unit_test_setup_teardown(any_write_may_fail, setup_shim, teardown_shim),
        cmocka_unit_test_setup_teardown(what_was_rolled_back_is_not_sent, setup_shim,
                                        teardown_shim),
        cmocka_unit_test_setup_teardown(only_good_news_may_be_lost, setup_shim, teardown_shim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
