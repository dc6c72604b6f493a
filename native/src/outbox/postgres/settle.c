/*
 * Events leave the queue: into the receipts, or with their documents to the dead letters.
 *
 * Two round trips, whatever the number: their documents are read and their streams locked; then all is
 * written. Locks are taken in one order everywhere: lane, events, streams, counters last.
 */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "event/document.h"
#include "outbox/digest.h"

#include <stdlib.h>
#include <string.h>

JS_SQL(lock_streams, "SELECT s.id FROM @.stream s WHERE s.id = ANY ($1::bigint[])"
                     " ORDER BY s.lane, s.key FOR NO KEY UPDATE");
JS_SQL(read_documents,
       "SELECT e.id, l.site, CASE e.kind WHEN 0 THEN l.kind ELSE e.kind END, e.created_ms,"
       " e.issue_keys, e.document FROM @.waiting e JOIN @.lane l ON l.id = e.lane"
       " WHERE e.id = ANY ($1::bigint[]) ORDER BY array_position($1::bigint[], e.id)");
enum { DOC_ID, DOC_SITE, DOC_KIND, DOC_CREATED, DOC_KEYS, DOC_TEXT };

/*
 * u: what becomes of each, in order; number: which one of them it is. An event that is already gone
 * has no row in `gone`, and so none in what follows.
 */
JS_SQL(
    settle_events,
    "WITH u AS (SELECT * FROM unnest($1::bigint[], $2::integer[], $3::boolean[], $4::integer[],"
    "  $5::integer[], $6::integer[], $7::text[], $8::text[], $9::bigint[], $10::bytea[],"
    "  $11::boolean[]) WITH ORDINALITY AS t (id, status, keeps, attempts, unmentioned, http_status,"
    "  message, unknown, relay_id, digest, tells, number)),"
    " tally AS (UPDATE @.tally SET settled_no = settled_no + $12::bigint,"
    "  dead = dead + $13::bigint WHERE id = 1 RETURNING settled_no - $12::bigint AS before, dead,"
    "  removed_dead),"
    " gone AS (DELETE FROM @.waiting w USING u WHERE w.id = u.id RETURNING w.*),"
    " became AS (SELECT g.id, g.lane, g.stream, g.envelope, g.sequence, g.kind, g.format, g.gated,"
    "  g.barrier, g.history, g.bytes, g.request_id, g.issue_keys,"
    "  coalesce(u.unknown, g.unknown_keys) AS unknown_keys, g.dropped,"
    "  g.attempts + u.attempts AS attempts, g.unmentioned + u.unmentioned AS unmentioned,"
    "  CASE WHEN u.http_status < 0 THEN g.http_status ELSE u.http_status END AS http_status,"
    "  CASE WHEN u.message IS NULL AND u.status = 2 THEN NULL"
    "   ELSE coalesce(u.message, g.message) END AS message, g.facts, u.relay_id, g.touched,"
    "  g.created_ms, g.queued_ms, g.request_key, g.document, u.status, tally.before + u.number AS"
    "  settled_no, u.keeps, u.tells, u.digest FROM gone g JOIN u ON u.id = g.id CROSS JOIN tally),"
    " receipts AS (INSERT INTO @.receipt (id, lane, stream, envelope, sequence, kind, format, "
    "gated,"
    "  barrier, history, bytes, request_id, issue_keys, unknown_keys, dropped, attempts,"
    "  unmentioned, http_status, message, facts, relay_id, touched, created_ms, queued_ms, status,"
    "  settled_no, settled_at) SELECT id, lane, stream, envelope, sequence, kind, format, gated,"
    "  barrier, history, bytes, request_id, issue_keys, unknown_keys, dropped, attempts,"
    "  unmentioned, http_status, message, facts, relay_id, touched, created_ms, queued_ms, status,"
    "  settled_no, to_timestamp($14::bigint / 1000.0) FROM became WHERE NOT keeps),"
    " letters AS (INSERT INTO @.dead (id, lane, stream, envelope, sequence, kind, format, gated,"
    "  barrier, history, bytes, request_id, issue_keys, unknown_keys, dropped, attempts,"
    "  unmentioned, http_status, message, facts, relay_id, touched, created_ms, queued_ms, status,"
    "  settled_no, request_key, document, settled_ms) SELECT id, lane, stream, envelope, sequence,"
    "  kind, format, gated, barrier, history, bytes, request_id, issue_keys, unknown_keys, dropped,"
    "  attempts, unmentioned, http_status, message, facts, relay_id, touched, created_ms, "
    "queued_ms,"
    "  status, settled_no, request_key, document, $14::bigint FROM became WHERE keeps),"
    " newest AS (SELECT DISTINCT ON (stream) * FROM became ORDER BY stream, id DESC),"
    " streams AS (UPDATE @.stream s SET told_id = n.id, told_status = n.status,"
    "  told_envelope = n.envelope, told_digest = n.digest, accepted_keys = CASE WHEN n.status = 2 "
    "AND n.sequence >= s.accepted"
    "  THEN n.issue_keys ELSE s.accepted_keys END FROM newest n WHERE s.id = n.stream"
    "  AND n.id >= s.told_id),"
    " told AS (INSERT INTO @.told AS t (stream, event, settled_ms, document)"
    "  SELECT DISTINCT ON (b.stream) b.stream, b.id, $14::bigint, b.document FROM became b"
    "  JOIN @.stream s ON s.id = b.stream WHERE b.tells AND NOT b.barrier"
    "  AND b.sequence >= s.accepted ORDER BY b.stream, b.id DESC"
    "  ON CONFLICT (stream) DO UPDATE SET event = excluded.event, settled_ms = excluded.settled_ms,"
    "  document = excluded.document),"
    " untold AS (DELETE FROM @.told t USING became b JOIN @.stream s ON s.id = b.stream"
    "  WHERE t.stream = b.stream AND b.status = 2 AND b.barrier AND b.sequence >= s.accepted),"
    " ours AS (DELETE FROM @.request r USING became b WHERE r.lane = b.lane"
    "  AND r.key = b.request_key AND b.request_id IS NULL AND NOT b.keeps),"
    " theirs AS (UPDATE @.request r SET settled_ms = $14::bigint FROM became b"
    "  WHERE r.lane = b.lane AND r.key = b.request_key AND b.request_id IS NOT NULL"
    "  AND NOT b.keeps),"
    " counters AS (INSERT INTO @.counter AS c (lane, slot, waiting, bytes)"
    "  SELECT lane, pg_backend_pid() & 255, -count(*), -sum(bytes) FROM became GROUP BY lane"
    "  ORDER BY lane ON CONFLICT (lane, slot) DO UPDATE SET waiting = c.waiting + excluded.waiting,"
    "  bytes = c.bytes + excluded.bytes)"
    " SELECT dead, removed_dead FROM tally");

