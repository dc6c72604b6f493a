/* Writing the rows of new events: streams, events, documents. */
#include "outbox/sqlite/add.h"

#include "base/error.h"
#include "outbox/sqlite/history.h"

#define FIVE(row) row "," row "," row "," row "," row
#define TWENTY(row) FIVE(row) "," FIVE(row) "," FIVE(row) "," FIVE(row)
_Static_assert(JS_ADD_TOGETHER == 20, "so many rows have the statements below");
enum { SOME_TOGETHER = 5 };

/*
 * A row that does not fit ends the transaction, which is what would be done with it anyway: so SQLite keeps no copy of each
 * page for undoing one statement of several rows.
 */
#define INTO(table) "INSERT OR ROLLBACK INTO " table " "

/* The same statement for one row, for five, and for twenty. */
typedef struct statements {
    const char *one, *five, *twenty;
} statements;

static const char *for_rows(const statements *of, size_t count) {
    return count == 1 ? of->one : count == SOME_TOGETHER ? of->five : of->twenty;
}

/* ---- streams ---- */

#define INTO_STREAM                                                                                \
    INTO("stream") "(lane, pipeline, number, environment, sequence, used_ms) VALUES "
#define STREAM "(?,?,?,?,?,?)"
JS_SQL(add_stream_row, INTO_STREAM STREAM);
JS_SQL(add_stream_five, INTO_STREAM FIVE(STREAM));
JS_SQL(add_stream_rows, INTO_STREAM TWENTY(STREAM));
static const statements into_stream = {add_stream_row, add_stream_five, add_stream_rows};

static void bind_stream(js_query *query, const js_new_event *event) {
    const js_stream *stream = &event->row->stream;
    js_query_int(query, event->at.lane);
    js_query_text(query, stream->name);
    js_query_int(query, stream->number);
    js_query_text(query, stream->part);
    js_query_int(query, event->at.stream_number);
    js_query_int(query, event->at.now_ms);
}

/* ---- events ---- */

#define INTO_EVENT                                                                                 \
    INTO("event")                                                                                  \
    "(lane, stream, sequence, format, gated, bytes, request_id, issue_keys,"                       \
    " dropped, status, open, message, created_ms, queued_ms, settled_ms, settled_no, kind,"        \
    " envelope, barrier, history, scope, facts, touched, digest) VALUES "
#define EVENT "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
JS_SQL(add_event, INTO_EVENT EVENT);
JS_SQL(add_five_events, INTO_EVENT FIVE(EVENT));
JS_SQL(add_events, INTO_EVENT TWENTY(EVENT));
static const statements into_event = {add_event, add_five_events, add_events};

/* Of what waits: when it is settled, nobody has to read its document for it. */
static bool sum_up(const js_put *put, unsigned char digest[JS_DIGEST_SIZE]) {
    return put->content == 0 ? js_event_digest(put->event, digest)
                             : js_document_digest(put->document + put->content,
                                                  put->length - put->content, digest);
}

static void bind_event(js_query *query, const js_new_event *event, int64_t settled_no,
                       const unsigned char *digest) {
    const js_put *put = event->put;
    const js_row *row = event->row;
    const js_new_row *at = &event->at;
    js_query_int(query, at->lane);
    js_query_int(query, at->stream);
    js_query_int(query, at->sequence);
    js_query_int(query, JS_FORMAT);
    js_query_int(query, row->gated ? 1 : 0);
    js_query_int(query, (int64_t)put->length);
    js_query_text(query, put->event->request_id);
    js_query_text(query, row->issue_keys);
    js_query_int(query, put->event->dropped);
    js_query_int(query, (int)row->status);
    js_query_int(query, row->open ? 1 : 0);
    js_query_text(query, put->skip);
    js_query_int(query, at->now_ms);
    js_query_int(query, at->now_ms);
    js_query_some(query, row->open ? 0 : at->now_ms);
    js_query_some(query, settled_no);
    js_query_int(query, row->kind);
    js_query_int(query, at->envelope);
    js_query_int(query, row->barrier ? 1 : 0);
    js_query_int(query, row->history ? 1 : 0);
    js_query_text(query, row->scope);
    js_query_text(query, put->facts);
    js_query_int(query, at->touched);
    js_query_blob(query, digest, digest == NULL ? 0 : JS_DIGEST_SIZE);
}

/* ---- documents ---- */

#define INTO_DOCUMENT INTO("document") "(id, text, sum) VALUES "
#define DOCUMENT "(?,?,?)"
JS_SQL(add_document, INTO_DOCUMENT DOCUMENT);
JS_SQL(add_five_documents, INTO_DOCUMENT FIVE(DOCUMENT));
JS_SQL(add_documents, INTO_DOCUMENT TWENTY(DOCUMENT));
static const statements into_document = {add_document, add_five_documents, add_documents};

