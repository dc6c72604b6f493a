/* Lanes, and why they stand still. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"
#include "event/sweep.h"
#include "outbox/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_lane(const js_query *query, js_lane_row *row) {
    enum { ID, SITE, API, FENCE };
    row->id = js_query_read(query, ID);
    row->lane.api = (js_api)js_query_read(query, API);
    row->fence = js_query_read(query, FENCE);
    (void)snprintf(row->lane.site, sizeof row->lane.site, "%s", js_query_read_text(query, SITE));
}

/* Its id is 0 when there is none. Ends the query. */
static jirasend_code one_lane(js_query *query, js_lane_row *row, jirasend_error *error) {
    *row = (js_lane_row){0};
    if (js_query_row(query)) {
        read_lane(query, row);
    }
    return js_query_end(query, error);
}

JS_SQL(find_lane, "SELECT id, site, kind, fence FROM lane WHERE site = ?1 AND kind = ?2");

jirasend_code js_sq_lane_find(js_store *store, const js_lane *lane, js_lane_row *row,
                              jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), find_lane);
    js_query_text(&query, lane->site);
    js_query_int(&query, (int64_t)lane->api);
    return one_lane(&query, row, error);
}

/* Whoever claims it writes, and only one writes at a time. */
jirasend_code js_sq_lane_hold(js_store *store, const js_lane *lane, int64_t fence, js_lane_row *row,
                              jirasend_error *error) {
    jirasend_code code = js_sq_lane_find(store, lane, row, error);
    return code == JIRASEND_OK && row->fence != fence ? js_store_lost(lane, error) : code;
}

JS_SQL(add_lane, "INSERT INTO lane (site, kind) VALUES (?1, ?2)");

jirasend_code js_sq_lane_add(js_store *store, const js_lane *lane, js_lane_row *row,
                             jirasend_error *error) {
    jirasend_code code = js_sq_lane_find(store, lane, row, error);
    if (code != JIRASEND_OK || row->id != 0) {
        return code;
    }
    js_query query = js_sq_query(js_sq_of(store), add_lane);
    js_query_text(&query, lane->site);
    js_query_int(&query, (int64_t)lane->api);
    code = js_query_run(&query, error);
    row->lane = *lane;
    row->id = sqlite3_last_insert_rowid(js_sq_of(store)->db);
    return code;
}

JS_SQL(lane_by_id, "SELECT id, site, kind, fence FROM lane WHERE id = ?1");

jirasend_code js_sq_lane_of(js_store *store, int64_t id, js_lane_row *row, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), lane_by_id);
    js_query_int(&query, id);
    jirasend_code code = one_lane(&query, row, error);
    if (code == JIRASEND_OK && row->id == 0) {
        return js_sq_damaged(store, "the lane of an event is gone", error);
    }
    return code;
}

JS_SQL(next_lane, "SELECT id, site, kind, fence FROM lane WHERE (?1 IS NULL OR site = ?1)"
                  " AND id > ?2 ORDER BY id LIMIT 1");

jirasend_code js_sq_lane_next(js_store *store, const char *site, int64_t after, js_lane_row *row,
                              jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), next_lane);
    js_query_text(&query, site);
    js_query_int(&query, after);
    return one_lane(&query, row, error);
}

/* ---- stops ---- */

/* What read_stop() reads, for the alias in front. */
#define STOP_COLUMNS(alias)                                                                        \
    alias ".backoff_until_ms," alias ".rate_until_ms," alias ".failures," alias ".parked," alias   \
          ".batch_limit," alias ".size_cap," alias ".held," alias ".hold_fingerprint," alias       \
          ".probe_at_ms," alias ".http_status," alias ".refused," alias ".refused_words," alias    \
          ".message"
enum {
    STOP_BACKOFF,
    STOP_RATE,
    STOP_FAILURES,
    STOP_CULPRITS,
    STOP_LIMIT,
    STOP_SIZE,
    STOP_HELD,
    STOP_FINGERPRINT,
    STOP_PROBE,
    STOP_HTTP,
    STOP_REFUSED,
    STOP_REFUSED_WORDS,
    STOP_MESSAGE,
    STOP_END
};

static void write_refused(js_query *query, const js_refused *refused) {
    char ids[JS_REFUSED_TEXT];
    js_row_write_refused(ids, refused);
    int64_t words = 0;
    memcpy(&words, &refused->words, sizeof words);
    js_query_text(query, ids);
    js_query_int(query, words);
}

