/*
 * Below which number nothing waits in an envelope of a lane, so that a search need not walk over what
 * has been sent: while somebody keeps an old transaction open, that cannot be cleared away. Only a hint,
 * as numbers of different streams do not appear in order: it is forgotten whenever the lane is claimed
 * again, after ten seconds, and by whoever finds nothing above it.
 */
#include "outbox/postgres/rows.h"

static js_pg_low *find(js_postgres *self, int64_t lane, int64_t envelope) {
    for (size_t i = 0; i < JS_PG_LOWS; i++) {
        js_pg_low *low = &self->lows[i];
        if (low->lane == lane && low->envelope == envelope) {
            return low;
        }
    }
    return NULL;
}

int64_t js_pg_low_of(js_postgres *self, int64_t lane, int64_t envelope) {
    int64_t id = 0;
    (void)pthread_mutex_lock(&self->mutex);
    const js_pg_low *low = find(self, lane, envelope);
    if (low != NULL && js_pg_mono_ms(self) - low->since_ms < JS_PG_LOW_TRUST_MS) {
        id = low->id;
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return id;
}

/* Its age counts from the last look from the beginning, not from the last note. */
void js_pg_low_note(js_postgres *self, int64_t lane, int64_t envelope, int64_t id) {
    int64_t now_ms = js_pg_mono_ms(self);
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_low *low = find(self, lane, envelope);
    bool fresh = low == NULL || now_ms - low->since_ms >= JS_PG_LOW_TRUST_MS;
    for (size_t i = 0; low == NULL && i < JS_PG_LOWS; i++) {
        low = self->lows[i].lane == 0 ? &self->lows[i] : NULL;
    }
    if (low == NULL) {
        low = &self->lows[(size_t)(envelope % JS_PG_LOWS)];
    }
    int64_t since_ms = fresh ? now_ms : low->since_ms;
    *low = (js_pg_low){lane, envelope, id, since_ms};
    (void)pthread_mutex_unlock(&self->mutex);
}

void js_pg_low_forget(js_postgres *self, int64_t lane) {
    (void)pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < JS_PG_LOWS; i++) {
        if (self->lows[i].lane == lane) {
            self->lows[i] = (js_pg_low){0, 0, 0, 0};
        }
    }
    (void)pthread_mutex_unlock(&self->mutex);
}
