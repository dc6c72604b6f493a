/* Finding and removing what is too old. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

JS_SQL(waiting_since,
       "SELECT " JS_RECEIPT_COLUMNS " FROM event e INDEXED BY event_queued" JS_LANE_AND_SITE
       " WHERE e.status = 0 AND e.queued_ms < ?1 AND " JS_KNOWN_ROW("e") " AND " JS_KNOWN_LANE(
           "l") " ORDER BY e.queued_ms LIMIT ?2");

/* Their receipts say why they wait, as if they were not too old. */
jirasend_code js_sq_waiting_since(js_store *store, int64_t before_ms, js_event_row *rows,
                                  js_receipt *receipts, size_t max, size_t *count,
                                  jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), waiting_since);
    js_query_int(&query, before_ms);
    js_query_int(&query, (int64_t)max);
    *count = 0;
    bool memory = true;
    while (memory && *count < max && js_query_row(&query)) {
        memory = js_sq_read_receipt(&query, INT64_MIN + JS_KEEP_MS + JS_KEEP_DEAD_MS,
                                    &receipts[*count], NULL);
        rows[*count].id = memory ? receipts[*count].id : 0;
        *count += memory ? 1 : 0;
    }
    jirasend_code code = js_query_end(&query, error);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code == JIRASEND_OK && *count > 0) {
        code = js_sq_find(store, rows, *count, error);
    }
    for (size_t i = 0; i < *count && code == JIRASEND_OK; i++) {
        if (rows[i].id == 0 || rows[i].status != JS_STATUS_QUEUED) {
            code = js_sq_damaged(store, "what was changed is found again", error);
        }
    }
    for (size_t i = 0; i < *count && code != JIRASEND_OK; i++) {
        js_receipt_clear(&receipts[i]);
    }
    return code;
}

JS_SQL(
    tidy_due,
    "SELECT EXISTS (SELECT 1 FROM event e INDEXED BY event_queued CROSS JOIN lane l"
    "  ON l.id = e.lane WHERE e.status = 0 AND e.queued_ms < ?1 AND " JS_KNOWN_ROW(
        "e") "  AND " JS_KNOWN_LANE("l") ")"
                                         " OR EXISTS (SELECT 1 FROM event INDEXED BY event_closed"
                                         "  WHERE open = 0 AND settled_ms < ?4)"
                                         " OR EXISTS (SELECT 1 FROM event INDEXED BY event_dead"
                                         "  WHERE open = 1 AND status = 5 AND settled_ms < ?2)"
                                         " OR EXISTS (SELECT 1 FROM stream INDEXED BY stream_used "
                                         "WHERE used_ms < ?1)"
                                         " OR EXISTS (SELECT 1 FROM envelope INDEXED BY "
                                         "envelope_used WHERE used_ms < ?3)"
                                         " OR EXISTS (SELECT 1 FROM told INDEXED BY told_settled"
                                         "  WHERE settled_ms < ?1)");

/* Receipts are asked for by id longer than a short history goes back. */
static int64_t settled_age(const js_sqlite *self) {
    return self->store.keep_ms > JS_KEEP_MS ? self->store.keep_ms : JS_KEEP_MS;
}

/* As long as an event that was a dead letter first may name it, and a day more. */
static int64_t envelope_age(const js_sqlite *self) {
    return settled_age(self) + JS_KEEP_MS + JS_KEEP_DEAD_MS + JS_DAY_MS;
}

jirasend_code js_sq_tidy_due(js_store *store, int64_t now_ms, bool *due, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), tidy_due);
    js_query_int(&query, now_ms - JS_KEEP_MS);
    js_query_int(&query, now_ms - JS_KEEP_DEAD_MS);
    js_query_int(&query, now_ms - envelope_age(js_sq_of(store)));
    js_query_int(&query, now_ms - settled_age(js_sq_of(store)));
    int64_t found = 0;
    jirasend_code code = js_query_number(&query, 0, &found, error);
    *due = found != 0;
    return code;
}

JS_SQL(old_settled, "SELECT id, issue_keys FROM event INDEXED BY event_closed"
                    " WHERE open = 0 AND settled_ms < ?1 ORDER BY settled_ms LIMIT ?2");
