/* Housekeeping: what is too old goes. In small transactions, so that nobody waits long. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum { STEP = 500 }; /* rows a transaction, of each sort */

#define EXPIRED "Expired: it could not be delivered within 30 days."

/* The oldest waiting event, with the words of why it waited. */
static jirasend_code find_expired(js_sqlite *self, int64_t before, int64_t *id, char *message,
                                  size_t size, jirasend_error *error) {
    js_receipt receipt;
    js_query query = js_sq_query(self, JS_SQL_EXPIRED);
    js_query_int(&query, before);
    bool found = js_query_row(&query);
    bool memory = true;
    *id = found ? sqlite3_column_int64(query.statement, 0) : 0;
    if (found) {
        memory = js_sq_read_receipt(query.statement, &receipt);
        if (memory) {
            bool untried = receipt.attempts == 0 && receipt.status != JS_HELD;
            (void)snprintf(message, size, "%s%s%.400s", EXPIRED,
                           untried ? "" : " Last: ", untried ? "" : receipt.message);
            js_receipt_free(&receipt);
        }
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

static jirasend_code expire(js_sqlite *self, int64_t now_ms, int *done, jirasend_error *error) {
    int64_t last = 0;
    for (int i = 0; i < STEP; i++) {
        int64_t id = 0;
        char message[JIRASEND_ERROR_MESSAGE_SIZE];
        jirasend_code code =
            find_expired(self, now_ms - JS_KEEP_MS, &id, message, sizeof message, error);
        js_waiting event;
        if (code == JIRASEND_OK && id != 0) {
            code = js_sq_check_another(self, id, &last, error);
        }
        if (code == JIRASEND_OK && id != 0) {
            code = js_sq_look_up(self, id, &event, error);
        }
        if (code != JIRASEND_OK || id == 0) {
            return code;
        }
        js_settlement settlement = {.status = JS_REJECTED,
                                    .keep_document = true,
                                    .http_status = -1,
                                    .message = message,
                                    .now_ms = now_ms};
        code = js_sq_settle_one(self, &event, &settlement, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        (*done)++;
    }
    return JIRASEND_OK;
}

static jirasend_code remove_old_dead(js_sqlite *self, int64_t now_ms, int *done,
                                     jirasend_error *error) {
    int64_t last = 0;
    for (int i = 0; i < STEP; i++) {
        js_query query = js_sq_query(self, JS_SQL_DEAD_OLDEST);
        bool found = js_query_row(&query) &&
                     sqlite3_column_int64(query.statement, 1) < now_ms - JS_KEEP_DEAD_MS;
        int64_t id = found ? sqlite3_column_int64(query.statement, 0) : 0;
        jirasend_code code = js_query_end(&query, error);
        if (code == JIRASEND_OK && found) {
            code = js_sq_check_another(self, id, &last, error);
        }
        if (code != JIRASEND_OK || !found) {
            return code;
        }
        js_query forget = js_sq_query(self, JS_SQL_EVENT_FORGET_DEAD);
        js_query_int(&forget, id);
        code = js_query_run(&forget, error);
        if (code == JIRASEND_OK) {
            code = js_sq_drop_document(self, id, error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
        self->tally.dead--;
        self->tally.removed_dead++;
        self->tally_changed = true;
        (*done)++;
    }
    return JIRASEND_OK;
}

static jirasend_code forget_receipts(js_sqlite *self, int64_t now_ms, int *done,
                                     jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_FORGET);
    js_query_int(&query, now_ms - JS_KEEP_MS);
    js_query_int(&query, STEP);
    jirasend_code code = js_query_run(&query, error);
    *done += code == JIRASEND_OK ? sqlite3_changes(self->db) : 0;
    return code;
}

/* A stream is forgotten when nothing names it any more; until then it is looked at again later. */
static jirasend_code forget_streams(js_sqlite *self, int64_t now_ms, int *done,
                                    jirasend_error *error) {
    int64_t last = 0;
    for (int i = 0; i < STEP; i++) {
        js_query query = js_sq_query(self, JS_SQL_STREAM_OLD);
        js_query_int(&query, now_ms - JS_KEEP_MS);
        bool found = js_query_row(&query);
        int64_t id = found ? sqlite3_column_int64(query.statement, 0) : 0;
        bool used = found && sqlite3_column_int(query.statement, 1) != 0;
        jirasend_code code = js_query_end(&query, error);
        if (code == JIRASEND_OK && found) {
            code = js_sq_check_another(self, id, &last, error);
        }
        if (code != JIRASEND_OK || !found) {
            return code;
        }
        js_query change = js_sq_query(self, used ? JS_SQL_STREAM_TOUCH : JS_SQL_STREAM_DELETE);
        js_query_int(&change, id);
        if (used) {
            js_query_int(&change, now_ms);
        }
        code = js_query_run(&change, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        (*done)++;
    }
    return JIRASEND_OK;
}

static jirasend_code is_due(js_sqlite *self, int64_t now_ms, bool *due, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_TIDY_DUE);
    js_query_int(&query, now_ms - JS_KEEP_MS);
    js_query_int(&query, now_ms - JS_KEEP_DEAD_MS);
    *due = js_query_row(&query) && sqlite3_column_int(query.statement, 0) != 0;
    return js_query_end(&query, error);
}

/* Some of what is due. *done: how many rows it was. */
static jirasend_code step(js_sqlite *self, int64_t now_ms, int *done, jirasend_error *error) {
    *done = 0;
    jirasend_code code = js_sq_begin(self, JS_WRITE, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = expire(self, now_ms, done, error);
    if (code == JIRASEND_OK) {
        code = remove_old_dead(self, now_ms, done, error);
    }
    if (code == JIRASEND_OK) {
        code = js_sq_bound_dead(self, error);
    }
    if (code == JIRASEND_OK) {
        code = forget_receipts(self, now_ms, done, error);
    }
    if (code == JIRASEND_OK) {
        code = forget_streams(self, now_ms, done, error);
    }
    if (code == JIRASEND_OK && *done == 0) {
        js_sq_rollback(self);
        return JIRASEND_OK;
    }
    return js_sq_end(self, code, error);
}

jirasend_code js_sq_tidy(js_outbox *outbox, int64_t now_ms, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    int done = 1;
    for (bool due = true; code == JIRASEND_OK && due && done > 0;) {
        js_sqlite *self = js_sq_enter(outbox, error);
        code = is_due(self, now_ms, &due, error);
        if (code == JIRASEND_OK && due) {
            code = step(self, now_ms, &done, error);
        }
        (void)js_sq_leave(self, code);
    }
    return code;
}
