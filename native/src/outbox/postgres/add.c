/*
 * Storing events: one round trip, whatever their number.
 *
 * BEGIN, the locks, one statement that stores all, COMMIT go out together. The streams are locked by
 * their own rows, in the order of their keys; what is read afterwards is as they were committed last, so
 * that ids and numbers of a stream are in the order of commits. Something of a repository locks its row
 * as well, shared, and its deletion alone: so the deletion's number is above all that were committed, and
 * nothing appears below it later. A deletion by properties means what was put into its lane before it:
 * it has the lane's own row alone, which all others share.
 *
 * Numbers of a call begin above the last ones of all its streams, and grow in the order of submission.
 */
#include "outbox/postgres/adding.h"

#include "base/crash_point.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* ---- the locks ---- */

/* What is new stands under the deletion of all of its name, if there was one. */
JS_SQL(
    lock_streams,
    "INSERT INTO @.stream AS s (lane, key, family, name, number, part, sequence, used_ms, over)"
    " SELECT u.lane, u.key, u.family, u.name, u.number, u.part, 0, $7::bigint,"
    "  coalesce((SELECT r.over FROM @.repository r WHERE r.lane = u.lane"
    "  AND r.family = u.family), 0) FROM unnest($1::bigint[], $2::bytea[], $3::bytea[],"
    "  $4::text[], $5::bigint[], $6::text[]) WITH ORDINALITY"
    "  AS u (lane, key, family, name, number, part, place) ORDER BY u.place"
    " ON CONFLICT (lane, key) DO UPDATE SET used_ms = CASE WHEN s.used_ms < $7::bigint - 86400000"
    "  THEN $7::bigint ELSE s.used_ms END");
/* A requestId that is older than it counts is free again. */
JS_SQL(free_requests, "DELETE FROM @.request r USING unnest($1::bigint[], $2::bytea[])"
                      " AS u (lane, key) WHERE r.lane = u.lane AND r.key = u.key"
                      " AND r.settled_ms < $3::bigint");

static js_pg_query streams(const js_pg_adding *in) {
    js_pg_query query = js_pg_begin(in->pg, lock_streams);
    int at[6];
    for (int i = 0; i < 6; i++) {
        at[i] = js_pg_array(&query);
    }
    for (size_t i = 0; i < in->entry_count; i++) {
        const js_pg_adding_stream *one = &in->entries[i];
        js_pg_array_int(&query, at[0], one->at.lane);
        js_pg_array_bytes(&query, at[1], one->at.key, JS_PG_KEY_SIZE);
        js_pg_array_bytes(&query, at[2], one->at.family, JS_PG_KEY_SIZE);
        js_pg_array_text(&query, at[3], one->stream->name);
        js_pg_array_int(&query, at[4], one->stream->number);
        js_pg_array_text(&query, at[5], one->stream->part);
    }
    js_pg_int(&query, in->now_ms);
    return query;
}

static js_pg_query free_old(const js_pg_adding *in) {
    js_pg_query query = js_pg_begin(in->pg, free_requests);
    int lane = js_pg_array(&query);
    int key = js_pg_array(&query);
    for (size_t i = 0; i < in->count; i++) {
        if (in->items[i].event->put->event->request_id != NULL) {
            js_pg_array_int(&query, lane, in->items[i].lane);
            js_pg_array_bytes(&query, key, in->items[i].request, JS_PG_KEY_SIZE);
        }
    }
    js_pg_int(&query, in->forgotten_before_ms);
    return query;
}

static bool any_request(const js_pg_adding *in) {
    for (size_t i = 0; i < in->count; i++) {
        if (in->items[i].event->put->event->request_id != NULL) {
            return true;
        }
    }
    return false;
}

/* ---- storing ---- */

/*
 * i: the events of the call, place by place; s: its streams. known: found by their requestIds, and
 * touched, so that this commit waits for the standby as the first should have. base: the first number
 * that may be given. A deletion of all of a name is above all numbers of it.
 */
