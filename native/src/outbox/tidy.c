/*
 * Housekeeping: frees the space of what is too old. Whether something is too old is judged where it is
 * looked up, so nothing depends on when this has run. In small transactions, and at most for a moment: nobody
 * waits long, neither who submits nor what is to be sent.
 */
#include "outbox/words.h"

#include "base/error.h"

#include <stdlib.h>

enum { AT_ONCE = 64 };

/* Events that waited for too long become dead letters. */
static jirasend_code expire_some(js_store *self, int64_t now_ms, size_t max, size_t *done,
                                 jirasend_error *error) {
    js_event_row rows[AT_ONCE];
    js_receipt receipts[AT_ONCE];
    js_settling endings[AT_ONCE];
    size_t count = 0;
    jirasend_code code = self->rows->waiting_since(self, now_ms - JS_KEEP_MS, rows, receipts,
                                                   max < AT_ONCE ? max : AT_ONCE, &count, error);
    if (code != JIRASEND_OK || count == 0) {
        return code;
    }
    char(*messages)[JIRASEND_ERROR_MESSAGE_SIZE] = calloc(count, sizeof *messages);
    for (size_t i = 0; i < count; i++) {
        if (messages != NULL) {
            js_words_expired(messages[i], sizeof messages[i], &receipts[i]);
            endings[i] = (js_settling){.event = &rows[i],
                                       .status = JS_STATUS_REJECTED,
                                       .keep_document = true,
                                       .http_status = -1,
                                       .message = messages[i]};
        }
        js_receipt_clear(&receipts[i]);
    }
    code = messages == NULL ? js_fail_memory(error)
                            : self->rows->settle(self, endings, count, now_ms, error);
    free(messages);
    *done += count;
    return code;
}

jirasend_code js_store_expire(js_store *self, int64_t now_ms, size_t max, size_t *done,
                              jirasend_error *error) {
    size_t before = *done;
    jirasend_code code = JIRASEND_OK;
    for (size_t last = before - 1; code == JIRASEND_OK && *done != last && *done - before < max;) {
        last = *done;
        code = expire_some(self, now_ms, max - (*done - before), done, error);
    }
    return code;
}

static jirasend_code remove_old_dead(js_store *self, int64_t now_ms, size_t *done,
                                     jirasend_error *error) {
    js_event_row rows[AT_ONCE];
    size_t count = AT_ONCE;
    jirasend_code code = JIRASEND_OK;
    for (size_t removed = 0; code == JIRASEND_OK && count == AT_ONCE && removed < JS_PAGE;) {
        code =
            self->rows->dead_oldest(self, now_ms - JS_KEEP_DEAD_MS, rows, AT_ONCE, &count, error);
        if (code == JIRASEND_OK && count > 0) {
            code = self->rows->give_up(self, rows, count, NULL, now_ms, error);
        }
        removed += count;
        *done += count;
    }
    return code;
}

/* Some of what is due. */
static jirasend_code step(js_store *self, int64_t now_ms, size_t *done, jirasend_error *error) {
    *done = 0;
    jirasend_code code = self->rows->begin(self, JS_WORK_WRITE, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_store_expire(self, now_ms, JS_PAGE, done, error);
    if (code == JIRASEND_OK) {
        code = remove_old_dead(self, now_ms, done, error);
    }
    if (code == JIRASEND_OK) {
        code = js_store_bound_dead(self, error);
    }
    if (code == JIRASEND_OK) {
        code = self->rows->forget(self, now_ms, JS_PAGE, done, error);
    }
    return self->rows->end(self, code, error);
}

jirasend_code js_store_tidy(js_outbox *outbox, int64_t now_ms, jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    jirasend_code code = JIRASEND_OK;
    size_t done = 1;
    int64_t until_ms = js_later_ms(js_mono_ms(self->world), JS_TIDY_MS);
    for (bool due = true; code == JIRASEND_OK && due && done > 0;) {
        if (done > 1 && js_mono_ms(self->world) >= until_ms) {
            break; /* the rest another time */
        }
        code = self->rows->begin(self, JS_WORK_READ, error);
        if (code == JIRASEND_OK) {
            code = self->rows->end(self, self->rows->tidy_due(self, now_ms, &due, error), error);
        }
        if (code == JIRASEND_OK && due) {
            code = step(self, now_ms, &done, error);
        }
    }
    return code;
}
