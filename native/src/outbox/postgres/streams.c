/* Streams: what waits in them, and whether it may go. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * One row for each stream. o: the deletion of all of its name; g, b, n: the oldest gated event, the newest
 * deletion, and the newest other one before the gated event, of history by its number. What touches
 * the stream of a deletion keeps its order with it; what is superseded by something behind the deletion
 * tells nothing that the deletion would miss. A deletion that nothing is in the way of comes first, as
 * what is in the way of a newer one may itself wait for an older one.
 */
#define ONE_OF(alias, rest)                                                                        \
    " LEFT JOIN LATERAL (SELECT e.* FROM @.waiting e WHERE e.stream = s.id AND " rest              \
    " LIMIT 1) " alias " ON true"
#define QUEUED_AS(alias)                                                                           \
    alias ".id, " alias ".stream, " alias ".envelope, " alias ".sequence, " alias                  \
          ".not_before, " alias ".bytes, " alias ".queued_ms, " alias ".attempts, " alias          \
          ".gated, " alias ".barrier, " alias ".history, " alias ".touched, " JS_KNOWN_ROW(alias)
/* What touched the stream before this deletion, and still counts. */
#define TOUCHED_BEFORE(alias)                                                                      \
    "EXISTS (SELECT 1 FROM @.waiting t WHERE t.touched = s.id AND t.touched > 0"                   \
    "  AND t.id < " alias ".id AND NOT t.history AND NOT EXISTS (SELECT 1 FROM @.waiting m"        \
    "  WHERE m.stream = t.stream AND m.id > " alias ".id))"
#define LOOK_AT(newest)                                                                            \
    "SELECT s.id, greatest(s.accepted, coalesce(o.accepted, 0)), s.wait_until_ms,"                 \
    " (o.id IS NOT NULL AND EXISTS (SELECT 1 FROM @.waiting e WHERE e.stream = o.id"               \
    "  AND e.barrier))"                                                                            \
    " OR (b.id IS NULL AND n.touched > 0 AND EXISTS (SELECT 1 FROM @.waiting e"                    \
    "  WHERE e.stream = n.touched AND e.barrier AND e.id < n.id))"                                 \
    " OR (b.id IS NOT NULL AND " TOUCHED_BEFORE("b") "), " QUEUED_AS("b") ", " QUEUED_AS(          \
        "g") ", " QUEUED_AS("n") " FROM unnest($1::bigint[]) AS u (id)"                            \
                                 " JOIN @.stream s ON s.id = u.id"                                 \
                                 " LEFT JOIN @.stream o ON o.id = s.over AND "                     \
                                 "s.over > 0 AND o.id <> s.id" ONE_OF("g",                         \
                                                                      "e.gated ORDER BY e.id")     \
                                     ONE_OF("b", "e.barrier ORDER BY " TOUCHED_BEFORE(             \
                                                     "e") ", e.id DESC")                           \
                                         ONE_OF("n", "b.id IS NULL AND " JS_KNOWN_ROW(             \
                                                         "e") " AND " newest)
JS_SQL(look_at_streams,
       LOOK_AT("NOT e.gated AND NOT e.barrier AND NOT e.history"
               " AND e.id < coalesce(g.id, 9223372036854775807) ORDER BY e.id DESC"));
JS_SQL(look_at_history, LOOK_AT("e.history ORDER BY e.sequence DESC, e.id DESC"));
enum { QUEUED_COLUMNS = 13 };
enum {
    LOOK_STREAM,
    LOOK_ACCEPTED,
    LOOK_WAIT,
    LOOK_BEHIND,
    LOOK_BARRIER,
    LOOK_GATE = LOOK_BARRIER + QUEUED_COLUMNS,
    LOOK_NEWEST = LOOK_GATE + QUEUED_COLUMNS
};

static js_stream_view *view_of(js_stream_view *views, size_t count, int64_t stream) {
    for (size_t i = 0; i < count; i++) {
        if (views[i].stream == stream) {
            return &views[i];
        }
    }
    return NULL;
}

static void read_view(const js_pg_query *query, js_stream_view *view) {
    view->accepted = js_pg_read(query, LOOK_ACCEPTED);
    view->wait_until_ms = js_pg_read(query, LOOK_WAIT);
    view->behind = js_pg_read_bool(query, LOOK_BEHIND);
    view->barrier = js_pg_read_queued(query, LOOK_BARRIER);
    view->gate = js_pg_read_queued(query, LOOK_GATE);
    view->newest = js_pg_read_queued(query, LOOK_NEWEST);
}

jirasend_code js_pg_streams(js_store *store, js_stream_view *views, size_t count, bool history,
                            jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), history ? look_at_history : look_at_streams);
    int ids = js_pg_array(&query);
    for (size_t i = 0; i < count; i++) {
        views[i] = (js_stream_view){.stream = views[i].stream};
        js_pg_array_int(&query, ids, views[i].stream);
    }
    jirasend_code code = js_pg_exec(&query, error);
    while (code == JIRASEND_OK && js_pg_row(&query)) {
        js_stream_view *view = view_of(views, count, js_pg_read(&query, LOOK_STREAM));
        if (view != NULL) {
            read_view(&query, view);
        }
    }
    js_pg_end(&query);
    return code;
}

