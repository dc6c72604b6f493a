#include "floor.h"

#include "outbox/sqlite/tables.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_int_least64_t syncs;

/* BENCH_SYNC_MS makes a slow disk of a fast one, so that counts do not depend on it. */
static void take_time(void) {
    const char *ms = getenv("BENCH_SYNC_MS");
    if (ms != NULL) {
        struct timespec pause = {0, atol(ms) * 1000000};
        (void)nanosleep(&pause, NULL);
    }
}

/* They stand in front of the C library's own, so that SQLite's calls are counted. */
__attribute__((visibility("default"))) int fsync(int fd) {
    (void)atomic_fetch_add(&syncs, 1);
    take_time();
    return (int)syscall(SYS_fsync, fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd) {
    (void)atomic_fetch_add(&syncs, 1);
    take_time();
    return (int)syscall(SYS_fdatasync, fd);
}

int64_t floor_syncs(void) {
    return atomic_load(&syncs);
}

int64_t bench_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int compare(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

int64_t bench_quantile(int64_t *values, size_t count, int per_mille) {
    qsort(values, count, sizeof *values, compare);
    size_t at = count * (size_t)per_mille / 1000;
    return values[at < count ? at : count - 1];
}

static bool run(floor_t *floor, const char *sql) {
    char *why = NULL;
    if (sqlite3_exec(floor->db, sql, NULL, NULL, &why) == SQLITE_OK) {
        return true;
    }
    (void)fprintf(stderr, "floor: %s\n", why);
    sqlite3_free(why);
    return false;
}

bool floor_open(floor_t *floor, const char *folder) {
    char file[512];
    (void)snprintf(file, sizeof file, "%s/floor.db", folder);
    *floor = (floor_t){.mutex = PTHREAD_MUTEX_INITIALIZER};
    if (sqlite3_open(file, &floor->db) != SQLITE_OK ||
        !run(floor, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")) {
        return false;
    }
    for (int i = 0; i < js_sq_tables.version; i++) {
        if (!run(floor, js_sq_tables.steps[i])) {
            return false;
        }
    }
    return sqlite3_prepare_v3(floor->db,
                              "INSERT INTO event (lane, stream, sequence, format, gated, bytes, "
                              "issue_keys, status,"
                              " open, message, created_ms, queued_ms)"
                              " VALUES (1, ?1, ?1, 1, 0, ?2, 'APP-1', 0, 1, ?3, ?1, ?1)",
                              -1, SQLITE_PREPARE_PERSISTENT, &floor->insert, NULL) == SQLITE_OK;
}

bool floor_commit(floor_t *floor, const char *text, size_t length) {
    (void)pthread_mutex_lock(&floor->mutex);
    floor->rows++;
    (void)sqlite3_bind_int64(floor->insert, 1, floor->rows);
    (void)sqlite3_bind_int64(floor->insert, 2, (int64_t)length);
    (void)sqlite3_bind_text(floor->insert, 3, text, (int)length, SQLITE_STATIC);
    bool done = sqlite3_step(floor->insert) == SQLITE_DONE;
    (void)sqlite3_reset(floor->insert);
    (void)pthread_mutex_unlock(&floor->mutex);
    return done;
}

void floor_close(floor_t *floor) {
    (void)sqlite3_finalize(floor->insert);
    (void)sqlite3_close(floor->db);
    (void)pthread_mutex_destroy(&floor->mutex);
}
