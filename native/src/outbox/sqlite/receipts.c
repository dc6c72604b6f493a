/* Saying what became of events. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"
#include "base/text.h"
#include "outbox/words.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LIST_MAX = 1000 };

static js_fate read_fate(const js_query *row) {
    return (js_fate){
        .status = (js_status)js_query_read(row, JS_RECEIPT_STATUS),
        .open = js_query_read(row, JS_RECEIPT_OPEN) != 0,
        .queued_ms = js_query_read(row, JS_RECEIPT_QUEUED),
        .settled_ms = js_query_read(row, JS_RECEIPT_SETTLED),
        .message = js_query_read_text(row, JS_RECEIPT_MESSAGE),
        .http_status = (int)js_query_read(row, JS_RECEIPT_HTTP),
        .attempts = (int)js_query_read(row, JS_RECEIPT_ATTEMPTS),
        .forbidden = js_query_read(row, JS_RECEIPT_FORBIDDEN) != 0,
        .lane_held = js_query_read(row, JS_RECEIPT_LANE_HELD) != 0,
        .site_held = js_query_read(row, JS_RECEIPT_SITE_HELD) != 0,
        .lane_http_status = (int)js_query_read(row, JS_RECEIPT_LANE_HTTP),
        .site_http_status = (int)js_query_read(row, JS_RECEIPT_SITE_HTTP),
        .lane_message = js_query_read_text(row, JS_RECEIPT_LANE_MESSAGE),
        .site_message = js_query_read_text(row, JS_RECEIPT_SITE_MESSAGE),
    };
}

bool js_sq_read_receipt(const js_query *row, int64_t now_ms, js_receipt *receipt, bool *forgotten) {
    js_fate fate = read_fate(row);
    js_receipt_init(receipt);
    if (forgotten != NULL) {
        *forgotten = js_fate_forgotten(&fate, now_ms);
    }
    receipt->id = js_query_read(row, JS_RECEIPT_ID);
    receipt->relay_id = js_query_read(row, JS_RECEIPT_RELAY_ID);
    receipt->kind = (js_kind)js_query_read(row, JS_RECEIPT_KIND);
    receipt->dropped_keys = js_query_read(row, JS_RECEIPT_DROPPED);
    receipt->site = js_copy(js_query_read_text(row, JS_RECEIPT_SITE));
    bool has_request = sqlite3_column_type(row->statement, JS_RECEIPT_REQUEST) != SQLITE_NULL;
    receipt->request_id = has_request ? js_copy(js_query_read_text(row, JS_RECEIPT_REQUEST)) : NULL;
    const char *facts = js_query_read_text(row, JS_RECEIPT_FACTS);
    receipt->facts = facts[0] == '\0' ? NULL : js_copy(facts);
    receipt->submitted_at_ms = js_query_read(row, JS_RECEIPT_CREATED);
    receipt->settled_at_ms = js_query_read(row, JS_RECEIPT_SETTLED);
    bool whole =
        (facts[0] == '\0' || receipt->facts != NULL) && receipt->site != NULL &&
        (!has_request || receipt->request_id != NULL) && js_words_receipt(&fate, now_ms, receipt) &&
        js_row_split(&receipt->issue_keys, js_query_read_text(row, JS_RECEIPT_KEYS)) &&
        js_row_split(&receipt->unknown_issue_keys, js_query_read_text(row, JS_RECEIPT_UNKNOWN));
    if (!whole) {
        js_receipt_clear(receipt);
    }
    return whole;
}

JS_SQL(one_receipt, "SELECT " JS_RECEIPT_COLUMNS " FROM event e" JS_LANE_AND_SITE
                    " WHERE e.id = ?1 AND " JS_KNOWN_LANE("l"));

jirasend_code js_sq_one_receipt(js_sqlite *self, int64_t id, js_receipt *receipt,
                                jirasend_error *error) {
    js_query query = js_sq_query(self, one_receipt);
    js_query_int(&query, id);
    bool memory = !js_query_row(&query) ||
                  js_sq_read_receipt(&query, js_store_now_ms(&self->store), receipt, NULL);
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

jirasend_code js_sq_receipt(js_outbox *outbox, int64_t id, js_receipt *receipt,
                            jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_receipt_init(receipt);
    if (js_sq_ahead_of_id(self, id, receipt)) {
        js_sq_note_seen(self, receipt);
        return js_sq_leave(self, JIRASEND_OK);
    }
    /* "It waits" would be no truth for an event in a file that is gone. */
    jirasend_code there = js_folder_still_there(&self->folder, self->inode, self->log_inode, error);
    if (there != JIRASEND_OK) {
        return js_sq_leave(self, there);
    }
    js_query query = js_sq_query(self, one_receipt);
    js_query_int(&query, id);
    bool found = js_query_row(&query);
    bool forgotten = false;
    bool memory =
        !found || js_sq_read_receipt(&query, js_store_now_ms(&self->store), receipt, &forgotten);
    bool for_good = found && js_query_read(&query, JS_RECEIPT_OPEN) == 0 &&
                    js_query_read(&query, JS_RECEIPT_STATUS) != JS_STATUS_RELAYED;
    jirasend_code code = js_query_end(&query, error);
    js_sq_ahead_read_ids(self, id, code == JIRASEND_OK && for_good);
    if (code == JIRASEND_OK && !memory) {
        code = js_fail_memory(error);
    } else if (code == JIRASEND_OK && (!found || forgotten)) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND,
                       "The outbox knows no event %" PRId64
                       ". Receipts are kept for a limited time: 30 days, unless it was set.",
                       id);
    }
    if (code != JIRASEND_OK && found && memory) {
        js_receipt_clear(receipt);
    }
    if (code == JIRASEND_OK) {
        js_sq_note_seen(self, receipt);
    }
    return js_sq_leave(self, code);
}

