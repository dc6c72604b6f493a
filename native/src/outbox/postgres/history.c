/* Asking the history: which events, newest first. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "base/text.h"
#include "event/document.h"
#include "outbox/words.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_MORE = 50, PAGE_MAX = 1000 };

/*
 * Newest is what was submitted last: ids. What is too old for the history is left out here, whether or
 * not somebody has come to remove it. Rows come by the page, as what waits is judged only when it is
 * read; $14 is the size of a page.
 */
#define KIND_OF "(CASE e.kind WHEN 0 THEN l.kind ELSE e.kind END)"
#define ALL_EVENTS                                                                                 \
    "(" JS_PG_OF_WAITING " UNION ALL " JS_PG_OF_DEAD " UNION ALL " JS_PG_OF_RECEIPT ") e"
#define OF_RUNS " IN (" JS_SQL_BUILDS ", " JS_SQL_DEPLOYMENTS ")"
#define WANTED                                                                                     \
    JS_KNOWN_LANE("l")                                                                             \
    " AND ((1 << " KIND_OF ") & $3::integer) <> 0 AND ((1 << e.status) & $4::integer) <> 0"        \
    " AND ($5::text IS NULL OR (" KIND_OF OF_RUNS " AND t.name = $5))"                             \
    " AND ($6::text IS NULL OR (" KIND_OF " = " JS_SQL_DEPLOYMENTS                                 \
    " AND (t.part = $6 OR (NOT $7::boolean"                                                        \
    "  AND e.facts::json -> 'environment' ->> 'name' = $6))))"                                     \
    " AND ($8::text IS NULL OR strpos(chr(10) || e.issue_keys, chr(10) || $8 || '-') > 0)"         \
    " AND e.created_ms >= $9::bigint AND e.created_ms < $10::bigint"                               \
    " AND (e.open OR e.settled_ms >= $11::bigint)"                                                 \
    " AND ($12::bigint = 0 OR (" KIND_OF OF_RUNS " AND t.number = $12))"                           \
    " AND ($13::text IS NULL OR e.facts::json ->> 'state' = $13)"
#define COLUMNS JS_PG_RECEIPT ", e.history, e.sequence, " JS_PG_SWEPT
#define AND_STREAM " LEFT JOIN @.stream t ON t.id = e.stream" JS_PG_JOIN_ENVELOPE
#define NEWEST_FIRST " ORDER BY e.id DESC LIMIT $14::bigint"
enum { ROW_HISTORY = JS_RECEIPT_END, ROW_SEQUENCE, ROW_SWEPT, ROW_SOURCE, ROW_RULE, ROW_COMMIT };

JS_SQL(history_of_all,
       "SELECT " COLUMNS ", 0, 0, NULL FROM " ALL_EVENTS JS_PG_LANE_AND_SITE AND_STREAM
       " WHERE e.id < $1::bigint AND e.id >= $2::bigint AND " WANTED NEWEST_FIRST);

JS_SQL(history_of_pipeline,
       "SELECT " COLUMNS ", 0, 0, NULL FROM @.lane m JOIN @.stream p ON p.lane = m.id"
       " AND p.family = $15::bytea JOIN " ALL_EVENTS
       " ON e.stream = p.id" JS_PG_LANE_AND_SITE AND_STREAM " WHERE m.kind" OF_RUNS
       " AND e.id < $1::bigint AND e.id >= $2::bigint AND " WANTED NEWEST_FIRST);

/* x: where it was found, of what is settled; what waits is looked through by its keys. */
#define OF_KEY(told, waits)                                                                        \
    "SELECT " COLUMNS ", coalesce(x.source, 0), coalesce(x.rule, 0), x.commit_hash FROM ("         \
    " (SELECT event AS id FROM @.event_key WHERE key = $15 AND event < $1::bigint"                 \
    "  AND event >= $2::bigint AND " told " ORDER BY event DESC)"                                  \
    " UNION (SELECT w.id FROM @.waiting w WHERE w.id < $1::bigint AND w.id >= $2::bigint "         \
    "AND " waits ")) k JOIN " ALL_EVENTS " ON e.id = k.id" JS_PG_LANE_AND_SITE AND_STREAM          \
    " LEFT JOIN @.event_key x ON x.key = $15 AND x.event = e.id WHERE " WANTED NEWEST_FIRST
JS_SQL(history_of_key,
       OF_KEY("rule = 0",
              "strpos(chr(10) || w.issue_keys || chr(10), chr(10) || $15 || chr(10)) > 0"));
/* Of what waits, the documents say what was passed over. */
JS_SQL(history_passed_over, OF_KEY("rule > 0", "strpos(w.document, '\"dropped\"') > 0"
                                               " AND strpos(w.document, '\"' || $15 || '\"') > 0"));

static const char *statement_for(const js_history_query *asked) {
    if (asked->key != NULL) {
        return asked->passed_over ? history_passed_over : history_of_key;
    }
    return asked->pipeline != NULL ? history_of_pipeline : history_of_all;
}