JS_SQL(forget_key, "DELETE FROM event_key WHERE key = ?1 AND event = ?2");
JS_SQL(forget_passed, "DELETE FROM event_key WHERE (key, event) IN (SELECT key, event"
                      " FROM event_key INDEXED BY event_key_passed WHERE event = ?1 AND rule > 0)");
/* Once more: where an index is wrong, what it leads to is not changed again and again. */
JS_SQL(forget_event, "DELETE FROM event WHERE id = ?1 AND open = 0 AND settled_ms < ?2");

typedef struct old_event {
    int64_t id;
    char *keys;
} old_event;

static jirasend_code find_old(js_sqlite *self, int64_t before_ms, size_t max, old_event *events,
                              size_t *count, jirasend_error *error) {
    js_query query = js_sq_query(self, old_settled);
    js_query_int(&query, before_ms);
    js_query_int(&query, (int64_t)max);
    bool memory = true;
    *count = 0;
    while (memory && *count < max && js_query_row(&query)) {
        old_event *event = &events[(*count)++];
        *event = (old_event){js_query_read(&query, 0), js_copy(js_query_read_text(&query, 1))};
        memory = event->keys != NULL;
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

static jirasend_code forget_by(js_sqlite *self, const char *sql, int64_t id,
                               jirasend_error *error) {
    js_query query = js_sq_query(self, sql);
    js_query_int(&query, id);
    return js_query_run(&query, error);
}

static jirasend_code forget_keys(js_sqlite *self, const old_event *event, jirasend_error *error) {
    js_strings keys = JS_STRINGS_INIT;
    jirasend_code code = js_row_split(&keys, event->keys) ? JIRASEND_OK : js_fail_memory(error);
    for (size_t i = 0; i < keys.count && code == JIRASEND_OK; i++) {
        js_query query = js_sq_query(self, forget_key);
        js_query_text(&query, keys.items[i]);
        js_query_int(&query, event->id);
        code = js_query_run(&query, error);
    }
    js_strings_clear(&keys);
    return code == JIRASEND_OK ? forget_by(self, forget_passed, event->id, error) : code;
}

static jirasend_code forget_one(js_sqlite *self, const old_event *event, int64_t before_ms,
                                size_t *done, jirasend_error *error) {
    jirasend_code code = forget_keys(self, event, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_query query = js_sq_query(self, forget_event);
    js_query_int(&query, event->id);
    js_query_int(&query, before_ms);
    code = js_query_run(&query, error);
    *done += code == JIRASEND_OK ? (size_t)sqlite3_changes(self->db) : 0;
    return code;
}

static jirasend_code forget_settled(js_sqlite *self, int64_t before_ms, size_t max, size_t *done,
                                    jirasend_error *error) {
    old_event *events = calloc(max, sizeof *events);
    if (events == NULL) {
        return js_fail_memory(error);
    }
    size_t count = 0;
    jirasend_code code = find_old(self, before_ms, max, events, &count, error);
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = forget_one(self, &events[i], before_ms, done, error);
    }
    for (size_t i = 0; i < count; i++) {
        free(events[i].keys);
    }
    free(events);
    return code;
}

/* Documents of what Jira has are of use for 30 days. */
JS_SQL(forget_told,
       "DELETE FROM told WHERE stream IN (SELECT stream FROM told INDEXED BY told_settled"
       " WHERE settled_ms < ?1 ORDER BY settled_ms LIMIT ?2) AND settled_ms < ?1");

/*
 * A stream is forgotten when nothing names it any more; until then it is looked at again later. Both look
 * at the same few, those that were used longest ago: of a long history most are still named.
 */
#define USED_LONG_AGO                                                                              \
    "(SELECT id FROM stream INDEXED BY stream_used WHERE used_ms < ?1 ORDER BY used_ms LIMIT ?2)"
JS_SQL(forget_streams, "DELETE FROM stream WHERE id IN (SELECT few.id FROM " USED_LONG_AGO " few"
                       " WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.stream = few.id))"
                       " AND used_ms < ?1");
JS_SQL(touch_streams,
       "UPDATE stream SET used_ms = ?3 WHERE id IN (SELECT few.id FROM " USED_LONG_AGO
       " few WHERE EXISTS (SELECT 1 FROM event e WHERE e.stream = few.id))"
       " AND used_ms < ?1");

/* One that waits is in use; it is looked at again later. */
JS_SQL(touch_envelopes, "UPDATE envelope SET used_ms = ?3 WHERE id IN (SELECT id FROM envelope"
                        " INDEXED BY envelope_used WHERE used_ms < ?1 AND waiting <> 0"
                        " ORDER BY used_ms LIMIT ?2) AND used_ms < ?1");
JS_SQL(forget_envelopes, "DELETE FROM envelope WHERE id IN (SELECT id FROM envelope"
                         " INDEXED BY envelope_used WHERE used_ms < ?1 AND waiting = 0"
                         " ORDER BY used_ms LIMIT ?2) AND used_ms < ?1");

static jirasend_code remove_some(js_sqlite *self, const char *sql, int64_t before_ms, size_t max,
                                 int64_t now_ms, size_t *done, jirasend_error *error) {
    js_query query = js_sq_query(self, sql);
    js_query_int(&query, before_ms);
    js_query_int(&query, (int64_t)max);
    if (now_ms != 0) {
        js_query_int(&query, now_ms);
    }
    jirasend_code code = js_query_run(&query, error);
    *done += code == JIRASEND_OK ? (size_t)sqlite3_changes(self->db) : 0;
    return code;
}

jirasend_code js_sq_forget(js_store *store, int64_t now_ms, size_t max, size_t *done,
                           jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    int64_t old_ms = now_ms - JS_KEEP_MS;
    jirasend_code code = forget_settled(self, now_ms - settled_age(self), max, done, error);
    if (code == JIRASEND_OK) {
        code = remove_some(self, forget_told, old_ms, max, 0, done, error);
    }
    if (code == JIRASEND_OK) {
        code = remove_some(self, forget_streams, old_ms, max, 0, done, error);
    }
    if (code == JIRASEND_OK) {
        code = remove_some(self, touch_streams, old_ms, max, now_ms, done, error);
    }
    int64_t unused_ms = now_ms - envelope_age(self);
    if (code == JIRASEND_OK) {
        code = remove_some(self, touch_envelopes, unused_ms, max, now_ms, done, error);
    }
    return code == JIRASEND_OK ? remove_some(self, forget_envelopes, unused_ms, max, 0, done, error)
                               : code;
}

/* ---- in memory ---- */

/* Nothing more will be said of it, and no requestId is known by it. */
static bool is_over(const js_receipt *receipt) {
    return receipt->request_id == NULL &&
           (receipt->status == JS_STATUS_ACCEPTED || receipt->status == JS_STATUS_SKIPPED ||
            receipt->status == JS_STATUS_SUPERSEDED);
}

void js_sq_note_seen(js_sqlite *self, const js_receipt *receipt) {
    js_sq_seen *seen = &self->seen;
    if (self->folder.path != NULL || seen->count == JS_SEEN_MAX || !is_over(receipt)) {
        return;
    }
    if (seen->ids == NULL) {
        seen->ids = malloc(JS_SEEN_MAX * sizeof *seen->ids);
    }
    if (seen->ids != NULL) { /* else it just stays */
        seen->ids[seen->count++] = receipt->id;
    }
}

JS_SQL(forget_run, "DELETE FROM event WHERE id BETWEEN ?1 AND ?2 AND open = 0");

/* Events that are told in the order of their ids are mostly seen in it: a run goes by one statement. */
jirasend_code js_sq_forget_seen(js_sqlite *self, jirasend_error *error) {
    js_sq_seen *seen = &self->seen;
    jirasend_code code = JIRASEND_OK;
    size_t old = seen->count > JS_SEEN_KEPT ? seen->count - JS_SEEN_KEPT : 0;
    for (size_t i = 0, next; i < old && code == JIRASEND_OK; i = next) {
        next = i + 1;
        while (next < old && seen->ids[next] == seen->ids[next - 1] + 1) {
            next++;
        }
        js_query query = js_sq_query(self, forget_run);
        js_query_int(&query, seen->ids[i]);
        js_query_int(&query, seen->ids[next - 1]);
        code = js_query_run(&query, error);
    }
    if (code == JIRASEND_OK && old > 0) {
        seen->count -= old;
        memmove(seen->ids, seen->ids + old, seen->count * sizeof *seen->ids);
    }
    return code;
}