typedef struct settling {
    js_pg *pg;
    const js_settling *events;
    size_t count;
    int64_t now_ms;
    js_pg_query query;
    int at[11];
    js_pg_notes notes;
} settling;

/* What the document says; of one that is damaged the keys that its row has. */
static jirasend_code read_event(const js_pg_query *query, js_event *event, bool *whole,
                                jirasend_error *error) {
    jirasend_error words = JIRASEND_ERROR_INIT;
    jirasend_code code = js_document_read_stored(event, js_pg_read_text(query, DOC_TEXT),
                                                 js_pg_read_length(query, DOC_TEXT), &words);
    *whole = code == JIRASEND_OK;
    if (code == JIRASEND_E_MEMORY) {
        return js_fail_memory(error);
    }
    if (!*whole) {
        js_event_init(event);
        return js_row_split(&event->issue_keys, js_pg_read_text(query, DOC_KEYS))
                   ? JIRASEND_OK
                   : js_fail_memory(error);
    }
    return JIRASEND_OK;
}

/* Notes keys and counters, and makes the digest. */
static jirasend_code look_into(settling *in, const js_pg_query *query, const js_settling *as,
                               unsigned char digest[JS_DIGEST_SIZE], bool *whole,
                               jirasend_error *error) {
    js_event event;
    jirasend_code code = read_event(query, &event, whole, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_pg_note_keys(&in->notes, as->event->id, &event);
    bool memory = js_pg_note_settled_event(
        &in->notes, as->event->id, &event, (int)js_pg_read(query, DOC_KIND),
        js_pg_read_text(query, DOC_SITE), as->status, in->now_ms - js_pg_read(query, DOC_CREATED));
    if (memory && *whole) {
        memory = js_event_digest(&event, digest);
    }
    js_event_clear(&event);
    return memory ? JIRASEND_OK : js_fail_memory(error);
}

static void add_row(settling *in, const js_settling *as, const unsigned char *digest, bool whole) {
    js_pg_query *query = &in->query;
    js_pg_array_int(query, in->at[0], as->event->id);
    js_pg_array_int(query, in->at[1], (int)as->status);
    js_pg_array_bool(query, in->at[2], as->keep_document);
    js_pg_array_int(query, in->at[3], as->attempts);
    js_pg_array_int(query, in->at[4], as->unmentioned);
    js_pg_array_int(query, in->at[5], as->http_status);
    js_pg_array_text(query, in->at[6], as->message);
    js_pg_array_text(query, in->at[7], as->unknown_keys);
    js_pg_array_int(query, in->at[8], as->relay_id);
    js_pg_array_bytes(query, in->at[9], whole ? digest : NULL, JS_DIGEST_SIZE);
    js_pg_array_bool(query, in->at[10], whole && as->status == JS_STATUS_ACCEPTED);
}

static const js_settling *find(const settling *in, int64_t id) {
    for (size_t i = 0; i < in->count; i++) {
        if (in->events[i].event->id == id) {
            return &in->events[i];
        }
    }
    return NULL;
}

static jirasend_code read_all(settling *in, js_pg_query *documents, size_t *found, size_t *dead,
                              jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    while (code == JIRASEND_OK && js_pg_row(documents)) {
        const js_settling *as = find(in, js_pg_read(documents, DOC_ID));
        unsigned char digest[JS_DIGEST_SIZE];
        bool whole = false;
        if (as == NULL) {
            continue;
        }
        code = look_into(in, documents, as, digest, &whole, error);
        if (code == JIRASEND_OK) {
            add_row(in, as, digest, whole);
            *found += 1;
            *dead += as->keep_document ? 1 : 0;
        }
    }
    return code;
}

static jirasend_code write_all(settling *in, size_t found, size_t dead, jirasend_error *error) {
    js_pg *pg = in->pg;
    js_pg_int(&in->query, (int64_t)found);
    js_pg_int(&in->query, (int64_t)dead);
    js_pg_int(&in->query, in->now_ms);
    if (pg->request[0] != '\0') {
        js_pg_note_count(&in->notes, "requests", pg->request, NULL, 1);
        pg->request[0] = '\0';
    }
    js_pg_queue(&in->query);
    js_pg_notes_queue(&in->notes);
    jirasend_code code = js_pg_flush(pg, false, error);
    if (code == JIRASEND_OK && js_pg_row(&in->query)) {
        pg->tally_known = true;
        pg->dead = js_pg_read(&in->query, 0);
        pg->removed_dead = js_pg_read(&in->query, 1);
    }
    return code;
}

static jirasend_code settle_some(settling *in, jirasend_error *error) {
    js_pg_query streams = js_pg_begin(in->pg, lock_streams);
    js_pg_query documents = js_pg_begin(in->pg, read_documents);
    int stream = js_pg_array(&streams);
    int id = js_pg_array(&documents);
    for (size_t i = 0; i < in->count; i++) {
        js_pg_array_int(&streams, stream, in->events[i].event->stream);
        js_pg_array_int(&documents, id, in->events[i].event->id);
    }
    js_pg_queue(&streams);
    js_pg_queue(&documents);
    jirasend_code code = js_pg_flush(in->pg, false, error);
    size_t found = 0;
    size_t dead = 0;
    if (code == JIRASEND_OK) {
        code = read_all(in, &documents, &found, &dead, error);
    }
    js_pg_end(&streams);
    js_pg_end(&documents);
    return code == JIRASEND_OK ? write_all(in, found, dead, error) : code;
}

jirasend_code js_pg_settle(js_store *store, const js_settling *events, size_t count, int64_t now_ms,
                           jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t from = 0; from < count && code == JIRASEND_OK; from += JS_PAGE) {
        settling in = {.pg = js_pg_of(store),
                       .events = events + from,
                       .count = count - from < JS_PAGE ? count - from : JS_PAGE,
                       .now_ms = now_ms};
        in.query = js_pg_begin(in.pg, settle_events);
        for (int i = 0; i < 11; i++) {
            in.at[i] = js_pg_array(&in.query);
        }
        js_pg_notes_begin(&in.notes, in.pg);
        code = settle_some(&in, error);
        js_pg_notes_end(&in.notes);
        js_pg_end(&in.query);
    }
    return code;
}

