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
jirasend_code js_sq_lane_check_claim(js_store *store, const js_lane *lane, int64_t fence,
                                     js_lane_row *row, jirasend_error *error) {
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

#define STATE_OF(envelope, history, sweep)                                                         \
    "SELECT l.site, l.kind, l.waiting, " FIRST_OF(envelope) ", l.id, " history ", " sweep          \
                                                            ", l.wait_until_ms, " STOP_COLUMNS(    \
                                                                "l") "," STOP_COLUMNS("s")
#define OF_LANE " FROM lane l LEFT JOIN lane s ON s.site = l.site AND s.kind = 0"
#define PLAIN_STATE STATE_OF("0", "0", "0")
#define OWN_STATE STATE_OF("v.id", "v.history", "v.key = '" JS_SWEEP_ENVELOPE "'")
#define OWN_PAUSE ", v.backoff_until_ms, v.failures, v.parked, v.batch_limit"

JS_SQL(plain_states, PLAIN_STATE OF_LANE " WHERE l.waiting > 0 AND " JS_KNOWN_LANE("l"));

/* Their pauses stand in the place of the lane's. */
JS_SQL(own_states, OWN_STATE OWN_PAUSE OF_LANE " CROSS JOIN envelope v INDEXED BY envelope_waiting"
                                               " WHERE l.id = ?1 AND v.lane = l.id"
                                               " AND v.waiting > 0");
JS_SQL(sweep_states, OWN_STATE OWN_PAUSE OF_LANE " CROSS JOIN envelope v WHERE l.id = ?1"
                                                 " AND v.lane = l.id AND v.waiting > 0"
                                                 " AND v.key = '" JS_SWEEP_ENVELOPE "'");

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
    STATE_BACKOFF = STATE_SITE_STOP + STOP_END,
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

/* No other envelope of the lane goes before it: there may be thousands of them. */
static bool goes_now(const js_lane_state *state) {
    return !state->history && state->view.due_ms == 0 && state->view.stop.backoff_until_ms == 0;
}

/* The envelopes of a lane, or as many as it takes to know which goes first. */
static jirasend_code read_own(js_store *store, const char *sql, int64_t lane, states *to,
                              jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), sql);
    bool memory = true;
    bool vanished = false;
    bool known = false;
    js_query_int(&query, lane);
    while (memory && !vanished && !known && js_query_row(&query)) {
        vanished = sqlite3_column_type(query.statement, STATE_FIRST) == SQLITE_NULL;
        memory = vanished || read_state(&query, true, to);
        known = !vanished && memory && goes_now(&to->items[to->count - 1]);
    }
    jirasend_code code = js_query_end(&query, error);
    code = code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
    return code == JIRASEND_OK && vanished ? js_sq_check_idle(store, lane, error) : code;
}

/* What waits of a lane beside its plain envelope, from `to->count` on. A sweep goes before all. */
static jirasend_code read_envelopes(js_store *store, int64_t lane, bool plain, states *to,
                                    jirasend_error *error) {
    size_t before = to->count;
    jirasend_code code = read_own(store, sweep_states, lane, to, error);
    bool known = to->count > before || (plain && goes_now(&to->items[before - 1]));
    return code == JIRASEND_OK && !known ? read_own(store, own_states, lane, to, error) : code;
}

/* Nothing plain may wait there; that nothing at all does is looked into. */
static jirasend_code read_lane_states(js_store *store, const js_query *query, states *to,
                                      jirasend_error *error) {
    size_t before = to->count;
    int64_t lane = js_query_read(query, STATE_LANE);
    bool plain = sqlite3_column_type(query->statement, STATE_FIRST) != SQLITE_NULL;
    if (plain && !read_state(query, false, to)) {
        return js_fail_memory(error);
    }
    jirasend_code code = read_envelopes(store, lane, plain, to, error);
    return code == JIRASEND_OK && to->count == before ? js_sq_check_idle(store, lane, error) : code;
}

jirasend_code js_sq_lane_states(js_store *store, js_lane_state **items, size_t *count,
                                jirasend_error *error) {
    states to = {0};
    jirasend_code read = JIRASEND_OK;
    js_query query = js_sq_query(js_sq_of(store), plain_states);
    while (read == JIRASEND_OK && js_query_row(&query)) {
        read = read_lane_states(store, &query, &to, error);
    }
    jirasend_code code = js_query_end(&query, read == JIRASEND_OK ? error : NULL);
    code = read == JIRASEND_OK ? code : read;
    if (code != JIRASEND_OK) {
        free(to.items);
        to = (states){0};
    }
    *items = to.items;
    *count = to.count;
    return code;
}
