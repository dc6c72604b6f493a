/* The connections of a client: few, and each in one call's hands at a time. */
#include "outbox/postgres/internal.h"

#include "base/error.h"

#include <stdlib.h>
#include <time.h>

enum { PAUSE_MS = 100, SLICE_MS = 50, LEAST_MS = 1000, TURN_MS = 10000 };

int64_t js_pg_until_ms(const js_postgres *self, int64_t wait_ms) {
    int64_t now_ms = js_monotonic_ms();
    int64_t until_ms = js_later_ms(now_ms, wait_ms);
    int64_t most_ms = self->give_up_ms > now_ms + LEAST_MS ? self->give_up_ms : now_ms + LEAST_MS;
    return until_ms < most_ms ? until_ms : most_ms;
}

static void nap(js_postgres *self) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += SLICE_MS * 1000000L;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_cond_timedwait(&self->given, &self->mutex, &until);
}

static js_pg *new_connection(js_postgres *self) {
    js_pg *pg = calloc(1, sizeof *pg);
    if (pg != NULL) {
        pg->store = self->model;
        pg->outbox = self;
    }
    return pg;
}

/*
 * One that is free, or (*made) a new one that has to be connected. Nobody opens another one for a
 * moment's sake: a job has one thread that sends and one that looks, and the server counts connections.
 */
static js_pg *choose(js_postgres *self, int64_t until_ms, bool *made) {
    int64_t since_ms = js_monotonic_ms();
    js_pg *pg = NULL;
    (void)pthread_mutex_lock(&self->mutex);
    self->waiting++;
    while (pg == NULL) {
        int64_t now_ms = js_monotonic_ms();
        bool crowded = self->waiting > 1 || now_ms - since_ms >= PAUSE_MS;
        if (self->free != NULL) {
            pg = self->free;
            self->free = pg->next;
            *made = false;
        } else if (self->open == 0 || (self->open < self->most && crowded)) {
            pg = new_connection(self);
            self->open += pg != NULL ? 1 : 0;
            *made = true;
            break;
        } else if (now_ms >= until_ms || now_ms >= atomic_load(&self->leave_ms)) {
            break;
        } else {
            nap(self);
        }
    }
    self->waiting--;
    (void)pthread_mutex_unlock(&self->mutex);
    return pg;
}

static void forget(js_pg *pg) {
    js_postgres *self = pg->outbox;
    if (pg->conn != NULL) { /* it was of use, and broke: who answers next may be another server */
        js_pg_distrust(self);
    }
    PQfinish(pg->conn);
    (void)pthread_mutex_lock(&self->mutex);
    self->open--;
    (void)pthread_cond_signal(&self->given);
    (void)pthread_mutex_unlock(&self->mutex);
    free(pg);
}

jirasend_code js_pg_take(js_postgres *self, js_pg **out, jirasend_error *error) {
    bool made = false;
    js_pg *pg = choose(self, js_pg_until_ms(self, TURN_MS), &made);
    *out = pg;
    if (pg == NULL) {
        return made ? js_fail_memory(error)
                    : js_fail(error, JIRASEND_E_NETWORK,
                              "All connections to the outbox's server are in use. Try again.");
    }
    pg->trouble = JS_PG_FINE;
    pg->late = false;
    pg->store.wall_minus_mono_ms = self->model.wall_minus_mono_ms;
    return made ? js_pg_connect(pg, error) : JIRASEND_OK;
}

void js_pg_give(js_pg *pg) {
    js_postgres *self = pg->outbox;
    if (pg->broken || pg->conn == NULL || PQstatus(pg->conn) != CONNECTION_OK) {
        forget(pg);
        return;
    }
    (void)pthread_mutex_lock(&self->mutex);
    pg->next = self->free;
    self->free = pg;
    (void)pthread_cond_signal(&self->given);
    (void)pthread_mutex_unlock(&self->mutex);
}

void js_pg_close_all(js_postgres *self) {
    while (self->free != NULL) {
        js_pg *pg = self->free;
        self->free = pg->next;
        PQfinish(pg->conn);
        free(pg);
    }
}
