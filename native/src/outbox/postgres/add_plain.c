/*
 * Storing many events of builds, deployments and flags that just wait, which is what a backlog is made of.
 * As in add_one.c each row is written by an INSERT of its own, and what is there already is found by its
 * conflict: the statement of add.c, which knows everything, takes the server five times as long to plan.
 */
#include "outbox/postgres/adding.h"

#include "base/error.h"
#include "event/kind.h"

#include <stdlib.h>
#include <string.h>

/*
 * i: the events; s: their streams, each raised by its number of events; q: their requestIds. An event has
 * the last number of its stream, less those behind it in the call.
 */
#define OLD "r.settled_ms < $21::bigint"
JS_SQL(
    store_plain,
    "WITH i AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[],"
    "  $4::bytea[], $5::bigint[], $6::integer[], $7::boolean[], $8::boolean[], $9::text[],"
    "  $10::text[], $11::text[], $12::bigint[], $13::text[], $14::text[], $15::bigint[]) AS t"
    "  (lane, envelope, request, stream, behind, kind, gated, barrier, request_id, scope,"
    "  issue_keys, dropped, facts, document, place)),"
    " l AS (SELECT r.lane FROM @.repository r WHERE r.lane = ANY ($16::bigint[])"
    "  AND r.family = '' ORDER BY r.lane FOR SHARE),"
    " s AS (INSERT INTO @.stream AS s (lane, key, family, name, number, part, sequence, used_ms)"
    "  SELECT u.*, $20::bigint FROM (SELECT count(*) FROM l) AS held, unnest($16::bigint[],"
    "  $17::bytea[], $18::bytea[], $19::text[], $22::bigint[], $23::text[], $24::bigint[]) AS u"
    "  ON CONFLICT (lane, key) DO UPDATE SET"
    "  sequence = greatest(s.sequence + excluded.sequence - $20::bigint + 1, excluded.sequence),"
    "  used_ms = CASE WHEN s.used_ms < $20::bigint - 86400000 THEN $20::bigint ELSE s.used_ms END"
    "  RETURNING s.id, s.lane, s.key, s.sequence),"
    " q AS (INSERT INTO @.request AS r (lane, key, id, request_id, scope, stream_key, barrier)"
    "  SELECT i.lane, i.request, nextval('@.event_id'), i.request_id, i.scope, i.stream,"
    "  i.barrier FROM (SELECT count(*) FROM s) AS held, i ORDER BY i.place"
    "  ON CONFLICT (lane, key) DO UPDATE SET"
    "  id = CASE WHEN " OLD " THEN excluded.id ELSE r.id END,"
    "  stream_key = CASE WHEN " OLD " THEN excluded.stream_key ELSE r.stream_key END,"
    "  barrier = CASE WHEN " OLD " THEN excluded.barrier ELSE r.barrier END,"
    "  settled_ms = CASE WHEN " OLD " THEN NULL ELSE r.settled_ms END,"
    "  asked = CASE WHEN " OLD " THEN 0 ELSE r.asked + 1 END"
    "  RETURNING r.lane, r.key, r.id, r.asked > 0 AS known, r.stream_key, r.barrier),"
    " f AS MATERIALIZED (SELECT i.*, q.id, q.known, q.stream_key = i.stream AS same,"
    "  q.barrier AS known_barrier FROM q JOIN i ON i.lane = q.lane AND i.request = q.key),"
    " w AS (INSERT INTO @.waiting (id, lane, stream, envelope, sequence, kind, format, gated,"
    "  barrier, history, bytes, request_id, issue_keys, dropped, facts, created_ms, queued_ms,"
    "  request_key, document) SELECT f.id, f.lane, s.id, f.envelope, s.sequence - f.behind,"
    "  f.kind, $25::integer, f.gated, f.barrier, false, octet_length(f.document), f.request_id,"
    "  f.issue_keys, f.dropped, f.facts, $20::bigint, $20::bigint, f.request, f.document"
    "  FROM f JOIN s ON s.lane = f.lane AND s.key = f.stream WHERE NOT f.known),"
    " c AS (INSERT INTO @.counter AS c (lane, slot, waiting, bytes) SELECT f.lane,"
    "  pg_backend_pid() & 255, count(*), sum(octet_length(f.document)) FROM f WHERE NOT f.known"
    "  GROUP BY f.lane ORDER BY f.lane ON CONFLICT (lane, slot) DO UPDATE SET"
    "  waiting = c.waiting + excluded.waiting, bytes = c.bytes + excluded.bytes)"
    " SELECT place, id, known, same, known_barrier FROM f");
enum { PLAIN_PLACE, PLAIN_ID, PLAIN_KNOWN, PLAIN_SAME, PLAIN_BARRIER };
enum { EVENT_COLUMNS = 15 };

static bool is_plain(const js_adding *event) {
    const js_row *row = &event->row;
    return row->open && row->sequence == 0 && !row->history && !row->takes_name &&
           row->touched.name == NULL && !event->only_known && !js_api_of(row->lane.api)->entities;
}

