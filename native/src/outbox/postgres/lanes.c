/* Lanes, and why they are stopped. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "event/sweep.h"
#include "outbox/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs the query and reads one lane; its id is 0 when there is none. Ends it. */
static jirasend_code one_lane(js_pg_query *query, js_lane_row *row, jirasend_error *error) {
    enum { ID, SITE, API, FENCE };
    *row = (js_lane_row){0};
    jirasend_code code = js_pg_exec(query, error);
    if (code == JIRASEND_OK && js_pg_row(query)) {
        row->id = js_pg_read(query, ID);
        row->lane.api = (js_api)js_pg_read(query, API);
        row->fence = js_pg_read(query, FENCE);
        (void)snprintf(row->lane.site, sizeof row->lane.site, "%s", js_pg_read_text(query, SITE));
    }
    js_pg_end(query);
    return code;
}

JS_SQL(find_lane,
       "SELECT id, site, kind, fence FROM @.lane WHERE site = $1 AND kind = $2::integer");

/* Lanes are never removed. What a transaction has made may be rolled back: only reading remembers. */
jirasend_code js_pg_lane_find(js_store *store, const js_lane *lane, js_lane_row *row,
                              jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    *row = (js_lane_row){.id = js_pg_name_find(pg->outbox, lane, NULL, false), .lane = *lane};
    if (row->id != 0) {
        return JIRASEND_OK;
    }
    js_pg_query query = js_pg_begin(pg, find_lane);
    js_pg_text(&query, lane->site);
    js_pg_int(&query, (int64_t)lane->api);
    jirasend_code code = one_lane(&query, row, error);
    if (code == JIRASEND_OK && row->id != 0 && pg->work == JS_WORK_READ) {
        js_pg_name_keep(pg->outbox, lane, NULL, false, row->id, row->id);
    }
    return code;
}

JS_SQL(add_lane, "WITH made AS (INSERT INTO @.lane AS l (site, kind) VALUES ($1, $2::integer)"
                 "  ON CONFLICT (site, kind) DO UPDATE SET kind = excluded.kind"
                 "  RETURNING id, site, kind, fence),"
                 " barrier AS (INSERT INTO @.repository (lane, family) SELECT id, '' FROM made"
                 "  ON CONFLICT (lane, family) DO NOTHING)"
                 " SELECT id, site, kind, fence FROM made");

jirasend_code js_pg_lane_add(js_store *store, const js_lane *lane, js_lane_row *row,
                             jirasend_error *error) {
    jirasend_code code = js_pg_lane_find(store, lane, row, error);
    if (code != JIRASEND_OK || row->id != 0) {
        return code;
    }
    js_pg_query query = js_pg_begin(js_pg_of(store), add_lane);
    js_pg_text(&query, lane->site);
    js_pg_int(&query, (int64_t)lane->api);
    return one_lane(&query, row, error);
}

JS_SQL(lane_by_id, "SELECT id, site, kind, fence FROM @.lane WHERE id = $1::bigint");

jirasend_code js_pg_lane_of(js_store *store, int64_t id, js_lane_row *row, jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), lane_by_id);
    js_pg_int(&query, id);
    jirasend_code code = one_lane(&query, row, error);
    if (code == JIRASEND_OK && row->id == 0) {
        return js_pg_fail_damaged(store, "the lane of an event is gone", error);
    }
    return code;
}

JS_SQL(next_lane, "SELECT id, site, kind, fence FROM @.lane WHERE ($1::text IS NULL OR site = $1)"
                  " AND id > $2::bigint ORDER BY id LIMIT 1");

jirasend_code js_pg_lane_next(js_store *store, const char *site, int64_t after, js_lane_row *row,
                              jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), next_lane);
    js_pg_text(&query, site);
    js_pg_int(&query, after);
    return one_lane(&query, row, error);
}

/* ---- stops ---- */

/* What read_stop() reads, for the alias in front. */
#define STOP_COLUMNS(alias)                                                                        \
    alias ".backoff_until_ms," alias ".rate_until_ms," alias ".failures," alias ".culprits," alias \
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

