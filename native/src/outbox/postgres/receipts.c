/* Saying what became of events. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "base/text.h"
#include "outbox/words.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LIST_MAX = 1000 };

static js_fate read_fate(const js_pg_query *row) {
    return (js_fate){
        .status = (js_status)js_pg_read(row, JS_RECEIPT_STATUS),
        .open = js_pg_read_bool(row, JS_RECEIPT_OPEN),
        .queued_ms = js_pg_read(row, JS_RECEIPT_QUEUED),
        .settled_ms = js_pg_read(row, JS_RECEIPT_SETTLED),
        .message = js_pg_read_text(row, JS_RECEIPT_MESSAGE),
        .http_status = (int)js_pg_read(row, JS_RECEIPT_HTTP),
        .attempts = (int)js_pg_read(row, JS_RECEIPT_ATTEMPTS),
        .forbidden = js_pg_read_bool(row, JS_RECEIPT_FORBIDDEN),
        .lane_held = js_pg_read_bool(row, JS_RECEIPT_LANE_HELD),
        .site_held = js_pg_read_bool(row, JS_RECEIPT_SITE_HELD),
        .lane_http_status = (int)js_pg_read(row, JS_RECEIPT_LANE_HTTP),
        .site_http_status = (int)js_pg_read(row, JS_RECEIPT_SITE_HTTP),
        .lane_message = js_pg_read_text(row, JS_RECEIPT_LANE_MESSAGE),
        .site_message = js_pg_read_text(row, JS_RECEIPT_SITE_MESSAGE),
    };
}

bool js_pg_read_receipt(const js_pg_query *row, int64_t now_ms, js_receipt *receipt,
                        bool *forgotten) {
    js_fate fate = read_fate(row);
    js_receipt_init(receipt);
    if (forgotten != NULL) {
        *forgotten = js_fate_forgotten(&fate, now_ms);
    }
    receipt->id = js_pg_read(row, JS_RECEIPT_ID);
    receipt->relay_id = js_pg_read(row, JS_RECEIPT_RELAY_ID);
    receipt->kind = (js_kind)js_pg_read(row, JS_RECEIPT_KIND);
    receipt->dropped_keys = js_pg_read(row, JS_RECEIPT_DROPPED);
    receipt->site = js_copy(js_pg_read_text(row, JS_RECEIPT_SITE));
    bool has_request = !js_pg_is_null(row, JS_RECEIPT_REQUEST);
    receipt->request_id = has_request ? js_copy(js_pg_read_text(row, JS_RECEIPT_REQUEST)) : NULL;
    const char *facts = js_pg_read_text(row, JS_RECEIPT_FACTS);
    receipt->facts = facts[0] == '\0' ? NULL : js_copy(facts);
    receipt->submitted_at_ms = js_pg_read(row, JS_RECEIPT_CREATED);
    receipt->settled_at_ms = js_pg_read(row, JS_RECEIPT_SETTLED);
    bool whole =
        (facts[0] == '\0' || receipt->facts != NULL) && receipt->site != NULL &&
        (!has_request || receipt->request_id != NULL) && js_words_receipt(&fate, now_ms, receipt) &&
        js_row_split(&receipt->issue_keys, js_pg_read_text(row, JS_RECEIPT_KEYS)) &&
        js_row_split(&receipt->unknown_issue_keys, js_pg_read_text(row, JS_RECEIPT_UNKNOWN));
    if (!whole) {
        js_receipt_clear(receipt);
    }
    return whole;
}

/* Most are asked for while they wait; the months of receipts are looked through only then. */
JS_SQL(open_receipt, "SELECT " JS_PG_RECEIPT " FROM (" JS_PG_OF_WAITING " UNION ALL " JS_PG_OF_DEAD
                     ") e" JS_PG_LANE_AND_SITE " WHERE e.id = $1::bigint AND " JS_KNOWN_LANE("l"));
JS_SQL(settled_receipt, "SELECT " JS_PG_RECEIPT " FROM (" JS_PG_OF_RECEIPT ") e" JS_PG_LANE_AND_SITE
                        " WHERE e.id = $1::bigint AND " JS_KNOWN_LANE("l"));