JS_SQL(next_settled,
       "SELECT " JS_RECEIPT_COLUMNS
       ", e.settled_no FROM event e INDEXED BY event_settled" JS_LANE_AND_SITE
       " WHERE e.settled_no > ?1 AND " JS_KNOWN_LANE("l") " ORDER BY e.settled_no LIMIT ?2");

jirasend_code js_sq_next_settled(js_outbox *outbox, int64_t *cursor, js_receipt *receipt,
                                 jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_receipt_init(receipt);
    if (js_sq_ahead_next(self, cursor, receipt)) {
        return js_sq_leave(self, JIRASEND_OK);
    }
    js_query query = js_sq_query(self, next_settled);
    js_query_int(&query, *cursor);
    js_query_int(&query, JS_AHEAD);
    bool found = js_query_row(&query);
    int64_t next = found ? js_query_read(&query, JS_RECEIPT_END) : *cursor;
    bool memory =
        !found || js_sq_read_receipt(&query, js_store_now_ms(&self->store), receipt, NULL);
    if (found && memory) {
        js_sq_ahead_keep_settled(self, &query, next);
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && !memory) {
        code = js_fail_memory(error);
    } else if (code == JIRASEND_OK && !found) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND, "No further event has been settled yet.");
    }
    if (code == JIRASEND_OK) {
        *cursor = next;
    }
    return js_sq_leave(self, code);
}

JS_SQL(newest_settled, "SELECT settled_no FROM tally WHERE id = 1");

jirasend_code js_sq_cursor(js_outbox *outbox, int64_t *cursor, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_query query = js_sq_query(self, newest_settled);
    return js_sq_leave(self, js_query_number(&query, 0, cursor, error));
}

JS_SQL(get_counts, "SELECT t.waiting, t.dead, t.removed_dead,"
                   " (SELECT total(l.waiting) FROM lane l LEFT JOIN lane s"
                   "  ON s.site = l.site AND s.kind = 0"
                   "  WHERE l.waiting > 0 AND (l.held <> 0 OR s.held <> 0))"
                   " FROM tally t WHERE t.id = 1");
enum { COUNT_WAITING, COUNT_DEAD, COUNT_REMOVED, COUNT_HELD };

jirasend_code js_sq_counts(js_store *store, js_counts *counts, jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    if (self->work != JS_WORK_READ) {
        /* What this very transaction has changed is not in the database yet. */
        *counts = (js_counts){.waiting = self->tally.waiting,
                              .dead = self->tally.dead,
                              .removed_dead = self->tally.removed_dead};
        return JIRASEND_OK;
    }
    js_query query = js_sq_query(self, get_counts);
    *counts = (js_counts){0};
    if (js_query_row(&query)) {
        counts->held = js_query_read(&query, COUNT_HELD);
        counts->waiting = js_query_read(&query, COUNT_WAITING) - counts->held;
        counts->dead = js_query_read(&query, COUNT_DEAD);
        counts->removed_dead = js_query_read(&query, COUNT_REMOVED);
    }
    return js_query_end(&query, error);
}

/* As many as there are, by doubling: a list of one needs no room for a thousand. */
static bool add_receipt(js_receipt **receipts, size_t *count, size_t *capacity, const js_query *row,
                        int64_t now_ms) {
    if (*count == *capacity) {
        size_t larger = *capacity == 0 ? 16 : *capacity * 2;
        js_receipt *grown = realloc(*receipts, larger * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        *receipts = grown;
        *capacity = larger;
    }
    bool forgotten = false;
    js_receipt *receipt = &(*receipts)[*count];
    if (!js_sq_read_receipt(row, now_ms, receipt, &forgotten)) {
        return false;
    }
    if (forgotten) {
        js_receipt_clear(receipt);
    } else {
        (*count)++;
    }
    return true;
}

JS_SQL(list_open,
       "SELECT " JS_RECEIPT_COLUMNS " FROM event e INDEXED BY event_open" JS_LANE_AND_SITE
       " WHERE e.open = 1 AND e.id > ?1 AND " JS_KNOWN_LANE("l") " ORDER BY e.id");

jirasend_code js_sq_list(js_outbox *outbox, int64_t after, int limit, js_receipt **receipts,
                         size_t *count, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    *receipts = NULL;
    *count = 0;
    size_t capacity = 0;
    size_t most = (size_t)(limit < 0 ? 0 : limit > LIST_MAX ? LIST_MAX : limit);
    bool memory = true;
    int64_t now_ms = js_store_now_ms(&self->store);
    js_query query = js_sq_query(self, list_open);
    js_query_int(&query, after);
    while (memory && *count < most && js_query_row(&query)) {
        memory = add_receipt(receipts, count, &capacity, &query, now_ms);
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && !memory) {
        code = js_fail_memory(error);
    }
    if (code != JIRASEND_OK) {
        js_receipts_free(*receipts, *count);
        *receipts = NULL;
        *count = 0;
    }
    return js_sq_leave(self, code);
}
