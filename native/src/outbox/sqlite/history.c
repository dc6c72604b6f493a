/* Asking the history: which events, newest first. */
#include "outbox/sqlite/history.h"

#include "base/error.h"
#include "base/text.h"
#include "base/world.h"
#include "event/document.h"
#include "outbox/words.h"

#include <stdlib.h>
#include <string.h>

/*
 * Newest is what was submitted last: ids. What is too old for the history is left out here, whether or
 * not somebody has come to remove it.
 */
#define KIND_OF "CASE e.kind WHEN 0 THEN l.kind ELSE e.kind END"
#define OF_RUNS " IN (" JS_SQL_BUILDS ", " JS_SQL_DEPLOYMENTS ")"
#define WANTED                                                                                     \
    " AND " JS_KNOWN_LANE(                                                                         \
        "l") " AND ((1 << (" KIND_OF ")) & ?3) <> 0"                                               \
             " AND ((1 << e.status) & ?4) <> 0"                                                    \
             " AND (?5 IS NULL OR (" KIND_OF OF_RUNS " AND t.pipeline = ?5))"                      \
             " AND (?6 IS NULL OR (" KIND_OF " = " JS_SQL_DEPLOYMENTS " AND (t.environment = ?6"   \
             " OR (?7 = 0 AND e.facts IS NOT NULL AND json_extract(e.facts, "                      \
             "'$.environment.name') = ?6))))"                                                      \
             " AND (?8 IS NULL OR instr(char(10) || e.issue_keys, char(10) || ?8 || '-') > 0)"     \
             " AND e.created_ms >= ?9 AND e.created_ms < ?10 AND (e.open = 1 OR e.settled_ms >= "  \
             "?11) AND (?13 = 0 OR (" KIND_OF OF_RUNS " AND t.number = ?13))"                      \
             " AND (?14 IS NULL OR (e.facts IS NOT NULL AND json_extract(e.facts, '$.state') = "   \
             "?14))"
#define COLUMNS JS_RECEIPT_COLUMNS ", e.history, e.sequence, " JS_SWEPT
#define AND_STREAM " LEFT JOIN stream t ON t.id = e.stream" JS_JOIN_ENVELOPE
/* Of a history of all so many are looked at in one go: some 40 ms. */
enum { STEP_IDS = 20000 };
enum { ROW_HISTORY = JS_RECEIPT_END, ROW_SEQUENCE, ROW_SWEPT, ROW_SOURCE, ROW_RULE, ROW_COMMIT };

JS_SQL(history_of_all, "SELECT " COLUMNS ", 0, 0, NULL FROM event e" JS_LANE_AND_SITE AND_STREAM
                       " WHERE e.id < ?1 AND e.id >= ?2" WANTED " ORDER BY e.id DESC");

JS_SQL(history_of_pipeline,
       "SELECT " COLUMNS ", 0, 0, NULL FROM (SELECT v.id FROM lane m CROSS JOIN stream p"
       " ON p.lane = m.id AND p.pipeline = ?5 AND (?13 = 0 OR p.number = ?13)"
       " CROSS JOIN event v INDEXED BY event_stream ON v.stream = p.id WHERE m.kind" OF_RUNS " AND "
       "v.id < ?1 AND v.id >= ?2"
       " ORDER BY v.id DESC) k CROSS JOIN event e ON e.id = k.id" JS_LANE_AND_SITE AND_STREAM
       " WHERE 1" WANTED " ORDER BY k.id DESC");

JS_SQL(history_of_key,
       "SELECT " COLUMNS ", x.source, x.rule, x.commit_hash"
       " FROM (SELECT event AS id FROM event_key WHERE key = ?12 AND event < ?1 AND event >= ?2"
       "  AND rule = 0 UNION SELECT id FROM event INDEXED BY event_queued WHERE status = 0"
       "  AND id < ?1 AND id >= ?2"
       "  AND instr(char(10) || issue_keys || char(10), char(10) || ?12 || char(10)) > 0"
       "  ORDER BY 1 DESC) k CROSS JOIN event e ON e.id = k.id" JS_LANE_AND_SITE AND_STREAM
       " LEFT JOIN event_key x ON x.key = ?12 AND x.event = e.id"
       " WHERE 1" WANTED " ORDER BY k.id DESC");

