/* What the history keeps of an event when it is settled: its keys, a digest, its document for a while. */
#include "outbox/sqlite/history.h"

#include "base/error.h"
#include "base/text.h"
#include "event/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

JS_SQL(add_key, "INSERT OR IGNORE INTO event_key (key, event, source, rule, commit_hash)"
                " VALUES (?1, ?2, ?3, ?4, ?5)");

static jirasend_code add_key_of(js_sqlite *self, int64_t id, const char *key, js_key_source source,
                                int rule, const char *commit, jirasend_error *error) {
    js_query query = js_sq_query(self, add_key);
    js_query_text(&query, key);
    js_query_int(&query, id);
    js_query_int(&query, (int)source);
    js_query_int(&query, rule);
    js_query_text(&query, commit);
    return js_query_run(&query, error);
}

jirasend_code js_sq_note_keys(js_sqlite *self, int64_t id, const js_event *event,
                              jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < event->issue_keys.count && code == JIRASEND_OK; i++) {
        const js_found given = {JS_KEY_GIVEN, NULL};
        const js_found *found = event->found == NULL ? &given : &event->found[i];
        code =
            add_key_of(self, id, event->issue_keys.items[i], found->from, 0, found->commit, error);
    }
    for (size_t i = 0; i < event->passed.count && code == JIRASEND_OK; i++) {
        const js_passed *passed = &event->passed.items[i];
        code = add_key_of(self, id, passed->key, JS_KEY_GIVEN, (int)passed->rule, NULL, error);
    }
    return code;
}

/* ---- settling ---- */

JS_SQL(settled_document,
       "SELECT l.site, CASE e.kind WHEN 0 THEN l.kind ELSE e.kind END, e.created_ms, e.issue_keys,"
       " d.text, t.accepted FROM event e CROSS JOIN lane l ON l.id = e.lane"
       " LEFT JOIN document d ON d.id = e.id LEFT JOIN stream t ON t.id = e.stream"
       " WHERE e.id = ?1");
enum { DOC_SITE, DOC_KIND, DOC_CREATED, DOC_KEYS, DOC_TEXT, DOC_ACCEPTED };

static void read_note(const js_query *row, js_note *note) {
    (void)snprintf(note->site, sizeof note->site, "%s", js_query_read_text(row, DOC_SITE));
    note->kind = (int)js_query_read(row, DOC_KIND);
    note->created_ms = js_query_read(row, DOC_CREATED);
    note->accepted = js_query_read(row, DOC_ACCEPTED);
}

/* What the document says; of one that is damaged the keys that its row has. */
static jirasend_code read_event(const js_query *row, js_event *event, bool *whole,
                                jirasend_error *error) {
    const char *text = sqlite3_column_blob(row->statement, DOC_TEXT);
    size_t length = (size_t)sqlite3_column_bytes(row->statement, DOC_TEXT);
    jirasend_error words = JIRASEND_ERROR_INIT;
    jirasend_code code =
        text == NULL ? JIRASEND_E_DOCUMENT : js_document_read_stored(event, text, length, &words);
    *whole = code == JIRASEND_OK;
    if (!*whole && code != JIRASEND_E_MEMORY) {
        js_event_init(event);
        code = js_row_split(&event->issue_keys, js_query_read_text(row, DOC_KEYS))
                   ? JIRASEND_OK
                   : JIRASEND_E_MEMORY;
    }
    return code == JIRASEND_OK ? code : js_fail_memory(error);
}

/* ---- documents that stay for a while ---- */

JS_SQL(keep_told, "INSERT OR REPLACE INTO told (stream, event, settled_ms, text)"
                  " VALUES (?1, ?2, ?3, ?4)");
JS_SQL(drop_told, "DELETE FROM told WHERE stream = ?1");

/* `row` has the document. */
static jirasend_code note_told(js_sqlite *self, const js_event_row *event, const js_note *note,
                               const js_query *row, int64_t now_ms, jirasend_error *error) {
    /* News of the past that comes later is not what Jira shows. */
    if (event->sequence < note->accepted || (!event->barrier && !note->whole)) {
        return JIRASEND_OK;
    }
    js_query query = js_sq_query(self, event->barrier ? drop_told : keep_told);
    js_query_int(&query, event->stream);
    if (!event->barrier) {
        js_query_int(&query, event->id);
        js_query_int(&query, now_ms);
        js_query_blob(&query, sqlite3_column_blob(row->statement, DOC_TEXT),
                      (size_t)sqlite3_column_bytes(row->statement, DOC_TEXT));
    }
    return js_query_run(&query, error);
}