static jirasend_code look_in(js_pg *pg, const char *sql, int64_t id, js_receipt *receipt,
                             bool *found, bool *forgotten, jirasend_error *error) {
    uint64_t version = atomic_load(&pg->outbox->version);
    js_pg_query query = js_pg_begin_often(pg, sql);
    js_pg_int(&query, id);
    jirasend_code code = js_pg_exec(&query, error);
    *found = code == JIRASEND_OK && js_pg_row(&query);
    if (*found && !js_pg_read_receipt(&query, js_store_now_ms(&pg->store), receipt, forgotten)) {
        *found = false;
        code = js_fail_memory(error);
    }
    if (*found && !*forgotten) {
        js_pg_same_keep(pg->outbox, &query, version);
    }
    js_pg_end(&query);
    return code;
}

/* By whoever asks for one after the other. */
JS_SQL(some_receipts,
       "SELECT " JS_PG_RECEIPT " FROM (" JS_PG_OF_WAITING " UNION ALL " JS_PG_OF_DEAD
       " UNION ALL " JS_PG_OF_RECEIPT ") e" JS_PG_LANE_AND_SITE
       " WHERE e.id BETWEEN $1::bigint AND $2::bigint AND " JS_KNOWN_LANE("l") " ORDER BY e.id");

static jirasend_code look_ahead(js_pg *pg, int64_t id, int64_t span, js_receipt *receipt,
                                bool *found, bool *forgotten, jirasend_error *error) {
    uint64_t version = atomic_load(&pg->outbox->version);
    js_pg_query query = js_pg_begin_often(pg, some_receipts);
    js_pg_int(&query, id);
    js_pg_int(&query, id + span - 1);
    jirasend_code code = js_pg_exec(&query, error);
    *found = code == JIRASEND_OK && js_pg_row(&query) && js_pg_read(&query, JS_RECEIPT_ID) == id;
    if (*found && !js_pg_read_receipt(&query, js_store_now_ms(&pg->store), receipt, forgotten)) {
        *found = false;
        code = js_fail_memory(error);
    }
    if (*found) {
        js_pg_ahead_keep_ids(pg->outbox, &query, version);
    }
    js_pg_end(&query);
    return code;
}

jirasend_code js_pg_receipt(js_pg *pg, int64_t id, js_receipt *receipt, jirasend_error *error) {
    bool found = false;
    bool forgotten = false;
    int64_t span = js_pg_ahead_span(pg->outbox, id);
    js_receipt_init(receipt);
    jirasend_code code = span > 1
                             ? look_ahead(pg, id, span, receipt, &found, &forgotten, error)
                             : look_in(pg, open_receipt, id, receipt, &found, &forgotten, error);
    if (code == JIRASEND_OK && !found) {
        code = look_in(pg, settled_receipt, id, receipt, &found, &forgotten, error);
    }
    if (code == JIRASEND_OK && (!found || forgotten)) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND,
                       "The outbox knows no event %" PRId64
                       ". Receipts are kept for a limited time: 30 days, unless it was set.",
                       id);
        if (found) {
            js_receipt_clear(receipt);
        }
    }
    return code;
}

/* Numbers are given and committed in one order, so none appears below another one later. */
JS_SQL(next_settled,
       "SELECT " JS_PG_RECEIPT ", e.settled_no FROM (" JS_PG_OF_DEAD " UNION ALL " JS_PG_OF_RECEIPT
       ") e" JS_PG_LANE_AND_SITE " WHERE e.settled_no > $1::bigint AND " JS_KNOWN_LANE(
           "l") " AND $1::bigint < (SELECT y.settled_no FROM @.tally y WHERE y.id = 1)"
                " ORDER BY e.settled_no LIMIT 100");