/* Of what waits, the documents say what was passed over. */
JS_SQL(history_passed_over,
       "SELECT " COLUMNS ", x.source, x.rule, x.commit_hash"
       " FROM (SELECT event AS id FROM event_key WHERE key = ?12 AND event < ?1 AND event >= ?2"
       "  AND rule > 0 UNION SELECT v.id FROM event v INDEXED BY event_queued"
       "  CROSS JOIN document d ON d.id = v.id WHERE v.status = 0 AND v.id < ?1 AND v.id >= ?2"
       "  AND instr(CAST(d.text AS TEXT), '\"dropped\"') > 0"
       "  AND instr(CAST(d.text AS TEXT), '\"' || ?12 || '\"') > 0"
       "  ORDER BY 1 DESC) k CROSS JOIN event e ON e.id = k.id" JS_LANE_AND_SITE AND_STREAM
       " LEFT JOIN event_key x ON x.key = ?12 AND x.event = e.id"
       " WHERE 1" WANTED " ORDER BY k.id DESC");

JS_SQL(id_after, "SELECT id, created_ms FROM event WHERE id >= ?1 ORDER BY id LIMIT 1");
JS_SQL(largest_id, "SELECT max(id) FROM event");

/*
 * The lowest id that may have been submitted since then. Ids grow with time, but for a clock that was
 * set back, for which a day is left.
 */
jirasend_code js_sq_first_since(js_sqlite *self, int64_t since_ms, int64_t *first,
                                jirasend_error *error) {
    int64_t high = 0;
    js_query query = js_sq_query(self, largest_id);
    jirasend_code code = js_query_number(&query, 0, &high, error);
    int64_t low = 0;
    since_ms -= JS_DAY_MS;
    while (code == JIRASEND_OK && low < high) {
        int64_t middle = low + (high - low) / 2;
        query = js_sq_query(self, id_after);
        js_query_int(&query, middle);
        bool found = js_query_row(&query);
        int64_t id = found ? js_query_read(&query, 0) : high;
        bool old = found && js_query_read(&query, 1) < since_ms;
        code = js_query_end(&query, error);
        low = old ? id + 1 : low;
        high = old ? high : middle;
    }
    *first = low;
    return code;
}

static const char *statement_for(const js_history_query *asked) {
    if (asked->key != NULL) {
        return asked->passed_over ? history_passed_over : history_of_key;
    }
    return asked->pipeline != NULL ? history_of_pipeline : history_of_all;
}

/* The ids that are looked at: from `first` on, below `before`. */
typedef struct span {
    int64_t first, before;
} span;

static void bind(js_query *query, const js_sqlite *self, const js_history_query *asked, span ids) {
    int64_t now_ms = js_store_now_ms(&self->store);
    js_query_int(query, ids.before);
    js_query_int(query, ids.first);
    js_query_int(query, asked->kinds == 0 ? INT32_MAX : (int64_t)asked->kinds);
    js_query_int(query, js_statuses_stored(asked->statuses));
    js_query_text(query, asked->pipeline);
    js_query_text(query, asked->environment);
    js_query_int(query, asked->environment_is_id ? 1 : 0);
    js_query_text(query, asked->project);
    js_query_int(query, asked->since_ms);
    js_query_int(query, asked->until_ms > 0 ? asked->until_ms : INT64_MAX);
    js_query_int(query, now_ms - self->store.keep_ms);
    js_query_text(query, asked->key);
    js_query_int(query, asked->number);
    js_query_text(query, asked->state);
}

typedef struct gathering {
    js_history_row *rows;
    size_t count, capacity;
} gathering;

