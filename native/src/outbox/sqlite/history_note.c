/* What the history keeps of an event when it is settled: its keys, a digest, and counters. */
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

/* ---- counters ---- */

JS_SQL(count_metric, "INSERT INTO metric (name, label, value) VALUES (?1, ?2, ?3)"
                     " ON CONFLICT (name, label) DO UPDATE SET value = value + excluded.value");

jirasend_code js_sq_count_metric(js_sqlite *self, const char *name, const char *label,
                                 int64_t change, jirasend_error *error) {
    js_query query = js_sq_query(self, count_metric);
    js_query_text(&query, name);
    js_query_text(&query, label);
    js_query_int(&query, change);
    return js_query_run(&query, error);
}

/* How many labels there are of a name; a stranger's texts must not make it a large table. */
JS_SQL(metric_known, "SELECT EXISTS (SELECT 1 FROM metric WHERE name = ?1 AND label = ?2)"
                     " OR (SELECT count(*) FROM (SELECT 1 FROM metric WHERE name = ?1 LIMIT ?3))"
                     " < ?3");

static jirasend_code write_one(js_sqlite *self, const js_counted *counted, jirasend_error *error) {
    enum { LABELS_MAX = 2000 };
    int64_t fits = 1;
    jirasend_code code = JIRASEND_OK;
    if (counted->otherwise != NULL) {
        js_query query = js_sq_query(self, metric_known);
        js_query_text(&query, counted->name);
        js_query_text(&query, counted->label);
        js_query_int(&query, LABELS_MAX);
        code = js_query_number(&query, 1, &fits, error);
    }
    const char *label = fits != 0 ? counted->label : counted->otherwise;
    return code == JIRASEND_OK
               ? js_sq_count_metric(self, counted->name, label, counted->change, error)
               : code;
}

void js_sq_forget_counted(js_sqlite *self) {
    for (size_t i = 0; i < self->counted_count; i++) {
        free(self->counted[i].label);
        free(self->counted[i].otherwise);
    }
    self->counted_count = 0;
}

jirasend_code js_sq_write_counted(js_sqlite *self, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < self->counted_count && code == JIRASEND_OK; i++) {
        code = write_one(self, &self->counted[i], error);
    }
    js_sq_forget_counted(self);
    return code;
}

static js_counted *find_counted(js_sqlite *self, const char *name, const char *label) {
    for (size_t i = 0; i < self->counted_count; i++) {
        js_counted *counted = &self->counted[i];
        if (strcmp(counted->name, name) == 0 && strcmp(counted->label, label) == 0) {
            return counted;
        }
    }
    return NULL;
}

