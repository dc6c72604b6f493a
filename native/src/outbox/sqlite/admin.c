/* What a person may do: try again, or give up an event. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static jirasend_code nothing_to_do(int64_t id, bool known, const char *what,
                                   jirasend_error *error) {
    if (!known) {
        return js_fail(error, JIRASEND_E_NOT_FOUND, "The outbox knows no event %" PRId64 ".", id);
    }
    return js_fail(error, JIRASEND_E_NOT_FOUND,
                   "Event %" PRId64 " is settled and no longer in the queue: there is nothing to "
                   "%s. See its receipt: jirasend outbox show %" PRId64,
                   id, what, id);
}

/* Jira would ignore it in silence, and we would say that it was accepted. */
static jirasend_code supersede_if_old(js_sqlite *self, js_waiting event, int64_t now_ms,
                                      jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_NEWER_ACCEPTED);
    js_query_int(&query, event.stream);
    js_query_int(&query, event.id);
    bool old = js_query_row(&query);
    jirasend_code code = js_query_end(&query, error);
    if (code != JIRASEND_OK || !old) {
        return code;
    }
    js_settlement settlement = {.status = JS_SUPERSEDED,
                                .http_status = -1,
                                .message = JS_SUPERSEDED_WORDS,
                                .now_ms = now_ms};
    event.status = JS_QUEUED;
    return js_sq_settle_one(self, &event, &settlement, error);
}

/*
 * A dead letter joins the queue again, and its 30 days start anew; but not when something newer of
 * its stream was accepted.
 */
static jirasend_code revive(js_sqlite *self, const js_waiting *event, int64_t now_ms,
                            jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_EVENT_REVIVE);
    js_query_int(&query, event->id);
    js_query_int(&query, now_ms);
    jirasend_code code = js_query_run(&query, error);
    if (code != JIRASEND_OK || event->status == JS_QUEUED) {
        return code;
    }
    self->tally_changed = true;
    self->tally.dead--;
    self->tally.waiting++;
    self->tally.bytes += event->bytes;
    js_query lane = js_sq_query(self, JS_SQL_LANE_COUNT);
    js_query_int(&lane, event->lane);
    js_query_int(&lane, 1);
    code = js_query_run(&lane, error);
    return code == JIRASEND_OK ? supersede_if_old(self, *event, now_ms, error) : code;
}

static jirasend_code lift(js_sqlite *self, const char *site, int kind, int64_t now_ms,
                          jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_STOP_LIFT);
    js_query_text(&query, site);
    js_query_int(&query, kind);
    js_query_int(&query, now_ms);
    return js_query_run(&query, error);
}

static jirasend_code unpark(js_sqlite *self, int64_t lane, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_UNPARK);
    js_query_int(&query, lane);
    js_query_int(&query, 1);
    js_query_int(&query, INT64_MAX);
    return js_query_run(&query, error);
}

typedef struct lane_row {
    int64_t id;
    int api;
    char site[JS_ORIGIN_SIZE];
} lane_row;

/* The lane behind the last one, of one site or (null) of all. */
static jirasend_code next_lane(js_sqlite *self, const char *site, lane_row *lane, bool *found,
                               jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_SITE_LANES);
    js_query_text(&query, site);
    js_query_int(&query, lane->id);
    *found = js_query_row(&query);
    if (*found) {
        const char *name = (const char *)sqlite3_column_text(query.statement, 1);
        lane->id = sqlite3_column_int64(query.statement, 0);
        lane->api = sqlite3_column_int(query.statement, 2);
        (void)snprintf(lane->site, sizeof lane->site, "%s", name == NULL ? "" : name);
    }
    return js_query_end(&query, error);
}

static jirasend_code retry_lanes(js_sqlite *self, const char *site, int64_t now_ms,
                                 jirasend_error *error) {
    lane_row lane = {0};
    bool found = true;
    jirasend_code code = JIRASEND_OK;
    while (code == JIRASEND_OK && found) {
        code = next_lane(self, site, &lane, &found, error);
        if (code == JIRASEND_OK && found) {
            code = lift(self, lane.site, lane.api, now_ms, error);
        }
        if (code == JIRASEND_OK && found) {
            code = unpark(self, lane.id, error);
        }
    }
    return code;
}

