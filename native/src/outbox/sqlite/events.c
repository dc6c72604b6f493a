/* Finding events, and what becomes of those that stay, and of their streams. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"

void js_sq_read_event(const js_query *query, js_event_row *row) {
    enum {
        ID,
        LANE,
        STREAM,
        ENVELOPE,
        SEQUENCE,
        BYTES,
        QUEUED,
        SETTLED,
        STATUS,
        OPEN,
        GATED,
        BARRIER,
        CREATED,
        SUMMED
    };
    *row = (js_event_row){
        .id = js_query_read(query, ID),
        .lane = js_query_read(query, LANE),
        .stream = js_query_read(query, STREAM),
        .envelope = js_query_read(query, ENVELOPE),
        .sequence = js_query_read(query, SEQUENCE),
        .bytes = js_query_read(query, BYTES),
        .queued_ms = js_query_read(query, QUEUED),
        .settled_ms = js_query_read(query, SETTLED),
        .status = (js_status)js_query_read(query, STATUS),
        .open = js_query_read(query, OPEN) != 0,
        .gated = js_query_read(query, GATED) != 0,
        .barrier = js_query_read(query, BARRIER) != 0,
        .created_ms = js_query_read(query, CREATED),
        .summed = js_query_read(query, SUMMED) != 0,
    };
}

jirasend_code js_sq_read_events(js_query *query, js_event_row *rows, size_t max, size_t *count,
                                jirasend_error *error) {
    *count = 0;
    while (*count < max && js_query_row(query)) {
        js_sq_read_event(query, &rows[(*count)++]);
    }
    return js_query_end(query, error);
}

JS_SQL(find_events, "SELECT " JS_EVENT_COLUMNS " FROM event e WHERE e.id BETWEEN ?1 AND ?2");

/* Reads the rows of `count` ids that follow one another. */
static jirasend_code find_run(js_sqlite *self, js_event_row *rows, size_t count,
                              jirasend_error *error) {
    int64_t first = rows[0].id;
    js_query query = js_sq_query(self, find_events);
    js_query_int(&query, first);
    js_query_int(&query, rows[count - 1].id);
    for (size_t i = 0; i < count; i++) {
        rows[i].id = 0;
    }
    while (js_query_row(&query)) {
        js_event_row row;
        js_sq_read_event(&query, &row);
        rows[row.id - first] = row;
    }
    return js_query_end(&query, error);
}

jirasend_code js_sq_find(js_store *store, js_event_row *rows, size_t count, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t from = 0, to; from < count && code == JIRASEND_OK; from = to) {
        for (to = from + 1; to < count && rows[to].id == rows[to - 1].id + 1;) {
            to++;
        }
        code = find_run(js_sq_of(store), &rows[from], to - from, error);
    }
    return code;
}

JS_SQL(delete_document, "DELETE FROM document WHERE id = ?1");

jirasend_code js_sq_drop_document(js_sqlite *self, int64_t id, jirasend_error *error) {
    js_query query = js_sq_query(self, delete_document);
    js_query_int(&query, id);
    return js_query_run(&query, error);
}

JS_SQL(leave_event, "UPDATE event SET attempts = attempts + ?2, unmentioned = unmentioned + ?3,"
                    " not_before = ?4, http_status = ?5, message = coalesce(?6, message),"
                    " unknown_keys = coalesce(?7, unknown_keys), forbidden = ?8 WHERE id = ?1");

jirasend_code js_sq_stay(js_store *store, const js_staying *events, size_t count,
                         jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_query query = js_sq_query(js_sq_of(store), leave_event);
        js_query_int(&query, events[i].event->id);
        js_query_int(&query, events[i].attempts);
        js_query_int(&query, events[i].unmentioned);
        js_query_int(&query, events[i].not_before_ms);
        js_query_int(&query, events[i].http_status);
        js_query_text(&query, events[i].message);
        js_query_text(&query, events[i].unknown_keys);
        js_query_int(&query, events[i].forbidden ? 1 : 0);
        code = js_query_run(&query, error);
    }
    return code;
}

/* The events of a batch are each of another stream, and mostly follow one another in both. */
static size_t taken_together(const js_accepting *events, size_t count) {
    size_t together = 1;
    while (together < count && events[together].wait_until_ms == events[0].wait_until_ms &&
           events[together].event->id == events[together - 1].event->id + 1 &&
           events[together].event->stream > events[together - 1].event->stream) {
        together++;
    }
    return together;
}

