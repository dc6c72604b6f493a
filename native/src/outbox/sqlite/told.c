/* What Jira was told last: of one stream, of all of them, and the documents that are kept of it. */
#include "outbox/sqlite/history.h"

#include "base/error.h"
#include "base/text.h"
#include "event/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The deletion of all of a name, which stands for the stream t; an id that was used again is of another
 * name (streams.c).
 */
#define AND_ALL_OF_NAME                                                                            \
    " LEFT JOIN stream o ON o.id = t.over AND t.over > 0 AND o.over = o.id AND o.id <> t.id"       \
    " AND o.lane = t.lane AND o.pipeline = t.pipeline"
#define COLUMNS                                                                                    \
    JS_RECEIPT_COLUMNS ", e.history, e.sequence, e.barrier OR coalesce(o.accepted, 0) >= "         \
                       "e.sequence OR " JS_SWEPT
enum { ROW_HISTORY = JS_RECEIPT_END, ROW_SEQUENCE, ROW_GONE, ROW_WAITS };

/* The newest by number: what comes later with a lower one is news of the past. */
JS_SQL(last_of_stream,
       "SELECT " COLUMNS
       ", EXISTS (SELECT 1 FROM event w INDEXED BY event_stream WHERE w.stream = t.id"
       " AND w.status = 0 AND w.sequence > e.sequence)"
       " FROM stream t CROSS JOIN event e INDEXED BY event_stream"
       " ON e.stream = t.id AND e.status = 2 AND e.sequence >= t.accepted"
       " AND e.settled_ms >= ?2" JS_LANE_AND_SITE JS_JOIN_ENVELOPE AND_ALL_OF_NAME
       " WHERE t.id = ?1"
       " AND " JS_KNOWN_LANE("l") " ORDER BY e.id DESC LIMIT 1");
JS_SQL(stream_named, "SELECT t.id FROM lane m CROSS JOIN stream t ON t.lane = m.id"
                     " AND t.pipeline = ?3 AND t.number = ?4 AND t.environment = ?5"
                     " WHERE m.site = ?1 AND m.kind = ?2");
JS_SQL(stream_of_event, "SELECT stream FROM event WHERE id = ?1");

static jirasend_code find_stream(js_sqlite *self, const js_event *event, int64_t id,
                                 int64_t *stream, jirasend_error *error) {
    js_query query = js_sq_query(self, event == NULL ? stream_of_event : stream_named);
    if (event == NULL) {
        js_query_int(&query, id);
        return js_query_number(&query, 0, stream, error);
    }
    js_stream named = js_event_stream(event);
    js_query_text(&query, event->site.name);
    js_query_int(&query, (int)js_kind_api(event->kind));
    js_query_text(&query, named.name);
    js_query_int(&query, named.number);
    js_query_text(&query, named.part);
    return js_query_number(&query, 0, stream, error);
}

static int64_t known_since(const js_sqlite *self) {
    return js_store_now_ms(&self->store) - self->store.keep_ms;
}

static jirasend_code read_last(js_sqlite *self, int64_t stream, js_last_told *last,
                               jirasend_error *error) {
    js_query query = js_sq_query(self, last_of_stream);
    js_query_int(&query, stream);
    js_query_int(&query, known_since(self));
    bool found = js_query_row(&query);
    bool memory = true;
    if (found) {
        bool forgotten = false;
        memory = js_sq_read_receipt(&query, js_store_now_ms(&self->store), &last->row.receipt,
                                    &forgotten);
        last->row.history = js_query_read(&query, ROW_HISTORY) != 0;
        last->row.sequence = js_query_read(&query, ROW_SEQUENCE);
        last->gone = js_query_read(&query, ROW_GONE) != 0;
        last->waits = js_query_read(&query, ROW_WAITS) != 0;
    }
    jirasend_code code = js_query_end(&query, error);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code != JIRASEND_OK) {
        js_last_told_clear(last);
    }
    return code;
}

