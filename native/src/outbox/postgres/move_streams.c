/*
 * Moving from another outbox: the streams of what comes, locked and raised as a put does it, in the order of
 * their keys, so that no number is given twice.
 */
#include "outbox/postgres/moving.h"

#include "base/error.h"
#include "event/kind.h"

#include <stdlib.h>
#include <string.h>

bool js_pg_moved_key(const js_moved_stream *stream, unsigned char key[JS_PG_KEY_SIZE]) {
    const js_stream named = {stream->name, stream->number, stream->part};
    return js_pg_key_of_stream(&named, key);
}

/* False: memory is short. */
bool js_pg_moved_entry_make(js_pg_moved_entry *to, const js_lane *lane, int64_t id,
                            const js_moved_stream *stream) {
    *to = (js_pg_moved_entry){
        .at.lane = id, .at.entities = js_api_of(lane->api)->entities, .stream = *stream};
    return js_pg_moved_key(stream, to->at.key) && js_pg_key_of_text(stream->name, to->at.family);
}

static int64_t greater(int64_t one, int64_t other) {
    return one > other ? one : other;
}

/* Each once, in the order in which all lock them. */
size_t js_pg_moved_merge(js_pg_moved_entry *entries, size_t count) {
    size_t kept = 0;
    qsort(entries, count, sizeof *entries, js_pg_place_order);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || js_pg_place_order(&entries[kept - 1], &entries[i]) != 0) {
            entries[kept++] = entries[i];
            continue;
        }
        js_moved_stream *to = &entries[kept - 1].stream;
        const js_moved_stream *more = &entries[i].stream;
        to->sequence = greater(to->sequence, more->sequence);
        to->used_ms = greater(to->used_ms, more->used_ms);
        to->accepted = greater(to->accepted, more->accepted);
        to->wait_until_ms = greater(to->wait_until_ms, more->wait_until_ms);
        to->whole = to->whole || more->whole;
        to->lane_until_ms = greater(to->lane_until_ms, more->lane_until_ms);
        to->lane_asks = to->lane_asks || more->lane_asks;
    }
    return kept;
}

/* Numbers are raised and never lowered. What is new falls under the deletion of all of its name. */
JS_SQL(
    raise_streams,
    "INSERT INTO @.stream AS s (lane, key, family, name, number, part, sequence, used_ms,"
    " accepted, wait_until_ms, over) SELECT u.lane, u.key, u.family, u.name, u.number, u.part,"
    " u.sequence, u.used, u.accepted, u.wait, coalesce((SELECT r.over FROM @.repository r"
    "  WHERE r.lane = u.lane AND r.family = u.family), 0) FROM unnest($1::bigint[],"
    " $2::bytea[], $3::bytea[], $4::text[], $5::bigint[], $6::text[], $7::bigint[],"
    " $8::bigint[], $9::bigint[], $10::bigint[]) WITH ORDINALITY AS u (lane, key, family, name,"
    " number, part, sequence, used, accepted, wait, place) ORDER BY u.place"
    " ON CONFLICT (lane, key) DO UPDATE SET sequence = greatest(s.sequence, excluded.sequence),"
    " used_ms = greatest(s.used_ms, excluded.used_ms),"
    " accepted = greatest(s.accepted, excluded.accepted),"
    " wait_until_ms = greatest(s.wait_until_ms, excluded.wait_until_ms) RETURNING id, lane, key");
enum { RAISED_ID, RAISED_LANE, RAISED_KEY };
JS_SQL(put_over_repository,
       "UPDATE @.repository r SET over = s.id, sequence = greatest(r.sequence, s.sequence)"
       " FROM @.stream s, unnest($1::bigint[], $2::bytea[]) AS u (lane, key)"
       " WHERE s.lane = u.lane AND s.key = u.key AND r.lane = s.lane AND r.family = s.family");
JS_SQL(put_over_family,
       "UPDATE @.stream x SET over = r.over FROM @.stream s JOIN @.repository r ON r.lane = s.lane"
       " AND r.family = s.family, unnest($1::bigint[], $2::bytea[]) AS u (lane, key)"
       " WHERE s.lane = u.lane AND s.key = u.key AND x.lane = s.lane AND x.family = s.family"
       " AND r.over > 0 AND x.over <> r.over");

/* Of the deletions of all of a name. */
static js_pg_query wholes(js_pg *pg, const char *sql, const js_pg_moved_entry *entries,
                          size_t count) {
    js_pg_query query = js_pg_begin(pg, sql);
    int lane = js_pg_array(&query), key = js_pg_array(&query);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].stream.whole) {
            js_pg_array_int(&query, lane, entries[i].at.lane);
            js_pg_array_bytes(&query, key, entries[i].at.key, JS_PG_KEY_SIZE);
        }
    }
    return query;
}

