/* A long history, written into an outbox's tables at once instead of event by event. */
#ifndef JS_TESTS_SEED_HISTORY_H
#define JS_TESTS_SEED_HISTORY_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Settled events of the 400 days before now_ms: builds and deployments of 200 pipelines, each told twice. Every
 * key APP-1, APP-2 ... is named by 80 events, whatever the count, which is a multiple of 800; the newest 100 are of
 * about an hour of 1,000,000. The database is that of an outbox that was closed, and has no events yet.
 */
bool seed_history(sqlite3 *db, int64_t count, int64_t now_ms);
/* The same in the folder of an outbox. */
bool seed_history_in(const char *folder, int64_t count, int64_t now_ms);

#endif