jirasend_code js_sq_last_told(js_outbox *outbox, const js_event *event, int64_t id,
                              js_last_told *last, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    int64_t stream = 0;
    *last = (js_last_told){.gone = false};
    js_receipt_init(&last->row.receipt);
    jirasend_code code = find_stream(self, event, id, &stream, error);
    if (code == JIRASEND_OK && stream != 0) {
        code = read_last(self, stream, last, error);
    }
    return js_sq_leave(self, code);
}

/* ---- all of them ---- */

/* Development information is read back by the repository: one of its streams stands for them all. */
JS_SQL(told_ids,
       "SELECT e.id, CASE l.kind WHEN " JS_SQL_DEVINFO
       " THEN (SELECT p.id FROM stream p WHERE p.lane = t.lane"
       " AND p.pipeline = t.pipeline ORDER BY p.number, p.environment LIMIT 1) ELSE 0 END"
       " FROM event e CROSS JOIN stream t ON t.id = e.stream CROSS JOIN lane l ON l.id = e.lane"
       " WHERE e.id >= ?1 AND e.status = 2 AND t.number <> -100 AND e.sequence >= t.accepted AND "
       "e.created_ms >= ?2"
       " AND e.settled_ms >= ?3 AND ((1 << (CASE e.kind WHEN 0 THEN l.kind ELSE e.kind END))"
       " & ?4) <> 0 AND " JS_KNOWN_LANE("l") " ORDER BY e.id DESC");
enum { TOLD_ID, TOLD_GROUP };
_Static_assert(JS_STREAM_SWEEP == -100, "a deletion by properties names nothing to look for");

jirasend_code js_sq_told_ids(js_outbox *outbox, unsigned kinds, int64_t since_ms, js_told_id **ids,
                             size_t *count, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    *ids = NULL;
    *count = 0;
    int64_t first = 0;
    jirasend_code code =
        since_ms > 0 ? js_sq_first_since(self, since_ms, &first, error) : JIRASEND_OK;
    if (code != JIRASEND_OK) {
        return js_sq_leave(self, code);
    }
    js_query query = js_sq_query(self, told_ids);
    js_query_int(&query, first);
    js_query_int(&query, since_ms);
    js_query_int(&query, known_since(self));
    js_query_int(&query, kinds == 0 ? INT32_MAX : (int64_t)kinds);
    size_t room = 0;
    bool memory = true;
    while (memory && js_query_row(&query)) {
        if (*count == room) {
            room = room == 0 ? 64 : room * 2;
            js_told_id *grown = realloc(*ids, room * sizeof **ids);
            memory = grown != NULL;
            *ids = memory ? grown : *ids;
        }
        if (memory && *ids != NULL) {
            (*ids)[(*count)++] =
                (js_told_id){js_query_read(&query, TOLD_ID), js_query_read(&query, TOLD_GROUP)};
        }
    }
    code = js_query_end(&query, error);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code != JIRASEND_OK) {
        free(*ids);
        *ids = NULL;
        *count = 0;
    }
    return js_sq_leave(self, code);
}

JS_SQL(told_document, "SELECT d.text FROM event e CROSS JOIN told d ON d.stream = e.stream"
                      " AND d.event = e.id WHERE e.id = ?1");

jirasend_code js_sq_told_document(js_outbox *outbox, int64_t id, js_buf *document,
                                  jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_query query = js_sq_query(self, told_document);
    js_query_int(&query, id);
    bool found = js_query_row(&query);
    if (found) {
        js_buf_add(document, sqlite3_column_blob(query.statement, 0),
                   (size_t)sqlite3_column_bytes(query.statement, 0));
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && document->failed) {
        code = js_fail_memory(error);
    } else if (code == JIRASEND_OK && !found) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND,
                       "What was told is kept 30 days; it must be sent again from its source.");
    }
    return js_sq_leave(self, code);
}

