/* What the history keeps of an event when it is settled: its keys, a digest, and counters. */
#include "outbox/sqlite/history.h"

#include "base/error.h"
#include "event/document.h"

#include <stdio.h>
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

jirasend_code js_sq_count_request(js_store *store, js_api api, int http_status,
                                  jirasend_error *error) {
    char label[64];
    (void)snprintf(label, sizeof label, "%d\n%d", (int)api, http_status);
    return js_sq_count_metric(js_sq_of(store), "requests", label, 1, error);
}

/* How many labels there are of a name; a stranger's texts must not make it a large table. */
JS_SQL(metric_known, "SELECT EXISTS (SELECT 1 FROM metric WHERE name = ?1 AND label = ?2)"
                     " OR (SELECT count(*) FROM (SELECT 1 FROM metric WHERE name = ?1 LIMIT ?3))"
                     " < ?3");

static jirasend_code count_bounded(js_sqlite *self, const char *name, const char *label,
                                   const char *otherwise, jirasend_error *error) {
    enum { LABELS_MAX = 2000 };
    int64_t fits = 0;
    js_query query = js_sq_query(self, metric_known);
    js_query_text(&query, name);
    js_query_text(&query, label);
    js_query_int(&query, LABELS_MAX);
    jirasend_code code = js_query_number(&query, 1, &fits, error);
    return code == JIRASEND_OK
               ? js_sq_count_metric(self, name, fits != 0 ? label : otherwise, 1, error)
               : code;
}

static jirasend_code count_event(js_sqlite *self, const js_note *note, js_status status,
                                 jirasend_error *error) {
    char label[JS_ORIGIN_SIZE + 32];
    char other[32];
    (void)snprintf(other, sizeof other, "%d\n%d\nother", note->kind, (int)status);
    (void)snprintf(label, sizeof label, "%d\n%d\n%s", note->kind, (int)status, note->site);
    return count_bounded(self, "events", label, other, error);
}

static jirasend_code count_delivery(js_sqlite *self, int64_t took_ms, jirasend_error *error) {
    int at = 0;
    took_ms = took_ms < 0 ? 0 : took_ms;
    while (at < JS_DELIVERY_BOUNDS && took_ms > js_delivery_bounds_s[at] * 1000) {
        at++;
    }
    char label[16];
    (void)snprintf(label, sizeof label, "%d", at);
    jirasend_code code = js_sq_count_metric(self, "delivery", label, 1, error);
    return code == JIRASEND_OK ? js_sq_count_metric(self, "delivery_ms", "", took_ms, error) : code;
}

static jirasend_code count_deployment(js_sqlite *self, const js_event *event,
                                      jirasend_error *error) {
    const char *environment = js_event_environment(event);
    if (environment == NULL || event->deletion) {
        return JIRASEND_OK;
    }
    js_buf label = JS_BUF_INIT;
    js_buf other = JS_BUF_INIT;
    js_buf_addf(&label, "%d\n%s", (int)event->of.run.state, environment);
    js_buf_addf(&other, "%d\nother", (int)event->of.run.state);
    jirasend_code code = label.failed || other.failed
                             ? js_fail_memory(error)
                             : count_bounded(self, "deployments", label.data, other.data, error);
    js_buf_clear(&label);
    js_buf_clear(&other);
    return code;
}

static jirasend_code count_settled(js_sqlite *self, const js_note *note, js_status status,
                                   int64_t now_ms, const js_event *event, jirasend_error *error) {
    jirasend_code code = count_event(self, note, status, error);
    if (code == JIRASEND_OK && status == JS_STATUS_ACCEPTED) {
        code = count_delivery(self, now_ms - note->created_ms, error);
    }
    return code == JIRASEND_OK && status == JS_STATUS_ACCEPTED
               ? count_deployment(self, event, error)
               : code;
}

/* ---- settling ---- */

