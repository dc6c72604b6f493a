/* Saying what became of events. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LIST_MAX = 1000 };

static const char *text_at(sqlite3_stmt *row, int column) {
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text == NULL ? "" : text;
}

static const char *default_words(js_status status) {
    switch (status) {
    case JS_ACCEPTED:
        return "Jira accepted it.";
    case JS_SKIPPED:
        return "There is nothing in Jira to associate it with.";
    case JS_SUPERSEDED:
        return "A newer update was accepted instead.";
    case JS_REJECTED:
        return "Jira rejected it.";
    default:
        return "Waiting to be sent.";
    }
}

/* What stops the whole lane says more than what an event itself met last. */
static const char *waiting_words(sqlite3_stmt *row, js_receipt *receipt) {
    enum { LANE = 11, SITE = 14 };
    bool lane_held = sqlite3_column_int(row, LANE) != 0;
    bool site_held = sqlite3_column_int(row, SITE) != 0;
    receipt->status = lane_held || site_held ? JS_HELD : JS_QUEUED;
    int from = site_held ? SITE : LANE;
    if (!lane_held && text_at(row, SITE + 2)[0] != '\0') {
        from = SITE;
    }
    const char *words = text_at(row, from + 2);
    if (words[0] != '\0') {
        receipt->http_status = sqlite3_column_int(row, from + 1);
        return words;
    }
    return text_at(row, 8);
}

bool js_sq_read_receipt(sqlite3_stmt *row, js_receipt *receipt) {
    js_receipt_init(receipt);
    receipt->id = sqlite3_column_int64(row, 0);
    receipt->kind = (js_kind)sqlite3_column_int(row, 2);
    receipt->status = (js_status)sqlite3_column_int(row, 4);
    receipt->dropped_keys = sqlite3_column_int64(row, 7);
    receipt->http_status = sqlite3_column_int(row, 9);
    receipt->attempts = sqlite3_column_int(row, 10);
    const char *words =
        receipt->status == JS_QUEUED ? waiting_words(row, receipt) : text_at(row, 8);
    receipt->message = js_copy(words[0] == '\0' ? default_words(receipt->status) : words);
    receipt->site = js_copy(text_at(row, 3));
    bool has_request = sqlite3_column_type(row, 1) != SQLITE_NULL;
    receipt->request_id = has_request ? js_copy(text_at(row, 1)) : NULL;
    bool whole = receipt->message != NULL && receipt->site != NULL &&
                 (!has_request || receipt->request_id != NULL) &&
                 js_row_split(&receipt->issue_keys, text_at(row, 5)) &&
                 js_row_split(&receipt->unknown_issue_keys, text_at(row, 6));
    if (!whole) {
        js_receipt_free(receipt);
    }
    return whole;
}

jirasend_code js_sq_receipt(js_outbox *outbox, int64_t id, js_receipt *receipt,
                            jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_receipt_init(receipt);
    /* "It waits" would be no truth for an event in a file that is gone. */
    jirasend_code there = js_folder_still_there(&self->folder, self->inode, error);
    if (there != JIRASEND_OK) {
        return js_sq_leave(self, there);
    }
    js_query query = js_sq_query(self, JS_SQL_RECEIPT);
    js_query_int(&query, id);
    bool found = js_query_row(&query);
    bool memory = !found || js_sq_read_receipt(query.statement, receipt);
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && !memory) {
        code = js_fail_memory(error);
    } else if (code == JIRASEND_OK && !found) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND,
                       "The outbox knows no event %" PRId64
                       ". Receipts are kept for 30 days after delivery.",
                       id);
    }
    return js_sq_leave(self, code);
}

jirasend_code js_sq_next_settled(js_outbox *outbox, int64_t *cursor, js_receipt *receipt,
                                 jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_receipt_init(receipt);
    js_query query = js_sq_query(self, JS_SQL_NEXT_SETTLED);
    js_query_int(&query, *cursor);
    bool found = js_query_row(&query);
    bool memory = !found || js_sq_read_receipt(query.statement, receipt);
    int64_t next = found ? sqlite3_column_int64(query.statement, 17) : *cursor;
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

static jirasend_code read_tally(js_sqlite *self, js_tally *tally, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_TALLY_GET);
    *tally = (js_tally){0};
    if (js_query_row(&query)) {
        sqlite3_stmt *row = query.statement;
        *tally = (js_tally){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                            sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3),
                            sqlite3_column_int64(row, 4)};
    }
    return js_query_end(&query, error);
}

jirasend_code js_sq_cursor(js_outbox *outbox, int64_t *cursor, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_tally tally;
    jirasend_code code = read_tally(self, &tally, error);
    *cursor = tally.settled_no;
    return js_sq_leave(self, code);
}

jirasend_code js_sq_counts(js_outbox *outbox, js_counts *counts, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    *counts = (js_counts){0};
    jirasend_code code = js_sq_begin(self, JS_READ, error);
    if (code != JIRASEND_OK) {
        return js_sq_leave(self, code);
    }
    js_tally tally;
    code = read_tally(self, &tally, error);
    int64_t held = 0;
    if (code == JIRASEND_OK) {
        js_query query = js_sq_query(self, JS_SQL_HELD);
        held = js_query_row(&query) ? sqlite3_column_int64(query.statement, 0) : 0;
        code = js_query_end(&query, error);
    }
    code = js_sq_end(self, code, error);
    if (code == JIRASEND_OK) {
        *counts = (js_counts){tally.waiting - held, held, tally.dead, tally.removed_dead};
    }
    return js_sq_leave(self, code);
}

/* As many as there are, by doubling: a list of one needs no room for a thousand. */
static bool add_receipt(js_receipt **receipts, size_t *count, size_t *capacity, sqlite3_stmt *row) {
    if (*count == *capacity) {
        size_t larger = *capacity == 0 ? 16 : *capacity * 2;
        js_receipt *grown = realloc(*receipts, larger * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        *receipts = grown;
        *capacity = larger;
    }
    if (!js_sq_read_receipt(row, &(*receipts)[*count])) {
        return false;
    }
    (*count)++;
    return true;
}

jirasend_code js_sq_list(js_outbox *outbox, int64_t after, int limit, js_receipt **receipts,
                         size_t *count, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    *receipts = NULL;
    *count = 0;
    size_t capacity = 0;
    bool memory = true;
    js_query query = js_sq_query(self, JS_SQL_LIST);
    js_query_int(&query, after);
    js_query_int(&query, limit < 0 ? 0 : limit > LIST_MAX ? LIST_MAX : limit);
    while (memory && js_query_row(&query)) {
        memory = add_receipt(receipts, count, &capacity, query.statement);
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
