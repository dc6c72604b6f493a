/* The table of operations; and those of delivery, each of which takes a connection for its time. */
#include "outbox/postgres/call.h"

#include "base/error.h"
#include "base/hash.h"
#include "outbox/postgres/move.h"

/* What is written to goes through a call, which clang-tidy does not see. */
/* NOLINTBEGIN(readability-non-const-parameter) */

/* ---- lanes ---- */

static jirasend_code do_lanes(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_store_lanes(&pg->store.base, c->now_ms, c->out, c->found, error);
}

static jirasend_code lanes(js_outbox *outbox, int64_t now_ms, js_lane_view **views, size_t *count,
                           jirasend_error *error) {
    js_pg_call with = {.now_ms = now_ms, .out = views, .found = count};
    return js_pg_at_once(outbox, do_lanes, &with, error);
}

static jirasend_code do_claim(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_claim_lane(pg, c->lane, c->out, error);
}

static jirasend_code claim(js_outbox *outbox, const js_lane *lane, int64_t *fence,
                           jirasend_error *error) {
    js_pg_call with = {.lane = lane, .out = fence};
    return js_pg_at_once(outbox, do_claim, &with, error);
}

static jirasend_code do_renew(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_renew(pg, c->lane, c->fence, error);
}

static jirasend_code keep(js_outbox *outbox, const js_lane *lane, int64_t fence, bool renew,
                          jirasend_error *error) {
    js_pg_call with = {.lane = lane, .fence = fence};
    js_error_clear(error);
    if (!renew && js_pg_lease_is_fresh(js_postgres_of(outbox), lane, fence)) {
        return JIRASEND_OK;
    }
    jirasend_code code = js_pg_at_once(outbox, do_renew, &with, error);
    bool outlasts = js_pg_lease_outlasts_request(js_postgres_of(outbox), lane, fence);
    return code == JIRASEND_OK && !outlasts ? js_store_lost(lane, error) : code;
}

static void release(js_outbox *outbox, const js_lane *lane, int64_t fence, bool unanswered) {
    js_pg_put_down(js_postgres_of(outbox), lane, fence, unanswered);
}

static jirasend_code do_next_batch(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_store_next_batch(&pg->store.base, c->lane, c->in, c->out, error);
}

static jirasend_code next_batch(js_outbox *outbox, const js_lane *lane,
                                const js_batch_limits *limits, js_batch *batch,
                                jirasend_error *error) {
    js_pg_call with = {.lane = lane, .in = limits, .out = batch};
    return js_pg_at_once(outbox, do_next_batch, &with, error);
}

static jirasend_code do_settle(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    jirasend_code code = js_store_settle(&pg->store, c->lane, c->fence, c->in, c->count, c->stop,
                                         c->site_stop, c->now_ms, error);
    if (code == JIRASEND_OK) {
        js_pg_note_settled(pg->outbox, c->lane, c->fence, pg->held_ms);
    }
    return code;
}

static jirasend_code settle(js_outbox *outbox, const js_lane *lane, int64_t fence,
                            const js_outcome *outcomes, size_t count, const js_stop *stop,
                            const js_stop *site_stop, int64_t now_ms, jirasend_error *error) {
    js_pg_call with = {.lane = lane,
                       .fence = fence,
                       .in = outcomes,
                       .count = count,
                       .stop = stop,
                       .site_stop = site_stop,
                       .now_ms = now_ms};
    js_error_clear(error);
    return js_pg_has_claim(js_postgres_of(outbox), lane, fence)
               ? js_pg_at_once(outbox, do_settle, &with, error)
               : js_store_lost(lane, error);
}

static jirasend_code do_stream_waits(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_store_stream_waits(&pg->store.base, c->now_ms, c->out, c->found, error);
}

/* Where none was seen with the lanes, and nothing has changed since, nobody is asked. */
static jirasend_code stream_waits(js_outbox *outbox, int64_t now_ms, js_stream_wait **waits,
                                  size_t *count, jirasend_error *error) {
    js_pg_call with = {.now_ms = now_ms, .out = waits, .found = count};
    js_error_clear(error);
    *waits = NULL;
    *count = 0;
    const js_postgres *self = js_postgres_of(outbox);
    return atomic_load(&self->no_waits) == atomic_load(&self->version)
               ? JIRASEND_OK
               : js_pg_at_once(outbox, do_stream_waits, &with, error);
}