jirasend_code js_pg_next_settled(js_pg *pg, int64_t *cursor, js_receipt *receipt,
                                 jirasend_error *error) {
    js_receipt_init(receipt);
    js_pg_query query = js_pg_begin_often(pg, next_settled);
    js_pg_int(&query, *cursor);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && !js_pg_row(&query)) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND, "No further event has been settled yet.");
    } else if (code == JIRASEND_OK) {
        int64_t next = js_pg_read(&query, JS_RECEIPT_END);
        if (js_pg_read_receipt(&query, js_store_now_ms(&pg->store), receipt, NULL)) {
            *cursor = next;
            js_pg_ahead_keep_settled(pg->outbox, &query, next);
        } else {
            code = js_fail_memory(error);
        }
    }
    js_pg_end(&query);
    return code;
}

JS_SQL(newest_settled, "SELECT settled_no FROM @.tally WHERE id = 1");

jirasend_code js_pg_cursor(js_pg *pg, int64_t *cursor, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, newest_settled);
    return js_pg_number(&query, 0, cursor, error);
}

/* Reads all rows as receipts but those that are forgotten, at most so many. Ends the query. */
static jirasend_code read_receipts(js_pg_query *query, size_t most, js_receipt **receipts,
                                   size_t *count, jirasend_error *error) {
    *receipts = NULL;
    *count = 0;
    jirasend_code code = js_pg_exec(query, error);
    bool memory = true;
    if (code == JIRASEND_OK) {
        *receipts = calloc((size_t)query->rows + 1, sizeof **receipts);
        memory = *receipts != NULL;
    }
    int64_t now_ms = js_store_now_ms(&query->pg->store);
    while (code == JIRASEND_OK && memory && *count < most && js_pg_row(query)) {
        bool forgotten = false;
        js_receipt *receipt = &(*receipts)[*count];
        memory = js_pg_read_receipt(query, now_ms, receipt, &forgotten);
        if (memory && forgotten) {
            js_receipt_clear(receipt);
        } else if (memory) {
            (*count)++;
        }
    }
    js_pg_end(query);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    if (code != JIRASEND_OK) {
        js_receipts_free(*receipts, *count);
        *receipts = NULL;
        *count = 0;
    }
    return code;
}

/* What nobody has come to forget is few. */
JS_SQL(list_open, "SELECT " JS_PG_RECEIPT " FROM (" JS_PG_OF_WAITING " UNION ALL " JS_PG_OF_DEAD
                  ") e" JS_PG_LANE_AND_SITE " WHERE e.id > $1::bigint AND " JS_KNOWN_LANE(
                      "l") " AND (CASE e.status WHEN 0 THEN e.queued_ms >= $3::bigint ELSE "
                           "e.settled_ms >= $4::bigint END)"
                           " ORDER BY e.id LIMIT $2::bigint");

jirasend_code js_pg_list(js_pg *pg, int64_t after, int limit, js_receipt **receipts, size_t *count,
                         jirasend_error *error) {
    size_t most = (size_t)(limit < 0 ? 0 : limit > LIST_MAX ? LIST_MAX : limit);
    int64_t now_ms = js_store_now_ms(&pg->store);
    js_pg_query query = js_pg_begin(pg, list_open);
    js_pg_int(&query, after);
    js_pg_int(&query, (int64_t)most);
    js_pg_int(&query, now_ms - JS_KEEP_MS - JS_KEEP_DEAD_MS);
    js_pg_int(&query, now_ms - JS_KEEP_DEAD_MS);
    return read_receipts(&query, most, receipts, count, error);
}

JS_SQL(requested,
       "SELECT " JS_PG_RECEIPT " FROM @.request q JOIN (" JS_PG_OF_WAITING
       " UNION ALL " JS_PG_OF_DEAD " UNION ALL " JS_PG_OF_RECEIPT
       ") e ON e.id = q.id" JS_PG_LANE_AND_SITE
       " WHERE q.request_id = $1 AND " JS_KNOWN_LANE("l") " ORDER BY e.id DESC LIMIT $2::bigint");

jirasend_code js_pg_requested(js_pg *pg, const char *request_id, size_t limit,
                              js_receipt **receipts, size_t *count, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, requested);
    js_pg_text(&query, request_id);
    js_pg_int(&query, (int64_t)limit);
    return read_receipts(&query, limit, receipts, count, error);
}
