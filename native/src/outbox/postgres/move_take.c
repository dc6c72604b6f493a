/*
 * Moving from another outbox: storing events as they were there, with ids of ours.
 *
 * Locks are taken as a put takes them: repositories, streams in the order of their keys, the tally last.
 */
#include "outbox/postgres/moving.h"

#include "base/crash_point.h"
#include "base/error.h"
#include "outbox/digest.h"

#include <stdlib.h>
#include <string.h>

/* ---- places ---- */

/* Where a moved event goes. */
typedef struct place {
    const js_move_event *event;
    int64_t lane, stream, touched, envelope, id, settled_no;
    unsigned char request[JS_PG_KEY_SIZE], key[JS_PG_KEY_SIZE];
    bool asks; /* its requestId, or ours, counts */
} place;

typedef struct taking {
    js_pg *pg;
    place *places;
    size_t count;
    js_pg_moved_entry *entries;
    size_t entry_count;
    int64_t counts_from_ms; /* what was settled before has a requestId that is free again */
} taking;

static jirasend_code find_envelope(taking *in, size_t i, jirasend_error *error) {
    place *at = &in->places[i];
    const js_move_event *event = at->event;
    const char *text = js_moved_envelope(event);
    for (size_t k = i; k-- > 0;) {
        const js_move_event *other = in->places[k].event;
        if (in->places[k].lane == at->lane && other->history == event->history &&
            strcmp(js_moved_envelope(other), text) == 0) {
            at->envelope = in->places[k].envelope;
            return JIRASEND_OK;
        }
    }
    const js_row row = {.lane = event->lane, .envelope = text, .history = event->history};
    int64_t used_ms = event->swept ? js_store_now_ms(&in->pg->store) : event->queued_ms;
    return js_pg_envelope_id(in->pg, &row, at->lane, used_ms, &at->envelope, error);
}

/* What was promised to its stream holds here, too; news of the past raises nothing. */
static bool add_streams(taking *in, place *at) {
    const js_move_event *event = at->event;
    js_moved_stream stream = event->stream, touched = event->touched;
    stream.sequence = touched.sequence = event->history ? 0 : event->sequence;
    stream.used_ms = touched.used_ms = event->queued_ms;
    return js_pg_moved_entry_make(&in->entries[in->entry_count++], &event->lane, at->lane,
                                  &stream) &&
           (touched.name == NULL || js_pg_moved_entry_make(&in->entries[in->entry_count++],
                                                           &event->lane, at->lane, &touched));
}

/* Ours has no text. */
static bool make_request_key(const taking *in, place *at) {
    const js_move_event *event = at->event;
    bool old = !event->open && event->settled_ms < in->counts_from_ms;
    at->asks = event->open || (event->request_id != NULL && !old);
    if (event->request_id != NULL && at->asks) {
        return js_pg_key_of_request(event->kind, event->scope, event->request_id, at->request);
    }
    const js_world *world = &in->pg->outbox->own_world;
    world->random(world->self, at->request, sizeof at->request);
    return true;
}

static jirasend_code find_places(taking *in, const js_move_event *events, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < in->count && code == JIRASEND_OK; i++) {
        place *at = &in->places[i];
        at->event = &events[i];
        code = js_pg_lane_id(in->pg, &events[i].lane, &at->lane, error);
        code = code == JIRASEND_OK ? find_envelope(in, i, error) : code;
        if (code == JIRASEND_OK &&
            !(make_request_key(in, at) && js_pg_moved_key(&events[i].stream, at->key) &&
              add_streams(in, at))) {
            code = js_fail_memory(error);
        }
    }
    in->entry_count = js_pg_moved_merge(in->entries, in->entry_count);
    return code;
}

JS_SQL(free_requests, "DELETE FROM @.request r USING unnest($1::bigint[], $2::bytea[])"
                      " AS u (lane, key) WHERE r.lane = u.lane AND r.key = u.key"
                      " AND r.settled_ms < $3::bigint");
JS_SQL(known_requests, "SELECT u.place FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY"
                       " AS u (lane, key, place) JOIN @.request r ON r.lane = u.lane"
                       " AND r.key = u.key ORDER BY u.place DESC");
JS_SQL(new_ids, "SELECT nextval('@.event_id') FROM generate_series(1, $1::bigint) ORDER BY 1");