/* ---- after a deletion ---- */

/* The stream itself, and those that it covers. */
#define STREAMS_OF                                                                                 \
    "(SELECT $1::bigint UNION ALL SELECT id FROM @.stream WHERE over = $1::bigint AND over > 0"    \
    " AND id <> $1::bigint)"

/* Those that were never sent have no pause of their own. */
JS_SQL(unblock, "UPDATE @.waiting SET not_before = 0 WHERE not_before > 0 AND attempts = 0"
                " AND id IN (SELECT e.id FROM @.waiting e WHERE e.stream IN " STREAMS_OF
                " UNION ALL SELECT e.id FROM @.waiting e WHERE e.touched > 0"
                "  AND e.touched = $1::bigint)");

jirasend_code js_pg_unblock(js_store *store, const js_event_row *barrier, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_pg_query query = js_pg_begin(pg, unblock);
    js_pg_int(&query, barrier->stream);
    js_pg_low_forget(pg->outbox, barrier->lane);
    return js_pg_run(&query, error);
}

/* Of a lane: where nothing is to be asked for, nobody can make it shorter. */
JS_SQL(stream_waits,
       "(SELECT s.id, l.site, l.kind, s.name, s.number, s.part, s.wait_until_ms, false"
       " FROM @.stream s JOIN @.lane l ON l.id = s.lane WHERE s.wait_until_ms > 0"
       " AND s.wait_until_ms > $1::bigint AND s.wait_until_ms <= $2::bigint"
       " AND EXISTS (SELECT 1 FROM @.waiting e WHERE e.stream = s.id)"
       " AND " JS_KNOWN_LANE(
           "l") " ORDER BY s.wait_until_ms LIMIT $3::bigint) UNION ALL"
                " (SELECT l.id, l.site, l.kind, s.name, s.number, s.part, l.wait_until_ms, true"
                " FROM @.lane l JOIN @.stream s ON s.id = l.wait_stream"
                " WHERE l.wait_until_ms > $1::bigint AND l.wait_until_ms <= $2::bigint"
                " AND EXISTS (SELECT 1 FROM @.waiting e WHERE e.lane = l.id)"
                " AND " JS_KNOWN_LANE("l") " LIMIT $3::bigint)");

static bool read_wait(const js_pg_query *query, js_stream_wait *wait) {
    enum { ID, SITE, API, NAME, NUMBER, PART, UNTIL, WHOLE };
    *wait = (js_stream_wait){.whole_lane = js_pg_read_bool(query, WHOLE),
                             .stream = js_pg_read(query, ID),
                             .lane.api = (js_api)js_pg_read(query, API),
                             .number = js_pg_read(query, NUMBER),
                             .until_ms = js_pg_read(query, UNTIL)};
    (void)snprintf(wait->lane.site, sizeof wait->lane.site, "%s", js_pg_read_text(query, SITE));
    wait->name = js_copy(js_pg_read_text(query, NAME));
    wait->part = js_copy(js_pg_read_text(query, PART));
    return wait->name != NULL && wait->part != NULL;
}

jirasend_code js_pg_stream_waits(js_store *store, int64_t now_ms, js_stream_wait **waits,
                                 size_t *count, jirasend_error *error) {
    enum { MOST = 64 }; /* the others have their turn when these are over */
    *waits = NULL;
    *count = 0;
    js_pg_query query = js_pg_begin(js_pg_of(store), stream_waits);
    js_pg_int(&query, now_ms);
    js_pg_int(&query, now_ms + JS_STREAM_WAIT_MAX_MS);
    js_pg_int(&query, MOST);
    jirasend_code code = js_pg_exec(&query, error);
    bool memory = true;
    if (code == JIRASEND_OK && query.rows > 0) {
        *waits = calloc((size_t)query.rows, sizeof **waits);
        memory = *waits != NULL;
    }
    while (memory && code == JIRASEND_OK && js_pg_row(&query)) {
        memory = read_wait(&query, &(*waits)[(*count)++]);
    }
    js_pg_end(&query);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code != JIRASEND_OK) {
        js_stream_waits_free(*waits, *count);
        *waits = NULL;
        *count = 0;
    }
    return code;
}

JS_SQL(end_wait, "WITH over AS (UPDATE @.stream SET wait_until_ms = 0 WHERE id = $1::bigint"
                 " AND wait_until_ms = $2::bigint RETURNING id)"
                 " UPDATE @.waiting w SET not_before = 0 FROM over WHERE w.stream = over.id"
                 " AND w.not_before > 0 AND w.attempts = 0");

jirasend_code js_pg_stream_wait_end(js_store *store, const js_stream_wait *wait,
                                    jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    if (wait->whole_lane) {
        return js_pg_lane_wait_end(store, wait, error);
    }
    js_pg_query query = js_pg_begin(pg, end_wait);
    js_pg_int(&query, wait->stream);
    js_pg_int(&query, wait->until_ms);
    (void)pthread_mutex_lock(&pg->outbox->mutex);
    for (size_t i = 0; i < JS_PG_LOWS; i++) {
        pg->outbox->lows[i].lane = 0;
    }
    (void)pthread_mutex_unlock(&pg->outbox->mutex);
    return js_pg_run(&query, error);
}