static js_history_row *next_row(gathering *in) {
    if (in->count == in->capacity) {
        size_t larger = in->capacity == 0 ? 16 : in->capacity * 2;
        js_history_row *grown = realloc(in->rows, larger * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        in->rows = grown;
        in->capacity = larger;
    }
    js_history_row *row = &in->rows[in->count];
    memset(row, 0, sizeof *row);
    return row;
}

/* False when memory is short. */
static bool read_row(js_sqlite *self, const js_query *query, gathering *in, unsigned statuses) {
    js_history_row *row = next_row(in);
    bool forgotten = false;
    if (row == NULL ||
        !js_sq_read_receipt(query, js_store_now_ms(&self->store), &row->receipt, &forgotten)) {
        return false;
    }
    const char *commit = (const char *)sqlite3_column_text(query->statement, ROW_COMMIT);
    row->found = (js_found){(js_key_source)js_query_read(query, ROW_SOURCE), js_copy(commit)};
    row->rule = (js_key_rule)js_query_read(query, ROW_RULE);
    row->history = js_query_read(query, ROW_HISTORY) != 0;
    row->sequence = js_query_read(query, ROW_SEQUENCE);
    row->swept = js_query_read(query, ROW_SWEPT) != 0;
    if (js_status_wanted(statuses, row->receipt.status)) {
        in->count++;
        return commit == NULL || row->found.commit != NULL;
    }
    free(row->found.commit);
    js_receipt_clear(&row->receipt);
    return true;
}

JS_SQL(waiting_document, "SELECT d.text FROM event e CROSS JOIN document d ON d.id = e.id"
                         " WHERE e.id = ?1 AND e.status = 0");

/* Of an event that waits: the document says where the key was found, or by which rule it was not. */
static jirasend_code look_into(js_sqlite *self, const char *key, js_history_row *row,
                               jirasend_error *error) {
    js_event event;
    js_query query = js_sq_query(self, waiting_document);
    js_query_int(&query, row->receipt.id);
    bool read = js_query_row(&query) &&
                js_document_read_stored(&event, sqlite3_column_blob(query.statement, 0),
                                        (size_t)sqlite3_column_bytes(query.statement, 0),
                                        NULL) == JIRASEND_OK;
    jirasend_code code = js_query_end(&query, error);
    if (!read) {
        return code;
    }
    for (size_t i = 0; event.found != NULL && i < event.issue_keys.count; i++) {
        if (strcmp(event.issue_keys.items[i], key) == 0) {
            free(row->found.commit);
            row->found = event.found[i];
            event.found[i].commit = NULL;
        }
    }
    for (size_t i = 0; i < event.passed.count; i++) {
        if (strcmp(event.passed.items[i].key, key) == 0) {
            row->rule = event.passed.items[i].rule;
        }
    }
    js_event_clear(&event);
    return code;
}

static jirasend_code gather(js_sqlite *self, const js_history_query *asked, span ids, gathering *in,
                            jirasend_error *error) {
    size_t before = in->count;
    js_query query = js_sq_query(self, statement_for(asked));
    bind(&query, self, asked, ids);
    bool memory = true;
    while (memory && in->count < asked->limit && js_query_row(&query)) {
        memory = read_row(self, &query, in, asked->statuses);
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && !memory) {
        code = js_fail_memory(error);
    }
    for (size_t i = before; i < in->count && asked->key != NULL && code == JIRASEND_OK; i++) {
        if (!js_status_settled(in->rows[i].receipt.status)) {
            code = look_into(self, asked->key, &in->rows[i], error);
        }
    }
    return code;
}

static jirasend_code span_of(js_sqlite *self, const js_history_query *asked, span *ids,
                             jirasend_error *error) {
    *ids = (span){0, asked->before > 0 ? asked->before : INT64_MAX};
    jirasend_code code = asked->since_ms > 0
                             ? js_sq_first_since(self, asked->since_ms, &ids->first, error)
                             : JIRASEND_OK;
    if (code == JIRASEND_OK && asked->until_ms > 0 && asked->until_ms < INT64_MAX - 2 * JS_DAY_MS) {
        int64_t later = 0;
        code = js_sq_first_since(self, asked->until_ms + 2 * JS_DAY_MS, &later, error);
        ids->before = later + 1 < ids->before ? later + 1 : ids->before;
    }
    return code;
}

/* Looking through all may take seconds: in steps, between which others are let at the outbox. */
static jirasend_code gather_all(js_sqlite **self, const js_history_query *asked, span ids,
                                gathering *in, jirasend_error *error) {
    int64_t largest = 0;
    js_query query = js_sq_query(*self, largest_id);
    jirasend_code code = js_query_number(&query, 0, &largest, error);
    ids.before = largest < ids.before ? largest + 1 : ids.before;
    while (code == JIRASEND_OK && in->count < asked->limit && ids.before > ids.first) {
        span step = {ids.before - STEP_IDS, ids.before};
        step.first = step.first > ids.first ? step.first : ids.first;
        code = gather(*self, asked, step, in, error);
        ids.before = step.first;
        if (code == JIRASEND_OK && in->count < asked->limit && ids.before > ids.first) {
            js_outbox *outbox = &(*self)->store.base;
            code = js_sq_leave(*self, code);
            js_sleep_ms(1); /* or nobody who waits would come first */
            *self = js_sq_enter(outbox, error);
        }
    }
    return code;
}

/* A text may hold a key that was taken elsewhere. */
static size_t drop_taken(const js_history_query *asked, gathering *in) {
    size_t kept = 0;
    for (size_t i = 0; i < in->count; i++) {
        if (asked->passed_over && (int)in->rows[i].rule == 0) {
            free(in->rows[i].found.commit);
            js_receipt_clear(&in->rows[i].receipt);
        } else {
            in->rows[kept++] = in->rows[i];
        }
    }
    return kept;
}

jirasend_code js_sq_history(js_outbox *outbox, const js_history_query *asked, js_history_row **rows,
                            size_t *count, bool *more, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    gathering in = {NULL, 0, 0};
    span ids;
    jirasend_code code = span_of(self, asked, &ids, error);
    if (code == JIRASEND_OK) {
        code = asked->key == NULL && asked->pipeline == NULL
                   ? gather_all(&self, asked, ids, &in, error)
                   : gather(self, asked, ids, &in, error);
    }
    if (code != JIRASEND_OK) {
        js_history_free(in.rows, in.count);
        in = (gathering){NULL, 0, 0};
    }
    *more = in.count == asked->limit;
    *count = drop_taken(asked, &in);
    *rows = in.rows;
    return js_sq_leave(self, code);
}

JS_SQL(requested, "SELECT " JS_RECEIPT_COLUMNS
                  " FROM (SELECT v.id FROM lane m CROSS JOIN event v INDEXED BY event_requested"
                  " ON v.lane = m.id AND v.request_id = ?1 ORDER BY v.id DESC) k"
                  " CROSS JOIN event e ON e.id = k.id" JS_LANE_AND_SITE
                  " WHERE " JS_KNOWN_LANE("l") " ORDER BY k.id DESC");

jirasend_code js_sq_requested(js_outbox *outbox, const char *request_id, size_t limit,
                              js_receipt **receipts, size_t *count, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    *count = 0;
    *receipts = calloc(limit + 1, sizeof **receipts);
    if (*receipts == NULL) {
        return js_sq_leave(self, js_fail_memory(error));
    }
    js_query query = js_sq_query(self, requested);
    js_query_text(&query, request_id);
    bool memory = true;
    while (memory && *count < limit && js_query_row(&query)) {
        bool forgotten = false;
        js_receipt *receipt = &(*receipts)[*count];
        memory = js_sq_read_receipt(&query, js_store_now_ms(&self->store), receipt, &forgotten);
        if (memory && forgotten) {
            js_receipt_clear(receipt);
        } else if (memory) {
            (*count)++;
        }
    }
    jirasend_code code = js_query_end(&query, error);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code != JIRASEND_OK) {
        js_receipts_free(*receipts, *count);
        *receipts = NULL;
        *count = 0;
    }
    return js_sq_leave(self, code);
}

