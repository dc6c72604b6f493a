/* Streams: what waits in them, and whether it may go. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* o: the deletion of all of its name. An id that was used again is of another name. */
JS_SQL(look_at_stream,
       "SELECT max(s.accepted, coalesce(o.accepted, 0)), s.wait_until_ms,"
       " (SELECT id FROM event INDEXED BY event_gated WHERE stream = ?1 AND status = 0"
       "  AND gated = 1 ORDER BY id LIMIT 1),"
       " (SELECT id FROM event INDEXED BY event_barrier WHERE stream = ?1 AND status = 0"
       "  AND barrier = 1 ORDER BY id DESC LIMIT 1),"
       " o.id IS NOT NULL AND EXISTS (SELECT 1 FROM event b INDEXED BY event_barrier"
       "  WHERE b.stream = o.id AND b.status = 0 AND b.barrier = 1)"
       " FROM stream s LEFT JOIN stream o ON o.id = s.over AND s.over > 0 AND o.over = o.id"
       "  AND o.id <> s.id AND o.lane = s.lane AND o.pipeline = s.pipeline WHERE s.id = ?1");
enum { LOOK_ACCEPTED, LOOK_WAIT, LOOK_GATE, LOOK_BARRIER, LOOK_OVER };

JS_SQL(newest_event,
       "SELECT " JS_QUEUED_COLUMNS " FROM event e INDEXED BY event_stream"
       " WHERE e.stream = ?1 AND e.status = 0 AND e.id < ?2 AND e.gated = 0"
       " AND e.barrier = 0 AND e.history = 0 AND " JS_KNOWN_ROW("e") " ORDER BY e.id DESC LIMIT 1");
JS_SQL(newest_history, "SELECT " JS_QUEUED_COLUMNS " FROM event e INDEXED BY event_history"
                       " WHERE e.stream = ?1 AND e.status = 0 AND e.history = 1 AND " JS_KNOWN_ROW(
                           "e") " ORDER BY e.sequence DESC, e.id DESC LIMIT 1");
JS_SQL(one_event, "SELECT " JS_QUEUED_COLUMNS " FROM event e WHERE e.id = ?1");

/* Its id is 0 when there is none. Ends the query. */
static jirasend_code one_queued(js_query *query, js_queued *event, jirasend_error *error) {
    *event = js_query_row(query) ? js_sq_read_queued(query) : (js_queued){0};
    return js_query_end(query, error);
}

static jirasend_code by_id(js_store *store, int64_t id, js_queued *event, jirasend_error *error) {
    if (id == 0) {
        return JIRASEND_OK;
    }
    js_query query = js_sq_query(js_sq_of(store), one_event);
    js_query_int(&query, id);
    return one_queued(&query, event, error);
}

/*
 * Nearly every stream has one event that waits, and nothing that it has to heed: one look is enough, and as
 * the index alone answers it, the event is not read a second time.
 */
JS_SQL(lone_event,
       "SELECT e.id, s.accepted, s.wait_until_ms"
       " FROM event e INDEXED BY event_stream CROSS JOIN stream s ON s.id = e.stream"
       " WHERE e.stream = ?1 AND e.status = 0 AND s.over = 0 ORDER BY e.id DESC LIMIT 2");
enum { LONE_ID, LONE_ACCEPTED, LONE_WAIT };

static bool is_simple(const js_queued *event, bool history) {
    return event->known && !event->gated && !event->barrier && event->touched == 0 &&
           event->history == history;
}

/* *lone: it is one, and in the view; else the view is empty. */
static jirasend_code look_for_one(js_store *store, js_stream_view *view, bool history, bool *lone,
                                  jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), lone_event);
    js_stream_view found = {.stream = view->stream, .newest = view->newest};
    int64_t id = 0;
    js_query_int(&query, view->stream);
    *lone = js_query_row(&query);
    if (*lone) {
        id = js_query_read(&query, LONE_ID);
        found.accepted = js_query_read(&query, LONE_ACCEPTED);
        found.wait_until_ms = js_query_read(&query, LONE_WAIT);
        *lone = !js_query_row(&query);
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && *lone && found.newest.id != id) {
        code = by_id(store, id, &found.newest, error);
    }
    *lone = *lone && code == JIRASEND_OK && is_simple(&found.newest, history);
    *view = *lone ? found : (js_stream_view){.stream = view->stream};
    return code;
}

static jirasend_code newest(js_store *store, js_stream_view *view, bool history,
                            jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), history ? newest_history : newest_event);
    js_query_int(&query, view->stream);
    if (!history) {
        js_query_int(&query, view->gate.id == 0 ? INT64_MAX : view->gate.id);
    }
    return one_queued(&query, &view->newest, error);
}