static js_pg_query requests(const taking *in, const char *sql) {
    js_pg_query query = js_pg_begin(in->pg, sql);
    int lane = js_pg_array(&query), key = js_pg_array(&query);
    for (size_t i = 0; i < in->count; i++) {
        js_pg_array_int(&query, lane, in->places[i].lane);
        js_pg_array_bytes(&query, key, in->places[i].request, JS_PG_KEY_SIZE);
    }
    return query;
}

/* One whose requestId is there already is left out. */
static void leave_out(taking *in, js_pg_query *known) {
    while (js_pg_row(known)) {
        size_t i = (size_t)js_pg_read(known, 0) - 1;
        in->count--;
        memmove(&in->places[i], &in->places[i + 1], (in->count - i) * sizeof *in->places);
    }
}

static void find_streams(taking *in) {
    for (size_t i = 0; i < in->count; i++) {
        place *at = &in->places[i];
        unsigned char key[JS_PG_KEY_SIZE];
        const js_pg_moved_entry *stream =
            js_pg_moved_find(in->entries, in->entry_count, at->lane, at->key);
        const js_pg_moved_entry *touched =
            at->event->touched.name != NULL && js_pg_moved_key(&at->event->touched, key)
                ? js_pg_moved_find(in->entries, in->entry_count, at->lane, key)
                : NULL;
        at->stream = stream != NULL ? stream->id : 0;
        at->touched = touched != NULL ? touched->id : 0;
    }
}

/* With the streams in hand, so that ids of a stream are in the order of commits. */
static jirasend_code give_ids(taking *in, jirasend_error *error) {
    js_pg_query old = requests(in, free_requests);
    js_pg_query known = requests(in, known_requests);
    js_pg_query ids = js_pg_begin(in->pg, new_ids);
    js_pg_int(&old, in->counts_from_ms);
    js_pg_int(&ids, (int64_t)in->count);
    js_pg_queue(&old);
    js_pg_queue(&known);
    js_pg_queue(&ids);
    jirasend_code code = js_pg_flush(in->pg, false, error);
    if (code == JIRASEND_OK) {
        leave_out(in, &known);
        find_streams(in);
    }
    for (size_t i = 0; i < in->count && code == JIRASEND_OK && js_pg_row(&ids); i++) {
        in->places[i].id = js_pg_read(&ids, 0);
    }
    js_pg_end(&old);
    js_pg_end(&known);
    js_pg_end(&ids);
    return code;
}

JS_SQL(count_settled, "UPDATE @.tally SET settled_no = settled_no + $1::bigint,"
                      " dead = dead + $2::bigint WHERE id = 1"
                      " RETURNING settled_no - $1::bigint");

static jirasend_code number_settled(taking *in, jirasend_error *error) {
    int64_t settled = 0, dead = 0, last = 0;
    for (size_t i = 0; i < in->count; i++) {
        const js_move_event *event = in->places[i].event;
        settled += event->status != JS_STATUS_QUEUED ? 1 : 0;
        dead += event->status != JS_STATUS_QUEUED && event->open ? 1 : 0;
    }
    if (settled == 0) {
        return JIRASEND_OK;
    }
    js_pg_query query = js_pg_begin(in->pg, count_settled);
    js_pg_int(&query, settled);
    js_pg_int(&query, dead);
    jirasend_code code = js_pg_number(&query, 0, &last, error);
    for (size_t i = 0; i < in->count; i++) {
        if (in->places[i].event->status != JS_STATUS_QUEUED) {
            in->places[i].settled_no = ++last;
        }
    }
    return code;
}

/* ---- storing them ---- */

_Static_assert(JS_STATUS_QUEUED == 0 && JS_STATUS_ACCEPTED == 2, "store_moved");

#define EVENT                                                                                      \
    "id, lane, stream, envelope, sequence, kind, format, gated, barrier, history, bytes,"          \
    " request_id, issue_keys, unknown_keys, dropped, attempts, unmentioned, http_status, message," \
    " facts, relay_id, touched, created_ms, queued_ms"
#define OF_EVENT                                                                                   \
    "id, lane, stream, envelope, sequence, kind, format, gated, barrier, history,"                 \
    " coalesce(octet_length(document), 0), request_id, issue_keys, unknown_keys, dropped,"         \
    " attempts, unmentioned, http_status, message, facts, relay_id, touched, created_ms, "         \
    "queued_ms"
