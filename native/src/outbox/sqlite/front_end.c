/* What front ends keep in the outbox, or ask of it, beside events: counters, last changes, documents, answers. */
#include "outbox/sqlite/history.h"

#include "base/error.h"
#include "base/text.h"
#include "event/document.h"

#include <stdlib.h>
#include <string.h>

/* ---- when something changed last ---- */

/* Of news, not of the past. Where its document is gone, it counts from when it came. */
/* By status, as the index has it: no event of the stream is looked at in vain. */
#define NEWEST_AS(status)                                                                          \
    "coalesce((SELECT v.id FROM event v INDEXED BY event_stream WHERE v.stream = s.id"             \
    " AND v.status = " status " AND v.history = 0 ORDER BY v.id DESC LIMIT 1), 0)"
#define NEWEST_OF_NEWS                                                                             \
    "max(" NEWEST_AS("0") ", " NEWEST_AS("2") ", " NEWEST_AS("3") ", " NEWEST_AS(                  \
        "4") ", " NEWEST_AS("5") ", " NEWEST_AS("6") ")"
JS_SQL(newest_news,
       "SELECT e.created_ms, coalesce(d.text, t.text) FROM lane m"
       " CROSS JOIN stream s ON s.lane = m.id AND s.pipeline = ?3 AND s.number = ?4"
       " AND s.environment = ?5 CROSS JOIN event e ON e.id = " NEWEST_OF_NEWS
       " LEFT JOIN document d ON d.id = e.id LEFT JOIN told t ON t.event = e.id AND t.stream = s.id"
       " WHERE m.site = ?1 AND m.kind = ?2");
enum { LAST_CREATED, LAST_TEXT };

static int64_t change_of(const char *text, size_t length, int64_t otherwise) {
    js_event event;
    if (text == NULL || js_document_read_stored(&event, text, length, NULL) != JIRASEND_OK) {
        return otherwise;
    }
    int64_t ms = event.updated_at_ms > 0 ? event.updated_at_ms : otherwise;
    js_event_clear(&event);
    return ms;
}

jirasend_code js_sq_changed(js_outbox *outbox, const js_event *event, int64_t *changed_ms,
                            jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_stream stream = js_event_stream(event);
    js_query query = js_sq_query(self, newest_news);
    js_query_text(&query, event->site.name);
    js_query_int(&query, (int)js_kind_api(event->kind));
    js_query_text(&query, stream.name);
    js_query_int(&query, stream.number);
    js_query_text(&query, stream.part);
    *changed_ms = 0;
    if (js_query_row(&query)) {
        *changed_ms = change_of(sqlite3_column_blob(query.statement, LAST_TEXT),
                                (size_t)sqlite3_column_bytes(query.statement, LAST_TEXT),
                                js_query_read(&query, LAST_CREATED));
    }
    return js_sq_leave(self, js_query_end(&query, error));
}

/* ---- what a relay says later ---- */

JS_SQL(answer_event, "UPDATE event SET status = ?2, settled_no = ?3, settled_ms = ?4,"
                     " http_status = ?5, message = coalesce(?6, message),"
                     " unknown_keys = coalesce(?7, unknown_keys) WHERE id = ?1");
JS_SQL(is_relayed, "SELECT EXISTS (SELECT 1 FROM event WHERE id = ?1 AND status = ?2)");

static jirasend_code write_answer(js_sqlite *self, const js_outcome *outcome, const char *unknown,
                                  int64_t now_ms, jirasend_error *error) {
    int64_t there = 0;
    js_query asked = js_sq_query(self, is_relayed);
    js_query_int(&asked, outcome->id);
    js_query_int(&asked, JS_STATUS_RELAYED);
    jirasend_code code = js_query_number(&asked, 0, &there, error);
    if (code != JIRASEND_OK || there == 0) {
        return code;
    }
    self->tally_changed = true;
    self->tally.settled_no++;
    js_query query = js_sq_query(self, answer_event);
    js_query_int(&query, outcome->id);
    js_query_int(&query, (int)outcome->status);
    js_query_int(&query, self->tally.settled_no);
    js_query_int(&query, now_ms);
    js_query_int(&query, outcome->http_status);
    js_query_text(&query, outcome->message);
    js_query_text(&query, unknown);
    code = js_query_run(&query, error);
    return code == JIRASEND_OK
               ? js_sq_note_answered(self, outcome->id, outcome->status, now_ms, error)
               : code;
}

jirasend_code js_sq_answered(js_outbox *outbox, const js_outcome *outcome, int64_t now_ms,
                             jirasend_error *error) {
    js_store *store = js_store_of(outbox);
    js_buf unknown = JS_BUF_INIT;
    const js_strings *keys = outcome->unknown_keys;
    for (size_t i = 0; keys != NULL && i < keys->count; i++) {
        js_buf_addf(&unknown, "%s%s", i > 0 ? "\n" : "", keys->items[i]);
    }
    jirasend_code code = unknown.failed ? js_fail_memory(error)
                                        : store->rows->begin(store, JS_WORK_WRITE_SOFT, error);
    if (code == JIRASEND_OK) {
        code = write_answer(js_sq_of(store), outcome, unknown.data, now_ms, error);
        code = store->rows->end(store, code, error);
    }
    js_buf_clear(&unknown);
    return code;
}

/* ---- counters, documents ---- */

jirasend_code js_sq_count_one(js_outbox *outbox, const char *name, jirasend_error *error) {
    js_store *store = js_store_of(outbox);
    jirasend_code code = store->rows->begin(store, JS_WORK_WRITE_SOFT, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    return store->rows->end(
        store, js_sq_count_metric(js_sq_of(store), JS_METRIC_COUNTED, name, 1, error), error);
}

JS_SQL(one_document, "SELECT d.text FROM document d WHERE d.id = ?1");

jirasend_code js_sq_document(js_outbox *outbox, int64_t id, char **text, jirasend_error *error) {
    *text = NULL;
    js_sqlite *self = js_sq_enter(outbox, error);
    js_query query = js_sq_query(self, one_document);
    js_query_int(&query, id);
    bool found = js_query_row(&query);
    if (found) {
        const char *stored = sqlite3_column_blob(query.statement, 0);
        *text = js_copy_n(stored != NULL ? stored : "",
                          (size_t)sqlite3_column_bytes(query.statement, 0));
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && *text == NULL) {
        code = found ? js_fail_memory(error)
                     : js_fail(error, JIRASEND_E_NOT_FOUND,
                               "There is no document of this event in the queue.");
    }
    return js_sq_leave(self, code);
}
