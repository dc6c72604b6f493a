/* The tables, and the steps by which old files get them. */
#include "outbox/sqlite/tables.h"

#include "event/receipt.h"

/*
 * The tables, one step a version. A step adds tables, columns with a default, and indexes, which may
 * also take the place of others. What an older program does not understand has a format above its
 * own, and is left alone by it.
 *
 * status: 0 waiting, then the numbers of js_status. open: 1 while the event waits or is a dead
 * letter that can be retried. The partial indexes hold only what is asked for: the queue of a lane
 * is found in order without looking at the receipts of a month.
 */
static const char *const upgrades[] = {
    /* 0.1.0 */
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE tally (id INTEGER PRIMARY KEY, waiting INTEGER NOT NULL DEFAULT 0,"
    " bytes INTEGER NOT NULL DEFAULT 0, dead INTEGER NOT NULL DEFAULT 0,"
    " removed_dead INTEGER NOT NULL DEFAULT 0, settled_no INTEGER NOT NULL DEFAULT 0);"
    "INSERT INTO tally (id) VALUES (1);"
    /* kind 0 is the whole site */
    "CREATE TABLE lane (id INTEGER PRIMARY KEY, site TEXT NOT NULL, kind INTEGER NOT NULL,"
    " fence INTEGER NOT NULL DEFAULT 0, waiting INTEGER NOT NULL DEFAULT 0,"
    " backoff_until_ms INTEGER NOT NULL DEFAULT 0, rate_until_ms INTEGER NOT NULL DEFAULT 0,"
    " failures INTEGER NOT NULL DEFAULT 0, parked INTEGER NOT NULL DEFAULT 0,"
    " batch_limit INTEGER NOT NULL DEFAULT 0, size_cap INTEGER NOT NULL DEFAULT 0,"
    " held INTEGER NOT NULL DEFAULT 0, hold_fingerprint INTEGER NOT NULL DEFAULT 0,"
    " probe_at_ms INTEGER NOT NULL DEFAULT 0, http_status INTEGER NOT NULL DEFAULT 0,"
    " message TEXT NOT NULL DEFAULT '', cloud_id TEXT NOT NULL DEFAULT '', UNIQUE (site, kind));"
    "CREATE TABLE stream (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, pipeline TEXT NOT NULL,"
    " number INTEGER NOT NULL, environment TEXT NOT NULL, sequence INTEGER NOT NULL,"
    " used_ms INTEGER NOT NULL, UNIQUE (lane, pipeline, number, environment));"
    "CREATE INDEX stream_used ON stream (used_ms);"
    "CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, lane INTEGER NOT NULL,"
    " stream INTEGER NOT NULL, sequence INTEGER NOT NULL, format INTEGER NOT NULL,"
    " gated INTEGER NOT NULL, bytes INTEGER NOT NULL, request_id TEXT, issue_keys TEXT NOT NULL,"
    " unknown_keys TEXT NOT NULL DEFAULT '', dropped INTEGER NOT NULL DEFAULT 0,"
    " status INTEGER NOT NULL, open INTEGER NOT NULL, not_before INTEGER NOT NULL DEFAULT 0,"
    " attempts INTEGER NOT NULL DEFAULT 0, unmentioned INTEGER NOT NULL DEFAULT 0,"
    " http_status INTEGER NOT NULL DEFAULT 0, message TEXT, created_ms INTEGER NOT NULL,"
    " queued_ms INTEGER NOT NULL, settled_ms INTEGER, settled_no INTEGER);"
    "CREATE UNIQUE INDEX event_request ON event (lane, request_id) WHERE request_id IS NOT NULL;"
    "CREATE INDEX event_stream ON event (stream, status, id);"
    "CREATE INDEX event_due ON event (lane, format, not_before, id) WHERE status = 0;"
    "CREATE INDEX event_gated ON event (stream, id) WHERE status = 0 AND gated = 1;"
    "CREATE INDEX event_queued ON event (queued_ms) WHERE status = 0;"
    "CREATE INDEX event_open ON event (id) WHERE open = 1;"
    "CREATE INDEX event_dead ON event (settled_ms) WHERE open = 1 AND status = 5;"
    "CREATE INDEX event_closed ON event (settled_ms) WHERE open = 0;"
    "CREATE UNIQUE INDEX event_settled ON event (settled_no) WHERE settled_no IS NOT NULL;"
    "CREATE TABLE document (id INTEGER PRIMARY KEY, text BLOB NOT NULL, sum INTEGER NOT NULL);",

    /*
     * 0.2.0: envelopes with pauses of their own, deletions, history, and what receipts say.
     * event.kind 0: the one that its lane stands for; event.envelope 0: the plain one.
     */
    "CREATE TABLE envelope (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, key TEXT NOT NULL,"
    " history INTEGER NOT NULL, waiting INTEGER NOT NULL DEFAULT 0,"
    " backoff_until_ms INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,"
    " parked INTEGER NOT NULL DEFAULT 0, batch_limit INTEGER NOT NULL DEFAULT 0,"
    " used_ms INTEGER NOT NULL, UNIQUE (lane, key, history));"
    "CREATE INDEX envelope_waiting ON envelope (lane) WHERE waiting > 0;"
    "CREATE INDEX envelope_used ON envelope (used_ms);"
    /* accepted: the highest number that Jira has; wait_until_ms: after a deletion */
    "ALTER TABLE stream ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE stream ADD COLUMN wait_until_ms INTEGER NOT NULL DEFAULT 0;"
    "UPDATE stream SET accepted = coalesce((SELECT max(e.sequence) FROM event e"
    " WHERE e.stream = stream.id AND e.status = 2), 0);"
    "ALTER TABLE event ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN envelope INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN barrier INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN history INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN scope TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE event ADD COLUMN facts TEXT;" /* a JSON object */
    /* lone events that became dead letters in a row, and a hash of why */
    "ALTER TABLE lane ADD COLUMN refused TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE lane ADD COLUMN refused_words INTEGER NOT NULL DEFAULT 0;"
    /* stream.over: the stream of a deletion that stands for all of its name, itself among them */
    "ALTER TABLE stream ADD COLUMN over INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX stream_over ON stream (lane, pipeline) WHERE over = id;"
    "CREATE INDEX stream_under ON stream (over) WHERE over > 0;"
    "CREATE INDEX stream_waits ON stream (wait_until_ms) WHERE wait_until_ms > 0;"
    /* event.touched: a stream that gets its number, too; 0: none */
    "ALTER TABLE event ADD COLUMN touched INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX event_touched ON event (touched, id) WHERE status = 0 AND touched > 0;"
    /* of a relay: its number for the event, and whether it forbids it */
    "ALTER TABLE event ADD COLUMN relay_id INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN forbidden INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX event_request;"
    "CREATE UNIQUE INDEX event_requested ON event (lane, request_id, kind, scope)"
    " WHERE request_id IS NOT NULL;"
    "DROP INDEX event_due;"
    "CREATE INDEX event_ready ON event (lane, envelope, not_before, id, format) WHERE status = 0;"
    "CREATE INDEX event_aside ON event (lane, not_before) WHERE status = 0 AND not_before > 0;"
    "CREATE INDEX event_barrier ON event (stream, id) WHERE status = 0 AND barrier = 1;"
    "CREATE INDEX event_history ON event (stream, sequence, id) WHERE status = 0 AND history = 1;"
    "CREATE INDEX event_dead_lane ON event (lane, id) WHERE open = 1 AND status = 5;",

    /*
     * 0.2.0: what is known of events long after they were settled. rule 0: the key was told, and
     * source says where it was found; else it was passed over. told: the document of the newest
     * accepted event of each stream.
     */
    "CREATE TABLE event_key (key TEXT NOT NULL, event INTEGER NOT NULL,"
    " source INTEGER NOT NULL DEFAULT 0, rule INTEGER NOT NULL DEFAULT 0, commit_hash TEXT,"
    " PRIMARY KEY (key, event)) WITHOUT ROWID;"
    "CREATE INDEX event_key_passed ON event_key (event) WHERE rule > 0;"
    "ALTER TABLE event ADD COLUMN digest BLOB;"
    "CREATE TABLE told (stream INTEGER PRIMARY KEY, event INTEGER NOT NULL,"
    " settled_ms INTEGER NOT NULL, text BLOB NOT NULL);"
    "CREATE INDEX told_settled ON told (settled_ms);"
    /* what metrics count; it never falls */
    "CREATE TABLE metric (name TEXT NOT NULL, label TEXT NOT NULL, value INTEGER NOT NULL,"
    " PRIMARY KEY (name, label)) WITHOUT ROWID;"
    "WITH RECURSIVE part (id, key, rest) AS (SELECT id, '', issue_keys || char(10) FROM event"
    " WHERE status >= 2 AND issue_keys <> '' UNION ALL"
    " SELECT id, substr(rest, 1, instr(rest, char(10)) - 1),"
    " substr(rest, instr(rest, char(10)) + 1) FROM part WHERE rest <> '')"
    " INSERT OR IGNORE INTO event_key (key, event) SELECT key, id FROM part WHERE key <> '';"
    /*
     * After a deletion by properties: how long the lane waits, and the stream that is asked for (0:
     * none). swept: of each envelope (lane: of the plain one) all before this event counts as deleted.
     */
    "ALTER TABLE lane ADD COLUMN wait_until_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE lane ADD COLUMN wait_stream INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE lane ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE envelope ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;",
};

/*
 * What all steps together make of an empty database, in one go: SQLite reads all tables again for each column
 * that is added, which is most of the work of a run that sends one event from memory. A test holds
 * them together.
 */
static const char all_steps[] =
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE tally (id INTEGER PRIMARY KEY, waiting INTEGER NOT NULL DEFAULT 0, bytes"
    " INTEGER NOT NULL DEFAULT 0, dead INTEGER NOT NULL DEFAULT 0, removed_dead INTEGER NOT NULL"
    " DEFAULT 0, settled_no INTEGER NOT NULL DEFAULT 0);"
    "INSERT INTO tally (id) VALUES (1);"
    "CREATE TABLE lane (id INTEGER PRIMARY KEY, site TEXT NOT NULL, kind INTEGER NOT NULL, fence"
    " INTEGER NOT NULL DEFAULT 0, waiting INTEGER NOT NULL DEFAULT 0, backoff_until_ms INTEGER"
    " NOT NULL DEFAULT 0, rate_until_ms INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL"
    " DEFAULT 0, parked INTEGER NOT NULL DEFAULT 0, batch_limit INTEGER NOT NULL DEFAULT 0,"
    " size_cap INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0, hold_fingerprint"
    " INTEGER NOT NULL DEFAULT 0, probe_at_ms INTEGER NOT NULL DEFAULT 0, http_status INTEGER NOT"
    " NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '', cloud_id TEXT NOT NULL DEFAULT '',"
    " refused TEXT NOT NULL DEFAULT '', refused_words INTEGER NOT NULL DEFAULT 0, wait_until_ms"
    " INTEGER NOT NULL DEFAULT 0, wait_stream INTEGER NOT NULL DEFAULT 0, swept INTEGER NOT NULL"
    " DEFAULT 0, UNIQUE (site, kind));"
    "CREATE TABLE stream (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, pipeline TEXT NOT NULL,"
    " number INTEGER NOT NULL, environment TEXT NOT NULL, sequence INTEGER NOT NULL, used_ms"
    " INTEGER NOT NULL, accepted INTEGER NOT NULL DEFAULT 0, wait_until_ms INTEGER NOT NULL"
    " DEFAULT 0, over INTEGER NOT NULL DEFAULT 0, UNIQUE (lane, pipeline, number, environment));"
    "CREATE INDEX stream_used ON stream (used_ms);"
    "CREATE INDEX stream_over ON stream (lane, pipeline) WHERE over = id;"
    "CREATE INDEX stream_under ON stream (over) WHERE over > 0;"
    "CREATE INDEX stream_waits ON stream (wait_until_ms) WHERE wait_until_ms > 0;"
    "CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, lane INTEGER NOT NULL, stream"
    " INTEGER NOT NULL, sequence INTEGER NOT NULL, format INTEGER NOT NULL, gated INTEGER NOT"
    " NULL, bytes INTEGER NOT NULL, request_id TEXT, issue_keys TEXT NOT NULL, unknown_keys TEXT"
    " NOT NULL DEFAULT '', dropped INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL, open"
    " INTEGER NOT NULL, not_before INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT"
    " 0, unmentioned INTEGER NOT NULL DEFAULT 0, http_status INTEGER NOT NULL DEFAULT 0, message"
    " TEXT, created_ms INTEGER NOT NULL, queued_ms INTEGER NOT NULL, settled_ms INTEGER,"
    " settled_no INTEGER, kind INTEGER NOT NULL DEFAULT 0, envelope INTEGER NOT NULL DEFAULT 0,"
    " barrier INTEGER NOT NULL DEFAULT 0, history INTEGER NOT NULL DEFAULT 0, scope TEXT NOT NULL"
    " DEFAULT '', facts TEXT, touched INTEGER NOT NULL DEFAULT 0, relay_id INTEGER NOT NULL"
    " DEFAULT 0, forbidden INTEGER NOT NULL DEFAULT 0, digest BLOB);"
    "CREATE INDEX event_stream ON event (stream, status, id);"
    "CREATE INDEX event_gated ON event (stream, id) WHERE status = 0 AND gated = 1;"
    "CREATE INDEX event_queued ON event (queued_ms) WHERE status = 0;"
    "CREATE INDEX event_open ON event (id) WHERE open = 1;"
    "CREATE INDEX event_dead ON event (settled_ms) WHERE open = 1 AND status = 5;"
    "CREATE INDEX event_closed ON event (settled_ms) WHERE open = 0;"
    "CREATE UNIQUE INDEX event_settled ON event (settled_no) WHERE settled_no IS NOT NULL;"
    "CREATE INDEX event_touched ON event (touched, id) WHERE status = 0 AND touched > 0;"
    "CREATE UNIQUE INDEX event_requested ON event (lane, request_id, kind, scope) WHERE"
    " request_id IS NOT NULL;"
    "CREATE INDEX event_ready ON event (lane, envelope, not_before, id, format) WHERE status ="
    " 0;"
    "CREATE INDEX event_aside ON event (lane, not_before) WHERE status = 0 AND not_before > 0;"
    "CREATE INDEX event_barrier ON event (stream, id) WHERE status = 0 AND barrier = 1;"
    "CREATE INDEX event_history ON event (stream, sequence, id) WHERE status = 0 AND history ="
    " 1;"
    "CREATE INDEX event_dead_lane ON event (lane, id) WHERE open = 1 AND status = 5;"
    "CREATE TABLE document (id INTEGER PRIMARY KEY, text BLOB NOT NULL, sum INTEGER NOT NULL);"
    "CREATE TABLE envelope (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, key TEXT NOT NULL,"
    " history INTEGER NOT NULL, waiting INTEGER NOT NULL DEFAULT 0, backoff_until_ms INTEGER NOT"
    " NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, parked INTEGER NOT NULL DEFAULT 0,"
    " batch_limit INTEGER NOT NULL DEFAULT 0, used_ms INTEGER NOT NULL, swept INTEGER NOT NULL"
    " DEFAULT 0, UNIQUE (lane, key, history));"
    "CREATE INDEX envelope_waiting ON envelope (lane) WHERE waiting > 0;"
    "CREATE INDEX envelope_used ON envelope (used_ms);"
    "CREATE TABLE event_key (key TEXT NOT NULL, event INTEGER NOT NULL, source INTEGER NOT NULL"
    " DEFAULT 0, rule INTEGER NOT NULL DEFAULT 0, commit_hash TEXT, PRIMARY KEY (key, event))"
    " WITHOUT ROWID;"
    "CREATE INDEX event_key_passed ON event_key (event) WHERE rule > 0;"
    "CREATE TABLE told (stream INTEGER PRIMARY KEY, event INTEGER NOT NULL, settled_ms INTEGER"
    " NOT NULL, text BLOB NOT NULL);"
    "CREATE INDEX told_settled ON told (settled_ms);"
    "CREATE TABLE metric (name TEXT NOT NULL, label TEXT NOT NULL, value INTEGER NOT NULL,"
    " PRIMARY KEY (name, label)) WITHOUT ROWID;";

_Static_assert(JS_STATUS_QUEUED == 0 && JS_STATUS_ACCEPTED == 2 && JS_STATUS_SKIPPED == 3 &&
                   JS_STATUS_SUPERSEDED == 4 && JS_STATUS_REJECTED == 5 && JS_STATUS_RELAYED == 6,
               "these numbers are on people's disks");

const js_sq_schema js_sq_tables = {
    .steps = upgrades,
    .version = sizeof upgrades / sizeof upgrades[0],
    .all_steps = all_steps,
    .readable_from = 1,
    .readable_from_release = "0.1.0",
};