#define INPUT                                                                                      \
    "WITH i AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[],"        \
    "  $4::bytea[], $5::bytea[], $6::bigint[], $7::integer[], $8::boolean[], $9::boolean[],"       \
    "  $10::boolean[], $11::text[], $12::text[], $13::bigint[], $14::text[], $15::text[],"         \
    "  $16::boolean[], $17::text[], $24::text[]) WITH ORDINALITY AS t (lane, envelope, request,"   \
    "  stream, touched,"                                                                           \
    "  own_sequence, kind, gated, barrier, history, request_id, issue_keys, dropped, facts,"       \
    "  document, stores, skip, scope, place)),"                                                    \
    " s AS MATERIALIZED (SELECT u.raised, u.takes_name, x.id, x.lane, x.key, x.family, x.sequence" \
    "  FROM unnest($18::bigint[], $19::bytea[], $20::bigint[], $21::boolean[])"                    \
    "  AS u (lane, key, raised, takes_name) JOIN @.stream x ON x.lane = u.lane AND x.key = "       \
    "u.key),"                                                                                      \
    " known AS (UPDATE @.request r SET asked = r.asked + 1 FROM i WHERE r.lane = i.lane"           \
    "  AND r.key = i.request RETURNING i.place, r.id, r.stream_key = i.stream AS same, "           \
    "r.barrier),"                                                                                  \
    " fresh AS MATERIALIZED (SELECT i.* FROM i WHERE i.stores AND i.place NOT IN (SELECT place"    \
    "  FROM known)),"                                                                              \
    " base AS (SELECT greatest($22::bigint, (SELECT max(s.sequence) + 1 FROM s WHERE s.raised > "  \
    "0),"                                                                                          \
    "  (SELECT max(r.sequence) + 1 FROM s JOIN @.repository r ON r.lane = s.lane"                  \
    "   AND r.family = s.family WHERE s.raised > 0),"                                              \
    "  (SELECT max(x.sequence) + 1 FROM s JOIN @.stream x ON x.lane = s.lane"                      \
    "   AND x.family = s.family WHERE s.takes_name AND s.raised > 0)) AS first),"                  \
    " raised AS (UPDATE @.stream x SET sequence = greatest(x.sequence, base.first + s.raised - 1)" \
    "  FROM s, base WHERE x.id = s.id AND s.raised > 0 AND EXISTS (SELECT 1 FROM fresh)),"         \
    " placed AS MATERIALIZED (SELECT nextval('@.event_id') AS id, p.* FROM (SELECT f.*,"           \
    "  o.id AS stream_id, coalesce(t.id, 0) AS touched_id, CASE WHEN f.own_sequence <> 0"          \
    "   THEN f.own_sequence ELSE base.first + f.place - 1 END AS sequence"                         \
    "  FROM fresh f CROSS JOIN base JOIN s o ON o.lane = f.lane AND o.key = f.stream"              \
    "  LEFT JOIN s t ON t.lane = f.lane AND t.key = f.touched ORDER BY f.place) p),"               \
    " stored AS (INSERT INTO @.waiting (id, lane, stream, envelope, sequence, kind, format, "      \
    "gated,"                                                                                       \
    "  barrier, history, bytes, request_id, issue_keys, dropped, facts, touched, created_ms,"      \
    "  queued_ms, request_key, document) SELECT id, lane, stream_id, envelope, sequence, kind,"    \
    "  $23::integer, gated, barrier, history, octet_length(document), request_id, issue_keys,"     \
    "  dropped, facts, touched_id, $22::bigint, $22::bigint, request, document FROM placed"        \
    "  WHERE skip IS NULL),"                                                                       \
    " requests AS (INSERT INTO @.request (lane, key, id, request_id, scope, stream_key,"           \
    "  barrier, settled_ms) SELECT lane, request, id, request_id, CASE WHEN request_id IS NOT "    \
    "NULL"                                                                                         \
    "  THEN scope END, stream, barrier, CASE WHEN skip IS NULL THEN NULL ELSE $22::bigint END"     \
    "  FROM placed),"                                                                              \
    " counters AS (INSERT INTO @.counter AS c (lane, slot, waiting, bytes) SELECT lane,"           \
    "  pg_backend_pid() & 255, count(*), sum(octet_length(document)) FROM placed"                  \
    "  WHERE skip IS NULL GROUP BY lane ORDER BY lane ON CONFLICT (lane, slot) DO UPDATE SET"      \
    "  waiting = c.waiting + excluded.waiting, bytes = c.bytes + excluded.bytes)"
#define OUTPUT                                                                                     \
    " SELECT place, id, same, barrier, true FROM known"                                            \
    " UNION ALL SELECT place, id, true, barrier, false FROM placed"

JS_SQL(store_events, INPUT OUTPUT);
/* A deletion of all of a name: what comes later is above its number, and stands under it. */
#define OVER                                                                                       \
    ", over AS (SELECT s.id, s.lane, s.family, p.sequence FROM s JOIN placed p ON p.stream_id = "  \
    "s.id"                                                                                         \
    "  WHERE s.takes_name),"                                                                       \
    " above AS (UPDATE @.repository r SET over = o.id, sequence = greatest(r.sequence, "           \
    "o.sequence)"                                                                                  \
    "  FROM over o WHERE r.lane = o.lane AND r.family = o.family)"
/*
 * Skipped events are settled at once: numbered behind all that were, with the row of the tally as the
 * last that is locked.
 */
