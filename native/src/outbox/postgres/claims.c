/*
 * Who has a lane: a lease by the database's clock, and a fence that settling must show.
 *
 * A lease is kept from trip to trip while there is work, as claiming is a write of its own; it is given
 * back when nobody has used it for a second, and when the client is closed. After a process was killed
 * the others wait until it is over.
 */
#include "outbox/postgres/rows.h"

#include "base/crash_point.h"
#include "base/error.h"

#include <stdlib.h>

enum { IDLE_MS = 1000, LEASE_MS = 90 * 1000 };

/* A program of the tests may have shorter ones: nobody can wait for a hundred of the real length. */
int64_t js_pg_lease_ms(int64_t given_ms) {
#ifdef JIRASEND_CRASH_POINTS
    const char *shorter = getenv("JIRASEND_TEST_LEASE_MS");
    if (shorter != NULL) {
        return strtoll(shorter, NULL, 10);
    }
#endif
    return given_ms > 0 ? given_ms : LEASE_MS;
}

/* A claim for which less is left is claimed anew; a request starts only when more than this is left. */
static int64_t renewal_ms(const js_postgres *self) {
    return self->lease_ms / 2;
}

static int64_t request_ms(const js_postgres *self) {
    return self->lease_ms * 35 / 90;
}

js_pg_claim *js_pg_claim_of(js_postgres *self, const js_lane *lane) {
    js_pg_claim *claim = self->claims;
    while (claim != NULL && !js_lane_equal(&claim->lane, lane)) {
        claim = claim->next;
    }
    return claim;
}

static js_pg_claim *with_fence(js_postgres *self, const js_lane *lane, int64_t fence) {
    js_pg_claim *claim = js_pg_claim_of(self, lane);
    return claim != NULL && claim->fence == fence ? claim : NULL;
}

static void drop(js_postgres *self, const js_lane *lane, int64_t fence) {
    for (js_pg_claim **at = &self->claims; *at != NULL; at = &(*at)->next) {
        js_pg_claim *claim = *at;
        if (claim->fence == fence && js_lane_equal(&claim->lane, lane)) {
            *at = claim->next;
            free(claim);
            return;
        }
    }
}

/* One that is there already and nobody uses. True: it is in use now, or (CLOSED) was so before. */
static bool take_up(js_postgres *self, const js_lane *lane, int64_t *fence, jirasend_code *code) {
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_claim *claim = js_pg_claim_of(self, lane);
    bool found = claim != NULL;
    *code = JIRASEND_OK;
    if (found && claim->idle_ms == 0) {
        *code = JIRASEND_E_CLOSED;
    } else if (found && claim->until_ms - js_monotonic_ms() > renewal_ms(self)) {
        claim->idle_ms = 0;
        claim->settled = false;
        *fence = claim->fence;
    } else if (found) {
        drop(self, lane, claim->fence);
        found = false;
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return found;
}

JS_SQL(take_lane, "UPDATE @.lane SET fence = fence + 1, owner = $2,"
                  " lease_until = clock_timestamp() + $3::bigint * interval '1 millisecond'"
                  " WHERE id = $1::bigint AND (lease_until < clock_timestamp()"
                  " OR lease_until > clock_timestamp() + interval '5 minutes' OR owner = $2)"
                  " RETURNING fence");

/* Committed like an event: who has a lane must be known after a failure of the server, too. */
static jirasend_code take_now(js_pg *pg, int64_t id, int64_t *fence, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, take_lane);
    js_pg_int(&query, id);
    js_pg_text(&query, pg->outbox->me);
    js_pg_int(&query, pg->outbox->lease_ms);
    jirasend_code code = js_pg_begin_work(&pg->store, JS_WORK_WRITE_QUIET, error);
    if (code == JIRASEND_OK) {
        js_pg_queue(&query);
        code = js_pg_flush(pg, true, error);
        *fence = code == JIRASEND_OK && js_pg_row(&query) ? js_pg_read(&query, 0) : 0;
        code = js_pg_end_work(&pg->store, code, error);
    }
    js_pg_end(&query);
    return code;
}

jirasend_code js_pg_claim_lane(js_pg *pg, const js_lane *lane, int64_t *fence,
                               jirasend_error *error) {
    js_postgres *self = pg->outbox;
    jirasend_code code = JIRASEND_OK;
    if (take_up(self, lane, fence, &code)) {
        return code == JIRASEND_OK ? code
                                   : js_fail(error, JIRASEND_E_CLOSED,
                                             "This process is already sending to %s.", lane->site);
    }
    js_pg_claim *claim = calloc(1, sizeof *claim);
    if (claim == NULL) {
        return js_fail_memory(error);
    }
    *claim = (js_pg_claim){.lane = *lane};
    code = js_pg_lane_id(pg, lane, &claim->id, error);
    int64_t since_ms = js_monotonic_ms();
    if (code == JIRASEND_OK) {
        code = take_now(pg, claim->id, &claim->fence, error);
        JS_CRASH_POINT("pg.lane-taken");
    }
    if (code == JIRASEND_OK && claim->fence == 0) {
        code = js_fail(error, JIRASEND_E_CLOSED, "Another process is sending to %s.", lane->site);
    }
    if (code != JIRASEND_OK) {
        free(claim);
        return code;
    }
    claim->until_ms = since_ms + self->lease_ms;
    *fence = claim->fence;
    js_pg_low_forget(self, claim->id);
    (void)pthread_mutex_lock(&self->mutex);
    claim->next = self->claims;
    self->claims = claim;
    (void)pthread_mutex_unlock(&self->mutex);
    return JIRASEND_OK;
}

/* ---- holding it ---- */

