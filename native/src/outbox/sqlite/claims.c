/* Who has a lane: a lock between processes, and a fence that settling must show. */
#include "outbox/sqlite/internal.h"

#include "base/crash_point.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEPT_MAX = 16 }; /* lanes of which the file stays open when they are given back */

static js_claim *find_known(const js_sqlite *self, const js_lane *lane) {
    js_claim *claim = self->claims;
    while (claim != NULL && !js_lane_equal(&claim->lane, lane)) {
        claim = claim->next;
    }
    return claim;
}

/* The lane, if it is claimed with this fence. */
static js_claim *find_claim(const js_sqlite *self, const js_lane *lane, int64_t fence) {
    js_claim *claim = find_known(self, lane);
    return claim != NULL && claim->held && claim->fence == fence ? claim : NULL;
}

static void free_claim(js_claim *claim) {
    js_lane_lock_give(&claim->lock);
    free(claim);
}

void js_sq_forget_claims(js_sqlite *self) {
    while (self->claims != NULL) {
        js_claim *next = self->claims->next;
        free_claim(self->claims);
        self->claims = next;
    }
}

JS_SQL(add_fence, "UPDATE lane SET fence = fence + 1 WHERE id = ?1 RETURNING fence");

/* Whoever had the lane before can no longer settle. */
static jirasend_code raise_fence(js_sqlite *self, const js_lane *lane, int64_t *fence,
                                 jirasend_error *error) {
    jirasend_code code = js_sq_start(self, JS_WORK_WRITE_QUIET, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_lane_row row;
    code = js_sq_lane_add(&self->store, lane, &row, error);
    if (code == JIRASEND_OK) {
        js_query query = js_sq_query(self, add_fence);
        js_query_int(&query, row.id);
        if (js_query_row(&query)) {
            *fence = js_query_read(&query, 0);
            (void)js_query_row(&query);
        }
        code = js_query_end(&query, error);
    }
    return js_sq_finish(self, code, error);
}

/* Taken out of the list. */
static void forget_claim(js_sqlite *self, js_claim *claim) {
    js_claim **link = &self->claims;
    while (*link != claim) {
        link = &(*link)->next;
    }
    *link = claim->next;
    free_claim(claim);
}

/*
 * Nobody has had it since: its file says so, and its fence, which everybody raises who takes it. So
 * nothing needs to be written for it.
 */
static bool take_again(js_sqlite *self, js_claim *claim) {
    if (self->folder.path != NULL && !js_lane_lock_again(&self->folder, &claim->lock)) {
        return false;
    }
    js_lane_row row;
    return js_sq_lane_find(&self->store, &claim->lane, &row, NULL) == JIRASEND_OK && row.id != 0 &&
           row.fence == claim->stored;
}

/* *made: the lane is this process's, and whoever had it before can no longer settle. */
static jirasend_code take_anew(js_sqlite *self, const js_lane *lane, js_claim **made,
                               jirasend_error *error) {
    js_claim *claim = calloc(1, sizeof *claim);
    if (claim == NULL) {
        return js_fail_memory(error);
    }
    claim->lane = *lane;
    claim->lock = (js_lane_lock)JS_LANE_LOCK_INIT;
    jirasend_code code = JIRASEND_OK;
    if (self->folder.path != NULL) {
        code = js_lane_lock_take(&self->folder, lane, &claim->lock, error);
    }
    if (code == JIRASEND_OK) {
        JS_CRASH_POINT("lane.locked");
        code = raise_fence(self, lane, &claim->stored, error);
        JS_CRASH_POINT("lane.taken");
    }
    if (code != JIRASEND_OK) {
        free_claim(claim);
        return code;
    }
    claim->next = self->claims;
    self->claims = claim;
    *made = claim;
    return JIRASEND_OK;
}

static jirasend_code claim_lane(js_sqlite *self, const js_lane *lane, int64_t *fence,
                                jirasend_error *error) {
    js_claim *claim = find_known(self, lane);
    if (claim != NULL && claim->held) {
        return js_fail(error, JIRASEND_E_CLOSED, "This process is already sending to %s.",
                       lane->site);
    }
    if (claim != NULL && !take_again(self, claim)) {
        forget_claim(self, claim);
        claim = NULL;
    }
    jirasend_code code = claim != NULL ? JIRASEND_OK : take_anew(self, lane, &claim, error);
    if (code == JIRASEND_OK && claim != NULL) {
        bool higher = claim->stored > self->last_fence;
        self->last_fence = higher ? claim->stored : self->last_fence + 1;
        claim->fence = self->last_fence;
        claim->held = true;
        *fence = claim->fence;
    }
    return code;
}

jirasend_code js_sq_claim(js_outbox *outbox, const js_lane *lane, int64_t *fence,
                          jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    return js_sq_leave(self, claim_lane(self, lane, fence, error));
}

/* A lock has no end but ours. */
jirasend_code js_sq_keep(js_outbox *outbox, const js_lane *lane, int64_t fence, bool renew,
                         jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    bool ours = find_claim(self, lane, fence) != NULL;
    (void)renew;
    return js_sq_leave(self, ours ? JIRASEND_OK : js_store_lost(lane, error));
}

static size_t kept_claims(const js_sqlite *self) {
    size_t count = 0;
    for (const js_claim *claim = self->claims; claim != NULL; claim = claim->next) {
        count += claim->held ? 0 : 1;
    }
    return count;
}

void js_sq_release(js_outbox *outbox, const js_lane *lane, int64_t fence, bool unanswered) {
    (void)unanswered;
    js_sqlite *self = js_sq_enter(outbox, NULL);
    js_claim *claim = find_claim(self, lane, fence);
    if (claim != NULL) {
        JS_CRASH_POINT("lane.before-release");
        if (kept_claims(self) < KEPT_MAX) {
            js_lane_lock_leave(&claim->lock);
            claim->held = false;
        } else {
            forget_claim(self, claim);
        }
        JS_CRASH_POINT("lane.released");
    }
    (void)js_sq_leave(self, JIRASEND_OK);
}

jirasend_code js_sq_settle_batch(js_outbox *outbox, const js_lane *lane, int64_t fence,
                                 const js_outcome *outcomes, size_t count, const js_stop *stop,
                                 const js_stop *site_stop, int64_t now_ms, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    const js_claim *claim = find_claim(self, lane, fence);
    bool ours = claim != NULL;
    int64_t stored = ours ? claim->stored : 0;
    (void)js_sq_leave(self, JIRASEND_OK);
    return ours ? js_store_settle(&self->store, lane, stored, outcomes, count, stop, site_stop,
                                  now_ms, error)
                : js_store_lost(lane, error);
}

JS_SQL(get_cloud_id, "SELECT cloud_id FROM lane WHERE site = ?1 AND kind = 0");

jirasend_code js_sq_cloud_id_get(js_outbox *outbox, const char *site, char *out, size_t size,
                                 jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_query query = js_sq_query(self, get_cloud_id);
    js_query_text(&query, site);
    bool found = js_query_row(&query);
    (void)snprintf(out, size, "%s", found ? js_query_read_text(&query, 0) : "");
    return js_sq_leave(self, js_query_end(&query, error));
}

JS_SQL(set_cloud_id, "UPDATE lane SET cloud_id = ?2 WHERE id = ?1");

static jirasend_code write_cloud_id(js_store *store, const char *site, const char *cloud_id,
                                    jirasend_error *error) {
    js_lane whole_site = {.api = JS_API_NONE};
    (void)snprintf(whole_site.site, sizeof whole_site.site, "%s", site);
    js_lane_row row;
    jirasend_code code = js_sq_lane_add(store, &whole_site, &row, error);
    if (code == JIRASEND_OK) {
        js_query query = js_sq_query(js_sq_of(store), set_cloud_id);
        js_query_int(&query, row.id);
        js_query_text(&query, cloud_id == NULL ? "" : cloud_id);
        code = js_query_run(&query, error);
    }
    return code;
}

jirasend_code js_sq_cloud_id_put(js_outbox *outbox, const char *site, const char *cloud_id,
                                 jirasend_error *error) {
    js_store *store = js_store_of(outbox);
    js_error_clear(error);
    /* Soft: after a power failure it is simply asked for again. */
    jirasend_code code = js_sq_begin(store, JS_WORK_WRITE_SOFT, error);
    if (code == JIRASEND_OK) {
        code = js_sq_end(store, write_cloud_id(store, site, cloud_id, error), error);
    }
    return code;
}