/* What is told of a stream is of its newest event: one that is older than what Jira has says nothing. */
JS_SQL(store_moved,
       "WITH i AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[],"
       "  $4::bigint[], $5::bigint[], $6::integer[], $7::integer[], $8::boolean[], $9::boolean[],"
       "  $10::boolean[], $11::text[], $12::text[], $13::text[], $14::bigint[], $15::integer[],"
       "  $16::integer[], $17::integer[], $18::text[], $19::text[], $20::bigint[], $21::bigint[],"
       "  $22::bigint[], $23::bigint[], $24::integer[], $25::boolean[], $26::bigint[],"
       "  $27::bigint[], $28::bigint[], $29::bytea[], $30::text[], $31::text[], $32::bytea[],"
       "  $33::bytea[], $34::text[], $35::boolean[]) AS t (id, lane, stream, envelope, sequence,"
       "  kind, format, gated, barrier, history, request_id, issue_keys, unknown_keys, dropped,"
       "  attempts, unmentioned, http_status, message, facts, relay_id, touched, created_ms,"
       "  queued_ms, status, open, settled_no, settled_ms, not_before, request_key, document,"
       "  scope, stream_key, digest, told, asks)),"
       " waits AS (INSERT INTO @.waiting (" EVENT ", request_key, document, not_before)"
       "  SELECT " OF_EVENT ", request_key, document, not_before FROM i WHERE status = 0),"
       " letters AS (INSERT INTO @.dead (" EVENT ", request_key, document, status, settled_no,"
       "  settled_ms) SELECT " OF_EVENT ", request_key, document, status, settled_no, settled_ms"
       "  FROM i WHERE open AND status <> 0),"
       " receipts AS (INSERT INTO @.receipt (" EVENT ", status, settled_no, settled_at)"
       "  SELECT " OF_EVENT ", status, settled_no, to_timestamp(settled_ms / 1000.0) FROM i"
       "  WHERE NOT open AND status <> 0),"
       " requests AS (INSERT INTO @.request (lane, key, id, request_id, scope, stream_key, barrier,"
       "  settled_ms) SELECT lane, request_key, id, request_id, CASE WHEN request_id IS NOT NULL"
       "  THEN scope END, stream_key, barrier, CASE WHEN open THEN NULL ELSE settled_ms END FROM i"
       "  WHERE asks),"
       " newest AS (SELECT DISTINCT ON (stream) * FROM i WHERE status <> 0"
       "  ORDER BY stream, sequence DESC, id DESC),"
       " streams AS (UPDATE @.stream s SET told_id = n.id, told_status = n.status,"
       "  told_envelope = n.envelope,"
       "  told_digest = n.digest, accepted_keys = coalesce((SELECT a.issue_keys FROM i a"
       "   WHERE a.stream = s.id AND a.status = 2 AND a.sequence >= s.accepted"
       "   ORDER BY a.sequence DESC, a.id DESC LIMIT 1), s.accepted_keys) FROM newest n"
       "  WHERE s.id = n.stream AND (s.told_id = 0 OR n.sequence >= s.accepted)),"
       " told AS (INSERT INTO @.told AS t (stream, event, settled_ms, document)"
       "  SELECT DISTINCT ON (i.stream) i.stream, i.id, i.settled_ms, i.told FROM i"
       "  JOIN @.stream s ON s.id = i.stream WHERE i.told IS NOT NULL AND i.sequence >= s.accepted"
       "  ORDER BY i.stream, i.sequence DESC, i.id DESC ON CONFLICT (stream) DO UPDATE SET"
       "  event = excluded.event, settled_ms = excluded.settled_ms, document = excluded.document)"
       " INSERT INTO @.counter AS c (lane, slot, waiting, bytes)"
       "  SELECT lane, pg_backend_pid() & 255, count(*), sum(octet_length(document)) FROM i"
       "  WHERE status = 0 GROUP BY lane ORDER BY lane ON CONFLICT (lane, slot) DO UPDATE SET"
       "  waiting = c.waiting + excluded.waiting, bytes = c.bytes + excluded.bytes");
enum { COLUMNS = 35 };

static void add_where(js_pg_query *query, const int at[COLUMNS], const place *to) {
    const js_move_event *event = to->event;
    js_pg_array_int(query, at[0], to->id);
    js_pg_array_int(query, at[1], to->lane);
    js_pg_array_int(query, at[2], to->stream);
    js_pg_array_int(query, at[3], to->envelope);
    js_pg_array_int(query, at[4], event->sequence);
    js_pg_array_int(query, at[5], event->kind);
    js_pg_array_int(query, at[6], event->format);
    js_pg_array_bool(query, at[7], event->gated);
    js_pg_array_bool(query, at[8], event->barrier);
    js_pg_array_bool(query, at[9], event->history);
    js_pg_array_text(query, at[10], event->request_id);
    js_pg_array_text(query, at[11], event->issue_keys);
    js_pg_array_text(query, at[12], event->unknown_keys);
    js_pg_array_int(query, at[13], event->dropped);
    js_pg_array_int(query, at[14], event->attempts);
    js_pg_array_int(query, at[15], event->unmentioned);
    js_pg_array_int(query, at[16], event->http_status);
    js_pg_array_text(query, at[17], event->message);
    js_pg_array_text(query, at[18], event->facts);
}

