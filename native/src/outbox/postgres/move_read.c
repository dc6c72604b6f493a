/* Moving to another outbox: reading all that is stored of events, and removing what was moved. */
#include "outbox/postgres/move.h"

#include "base/error.h"
#include "base/text.h"
#include "outbox/digest.h"
#include "outbox/moved_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading events ---- */

#define SOME_IDS(table)                                                                            \
    "(SELECT e.id FROM @." table " e WHERE e.id > $1::bigint AND " JS_KNOWN_ROW(                   \
        "e") " AND e.lane IN (SELECT l.id FROM @.lane l WHERE " JS_KNOWN_LANE("l") ")"             \
                                                                                   " ORDER BY "    \
                                                                                   "e.id LIMIT "   \
                                                                                   "$2::bigint)"
JS_SQL(next_ids,
       "SELECT n.id FROM (" SOME_IDS("waiting") " UNION ALL " SOME_IDS(
           "dead") " UNION ALL " SOME_IDS("receipt") ") n ORDER BY n.id LIMIT $2::bigint");

/* An event goes from one of these to another in this order, but for one that is revived. */
JS_SQL(lock_dead,
       "SELECT e.id FROM @.dead e WHERE e.id = ANY ($1::bigint[]) ORDER BY e.id FOR UPDATE");
JS_SQL(lock_waiting,
       "SELECT e.id FROM @.waiting e WHERE e.id = ANY ($1::bigint[]) ORDER BY e.id FOR UPDATE");
JS_SQL(lock_receipts,
       "SELECT e.id FROM @.receipt e WHERE e.id = ANY ($1::bigint[]) ORDER BY e.id FOR UPDATE");

#define SHARED                                                                                     \
    "SELECT e.id, e.lane, e.stream, e.gated, e.barrier, e.history, e.kind, e.format, e.attempts,"  \
    " e.unmentioned, e.http_status, e.sequence, e.dropped, e.relay_id, e.created_ms, e.queued_ms," \
    " e.issue_keys, e.unknown_keys, e.message, e.facts, e.touched, e.request_id, e.envelope,"
#define OF_THESE " e WHERE e.id = ANY ($1::bigint[])"
/*
 * A requestId comes along while it counts, as its scope is known so long. What a relay refused is tried
 * once in the new outbox, like all that is held. q: the requestId; t: what it touches.
 */
JS_SQL(
    read_moved,
    "WITH e AS MATERIALIZED (" SHARED
    " e.document, 0 AS status, true AS open, 0::bigint AS settled_ms,"
    "  CASE WHEN e.forbidden THEN 0 ELSE e.not_before END AS not_before FROM @.waiting" OF_THESE
    " UNION ALL " SHARED " e.document, e.status, true, e.settled_ms, 0 FROM @.dead" OF_THESE
    " UNION ALL " SHARED " NULL, e.status, false,"
    "  round(extract(epoch FROM e.settled_at) * 1000)::bigint, 0 FROM @.receipt" OF_THESE ")"
    " SELECT e.id, l.site, l.kind, e.status, e.open, e.gated, e.barrier, e.history, e.kind,"
    " e.format, e.attempts, e.unmentioned, e.http_status, e.sequence, e.dropped, e.relay_id,"
    " e.created_ms, e.queued_ms, e.not_before, e.settled_ms, q.request_id, coalesce(q.scope, ''),"
    " e.issue_keys, e.unknown_keys, e.message, e.facts, s.name, s.number, s.part, t.name, t.number,"
    " t.part, e.document, o.document, CASE WHEN s.told_id = e.id THEN s.told_digest END,"
    " coalesce(v.name, ''), NOT e.open AND " JS_PG_SWEPT
    " FROM e JOIN @.lane l ON l.id = e.lane JOIN @.stream s ON s.id = e.stream"
    " LEFT JOIN @.stream t ON t.id = e.touched AND e.touched > 0"
    " LEFT JOIN @.request q ON q.request_id = e.request_id AND q.lane = e.lane AND q.id = e.id"
    " LEFT JOIN @.told o ON o.stream = e.stream AND o.event = e.id" JS_PG_JOIN_ENVELOPE
    " ORDER BY e.id");

