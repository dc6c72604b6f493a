/* Dead letters. */
#include "outbox/sqlite/internal.h"

JS_SQL(revive_event, "UPDATE event SET status = 0, open = 1, settled_no = NULL, settled_ms = NULL,"
                     " not_before = 0, forbidden = 0, unmentioned = 0, http_status = 0, message = "
                     "NULL, queued_ms = ?2"
                     " WHERE id = ?1");

static jirasend_code revive_one(js_sqlite *self, const js_event_row *event, int64_t now_ms,
                                jirasend_error *error) {
    js_query query = js_sq_query(self, revive_event);
    js_query_int(&query, event->id);
    js_query_int(&query, now_ms);
    jirasend_code code = js_query_run(&query, error);
    if (code != JIRASEND_OK || event->status == JS_STATUS_QUEUED) {
        return code;
    }
    self->tally_changed = true;
    self->tally.dead--;
    self->tally.waiting++;
    self->tally.bytes += event->bytes;
    return js_sq_count(self, event->lane, event->envelope, 1, error);
}

jirasend_code js_sq_revive(js_store *store, const js_event_row *events, size_t count,
                           int64_t now_ms, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = revive_one(js_sq_of(store), &events[i], now_ms, error);
    }
    return code;
}

JS_SQL(give_up_event, "UPDATE event SET open = 0, message = coalesce(?2, message),"
                      " settled_ms = CASE WHEN ?2 IS NULL THEN settled_ms ELSE ?3 END"
                      " WHERE id = ?1");

jirasend_code js_sq_give_up(js_store *store, const js_event_row *events, size_t count,
                            const char *message, int64_t now_ms, jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_query query = js_sq_query(self, give_up_event);
        js_query_int(&query, events[i].id);
        js_query_text(&query, message);
        js_query_int(&query, now_ms);
        code = js_query_run(&query, error);
        if (code == JIRASEND_OK) {
            code = js_sq_drop_document(self, events[i].id, error);
        }
        self->tally_changed = true;
        self->tally.dead--;
        self->tally.removed_dead += message == NULL ? 1 : 0;
    }
    return code;
}

JS_SQL(dead_of_lane, "SELECT " JS_EVENT_COLUMNS " FROM event e INDEXED BY event_dead_lane"
                     " WHERE e.lane = ?1 AND e.open = 1 AND e.status = 5 AND e.id > ?2"
                     " ORDER BY e.id LIMIT ?3");

jirasend_code js_sq_dead_of(js_store *store, int64_t lane, int64_t after, js_event_row *rows,
                            size_t max, size_t *count, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), dead_of_lane);
    js_query_int(&query, lane);
    js_query_int(&query, after);
    js_query_int(&query, (int64_t)max);
    return js_sq_read_events(&query, rows, max, count, error);
}

JS_SQL(oldest_dead, "SELECT " JS_EVENT_COLUMNS " FROM event e INDEXED BY event_dead"
                    " WHERE e.open = 1 AND e.status = 5 AND e.settled_ms < ?1"
                    " ORDER BY e.settled_ms LIMIT ?2");

jirasend_code js_sq_dead_oldest(js_store *store, int64_t before_ms, js_event_row *rows, size_t max,
                                size_t *count, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), oldest_dead);
    js_query_int(&query, before_ms);
    js_query_int(&query, (int64_t)max);
    jirasend_code code = js_sq_read_events(&query, rows, max, count, error);
    for (size_t i = 0; i < *count && code == JIRASEND_OK; i++) {
        if (!rows[i].open) { /* it would be found again and again */
            code = js_sq_damaged(store, "what was changed is found again", error);
        }
    }
    return code;
}