static void read_stop(const js_pg_query *query, int from, js_stop *stop) {
    *stop = (js_stop){
        .backoff_until_ms = js_pg_read(query, from + STOP_BACKOFF),
        .rate_until_ms = js_pg_read(query, from + STOP_RATE),
        .failures = (int)js_pg_read(query, from + STOP_FAILURES),
        .culprits = (int)js_pg_read(query, from + STOP_CULPRITS),
        .limit = (int)js_pg_read(query, from + STOP_LIMIT),
        .size_cap = js_pg_read(query, from + STOP_SIZE),
        .held = js_pg_read_bool(query, from + STOP_HELD),
        .probe_at_ms = js_pg_read(query, from + STOP_PROBE),
        .http_status = (int)js_pg_read(query, from + STOP_HTTP),
        .refused = js_row_read_refused(js_pg_read_text(query, from + STOP_REFUSED),
                                       js_pg_read(query, from + STOP_REFUSED_WORDS)),
    };
    int64_t fingerprint = js_pg_read(query, from + STOP_FINGERPRINT);
    memcpy(&stop->hold_fingerprint, &fingerprint, sizeof fingerprint);
    (void)snprintf(stop->message, sizeof stop->message, "%s",
                   js_pg_read_text(query, from + STOP_MESSAGE));
}

JS_SQL(get_stop, "SELECT " STOP_COLUMNS("l") " FROM @.lane l WHERE l.site = $1"
                                             " AND l.kind = $2::integer");

jirasend_code js_pg_stop_read(js_store *store, const js_lane *lane, js_stop *stop,
                              jirasend_error *error) {
    *stop = (js_stop){0};
    js_pg_query query = js_pg_begin_often(js_pg_of(store), get_stop);
    js_pg_text(&query, lane->site);
    js_pg_int(&query, (int64_t)lane->api);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        read_stop(&query, 0, stop);
    }
    js_pg_end(&query);
    return code;
}

JS_SQL(set_stop,
       "UPDATE @.lane SET backoff_until_ms = $2::bigint, rate_until_ms = $3::bigint,"
       " failures = $4::integer, culprits = $5::integer, batch_limit = $6::integer,"
       " size_cap = $7::bigint, held = $8::boolean, hold_fingerprint = $9::bigint,"
       " probe_at_ms = $10::bigint, http_status = $11::integer, message = $12, refused = $13,"
       " refused_words = $14::bigint WHERE id = $1::bigint");

jirasend_code js_pg_stop_write(js_store *store, int64_t lane, const js_stop *stop,
                               jirasend_error *error) {
    char ids[JS_REFUSED_TEXT];
    js_row_write_refused(ids, &stop->refused);
    int64_t words = 0;
    int64_t fingerprint = 0;
    memcpy(&words, &stop->refused.words, sizeof words);
    memcpy(&fingerprint, &stop->hold_fingerprint, sizeof fingerprint);
    js_pg_query query = js_pg_begin(js_pg_of(store), set_stop);
    js_pg_int(&query, lane);
    js_pg_int(&query, stop->backoff_until_ms);
    js_pg_int(&query, stop->rate_until_ms);
    js_pg_int(&query, stop->failures);
    js_pg_int(&query, stop->culprits);
    js_pg_int(&query, stop->limit);
    js_pg_int(&query, stop->size_cap);
    js_pg_bool(&query, stop->held);
    js_pg_int(&query, fingerprint);
    js_pg_int(&query, stop->probe_at_ms);
    js_pg_int(&query, stop->http_status);
    js_pg_text(&query, stop->message);
    js_pg_text(&query, ids);
    js_pg_int(&query, words);
    return js_pg_run(&query, error);
}

JS_SQL(set_backoff, "UPDATE @.envelope SET backoff_until_ms = $2::bigint, failures = $3::integer,"
                    " culprits = $4::integer, batch_limit = $5::integer WHERE id = $1::bigint");

jirasend_code js_pg_backoff_write(js_store *store, int64_t envelope, const js_backoff *backoff,
                                  jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), set_backoff);
    js_pg_int(&query, envelope);
    js_pg_int(&query, backoff->until_ms);
    js_pg_int(&query, backoff->failures);
    js_pg_int(&query, backoff->culprits);
    js_pg_int(&query, backoff->limit);
    return js_pg_run(&query, error);
}

JS_SQL(end_backoffs,
       "UPDATE @.envelope SET backoff_until_ms = 0, failures = 0, culprits = 0"
       " WHERE lane = $1::bigint AND (backoff_until_ms <> 0 OR failures <> 0 OR culprits <> 0)");