bool js_pg_all_plain(const js_pg_adding *in) {
    bool plain = !in->sweeps;
    for (size_t i = 0; i < in->count && plain; i++) {
        plain = is_plain(in->items[i].event);
    }
    return plain;
}

/* How many of the call are there in each stream (counts), and behind each event (behind). */
typedef struct places {
    int64_t *counts, *behind;
} places;

static js_pg_adding_stream *stream_of(const js_pg_adding *in, const js_pg_adding_event *one) {
    js_pg_place at = {.lane = one->lane};
    memcpy(at.key, one->stream, JS_PG_KEY_SIZE);
    return bsearch(&at, in->entries, in->entry_count, sizeof *in->entries, js_pg_place_order);
}

static void count(const js_pg_adding *in, const places *at) {
    for (size_t i = in->count; i > 0; i--) {
        const js_pg_adding_event *one = &in->items[i - 1];
        size_t stream = (size_t)(stream_of(in, one) - in->entries);
        if (one->same == 0) {
            at->behind[i - 1] = at->counts[stream]++;
        }
    }
}

static void add_event(js_pg_query *query, const js_pg_adding_event *one, int64_t behind,
                      int64_t place) {
    const js_row *row = &one->event->row;
    const js_put *put = one->event->put;
    int at = 0;
    js_pg_array_int(query, at++, one->lane);
    js_pg_array_int(query, at++, one->envelope);
    js_pg_array_bytes(query, at++, one->request, JS_PG_KEY_SIZE);
    js_pg_array_bytes(query, at++, one->stream, JS_PG_KEY_SIZE);
    js_pg_array_int(query, at++, behind);
    js_pg_array_int(query, at++, row->kind);
    js_pg_array_bool(query, at++, row->gated);
    js_pg_array_bool(query, at++, row->barrier);
    js_pg_array_text(query, at++, put->event->request_id);
    js_pg_array_text(query, at++, put->event->request_id != NULL ? row->scope : NULL);
    js_pg_array_text(query, at++, row->issue_keys);
    js_pg_array_int(query, at++, put->event->dropped);
    js_pg_array_text(query, at++, put->facts);
    js_pg_array_text(query, at++, put->document);
    js_pg_array_int(query, at, place);
}

static void bind(js_pg_query *query, const js_pg_adding *in, const places *at) {
    for (int i = 0; i < EVENT_COLUMNS; i++) {
        (void)js_pg_array(query);
    }
    for (size_t i = 0; i < in->count; i++) {
        if (in->items[i].same == 0) {
            add_event(query, &in->items[i], at->behind[i], (int64_t)i);
        }
    }
    int lane = js_pg_array(query);
    int key = js_pg_array(query);
    int family = js_pg_array(query);
    int name = js_pg_array(query);
    js_pg_int(query, in->now_ms);
    js_pg_int(query, in->forgotten_before_ms);
    int number = js_pg_array(query);
    int part = js_pg_array(query);
    int sequence = js_pg_array(query);
    js_pg_int(query, JS_FORMAT);
    for (size_t i = 0; i < in->entry_count; i++) {
        const js_pg_adding_stream *one = &in->entries[i];
        js_pg_array_int(query, lane, one->at.lane);
        js_pg_array_bytes(query, key, one->at.key, JS_PG_KEY_SIZE);
        js_pg_array_bytes(query, family, one->at.family, JS_PG_KEY_SIZE);
        js_pg_array_text(query, name, one->stream->name);
        js_pg_array_int(query, number, one->stream->number);
        js_pg_array_text(query, part, one->stream->part);
        js_pg_array_int(query, sequence, in->now_ms + at->counts[i] - 1);
    }
}

static void read_results(const js_pg_adding *in, js_pg_query *query) {
    while (js_pg_row(query)) {
        size_t place = (size_t)js_pg_read(query, PLAIN_PLACE);
        js_adding *event = in->items[place].event;
        event->id = js_pg_read(query, PLAIN_ID);
        event->known = js_pg_read_bool(query, PLAIN_KNOWN);
        event->known_same_stream = js_pg_read_bool(query, PLAIN_SAME);
        event->known_barrier = js_pg_read_bool(query, PLAIN_BARRIER);
    }
    js_pg_share_ids(in);
}

jirasend_code js_pg_add_plain(const js_pg_adding *in, bool commits, jirasend_error *error) {
    places at = {calloc(in->entry_count, sizeof *at.counts), calloc(in->count, sizeof *at.behind)};
    if (at.counts == NULL || at.behind == NULL) {
        free(at.counts);
        free(at.behind);
        return js_fail_memory(error);
    }
    count(in, &at);
    js_pg_query query = js_pg_begin_often(in->pg, store_plain);
    bind(&query, in, &at);
    free(at.counts);
    free(at.behind);
    js_pg_queue(&query);
    jirasend_code code = js_pg_flush_put(in->pg, commits, error);
    if (code == JIRASEND_OK) {
        read_results(in, &query);
    }
    js_pg_end(&query);
    return code;
}