#define SKIP                                                                                       \
    ", skipped AS MATERIALIZED (SELECT p.*, row_number() OVER (ORDER BY place) AS nth FROM "       \
    "placed p"                                                                                     \
    "  WHERE skip IS NOT NULL),"                                                                   \
    " tally AS (UPDATE @.tally y SET settled_no = y.settled_no + n.count, changes = y.changes + 1" \
    "  FROM (SELECT count(*) FROM skipped) n WHERE y.id = 1"                                       \
    "  RETURNING y.settled_no - n.count AS before),"                                               \
    " receipts AS (INSERT INTO @.receipt (id, lane, stream, envelope, sequence, kind, format,"     \
    "  gated, barrier, history, bytes, request_id, issue_keys, dropped, facts, touched,"           \
    "  created_ms, queued_ms, status, message, settled_no, settled_at) SELECT k.id, k.lane,"       \
    "  k.stream_id, k.envelope, k.sequence, k.kind, $23::integer, k.gated, k.barrier, k.history,"  \
    "  octet_length(k.document), k.request_id, k.issue_keys, k.dropped, k.facts, k.touched_id,"    \
    "  $22::bigint, $22::bigint, 3, k.skip, tally.before + k.nth,"                                 \
    "  to_timestamp($22::bigint / 1000.0) FROM skipped k CROSS JOIN tally)"
JS_SQL(store_deletion, INPUT OVER OUTPUT);
JS_SQL(store_skipped, INPUT SKIP OUTPUT);
JS_SQL(store_both, INPUT OVER SKIP OUTPUT);
/* In a statement of its own, as a row cannot be changed twice in one. */
JS_SQL(put_over_family,
       "UPDATE @.stream x SET over = r.over FROM @.repository r, unnest($1::bigint[], $2::bytea[])"
       " AS u (lane, family) WHERE r.lane = u.lane AND r.family = u.family AND x.lane = u.lane"
       " AND x.family = u.family AND r.over > 0 AND x.over <> r.over");
enum { OUT_PLACE, OUT_ID, OUT_SAME, OUT_BARRIER, OUT_KNOWN };
enum { COLUMNS = 17 };

static void add_item(js_pg_query *query, const int at[COLUMNS], const js_pg_adding_event *one) {
    const js_row *row = &one->event->row;
    const js_put *put = one->event->put;
    bool touches = row->touched.name != NULL;
    js_pg_array_int(query, at[0], one->lane);
    js_pg_array_int(query, at[1], one->envelope);
    js_pg_array_bytes(query, at[2], one->same == 0 ? one->request : NULL, JS_PG_KEY_SIZE);
    js_pg_array_bytes(query, at[3], one->stream, JS_PG_KEY_SIZE);
    js_pg_array_bytes(query, at[4], touches ? one->touched : NULL, JS_PG_KEY_SIZE);
    js_pg_array_int(query, at[5], row->sequence);
    js_pg_array_int(query, at[6], row->kind);
    js_pg_array_bool(query, at[7], row->gated);
    js_pg_array_bool(query, at[8], row->barrier);
    js_pg_array_bool(query, at[9], row->history);
    js_pg_array_text(query, at[10], put->event->request_id);
    js_pg_array_text(query, at[11], row->issue_keys);
    js_pg_array_int(query, at[12], put->event->dropped);
    js_pg_array_text(query, at[13], put->facts);
    js_pg_array_text(query, at[14], put->document);
    js_pg_array_bool(query, at[15], !one->event->only_known && one->same == 0);
    js_pg_array_text(query, at[16], put->skip);
}

static js_pg_query storing(const js_pg_adding *in) {
    js_pg_query query =
        js_pg_begin(in->pg, in->takes_name ? (in->skips ? store_both : store_deletion)
                                           : (in->skips ? store_skipped : store_events));
    int at[COLUMNS] = {0};
    for (int i = 0; i < COLUMNS; i++) {
        at[i] = js_pg_array(&query);
    }
    for (size_t i = 0; i < in->count; i++) {
        add_item(&query, at, &in->items[i]);
    }
    int lane = js_pg_array(&query);
    int key = js_pg_array(&query);
    int raised = js_pg_array(&query);
    int takes = js_pg_array(&query);
    for (size_t i = 0; i < in->entry_count; i++) {
        js_pg_array_int(&query, lane, in->entries[i].at.lane);
        js_pg_array_bytes(&query, key, in->entries[i].at.key, JS_PG_KEY_SIZE);
        js_pg_array_int(&query, raised, in->entries[i].raised_by);
        js_pg_array_bool(&query, takes, in->entries[i].takes_name);
    }
    js_pg_int(&query, in->now_ms);
    js_pg_int(&query, JS_FORMAT);
    int scope = js_pg_array(&query);
    for (size_t i = 0; i < in->count; i++) {
        js_pg_array_text(&query, scope, in->items[i].event->row.scope);
    }
    return query;
}