JS_SQL(deletion_of_touched,
       "SELECT EXISTS (SELECT 1 FROM event b INDEXED BY event_barrier WHERE b.stream = ?1"
       " AND b.status = 0 AND b.barrier = 1 AND b.id < ?2)");
/*
 * What is superseded by something behind the deletion tells nothing that the deletion would miss. For an
 * older deletion none of these is in the way that is below the newest of its stream, of all the least: 0
 * when nothing is in the way of this one.
 */
JS_SQL(touched_before,
       "SELECT coalesce(min((SELECT max(m.id) FROM event m INDEXED BY event_stream"
       "  WHERE m.stream = t.stream AND m.status = 0)), 0)"
       " FROM event t INDEXED BY event_touched WHERE t.touched = ?1"
       " AND t.status = 0 AND t.touched > 0 AND t.id < ?2 AND t.history = 0"
       " AND NOT EXISTS (SELECT 1 FROM event n INDEXED BY event_stream WHERE n.stream = t.stream"
       "  AND n.status = 0 AND n.id > ?2)");
JS_SQL(barrier_before, "SELECT " JS_QUEUED_COLUMNS " FROM event e INDEXED BY event_barrier"
                       " WHERE e.stream = ?1 AND e.status = 0 AND e.barrier = 1 AND e.id < ?2"
                       " ORDER BY e.id DESC LIMIT 1");

static jirasend_code ask(js_store *store, const char *sql, int64_t stream, int64_t before,
                         int64_t *number, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), sql);
    js_query_int(&query, stream);
    js_query_int(&query, before);
    return js_query_number(&query, 0, number, error);
}

/*
 * The newest deletion that nothing is in the way of: what stands in the way of a newer one may itself
 * wait for an older one.
 */
static jirasend_code find_free_barrier(js_store *store, js_stream_view *view,
                                       jirasend_error *error) {
    js_queued at = view->barrier;
    while (at.id != 0) {
        int64_t below = 0;
        jirasend_code code = ask(store, touched_before, view->stream, at.id, &below, error);
        if (code == JIRASEND_OK && below == 0) {
            view->barrier = at;
        }
        if (code != JIRASEND_OK || below == 0) {
            return code;
        }
        js_query query = js_sq_query(js_sq_of(store), barrier_before);
        js_query_int(&query, view->stream);
        js_query_int(&query, below < at.id ? below : at.id);
        code = one_queued(&query, &at, error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    view->behind = true;
    return JIRASEND_OK;
}

/* Deletions, and what touches the stream of one, keep their order. */
static jirasend_code look_at_touched(js_store *store, js_stream_view *view, jirasend_error *error) {
    int64_t behind = 0;
    if (view->barrier.id != 0) {
        return find_free_barrier(store, view, error);
    }
    if (view->newest.id == 0 || view->newest.touched == 0) {
        return JIRASEND_OK;
    }
    jirasend_code code =
        ask(store, deletion_of_touched, view->newest.touched, view->newest.id, &behind, error);
    view->behind = view->behind || behind != 0;
    return code;
}

static jirasend_code look_closely(js_store *store, js_stream_view *view, bool history,
                                  jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), look_at_stream);
    js_query_int(&query, view->stream);
    int64_t gate = 0;
    int64_t barrier = 0;
    if (js_query_row(&query)) {
        view->accepted = js_query_read(&query, LOOK_ACCEPTED);
        view->wait_until_ms = js_query_read(&query, LOOK_WAIT);
        gate = js_query_read(&query, LOOK_GATE);
        barrier = js_query_read(&query, LOOK_BARRIER);
        view->behind = js_query_read(&query, LOOK_OVER) != 0;
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK) {
        code = by_id(store, gate, &view->gate, error);
    }
    if (code == JIRASEND_OK) {
        code = by_id(store, barrier, &view->barrier, error);
    }
    if (code == JIRASEND_OK && barrier == 0) {
        code = newest(store, view, history, error);
    }
    return code == JIRASEND_OK ? look_at_touched(store, view, error) : code;
}

static jirasend_code look_at(js_store *store, js_stream_view *view, bool history,
                             jirasend_error *error) {
    bool lone = false;
    jirasend_code code = look_for_one(store, view, history, &lone, error);
    if (code == JIRASEND_OK && !lone) {
        code = look_closely(store, view, history, error);
    }
    bool waited = view->wait_until_ms != 0;
    view->newest.waited = view->gate.waited = view->barrier.waited = waited;
    return code;
}

jirasend_code js_sq_streams(js_store *store, js_stream_view *views, size_t count, bool history,
                            jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = look_at(store, &views[i], history, error);
    }
    return code;
}

/* ---- after a deletion ---- */