static jirasend_code retry_all(js_sqlite *self, const char *site, int64_t now_ms,
                               jirasend_error *error) {
    jirasend_code code = retry_lanes(self, site, now_ms, error);
    bool found = true;
    int64_t last = 0;
    while (code == JIRASEND_OK && found) {
        js_query query = js_sq_query(self, JS_SQL_DEAD_OF_SITE);
        js_query_text(&query, site);
        found = js_query_row(&query);
        int64_t id = found ? sqlite3_column_int64(query.statement, 0) : 0;
        code = js_query_end(&query, error);
        js_waiting event;
        if (code == JIRASEND_OK && found) {
            code = js_sq_check_another(self, id, &last, error);
        }
        if (code == JIRASEND_OK && found) {
            code = js_sq_look_up(self, id, &event, error);
        }
        if (code == JIRASEND_OK && found) {
            code = revive(self, &event, now_ms, error);
        }
    }
    return code;
}

/* The site and kind of an event's lane. */
static jirasend_code lane_of(js_sqlite *self, int64_t lane, lane_row *row, jirasend_error *error) {
    bool found = false;
    row->id = lane - 1;
    jirasend_code code = next_lane(self, NULL, row, &found, error);
    if (code == JIRASEND_OK && (!found || row->id != lane)) {
        return js_folder_damaged(&self->folder, "the lane of an event is gone", error);
    }
    return code;
}

static jirasend_code retry_one(js_sqlite *self, int64_t id, int64_t now_ms, jirasend_error *error) {
    js_waiting event;
    jirasend_code code = js_sq_look_up(self, id, &event, error);
    if (code == JIRASEND_E_NOT_FOUND || (code == JIRASEND_OK && !event.open)) {
        return nothing_to_do(id, code == JIRASEND_OK, "retry", error);
    }
    lane_row lane = {0};
    if (code == JIRASEND_OK) {
        code = lane_of(self, event.lane, &lane, error);
    }
    if (code == JIRASEND_OK) {
        code = lift(self, lane.site, lane.api, now_ms, error);
    }
    return code == JIRASEND_OK ? revive(self, &event, now_ms, error) : code;
}

jirasend_code js_sq_retry(js_outbox *outbox, int64_t id, const char *site, int64_t now_ms,
                          jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    jirasend_code code = js_sq_begin(self, JS_WRITE, error);
    if (code == JIRASEND_OK) {
        code = id == 0 ? retry_all(self, site, now_ms, error) : retry_one(self, id, now_ms, error);
        code = js_sq_end(self, code, error);
    }
    return js_sq_leave(self, code);
}

static jirasend_code drop_dead(js_sqlite *self, int64_t id, const char *message, int64_t now_ms,
                               jirasend_error *error) {
    self->tally_changed = true;
    self->tally.dead--;
    js_query query = js_sq_query(self, JS_SQL_EVENT_DROP_DEAD);
    js_query_int(&query, id);
    js_query_text(&query, message);
    js_query_int(&query, now_ms);
    jirasend_code code = js_query_run(&query, error);
    return code == JIRASEND_OK ? js_sq_drop_document(self, id, error) : code;
}

static jirasend_code drop_one(js_sqlite *self, int64_t id, int64_t now_ms, jirasend_error *error) {
    static const char message[] = "Dropped by hand.";
    js_waiting event;
    jirasend_code code = js_sq_look_up(self, id, &event, error);
    if (code == JIRASEND_E_NOT_FOUND || (code == JIRASEND_OK && !event.open)) {
        return nothing_to_do(id, code == JIRASEND_OK, "drop", error);
    }
    if (code != JIRASEND_OK || event.status != JS_QUEUED) {
        return code == JIRASEND_OK ? drop_dead(self, id, message, now_ms, error) : code;
    }
    js_settlement settlement = {
        .status = JS_REJECTED, .http_status = -1, .message = message, .now_ms = now_ms};
    return js_sq_settle_one(self, &event, &settlement, error);
}

jirasend_code js_sq_drop(js_outbox *outbox, int64_t id, int64_t now_ms, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    jirasend_code code = js_sq_begin(self, JS_WRITE, error);
    if (code == JIRASEND_OK) {
        code = js_sq_end(self, drop_one(self, id, now_ms, error), error);
    }
    return js_sq_leave(self, code);
}