/* A copy of a text, or null where there is none. False: memory is short. */
static bool copy(const js_pg_query *query, int column, char **out) {
    bool none = js_pg_is_null(query, column);
    *out = none ? NULL : js_copy(js_pg_read_text(query, column));
    return none || *out != NULL;
}

static bool copy_digest(const js_pg_query *query, unsigned char **out) {
    unsigned char digest[JS_DIGEST_SIZE];
    *out = NULL;
    if (!js_pg_read_bytes(query, JS_MOVED_DIGEST, digest, sizeof digest)) {
        return true;
    }
    *out = malloc(sizeof digest);
    if (*out != NULL) {
        memcpy(*out, digest, sizeof digest);
    }
    return *out != NULL;
}

static bool copy_texts(const js_pg_query *query, js_move_event *event) {
    bool whole = copy(query, JS_MOVED_REQUEST, &event->request_id);
    whole &= copy(query, JS_MOVED_SCOPE, &event->scope);
    whole &= copy(query, JS_MOVED_KEYS, &event->issue_keys);
    whole &= copy(query, JS_MOVED_UNKNOWN, &event->unknown_keys);
    whole &= copy(query, JS_MOVED_MESSAGE, &event->message);
    whole &= copy(query, JS_MOVED_FACTS, &event->facts);
    whole &= copy(query, JS_MOVED_NAME, &event->stream.name);
    whole &= copy(query, JS_MOVED_PART, &event->stream.part);
    whole &= copy(query, JS_MOVED_TOUCHED_NAME, &event->touched.name);
    whole &= copy(query, JS_MOVED_TOUCHED_PART, &event->touched.part);
    whole &= copy(query, JS_MOVED_DOCUMENT, &event->document);
    whole &= copy(query, JS_MOVED_TOLD, &event->told);
    whole &= copy(query, JS_MOVED_ENVELOPE, &event->envelope);
    whole &= copy_digest(query, &event->digest);
    return whole;
}

static bool read_one(const js_pg_query *query, js_move_event *event) {
    *event = (js_move_event){
        .id = js_pg_read(query, JS_MOVED_ID),
        .lane.api = (js_api)js_pg_read(query, JS_MOVED_API),
        .status = (js_status)js_pg_read(query, JS_MOVED_STATUS),
        .open = js_pg_read_bool(query, JS_MOVED_OPEN),
        .gated = js_pg_read_bool(query, JS_MOVED_GATED),
        .barrier = js_pg_read_bool(query, JS_MOVED_BARRIER),
        .history = js_pg_read_bool(query, JS_MOVED_HISTORY),
        .kind = (int)js_pg_read(query, JS_MOVED_KIND),
        .format = (int)js_pg_read(query, JS_MOVED_FORMAT),
        .attempts = (int)js_pg_read(query, JS_MOVED_ATTEMPTS),
        .unmentioned = (int)js_pg_read(query, JS_MOVED_UNMENTIONED),
        .http_status = (int)js_pg_read(query, JS_MOVED_HTTP),
        .sequence = js_pg_read(query, JS_MOVED_SEQUENCE),
        .dropped = js_pg_read(query, JS_MOVED_DROPPED),
        .relay_id = js_pg_read(query, JS_MOVED_RELAY),
        .created_ms = js_pg_read(query, JS_MOVED_CREATED),
        .queued_ms = js_pg_read(query, JS_MOVED_QUEUED),
        .not_before_ms = js_pg_read(query, JS_MOVED_NOT_BEFORE),
        .settled_ms = js_pg_read(query, JS_MOVED_SETTLED),
        .stream.number = js_pg_read(query, JS_MOVED_NUMBER),
        .touched.number = js_pg_read(query, JS_MOVED_TOUCHED_NUMBER),
        .swept = js_pg_read_bool(query, JS_MOVED_SWEPT),
    };
    (void)snprintf(event->lane.site, sizeof event->lane.site, "%s",
                   js_pg_read_text(query, JS_MOVED_SITE));
    return copy_texts(query, event);
}

