#include "outbox/sqlite/statements.h"

/* What js_sq_read_stop() reads, for the alias in front. */
#define STOP_COLUMNS(alias)                                                                        \
    alias ".backoff_until_ms," alias ".rate_until_ms," alias ".failures," alias ".parked," alias   \
          ".batch_limit," alias ".size_cap," alias ".held," alias ".hold_fingerprint," alias       \
          ".probe_at_ms," alias ".http_status," alias ".message"

/* What js_sq_read_receipt() reads: e is the event, l its lane, s its site. */
#define RECEIPT_COLUMNS                                                                            \
    "e.id, e.request_id, l.kind, l.site, e.status, e.issue_keys, e.unknown_keys, e.dropped,"       \
    " e.message, e.http_status, e.attempts,"                                                       \
    " l.held, l.http_status, l.message, s.held, s.http_status, s.message"

#define LANE_AND_SITE                                                                              \
    " CROSS JOIN lane l ON l.id = e.lane LEFT JOIN lane s ON s.site = l.site AND s.kind = 0"

/* Rows that a newer version wrote are left alone. */
#define KNOWN_KIND "l.kind IN (1, 2, 3, 4)"

static const char *const statements[JS_SQL_COUNT] = {
    [JS_SQL_BEGIN_READ] = "BEGIN",
    [JS_SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [JS_SQL_COMMIT] = "COMMIT",
    [JS_SQL_ROLLBACK] = "ROLLBACK",
    [JS_SQL_DATA_VERSION] = "PRAGMA data_version",

    [JS_SQL_META_GET] = "SELECT value FROM meta WHERE name = ?1",
    [JS_SQL_META_SET] = "INSERT INTO meta (name, value) VALUES (?1, ?2)"
                        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [JS_SQL_LAST_ID] = "SELECT seq FROM sqlite_sequence WHERE name = 'event'",
    [JS_SQL_LAST_ROW] = "SELECT id FROM event ORDER BY id DESC LIMIT 1",
    [JS_SQL_TALLY_GET] =
        "SELECT waiting, bytes, dead, removed_dead, settled_no FROM tally WHERE id = 1",
    [JS_SQL_TALLY_SET] = "UPDATE tally SET waiting = ?1, bytes = ?2, dead = ?3, removed_dead = ?4,"
                         " settled_no = ?5 WHERE id = 1",

    [JS_SQL_LANE_FIND] = "SELECT id, fence FROM lane WHERE site = ?1 AND kind = ?2",
    [JS_SQL_LANE_ADD] = "INSERT INTO lane (site, kind) VALUES (?1, ?2)",
    [JS_SQL_LANE_COUNT] = "UPDATE lane SET waiting = waiting + ?2 WHERE id = ?1",
    [JS_SQL_LANE_FENCE] = "UPDATE lane SET fence = fence + 1 WHERE id = ?1 RETURNING fence",
    [JS_SQL_LANES] =
        "SELECT l.site, l.kind, l.waiting,"
        " (SELECT e.not_before FROM event e WHERE e.lane = l.id AND e.format = 1 AND e.status = 0"
        "  ORDER BY e.not_before LIMIT 1), l.id," STOP_COLUMNS("l") "," STOP_COLUMNS(
            "s") " FROM lane l LEFT JOIN lane s ON s.site = l.site AND s.kind = 0"
                 " WHERE l.waiting > 0 AND " KNOWN_KIND,

    /* The counter of a lane and what its queue, which is an index, holds for us or a newer version. */
    [JS_SQL_LANE_CHECK] = "SELECT l.waiting = (SELECT count(*) FROM event e WHERE e.lane = l.id"
                          " AND e.status = 0 AND (e.format = 1 OR (SELECT row.format FROM event row"
                          " WHERE row.id = e.id) > 1)) FROM lane l WHERE l.id = ?1",
    [JS_SQL_COUNTERS_CHECK] =
        "SELECT t.waiting = (SELECT total(waiting) FROM lane) FROM tally t WHERE t.id = 1",
    [JS_SQL_QUEUE_CHECK] = "SELECT t.waiting = (SELECT count(*) FROM event INDEXED BY event_queued"
                           " WHERE status = 0) FROM tally t WHERE t.id = 1",
    [JS_SQL_PAGES] = "PRAGMA page_count",
    [JS_SQL_CHECK_ALL] = "PRAGMA integrity_check(1)",
    [JS_SQL_CHECK_LANES] = "PRAGMA integrity_check(lane)",

    [JS_SQL_STOP_GET] =
        "SELECT " STOP_COLUMNS("l") " FROM lane l WHERE l.site = ?1 AND l.kind = ?2",
    [JS_SQL_STOP_SET] =
        "UPDATE lane SET backoff_until_ms = ?2, rate_until_ms = ?3, failures = ?4, parked = ?5,"
        " batch_limit = ?6, size_cap = ?7, held = ?8, hold_fingerprint = ?9, probe_at_ms = ?10,"
        " http_status = ?11, message = ?12 WHERE id = ?1",
    /* What Jira asked for stays, with its sentence; what we learnt of sizes stays, too. */
    [JS_SQL_STOP_LIFT] =
        "UPDATE lane SET backoff_until_ms = 0, failures = 0, parked = 0, hold_fingerprint = 0,"
        " probe_at_ms = 0,"
        " http_status = CASE WHEN held = 0 AND rate_until_ms > ?3 THEN http_status ELSE 0 END,"
        " message = CASE WHEN held = 0 AND rate_until_ms > ?3 THEN message ELSE '' END, held = 0"
        " WHERE site = ?1 AND kind IN (?2, 0)",
    [JS_SQL_BACKOFF_END] = "UPDATE lane SET backoff_until_ms = 0 WHERE site = ?1 AND kind = ?2",
    [JS_SQL_CLOUD_ID_GET] = "SELECT cloud_id FROM lane WHERE site = ?1 AND kind = 0",
    [JS_SQL_CLOUD_ID_SET] = "UPDATE lane SET cloud_id = ?2 WHERE id = ?1",

    [JS_SQL_STREAM_NEXT] =
        "INSERT INTO stream (lane, pipeline, number, environment, sequence, used_ms)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?5)"
        " ON CONFLICT (lane, pipeline, number, environment) DO UPDATE SET"
        " sequence = max(sequence + 1, excluded.sequence), used_ms = max(used_ms, excluded.used_ms)"
        " RETURNING id, sequence",
    [JS_SQL_STREAM_LAST] = "SELECT sequence FROM stream WHERE lane = ?1 AND pipeline = ?2"
                           " AND number = ?3 AND environment = ?4",
    [JS_SQL_STREAM_OLD] =
        "SELECT s.id, EXISTS (SELECT 1 FROM event e WHERE e.stream = s.id) FROM stream s"
        " WHERE s.used_ms < ?1 ORDER BY s.used_ms LIMIT 1",
    [JS_SQL_STREAM_TOUCH] = "UPDATE stream SET used_ms = ?2 WHERE id = ?1",
    [JS_SQL_STREAM_DELETE] = "DELETE FROM stream WHERE id = ?1",

    [JS_SQL_REQUEST_FIND] = "SELECT e.id, s.pipeline IS ?3 AND s.number IS ?4 AND s.environment IS "
                            "?5 FROM event e LEFT JOIN stream s ON s.id = e.stream"
                            " WHERE e.lane = ?1 AND e.request_id = ?2",
    [JS_SQL_EVENT_ADD] =
        "INSERT INTO event (lane, stream, sequence, format, gated, bytes, request_id, issue_keys,"
        " dropped, status, open, not_before, message, created_ms, queued_ms, settled_ms,"
        " settled_no) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14,"
        " nullif(?15, 0), nullif(?16, 0))",
    [JS_SQL_DOCUMENT_ADD] = "INSERT INTO document (id, text, sum) VALUES (?1, ?2, ?3)",
    [JS_SQL_DOCUMENT_DELETE] = "DELETE FROM document WHERE id = ?1",
    [JS_SQL_GATE_PARKED] =
        "SELECT max(not_before) FROM event WHERE stream = ?1 AND status = 0 AND gated = 1",

    [JS_SQL_PARKED_DUE] = "SELECT 1 FROM event WHERE lane = ?1 AND format = 1 AND status = 0"
                          " AND not_before BETWEEN ?2 AND ?3 LIMIT 1",
    [JS_SQL_UNPARK] = "UPDATE event SET not_before = 0 WHERE lane = ?1 AND format = 1"
                      " AND status = 0 AND not_before BETWEEN ?2 AND ?3",
    [JS_SQL_CANDIDATE] = "SELECT id, stream, gated FROM event WHERE lane = ?1 AND format = 1"
                         " AND status = 0 AND not_before = 0 AND id > ?2 ORDER BY id LIMIT 1",
    [JS_SQL_GATE_FIRST] = "SELECT id, not_before FROM event WHERE stream = ?1 AND status = 0"
                          " AND gated = 1 ORDER BY id LIMIT 1",
    [JS_SQL_NEWEST] = "SELECT id, not_before FROM event WHERE stream = ?1 AND status = 0"
                      " AND id < ?2 AND gated = 0 AND format = 1 ORDER BY id DESC LIMIT 1",
    [JS_SQL_LOAD] =
        "SELECT e.sequence, e.attempts, e.unmentioned, e.gated, e.request_id, s.pipeline, s.number,"
        " s.environment, d.text, d.sum, e.status = 0 AND e.lane = ?2 AND e.stream = ?3"
        " FROM event e LEFT JOIN stream s ON s.id = e.stream"
        " LEFT JOIN document d ON d.id = e.id WHERE e.id = ?1",
    [JS_SQL_PARK] = "UPDATE event SET not_before = ?2 WHERE id = ?1",
    [JS_SQL_PARK_OLDER] = "UPDATE event SET not_before = ?3 WHERE stream = ?1 AND status = 0"
                          " AND id < ?2 AND gated = 0 AND not_before < ?3",
    [JS_SQL_PARK_NEWER] = "UPDATE event SET not_before = ?3 WHERE stream = ?1 AND status = 0"
                          " AND id > ?2 AND not_before < ?3",

    [JS_SQL_EVENT_FIND] =
        "SELECT lane, stream, bytes, status, open, gated FROM event WHERE id = ?1",
    [JS_SQL_EVENT_AGAIN] =
        "UPDATE event SET attempts = attempts + ?2, unmentioned = unmentioned + ?3,"
        " not_before = ?4, http_status = ?5, message = coalesce(?6, message),"
        " unknown_keys = coalesce(?7, unknown_keys) WHERE id = ?1",
    [JS_SQL_EVENT_SETTLE] =
        "UPDATE event SET status = ?2, open = ?3, settled_no = ?4, settled_ms = ?5, not_before = 0,"
        " attempts = attempts + ?6, unmentioned = unmentioned + ?7,"
        " http_status = CASE WHEN ?8 < 0 THEN http_status ELSE ?8 END,"
        " message = CASE WHEN ?9 IS NULL AND ?2 = 2 THEN NULL ELSE coalesce(?9, message) END,"
        " unknown_keys = coalesce(?10, unknown_keys) WHERE id = ?1",
    [JS_SQL_EVENT_DROP_DEAD] =
        "UPDATE event SET open = 0, message = ?2, settled_ms = ?3 WHERE id = ?1",
    [JS_SQL_EVENT_FORGET_DEAD] = "UPDATE event SET open = 0 WHERE id = ?1",
    [JS_SQL_EVENT_REVIVE] =
        "UPDATE event SET status = 0, open = 1, settled_no = NULL, settled_ms = NULL,"
        " not_before = 0, unmentioned = 0, http_status = 0, message = NULL, queued_ms = ?2"
        " WHERE id = ?1",
    [JS_SQL_NEWER_ACCEPTED] =
        "SELECT 1 FROM event WHERE stream = ?1 AND status = 2 AND id > ?2 LIMIT 1",
    [JS_SQL_OLDER_WAITING] = "SELECT id, bytes FROM event WHERE stream = ?1 AND status = 0"
                             " AND id < ?2 AND gated = 0 AND format = 1 ORDER BY id LIMIT 1",

    [JS_SQL_RECEIPT] =
        "SELECT " RECEIPT_COLUMNS " FROM event e" LANE_AND_SITE " WHERE e.id = ?1 AND " KNOWN_KIND,
    [JS_SQL_NEXT_SETTLED] =
        "SELECT " RECEIPT_COLUMNS
        ", e.settled_no FROM event e INDEXED BY event_settled" LANE_AND_SITE
        " WHERE e.settled_no > ?1 AND " KNOWN_KIND " ORDER BY e.settled_no LIMIT 1",
    [JS_SQL_LIST] = "SELECT " RECEIPT_COLUMNS " FROM event e INDEXED BY event_open" LANE_AND_SITE
                    " WHERE e.open = 1 AND e.id > ?1 AND " KNOWN_KIND " ORDER BY e.id LIMIT ?2",
    [JS_SQL_HELD] = "SELECT sum(l.waiting) FROM lane l LEFT JOIN lane s"
                    " ON s.site = l.site AND s.kind = 0"
                    " WHERE l.waiting > 0 AND (l.held <> 0 OR s.held <> 0)",

    [JS_SQL_DEAD_OLDEST] = "SELECT id, settled_ms FROM event INDEXED BY event_dead"
                           " WHERE open = 1 AND status = 5 ORDER BY settled_ms LIMIT 1",
    [JS_SQL_DEAD_OF_SITE] =
        "SELECT e.id FROM event e INDEXED BY event_dead CROSS JOIN lane l ON l.id = e.lane"
        " WHERE e.open = 1 AND e.status = 5 AND (?1 IS NULL OR l.site = ?1) AND " KNOWN_KIND
        " LIMIT 1",
    [JS_SQL_SITE_LANES] = "SELECT id, site, kind FROM lane WHERE (?1 IS NULL OR site = ?1)"
                          " AND id > ?2 ORDER BY id LIMIT 1",
    [JS_SQL_EXPIRED] =
        "SELECT " RECEIPT_COLUMNS " FROM event e INDEXED BY event_queued" LANE_AND_SITE
        " WHERE e.status = 0 AND e.queued_ms < ?1 AND e.format = 1 AND " KNOWN_KIND
        " ORDER BY e.queued_ms LIMIT 1",
    [JS_SQL_TIDY_DUE] =
        "SELECT EXISTS (SELECT 1 FROM event e INDEXED BY event_queued CROSS JOIN lane l"
        "  ON l.id = e.lane WHERE e.status = 0 AND e.queued_ms < ?1 AND e.format = 1"
        "  AND " KNOWN_KIND ")"
        " OR EXISTS (SELECT 1 FROM event INDEXED BY event_closed"
        "  WHERE open = 0 AND settled_ms < ?1)"
        " OR EXISTS (SELECT 1 FROM event INDEXED BY event_dead"
        "  WHERE open = 1 AND status = 5 AND settled_ms < ?2)"
        " OR EXISTS (SELECT 1 FROM stream WHERE used_ms < ?1)",
    [JS_SQL_FORGET] = "DELETE FROM event WHERE id IN (SELECT id FROM event INDEXED BY event_closed"
                      " WHERE open = 0 AND settled_ms < ?1 ORDER BY settled_ms LIMIT ?2)",
};

const char *js_sql_text(js_sql sql) {
    return statements[sql];
}
