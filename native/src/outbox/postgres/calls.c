/* The table of operations; and those of delivery, each of which takes a connection for its time. */
#include "outbox/postgres/calls.h"

#include "base/error.h"
#include "base/hash.h"
#include "outbox/postgres/move.h"

/* ---- lanes ---- */

static jirasend_code lanes(js_outbox *outbox, int64_t now_ms, js_lane_view **views, size_t *count,
                           jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_lanes(&visit.pg->store.base, now_ms, views, count, visit.error);
    }
    return visit.code;
}

static jirasend_code claim(js_outbox *outbox, const js_lane *lane, int64_t *fence,
                           jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_claim_lane(visit.pg, lane, fence, visit.error);
    }
    return visit.code;
}

static jirasend_code keep(js_outbox *outbox, const js_lane *lane, int64_t fence, bool renew,
                          jirasend_error *error) {
    js_error_clear(error);
    if (!renew && js_pg_lease_is_fresh(js_postgres_of(outbox), lane, fence)) {
        return JIRASEND_OK;
    }
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_renew(visit.pg, lane, fence, visit.error);
    }
    bool outlasts = js_pg_lease_outlasts_request(js_postgres_of(outbox), lane, fence);
    return visit.code == JIRASEND_OK && !outlasts ? js_store_lost(lane, error) : visit.code;
}

static void release(js_outbox *outbox, const js_lane *lane, int64_t fence, bool unanswered) {
    js_pg_put_down(js_postgres_of(outbox), lane, fence, unanswered);
}

static jirasend_code next_batch(js_outbox *outbox, const js_lane *lane,
                                const js_batch_limits *limits, js_batch *batch,
                                jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_next_batch(&visit.pg->store.base, lane, limits, batch, visit.error);
    }
    return visit.code;
}

static jirasend_code settle(js_outbox *outbox, const js_lane *lane, int64_t fence,
                            const js_outcome *outcomes, size_t count, const js_stop *stop,
                            const js_stop *site_stop, int64_t now_ms, jirasend_error *error) {
    js_error_clear(error);
    if (!js_pg_has_claim(js_postgres_of(outbox), lane, fence)) {
        return js_store_lost(lane, error);
    }
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_settle(&visit.pg->store, lane, fence, outcomes, count, stop,
                                     site_stop, now_ms, visit.error);
        if (visit.code == JIRASEND_OK) {
            js_pg_note_settled(visit.pg->outbox, lane, fence, visit.pg->held_ms);
        }
    }
    return visit.code;
}

/* Where none was seen with the lanes, and nothing has changed since, nobody is asked. */
static jirasend_code stream_waits(js_outbox *outbox, int64_t now_ms, js_stream_wait **waits,
                                  size_t *count, jirasend_error *error) {
    js_error_clear(error);
    *waits = NULL;
    *count = 0;
    const js_postgres *self = js_postgres_of(outbox);
    if (atomic_load(&self->no_waits) == atomic_load(&self->version)) {
        return JIRASEND_OK;
    }
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code =
            js_store_stream_waits(&visit.pg->store.base, now_ms, waits, count, visit.error);
    }
    return visit.code;
}

static jirasend_code stream_wait_end(js_outbox *outbox, const js_stream_wait *wait,
                                     jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_stream_wait_end(&visit.pg->store.base, wait, visit.error);
    }
    return visit.code;
}

static jirasend_code stop_get(js_outbox *outbox, const js_lane *lane, js_stop *stop,
                              jirasend_error *error) {
    js_error_clear(error);
    if (js_pg_stop_known(js_postgres_of(outbox), lane, stop)) {
        return JIRASEND_OK;
    }
    uint64_t version = atomic_load(&js_postgres_of(outbox)->version);
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_stop_get(&visit.pg->store.base, lane, stop, visit.error);
    }
    if (visit.code == JIRASEND_OK) {
        js_pg_stop_keep(js_postgres_of(outbox), lane, stop, version);
    }
    return visit.code;
}

static jirasend_code stop_put(js_outbox *outbox, const js_lane *lane, const js_stop *stop,
                              jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_stop_put(&visit.pg->store.base, lane, stop, visit.error);
    }
    return visit.code;
}

static jirasend_code backoff_end(js_outbox *outbox, const js_lane *lane, jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_backoff_end(&visit.pg->store.base, lane, visit.error);
    }
    return visit.code;
}

/* ---- the rest ---- */

static jirasend_code cloud_id_get(js_outbox *outbox, const char *site, char *out, size_t size,
                                  jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_cloud_id_get(visit.pg, site, out, size, visit.error);
    }
    return visit.code;
}

static jirasend_code cloud_id_put(js_outbox *outbox, const char *site, const char *cloud_id,
                                  jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_cloud_id_put(visit.pg, site, cloud_id, visit.error);
    }
    return visit.code;
}

static jirasend_code fingerprint(js_outbox *outbox, const void *bytes, size_t length, uint64_t *out,
                                 jirasend_error *error) {
    const js_postgres *self = js_postgres_of(outbox); /* the key never changes */
    js_error_clear(error);
    return js_hmac64(self->key, sizeof self->key, bytes, length, out) ? JIRASEND_OK
                                                                      : js_fail_memory(error);
}

static uint64_t version(js_outbox *outbox) {
    return js_pg_version(js_postgres_of(outbox));
}

static jirasend_code tidy(js_outbox *outbox, int64_t now_ms, jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_tidy(&visit.pg->store.base, now_ms, visit.error);
    }
    return visit.code;
}

/* What is under way has a moment in any case: of a statement that is cut off nobody knows the end. */
static void leave_soon(js_outbox *outbox, int64_t ms) {
    enum { LEAST_MS = 200 };
    int64_t left_ms = ms > LEAST_MS ? ms : LEAST_MS;
    atomic_store(&js_postgres_of(outbox)->leave_ms, js_later_ms(js_monotonic_ms(), left_ms));
}

const struct js_outbox_ops js_pg_operations = {
    .put = js_pg_put,
    .lanes = lanes,
    .claim = claim,
    .keep = keep,
    .release = release,
    .next_batch = next_batch,
    .settle = settle,
    .stream_waits = stream_waits,
    .stream_wait_end = stream_wait_end,
    .stop_get = stop_get,
    .stop_put = stop_put,
    .backoff_end = backoff_end,
    .receipt = js_pg_op_receipt,
    .next_settled = js_pg_op_next_settled,
    .cursor = js_pg_op_cursor,
    .list = js_pg_op_list,
    .counts = js_pg_op_counts,
    .retry = js_pg_op_retry,
    .drop = js_pg_op_drop,
    .history = js_pg_op_history,
    .deployed = js_pg_op_deployed,
    .requested = js_pg_op_requested,
    .told = js_pg_op_told,
    .last_told = js_pg_op_last_told,
    .told_ids = js_pg_op_told_ids,
    .told_document = js_pg_op_told_document,
    .knows_repository = js_pg_op_knows_repository,
    .bookmark_get = js_pg_op_bookmark_get,
    .bookmark_put = js_pg_op_bookmark_put,
    .take_moment = js_pg_op_take_moment,
    .changed = js_pg_op_changed,
    .answered = js_pg_op_answered,
    .count = js_pg_op_count_one,
    .document = js_pg_op_document,
    .metrics = js_pg_op_metrics,
    .cloud_id_get = cloud_id_get,
    .cloud_id_put = cloud_id_put,
    .fingerprint = fingerprint,
    .rest = js_pg_rest,
    .version = version,
    .tidy = tidy,
    .leave_soon = leave_soon,
    .moves = &js_pg_moves,
    .close = js_pg_close,
};
