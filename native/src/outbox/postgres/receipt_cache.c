/*
 * Receipts that are read before they are asked for.
 *
 * To plan a statement over the months of receipts costs the server more than to read a hundred of them, and
 * who asks for one mostly asks for the next. Numbers of settled events are given and committed in one order,
 * so what was read from one on stays true. What was read by id may have changed since: it is given out once,
 * and only for a moment and while nothing is known to have changed.
 */
#include "outbox/postgres/rows.h"

#include "base/error.h"

enum {
    SETTLED_MS = 10000,
    BY_ID_MS = 50,
    WATCH_MS = 1500,
    SAME_MS = 60000,
    NEAR_IDS = 64,
    SPAN_MAX = 128,
    SOON_MS = 1000
};

static js_pg_query view_of(const js_pg_ahead *ahead) {
    return (js_pg_query){.result = ahead->rows, .row = ahead->at, .rows = ahead->count};
}

static void drop(js_pg_ahead *ahead) {
    PQclear(ahead->rows);
    ahead->rows = NULL;
    ahead->count = 0;
    ahead->at = 0;
}

void js_pg_ahead_free(js_postgres *self) {
    drop(&self->settled_ahead);
    drop(&self->ids_ahead);
    drop(&self->same);
}

/* What is left of the rows after the one that was read; takes them over. */
static void keep(js_postgres *self, js_pg_ahead *ahead, js_pg_query *query, int64_t from,
                 uint64_t version) {
    (void)pthread_mutex_lock(&self->mutex);
    drop(ahead);
    *ahead = (js_pg_ahead){.rows = query->result,
                           .count = query->rows,
                           .at = query->row + 1,
                           .from = from,
                           .version = version,
                           .since_ms = js_pg_mono_ms(self)};
    (void)pthread_mutex_unlock(&self->mutex);
    query->result = NULL;
    query->rows = 0;
}

/* ---- in the order of settling ---- */

/*
 * What this shows may be newer than what was noticed so far: what was read by id does not count any more, or
 * whoever hears of an event and asks for its receipt would be told that it waits.
 */
void js_pg_ahead_keep_settled(js_postgres *self, js_pg_query *query, int64_t cursor) {
    (void)atomic_fetch_add(&self->version, 1);
    keep(self, &self->settled_ahead, query, cursor, 0);
}

