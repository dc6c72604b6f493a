/*
 * Commits by 1, 8 and 64 threads into PostgreSQL: jirasend_client_submit() and the same row by libpq alone,
 * in turn.
 *
 *     fleet ADDRESS CONNINFO ROUNDS COMMITS
 *
 * CONNINFO is of libpq, and leads to a table `floor` like the one of waiting events. One line for each
 * number of threads, round and side: threads round side commits wall-ns p50-ns. Nothing is sent.
 */
#include "floor.h"

#include <inttypes.h>
#include <jirasend/client.h>
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 64, DOCUMENT_SIZE = 512 };

typedef struct job {
    const char *conninfo; /* or */
    jirasend_client *client;
    int64_t *taken_ns;
    int64_t count, first_number;
    atomic_int_least64_t next;
    atomic_bool failed;
} job;

static void write_document(char document[DOCUMENT_SIZE], int64_t number) {
    (void)snprintf(document, DOCUMENT_SIZE,
                   "{\"kind\":\"build\",\"site\":\"acme.atlassian.net\",\"pipelineId\":\"team/"
                   "app\",\"number\":%" PRId64 ",\"url\":\"https://ci.example.com/job/app/%" PRId64
                   "/\",\"state\":\"successful\",\"issueKeys\":[\"APP-1\"],\"updatedAt\":"
                   "\"2026-11-23T10:00:00Z\"}",
                   number, number);
}

static bool insert(PGconn *conn, const char *document, int64_t number) {
    static const char sql[] =
        "INSERT INTO floor (id, lane, stream, envelope, sequence, kind, format, gated, barrier,"
        " history, bytes, issue_keys, created_ms, queued_ms, request_key, document)"
        " VALUES ($1, 1, $1, 0, 1, 1, 1, false, false, false, 200, 'APP-1', 1, 1,"
        " sha256($2::text::bytea), $2)";
    char id[24];
    (void)snprintf(id, sizeof id, "%" PRId64, number);
    const char *const values[] = {id, document};
    PGresult *result = PQexecParams(conn, sql, 2, NULL, values, NULL, NULL, 0);
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!done) {
        (void)fprintf(stderr, "fleet: %s\n", PQerrorMessage(conn));
    }
    PQclear(result);
    return done;
}

static bool submit(jirasend_client *client, const char *document) {
    int64_t id = 0;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code =
        jirasend_client_submit(client, document, strlen(document), NULL, &id, &error);
    if (code != JIRASEND_OK) {
        (void)fprintf(stderr, "fleet: %s\n", error.message);
    }
    return code == JIRASEND_OK;
}

static void *work(void *argument) {
    job *all = argument;
    PGconn *conn = all->conninfo != NULL ? PQconnectdb(all->conninfo) : NULL;
    int64_t index;
    while ((index = atomic_fetch_add(&all->next, 1)) < all->count && !atomic_load(&all->failed)) {
        char document[DOCUMENT_SIZE];
        write_document(document, all->first_number + index);
        int64_t start = bench_now_ns();
        if (!(conn != NULL ? insert(conn, document, all->first_number + index)
                           : submit(all->client, document))) {
            atomic_store(&all->failed, true);
        }
        all->taken_ns[index] = bench_now_ns() - start;
    }
    PQfinish(conn);
    return NULL;
}

static bool measure(job *all, int threads, int round, const char *side) {
    pthread_t ids[THREADS_MAX];
    atomic_store(&all->next, 0);
    int64_t start = bench_now_ns();
    int started = 0;
    while (started < threads && pthread_create(&ids[started], NULL, work, all) == 0) {
        started++;
    }
    for (int i = 0; i < started; i++) {
        (void)pthread_join(ids[i], NULL);
    }
    int64_t wall = bench_now_ns() - start;
    int64_t half = bench_quantile(all->taken_ns, (size_t)all->count, 500);
    (void)printf("%d %d %s %" PRId64 " %" PRId64 " %" PRId64 "\n", threads, round, side, all->count,
                 wall, half);
    all->first_number += all->count;
    return started == threads && !atomic_load(&all->failed);
}

static jirasend_client *open_client(const char *address) {
    jirasend_client *client = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_config *config = jirasend_config_new();
    if (config == NULL || jirasend_config_set_outbox(config, address, &error) != JIRASEND_OK ||
        jirasend_client_open(config, &client, &error) != JIRASEND_OK) {
        (void)fprintf(stderr, "fleet: %s\n", error.message);
    }
    jirasend_config_free(config);
    return client;
}

static bool compare(job *ours, job *floor, int rounds) {
    static const int numbers[] = {1, 8, 64};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        for (int round = 0; round <= rounds; round++) { /* the first one warms up */
            if (!measure(floor, numbers[i], round, "libpq") ||
                !measure(ours, numbers[i], round, "jirasend")) {
                return false;
            }
        }
    }
    return true;
}

int main(int argc, char **argv) {
    int rounds = argc == 5 ? atoi(argv[3]) : 0;
    int64_t count = argc == 5 ? atoll(argv[4]) : 0;
    if (rounds < 1 || count < 1) {
        (void)fprintf(stderr, "fleet ADDRESS CONNINFO ROUNDS COMMITS\n");
        return 64;
    }
    int64_t *taken_ns = calloc((size_t)count, sizeof *taken_ns);
    jirasend_client *client = open_client(argv[1]);
    if (taken_ns == NULL || client == NULL) {
        return 70;
    }
    job ours = {.client = client, .taken_ns = taken_ns, .count = count, .first_number = 1};
    job raw = {.conninfo = argv[2], .taken_ns = taken_ns, .count = count, .first_number = 1};
    bool done = compare(&ours, &raw, rounds);
    jirasend_client_close(client, 1000);
    free(taken_ns);
    return done ? 0 : 70;
}