/* Those that were never sent have no pause of their own. */
JS_SQL(unblock, "UPDATE event SET not_before = 0 WHERE status = 0 AND not_before > 0"
                " AND attempts = 0 AND lane = ?1 AND id IN ("
                "SELECT e.id FROM event e INDEXED BY event_stream WHERE e.status = 0"
                " AND e.stream IN (SELECT ?2 UNION ALL SELECT id FROM stream"
                " WHERE over = ?2 AND over > 0 AND id <> ?2)"
                " UNION ALL SELECT t.id FROM event t INDEXED BY event_touched WHERE t.status = 0"
                " AND t.touched > 0 AND t.touched = ?2)");

jirasend_code js_sq_unblock(js_store *store, const js_event_row *barrier, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), unblock);
    js_query_int(&query, barrier->lane);
    js_query_int(&query, barrier->stream);
    return js_query_run(&query, error);
}

JS_SQL(stream_waits,
       "SELECT s.id, l.site, l.kind, s.pipeline, s.number, s.environment,"
       " s.wait_until_ms FROM stream s INDEXED BY stream_waits"
       " JOIN lane l ON l.id = s.lane WHERE s.wait_until_ms > 0"
       " AND s.wait_until_ms > ?1 AND s.wait_until_ms <= ?2 AND EXISTS (SELECT 1 FROM event e"
       " INDEXED BY event_stream WHERE e.stream = s.id AND e.status = 0)"
       " AND " JS_KNOWN_LANE("l") " ORDER BY s.wait_until_ms LIMIT ?3");

bool js_sq_read_wait(const js_query *query, js_stream_wait *wait) {
    enum { ID, SITE, API, NAME, NUMBER, PART, UNTIL };
    *wait = (js_stream_wait){.stream = js_query_read(query, ID),
                             .lane.api = (js_api)js_query_read(query, API),
                             .number = js_query_read(query, NUMBER),
                             .until_ms = js_query_read(query, UNTIL)};
    (void)snprintf(wait->lane.site, sizeof wait->lane.site, "%s",
                   (const char *)sqlite3_column_text(query->statement, SITE));
    wait->name = js_copy((const char *)sqlite3_column_text(query->statement, NAME));
    wait->part = js_copy((const char *)sqlite3_column_text(query->statement, PART));
    return wait->name != NULL && wait->part != NULL;
}

static jirasend_code read_waits(js_store *store, int64_t now_ms, js_stream_wait *waits, size_t max,
                                size_t *count, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), stream_waits);
    js_query_int(&query, now_ms);
    js_query_int(&query, now_ms + JS_STREAM_WAIT_MAX_MS);
    js_query_int(&query, (int64_t)max);
    bool memory = true;
    while (memory && *count < max && js_query_row(&query)) {
        memory = js_sq_read_wait(&query, &waits[(*count)++]);
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

jirasend_code js_sq_stream_waits(js_store *store, int64_t now_ms, js_stream_wait **waits,
                                 size_t *count, jirasend_error *error) {
    enum { MOST = 64 }; /* the others have their turn when these are over */
    js_stream_wait found[MOST];
    *waits = NULL;
    *count = 0;
    jirasend_code code = read_waits(store, now_ms, found, MOST, count, error);
    if (code == JIRASEND_OK) {
        code = js_sq_lane_waits(store, now_ms, found, MOST, count, error);
    }
    if (code == JIRASEND_OK && *count > 0) {
        *waits = malloc(*count * sizeof **waits);
        code = *waits == NULL ? js_fail_memory(error) : JIRASEND_OK;
    }
    if (code == JIRASEND_OK && *count > 0) {
        memcpy(*waits, found, *count * sizeof **waits);
    } else {
        for (size_t i = 0; i < *count; i++) {
            free(found[i].name);
            free(found[i].part);
        }
        *count = 0;
    }
    return code;
}

JS_SQL(end_wait, "UPDATE stream SET wait_until_ms = 0 WHERE id = ?1 AND wait_until_ms = ?2");
JS_SQL(wake_stream, "UPDATE event INDEXED BY event_stream SET not_before = 0 WHERE stream = ?1"
                    " AND status = 0 AND not_before > 0 AND attempts = 0");

jirasend_code js_sq_stream_wait_end(js_store *store, const js_stream_wait *wait,
                                    jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    if (wait->whole_lane) {
        return js_sq_lane_wait_end(store, wait, error);
    }
    js_query end = js_sq_query(self, end_wait);
    js_query_int(&end, wait->stream);
    js_query_int(&end, wait->until_ms);
    jirasend_code code = js_query_run(&end, error);
    if (code != JIRASEND_OK || sqlite3_changes(self->db) == 0) {
        return code;
    }
    js_query wake = js_sq_query(self, wake_stream);
    js_query_int(&wake, wait->stream);
    return js_query_run(&wake, error);
}