static js_pg_query raising(js_pg *pg, const js_pg_moved_entry *entries, size_t count) {
    js_pg_query query = js_pg_begin(pg, raise_streams);
    int at[10];
    for (int i = 0; i < 10; i++) {
        at[i] = js_pg_array(&query);
    }
    for (size_t i = 0; i < count; i++) {
        const js_pg_moved_entry *one = &entries[i];
        js_pg_array_int(&query, at[0], one->at.lane);
        js_pg_array_bytes(&query, at[1], one->at.key, JS_PG_KEY_SIZE);
        js_pg_array_bytes(&query, at[2], one->at.family, JS_PG_KEY_SIZE);
        js_pg_array_text(&query, at[3], one->stream.name);
        js_pg_array_int(&query, at[4], one->stream.number);
        js_pg_array_text(&query, at[5], one->stream.part);
        js_pg_array_int(&query, at[6], one->stream.sequence);
        js_pg_array_int(&query, at[7], one->stream.used_ms);
        js_pg_array_int(&query, at[8], one->stream.accepted);
        js_pg_array_int(&query, at[9], one->stream.wait_until_ms);
    }
    return query;
}

js_pg_moved_entry *js_pg_moved_find(js_pg_moved_entry *entries, size_t count, int64_t lane,
                                    const unsigned char key[JS_PG_KEY_SIZE]) {
    js_pg_moved_entry wanted = {.at.lane = lane};
    memcpy(wanted.at.key, key, JS_PG_KEY_SIZE);
    return bsearch(&wanted, entries, count, sizeof *entries, js_pg_place_order);
}

static void read_ids(js_pg_query *query, js_pg_moved_entry *entries, size_t count) {
    unsigned char key[JS_PG_KEY_SIZE];
    while (js_pg_row(query)) {
        js_pg_moved_entry *one =
            js_pg_read_bytes(query, RAISED_KEY, key, sizeof key)
                ? js_pg_moved_find(entries, count, js_pg_read(query, RAISED_LANE), key)
                : NULL;
        if (one != NULL) {
            one->id = js_pg_read(query, RAISED_ID);
        }
    }
}

/* Locks all, raises them, and finds out their ids. */
jirasend_code js_pg_moved_raise(js_pg *pg, js_pg_moved_entry *entries, size_t count,
                                jirasend_error *error) {
    bool whole = false;
    for (size_t i = 0; i < count; i++) {
        whole = whole || entries[i].stream.whole;
    }
    js_pg_locks held = js_pg_locks_begin(pg, false, whole);
    for (size_t i = 0; i < count; i++) {
        js_pg_locks_add(&held, &entries[i].at);
    }
    js_pg_query streams = raising(pg, entries, count);
    js_pg_query over = wholes(pg, put_over_repository, entries, count);
    js_pg_query family = wholes(pg, put_over_family, entries, count);
    js_pg_locks_queue(&held);
    js_pg_queue(&streams);
    if (whole) {
        js_pg_queue(&over);
        js_pg_queue(&family);
    }
    jirasend_code code = js_pg_flush(pg, false, error);
    if (code == JIRASEND_OK) {
        read_ids(&streams, entries, count);
    }
    js_pg_locks_end(&held);
    js_pg_end(&streams);
    js_pg_end(&over);
    js_pg_end(&family);
    return code;
}

/* What is raised by a stream that nobody is asked for, may be told later which one it is. */
JS_SQL(lane_waits,
       "UPDATE @.lane SET wait_stream = CASE WHEN $2::bigint > wait_until_ms"
       " OR ($2::bigint = wait_until_ms AND $3::bigint > 0) THEN $3::bigint ELSE wait_stream END,"
       " wait_until_ms = greatest(wait_until_ms, $2::bigint) WHERE id = $1::bigint");

static jirasend_code take_lane_waits(js_pg *pg, const js_pg_moved_entry *entries, size_t count,
                                     jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    int64_t now_ms = js_store_now_ms(&pg->store);
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        const js_pg_moved_entry *one = &entries[i];
        bool first = i == 0 || one->at.lane != entries[i - 1].at.lane;
        if (one->stream.lane_until_ms > now_ms && (first || one->stream.lane_asks)) {
            js_pg_query query = js_pg_begin(pg, lane_waits);
            js_pg_int(&query, one->at.lane);
            js_pg_int(&query, one->stream.lane_until_ms);
            js_pg_int(&query, one->stream.lane_asks ? one->id : 0);
            code = js_pg_run(&query, error);
        }
    }
    return code;
}

jirasend_code js_pg_move_streams(js_store *store, const js_lane *lanes,
                                 const js_moved_stream *streams, size_t count,
                                 jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_pg_moved_entry *entries = calloc(count + 1, sizeof *entries);
    if (entries == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        int64_t lane = 0;
        code = js_pg_lane_id(pg, &lanes[i], &lane, error);
        if (code == JIRASEND_OK &&
            !js_pg_moved_entry_make(&entries[i], &lanes[i], lane, &streams[i])) {
            code = js_fail_memory(error);
        }
    }
    if (code == JIRASEND_OK) {
        size_t kept = js_pg_moved_merge(entries, count);
        code = js_pg_moved_raise(pg, entries, kept, error);
        code = code == JIRASEND_OK ? take_lane_waits(pg, entries, kept, error) : code;
    }
    free(entries);
    return code;
}