JS_SQL(get_counts,
       "WITH busy AS (SELECT c.lane, sum(c.waiting) AS waiting FROM @.counter c GROUP BY c.lane)"
       " SELECT coalesce(sum(b.waiting), 0)::bigint, coalesce(sum(b.waiting)"
       "  FILTER (WHERE l.held OR s.held), 0)::bigint, (SELECT dead FROM @.tally WHERE id = 1),"
       " (SELECT removed_dead FROM @.tally WHERE id = 1)"
       " FROM busy b JOIN @.lane l ON l.id = b.lane"
       " LEFT JOIN @.lane s ON s.site = l.site AND s.kind = 0");
enum { COUNT_WAITING, COUNT_HELD, COUNT_DEAD, COUNT_REMOVED };

jirasend_code js_pg_counts(js_store *store, js_counts *counts, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    *counts = (js_counts){0};
    if (pg->work != JS_WORK_READ && pg->tally_known) { /* the bound of dead letters is looked at */
        counts->dead = pg->dead;
        counts->removed_dead = pg->removed_dead;
        return JIRASEND_OK;
    }
    js_pg_query query = js_pg_begin(pg, get_counts);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        counts->held = js_pg_read(&query, COUNT_HELD);
        counts->waiting = js_pg_read(&query, COUNT_WAITING) - counts->held;
        counts->dead = js_pg_read(&query, COUNT_DEAD);
        counts->removed_dead = js_pg_read(&query, COUNT_REMOVED);
    }
    js_pg_end(&query);
    return code;
}