jirasend_code js_pg_backoffs_end(js_store *store, int64_t lane, jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), end_backoffs);
    js_pg_int(&query, lane);
    return js_pg_run(&query, error);
}

/* ---- what waits ---- */

/*
 * From envelope to envelope by the index, however much waits in each; below a number of the hints
 * nothing is looked for. As it is planned each time, it looks into the queue in three places alone.
 * At its end: whether any stream waits after a deletion.
 */
/* clang-format off */
JS_SQL(lane_states,
       "WITH RECURSIVE busy AS (SELECT c.lane, sum(c.waiting) AS waiting FROM @.counter c"
       "  GROUP BY c.lane HAVING sum(c.waiting) > 0),"
       " low AS (SELECT * FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[]),"
       "  (SELECT $3::bigint[]))"
       "  AS h (lane, envelope, id)),"
       " found (lane, waiting, envelope) AS (SELECT b.lane, b.waiting, -1::bigint FROM busy b"
       "  UNION ALL SELECT f.lane, f.waiting, (SELECT e.envelope FROM @.waiting e"
       "   WHERE e.lane = f.lane AND (e.envelope, e.id) > (greatest(f.envelope, 0),"
       "    CASE WHEN f.envelope >= 0 THEN 9223372036854775807 ELSE coalesce((SELECT h.id FROM low h"
       "     WHERE h.lane = f.lane AND h.envelope = 0), 0) END)"
       "   ORDER BY e.envelope, e.id LIMIT 1)"
       "  FROM found f WHERE f.envelope IS NOT NULL)"
       " SELECT l.site, l.kind, f.waiting, CASE WHEN EXISTS (SELECT 1 FROM @.waiting e"
       "   WHERE e.lane = f.lane AND e.envelope = f.envelope AND e.not_before = 0"
       "   AND e.id > coalesce((SELECT h.id FROM low h WHERE h.lane = f.lane"
       "    AND h.envelope = f.envelope), 0) AND " JS_KNOWN_ROW("e") ") THEN 0"
       "  ELSE (SELECT min(e.not_before) FROM @.waiting e WHERE e.lane = f.lane"
       "   AND e.not_before > 0 AND e.envelope = f.envelope AND " JS_KNOWN_ROW("e") ") END,"
       "  coalesce(v.history, false), coalesce(v.name = '" JS_SWEEP_ENVELOPE "', false),"
       "  l.wait_until_ms, " STOP_COLUMNS("l") ", " STOP_COLUMNS("s") ", v.backoff_until_ms,"
       "  v.failures, v.culprits, v.batch_limit, f.lane, f.envelope,"
       "  EXISTS (SELECT 1 FROM @.stream w WHERE w.wait_until_ms > 0 AND w.wait_until_ms > $4::bigint)"
       " FROM found f JOIN @.lane l ON l.id = f.lane"
       " LEFT JOIN @.lane s ON s.site = l.site AND s.kind = 0"
       " LEFT JOIN @.envelope v ON v.id = f.envelope AND f.envelope <> 0"
       " WHERE f.envelope >= 0 AND " JS_KNOWN_LANE("l") " ORDER BY l.site, l.kind, f.envelope");
/* clang-format on */
enum {
    STATE_SITE,
    STATE_API,
    STATE_WAITING,
    STATE_FIRST,
    STATE_HISTORY,
    STATE_SWEEP,
    STATE_WAIT,
    STATE_STOP,
    STATE_SITE_STOP = STATE_STOP + STOP_END,
    STATE_BACKOFF = STATE_SITE_STOP + STOP_END,
    STATE_FAILURES,
    STATE_CULPRITS,
    STATE_LIMIT,
    STATE_LANE,
    STATE_ENVELOPE,
    STATE_STREAMS_WAIT
};