/* ---- an event that is settled ---- */

static jirasend_code note_event(js_sqlite *self, const js_settling *as, const js_event *event,
                                int64_t now_ms, js_note *note, jirasend_error *error) {
    jirasend_code code = js_sq_note_keys(self, as->event->id, event, error);
    if (code == JIRASEND_OK) {
        code = js_sq_count_settled(self, note, as, now_ms, event, error);
    }
    note->summed = note->whole && !as->event->summed;
    if (code == JIRASEND_OK && note->summed && !js_event_digest(event, note->digest)) {
        code = js_fail_memory(error);
    }
    return code;
}

static jirasend_code note_row(js_sqlite *self, const js_settling *as, const js_query *row,
                              int64_t now_ms, js_note *note, jirasend_error *error) {
    js_event read;
    js_event_init(&read);
    read_note(row, note);
    const js_event *event = as->told;
    jirasend_code code = JIRASEND_OK;
    if (event == NULL) {
        event = &read;
        code = read_event(row, &read, &note->whole, error);
    } else {
        note->whole = sqlite3_column_blob(row->statement, DOC_TEXT) != NULL;
    }
    if (code == JIRASEND_OK) {
        code = note_event(self, as, event, now_ms, note, error);
    }
    if (code == JIRASEND_OK && as->status == JS_STATUS_ACCEPTED) {
        code = note_told(self, as->event, note, row, now_ms, error);
    }
    js_event_clear(&read);
    return code;
}

/* Nobody asks a process that ends soon for its history; its counters say enough. */
static jirasend_code count_only(js_sqlite *self, const js_settling *as, int64_t now_ms,
                                js_note *note, jirasend_error *error) {
    (void)snprintf(note->site, sizeof note->site, "%s", as->told->site.name);
    note->kind = (int)as->told->kind;
    note->created_ms = as->event->queued_ms;
    return js_sq_count_settled(self, note, as, now_ms, as->told, error);
}

jirasend_code js_sq_note(js_sqlite *self, const js_settling *as, int64_t now_ms, js_note *note,
                         jirasend_error *error) {
    *note = (js_note){.whole = false};
    if (self->folder.path == NULL && as->told != NULL) {
        return count_only(self, as, now_ms, note, error);
    }
    js_query query = js_sq_query(self, settled_document);
    js_query_int(&query, as->event->id);
    jirasend_code noted =
        js_query_row(&query) ? note_row(self, as, &query, now_ms, note, error) : JIRASEND_OK;
    jirasend_code code = js_query_end(&query, noted == JIRASEND_OK ? error : NULL);
    return noted == JIRASEND_OK ? code : noted;
}

jirasend_code js_sq_note_alike(js_sqlite *self, const js_settling *events, size_t count,
                               int64_t now_ms, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    js_note note = {.whole = true};
    (void)snprintf(note.site, sizeof note.site, "%s", events[0].told->site.name);
    for (size_t i = 0; i < count && code == JIRASEND_OK && self->folder.path != NULL; i++) {
        code = js_sq_note_keys(self, events[i].event->id, events[i].told, error);
    }
    return code == JIRASEND_OK ? js_sq_count_alike(self, &note, events, count, now_ms, error)
                               : code;
}

jirasend_code js_sq_note_skipped(js_sqlite *self, int64_t id, const js_event *event, int64_t now_ms,
                                 jirasend_error *error) {
    js_note note = {.kind = (int)event->kind, .created_ms = now_ms};
    (void)snprintf(note.site, sizeof note.site, "%s", event->site.name);
    jirasend_code code = js_sq_note_keys(self, id, event, error);
    return code == JIRASEND_OK ? js_sq_count_event(self, &note, JS_STATUS_SKIPPED, error) : code;
}

jirasend_code js_sq_note_answered(js_sqlite *self, int64_t id, js_status status, int64_t now_ms,
                                  jirasend_error *error) {
    js_note note = {.whole = false};
    js_query query = js_sq_query(self, settled_document);
    js_query_int(&query, id);
    if (js_query_row(&query)) {
        read_note(&query, &note);
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK ? js_sq_count_answered(self, id, &note, status, now_ms, error)
                               : code;
}
