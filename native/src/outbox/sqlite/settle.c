/* Writing down what became of events. */
#include "outbox/sqlite/internal.h"

#include "base/crash_point.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

jirasend_code js_sq_look_up(js_sqlite *self, int64_t id, js_waiting *event, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_EVENT_FIND);
    js_query_int(&query, id);
    bool found = js_query_row(&query);
    if (found) {
        sqlite3_stmt *row = query.statement;
        *event = (js_waiting){
            .id = id,
            .lane = sqlite3_column_int64(row, 0),
            .stream = sqlite3_column_int64(row, 1),
            .bytes = sqlite3_column_int64(row, 2),
            .status = sqlite3_column_int(row, 3),
            .open = sqlite3_column_int(row, 4) != 0,
            .gated = sqlite3_column_int(row, 5) != 0,
        };
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !found ? JIRASEND_E_NOT_FOUND : code;
}

jirasend_code js_sq_drop_document(js_sqlite *self, int64_t id, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_DOCUMENT_DELETE);
    js_query_int(&query, id);
    return js_query_run(&query, error);
}

jirasend_code js_sq_settle_one(js_sqlite *self, const js_waiting *event,
                               const js_settlement *settlement, jirasend_error *error) {
    self->tally_changed = true;
    self->tally.settled_no++;
    self->tally.waiting--;
    self->tally.bytes -= event->bytes;
    self->tally.dead += settlement->keep_document ? 1 : 0;
    js_query query = js_sq_query(self, JS_SQL_EVENT_SETTLE);
    js_query_int(&query, event->id);
    js_query_int(&query, (int)settlement->status);
    js_query_int(&query, settlement->keep_document ? 1 : 0);
    js_query_int(&query, self->tally.settled_no);
    js_query_int(&query, settlement->now_ms);
    js_query_int(&query, settlement->attempts);
    js_query_int(&query, settlement->unmentioned);
    js_query_int(&query, settlement->http_status);
    js_query_text(&query, settlement->message);
    js_query_text(&query, settlement->unknown_keys);
    jirasend_code code = js_query_run(&query, error);
    if (code == JIRASEND_OK && !settlement->keep_document) {
        code = js_sq_drop_document(self, event->id, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    js_query lane = js_sq_query(self, JS_SQL_LANE_COUNT);
    js_query_int(&lane, event->lane);
    js_query_int(&lane, -1);
    return js_query_run(&lane, error);
}

/* Older ungated events of the stream say nothing new once a newer one is there. */
static jirasend_code supersede(js_sqlite *self, const js_waiting *newer, int64_t now_ms,
                               jirasend_error *error) {
    js_settlement settlement = {.status = JS_SUPERSEDED,
                                .http_status = -1,
                                .message = JS_SUPERSEDED_WORDS,
                                .now_ms = now_ms};
    jirasend_code code = JIRASEND_OK;
    int64_t last = 0;
    for (bool more = true; more && code == JIRASEND_OK;) {
        js_waiting older = {.lane = newer->lane};
        js_query query = js_sq_query(self, JS_SQL_OLDER_WAITING);
        js_query_int(&query, newer->stream);
        js_query_int(&query, newer->id);
        more = js_query_row(&query);
        if (more) {
            older.id = sqlite3_column_int64(query.statement, 0);
            older.bytes = sqlite3_column_int64(query.statement, 1);
        }
        code = js_query_end(&query, error);
        if (code == JIRASEND_OK && more) {
            code = js_sq_check_another(self, older.id, &last, error);
        }
        if (code == JIRASEND_OK && more) {
            code = js_sq_settle_one(self, &older, &settlement, error);
        }
    }
    return code;
}

/* While it waits for its own time, nothing of its stream may slip past it. */
static jirasend_code park_stream(js_sqlite *self, const js_waiting *event, int64_t until,
                                 jirasend_error *error) {
    js_query query = js_sq_query(self, event->gated ? JS_SQL_PARK_NEWER : JS_SQL_PARK_OLDER);
    js_query_int(&query, event->stream);
    js_query_int(&query, event->id);
    js_query_int(&query, until);
    return js_query_run(&query, error);
}

static jirasend_code leave_waiting(js_sqlite *self, const js_waiting *event,
                                   const js_outcome *outcome, const char *unknown,
                                   jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_EVENT_AGAIN);
    js_query_int(&query, event->id);
    js_query_int(&query, outcome->sent ? 1 : 0);
    js_query_int(&query, outcome->unmentioned ? 1 : 0);
    js_query_int(&query, outcome->not_before_ms);
    js_query_int(&query, outcome->http_status);
    js_query_text(&query, outcome->message);
    js_query_text(&query, unknown);
    jirasend_code code = js_query_run(&query, error);
    if (code == JIRASEND_OK && outcome->not_before_ms > 0) {
        code = park_stream(self, event, outcome->not_before_ms, error);
    }
    return code;
}

static jirasend_code settle_outcome(js_sqlite *self, int64_t lane, const js_outcome *outcome,
                                    int64_t now_ms, jirasend_error *error) {
    js_waiting event;
    jirasend_code code = js_sq_look_up(self, outcome->id, &event, error);
    if (code == JIRASEND_E_NOT_FOUND) {
        return JIRASEND_OK;
    }
    /* Dropped by hand or expired while it was on its way: that stands. */
    if (code != JIRASEND_OK || event.lane != lane || event.status != JS_QUEUED) {
        return code;
    }
    char *unknown = NULL;
    if (outcome->unknown_keys != NULL) {
        unknown = js_row_join(outcome->unknown_keys);
        if (unknown == NULL) {
            return js_fail_memory(error);
        }
    }
    if (js_status_settled(outcome->status)) {
        js_settlement settlement = {.status = outcome->status,
                                    .keep_document = outcome->status == JS_REJECTED,
                                    .attempts = outcome->sent ? 1 : 0,
                                    .unmentioned = outcome->unmentioned ? 1 : 0,
                                    .http_status = outcome->http_status,
                                    .message = outcome->message,
                                    .unknown_keys = unknown,
                                    .now_ms = now_ms};
        code = js_sq_settle_one(self, &event, &settlement, error);
    } else {
        code = leave_waiting(self, &event, outcome, unknown, error);
    }
    free(unknown);
    if (code == JIRASEND_OK && outcome->status == JS_ACCEPTED) {
        code = supersede(self, &event, now_ms, error);
    }
    return code;
}

jirasend_code js_sq_bound_dead(js_sqlite *self, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    int64_t last = 0;
    while (code == JIRASEND_OK && self->tally.dead > JS_DEAD_MAX) {
        js_query query = js_sq_query(self, JS_SQL_DEAD_OLDEST);
        bool found = js_query_row(&query);
        int64_t id = found ? sqlite3_column_int64(query.statement, 0) : 0;
        code = js_query_end(&query, error);
        if (code == JIRASEND_OK && found) {
            code = js_sq_check_another(self, id, &last, error);
        }
        if (code != JIRASEND_OK || !found) {
            break;
        }
        js_query forget = js_sq_query(self, JS_SQL_EVENT_FORGET_DEAD);
        js_query_int(&forget, id);
        code = js_query_run(&forget, error);
        if (code == JIRASEND_OK) {
            code = js_sq_drop_document(self, id, error);
        }
        self->tally.dead--;
        self->tally.removed_dead++;
        self->tally_changed = true;
    }
    return code;
}

static jirasend_code lost(const js_lane *lane, jirasend_error *error) {
    return js_fail(error, JIRASEND_E_CLOSED,
                   "The lane of %s belongs to another process by now; nothing was written.",
                   lane->site);
}

typedef struct settle_all {
    const js_lane *lane;
    int64_t fence;
    const js_outcome *outcomes;
    size_t count;
    const js_stop *stop, *site_stop;
    int64_t now_ms;
} settle_all;

static jirasend_code write_all(js_sqlite *self, const settle_all *all, jirasend_error *error) {
    int64_t lane = 0;
    int64_t fence = 0;
    jirasend_code code =
        js_sq_lane_id(self, all->lane->site, (int)all->lane->api, &lane, &fence, error);
    if (code == JIRASEND_OK && fence != all->fence) {
        return lost(all->lane, error);
    }
    for (size_t i = 0; i < all->count && code == JIRASEND_OK; i++) {
        code = settle_outcome(self, lane, &all->outcomes[i], all->now_ms, error);
        JS_CRASH_POINT("settle.half");
    }
    if (code == JIRASEND_OK) {
        code = js_sq_bound_dead(self, error);
    }
    if (code == JIRASEND_OK && all->stop != NULL) {
        code = js_sq_write_stop(self, all->lane->site, (int)all->lane->api, all->stop, error);
    }
    if (code == JIRASEND_OK && all->site_stop != NULL) {
        code = js_sq_write_stop(self, all->lane->site, 0, all->site_stop, error);
    }
    return code;
}

static bool stands_still(const js_stop *stop) {
    return stop->held || stop->failures > 0 || stop->backoff_until_ms > 0 ||
           stop->rate_until_ms > 0;
}

/*
 * Jira has all of it. Should the power fail before that is on disk, the events are sent once more,
 * with the same sequence numbers, and nothing comes of it; so it need not wait for the disk.
 */
static bool good_news(const settle_all *all) {
    bool good = (all->stop == NULL || !stands_still(all->stop)) &&
                (all->site_stop == NULL || !stands_still(all->site_stop));
    for (size_t i = 0; i < all->count && good; i++) {
        good = all->outcomes[i].status == JS_ACCEPTED;
    }
    return good;
}

jirasend_code js_sq_settle(js_outbox *outbox, const js_lane *lane, int64_t fence,
                           const js_outcome *outcomes, size_t count, const js_stop *stop,
                           const js_stop *site_stop, int64_t now_ms, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    const js_claim *claim = js_sq_find_claim(self, lane);
    if (claim == NULL || claim->fence != fence) {
        return js_sq_leave(self, lost(lane, error));
    }
    settle_all all = {lane, fence, outcomes, count, stop, site_stop, now_ms};
    jirasend_code code = js_sq_begin(self, good_news(&all) ? JS_WRITE_SOFT : JS_WRITE, error);
    if (code == JIRASEND_OK) {
        code = write_all(self, &all, error);
        JS_CRASH_POINT("settle.before-commit");
        code = js_sq_end(self, code, error);
        JS_CRASH_POINT("settle.after-commit");
    }
    return js_sq_leave(self, code);
}