JS_SQL(streams_accepted,
       "UPDATE stream SET accepted = max(stream.accepted, e.sequence), wait_until_ms = ?3"
       " FROM event e WHERE e.id BETWEEN ?1 AND ?2 AND stream.id = e.stream");

/* A single one is most of what happens between two builds, and an UPDATE with a FROM is five times as dear. */
JS_SQL(stream_accepted, "UPDATE stream SET accepted = max(accepted, ?2), wait_until_ms = ?3"
                        " WHERE id = ?1");

static jirasend_code accept_one(js_sqlite *self, const js_accepting *one, jirasend_error *error) {
    js_query query = js_sq_query(self, stream_accepted);
    js_query_int(&query, one->event->stream);
    js_query_int(&query, one->event->sequence);
    js_query_int(&query, one->wait_until_ms);
    return js_query_run(&query, error);
}

jirasend_code js_sq_accepted(js_store *store, const js_accepting *events, size_t count,
                             jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0, some; i < count && code == JIRASEND_OK; i += some) {
        some = taken_together(&events[i], count - i);
        if (some == 1) {
            code = accept_one(js_sq_of(store), &events[i], error);
            continue;
        }
        js_query query = js_sq_query(js_sq_of(store), streams_accepted);
        js_query_int(&query, events[i].event->id);
        js_query_int(&query, events[i + some - 1].event->id);
        js_query_int(&query, events[i].wait_until_ms);
        code = js_query_run(&query, error);
    }
    return code;
}

JS_SQL(older_events,
       "SELECT " JS_EVENT_COLUMNS " FROM event a CROSS JOIN event e INDEXED BY event_stream"
       " ON e.stream = a.stream AND e.status = 0 AND e.id < a.id"
       " WHERE a.id BETWEEN ?1 AND ?2 AND e.sequence < a.sequence AND e.gated = 0"
       " AND e.barrier = 0 AND " JS_KNOWN_ROW("e") " LIMIT ?3");

/* A deletion ends whatever waits before it, in every stream for which it stands. */
JS_SQL(all_before_deletion,
       "SELECT " JS_EVENT_COLUMNS " FROM event e INDEXED BY event_stream"
       " WHERE e.stream IN (SELECT ?1 UNION ALL SELECT id FROM stream WHERE over = ?1"
       " AND over > 0 AND id <> ?1)"
       " AND e.status = 0 AND e.id < ?2 AND e.sequence < ?3"
       " AND " JS_KNOWN_ROW("e") " LIMIT ?4");

static jirasend_code older_than(js_sqlite *self, const js_accepting *events, size_t together,
                                bool all, js_event_row *rows, size_t max, size_t *count,
                                jirasend_error *error) {
    const js_event_row *first = events[0].event;
    js_query query = js_sq_query(self, all ? all_before_deletion : older_events);
    if (all) {
        js_query_int(&query, first->stream);
        js_query_int(&query, first->id);
        js_query_int(&query, first->sequence);
    } else {
        js_query_int(&query, first->id);
        js_query_int(&query, events[together - 1].event->id);
    }
    js_query_int(&query, (int64_t)max);
    return js_sq_read_events(&query, rows, max, count, error);
}

jirasend_code js_sq_older(js_store *store, const js_accepting *events, size_t event_count, bool all,
                          js_event_row *rows, size_t max, size_t *count, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    *count = 0;
    for (size_t i = 0, some; i < event_count && *count < max && code == JIRASEND_OK; i += some) {
        some = all ? 1 : taken_together(&events[i], event_count - i);
        size_t found = 0;
        code = older_than(js_sq_of(store), &events[i], some, all, rows + *count, max - *count,
                          &found, error);
        *count += found;
    }
    return code;
}

JS_SQL(aside_older, "UPDATE event INDEXED BY event_stream SET not_before = ?3 WHERE stream = ?1"
                    " AND status = 0 AND id < ?2 AND gated = 0 AND not_before < ?3");
JS_SQL(aside_newer, "UPDATE event INDEXED BY event_stream SET not_before = ?3 WHERE stream = ?1"
                    " AND status = 0 AND id > ?2 AND not_before < ?3");

jirasend_code js_sq_aside_with(js_store *store, const js_event_row *event, int64_t until_ms,
                               jirasend_error *error) {
    bool newer = event->gated || event->barrier;
    js_query query = js_sq_query(js_sq_of(store), newer ? aside_newer : aside_older);
    js_query_int(&query, event->stream);
    js_query_int(&query, event->id);
    js_query_int(&query, until_ms);
    return js_query_run(&query, error);
}