static void read_stop(const js_query *query, int from, js_stop *stop) {
    *stop = (js_stop){
        .backoff_until_ms = js_query_read(query, from + STOP_BACKOFF),
        .rate_until_ms = js_query_read(query, from + STOP_RATE),
        .failures = (int)js_query_read(query, from + STOP_FAILURES),
        .culprits = (int)js_query_read(query, from + STOP_CULPRITS),
        .limit = (int)js_query_read(query, from + STOP_LIMIT),
        .size_cap = js_query_read(query, from + STOP_SIZE),
        .held = js_query_read(query, from + STOP_HELD) != 0,
        .probe_at_ms = js_query_read(query, from + STOP_PROBE),
        .http_status = (int)js_query_read(query, from + STOP_HTTP),
        .refused = js_row_read_refused(js_query_read_text(query, from + STOP_REFUSED),
                                       js_query_read(query, from + STOP_REFUSED_WORDS)),
    };
    int64_t fingerprint = js_query_read(query, from + STOP_FINGERPRINT);
    memcpy(&stop->hold_fingerprint, &fingerprint, sizeof fingerprint);
    (void)snprintf(stop->message, sizeof stop->message, "%s",
                   js_query_read_text(query, from + STOP_MESSAGE));
}

JS_SQL(get_stop, "SELECT " STOP_COLUMNS("l") " FROM lane l WHERE l.site = ?1 AND l.kind = ?2");

jirasend_code js_sq_stop_read(js_store *store, const js_lane *lane, js_stop *stop,
                              jirasend_error *error) {
    *stop = (js_stop){0};
    js_query query = js_sq_query(js_sq_of(store), get_stop);
    js_query_text(&query, lane->site);
    js_query_int(&query, (int64_t)lane->api);
    if (js_query_row(&query)) {
        read_stop(&query, 0, stop);
    }
    return js_query_end(&query, error);
}

JS_SQL(set_stop,
       "UPDATE lane SET backoff_until_ms = ?2, rate_until_ms = ?3, failures = ?4, parked = ?5,"
       " batch_limit = ?6, size_cap = ?7, held = ?8, hold_fingerprint = ?9, probe_at_ms = ?10,"
       " http_status = ?11, message = ?12, refused = ?13, refused_words = ?14 WHERE id = ?1");

jirasend_code js_sq_stop_write(js_store *store, int64_t lane, const js_stop *stop,
                               jirasend_error *error) {
    int64_t fingerprint = 0;
    memcpy(&fingerprint, &stop->hold_fingerprint, sizeof fingerprint);
    js_query query = js_sq_query(js_sq_of(store), set_stop);
    js_query_int(&query, lane);
    js_query_int(&query, stop->backoff_until_ms);
    js_query_int(&query, stop->rate_until_ms);
    js_query_int(&query, stop->failures);
    js_query_int(&query, stop->culprits);
    js_query_int(&query, stop->limit);
    js_query_int(&query, stop->size_cap);
    js_query_int(&query, stop->held ? 1 : 0);
    js_query_int(&query, fingerprint);
    js_query_int(&query, stop->probe_at_ms);
    js_query_int(&query, stop->http_status);
    js_query_text(&query, stop->message);
    write_refused(&query, &stop->refused);
    return js_query_run(&query, error);
}

JS_SQL(set_backoff, "UPDATE envelope SET backoff_until_ms = ?2, failures = ?3, parked = ?4,"
                    " batch_limit = ?5 WHERE id = ?1");

jirasend_code js_sq_backoff_write(js_store *store, int64_t envelope, const js_backoff *backoff,
                                  jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), set_backoff);
    js_query_int(&query, envelope);
    js_query_int(&query, backoff->until_ms);
    js_query_int(&query, backoff->failures);
    js_query_int(&query, backoff->culprits);
    js_query_int(&query, backoff->limit);
    return js_query_run(&query, error);
}

JS_SQL(end_backoffs,
       "UPDATE envelope SET backoff_until_ms = 0, failures = 0, parked = 0"
       " WHERE lane = ?1 AND (backoff_until_ms <> 0 OR failures <> 0 OR parked <> 0)");

jirasend_code js_sq_backoffs_end(js_store *store, int64_t lane, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), end_backoffs);
    js_query_int(&query, lane);
    return js_query_run(&query, error);
}

/* ---- what waits ---- */

/* When the first event of an envelope may go, by its own time. */
#define FIRST_OF(envelope)                                                                         \
    "(SELECT e.not_before FROM event e WHERE e.lane = l.id AND e.envelope = " envelope             \
    " AND e.status = 0 AND " JS_KNOWN_ROW("e") " ORDER BY e.not_before LIMIT 1)"

#define WAITING_LANES                                                                              \
    " LEFT JOIN lane s ON s.site = l.site AND s.kind = 0 WHERE l.waiting > 0 AND " JS_KNOWN_LANE(  \
        "l")

JS_SQL(plain_states,
       "SELECT l.site, l.kind, l.waiting, " FIRST_OF(
           "0") ", l.id, 0, 0, "
                "l.wait_until_ms, " STOP_COLUMNS("l") "," STOP_COLUMNS(
                    "s") ", l.waiting - (SELECT "
                         "coalesce(sum(v.waiting), 0) FROM envelope v INDEXED BY envelope_waiting"
                         " WHERE v.lane = l.id AND v.waiting > 0) FROM lane l" WAITING_LANES);