static jirasend_code do_stream_wait_end(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_store_stream_wait_end(&pg->store.base, c->in, error);
}

static jirasend_code stream_wait_end(js_outbox *outbox, const js_stream_wait *wait,
                                     jirasend_error *error) {
    js_pg_call with = {.in = wait};
    return js_pg_at_once(outbox, do_stream_wait_end, &with, error);
}

static jirasend_code do_stop_get(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_store_stop_get(&pg->store.base, c->lane, c->out, error);
}

static jirasend_code stop_get(js_outbox *outbox, const js_lane *lane, js_stop *stop,
                              jirasend_error *error) {
    js_pg_call with = {.lane = lane, .out = stop};
    js_error_clear(error);
    if (js_pg_stop_known(js_postgres_of(outbox), lane, stop)) {
        return JIRASEND_OK;
    }
    uint64_t version = atomic_load(&js_postgres_of(outbox)->version);
    jirasend_code code = js_pg_at_once(outbox, do_stop_get, &with, error);
    if (code == JIRASEND_OK) {
        js_pg_stop_keep(js_postgres_of(outbox), lane, stop, version);
    }
    return code;
}

static jirasend_code do_stop_put(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_store_stop_put(&pg->store.base, c->lane, c->in, error);
}

static jirasend_code stop_put(js_outbox *outbox, const js_lane *lane, const js_stop *stop,
                              jirasend_error *error) {
    js_pg_call with = {.lane = lane, .in = stop};
    return js_pg_at_once(outbox, do_stop_put, &with, error);
}

static jirasend_code do_backoff_end(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_store_backoff_end(&pg->store.base, c->lane, error);
}

static jirasend_code backoff_end(js_outbox *outbox, const js_lane *lane, jirasend_error *error) {
    js_pg_call with = {.lane = lane};
    return js_pg_at_once(outbox, do_backoff_end, &with, error);
}

/* ---- the rest ---- */

static jirasend_code do_cloud_id_get(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_cloud_id_get(pg, c->text, c->out, c->count, error);
}

static jirasend_code cloud_id_get(js_outbox *outbox, const char *site, char *out, size_t size,
                                  jirasend_error *error) {
    js_pg_call with = {.text = site, .out = out, .count = size};
    return js_pg_at_once(outbox, do_cloud_id_get, &with, error);
}

static jirasend_code do_cloud_id_put(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_cloud_id_put(pg, c->text, c->other, error);
}

static jirasend_code cloud_id_put(js_outbox *outbox, const char *site, const char *cloud_id,
                                  jirasend_error *error) {
    js_pg_call with = {.text = site, .other = cloud_id};
    return js_pg_at_once(outbox, do_cloud_id_put, &with, error);
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

static jirasend_code do_tidy(js_pg *pg, void *argument, jirasend_error *error) {
    return js_store_tidy(&pg->store.base, ((const js_pg_call *)argument)->now_ms, error);
}

static jirasend_code tidy(js_outbox *outbox, int64_t now_ms, jirasend_error *error) {
    js_pg_call with = {.now_ms = now_ms};
    return js_pg_at_once(outbox, do_tidy, &with, error);
}

/* What is under way has a moment in any case: of a statement that is cut off nobody knows the end. */
static void leave_soon(js_outbox *outbox, int64_t ms) {
    enum { LEAST_MS = 200 };
    int64_t left_ms = ms > LEAST_MS ? ms : LEAST_MS;
    atomic_store(&js_postgres_of(outbox)->leave_ms, js_later_ms(js_monotonic_ms(), left_ms));
}

/* NOLINTEND(readability-non-const-parameter) */

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
    .version = version,
    .tidy = tidy,
    .leave_soon = leave_soon,
    .moves = &js_pg_moves,
    .close = js_pg_close,
};
