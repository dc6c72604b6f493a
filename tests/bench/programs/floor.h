/* The floor under every commit: SQLite alone, and how often the disk was asked to sync. */
#ifndef JIRASEND_BENCH_FLOOR_H
#define JIRASEND_BENCH_FLOOR_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct floor {
    sqlite3 *db;
    sqlite3_stmt *insert;
    pthread_mutex_t mutex;
    int64_t rows;
} floor_t;

/* The outbox's own tables and indexes, write-ahead log, synchronous=FULL. False: it says why. */
bool floor_open(floor_t *floor, const char *folder);
/* One INSERT, one transaction, one sync. */
bool floor_commit(floor_t *floor, const char *text, size_t length);
void floor_close(floor_t *floor);

/* fsync() and fdatasync() since the start of the program, of all threads. */
int64_t floor_syncs(void);

int64_t bench_now_ns(void);
/* Sorts `values` and gives the one at `per_mille`. */
int64_t bench_quantile(int64_t *values, size_t count, int per_mille);

#endif