/* Events of a batch say mostly the same, so it is written once for all. `otherwise` may be null. */
static jirasend_code count_later(js_sqlite *self, const char *name, const char *label,
                                 const char *otherwise, int64_t change, jirasend_error *error) {
    js_counted *known = find_counted(self, name, label);
    if (known != NULL) {
        known->change += change;
        return JIRASEND_OK;
    }
    if (self->counted_count == JS_COUNTED) {
        jirasend_code code = js_sq_write_counted(self, error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    js_counted *counted = &self->counted[self->counted_count++];
    *counted = (js_counted){name, js_copy(label), js_copy(otherwise), change};
    return counted->label == NULL || (otherwise != NULL && counted->otherwise == NULL)
               ? js_fail_memory(error)
               : JIRASEND_OK;
}

jirasend_code js_sq_count_request(js_store *store, js_api api, int http_status,
                                  jirasend_error *error) {
    char label[64];
    (void)snprintf(label, sizeof label, "%d\n%d", (int)api, http_status);
    return js_sq_count_metric(js_sq_of(store), "requests", label, 1, error);
}

static jirasend_code count_event(js_sqlite *self, const js_note *note, js_status status,
                                 jirasend_error *error) {
    char label[JS_ORIGIN_SIZE + 32];
    char other[32];
    (void)snprintf(other, sizeof other, "%d\n%d\nother", note->kind, (int)status);
    (void)snprintf(label, sizeof label, "%d\n%d\n%s", note->kind, (int)status, note->site);
    return count_later(self, "events", label, other, 1, error);
}

static jirasend_code count_delivery(js_sqlite *self, int64_t took_ms, jirasend_error *error) {
    int at = 0;
    took_ms = took_ms < 0 ? 0 : took_ms;
    while (at < JS_DELIVERY_BOUNDS && took_ms > js_delivery_bounds_s[at] * 1000) {
        at++;
    }
    char label[16];
    (void)snprintf(label, sizeof label, "%d", at);
    jirasend_code code = count_later(self, "delivery", label, NULL, 1, error);
    return code == JIRASEND_OK ? count_later(self, "delivery_ms", "", NULL, took_ms, error) : code;
}

/* Whether another event about the same deployment said so and was accepted, also by another site. */
JS_SQL(told_before,
       "SELECT EXISTS (SELECT 1 FROM lane m CROSS JOIN stream t ON t.lane = m.id"
       " AND t.pipeline = ?1 AND t.number = ?2 AND t.environment = ?3"
       " CROSS JOIN event e INDEXED BY event_stream ON e.stream = t.id AND e.status = 2"
       " AND e.id <> ?4 WHERE m.kind = ?5 AND e.barrier = 0 AND e.facts IS NOT NULL"
       " AND json_extract(e.facts, '$.state') = ?6)");

static jirasend_code was_told(js_sqlite *self, int64_t id, const js_event *event, bool *told,
                              jirasend_error *error) {
    js_stream stream = js_event_stream(event);
    js_query query = js_sq_query(self, told_before);
    js_query_text(&query, stream.name);
    js_query_int(&query, stream.number);
    js_query_text(&query, stream.part);
    js_query_int(&query, id);
    js_query_int(&query, (int)js_kind_api(event->kind));
    js_query_text(&query, js_state_name(event->of.run.state));
    int64_t found = 0;
    jirasend_code code = js_query_number(&query, 0, &found, error);
    *told = found != 0;
    return code;
}

/* Each once for each state, however often and at however many sites it is told. */
static jirasend_code count_deployment(js_sqlite *self, int64_t id, const js_event *event,
                                      jirasend_error *error) {
    const char *environment = js_event_environment(event);
    if (environment == NULL || event->deletion) {
        return JIRASEND_OK;
    }
    bool told = false;
    jirasend_code known = was_told(self, id, event, &told, error);
    if (known != JIRASEND_OK || told) {
        return known;
    }
    js_buf label = JS_BUF_INIT;
    js_buf other = JS_BUF_INIT;
    js_buf_addf(&label, "%d\n%s", (int)event->of.run.state, environment);
    js_buf_addf(&other, "%d\nother", (int)event->of.run.state);
    jirasend_code code = label.failed || other.failed
                             ? js_fail_memory(error)
                             : count_later(self, "deployments", label.data, other.data, 1, error);
    js_buf_clear(&label);
    js_buf_clear(&other);
    return code;
}

static jirasend_code count_settled(js_sqlite *self, const js_note *note, const js_settling *as,
                                   int64_t now_ms, const js_event *event, jirasend_error *error) {
    js_status status = as->status;
    jirasend_code code = count_event(self, note, status, error);
    if (code == JIRASEND_OK && status == JS_STATUS_ACCEPTED) {
        code = count_delivery(self, now_ms - note->created_ms, error);
    }
    return code == JIRASEND_OK && status == JS_STATUS_ACCEPTED
               ? count_deployment(self, as->event->id, event, error)
               : code;
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
        code = count_settled(self, note, as, now_ms, event, error);
    }
    if (code == JIRASEND_OK && note->whole && !js_event_digest(event, note->digest)) {
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

jirasend_code js_sq_note(js_sqlite *self, const js_settling *as, int64_t now_ms, js_note *note,
                         jirasend_error *error) {
    *note = (js_note){.whole = false};
    js_query query = js_sq_query(self, settled_document);
    js_query_int(&query, as->event->id);
    jirasend_code noted =
        js_query_row(&query) ? note_row(self, as, &query, now_ms, note, error) : JIRASEND_OK;
    jirasend_code code = js_query_end(&query, noted == JIRASEND_OK ? error : NULL);
    return noted == JIRASEND_OK ? code : noted;
}

jirasend_code js_sq_note_skipped(js_sqlite *self, int64_t id, const js_event *event, int64_t now_ms,
                                 jirasend_error *error) {
    js_note note = {.kind = (int)event->kind, .created_ms = now_ms};
    (void)snprintf(note.site, sizeof note.site, "%s", event->site.name);
    jirasend_code code = js_sq_note_keys(self, id, event, error);
    return code == JIRASEND_OK ? count_event(self, &note, JS_STATUS_SKIPPED, error) : code;
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
    if (code == JIRASEND_OK) {
        code = count_event(self, &note, status, error);
    }
    if (code == JIRASEND_OK && status == JS_STATUS_ACCEPTED) {
        code = count_delivery(self, now_ms - note.created_ms, error);
    }
    return code;
}