/* What was not deleted since, alone or with the whole repository. */
JS_SQL(knows_repository,
       "SELECT EXISTS (SELECT 1 FROM lane m CROSS JOIN stream t ON t.lane = m.id"
       " AND t.pipeline = ?2" AND_ALL_OF_NAME " CROSS JOIN event e INDEXED BY event_stream"
       " ON e.stream = t.id AND e.status = 2 AND e.barrier = 0 AND e.sequence >= t.accepted"
       " AND e.sequence > coalesce(o.accepted, 0) CROSS JOIN lane l ON l.id = m.id" JS_JOIN_ENVELOPE
       " WHERE NOT (" JS_SWEPT ") AND m.site = ?1 AND m.kind = " JS_SQL_DEVINFO ")");

jirasend_code js_sq_knows_repository(js_outbox *outbox, const char *site, const char *repository,
                                     bool *knows, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    int64_t found = 0;
    js_query query = js_sq_query(self, knows_repository);
    js_query_text(&query, site);
    js_query_text(&query, repository);
    jirasend_code code = js_query_number(&query, 0, &found, error);
    *knows = found != 0;
    return js_sq_leave(self, code);
}

/* ---- bookmarks ---- */

JS_SQL(get_bookmark, "SELECT value FROM meta WHERE name = 'bookmark.' || ?1");
JS_SQL(put_bookmark, "INSERT INTO meta (name, value) VALUES ('bookmark.' || ?1, ?2)"
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value");
JS_SQL(drop_bookmark, "DELETE FROM meta WHERE name = 'bookmark.' || ?1");

jirasend_code js_sq_bookmark_get(js_outbox *outbox, const char *name, js_buf *text,
                                 jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_query query = js_sq_query(self, get_bookmark);
    js_query_text(&query, name);
    if (js_query_row(&query)) {
        js_buf_add_text(text, js_query_read_text(&query, 0));
    }
    jirasend_code code = js_query_end(&query, error);
    return js_sq_leave(self, code == JIRASEND_OK && text->failed ? js_fail_memory(error) : code);
}

jirasend_code js_sq_bookmark_put(js_outbox *outbox, const char *name, const char *text,
                                 jirasend_error *error) {
    js_store *store = js_store_of(outbox);
    js_error_clear(error);
    /* Soft: after a power failure it is an older one, or none. */
    jirasend_code code = js_sq_begin(store, JS_WORK_WRITE_SOFT, error);
    if (code == JIRASEND_OK) {
        js_query query = js_sq_query(js_sq_of(store), text == NULL ? drop_bookmark : put_bookmark);
        js_query_text(&query, name);
        if (text != NULL) {
            js_query_text(&query, text);
        }
        code = js_sq_end(store, js_query_run(&query, error), error);
    }
    return code;
}

/* One statement, so that two processes never get the same moment. */
JS_SQL(take_moment,
       "INSERT INTO meta (name, value) VALUES ('bookmark.' || ?1, ?2) ON CONFLICT (name) DO UPDATE"
       " SET value = CASE WHEN CAST(value AS INTEGER) + ?3 BETWEEN ?2 AND ?2 + ?4"
       " THEN CAST(value AS INTEGER) + ?3 ELSE ?2 END RETURNING CAST(value AS INTEGER)");

jirasend_code js_sq_take_moment(js_outbox *outbox, const char *name, int64_t now_ms,
                                int64_t apart_ms, int64_t *moment_ms, jirasend_error *error) {
    js_store *store = js_store_of(outbox);
    js_error_clear(error);
    jirasend_code code = js_sq_begin(store, JS_WORK_WRITE_SOFT, error);
    if (code == JIRASEND_OK) {
        js_query query = js_sq_query(js_sq_of(store), take_moment);
        js_query_text(&query, name);
        js_query_int(&query, now_ms);
        js_query_int(&query, apart_ms);
        js_query_int(&query, JS_MOMENT_TRUST_MS);
        code = js_query_number(&query, now_ms, moment_ms, error);
        code = js_sq_end(store, code, error);
    }
    return code;
}