#define NEWEST_AS(status)                                                                          \
    "coalesce((SELECT max(id) FROM event INDEXED BY event_stream"                                  \
    " WHERE stream = t.id AND status = " status "), 0)"
#define NEWEST_OF_ALL                                                                              \
    "max(" NEWEST_AS("0") ", " NEWEST_AS("2") ", " NEWEST_AS("3") ", " NEWEST_AS(                  \
        "4") ", " NEWEST_AS("5") ")"
JS_SQL(newest_of_stream,
       "SELECT e.id, e.status, e.digest, d.text, " JS_SWEPT " FROM lane l CROSS JOIN stream t"
       " ON t.lane = l.id AND t.pipeline = ?3 AND t.number = ?4 AND t.environment = ?5"
       " CROSS JOIN event e ON e.id = " NEWEST_OF_ALL JS_JOIN_ENVELOPE
       " LEFT JOIN document d ON d.id = e.id WHERE l.site = ?1 AND l.kind = ?2");
enum { NEWEST_ID, NEWEST_STATUS, NEWEST_DIGEST, NEWEST_TEXT, NEWEST_SWEPT };

/* Whether the row of newest_of_stream has this digest. */
static bool same_content(const js_query *query, const unsigned char *digest) {
    const void *stored = sqlite3_column_blob(query->statement, NEWEST_DIGEST);
    if (stored != NULL || js_query_read(query, NEWEST_STATUS) != JS_STATUS_QUEUED) {
        return sqlite3_column_bytes(query->statement, NEWEST_DIGEST) == JS_DIGEST_SIZE &&
               memcmp(stored, digest, JS_DIGEST_SIZE) == 0;
    }
    js_event event;
    unsigned char waiting[JS_DIGEST_SIZE];
    const char *text = sqlite3_column_blob(query->statement, NEWEST_TEXT);
    size_t length = (size_t)sqlite3_column_bytes(query->statement, NEWEST_TEXT);
    if (text == NULL || js_document_read_stored(&event, text, length, NULL) != JIRASEND_OK) {
        return false;
    }
    bool same = js_event_digest(&event, waiting) && memcmp(waiting, digest, JS_DIGEST_SIZE) == 0;
    js_event_clear(&event);
    return same;
}