JS_SQL(settled_document,
       "SELECT l.site, CASE e.kind WHEN 0 THEN l.kind ELSE e.kind END, e.created_ms, e.issue_keys,"
       " d.text, t.accepted FROM event e CROSS JOIN lane l ON l.id = e.lane"
       " LEFT JOIN document d ON d.id = e.id LEFT JOIN stream t ON t.id = e.stream"
       " WHERE e.id = ?1");
enum { DOC_SITE, DOC_KIND, DOC_CREATED, DOC_KEYS, DOC_TEXT, DOC_ACCEPTED };

/* What the document says; of one that is damaged the keys that its row has. */
static jirasend_code read_note(js_sqlite *self, int64_t id, js_note *note, js_event *event,
                               jirasend_error *error) {
    js_query query = js_sq_query(self, settled_document);
    js_query_int(&query, id);
    jirasend_error words = JIRASEND_ERROR_INIT;
    jirasend_code code = JIRASEND_OK;
    if (js_query_row(&query)) {
        (void)snprintf(note->site, sizeof note->site, "%s", js_query_read_text(&query, DOC_SITE));
        note->kind = (int)js_query_read(&query, DOC_KIND);
        note->created_ms = js_query_read(&query, DOC_CREATED);
        note->accepted = js_query_read(&query, DOC_ACCEPTED);
        const char *text = sqlite3_column_blob(query.statement, DOC_TEXT);
        size_t length = (size_t)sqlite3_column_bytes(query.statement, DOC_TEXT);
        code = text == NULL ? JIRASEND_E_DOCUMENT
                            : js_document_read_stored(event, text, length, &words);
        note->whole = code == JIRASEND_OK;
        if (!note->whole && code != JIRASEND_E_MEMORY) {
            js_event_init(event);
            code = js_row_split(&event->issue_keys, js_query_read_text(&query, DOC_KEYS))
                       ? JIRASEND_OK
                       : JIRASEND_E_MEMORY;
        }
    }
    jirasend_code ended = js_query_end(&query, error);
    if (ended == JIRASEND_OK && code != JIRASEND_OK) {
        ended = js_fail_memory(error);
    }
    return ended;
}

jirasend_code js_sq_note(js_sqlite *self, int64_t id, js_status status, int64_t now_ms,
                         js_note *note, jirasend_error *error) {
    js_event event;
    js_event_init(&event);
    *note = (js_note){.whole = false};
    jirasend_code code = read_note(self, id, note, &event, error);
    if (code == JIRASEND_OK) {
        code = js_sq_note_keys(self, id, &event, error);
    }
    if (code == JIRASEND_OK) {
        code = count_settled(self, note, status, now_ms, &event, error);
    }
    if (code == JIRASEND_OK && note->whole && !js_event_digest(&event, note->digest)) {
        code = js_fail_memory(error);
    }
    js_event_clear(&event);
    return code;
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
    js_event event;
    js_event_init(&event);
    jirasend_code code = read_note(self, id, &note, &event, error);
    if (code == JIRASEND_OK) {
        code = count_event(self, &note, status, error);
    }
    if (code == JIRASEND_OK && status == JS_STATUS_ACCEPTED) {
        code = count_delivery(self, now_ms - note.created_ms, error);
    }
    js_event_clear(&event);
    return code;
}

/* ---- documents that stay for a while ---- */

JS_SQL(keep_told, "INSERT OR REPLACE INTO told (stream, event, settled_ms, text)"
                  " SELECT ?1, ?2, ?3, text FROM document WHERE id = ?2");
JS_SQL(drop_told, "DELETE FROM told WHERE stream = ?1");

jirasend_code js_sq_note_told(js_sqlite *self, const js_event_row *event, const js_note *note,
                              int64_t now_ms, jirasend_error *error) {
    /* News of the past that comes later is not what Jira shows. */
    if (event->sequence < note->accepted || (!event->barrier && !note->whole)) {
        return JIRASEND_OK;
    }
    js_query query = js_sq_query(self, event->barrier ? drop_told : keep_told);
    js_query_int(&query, event->stream);
    if (!event->barrier) {
        js_query_int(&query, event->id);
        js_query_int(&query, now_ms);
    }
    return js_query_run(&query, error);
}