/* Their pauses stand in the place of the lane's. */
JS_SQL(own_states, "SELECT l.site, l.kind, l.waiting, " FIRST_OF(
                       "v.id") ", l.id, v.history, v.key = '" JS_SWEEP_ENVELOPE
                               "', l.wait_until_ms, " STOP_COLUMNS("l") "," STOP_COLUMNS(
                                   "s") ", v.backoff_until_ms,"
                                        " v.failures, v.parked, v.batch_limit FROM envelope v "
                                        "INDEXED BY envelope_waiting"
                                        " CROSS JOIN lane l ON l.id = v.lane" WAITING_LANES
                                        " AND v.waiting > 0");

enum {
    STATE_SITE,
    STATE_API,
    STATE_WAITING,
    STATE_FIRST,
    STATE_LANE,
    STATE_HISTORY,
    STATE_SWEEP,
    STATE_WAIT,
    STATE_STOP,
    STATE_SITE_STOP = STATE_STOP + STOP_END,
    STATE_PLAIN =
        STATE_SITE_STOP + STOP_END, /* of plain_states: waiting in no envelope of its own */
    STATE_BACKOFF = STATE_PLAIN,
    STATE_FAILURES,
    STATE_CULPRITS,
    STATE_LIMIT
};

typedef struct states {
    js_lane_state *items;
    size_t count, room;
} states;

static js_lane_state *add_state(states *to) {
    if (to->count == to->room) {
        size_t larger = to->room == 0 ? 8 : to->room * 2;
        js_lane_state *grown = realloc(to->items, larger * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        to->items = grown;
        to->room = larger;
    }
    return &to->items[to->count++];
}

static bool read_state(const js_query *query, bool own, states *to) {
    js_lane_state *state = add_state(to);
    if (state == NULL) {
        return false;
    }
    js_lane_view *view = &state->view;
    (void)snprintf(view->lane.site, sizeof view->lane.site, "%s",
                   js_query_read_text(query, STATE_SITE));
    view->lane.api = (js_api)js_query_read(query, STATE_API);
    view->waiting = js_query_read(query, STATE_WAITING);
    view->due_ms = js_query_read(query, STATE_FIRST);
    state->history = js_query_read(query, STATE_HISTORY) != 0;
    state->sweep = js_query_read(query, STATE_SWEEP) != 0;
    state->wait_until_ms = js_query_read(query, STATE_WAIT);
    read_stop(query, STATE_STOP, &view->stop);
    read_stop(query, STATE_SITE_STOP, &view->site_stop);
    if (own) {
        view->stop.backoff_until_ms = js_query_read(query, STATE_BACKOFF);
        view->stop.failures = (int)js_query_read(query, STATE_FAILURES);
        view->stop.culprits = (int)js_query_read(query, STATE_CULPRITS);
        view->stop.limit = (int)js_query_read(query, STATE_LIMIT);
    }
    return true;
}

static jirasend_code read_states(js_store *store, const char *sql, bool own, states *to,
                                 jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), sql);
    bool memory = true;
    jirasend_code checked = JIRASEND_OK;
    while (memory && checked == JIRASEND_OK && js_query_row(&query)) {
        /*
         * No time: nothing of ours waits there, or what does has vanished. To find out takes a look at
         * all that waits, which is for where the counters speak of more than the other envelopes have.
         */
        if (sqlite3_column_type(query.statement, STATE_FIRST) != SQLITE_NULL) {
            memory = read_state(&query, own, to);
        } else if (own || js_query_read(&query, STATE_PLAIN) > 0) {
            checked = js_sq_check_idle(store, js_query_read(&query, STATE_LANE), error);
        }
    }
    jirasend_code code = js_query_end(&query, checked == JIRASEND_OK ? error : NULL);
    code = checked == JIRASEND_OK ? code : checked;
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

static int by_lane(const void *a, const void *b) {
    const js_lane *first = &((const js_lane_state *)a)->view.lane;
    const js_lane *second = &((const js_lane_state *)b)->view.lane;
    int sites = strcmp(first->site, second->site);
    return sites != 0 ? sites : (int)first->api - (int)second->api;
}

jirasend_code js_sq_lane_states(js_store *store, js_lane_state **items, size_t *count,
                                jirasend_error *error) {
    states to = {0};
    jirasend_code code = read_states(store, plain_states, false, &to, error);
    size_t plain = to.count;
    if (code == JIRASEND_OK) {
        code = read_states(store, own_states, true, &to, error);
    }
    if (code != JIRASEND_OK) {
        free(to.items);
        to = (states){0};
    }
    if (to.count > plain) {
        qsort(to.items, to.count, sizeof *to.items, by_lane);
    }
    *items = to.items;
    *count = to.count;
    return code;
}