/* Locks them, and reads what there is of them then. ids: the array of next_ids. */
static jirasend_code read_locked(js_pg *pg, js_pg_query *ids, js_move_event *events, size_t max,
                                 size_t *count, jirasend_error *error) {
    js_pg_query each[] = {js_pg_begin(pg, lock_dead), js_pg_begin(pg, lock_waiting),
                          js_pg_begin(pg, lock_receipts), js_pg_begin(pg, read_moved)};
    enum { EACH = sizeof each / sizeof each[0] };
    js_pg_query *rows = &each[EACH - 1];
    for (size_t i = 0; i < EACH; i++) {
        int array = js_pg_array(&each[i]);
        for (int k = 0; k < ids->rows; k++) {
            ids->row = k;
            js_pg_array_int(&each[i], array, js_pg_read(ids, 0));
        }
        js_pg_queue(&each[i]);
    }
    jirasend_code code = js_pg_flush(pg, false, error);
    bool memory = true;
    while (code == JIRASEND_OK && memory && *count < max && js_pg_row(rows)) {
        memory = read_one(rows, &events[(*count)++]);
    }
    for (size_t i = 0; i < EACH; i++) {
        js_pg_end(&each[i]);
    }
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

/* Of what was settled; what waits has them in its document. */
JS_SQL(read_keys, "SELECT k.event, k.key, k.source, k.rule, k.commit_hash FROM @.event_key k"
                  " WHERE k.event = ANY ($1::bigint[]) AND k.rule > 0"
                  " UNION ALL SELECT k.event, k.key, k.source, k.rule, k.commit_hash"
                  " FROM unnest($2::bigint[], $3::text[]) AS u (event, key) JOIN @.event_key k"
                  "  ON k.key = u.key AND k.event = u.event AND k.rule = 0");
enum { KEY_EVENT, KEY_TEXT, KEY_SOURCE, KEY_RULE, KEY_COMMIT };

static bool add_key(const js_pg_query *query, js_move_event *events, size_t count) {
    js_move_event *event = events;
    while (event < events + count && event->id != js_pg_read(query, KEY_EVENT)) {
        event++;
    }
    if (event == events + count) {
        return true;
    }
    js_moved_key *grown = realloc(event->keys, (event->key_count + 1) * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    js_moved_key *key = &grown[event->key_count++];
    event->keys = grown;
    *key = (js_moved_key){.source = (int)js_pg_read(query, KEY_SOURCE),
                          .rule = (int)js_pg_read(query, KEY_RULE)};
    return copy(query, KEY_TEXT, &key->key) && copy(query, KEY_COMMIT, &key->commit);
}

static jirasend_code add_keys(js_pg *pg, js_move_event *events, size_t count,
                              jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, read_keys);
    int all = js_pg_array(&query), of = js_pg_array(&query), named = js_pg_array(&query);
    bool memory = true;
    for (size_t i = 0; i < count && memory; i++) {
        js_strings keys = JS_STRINGS_INIT;
        js_pg_array_int(&query, all, events[i].id);
        memory = js_row_split(&keys, events[i].issue_keys);
        for (size_t k = 0; k < keys.count; k++) {
            js_pg_array_int(&query, of, events[i].id);
            js_pg_array_text(&query, named, keys.items[k]);
        }
        js_strings_clear(&keys);
    }
    jirasend_code code = memory ? js_pg_exec(&query, error) : js_fail_memory(error);
    while (code == JIRASEND_OK && memory && js_pg_row(&query)) {
        memory = add_key(&query, events, count);
    }
    js_pg_end(&query);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

static jirasend_code read_events(js_store *store, int64_t after, js_move_event *events, size_t max,
                                 size_t *count, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_pg_query ids = js_pg_begin(pg, next_ids);
    js_pg_int(&ids, after);
    js_pg_int(&ids, (int64_t)max);
    *count = 0;
    jirasend_code code = js_pg_exec(&ids, error);
    if (code == JIRASEND_OK && ids.rows > 0) {
        code = read_locked(pg, &ids, events, max, count, error);
    }
    js_pg_end(&ids);
    return code == JIRASEND_OK && *count > 0 ? add_keys(pg, events, *count, error) : code;
}

/* ---- removing ---- */

JS_SQL(forget_moved,
       "WITH w AS (DELETE FROM @.waiting WHERE id = ANY ($1::bigint[]) RETURNING id, lane, stream,"
       "  request_key, bytes, issue_keys),"
       " d AS (DELETE FROM @.dead WHERE id = ANY ($1::bigint[]) RETURNING id, lane, stream,"
       "  request_key, issue_keys),"
       " r AS (DELETE FROM @.receipt WHERE id = ANY ($1::bigint[]) RETURNING id, lane, stream,"
       "  request_id, issue_keys),"
       " gone AS (SELECT id, stream, issue_keys FROM w UNION ALL SELECT id, stream, issue_keys"
       "  FROM d UNION ALL SELECT id, stream, issue_keys FROM r),"
       " keys AS (DELETE FROM @.event_key k USING gone g,"
       "  unnest(string_to_array(g.issue_keys, E'\\n')) AS named (key)"
       "  WHERE k.key = named.key AND k.event = g.id AND k.rule = 0),"
       " passed AS (DELETE FROM @.event_key k USING gone g WHERE k.event = g.id AND k.rule > 0),"
       " told AS (DELETE FROM @.told t USING gone g WHERE t.stream = g.stream AND t.event = g.id),"
       " open_ones AS (DELETE FROM @.request q USING (SELECT lane, request_key FROM w UNION ALL"
       "  SELECT lane, request_key FROM d) o WHERE q.lane = o.lane AND q.key = o.request_key),"
       " settled AS (DELETE FROM @.request q USING r WHERE q.request_id = r.request_id"
       "  AND q.lane = r.lane AND q.id = r.id),"
       " tally AS (UPDATE @.tally SET dead = dead - (SELECT count(*) FROM d) WHERE id = 1)"
       " INSERT INTO @.counter AS c (lane, slot, waiting, bytes)"
       "  SELECT lane, pg_backend_pid() & 255, -count(*), -sum(bytes) FROM w GROUP BY lane"
       "  ORDER BY lane ON CONFLICT (lane, slot) DO UPDATE SET waiting = c.waiting +"
       "  excluded.waiting, bytes = c.bytes + excluded.bytes");

static jirasend_code forget_events(js_store *store, const js_move_event *events, size_t count,
                                   jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), forget_moved);
    int ids = js_pg_array(&query);
    for (size_t i = 0; i < count; i++) {
        js_pg_array_int(&query, ids, events[i].id);
    }
    return js_pg_run(&query, error);
}