/* False: memory is short. */
static bool bind(js_pg_query *query, const js_history_query *asked, int64_t before, size_t page) {
    const js_store *store = &query->pg->store;
    unsigned char family[JS_PG_KEY_SIZE];
    js_pg_int(query, before > 0 ? before : INT64_MAX);
    js_pg_int(query, 0);
    js_pg_int(query, asked->kinds == 0 ? INT32_MAX : (int64_t)asked->kinds);
    js_pg_int(query, js_statuses_stored(asked->statuses));
    js_pg_text(query, asked->pipeline);
    js_pg_text(query, asked->environment);
    js_pg_bool(query, asked->environment_is_id);
    js_pg_text(query, asked->project);
    js_pg_int(query, asked->since_ms);
    js_pg_int(query, asked->until_ms > 0 ? asked->until_ms : INT64_MAX);
    js_pg_int(query, js_store_now_ms(store) - store->keep_ms);
    js_pg_int(query, asked->number);
    js_pg_text(query, asked->state);
    js_pg_int(query, (int64_t)page);
    if (asked->key != NULL) {
        js_pg_text(query, asked->key);
    } else if (asked->pipeline != NULL) {
        if (!js_pg_key_of_text(asked->pipeline, family)) {
            return false;
        }
        js_pg_bytes(query, family, sizeof family);
    }
    return true;
}

typedef struct gathering {
    js_history_row *rows;
    size_t count, capacity;
    int64_t last; /* the lowest id of the page */
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
static bool read_row(const js_pg_query *query, gathering *in, unsigned statuses) {
    js_history_row *row = next_row(in);
    int64_t now_ms = js_store_now_ms(&query->pg->store);
    bool forgotten = false;
    if (row == NULL || !js_pg_read_receipt(query, now_ms, &row->receipt, &forgotten)) {
        return false;
    }
    in->last = row->receipt.id;
    bool has_commit = !js_pg_is_null(query, ROW_COMMIT);
    char *commit = has_commit ? js_copy(js_pg_read_text(query, ROW_COMMIT)) : NULL;
    row->found = (js_found){(js_key_source)js_pg_read(query, ROW_SOURCE), commit};
    row->rule = (js_key_rule)js_pg_read(query, ROW_RULE);
    row->history = js_pg_read_bool(query, ROW_HISTORY);
    row->sequence = js_pg_read(query, ROW_SEQUENCE);
    row->swept = js_pg_read_bool(query, ROW_SWEPT);
    if (js_status_wanted(statuses, row->receipt.status)) {
        in->count++;
        return !has_commit || commit != NULL;
    }
    free(commit);
    js_receipt_clear(&row->receipt);
    return true;
}

JS_SQL(waiting_document, "SELECT document FROM @.waiting WHERE id = $1::bigint");

/* Of an event that waits: the document says where the key was found, or by which rule it was not. */
static jirasend_code look_into(js_pg *pg, const char *key, js_history_row *row,
                               jirasend_error *error) {
    js_event event;
    js_pg_query query = js_pg_begin(pg, waiting_document);
    js_pg_int(&query, row->receipt.id);
    jirasend_code code = js_pg_exec(&query, error);
    bool read = code == JIRASEND_OK && js_pg_row(&query) &&
                js_document_read_stored(&event, js_pg_read_text(&query, 0),
                                        js_pg_read_length(&query, 0), NULL) == JIRASEND_OK;
    js_pg_end(&query);
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

/* One page. *whole: there may be more after it. */
static jirasend_code read_page(js_pg *pg, const js_history_query *asked, size_t page, gathering *in,
                               bool *whole, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, statement_for(asked));
    int64_t before = in->last > 0 ? in->last : asked->before;
    bool memory = bind(&query, asked, before, page);
    jirasend_code code = memory ? js_pg_exec(&query, error) : JIRASEND_OK;
    *whole = code == JIRASEND_OK && memory && (size_t)query.rows == page;
    while (memory && code == JIRASEND_OK && in->count < asked->limit && js_pg_row(&query)) {
        memory = read_row(&query, in, asked->statuses);
    }
    js_pg_end(&query);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

static jirasend_code gather(js_pg *pg, const js_history_query *asked, gathering *in, bool *more,
                            jirasend_error *error) {
    size_t page = asked->limit < PAGE_MAX ? asked->limit + PAGE_MORE : PAGE_MAX;
    jirasend_code code = JIRASEND_OK;
    for (bool whole = true; code == JIRASEND_OK && whole && in->count < asked->limit;) {
        code = read_page(pg, asked, page, in, &whole, error);
    }
    *more = in->count == asked->limit;
    for (size_t i = 0; i < in->count && asked->key != NULL && code == JIRASEND_OK; i++) {
        if (!js_status_settled(in->rows[i].receipt.status)) {
            code = look_into(pg, asked->key, &in->rows[i], error);
        }
    }
    return code;
}

jirasend_code js_pg_history(js_pg *pg, const js_history_query *asked, js_history_row **rows,
                            size_t *count, bool *more, jirasend_error *error) {
    gathering in = {NULL, 0, 0, 0};
    jirasend_code code = gather(pg, asked, &in, more, error);
    if (code != JIRASEND_OK) {
        js_history_free(in.rows, in.count);
        in = (gathering){NULL, 0, 0, 0};
    }
    /* A text may hold a key that was taken elsewhere. */
    size_t kept = 0;
    for (size_t i = 0; i < in.count; i++) {
        if (asked->passed_over && (int)in.rows[i].rule == 0) {
            free(in.rows[i].found.commit);
            js_receipt_clear(&in.rows[i].receipt);
        } else {
            in.rows[kept++] = in.rows[i];
        }
    }
    *rows = in.rows;
    *count = kept;
    return code;
}
