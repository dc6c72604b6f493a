/* A long history in one go. */
#include "seed_history.h"

#include <inttypes.h>
#include <stdio.h>

#define SITE "acme.atlassian.net"

/*
 * e: the events 1 to N; n: the number of what they are about, two events each; of every three things one
 * is a deployment.
 */
static const char make_events[] =
    "CREATE TEMP TABLE e AS WITH RECURSIVE x (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x"
    " WHERE i < (SELECT count FROM seed)) SELECT i, (i + 1) / 2 AS n,"
    " ((i + 1) / 2) % 3 = 0 AS deployed, 'team/app-' || (((i + 1) / 2) % 200) || '/main' AS "
    "pipeline,"
    " 'APP-' || (((i + 1) / 2) % (seed.count / 80) + 1) AS key,"
    " seed.now_ms - (seed.count - i) * (400 * 86400000 / seed.count) AS at_ms FROM x, seed";

static const char fill_tables[] =
    "INSERT INTO lane (id, site, kind) VALUES (1, '" SITE "', 1), (2, '" SITE "', 2);"
    "INSERT INTO stream (id, lane, pipeline, number, environment, sequence, used_ms, accepted)"
    " SELECT n, 1 + deployed, pipeline, n, CASE WHEN deployed THEN 'prod-eu' ELSE '' END,"
    " at_ms, at_ms, at_ms FROM e WHERE i % 2 = 0;"
    "INSERT INTO event (id, lane, stream, sequence, format, gated, bytes, issue_keys, status, open,"
    " attempts, http_status, created_ms, queued_ms, settled_ms, settled_no, kind, facts, digest)"
    " SELECT i, 1 + deployed, n, at_ms, 2, 0, 400, key, 2, 0, 1, 202, at_ms, 0, at_ms + 2000, "
    "i,"
    " 0, '{\"pipelineId\":\"' || pipeline || '\",\"number\":' || n || ',\"state\":\"' ||"
    " CASE i % 2 WHEN 1 THEN 'in_progress' ELSE 'successful' END ||"
    " '\",\"url\":\"https://ci.example.com/' || pipeline || '/' || n || '/\"' ||"
    " CASE WHEN deployed THEN ',\"environment\":{\"id\":\"prod-eu\",\"name\":\"Production"
    " EU\",\"type\":\"production\"}}' ELSE '}' END, randomblob(8) FROM e;"
    "INSERT INTO event_key (key, event, source) SELECT key, i, 1 FROM e ORDER BY key, i;"
    "INSERT INTO told (stream, event, settled_ms, text) SELECT n, i, at_ms + 2000, zeroblob(400)"
    " FROM e, seed WHERE i % 2 = 0 AND at_ms > seed.now_ms - 30 * 86400000;"
    "UPDATE tally SET settled_no = (SELECT count FROM seed);"
    "COMMIT; DROP TABLE e; DROP TABLE seed";

static bool run(sqlite3 *db, const char *sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

bool seed_history(sqlite3 *db, int64_t count, int64_t now_ms) {
    char numbers[200];
    (void)snprintf(numbers, sizeof numbers,
                   "CREATE TEMP TABLE seed AS SELECT %" PRId64 " AS count, %" PRId64 " AS now_ms",
                   count, now_ms);
    bool good = run(db, "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000") &&
                run(db, numbers) && run(db, make_events) && run(db, "BEGIN") &&
                run(db, fill_tables);
    if (!good) {
        (void)fprintf(stderr, "seeding: %s\n", sqlite3_errmsg(db));
    }
    return good;
}

bool seed_history_in(const char *folder, int64_t count, int64_t now_ms) {
    char path[4096];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/outbox.db", folder);
    bool good = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
                seed_history(db, count, now_ms);
    return sqlite3_close(db) == SQLITE_OK && good;
}