/* ---- streams, counters, notes ---- */

JS_SQL(next_streams,
       "SELECT s.id, l.site, l.kind, s.name, s.number, s.part, s.sequence, s.used_ms, s.accepted,"
       " s.wait_until_ms, s.over = s.id, l.wait_until_ms, l.wait_stream = s.id"
       " FROM @.stream s JOIN @.lane l ON l.id = s.lane"
       " WHERE s.id > $1::bigint AND " JS_KNOWN_LANE("l") " ORDER BY s.id LIMIT $2::bigint");
enum {
    STREAM_ID,
    STREAM_SITE,
    STREAM_API,
    STREAM_NAME,
    STREAM_NUMBER,
    STREAM_PART,
    STREAM_SEQUENCE,
    STREAM_USED,
    STREAM_ACCEPTED,
    STREAM_WAIT,
    STREAM_WHOLE,
    STREAM_LANE_UNTIL,
    STREAM_LANE_ASKS
};

static bool read_stream(const js_pg_query *query, js_lane *lane, js_moved_stream *stream) {
    lane->api = (js_api)js_pg_read(query, STREAM_API);
    (void)snprintf(lane->site, sizeof lane->site, "%s", js_pg_read_text(query, STREAM_SITE));
    *stream = (js_moved_stream){.number = js_pg_read(query, STREAM_NUMBER),
                                .sequence = js_pg_read(query, STREAM_SEQUENCE),
                                .used_ms = js_pg_read(query, STREAM_USED),
                                .accepted = js_pg_read(query, STREAM_ACCEPTED),
                                .wait_until_ms = js_pg_read(query, STREAM_WAIT),
                                .whole = js_pg_read_bool(query, STREAM_WHOLE),
                                .lane_until_ms = js_pg_read(query, STREAM_LANE_UNTIL),
                                .lane_asks = js_pg_read_bool(query, STREAM_LANE_ASKS)};
    return copy(query, STREAM_NAME, &stream->name) && copy(query, STREAM_PART, &stream->part);
}