static void add_what(js_pg_query *query, const int at[COLUMNS], const place *to) {
    const js_move_event *event = to->event;
    js_pg_array_int(query, at[19], event->relay_id);
    js_pg_array_int(query, at[20], to->touched);
    js_pg_array_int(query, at[21], event->created_ms);
    js_pg_array_int(query, at[22], event->queued_ms);
    js_pg_array_int(query, at[23], (int)event->status);
    js_pg_array_bool(query, at[24], event->open);
    js_pg_array_int(query, at[25], to->settled_no);
    js_pg_array_int(query, at[26], event->settled_ms);
    js_pg_array_int(query, at[27], event->not_before_ms);
    js_pg_array_bytes(query, at[28], to->request, JS_PG_KEY_SIZE);
    js_pg_array_text(query, at[29], event->document);
    js_pg_array_text(query, at[30], event->scope);
    js_pg_array_bytes(query, at[31], to->key, JS_PG_KEY_SIZE);
    js_pg_array_bytes(query, at[32], event->digest, JS_DIGEST_SIZE);
    js_pg_array_text(query, at[33], event->told);
    js_pg_array_bool(query, at[34], to->asks);
}

JS_SQL(mark_swept, "UPDATE @.envelope SET swept = 9223372036854775807 WHERE id = ANY ($1::bigint[])"
                   " AND swept < 9223372036854775807");

static jirasend_code mark_all(const taking *in, jirasend_error *error) {
    js_pg_query query = js_pg_begin(in->pg, mark_swept);
    int array = js_pg_array(&query);
    bool any = false;
    for (size_t i = 0; i < in->count; i++) {
        if (in->places[i].event->swept) {
            js_pg_array_int(&query, array, in->places[i].envelope);
            any = true;
        }
    }
    jirasend_code code = any ? js_pg_exec(&query, error) : JIRASEND_OK;
    js_pg_end(&query);
    return code;
}

static jirasend_code store_all(const taking *in, jirasend_error *error) {
    js_pg_query query = js_pg_begin(in->pg, store_moved);
    js_pg_notes notes;
    int at[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        at[i] = js_pg_array(&query);
    }
    js_pg_notes_begin(&notes, in->pg);
    for (size_t i = 0; i < in->count; i++) {
        const js_move_event *event = in->places[i].event;
        add_where(&query, at, &in->places[i]);
        add_what(&query, at, &in->places[i]);
        for (size_t k = 0; k < event->key_count; k++) {
            const js_moved_key *key = &event->keys[k];
            js_pg_note_key(&notes, in->places[i].id, key->key, key->source, key->rule, key->commit);
        }
    }
    js_pg_queue(&query);
    js_pg_notes_queue(&notes);
    JS_CRASH_POINT("pg.before-move");
    jirasend_code code = js_pg_flush(in->pg, false, error);
    js_pg_notes_end(&notes);
    js_pg_end(&query);
    return code;
}

jirasend_code js_pg_move_take(js_store *store, const js_move_event *events, size_t count,
                              jirasend_error *error) {
    taking in = {.pg = js_pg_of(store),
                 .places = calloc(count + 1, sizeof *in.places),
                 .count = count,
                 .entries = calloc(2 * count + 1, sizeof *in.entries),
                 .counts_from_ms = js_store_now_ms(store) - JS_KEEP_MS};
    jirasend_code code = in.places == NULL || in.entries == NULL ? js_fail_memory(error)
                                                                 : find_places(&in, events, error);
    code = code == JIRASEND_OK ? js_pg_moved_raise(in.pg, in.entries, in.entry_count, error) : code;
    code = code == JIRASEND_OK ? give_ids(&in, error) : code;
    code = code == JIRASEND_OK ? number_settled(&in, error) : code;
    code = code == JIRASEND_OK && in.count > 0 ? store_all(&in, error) : code;
    code = code == JIRASEND_OK ? mark_all(&in, error) : code;
    free(in.places);
    free(in.entries);
    return code;
}
