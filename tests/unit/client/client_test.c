/* The public API over the real network on loopback: waits, receipts, many threads, closing. */
#include "tiny_jira.h"

#include <jirasend/jirasend.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static tiny_jira jira;

static int open_jira(void **state) {
    (void)state;
    tiny_jira_open(&jira);
    return 0;
}

static int close_jira(void **state) {
    (void)state;
    tiny_jira_close(&jira);
    return 0;
}

static jirasend_client *open_client(const char *outbox, int paused) {
    jirasend_config *config = jirasend_config_new();
    jirasend_client *client = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(jirasend_config_set_api_url(config, jira.url, &error), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_default_site(config, jira.url, &error), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_outbox(config, outbox, &error), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_paused(config, paused, &error), JIRASEND_OK);
    if (jirasend_client_open(config, &client, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    jirasend_config_free(config);
    return client;
}

static void login(jirasend_client *client) {
    jirasend_site site = JIRASEND_SITE_INIT;
    site.client_id = "id";
    site.secret = "secret";
    site.secret_length = 6;
    assert_int_equal(jirasend_client_put_site(client, &site, NULL), JIRASEND_OK);
}

static int64_t submit(jirasend_client *client, int number) {
    char document[256];
    int length =
        snprintf(document, sizeof document,
                 "{\"kind\": \"build\", \"pipelineId\": \"p\", \"number\": %d, \"url\": "
                 "\"https://ci.test/\", \"state\": \"failed\", \"issueKeys\": [\"APP-1\"]}",
                 number);
    int64_t id = 0;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (jirasend_client_submit(client, document, (size_t)length, NULL, &id, &error) !=
        JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    return id;
}

static void expect_receipt(char *receipt, const char *part) {
    assert_non_null(receipt);
    if (strstr(receipt, part) == NULL) {
        fail_msg("no %s in %s", part, receipt);
    }
    jirasend_free(receipt);
}

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void an_event_is_accepted_and_its_receipt_stays(void **state) {
    (void)state;
    jirasend_client *client = open_client(NULL, 0);
    login(client);
    int64_t id = submit(client, 1);
    char *receipt = NULL;
    assert_int_equal(jirasend_client_wait(client, id, 20000, &receipt, NULL), JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"accepted\"");
    assert_int_equal(jirasend_client_receipt(client, id, &receipt, NULL), JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"accepted\"");
    jirasend_client_close(client, 5000);
}

static void an_unknown_id_is_named(void **state) {
    (void)state;
    jirasend_client *client = open_client(NULL, 0);
    char *receipt = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(jirasend_client_wait(client, 4711, 0, &receipt, &error), JIRASEND_E_NOT_FOUND);
    assert_non_null(strstr(error.message, "4711"));
    jirasend_client_close(client, 5000);
}

static void a_bad_document_is_refused_and_the_others_are_taken(void **state) {
    (void)state;
    jirasend_client *client = open_client(NULL, 1);
    static const char good[] =
        "{\"kind\": \"build\", \"pipelineId\": \"p\", \"number\": 1, \"url\": "
        "\"https://ci.test/\", \"state\": \"failed\"}";
    static const char bad[] = "{\"kind\": \"build\", \"nuber\": 1}";
    jirasend_document documents[] = {{good, strlen(good), NULL}, {bad, strlen(bad), NULL}};
    jirasend_submitted results[2] = {{.id = 0}};
    assert_int_equal(jirasend_client_submit_many(client, documents, sizeof(jirasend_document), 2,
                                                 NULL, results, sizeof(jirasend_submitted), NULL),
                     JIRASEND_OK);
    assert_int_equal(results[0].code, JIRASEND_OK);
    assert_int_equal(results[1].code, JIRASEND_E_DOCUMENT);
    assert_non_null(strstr(results[1].message, "nuber"));
    char *receipt = NULL;
    assert_int_equal(jirasend_client_wait(client, results[0].id, 1000, &receipt, NULL),
                     JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"skipped\""); /* it has no key */
    jirasend_client_close(client, 5000);
}

/* However quick Jira is. */
static void what_is_committed_is_told_as_of_its_commit(void **state) {
    (void)state;
#define DOCUMENT(more)                                                                             \
    "{\"kind\": \"build\", \"pipelineId\": \"p\", \"number\": 1, \"url\": "                        \
    "\"https://ci.test/\", " more "\"state\": \"failed\"}"
    static const char *const texts[] = {
        DOCUMENT("\"issueKeys\": [\"APP-1\"], \"requestId\": \"r\", "),
        DOCUMENT("\"issueKeys\": [\"APP-1\"], \"requestId\": \"r\", "), DOCUMENT("\"nuber\": 1, "),
        DOCUMENT("")};
#undef DOCUMENT
    jirasend_client *client = open_client(NULL, 0);
    login(client);
    jirasend_document documents[4];
    jirasend_submitted results[4];
    char *receipts[4];
    for (size_t i = 0; i < 4; i++) {
        documents[i] = (jirasend_document){texts[i], strlen(texts[i]), NULL};
        receipts[i] = (char *)texts[0];
    }
    assert_int_equal(jirasend_client_submit_told(client, documents, sizeof documents[0], 4, NULL,
                                                 results, sizeof results[0], receipts, NULL),
                     JIRASEND_OK);
    assert_non_null(strstr(receipts[0], "\"requestId\":\"r\""));
    assert_non_null(strstr(receipts[0], "\"issueKeys\":[\"APP-1\"]"));
    expect_receipt(receipts[0], "\"status\":\"queued\"");
    assert_int_equal(results[1].id, results[0].id);
    assert_null(receipts[1]); /* it was committed before */
    assert_null(receipts[2]); /* it was refused */
    expect_receipt(receipts[3], "\"status\":\"skipped\"");
    jirasend_submit_options bad = JIRASEND_SUBMIT_OPTIONS_INIT;
    bad.origin = "";
    assert_int_equal(jirasend_client_submit_told(client, documents, sizeof documents[0], 4, &bad,
                                                 results, sizeof results[0], receipts, NULL),
                     JIRASEND_E_ARGUMENT);
    assert_null(receipts[0]);
    jirasend_client_close(client, 5000);
}

static void who_cannot_be_served_is_told_at_once(void **state) {
    (void)state;
    char *receipt = NULL;
    int64_t begun = now_ms();
    jirasend_client *client = open_client(NULL, 0); /* no credentials */
    assert_int_equal(jirasend_client_wait(client, submit(client, 1), 60000, &receipt, NULL),
                     JIRASEND_OK);
    expect_receipt(receipt, "no credentials");
    jirasend_client_close(client, 5000);

    client = open_client(NULL, 1); /* paused */
    login(client);
    assert_int_equal(jirasend_client_wait(client, submit(client, 1), 60000, &receipt, NULL),
                     JIRASEND_OK);
    expect_receipt(receipt, "paused");
    assert_int_equal(atomic_load(&jira.tokens), 0);
    jirasend_client_close(client, 5000);

    atomic_store(&jira.bulk_status, 403); /* held */
    client = open_client(NULL, 0);
    login(client);
    assert_int_equal(jirasend_client_wait(client, submit(client, 1), 60000, &receipt, NULL),
                     JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"held\"");
    jirasend_client_close(client, 5000);
    assert_true(now_ms() - begun < 60000); /* none of the three sat its minute out */
}

static void *wait_long(void *argument) {
    jirasend_client *client = argument;
    char *receipt = NULL;
    jirasend_code code = jirasend_client_wait(client, 1, 600000, &receipt, NULL);
    jirasend_free(receipt);
    return (void *)(intptr_t)code;
}

static void waits_can_be_cancelled_and_end_with_the_client(void **state) {
    (void)state;
    atomic_store(&jira.silent, true);
    jirasend_client *client = open_client(NULL, 0);
    login(client);
    (void)submit(client, 1);
    for (int round = 0; round < 2; round++) {
        pthread_t waiter;
        void *code = NULL;
        assert_int_equal(pthread_create(&waiter, NULL, wait_long, client), 0);
        struct timespec moment = {0, 50000000};
        (void)nanosleep(&moment, NULL);
        if (round == 0) {
            /* It may not have begun to wait yet: cancel until it is gone. */
            while (pthread_tryjoin_np(waiter, &code) != 0) {
                jirasend_client_cancel_waits(client);
                (void)nanosleep(&moment, NULL);
            }
        } else {
            jirasend_client_close(client, 200);
            assert_int_equal(pthread_join(waiter, &code), 0);
        }
        assert_int_equal((intptr_t)code, JIRASEND_E_CLOSED);
    }
}

static void closing_does_not_wait_for_a_jira_that_does_not_answer(void **state) {
    (void)state;
    atomic_store(&jira.silent, true);
    jirasend_client *client = open_client(NULL, 0);
    login(client);
    (void)submit(client, 1);
    while (atomic_load(&jira.bulks) == 0) {
        struct timespec moment = {0, 1000000};
        (void)nanosleep(&moment, NULL);
    }
    int64_t begun = now_ms();
    jirasend_client_close(client, 300);
    assert_true(now_ms() - begun < 20000); /* the request alone would take 30 s */
}

static void *speak_after_a_while(void *argument) {
    struct timespec moment = {0, 300000000};
    (void)nanosleep(&moment, NULL);
    atomic_store(&jira.silent, false);
    return argument;
}

static void closing_may_wait_for_ever(void **state) {
    (void)state;
    char folder[] = "/tmp/jirasend-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    atomic_store(&jira.silent, true);
    jirasend_client *client = open_client(folder, 0);
    login(client);
    int64_t id = submit(client, 1);
    while (atomic_load(&jira.bulks) == 0) {
        struct timespec moment = {0, 1000000};
        (void)nanosleep(&moment, NULL);
    }
    pthread_t speaker;
    assert_int_equal(pthread_create(&speaker, NULL, speak_after_a_while, NULL), 0);
    jirasend_client_close(client, INT64_MAX);
    assert_int_equal(pthread_join(speaker, NULL), 0);
    client = open_client(folder, 1);
    char *receipt = NULL;
    assert_int_equal(jirasend_client_receipt(client, id, &receipt, NULL), JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"accepted\"");
    jirasend_client_close(client, 0);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

enum { THREADS = 32, EACH = 20 };

static void *submit_some(void *argument) {
    jirasend_client *client = argument;
    static _Atomic int number;
    for (int i = 0; i < EACH; i++) {
        int64_t id = submit(client, ++number);
        char *receipt = NULL;
        if (jirasend_client_wait(client, id, 60000, &receipt, NULL) != JIRASEND_OK ||
            strstr(receipt, "accepted") == NULL) {
            jirasend_free(receipt);
            return (void *)1;
        }
        jirasend_free(receipt);
    }
    return NULL;
}

static void many_threads_one_token(void **state) {
    (void)state;
    jirasend_client *client = open_client(NULL, 0);
    login(client);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, submit_some, client), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(atomic_load(&jira.tokens), 1);
    assert_true(atomic_load(&jira.bulks) < THREADS * EACH);
    jirasend_client_close(client, 5000);
}

static _Atomic int fresh_ones;
static _Atomic int64_t the_id;

/* Each with a requestId of all, and with one of its own. */
static void *submit_the_same(void *argument) {
    static _Atomic int number = 1000;
    const int mine = ++number;
    char own[256];
    static const char same[] =
        "{\"kind\": \"build\", \"pipelineId\": \"p\", \"number\": 7, \"url\": "
        "\"https://ci.test/\", \"state\": \"failed\", \"requestId\": \"of all\"}";
    int length = snprintf(own, sizeof own,
                          "{\"kind\": \"build\", \"pipelineId\": \"q\", \"number\": %d, \"url\": "
                          "\"https://ci.test/\", \"state\": \"failed\", \"requestId\": \"%d\"}",
                          mine, mine);
    jirasend_document documents[] = {{same, strlen(same), NULL}, {own, (size_t)length, NULL}};
    jirasend_submitted results[2];
    if (jirasend_client_submit_many(argument, documents, sizeof documents[0], 2, NULL, results,
                                    sizeof results[0], NULL) != JIRASEND_OK ||
        results[0].code != JIRASEND_OK || results[1].fresh != 1) {
        return (void *)1;
    }
    fresh_ones += results[0].fresh;
    int64_t none = 0;
    bool first = atomic_compare_exchange_strong(&the_id, &none, results[0].id);
    return first || none == results[0].id ? NULL : (void *)1;
}

static void threads_that_commit_together_get_their_own_answers(void **state) {
    (void)state;
    char folder[] = "/tmp/jirasend-together-XXXXXX";
    assert_non_null(mkdtemp(folder));
    jirasend_client *client = open_client(folder, 1);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, submit_the_same, client), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(fresh_ones, 1);
    jirasend_client_close(client, 0);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void receipts_can_be_followed(void **state) {
    (void)state;
    jirasend_client *client = open_client(NULL, 0);
    login(client);
    int64_t cursor = 0;
    char *receipt = NULL;
    assert_int_equal(jirasend_client_next_receipt(client, &cursor, 0, &receipt, NULL),
                     JIRASEND_E_TIMEOUT);
    for (int i = 1; i <= 3; i++) {
        (void)submit(client, i);
    }
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(jirasend_client_next_receipt(client, &cursor, 20000, &receipt, NULL),
                         JIRASEND_OK);
        char id[32];
        (void)snprintf(id, sizeof id, "\"id\":%d,", i);
        expect_receipt(receipt, id);
    }
    assert_int_equal(jirasend_client_next_receipt(client, &cursor, 0, &receipt, NULL),
                     JIRASEND_E_TIMEOUT);
    jirasend_client_close(client, 5000);
}

static void a_cursor_outlives_its_client_and_its_outbox(void **state) {
    (void)state;
    int64_t cursor = 0;
    char *receipt = NULL;
    for (int round = 0; round < 2; round++) {
        jirasend_client *client =
            open_client(NULL, 0); /* a new outbox each time, with less in it */
        login(client);
        for (int i = 1; i <= 3 - round; i++) {
            assert_int_equal(jirasend_client_next_receipt(client, &cursor, 0, &receipt, NULL),
                             JIRASEND_E_TIMEOUT);
            (void)submit(client, i);
            assert_int_equal(jirasend_client_next_receipt(client, &cursor, 20000, &receipt, NULL),
                             JIRASEND_OK);
            expect_receipt(receipt, "accepted");
        }
        jirasend_client_close(client, 5000);
    }
}

static void what_was_not_sent_is_there_after_a_restart(void **state) {
    (void)state;
    char folder[] = "/tmp/jirasend-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    jirasend_client *client = open_client(folder, 1);
    int64_t id = submit(client, 1);
    jirasend_client_close(client, 5000);
    client = open_client(folder, 0);
    login(client);
    char *receipt = NULL;
    assert_int_equal(jirasend_client_wait(client, id, 20000, &receipt, NULL), JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"accepted\"");

    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_config *config = jirasend_config_new();
    jirasend_client *second = NULL;
    assert_int_equal(jirasend_config_set_outbox(config, folder, NULL), JIRASEND_OK);
    assert_int_equal(jirasend_client_open(config, &second, &error), JIRASEND_E_REFUSED);
    assert_null(second);
    jirasend_config_free(config);

    jirasend_client_close(client, 5000);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void check_and_gate(void **state) {
    (void)state;
    jirasend_client *client = open_client(NULL, 0);
    char *report = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(jirasend_client_check(client, NULL, 1000, &report, &error),
                     JIRASEND_E_ARGUMENT); /* no credentials */
    login(client);
    assert_int_equal(jirasend_client_check(client, NULL, 20000, &report, &error), JIRASEND_OK);
    expect_receipt(report, "\"value\":\"c\"");
    jirasend_gate_query query = JIRASEND_GATE_QUERY_INIT;
    query.pipeline_id = "p";
    query.environment_id = "e";
    query.number = 1;
    char *gate = NULL;
    assert_int_equal(jirasend_client_gate(client, &query, 20000, &gate, &error), JIRASEND_OK);
    expect_receipt(gate, "\"status\":\"unknown\"");
    jirasend_client_close(client, 5000);
}

static void unusable_credentials_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *id, *secret, *cloud_id, *api_url, *says;
    } rows[] = {
        {NULL, "s", NULL, NULL, "client id"},
        {"", "s", NULL, NULL, "client id is empty"},
        {"id", NULL, NULL, NULL, "secret"},
        {"id", "", NULL, NULL, "client secret is empty"},
        {"id", "line\nbreak", NULL, NULL, "client secret contains a control character"},
        {"i\xFF", "s", NULL, NULL, "client id is not valid UTF-8"},
        {"id", "s", "../x", NULL, "cloud id"},
        {"id", "s", NULL, "ftp://api.example", "ftp://api.example"},
    };
    jirasend_client *client = open_client(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        jirasend_site site = JIRASEND_SITE_INIT;
        jirasend_error error = JIRASEND_ERROR_INIT;
        site.client_id = rows[i].id;
        site.secret = rows[i].secret;
        site.secret_length = rows[i].secret == NULL ? 0 : strlen(rows[i].secret);
        site.cloud_id = rows[i].cloud_id;
        site.api_url = rows[i].api_url;
        assert_int_equal(jirasend_client_put_site(client, &site, &error), JIRASEND_E_ARGUMENT);
        if (strstr(error.message, rows[i].says) == NULL) {
            fail_msg("row %zu says: %s", i, error.message);
        }
    }
    assert_int_equal(jirasend_client_put_site(client, NULL, NULL), JIRASEND_E_ARGUMENT);
    jirasend_client_close(client, 5000);
}

static void without_its_credentials_a_site_gets_nothing(void **state) {
    (void)state;
    jirasend_client *client = open_client(NULL, 0);
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_site site = JIRASEND_SITE_INIT;
    site.site = jira.url;
    site.client_id = "id";
    site.secret = "secret";
    site.secret_length = 6;
    assert_int_equal(jirasend_client_put_site(client, &site, &error), JIRASEND_OK);
    assert_int_equal(jirasend_client_remove_site(client, jira.url, &error), JIRASEND_OK);
    assert_int_equal(jirasend_client_remove_site(client, jira.url, &error), JIRASEND_E_NOT_FOUND);
    assert_non_null(strstr(error.message, jira.url));
    assert_int_equal(jirasend_client_remove_site(client, "a b", &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_remove_site(client, NULL, &error), JIRASEND_E_NOT_FOUND);
    char *receipt = NULL;
    int64_t id = submit(client, 1);
    assert_int_equal(jirasend_client_wait(client, id, 20000, &receipt, NULL), JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"queued\"");
    assert_int_equal(jira.bulks, 0);
    assert_int_equal(jirasend_client_put_site(client, &site, &error), JIRASEND_OK);
    assert_int_equal(jirasend_client_wait(client, id, 20000, &receipt, NULL), JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"accepted\"");
    jirasend_client_close(client, 5000);
}

static void a_held_site_is_tried_again_when_asked_to(void **state) {
    (void)state;
    jirasend_client *client = open_client(NULL, 0);
    jirasend_error error = JIRASEND_ERROR_INIT;
    login(client);
    jira.bulk_status = 403;
    char *receipt = NULL;
    int64_t id = submit(client, 1);
    assert_int_equal(jirasend_client_wait(client, id, 20000, &receipt, NULL), JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"held\"");
    jira.bulk_status = 0;
    assert_int_equal(jirasend_outbox_retry_site(client, "a b", &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_outbox_retry_site(client, "other.example", &error), JIRASEND_OK);
    char *status = NULL;
    assert_int_equal(jirasend_outbox_status(client, &status, &error), JIRASEND_OK);
    expect_receipt(status, "\"held\":true");
    assert_int_equal(jirasend_outbox_retry_site(client, jira.url, &error), JIRASEND_OK);
    assert_int_equal(jirasend_client_wait(client, id, 20000, &receipt, NULL), JIRASEND_OK);
    expect_receipt(receipt, "\"status\":\"accepted\"");
    jirasend_client_close(client, 5000);
}

/* The pause is the outbox's: it outlives the client, and a retry of everything does not end it. */
static void a_paused_outbox_sends_nothing_until_it_may(void **state) {
    (void)state;
    char folder[] = "/tmp/jirasend-pause-XXXXXX";
    assert_non_null(mkdtemp(folder));
    jirasend_client *client = open_client(folder, 0);
    login(client);
    assert_int_equal(jirasend_outbox_pause(client, 1, NULL), JIRASEND_OK);
    int64_t id = submit(client, 1);
    jirasend_client_close(client, 5000);
    client = open_client(folder, 0);
    login(client);
    assert_int_equal(jirasend_outbox_retry(client, 0, NULL), JIRASEND_OK);
    char *text = NULL;
    assert_int_equal(jirasend_outbox_flush(client, 20000, &text, NULL), JIRASEND_OK);
    expect_receipt(text, "\"paused\":true");
    assert_int_equal(jirasend_client_wait(client, id, 20000, &text, NULL), JIRASEND_OK);
    expect_receipt(text, "Sending is paused");
    assert_int_equal(jirasend_client_metrics(client, &text, NULL), JIRASEND_OK);
    assert_null(strstr(text, "\"*\""));
    jirasend_free(text);
    assert_int_equal(jira.bulks, 0);
    assert_int_equal(jirasend_outbox_document(client, id, &text, NULL), JIRASEND_OK);
    expect_receipt(text, "\"pipelineId\":\"p\"");
    assert_int_equal(jirasend_outbox_pause(client, 0, NULL), JIRASEND_OK);
    assert_int_equal(jirasend_client_wait(client, id, 20000, &text, NULL), JIRASEND_OK);
    expect_receipt(text, "\"status\":\"accepted\"");
    assert_int_equal(jirasend_outbox_document(client, id, &text, NULL), JIRASEND_E_NOT_FOUND);
    assert_int_equal(jirasend_outbox_status(client, &text, NULL), JIRASEND_OK);
    expect_receipt(text, "\"paused\":false");
    jirasend_client_close(client, 5000);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void a_front_end_counts_in_the_outbox(void **state) {
    (void)state;
    jirasend_client *client = open_client(NULL, 0);
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    assert_int_equal(jirasend_client_count(client, "relay_x", &error), JIRASEND_OK);
    assert_int_equal(jirasend_client_count(client, "relay_x", &error), JIRASEND_OK);
    assert_int_equal(jirasend_client_count(client, "", &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_count(client, "A b", &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_client_metrics(client, &text, NULL), JIRASEND_OK);
    expect_receipt(text, "# TYPE jirasend_relay_x counter\njirasend_relay_x_total 2\n");
    assert_int_equal(jirasend_client_note_get(client, "x", &text, &error), JIRASEND_OK);
    assert_null(text);
    assert_int_equal(jirasend_client_note_put(client, "x", "1 2\n", &error), JIRASEND_OK);
    assert_int_equal(jirasend_client_note_get(client, "x", &text, &error), JIRASEND_OK);
    expect_receipt(text, "1 2\n");
    assert_int_equal(jirasend_client_note_put(client, "x", NULL, &error), JIRASEND_OK);
    assert_int_equal(jirasend_client_note_get(client, "x", &text, &error), JIRASEND_OK);
    assert_null(text);
    assert_int_equal(jirasend_client_note_put(client, "X", "", &error), JIRASEND_E_ARGUMENT);
    jirasend_client_close(client, 5000);
}

static void an_outbox_has_the_bounds_that_were_set(void **state) {
    (void)state;
    jirasend_config *config = jirasend_config_new();
    jirasend_client *client = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(jirasend_config_set_outbox_bounds(config, -1, 0, &error), JIRASEND_E_ARGUMENT);
    assert_int_equal(jirasend_config_set_outbox_bounds(config, 1, 0, &error), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_default_site(config, jira.url, &error), JIRASEND_OK);
    assert_int_equal(jirasend_client_open(config, &client, &error), JIRASEND_OK);
    jirasend_config_free(config);
    (void)submit(client, 1);
    static const char second[] =
        "{\"kind\": \"build\", \"pipelineId\": \"p\", \"number\": 2, \"url\": "
        "\"https://ci.test/\", \"state\": \"failed\", \"issueKeys\": [\"APP-1\"]}";
    int64_t id = 0;
    assert_int_equal(jirasend_client_submit(client, second, strlen(second), NULL, &id, &error),
                     JIRASEND_E_REFUSED);
    assert_non_null(strstr(error.message, "1 waiting events, the limit is 1"));
    jirasend_client_close(client, 5000);
}

static const char first_event[] =
    "{\"kind\": \"build\", \"pipelineId\": \"p\", \"number\": 1, \"url\": \"https://ci.test/\", "
    "\"state\": \"failed\", \"issueKeys\": [\"APP-1\"]}";

/* Opens for a document; null: it was refused. */
static jirasend_client *open_for(const char *outbox, int paused, const char *named,
                                 const char *document, jirasend_error *error) {
    jirasend_config *config = jirasend_config_new();
    jirasend_client *client = NULL;
    jirasend_site site = JIRASEND_SITE_INIT;
    jirasend_document first = {document, strlen(document), NULL};
    site.site = named;
    site.client_id = "id";
    site.secret = "secret";
    site.secret_length = 6;
    assert_int_equal(jirasend_config_set_api_url(config, jira.url, error), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_default_site(config, jira.url, error), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_outbox(config, outbox, error), JIRASEND_OK);
    assert_int_equal(jirasend_config_set_paused(config, paused, error), JIRASEND_OK);
    jirasend_code code = jirasend_client_open_for(config, &site, &first, &client, error);
    assert_int_equal(code == JIRASEND_OK, client != NULL);
    jirasend_config_free(config);
    return client;
}

static void wait_for_tokens(int count) {
    for (int64_t end_ms = now_ms() + 20000; atomic_load(&jira.tokens) < count;) {
        assert_true(now_ms() < end_ms);
        (void)nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
}

static void a_head_start_gets_the_token_and_nothing_else(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_client *client = open_for(NULL, 0, NULL, first_event, &error);
    wait_for_tokens(1); /* though nothing was submitted */
    assert_int_equal(atomic_load(&jira.bulks), 0);
    char *receipt = NULL;
    int64_t id = submit(client, 1);
    assert_int_equal(jirasend_client_wait(client, id, 20000, &receipt, &error), JIRASEND_OK);
    expect_receipt(receipt, "\"accepted\"");
    assert_int_equal(atomic_load(&jira.tokens), 1);
    jirasend_client_close(client, 5000);
}

/* What came back early is what the first who asks is told: Jira is not asked a second time. */
static void a_head_start_that_is_refused_counts(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    atomic_store(&jira.no_tokens, true);
    jirasend_client *client = open_for(NULL, 0, NULL, first_event, &error);
    wait_for_tokens(1);
    (void)nanosleep(&(struct timespec){0, 100000000}, NULL); /* the answer is there */
    char *receipt = NULL;
    int64_t id = submit(client, 1);
    assert_int_equal(jirasend_client_wait(client, id, 20000, &receipt, &error), JIRASEND_OK);
    expect_receipt(receipt, "\"held\"");
    assert_int_equal(atomic_load(&jira.tokens), 1);
    jirasend_client_close(client, 5000);
}

static void nothing_is_asked_early_that_may_not_be_needed(void **state) {
    (void)state;
    char folder[] = "/tmp/jirasend-head-start-XXXXXX";
    assert_non_null(mkdtemp(folder));
    static const char no_keys[] = "{\"kind\": \"build\", \"pipelineId\": \"p\", \"number\": 1, "
                                  "\"url\": \"https://ci.test/\", \"state\": \"failed\"}";
    const struct {
        const char *outbox;
        int paused;
        const char *site, *document;
    } rows[] = {
        {folder, 0, NULL, first_event},      /* where a stop or this very event may be stored */
        {NULL, 1, NULL, first_event},        /* nothing is sent */
        {NULL, 0, "acme.test", first_event}, /* credentials of another site */
        {NULL, 0, NULL, no_keys},            /* will be skipped */
        {NULL, 0, NULL, "{\"kind\": \"bu"},  /* will be refused */
        {NULL, 0, NULL, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_client *client =
            open_for(rows[i].outbox, rows[i].paused, rows[i].site, rows[i].document, &error);
        assert_non_null(client);
        (void)nanosleep(&(struct timespec){0, 20000000}, NULL);
        jirasend_client_close(client, 5000);
    }
    assert_int_equal(atomic_load(&jira.tokens), 0);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void opening_for_an_event_refuses_what_both_calls_refuse(void **state) {
    (void)state;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_null(open_for(NULL, 0, "no site", first_event, &error));
    assert_int_equal(error.code, JIRASEND_E_ARGUMENT);
    assert_null(open_for("/proc/no/outbox", 0, NULL, first_event, &error));
    assert_int_equal(error.code, JIRASEND_E_STORAGE);
    jirasend_client *client = NULL;
    jirasend_config *config = jirasend_config_new();
    assert_int_equal(jirasend_client_open_for(config, NULL, NULL, &client, &error),
                     JIRASEND_E_ARGUMENT);
    jirasend_config_free(config);
}

int main(void) {
#define WITH_JIRA(test) cmocka_unit_test_setup_teardown(test, open_jira, close_jira)
    const struct CMUnitTest tests[] = {
        WITH_JIRA(an_event_is_accepted_and_its_receipt_stays),
        WITH_JIRA(an_unknown_id_is_named),
        WITH_JIRA(a_bad_document_is_refused_and_the_others_are_taken),
        WITH_JIRA(what_is_committed_is_told_as_of_its_commit),
        WITH_JIRA(who_cannot_be_served_is_told_at_once),
        WITH_JIRA(waits_can_be_cancelled_and_end_with_the_client),
        WITH_JIRA(closing_does_not_wait_for_a_jira_that_does_not_answer),
        WITH_JIRA(many_threads_one_token),
        WITH_JIRA(threads_that_commit_together_get_their_own_answers),
        WITH_JIRA(receipts_can_be_followed),
        WITH_JIRA(a_cursor_outlives_its_client_and_its_outbox),
        WITH_JIRA(closing_may_wait_for_ever),
        WITH_JIRA(what_was_not_sent_is_there_after_a_restart),
        WITH_JIRA(check_and_gate),
        WITH_JIRA(unusable_credentials_are_refused),
        WITH_JIRA(without_its_credentials_a_site_gets_nothing),
        WITH_JIRA(a_held_site_is_tried_again_when_asked_to),
        WITH_JIRA(a_paused_outbox_sends_nothing_until_it_may),
        WITH_JIRA(a_front_end_counts_in_the_outbox),
        WITH_JIRA(an_outbox_has_the_bounds_that_were_set),
        WITH_JIRA(a_head_start_gets_the_token_and_nothing_else),
        WITH_JIRA(a_head_start_that_is_refused_counts),
        WITH_JIRA(nothing_is_asked_early_that_may_not_be_needed),
        WITH_JIRA(opening_for_an_event_refuses_what_both_calls_refuse),
    };
#undef WITH_JIRA
    return cmocka_run_group_tests(tests, NULL, NULL);
}