static jirasend_code read_streams(js_store *store, int64_t *cursor, js_lane *lanes,
                                  js_moved_stream *streams, size_t max, size_t *count,
                                  jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), next_streams);
    js_pg_int(&query, *cursor);
    js_pg_int(&query, (int64_t)max);
    bool memory = true;
    *count = 0;
    jirasend_code code = js_pg_exec(&query, error);
    while (code == JIRASEND_OK && memory && *count < max && js_pg_row(&query)) {
        *cursor = js_pg_read(&query, STREAM_ID);
        memory = read_stream(&query, &lanes[*count], &streams[*count]);
        *count += 1;
    }
    js_pg_end(&query);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

JS_SQL(all_counters, "SELECT name, label, value FROM @.metric");

static jirasend_code read_counters(js_store *store, js_metric **counters, size_t *count,
                                   jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), all_counters);
    *counters = NULL;
    *count = 0;
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK &&
        (*counters = calloc((size_t)query.rows + 1, sizeof **counters)) == NULL) {
        code = js_fail_memory(error);
    }
    while (code == JIRASEND_OK && js_pg_row(&query)) {
        js_metric *one = &(*counters)[(*count)++];
        one->value = js_pg_read(&query, 2);
        if (!copy(&query, 0, &one->name) || !copy(&query, 1, &one->label)) {
            code = js_fail_memory(error);
        }
    }
    js_pg_end(&query);
    return code;
}

static jirasend_code add_counter(js_store *store, const char *name, const char *label,
                                 int64_t value, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_pg_notes notes;
    js_pg_notes_begin(&notes, pg);
    js_pg_note_count(&notes, name, label, NULL, value);
    js_pg_notes_queue(&notes);
    jirasend_code code = js_pg_flush(pg, false, error);
    js_pg_notes_end(&notes);
    return code;
}

static jirasend_code read_note(js_store *store, const char *name, js_buf *text,
                               jirasend_error *error) {
    return js_pg_bookmark_get(js_pg_of(store), name, text, error);
}

static jirasend_code write_note(js_store *store, const char *name, const char *text,
                                jirasend_error *error) {
    return js_pg_bookmark_put(js_pg_of(store), name, text, error);
}

/* ---- a connection for a transaction ---- */

static jirasend_code enter(js_outbox *outbox, js_store **store, jirasend_error *error) {
    js_pg *pg = NULL;
    jirasend_code code = js_pg_take((js_postgres *)outbox, &pg, error);
    if (code != JIRASEND_OK && pg != NULL) {
        js_pg_give(pg);
    }
    *store = code == JIRASEND_OK ? &pg->store : NULL;
    return code;
}

static bool leave(js_store *store) {
    js_pg *pg = js_pg_of(store);
    bool again = pg->trouble == JS_PG_AGAIN || pg->trouble == JS_PG_LOST;
    js_pg_give(pg);
    return again;
}

const struct js_move_ops js_pg_moves = {
    .enter = enter,
    .leave = leave,
    .read = read_events,
    .take = js_pg_move_take,
    .forget = forget_events,
    .read_streams = read_streams,
    .take_streams = js_pg_move_streams,
    .read_counters = read_counters,
    .add_counter = add_counter,
    .read_note = read_note,
    .write_note = write_note,
};
