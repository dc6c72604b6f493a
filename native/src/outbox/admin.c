/* What a person may do: try again, or give up an event. */
#include "outbox/words.h"

#include "base/error.h"

#include <inttypes.h>

enum { AT_ONCE = 64 };

static jirasend_code nothing_to_do(int64_t id, bool known, const char *what,
                                   jirasend_error *error) {
    if (!known) {
        return js_fail(error, JIRASEND_E_NOT_FOUND, "The outbox knows no event %" PRId64 ".", id);
    }
    return js_fail(error, JIRASEND_E_NOT_FOUND,
                   "Event %" PRId64 " is settled and no longer in the queue: there is nothing to "
                   "%s. Its receipt says what became of it.",
                   id, what);
}

/* The event, when it is in the queue or a dead letter. */
static jirasend_code find_open(js_store *self, int64_t id, const char *what, int64_t now_ms,
                               js_event_row *row, jirasend_error *error) {
    *row = (js_event_row){.id = id};
    jirasend_code code = self->rows->find(self, row, 1, error);
    bool old = row->status != JS_STATUS_QUEUED && row->settled_ms < now_ms - JS_KEEP_DEAD_MS;
    if (code == JIRASEND_OK && (row->id == 0 || !row->open || old)) {
        return nothing_to_do(id, row->id != 0, what, error);
    }
    return code;
}

static jirasend_code lift(js_store *self, const js_lane_row *lane, int64_t now_ms,
                          jirasend_error *error) {
    js_stop stop;
    jirasend_code code = self->rows->stop_read(self, &lane->lane, &stop, error);
    if (code == JIRASEND_OK) {
        js_stop_lift(&stop, now_ms);
        code = self->rows->stop_write(self, lane->id, &stop, error);
    }
    return code == JIRASEND_OK ? self->rows->backoffs_end(self, lane->id, error) : code;
}

/* The lane and its site: an event waits for both. */
static jirasend_code lift_both(js_store *self, const js_lane_row *lane, int64_t now_ms,
                               jirasend_error *error) {
    js_lane_row site;
    js_lane whole_site = js_lane_of_site(&lane->lane);
    jirasend_code code = lift(self, lane, now_ms, error);
    if (code == JIRASEND_OK) {
        code = self->rows->lane_find(self, &whole_site, &site, error);
    }
    return code == JIRASEND_OK && site.id != 0 ? lift(self, &site, now_ms, error) : code;
}

/* Those that Jira would ignore in silence, while we would say that they were accepted. */
static jirasend_code supersede_old(js_store *self, js_event_row *rows, size_t count, int64_t now_ms,
                                   jirasend_error *error) {
    static const js_settling old = {
        .status = JS_STATUS_SUPERSEDED, .http_status = -1, .message = JS_WORDS_SUPERSEDED};
    js_stream_view views[AT_ONCE] = {{0}};
    for (size_t i = 0; i < count; i++) {
        views[i].stream = rows[i].stream;
    }
    jirasend_code code = self->rows->streams(self, views, count, false, error);
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].sequence <= views[i].accepted) {
            rows[left++] = rows[i];
        }
    }
    size_t done = 0;
    return code == JIRASEND_OK ? js_store_settle_by_id(self, rows, left, &old, now_ms, &done, error)
                               : code;
}

/* They join the queue again, and their 30 days start over. */
static jirasend_code revive(js_store *self, js_event_row *rows, size_t count, int64_t now_ms,
                            jirasend_error *error) {
    jirasend_code code = self->rows->revive(self, rows, count, now_ms, error);
    return code == JIRASEND_OK ? supersede_old(self, rows, count, now_ms, error) : code;
}

static jirasend_code revive_all_of(js_store *self, int64_t lane, int64_t now_ms,
                                   jirasend_error *error) {
    js_event_row rows[AT_ONCE];
    const size_t full = AT_ONCE;
    int64_t after = 0;
    for (size_t count = full; count == full;) {
        jirasend_code code = self->rows->dead_of(self, lane, after, rows, full, &count, error);
        after = count > 0 ? rows[count - 1].id : after;
        if (code == JIRASEND_OK && count > 0) {
            code = revive(self, rows, count, now_ms, error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

static jirasend_code retry_all(js_store *self, const char *site, int64_t now_ms,
                               jirasend_error *error) {
    js_lane_row lane = {0};
    for (;;) {
        jirasend_code code = self->rows->lane_next(self, site, lane.id, &lane, error);
        if (code != JIRASEND_OK || lane.id == 0) {
            return code;
        }
        if (js_lane_equal(&lane.lane, &js_pause_lane)) {
            continue; /* ends with its own word alone */
        }
        code = lift(self, &lane, now_ms, error);
        if (code == JIRASEND_OK) {
            code = self->rows->wake(self, lane.id, 1, INT64_MAX, error);
        }
        if (code == JIRASEND_OK) {
            code = revive_all_of(self, lane.id, now_ms, error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
}

static jirasend_code retry_one(js_store *self, int64_t id, int64_t now_ms, jirasend_error *error) {
    js_event_row row;
    js_lane_row lane;
    jirasend_code code = find_open(self, id, "retry", now_ms, &row, error);
    if (code == JIRASEND_OK) {
        code = self->rows->lane_of(self, row.lane, &lane, error);
    }
    if (code == JIRASEND_OK) {
        code = lift_both(self, &lane, now_ms, error);
    }
    return code == JIRASEND_OK ? revive(self, &row, 1, now_ms, error) : code;
}

jirasend_code js_store_retry(js_outbox *outbox, int64_t id, const char *site, int64_t now_ms,
                             jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    jirasend_code code = self->rows->begin(self, JS_WORK_WRITE, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = id == 0 ? retry_all(self, site, now_ms, error) : retry_one(self, id, now_ms, error);
    return self->rows->end(self, code, error);
}

static jirasend_code drop_one(js_store *self, int64_t id, int64_t now_ms, jirasend_error *error) {
    js_event_row row;
    jirasend_code code = find_open(self, id, "drop", now_ms, &row, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (row.status != JS_STATUS_QUEUED) {
        return self->rows->give_up(self, &row, 1, JS_WORDS_DROPPED, now_ms, error);
    }
    js_settling ending = {.event = &row,
                          .status = JS_STATUS_REJECTED,
                          .http_status = -1,
                          .message = JS_WORDS_DROPPED};
    return self->rows->settle(self, &ending, 1, now_ms, error);
}

jirasend_code js_store_drop(js_outbox *outbox, int64_t id, int64_t now_ms, jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    jirasend_code code = self->rows->begin(self, JS_WORK_WRITE, error);
    if (code == JIRASEND_OK) {
        code = self->rows->end(self, drop_one(self, id, now_ms, error), error);
    }
    return code;
}