static bool bind_document(js_query *query, const js_new_event *event) {
    const js_put *put = event->put;
    const js_row *row = event->row;
    js_row_facts facts = {
        .id = event->at.id,
        .number = row->stream.number,
        .sequence = event->at.sequence,
        .envelope = event->at.envelope,
        .site = row->lane.site,
        .pipeline = row->stream.name,
        .environment = row->stream.part,
        .request_id = put->event->request_id,
        .scope = row->scope,
        .kind = (int)row->lane.api,
        .format = JS_FORMAT,
        .gated = row->gated,
        .barrier = row->barrier,
        .history = row->history,
    };
    int64_t sum = 0; /* memory has no torn pages */
    bool summed =
        query->outbox->folder.path == NULL || js_row_sum(&facts, put->document, put->length, &sum);
    js_query_int(query, facts.id);
    js_query_blob(query, put->document, put->length);
    js_query_int(query, sum);
    return summed;
}

/* ---- all of them, as many as a statement takes ---- */

static bool has_new_stream(const js_new_event *event) {
    return event->at.new_stream;
}

static bool has_row(const js_new_event *event) {
    return event->put != NULL;
}

static bool has_document(const js_new_event *event) {
    return event->row->open;
}

static jirasend_code write_streams(js_sqlite *self, js_new_event **events, size_t count,
                                   jirasend_error *error) {
    js_query query = js_sq_query(self, for_rows(&into_stream, count));
    for (size_t i = 0; i < count; i++) {
        bind_stream(&query, events[i]);
    }
    jirasend_code code = js_query_run(&query, error);
    int64_t last = sqlite3_last_insert_rowid(self->db);
    for (size_t i = 0; i < count; i++) {
        events[i]->at.stream = last - (int64_t)(count - 1 - i);
    }
    return code;
}

static jirasend_code write_events(js_sqlite *self, js_new_event **events, size_t count,
                                  jirasend_error *error) {
    unsigned char digests[JS_ADD_TOGETHER][JS_DIGEST_SIZE];
    bool summed = true;
    js_query query = js_sq_query(self, for_rows(&into_event, count));
    for (size_t i = 0; i < count; i++) {
        bool open = events[i]->row->open;
        bool has_digest = open && self->folder.path != NULL; /* memory has no history */
        summed = summed && (!has_digest || sum_up(events[i]->put, digests[i]));
        self->tally.settled_no += open ? 0 : 1;
        bind_event(&query, events[i], open ? 0 : self->tally.settled_no,
                   has_digest ? digests[i] : NULL);
    }
    jirasend_code code = summed ? js_query_run(&query, error) : js_query_end(&query, NULL);
    int64_t last = sqlite3_last_insert_rowid(self->db);
    for (size_t i = 0; i < count; i++) {
        events[i]->at.id = last - (int64_t)(count - 1 - i);
        *events[i]->id = events[i]->at.id;
    }
    return summed ? code : js_fail_memory(error);
}

static jirasend_code write_documents(js_sqlite *self, js_new_event **events, size_t count,
                                     jirasend_error *error) {
    bool summed = true;
    js_query query = js_sq_query(self, for_rows(&into_document, count));
    for (size_t i = 0; i < count; i++) {
        summed = bind_document(&query, events[i]) && summed;
    }
    jirasend_code code = summed ? js_query_run(&query, error) : js_query_end(&query, NULL);
    return summed ? code : js_fail_memory(error);
}

typedef bool (*chooser)(const js_new_event *event);
typedef jirasend_code (*writer)(js_sqlite *self, js_new_event **events, size_t count,
                                jirasend_error *error);

/* Those that are chosen, in their order: together where there are as many as a statement takes, else alone. */
static jirasend_code write_rows(js_sqlite *self, js_new_events *events, chooser chosen,
                                writer write, jirasend_error *error) {
    js_new_event *some[JS_ADD_TOGETHER];
    size_t count = 0;
    for (size_t i = 0; i < events->count; i++) {
        if (chosen(&events->items[i])) {
            some[count++] = &events->items[i];
        }
    }
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0, step; i < count && code == JIRASEND_OK; i += step) {
        size_t left = count - i;
        step = left == JS_ADD_TOGETHER ? left : left >= SOME_TOGETHER ? SOME_TOGETHER : 1;
        code = write(self, &some[i], step, error);
    }
    return code;
}

static jirasend_code count_in(js_sqlite *self, const js_new_event *event, jirasend_error *error) {
    const js_new_row *at = &event->at;
    if (!event->row->open) {
        return js_sq_note_skipped(self, at->id, event->put->event, at->now_ms, error);
    }
    self->tally.waiting++;
    self->tally.bytes += (int64_t)event->put->length;
    return js_sq_count(self, at->lane, at->envelope, 1, error);
}

jirasend_code js_sq_add_rows(js_sqlite *self, js_new_events *events, jirasend_error *error) {
    jirasend_code code = write_rows(self, events, has_new_stream, write_streams, error);
    if (code == JIRASEND_OK) {
        code = write_rows(self, events, has_row, write_events, error);
    }
    if (code == JIRASEND_OK) {
        code = write_rows(self, events, has_document, write_documents, error);
    }
    self->tally_changed = self->tally_changed || events->count > 0;
    for (size_t i = 0; i < events->count && code == JIRASEND_OK; i++) {
        code = count_in(self, &events->items[i], error);
    }
    events->count = 0;
    return code;
}