JS_SQL(keep_lane,
       "UPDATE @.lane SET lease_until = clock_timestamp() + $5::bigint * interval '1 millisecond'"
       " WHERE site = $1 AND kind = $2::integer AND fence = $3::bigint AND owner = $4"
       " RETURNING id");

static jirasend_code keep(js_pg *pg, const js_lane *lane, int64_t fence, int64_t *id,
                          jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, keep_lane);
    js_pg_text(&query, lane->site);
    js_pg_int(&query, (int64_t)lane->api);
    js_pg_int(&query, fence);
    js_pg_text(&query, pg->outbox->me);
    js_pg_int(&query, pg->outbox->lease_ms);
    jirasend_code code = js_pg_number(&query, 0, id, error);
    return code == JIRASEND_OK && *id == 0 ? js_store_lost(lane, error) : code;
}

/* At the beginning of a settlement: nobody else can claim the lane until its end. */
jirasend_code js_pg_lane_hold(js_store *store, const js_lane *lane, int64_t fence, js_lane_row *row,
                              jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    *row = (js_lane_row){.lane = *lane, .fence = fence};
    pg->held_ms = js_monotonic_ms();
    return keep(pg, lane, fence, &row->id, error);
}

static void lengthen(js_postgres *self, const js_lane *lane, int64_t fence, int64_t since_ms) {
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_claim *claim = with_fence(self, lane, fence);
    if (claim != NULL) {
        claim->until_ms = since_ms + self->lease_ms;
    }
    (void)pthread_mutex_unlock(&self->mutex);
}

void js_pg_note_settled(js_postgres *self, const js_lane *lane, int64_t fence, int64_t held_ms) {
    lengthen(self, lane, fence, held_ms);
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_claim *claim = with_fence(self, lane, fence);
    if (claim != NULL) {
        claim->settled = true;
    }
    (void)pthread_mutex_unlock(&self->mutex);
}

jirasend_code js_pg_renew(js_pg *pg, const js_lane *lane, int64_t fence, jirasend_error *error) {
    int64_t id = 0;
    int64_t since_ms = js_monotonic_ms();
    jirasend_code code = js_pg_begin_work(&pg->store, JS_WORK_WRITE_QUIET, error);
    code = code == JIRASEND_OK ? keep(pg, lane, fence, &id, error) : code;
    code = js_pg_end_work(&pg->store, code, error);
    if (code == JIRASEND_OK) {
        lengthen(pg->outbox, lane, fence, since_ms);
    }
    return code;
}

static int64_t left_ms(js_postgres *self, const js_lane *lane, int64_t fence) {
    (void)pthread_mutex_lock(&self->mutex);
    const js_pg_claim *claim = with_fence(self, lane, fence);
    int64_t left = claim == NULL ? -1 : claim->until_ms - js_monotonic_ms();
    (void)pthread_mutex_unlock(&self->mutex);
    return left;
}

bool js_pg_has_claim(js_postgres *self, const js_lane *lane, int64_t fence) {
    (void)pthread_mutex_lock(&self->mutex);
    bool has = with_fence(self, lane, fence) != NULL;
    (void)pthread_mutex_unlock(&self->mutex);
    return has;
}

bool js_pg_lease_is_fresh(js_postgres *self, const js_lane *lane, int64_t fence) {
    return left_ms(self, lane, fence) > renewal_ms(self);
}

bool js_pg_lease_outlasts_request(js_postgres *self, const js_lane *lane, int64_t fence) {
    return left_ms(self, lane, fence) > request_ms(self);
}

/* ---- giving it back ---- */

JS_SQL(give_lane, "UPDATE @.lane SET owner = '', lease_until = '-infinity'"
                  " WHERE id = $1::bigint AND fence = $2::bigint AND owner = $3");

/* What cannot be given back is over in a while. */
static void give(js_postgres *self, int64_t id, int64_t fence) {
    js_pg *pg = NULL;
    JS_CRASH_POINT("pg.lane-before-release");
    if (js_pg_take(self, &pg, NULL) == JIRASEND_OK) {
        js_pg_query query = js_pg_begin(pg, give_lane);
        js_pg_int(&query, id);
        js_pg_int(&query, fence);
        js_pg_text(&query, self->me);
        (void)js_pg_run(&query, NULL);
    }
    if (pg != NULL) {
        js_pg_give(pg);
    }
    JS_CRASH_POINT("pg.lane-released");
}

void js_pg_put_down(js_postgres *self, const js_lane *lane, int64_t fence, bool unanswered) {
    int64_t id = 0;
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_claim *claim = with_fence(self, lane, fence);
    if (claim != NULL && !unanswered && claim->settled) {
        claim->idle_ms = js_monotonic_ms();
    } else if (claim != NULL) {
        id = unanswered ? 0 : claim->id;
        drop(self, lane, fence);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    if (id != 0) {
        give(self, id, fence);
    }
}

/* One that nobody uses, taken out of the list. */
static bool next_idle(js_postgres *self, bool all, int64_t *id, int64_t *fence) {
    bool found = false;
    int64_t now_ms = js_monotonic_ms();
    (void)pthread_mutex_lock(&self->mutex);
    for (js_pg_claim *claim = self->claims; claim != NULL && !found; claim = claim->next) {
        if (all || (claim->idle_ms != 0 && now_ms - claim->idle_ms >= IDLE_MS)) {
            *id = claim->id;
            *fence = claim->fence;
            js_lane lane = claim->lane;
            drop(self, &lane, *fence);
            found = true;
            break;
        }
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return found;
}

void js_pg_release_idle(js_postgres *self, bool all) {
    int64_t id = 0;
    int64_t fence = 0;
    while (next_idle(self, all, &id, &fence)) {
        give(self, id, fence);
    }
}
