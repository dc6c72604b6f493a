/* Whether the outbox has room, by the counters of what waits. */
#include "outbox/postgres/rows.h"

enum { ROOM_TRUST_MS = 1000 };

JS_SQL(sum_counters, "SELECT coalesce(sum(waiting), 0)::bigint, coalesce(sum(bytes), 0)::bigint"
                     " FROM @.counter");

/* The bounds are soft: others put at the same time. Near them it is counted each time. */
jirasend_code js_pg_room(js_store *store, int64_t *waiting, int64_t *bytes, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    js_postgres *self = pg->outbox;
    int64_t now_ms = js_pg_mono_ms(self);
    (void)pthread_mutex_lock(&self->mutex);
    bool fresh = self->room_since_ms != 0 && now_ms - self->room_since_ms < ROOM_TRUST_MS &&
                 self->room_waiting < store->max_events / 4 * 3 &&
                 self->room_bytes < store->max_bytes / 4 * 3;
    *waiting = self->room_waiting;
    *bytes = self->room_bytes;
    (void)pthread_mutex_unlock(&self->mutex);
    if (fresh) {
        return JIRASEND_OK;
    }
    js_pg_query query = js_pg_begin(pg, sum_counters);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        *waiting = js_pg_read(&query, 0);
        *bytes = js_pg_read(&query, 1);
        (void)pthread_mutex_lock(&self->mutex);
        self->room_waiting = *waiting;
        self->room_bytes = *bytes;
        self->room_since_ms = now_ms;
        (void)pthread_mutex_unlock(&self->mutex);
    }
    js_pg_end(&query);
    return code;
}

/* What we have put counts at once, what others have put a second later. */
void js_pg_room_use(js_postgres *self, const js_put *puts, const js_put_result *results,
                    size_t count) {
    (void)pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < count; i++) {
        if (results[i].fresh && puts[i].skip == NULL) {
            self->room_waiting++;
            self->room_bytes += (int64_t)puts[i].length;
        }
    }
    (void)pthread_mutex_unlock(&self->mutex);
}
