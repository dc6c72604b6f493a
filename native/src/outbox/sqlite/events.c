/* Finding events, and writing down what became of them. */
#include "outbox/sqlite/history.h"

#include "base/crash_point.h"
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
        BARRIER
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

JS_SQL(find_event, "SELECT " JS_EVENT_COLUMNS " FROM event e WHERE e.id = ?1");

jirasend_code js_sq_find(js_store *store, js_event_row *rows, size_t count, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_query query = js_sq_query(js_sq_of(store), find_event);
        js_query_int(&query, rows[i].id);
        size_t found = 0;
        rows[i].id = 0;
        code = js_sq_read_events(&query, &rows[i], 1, &found, error);
    }
    return code;
}

JS_SQL(delete_document, "DELETE FROM document WHERE id = ?1");

jirasend_code js_sq_drop_document(js_sqlite *self, int64_t id, jirasend_error *error) {
    js_query query = js_sq_query(self, delete_document);
    js_query_int(&query, id);
    return js_query_run(&query, error);
}

/* A million settled events stay: when one came to wait is of use only while it does. */
JS_SQL(settle_event,
       "UPDATE event SET status = ?2, open = ?3, settled_no = ?4, settled_ms = ?5, not_before = 0,"
       " queued_ms = CASE ?3 WHEN 0 THEN 0 ELSE queued_ms END,"
       " attempts = attempts + ?6, unmentioned = unmentioned + ?7,"
       " http_status = CASE WHEN ?8 < 0 THEN http_status ELSE ?8 END,"
       " message = CASE WHEN ?9 IS NULL AND ?2 = 2 THEN NULL ELSE coalesce(?9, message) END,"
       " unknown_keys = coalesce(?10, unknown_keys), relay_id = ?11, forbidden = 0,"
       " digest = coalesce(?12, digest) WHERE id = ?1");

static jirasend_code settle_one(js_sqlite *self, const js_settling *as, int64_t now_ms,
                                jirasend_error *error) {
    const js_event_row *event = as->event;
    self->tally_changed = true;
    self->tally.settled_no++;
    self->tally.waiting--;
    self->tally.bytes -= event->bytes;
    self->tally.dead += as->keep_document ? 1 : 0;
    js_note note;
    jirasend_code code = js_sq_note(self, as, now_ms, &note, error);
    JS_CRASH_POINT("settle.noted");
    if (code != JIRASEND_OK) {
        return code;
    }
    js_query query = js_sq_query(self, settle_event);
    js_query_int(&query, event->id);
    js_query_int(&query, (int)as->status);
    js_query_int(&query, as->keep_document ? 1 : 0);
    js_query_int(&query, self->tally.settled_no);
    js_query_int(&query, now_ms);
    js_query_int(&query, as->attempts);
    js_query_int(&query, as->unmentioned);
    js_query_int(&query, as->http_status);
    js_query_text(&query, as->message);
    js_query_text(&query, as->unknown_keys);
    js_query_int(&query, as->relay_id);
    js_query_blob(&query, note.whole ? note.digest : NULL, note.whole ? JS_DIGEST_SIZE : 0);
    code = js_query_run(&query, error);
    return code == JIRASEND_OK ? js_sq_count(self, event->lane, event->envelope, -1, error) : code;
}

JS_SQL(delete_documents, "DELETE FROM document WHERE id BETWEEN ?1 AND ?2");

/* The events of a batch mostly follow one another: one statement for each such run. */
static jirasend_code drop_documents(js_sqlite *self, const js_settling *events, size_t count,
                                    jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        if (events[i].keep_document) {
            continue;
        }
        int64_t first = events[i].event->id;
        while (i + 1 < count && !events[i + 1].keep_document &&
               events[i + 1].event->id == events[i].event->id + 1) {
            i++;
        }
        js_query query = js_sq_query(self, delete_documents);
        js_query_int(&query, first);
        js_query_int(&query, events[i].event->id);
        code = js_query_run(&query, error);
    }
    return code;
}

jirasend_code js_sq_settle(js_store *store, const js_settling *events, size_t count, int64_t now_ms,
                           jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = settle_one(js_sq_of(store), &events[i], now_ms, error);
    }
    return code == JIRASEND_OK ? drop_documents(js_sq_of(store), events, count, error) : code;
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

JS_SQL(stream_accepted, "UPDATE stream SET accepted = max(accepted, ?2),"
                        " wait_until_ms = ?3 WHERE id = ?1");

jirasend_code js_sq_accepted(js_store *store, const js_accepting *events, size_t count,
                             jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_query query = js_sq_query(js_sq_of(store), stream_accepted);
        js_query_int(&query, events[i].event->stream);
        js_query_int(&query, events[i].event->sequence);
        js_query_int(&query, events[i].wait_until_ms);
        code = js_query_run(&query, error);
    }
    return code;
}

JS_SQL(older_events, "SELECT " JS_EVENT_COLUMNS " FROM event e INDEXED BY event_stream"
                     " WHERE e.stream = ?1 AND e.status = 0 AND e.id < ?2"
                     " AND e.sequence < ?3 AND e.gated = 0 AND e.barrier = 0"
                     " AND " JS_KNOWN_ROW("e") " ORDER BY e.id LIMIT ?4");

/* A deletion ends whatever waits before it, in every stream for which it stands. */
JS_SQL(all_before_deletion,
       "SELECT " JS_EVENT_COLUMNS " FROM event e INDEXED BY event_stream"
       " WHERE e.stream IN (SELECT ?1 UNION ALL SELECT id FROM stream WHERE over = ?1"
       " AND over > 0 AND id <> ?1)"
       " AND e.status = 0 AND e.id < ?2 AND e.sequence < ?3"
       " AND " JS_KNOWN_ROW("e") " LIMIT ?4");

jirasend_code js_sq_older(js_store *store, const js_accepting *events, size_t event_count, bool all,
                          js_event_row *rows, size_t max, size_t *count, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    *count = 0;
    for (size_t i = 0; i < event_count && *count < max && code == JIRASEND_OK; i++) {
        const js_event_row *event = events[i].event;
        js_query query = js_sq_query(js_sq_of(store), all ? all_before_deletion : older_events);
        js_query_int(&query, event->stream);
        js_query_int(&query, event->id);
        js_query_int(&query, event->sequence);
        js_query_int(&query, (int64_t)(max - *count));
        size_t found = 0;
        code = js_sq_read_events(&query, rows + *count, max - *count, &found, error);
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
