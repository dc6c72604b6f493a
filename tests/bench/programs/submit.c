/*
 * Commits by 1, 8 and 64 threads: jirasend_client_submit() and SQLite alone, in turn.
 *
 *     submit FOLDER ROUNDS COMMITS
 *
 * One line for each number of threads, round and side: threads round side commits wall-ns p50-ns
 * p99-ns syncs. Nothing is sent, as there are no credentials.
 */
#include "floor.h"

#include <inttypes.h>
#include <jirasend/client.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { THREADS_MAX = 64, DOCUMENT_SIZE = 512 };

typedef struct job {
    floor_t *floor; /* or */
    jirasend_client *client;
    int64_t *taken_ns;
    int64_t count;
    atomic_int_least64_t next;
    atomic_bool failed;
    int64_t first_number;
} job;

static bool commit(job *all, int64_t number) {
    char document[DOCUMENT_SIZE];
    int length =
        snprintf(document, sizeof document,
                 "{\"kind\":\"build\",\"site\":\"acme.atlassian.net\",\"pipelineId\":\"team/"
                 "app\",\"number\":%" PRId64 ",\"url\":\"https://ci.example.com/job/app/%" PRId64
                 "/\",\"state\":\"successful\",\"issueKeys\":[\"APP-1\"],\"updatedAt\":"
                 "\"2026-11-23T10:00:00Z\"}",
                 number, number);
    if (all->floor != NULL) {
        return floor_commit(all->floor, document, (size_t)length);
    }
    int64_t id = 0;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (jirasend_client_submit(all->client, document, (size_t)length, NULL, &id, &error) !=
        JIRASEND_OK) {
        (void)fprintf(stderr, "submit: %s\n", error.message);
        return false;
    }
    return true;
}

static void *work(void *argument) {
    job *all = argument;
    int64_t index;
    while ((index = atomic_fetch_add(&all->next, 1)) < all->count && !atomic_load(&all->failed)) {
        int64_t start = bench_now_ns();
        if (!commit(all, all->first_number + index)) {
            atomic_store(&all->failed, true);
        }
        all->taken_ns[index] = bench_now_ns() - start;
    }
    return NULL;
}

static bool measure(job *all, int threads, int round, const char *side) {
    pthread_t ids[THREADS_MAX];
    atomic_store(&all->next, 0);
    int64_t syncs = floor_syncs();
    int64_t start = bench_now_ns();
    int started = 0;
    while (started < threads && pthread_create(&ids[started], NULL, work, all) == 0) {
        started++;
    }
    for (int i = 0; i < started; i++) {
        (void)pthread_join(ids[i], NULL);
    }
    int64_t wall = bench_now_ns() - start;
    syncs = floor_syncs() - syncs;
    size_t count = (size_t)all->count;
    int64_t half = bench_quantile(all->taken_ns, count, 500);
    int64_t most = bench_quantile(all->taken_ns, count, 990);
    (void)printf("%d %d %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", threads,
                 round, side, all->count, wall, half, most, syncs);
    (void)fflush(stdout);
    all->first_number += all->count;
    return started == threads && !atomic_load(&all->failed);
}

static jirasend_client *open_client(const char *folder) {
    char outbox[512];
    (void)snprintf(outbox, sizeof outbox, "%s/outbox", folder);
    jirasend_client *client = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_config *config = jirasend_config_new();
    if (config == NULL || jirasend_config_set_outbox(config, outbox, &error) != JIRASEND_OK ||
        jirasend_client_open(config, &client, &error) != JIRASEND_OK) {
        (void)fprintf(stderr, "submit: %s\n", error.message);
    }
    jirasend_config_free(config);
    return client;
}

static bool compare(job *ours, job *floor, int rounds) {
    static const int numbers[] = {1, 8, 64};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        for (int round = 0; round <= rounds; round++) { /* the first one warms up */
            if (!measure(floor, numbers[i], round, "sqlite") ||
                !measure(ours, numbers[i], round, "jirasend")) {
                return false;
            }
        }
    }
    return true;
}

int main(int argc, char **argv) {
    int rounds = argc == 4 ? atoi(argv[2]) : 0;
    int64_t count = argc == 4 ? atoll(argv[3]) : 0;
    if (rounds < 1 || count < 1) {
        (void)fprintf(stderr, "submit FOLDER ROUNDS COMMITS\n");
        return 64;
    }
    floor_t floor;
    int64_t *taken_ns = calloc((size_t)count, sizeof *taken_ns);
    jirasend_client *client = open_client(argv[1]);
    if (taken_ns == NULL || client == NULL || !floor_open(&floor, argv[1])) {
        return 70;
    }
    job ours = {.client = client, .taken_ns = taken_ns, .count = count, .first_number = 1};
    job raw = {.floor = &floor, .taken_ns = taken_ns, .count = count, .first_number = 1};
    bool done = compare(&ours, &raw, rounds);
    jirasend_client_close(client, 1000);
    floor_close(&floor);
    free(taken_ns);
    return done ? 0 : 70;
}
