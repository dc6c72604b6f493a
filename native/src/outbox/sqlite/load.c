/* Reading events that go out, and whether they are still what was stored. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"
#include "event/document.h"

#include <string.h>

JS_SQL(load,
       "SELECT e.sequence, e.attempts, e.unmentioned, e.gated, e.barrier, e.history, e.envelope,"
       " e.scope, e.format, e.request_id, s.pipeline, s.number, s.environment, d.text, d.sum,"
       " coalesce(s.wait_until_ms, 0),"
       " e.status = 0 AND e.lane = ?2 AND e.stream = ?3 AND e.envelope = ?4"
       " FROM event e LEFT JOIN stream s ON s.id = e.stream"
       " LEFT JOIN document d ON d.id = e.id WHERE e.id = ?1");
enum {
    SEQUENCE,
    ATTEMPTS,
    UNMENTIONED,
    GATED,
    BARRIER,
    HISTORY,
    ENVELOPE,
    SCOPE,
    FORMAT,
    REQUEST,
    NAME,
    NUMBER,
    PART,
    TEXT,
    SUM,
    WAIT,
    AS_QUEUED
};

static const char *text_or_null(const js_query *row, int column) {
    return (const char *)sqlite3_column_text(row->statement, column);
}

/* Reads the event from the row and checks it. `whole` false: it is damaged. */
static jirasend_code read_document(const js_query *row, const js_lane *lane, bool summed,
                                   js_outgoing *out, bool *whole, jirasend_error *error) {
    const char *text = sqlite3_column_blob(row->statement, TEXT);
    size_t length = (size_t)sqlite3_column_bytes(row->statement, TEXT);
    js_row_facts facts = {
        .id = out->id,
        .number = js_query_read(row, NUMBER),
        .sequence = out->sequence,
        .envelope = js_query_read(row, ENVELOPE),
        .site = lane->site,
        .pipeline = text_or_null(row, NAME),
        .environment = text_or_null(row, PART),
        .request_id = text_or_null(row, REQUEST),
        .scope = text_or_null(row, SCOPE),
        .kind = (int)lane->api,
        .format = (int)js_query_read(row, FORMAT),
        .gated = js_query_read(row, GATED) != 0,
        .barrier = js_query_read(row, BARRIER) != 0,
        .history = js_query_read(row, HISTORY) != 0,
    };
    *whole = false;
    int64_t sum = 0;
    if (text == NULL || facts.pipeline == NULL) {
        return JIRASEND_OK;
    }
    if (summed && !js_row_sum(&facts, text, length, &sum)) {
        return js_fail_memory(error);
    }
    if (sum != js_query_read(row, SUM)) {
        return JIRASEND_OK;
    }
    jirasend_error words = JIRASEND_ERROR_INIT;
    jirasend_code code = js_document_read_stored(&out->event, text, length, &words);
    if (code == JIRASEND_E_MEMORY) {
        return js_fail_memory(error);
    }
    *whole = code == JIRASEND_OK;
    return JIRASEND_OK;
}

static jirasend_code read_row(js_sqlite *self, const js_query *row, const js_lane *lane,
                              js_outgoing *out, bool *whole, jirasend_error *error) {
    if (js_query_read(row, AS_QUEUED) != 1) {
        return js_sq_damaged(&self->store, "its queue and its events contradict", error);
    }
    out->sequence = js_query_read(row, SEQUENCE);
    out->attempts = (int)js_query_read(row, ATTEMPTS);
    out->unmentioned = (int)js_query_read(row, UNMENTIONED);
    out->waited_out = js_query_read(row, WAIT) != 0;
    return read_document(row, lane, self->folder.path != NULL, out, whole, error);
}

JS_SQL(keys_accepted, "SELECT issue_keys FROM event INDEXED BY event_stream WHERE stream = ?1"
                      " AND status = 2 ORDER BY id DESC LIMIT 1");

/* A last commit without keys of its own has those with which Jira last took it. */
static jirasend_code lend_keys(js_sqlite *self, int64_t touched, js_event *event,
                               jirasend_error *error) {
    js_strings *lent = js_event_lent_keys(event);
    if (lent == NULL || lent->count > 0 || touched == 0) {
        return JIRASEND_OK;
    }
    js_query query = js_sq_query(self, keys_accepted);
    js_query_int(&query, touched);
    bool memory = true;
    if (js_query_row(&query)) {
        memory = js_row_split(lent, (const char *)sqlite3_column_text(query.statement, 0));
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

/* Just committed by this process: what was read of its row while choosing is all that is needed. */
static bool take_recent(js_sqlite *self, const js_lane *lane, const js_queued *event,
                        js_outgoing *out) {
    if (!js_recent_take(&self->recent, event->id, event->bytes, &out->event)) {
        return false;
    }
    if (js_kind_api(out->event.kind) != lane->api ||
        strcmp(out->event.site.name, lane->site) != 0) {
        js_event_clear(&out->event); /* a damaged index: its row will say so */
        return false;
    }
    out->id = event->id;
    out->sequence = event->sequence;
    out->attempts = event->attempts;
    out->unmentioned = event->unmentioned;
    out->waited_out = event->waited;
    return true;
}

static jirasend_code load_row(js_sqlite *self, const js_lane_row *lane, const js_queued *event,
                              js_outgoing *out, bool *whole, jirasend_error *error) {
    *whole = false;
    out->id = event->id;
    js_query query = js_sq_query(self, load);
    js_query_int(&query, event->id);
    js_query_int(&query, lane->id);
    js_query_int(&query, event->stream);
    js_query_int(&query, event->envelope);
    jirasend_code code = JIRASEND_OK;
    if (js_query_row(&query)) {
        code = read_row(self, &query, &lane->lane, out, whole, error);
    }
    jirasend_code ended = js_query_end(&query, code == JIRASEND_OK ? error : NULL);
    return code == JIRASEND_OK ? ended : code;
}

static jirasend_code load_one(js_sqlite *self, const js_lane_row *lane, const js_queued *event,
                              js_outgoing *out, bool *whole, jirasend_error *error) {
    *whole = take_recent(self, &lane->lane, event, out);
    jirasend_code code = *whole ? JIRASEND_OK : load_row(self, lane, event, out, whole, error);
    return code == JIRASEND_OK && *whole ? lend_keys(self, event->touched, &out->event, error)
                                         : code;
}

jirasend_code js_sq_load(js_store *store, const js_lane_row *lane, const js_queued *events,
                         size_t count, js_outgoing *items, bool *whole, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = load_one(js_sq_of(store), lane, &events[i], &items[i], &whole[i], error);
    }
    return code;
}