jirasend_code js_pg_flush_put(js_pg *pg, bool commits, jirasend_error *error) {
    JS_CRASH_POINT("pg.before-put");
    jirasend_code code = js_pg_flush(pg, commits, error);
    if (code == JIRASEND_OK) {
        JS_CRASH_POINT("pg.after-put");
    }
    return code;
}

void js_pg_share_ids(const js_pg_adding *in) {
    for (size_t i = 0; i < in->count; i++) {
        const js_pg_adding_event *at = &in->items[i];
        if (at->same != 0 && !at->event->known && in->items[at->same - 1].event->id != 0) {
            const js_pg_adding_event *first = &in->items[at->same - 1];
            at->event->id = first->event->id;
            at->event->known = true;
            at->event->known_same_stream = memcmp(first->stream, at->stream, JS_PG_KEY_SIZE) == 0;
            at->event->known_barrier =
                first->event->known ? first->event->known_barrier : first->event->row.barrier;
        }
    }
}

static void read_results(const js_pg_adding *in, js_pg_query *query) {
    while (js_pg_row(query)) {
        size_t place = (size_t)js_pg_read(query, OUT_PLACE);
        js_adding *event = in->items[place - 1].event;
        event->id = js_pg_read(query, OUT_ID);
        event->known = js_pg_read_bool(query, OUT_KNOWN);
        event->known_same_stream = js_pg_read_bool(query, OUT_SAME);
        event->known_barrier = js_pg_read_bool(query, OUT_BARRIER);
    }
    js_pg_share_ids(in);
}

static js_pg_query over_families(const js_pg_adding *in) {
    js_pg_query query = js_pg_begin(in->pg, put_over_family);
    int lane = js_pg_array(&query);
    int family = js_pg_array(&query);
    for (size_t i = 0; i < in->entry_count; i++) {
        const js_pg_place *at = &in->entries[i].at;
        if (at->entities) {
            js_pg_array_int(&query, lane, at->lane);
            js_pg_array_bytes(&query, family, at->family, JS_PG_KEY_SIZE);
        }
    }
    return query;
}

/* The last events of a call: COMMIT goes with them, when nothing else has to be done. */
static jirasend_code store_all(const js_pg_adding *in, bool last, jirasend_error *error) {
    js_pg *pg = in->pg;
    js_pg_locks held = js_pg_locks_begin(pg, in->sweeps, in->takes_name);
    js_pg_query locked = streams(in);
    bool asks = any_request(in);
    js_pg_query old = asks ? free_old(in) : js_pg_begin(pg, "");
    js_pg_query query = storing(in);
    js_pg_query over = in->takes_name ? over_families(in) : js_pg_begin(pg, "");
    for (size_t i = 0; i < in->entry_count; i++) {
        js_pg_locks_add(&held, &in->entries[i].at);
    }
    js_pg_locks_queue(&held);
    js_pg_queue(&locked);
    if (asks) {
        js_pg_queue(&old);
    }
    js_pg_queue(&query);
    if (in->takes_name) {
        js_pg_queue(&over);
    }
    jirasend_code code = js_pg_flush_put(pg, last && !in->skips, error);
    if (code == JIRASEND_OK) {
        read_results(in, &query);
        code = in->skips ? js_pg_note_skipped(in, error) : code;
    }
    js_pg_locks_end(&held);
    js_pg_end(&locked);
    js_pg_end(&old);
    js_pg_end(&query);
    js_pg_end(&over);
    return code;
}

static jirasend_code store(const js_pg_adding *in, bool last, jirasend_error *error) {
    if (!js_pg_all_plain(in)) {
        return store_all(in, last, error);
    }
    return in->count == 1 ? js_pg_add_one(in, last, error) : js_pg_add_plain(in, last, error);
}

jirasend_code js_pg_add(js_store *outbox, js_adding *events, size_t count, int64_t now_ms,
                        int64_t forgotten_before_ms, jirasend_error *error) {
    js_pg *pg = js_pg_of(outbox);
    js_pg_adding in = {
        .pg = pg, .count = count, .now_ms = now_ms, .forgotten_before_ms = forgotten_before_ms};
    for (size_t i = 0; i < count; i++) {
        events[i].id = 0;
        events[i].known = false;
    }
    jirasend_code code = js_pg_adding_prepare(&in, events, error);
    if (code == JIRASEND_OK) {
        pg->put_left -= count < pg->put_left ? count : pg->put_left;
        if (!pg->inside) {
            (void)js_pg_begin_work(outbox, JS_WORK_WRITE, error);
            pg->changed = false; /* an id that was given shows it: see news.c */
        }
        code = store(&in, pg->put_left == 0, error);
    }
    free(in.items);
    free(in.entries);
    return code;
}