bool js_pg_ahead_next(js_postgres *self, int64_t *cursor, js_receipt *receipt, jirasend_code *code,
                      jirasend_error *error) {
    js_pg_ahead *ahead = &self->settled_ahead;
    (void)pthread_mutex_lock(&self->mutex);
    bool found = ahead->at < ahead->count && ahead->from == *cursor &&
                 js_pg_mono_ms(self) - ahead->since_ms < SETTLED_MS;
    *code = JIRASEND_OK;
    if (found) {
        js_pg_query row = view_of(ahead);
        if (js_pg_read_receipt(&row, js_store_now_ms(&self->model), receipt, NULL)) {
            ahead->from = js_pg_read(&row, JS_RECEIPT_END);
            ahead->at++;
            *cursor = ahead->from;
        } else {
            *code = js_fail_memory(error);
        }
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return found;
}

/* ---- by id ---- */

void js_pg_ahead_keep_ids(js_postgres *self, js_pg_query *query, uint64_t version) {
    keep(self, &self->ids_ahead, query, 0, version);
}

/* The mutex is held. True: the row of this id comes next; those before it are given up. */
static bool move_to(js_pg_ahead *ahead, int64_t id) {
    int64_t at = 0;
    while (ahead->at < ahead->count) {
        js_pg_query row = view_of(ahead);
        at = js_pg_read(&row, 0);
        if (at >= id) {
            break;
        }
        ahead->at++;
    }
    return at == id;
}

bool js_pg_ahead_of_id(js_postgres *self, int64_t id, js_receipt *receipt, jirasend_code *code,
                       jirasend_error *error) {
    js_pg_ahead *ahead = &self->ids_ahead;
    uint64_t version = atomic_load(&self->version);
    bool forgotten = false;
    (void)pthread_mutex_lock(&self->mutex);
    bool found = ahead->at < ahead->count && ahead->version == version &&
                 js_pg_mono_ms(self) - ahead->since_ms < BY_ID_MS && move_to(ahead, id);
    *code = JIRASEND_OK;
    if (found) {
        js_pg_query row = view_of(ahead);
        ahead->at++;
        if (!js_pg_read_receipt(&row, js_store_now_ms(&self->model), receipt, &forgotten)) {
            *code = js_fail_memory(error);
        } else if (forgotten) {
            js_receipt_clear(receipt);
            found = false;
        } else {
            self->asked_id = id;
            self->asked_ms = js_pg_mono_ms(self);
        }
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return found;
}

int64_t js_pg_ahead_span(js_postgres *self, int64_t id) {
    int64_t now_ms = js_pg_mono_ms(self);
    (void)pthread_mutex_lock(&self->mutex);
    int64_t step = id - self->asked_id;
    bool next =
        self->asked_id > 0 && step > 0 && step <= NEAR_IDS && now_ms - self->asked_ms < SOON_MS;
    int64_t wider = self->asked_span * 4;
    self->asked_span = !next ? 1 : wider < SPAN_MAX ? wider : SPAN_MAX;
    self->asked_id = id;
    self->asked_ms = now_ms;
    int64_t span = self->asked_span;
    (void)pthread_mutex_unlock(&self->mutex);
    return span;
}

/* ---- again and again ---- */

void js_pg_watched(js_postgres *self) {
    (void)pthread_mutex_lock(&self->mutex);
    self->watcher = pthread_self();
    self->watched_ms = js_pg_mono_ms(self);
    (void)pthread_mutex_unlock(&self->mutex);
}

/* The mutex is held. Who asks for news itself decides by what it reads, and reads it. */
static bool still(const js_postgres *self, uint64_t version, int64_t since_ms) {
    int64_t now_ms = js_pg_mono_ms(self);
    return self->watched_ms > 0 && now_ms - self->watched_ms < WATCH_MS &&
           pthread_equal(self->watcher, pthread_self()) == 0 &&
           version == atomic_load(&self->version) && now_ms - since_ms < SAME_MS;
}

void js_pg_same_keep(js_postgres *self, js_pg_query *query, uint64_t version) {
    query->row = -1;
    keep(self, &self->same, query, 0, version);
}

bool js_pg_same(js_postgres *self, int64_t id, js_receipt *receipt, jirasend_code *code,
                jirasend_error *error) {
    js_pg_ahead *same = &self->same;
    *code = JIRASEND_OK;
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_query row = view_of(same);
    bool found =
        same->count == 1 && js_pg_read(&row, 0) == id && still(self, same->version, same->since_ms);
    if (found && !js_pg_read_receipt(&row, js_store_now_ms(&self->model), receipt, NULL)) {
        *code = js_fail_memory(error);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return found;
}

void js_pg_stop_keep(js_postgres *self, const js_lane *lane, const js_stop *stop,
                     uint64_t version) {
    (void)pthread_mutex_lock(&self->mutex);
    size_t at = 0;
    while (at < JS_PG_STOPS &&
           !(self->stops[at].since_ms > 0 && js_lane_equal(&self->stops[at].lane, lane))) {
        at++;
    }
    if (at == JS_PG_STOPS) {
        at = self->next_stop++ % JS_PG_STOPS;
    }
    self->stops[at] = (js_pg_known_stop){*lane, *stop, version, js_pg_mono_ms(self)};
    (void)pthread_mutex_unlock(&self->mutex);
}

bool js_pg_stop_known(js_postgres *self, const js_lane *lane, js_stop *stop) {
    bool found = false;
    (void)pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < JS_PG_STOPS && !found; i++) {
        const js_pg_known_stop *one = &self->stops[i];
        found = one->since_ms > 0 && js_lane_equal(&one->lane, lane) &&
                still(self, one->version, one->since_ms);
        *stop = found ? one->stop : *stop;
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return found;
}
