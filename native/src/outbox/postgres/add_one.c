/*
 * Storing one event. A statement is planned each time it is sent, so this one has as few parts as can be:
 * each row is written by its own INSERT, and a row that is there already is found by its conflict.
 */
#include "outbox/postgres/adding.h"

/*
 * In the order of all locks: the lane's row, the stream, the requestId, the counter; each part reads the
 * one before it, so none is early. The stream is raised also where the requestId turns out to be known,
 * which leaves a gap in its numbers and harms nobody. A requestId that no longer counts is given again.
 */
#define OLD "r.settled_ms < $18::bigint"
JS_SQL(store_one,
       "WITH l AS (SELECT r.lane FROM @.repository r WHERE r.lane = $1::bigint AND r.family = ''"
       "  FOR SHARE),"
       " s AS (INSERT INTO @.stream AS s (lane, key, family, name, number, part, sequence, used_ms)"
       "  SELECT $1::bigint, $2::bytea, $3::bytea, $4::text, $5::bigint, $6::text, $7::bigint, "
       "$7::bigint"
       "  FROM (SELECT count(*) FROM l) AS held ON CONFLICT (lane, key) DO UPDATE SET"
       "  sequence = greatest(s.sequence + 1, excluded.sequence), used_ms = CASE WHEN"
       "  s.used_ms < excluded.used_ms - 86400000 THEN excluded.used_ms ELSE s.used_ms END"
       "  RETURNING s.id, s.sequence),"
       " q AS (INSERT INTO @.request AS r (lane, key, id, request_id, scope, stream_key, barrier)"
       "  SELECT $1::bigint, $8::bytea, nextval('@.event_id'), $9::text, $10::text, $2::bytea, "
       "$11::boolean"
       "  FROM s ON CONFLICT (lane, key) DO UPDATE SET"
       "  id = CASE WHEN " OLD " THEN excluded.id ELSE r.id END,"
       "  stream_key = CASE WHEN " OLD " THEN excluded.stream_key ELSE r.stream_key END,"
       "  barrier = CASE WHEN " OLD " THEN excluded.barrier ELSE r.barrier END,"
       "  settled_ms = CASE WHEN " OLD " THEN NULL ELSE r.settled_ms END,"
       "  asked = CASE WHEN " OLD " THEN 0 ELSE r.asked + 1 END"
       "  RETURNING r.id, r.asked > 0 AS known, r.stream_key = $2::bytea AS same, r.barrier),"
       " w AS (INSERT INTO @.waiting (id, lane, stream, envelope, sequence, kind, format, gated,"
       "  barrier, history, bytes, request_id, issue_keys, dropped, facts, created_ms, queued_ms,"
       "  request_key, document) SELECT q.id, $1::bigint, s.id, $12::bigint, s.sequence,"
       "  $13::integer, $14::integer, $15::boolean, $11::boolean, false, octet_length($19::text), "
       "$9::text, $16::text,"
       "  $17::bigint, $20::text, $7::bigint, $7::bigint, $8::bytea, $19::text FROM q, s WHERE NOT "
       "q.known),"
       " c AS (INSERT INTO @.counter AS c (lane, slot, waiting, bytes) SELECT $1::bigint,"
       "  pg_backend_pid() & 255, 1, octet_length($19::text) FROM q WHERE NOT q.known"
       "  ON CONFLICT (lane, slot) DO UPDATE SET waiting = c.waiting + excluded.waiting,"
       "  bytes = c.bytes + excluded.bytes)"
       " SELECT id, known, same, barrier FROM q");
enum { ONE_ID, ONE_KNOWN, ONE_SAME, ONE_BARRIER };

static void bind(js_pg_query *query, const js_pg_adding *in) {
    const js_pg_adding_event *one = &in->items[0];
    const js_pg_adding_stream *stream = &in->entries[0];
    const js_row *row = &one->event->row;
    const js_put *put = one->event->put;
    const char *request_id = put->event->request_id;
    js_pg_int(query, one->lane);
    js_pg_bytes(query, one->stream, JS_PG_KEY_SIZE);
    js_pg_bytes(query, stream->at.family, JS_PG_KEY_SIZE);
    js_pg_text(query, row->stream.name);
    js_pg_int(query, row->stream.number);
    js_pg_text(query, row->stream.part);
    js_pg_int(query, in->now_ms);
    js_pg_bytes(query, one->request, JS_PG_KEY_SIZE);
    js_pg_text(query, request_id);
    js_pg_text(query, request_id != NULL ? row->scope : NULL);
    js_pg_bool(query, row->barrier);
    js_pg_int(query, one->envelope);
    js_pg_int(query, row->kind);
    js_pg_int(query, JS_FORMAT);
    js_pg_bool(query, row->gated);
    js_pg_text(query, row->issue_keys);
    js_pg_int(query, put->event->dropped);
    js_pg_int(query, in->forgotten_before_ms);
    js_pg_text(query, put->document);
    js_pg_text(query, put->facts);
}

jirasend_code js_pg_add_one(const js_pg_adding *in, bool commits, jirasend_error *error) {
    js_pg_query query = js_pg_begin_often(in->pg, store_one);
    bind(&query, in);
    js_pg_queue(&query);
    jirasend_code code = js_pg_flush_put(in->pg, commits, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        js_adding *event = in->items[0].event;
        event->id = js_pg_read(&query, ONE_ID);
        event->known = js_pg_read_bool(&query, ONE_KNOWN);
        event->known_same_stream = js_pg_read_bool(&query, ONE_SAME);
        event->known_barrier = js_pg_read_bool(&query, ONE_BARRIER);
    }
    js_pg_end(&query);
    return code;
}