/* Most are news, of which there is no row: only the others are summed up. */
static jirasend_code compare(const js_query *query, const js_event *event, js_told *told,
                             jirasend_error *error) {
    unsigned char digest[JS_DIGEST_SIZE];
    int64_t status = js_query_read(query, NEWEST_STATUS);
    bool counts = status == JS_STATUS_QUEUED || status == JS_STATUS_ACCEPTED;
    if (!counts || js_query_read(query, NEWEST_SWEPT) != 0) {
        return JIRASEND_OK;
    }
    if (!js_event_digest(event, digest)) {
        return js_fail_memory(error);
    }
    if (same_content(query, digest)) {
        *told = status == JS_STATUS_QUEUED ? JS_TOLD_WAITS : JS_TOLD_ACCEPTED;
    }
    return JIRASEND_OK;
}

jirasend_code js_sq_told(js_outbox *outbox, const js_event *event, js_told *told,
                         jirasend_error *error) {
    *told = JS_TOLD_NOTHING;
    js_sqlite *self = js_sq_enter(outbox, error);
    js_stream stream = js_event_stream(event);
    js_query query = js_sq_query(self, newest_of_stream);
    js_query_text(&query, event->site.name);
    js_query_int(&query, (int)js_kind_api(event->kind));
    js_query_text(&query, stream.name);
    js_query_int(&query, stream.number);
    js_query_text(&query, stream.part);
    jirasend_code compared =
        js_query_row(&query) ? compare(&query, event, told, error) : JIRASEND_OK;
    jirasend_code code = js_query_end(&query, compared == JIRASEND_OK ? error : NULL);
    return js_sq_leave(self, compared == JIRASEND_OK ? code : compared);
}
