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

enum { IDLE_MS = 1000, LEASE_MS = 90 * 1000, NO_FENCE = 0 };

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

/* A claim for which less is left is renewed; a request starts only when more than this is left. */
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

static void put_in(js_postgres *self, js_pg_claim *claim) {
    (void)pthread_mutex_lock(&self->mutex);
    claim->next = self->claims;
    self->claims = claim;
    (void)pthread_mutex_unlock(&self->mutex);
}

/* The mutex is held. */
static void take_out(js_postgres *self, const js_pg_claim *claim) {
    js_pg_claim **at = &self->claims;
    while (*at != claim) {
        at = &(*at)->next;
    }
    *at = claim->next;
}

/*
 * Nobody knows whether the lane is ours: the server's answer did not come. Kept, so that it is given back
 * like one that nobody uses, or claimed again.
 */
static void put_in_doubt(js_postgres *self, js_pg_claim *claim) {
    claim->fence = NO_FENCE;
    claim->until_ms = 0;
    claim->idle_ms = js_pg_mono_ms(self);
    put_in(self, claim);
}

/* One that is there already and nobody uses. True: it is in use now, or (CLOSED) was so before. */
static bool take_up(js_postgres *self, const js_lane *lane, int64_t *fence, jirasend_code *code) {
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_claim *claim = js_pg_claim_of(self, lane);
    bool found = claim != NULL;
    *code = JIRASEND_OK;
    if (found && claim->idle_ms == 0) {
        *code = JIRASEND_E_CLOSED;
    } else if (found && claim->until_ms - js_pg_mono_ms(self) > renewal_ms(self)) {
        claim->idle_ms = 0;
        claim->settled = false;
        *fence = claim->fence;
    } else if (found) {
        take_out(self, claim);
        free(claim);
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
    if (code != JIRASEND_OK) {
        free(claim);
        return code;
    }
    int64_t since_ms = js_pg_mono_ms(self);
    code = take_now(pg, claim->id, &claim->fence, error);
    JS_CRASH_POINT("pg.lane-taken");
    if (code != JIRASEND_OK) {
        put_in_doubt(self, claim);
        return code;
    }
    if (claim->fence == 0) {
        free(claim);
        return js_fail(error, JIRASEND_E_CLOSED, "Another process is sending to %s.", lane->site);
    }
    claim->until_ms = since_ms + self->lease_ms;
    *fence = claim->fence;
    js_pg_low_forget(self, claim->id);
    put_in(self, claim);
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
jirasend_code js_pg_lane_check_claim(js_store *store, const js_lane *lane, int64_t fence,
                                     js_lane_row *row, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    *row = (js_lane_row){.lane = *lane, .fence = fence};
    pg->held_ms = js_pg_mono_ms(pg->outbox);
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
    int64_t since_ms = js_pg_mono_ms(pg->outbox);
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
    int64_t left = claim == NULL ? -1 : claim->until_ms - js_pg_mono_ms(self);
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
                  " WHERE id = $1::bigint AND owner = $2 AND fence = $3::bigint");
/* By the id alone: a condition on the owner would not wait for a claim that is being committed. */
JS_SQL(give_lane_in_doubt, "UPDATE @.lane SET owner = CASE owner WHEN $2 THEN '' ELSE owner END,"
                           " lease_until = CASE owner WHEN $2 THEN '-infinity' ELSE lease_until END"
                           " WHERE id = $1::bigint");

/* Takes the claim over. False: the lane is not known to be free, and its claim is in the list again. */
static bool give(js_postgres *self, js_pg_claim *claim) {
    js_pg *pg = NULL;
    JS_CRASH_POINT("pg.lane-before-release");
    jirasend_code code = js_pg_take(self, &pg, NULL);
    if (code == JIRASEND_OK) {
        bool doubt = claim->fence == NO_FENCE;
        js_pg_query query = js_pg_begin(pg, doubt ? give_lane_in_doubt : give_lane);
        js_pg_int(&query, claim->id);
        js_pg_text(&query, self->me);
        if (!doubt) {
            js_pg_int(&query, claim->fence);
        }
        code = js_pg_run(&query, NULL);
    }
    if (pg != NULL) {
        js_pg_give(pg);
    }
    JS_CRASH_POINT("pg.lane-released");
    if (code != JIRASEND_OK) {
        put_in_doubt(self, claim);
        return false;
    }
    free(claim);
    return true;
}

void js_pg_put_down(js_postgres *self, const js_lane *lane, int64_t fence, bool unanswered) {
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_claim *claim = with_fence(self, lane, fence);
    bool keeps = claim != NULL && !unanswered && claim->settled;
    if (keeps) {
        claim->idle_ms = js_pg_mono_ms(self);
    } else if (claim != NULL) {
        take_out(self, claim);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    if (claim != NULL && unanswered) {
        free(claim);
    } else if (claim != NULL && !keeps) {
        (void)give(self, claim);
    }
}

/* One that nobody uses, taken out of the list. */
static js_pg_claim *next_idle(js_postgres *self, bool all) {
    int64_t now_ms = js_pg_mono_ms(self);
    (void)pthread_mutex_lock(&self->mutex);
    js_pg_claim *claim = self->claims;
    while (claim != NULL && !all && (claim->idle_ms == 0 || now_ms - claim->idle_ms < IDLE_MS)) {
        claim = claim->next;
    }
    if (claim != NULL) {
        take_out(self, claim);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return claim;
}

void js_pg_release_idle(js_postgres *self, bool all) {
    js_pg_claim *claim = next_idle(self, all);
    while (claim != NULL && give(self, claim)) {
        claim = next_idle(self, all);
    }
}

/* What cannot be given back is over in a while. */
void js_pg_claims_free(js_postgres *self) {
    while (self->claims != NULL) {
        js_pg_claim *claim = self->claims;
        self->claims = claim->next;
        free(claim);
    }
}