static void read_state(const js_pg_query *query, js_lane_state *state) {
    *state = (js_lane_state){.history = js_pg_read_bool(query, STATE_HISTORY),
                             .sweep = js_pg_read_bool(query, STATE_SWEEP),
                             .wait_until_ms = js_pg_read(query, STATE_WAIT)};
    js_lane_view *view = &state->view;
    (void)snprintf(view->lane.site, sizeof view->lane.site, "%s",
                   js_pg_read_text(query, STATE_SITE));
    view->lane.api = (js_api)js_pg_read(query, STATE_API);
    view->waiting = js_pg_read(query, STATE_WAITING);
    view->due_ms = js_pg_read(query, STATE_FIRST);
    read_stop(query, STATE_STOP, &view->stop);
    read_stop(query, STATE_SITE_STOP, &view->site_stop);
    if (!js_pg_is_null(query, STATE_BACKOFF)) { /* its pause takes the place of the lane's */
        view->stop.backoff_until_ms = js_pg_read(query, STATE_BACKOFF);
        view->stop.failures = (int)js_pg_read(query, STATE_FAILURES);
        view->stop.culprits = (int)js_pg_read(query, STATE_CULPRITS);
        view->stop.limit = (int)js_pg_read(query, STATE_LIMIT);
    }
}

/* Up to JS_PG_LOWS of them. */
static size_t copy_hints(js_postgres *self, js_pg_low hints[JS_PG_LOWS]) {
    size_t count = 0;
    (void)pthread_mutex_lock(&self->mutex);
    int64_t now_ms = js_pg_mono_ms(self);
    for (size_t i = 0; i < JS_PG_LOWS; i++) {
        if (self->lows[i].lane != 0 && now_ms - self->lows[i].since_ms < JS_PG_LOW_TRUST_MS) {
            hints[count++] = self->lows[i];
        }
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return count;
}

static void add_hints(js_pg_query *query, const js_pg_low *hints, size_t count) {
    int lane = js_pg_array(query);
    int envelope = js_pg_array(query);
    int id = js_pg_array(query);
    for (size_t i = 0; i < count; i++) {
        js_pg_array_int(query, lane, hints[i].lane);
        js_pg_array_int(query, envelope, hints[i].envelope);
        js_pg_array_int(query, id, hints[i].id);
    }
}

/* Whether something was found above the hint, or the lane has nothing at all. */
static bool holds(js_pg_query *query, const js_pg_low *hint) {
    bool busy = false;
    bool found = false;
    for (query->row = 0; query->row < query->rows; query->row++) {
        bool here = js_pg_read(query, STATE_LANE) == hint->lane;
        busy = busy || here;
        found =
            found || (here && js_pg_read(query, STATE_ENVELOPE) == hint->envelope &&
                      !js_pg_is_null(query, STATE_FIRST) && js_pg_read(query, STATE_FIRST) == 0);
    }
    query->row = -1;
    return found || !busy;
}

/* With the hints; without them where one of them found nothing. */
static js_pg_query ask_states(js_store *store, jirasend_code *code, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_pg_low hints[JS_PG_LOWS];
    size_t count = copy_hints(pg->outbox, hints);
    while (true) {
        js_pg_query query = js_pg_begin_often(pg, lane_states);
        add_hints(&query, hints, count);
        js_pg_int(&query, js_store_now_ms(store));
        *code = js_pg_exec(&query, error);
        bool good = true;
        for (size_t i = 0; i < count && good && *code == JIRASEND_OK; i++) {
            good = holds(&query, &hints[i]);
        }
        if (good) {
            return query;
        }
        js_pg_end(&query);
        count = 0;
    }
}

jirasend_code js_pg_lane_states(js_store *store, js_lane_state **states, size_t *count,
                                jirasend_error *error) {
    js_postgres *self = js_pg_of(store)->outbox;
    jirasend_code code = JIRASEND_OK;
    uint64_t version = atomic_load(&self->version);
    js_pg_query query = ask_states(store, &code, error);
    bool streams_wait = false;
    *states = NULL;
    *count = 0;
    if (code == JIRASEND_OK && query.rows > 0 &&
        (*states = calloc((size_t)query.rows, sizeof **states)) == NULL) {
        code = js_fail_memory(error);
    }
    while (code == JIRASEND_OK && js_pg_row(&query)) {
        /* No time: what waits there is of a newer version. */
        if (!js_pg_is_null(&query, STATE_FIRST)) {
            read_state(&query, &(*states)[*count]);
            streams_wait = streams_wait || (*states)[*count].wait_until_ms > 0 ||
                           js_pg_read_bool(&query, STATE_STREAMS_WAIT);
            (*count)++;
        }
    }
    js_pg_end(&query);
    js_pg_note_busy(self, *states, code == JIRASEND_OK ? *count : 0);
    atomic_store(&self->no_waits, code == JIRASEND_OK && !streams_wait ? version : UINT64_MAX);
    return code;
}
