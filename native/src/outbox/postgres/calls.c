/* The table of operations: each takes a connection for its time. */
#include "outbox/postgres/calls.h"

#include "base/error.h"
#include "base/hash.h"
#include "outbox/postgres/move.h"
#include "outbox/postgres/rows.h"

#include <stdlib.h>
#include <string.h>

/* What is written to goes through a `call`, which the checker does not see. */
/* NOLINTBEGIN(readability-non-const-parameter) */

/* What an operation is about; each uses a few of them. */
typedef struct call {
    const js_lane *lane;
    int64_t id, now_ms, fence;
    size_t count;
    const char *text, *other;
    const void *in;
    void *out;
    size_t *found;
    bool *flag;
    const js_stop *stop, *site_stop;
    unsigned kinds;
    int limit;
    unsigned char (*own_keys)[JS_PG_KEY_SIZE];
} call;

static js_postgres *of(js_outbox *outbox) {
    return (js_postgres *)outbox;
}

static js_outbox *on(js_pg *pg) {
    return &pg->store.base;
}

/* Of somebody who waits for it. */
static jirasend_code patiently(js_outbox *outbox, js_pg_action *action, call *with,
                               jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT;
    return js_pg_visit(of(outbox), of(outbox)->wait_ms, action, with, error != NULL ? error : &own);
}

/* Of delivery, which has more to do and comes again. */
static jirasend_code at_once(js_outbox *outbox, js_pg_action *action, call *with,
                             jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT;
    return js_pg_visit(of(outbox), 0, action, with, error != NULL ? error : &own);
}

/* ---- coming in ---- */

static jirasend_code do_put(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_put_all(pg, c->in, c->count, c->now_ms, c->out, c->own_keys, error);
}

/* The same keys each time: a call that was cut off may have been committed. */
static jirasend_code put(js_outbox *outbox, const js_put *puts, size_t count, int64_t now_ms,
                         js_put_result *results, jirasend_error *error) {
    js_error_clear(error);
    if (count == 0) {
        return JIRASEND_OK;
    }
    unsigned char(*keys)[JS_PG_KEY_SIZE] = calloc(count, sizeof *keys);
    if (keys == NULL) {
        return js_fail_memory(error);
    }
    const js_world *world = &of(outbox)->own_world;
    world->random(world->self, keys, count * sizeof *keys);
    jirasend_error own = JIRASEND_ERROR_INIT;
    jirasend_error *e = error != NULL ? error : &own;
    call with = {.in = puts, .count = count, .now_ms = now_ms, .out = results, .own_keys = keys};
    jirasend_code code = patiently(outbox, do_put, &with, e);
    for (size_t i = 0; i < count && code != JIRASEND_OK; i++) {
        js_put_refuse(&results[i], code, e->message);
    }
    free(keys);
    return code;
}

/* ---- lanes ---- */

static jirasend_code do_lanes(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_store_lanes(on(pg), c->now_ms, c->out, c->found, error);
}

static jirasend_code lanes(js_outbox *outbox, int64_t now_ms, js_lane_view **views, size_t *count,
                           jirasend_error *error) {
    call with = {.now_ms = now_ms, .out = views, .found = count};
    return at_once(outbox, do_lanes, &with, error);
}

static jirasend_code do_claim(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_claim_lane(pg, c->lane, c->out, error);
}

static jirasend_code claim(js_outbox *outbox, const js_lane *lane, int64_t *fence,
                           jirasend_error *error) {
    call with = {.lane = lane, .out = fence};
    return at_once(outbox, do_claim, &with, error);
}

static jirasend_code do_renew(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_renew(pg, c->lane, c->fence, error);
}

static jirasend_code keep(js_outbox *outbox, const js_lane *lane, int64_t fence, bool anew,
                          jirasend_error *error) {
    call with = {.lane = lane, .fence = fence};
    js_error_clear(error);
    if (!anew && js_pg_lease_is_fresh(of(outbox), lane, fence)) {
        return JIRASEND_OK;
    }
    jirasend_code code = at_once(outbox, do_renew, &with, error);
    bool outlasts = js_pg_lease_outlasts_request(of(outbox), lane, fence);
    return code == JIRASEND_OK && !outlasts ? js_store_lost(lane, error) : code;
}

static void release(js_outbox *outbox, const js_lane *lane, int64_t fence, bool unanswered) {
    js_pg_put_down(of(outbox), lane, fence, unanswered);
}

static jirasend_code do_next_batch(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_store_next_batch(on(pg), c->lane, c->in, c->out, error);
}

static jirasend_code next_batch(js_outbox *outbox, const js_lane *lane,
                                const js_batch_limits *limits, js_batch *batch,
                                jirasend_error *error) {
    call with = {.lane = lane, .in = limits, .out = batch};
    return at_once(outbox, do_next_batch, &with, error);
}

static jirasend_code do_settle(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
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
    call with = {.lane = lane,
                 .fence = fence,
                 .in = outcomes,
                 .count = count,
                 .stop = stop,
                 .site_stop = site_stop,
                 .now_ms = now_ms};
    js_error_clear(error);
    return js_pg_has_claim(of(outbox), lane, fence) ? at_once(outbox, do_settle, &with, error)
                                                    : js_store_lost(lane, error);
}

static jirasend_code do_stream_waits(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_store_stream_waits(on(pg), c->now_ms, c->out, c->found, error);
}

static jirasend_code stream_waits(js_outbox *outbox, int64_t now_ms, js_stream_wait **waits,
                                  size_t *count, jirasend_error *error) {
    call with = {.now_ms = now_ms, .out = waits, .found = count};
    return at_once(outbox, do_stream_waits, &with, error);
}

static jirasend_code do_stream_wait_end(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_store_stream_wait_end(on(pg), c->in, error);
}

static jirasend_code stream_wait_end(js_outbox *outbox, const js_stream_wait *wait,
                                     jirasend_error *error) {
    call with = {.in = wait};
    return at_once(outbox, do_stream_wait_end, &with, error);
}

static jirasend_code do_stop_get(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_store_stop_get(on(pg), c->lane, c->out, error);
}

static jirasend_code stop_get(js_outbox *outbox, const js_lane *lane, js_stop *stop,
                              jirasend_error *error) {
    call with = {.lane = lane, .out = stop};
    js_error_clear(error);
    if (js_pg_stop_known(of(outbox), lane, stop)) {
        return JIRASEND_OK;
    }
    uint64_t version = atomic_load(&of(outbox)->version);
    jirasend_code code = at_once(outbox, do_stop_get, &with, error);
    if (code == JIRASEND_OK) {
        js_pg_stop_keep(of(outbox), lane, stop, version);
    }
    return code;
}

static jirasend_code do_stop_put(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_store_stop_put(on(pg), c->lane, c->in, error);
}

static jirasend_code stop_put(js_outbox *outbox, const js_lane *lane, const js_stop *stop,
                              jirasend_error *error) {
    call with = {.lane = lane, .in = stop};
    return at_once(outbox, do_stop_put, &with, error);
}

static jirasend_code do_backoff_end(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_store_backoff_end(on(pg), c->lane, error);
}

static jirasend_code backoff_end(js_outbox *outbox, const js_lane *lane, jirasend_error *error) {
    call with = {.lane = lane};
    return at_once(outbox, do_backoff_end, &with, error);
}

/* ---- receipts ---- */

static jirasend_code do_receipt(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_receipt(pg, c->id, c->out, error);
}

static jirasend_code receipt(js_outbox *outbox, int64_t id, js_receipt *out,
                             jirasend_error *error) {
    call with = {.id = id, .out = out};
    jirasend_code code;
    js_error_clear(error);
    return js_pg_ahead_of_id(of(outbox), id, out, &code, error) ||
                   js_pg_same(of(outbox), id, out, &code, error)
               ? code
               : patiently(outbox, do_receipt, &with, error);
}

static jirasend_code do_next_settled(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_next_settled(pg, (int64_t *)c->out, (js_receipt *)c->in, error);
}

static jirasend_code next_settled(js_outbox *outbox, int64_t *cursor, js_receipt *out,
                                  jirasend_error *error) {
    call with = {.out = cursor, .in = out};
    jirasend_code code;
    js_error_clear(error);
    return js_pg_ahead_next(of(outbox), cursor, out, &code, error)
               ? code
               : patiently(outbox, do_next_settled, &with, error);
}

static jirasend_code do_cursor(js_pg *pg, void *argument, jirasend_error *error) {
    return js_pg_cursor(pg, ((const call *)argument)->out, error);
}

static jirasend_code cursor(js_outbox *outbox, int64_t *out, jirasend_error *error) {
    call with = {.out = out};
    return patiently(outbox, do_cursor, &with, error);
}

static jirasend_code do_list(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_list(pg, c->id, c->limit, c->out, c->found, error);
}

static jirasend_code list(js_outbox *outbox, int64_t after, int limit, js_receipt **receipts,
                          size_t *count, jirasend_error *error) {
    call with = {.id = after, .limit = limit, .out = receipts, .found = count};
    return patiently(outbox, do_list, &with, error);
}

static jirasend_code do_counts(js_pg *pg, void *argument, jirasend_error *error) {
    return js_store_counts(on(pg), ((const call *)argument)->out, error);
}

static jirasend_code counts(js_outbox *outbox, js_counts *out, jirasend_error *error) {
    call with = {.out = out};
    return patiently(outbox, do_counts, &with, error);
}

static jirasend_code do_retry(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_store_retry(on(pg), c->id, c->text, c->now_ms, error);
}

static jirasend_code retry(js_outbox *outbox, int64_t id, const char *site, int64_t now_ms,
                           jirasend_error *error) {
    call with = {.id = id, .text = site, .now_ms = now_ms};
    return patiently(outbox, do_retry, &with, error);
}

static jirasend_code do_drop(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_store_drop(on(pg), c->id, c->now_ms, error);
}

static jirasend_code drop(js_outbox *outbox, int64_t id, int64_t now_ms, jirasend_error *error) {
    call with = {.id = id, .now_ms = now_ms};
    return patiently(outbox, do_drop, &with, error);
}

/* ---- the history ---- */

static jirasend_code do_history(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_history(pg, c->in, c->out, c->found, c->flag, error);
}

static jirasend_code history(js_outbox *outbox, const js_history_query *query,
                             js_history_row **rows, size_t *count, bool *more,
                             jirasend_error *error) {
    call with = {.in = query, .out = rows, .found = count, .flag = more};
    return patiently(outbox, do_history, &with, error);
}

static jirasend_code do_requested(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_requested(pg, c->text, c->count, c->out, c->found, error);
}

static jirasend_code requested(js_outbox *outbox, const char *request_id, size_t limit,
                               js_receipt **receipts, size_t *count, jirasend_error *error) {
    call with = {.text = request_id, .count = limit, .out = receipts, .found = count};
    return patiently(outbox, do_requested, &with, error);
}

static jirasend_code do_told(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_told(pg, c->in, c->out, error);
}

static jirasend_code told(js_outbox *outbox, const js_event *event, js_told *out,
                          jirasend_error *error) {
    call with = {.in = event, .out = out};
    return patiently(outbox, do_told, &with, error);
}

static jirasend_code do_last_told(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_last_told(pg, c->in, c->id, c->out, error);
}

static jirasend_code last_told(js_outbox *outbox, const js_event *event, int64_t id,
                               js_last_told *last, jirasend_error *error) {
    call with = {.in = event, .id = id, .out = last};
    return patiently(outbox, do_last_told, &with, error);
}

static jirasend_code do_told_ids(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_told_ids(pg, c->kinds, c->now_ms, c->out, c->found, error);
}

static jirasend_code told_ids(js_outbox *outbox, unsigned kinds, int64_t since_ms, js_told_id **ids,
                              size_t *count, jirasend_error *error) {
    call with = {.kinds = kinds, .now_ms = since_ms, .out = ids, .found = count};
    return patiently(outbox, do_told_ids, &with, error);
}

static jirasend_code do_told_document(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    js_buf_reset(c->out);
    return js_pg_told_document(pg, c->id, c->out, error);
}

static jirasend_code told_document(js_outbox *outbox, int64_t id, js_buf *document,
                                   jirasend_error *error) {
    call with = {.id = id, .out = document};
    return patiently(outbox, do_told_document, &with, error);
}

static jirasend_code do_knows_repository(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_knows_repository(pg, c->text, c->other, c->flag, error);
}

static jirasend_code knows_repository(js_outbox *outbox, const char *site, const char *repository,
                                      bool *knows, jirasend_error *error) {
    call with = {.text = site, .other = repository, .flag = knows};
    return patiently(outbox, do_knows_repository, &with, error);
}

static jirasend_code do_bookmark_get(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    js_buf_reset(c->out);
    return js_pg_bookmark_get(pg, c->text, c->out, error);
}

static jirasend_code bookmark_get(js_outbox *outbox, const char *name, js_buf *text,
                                  jirasend_error *error) {
    call with = {.text = name, .out = text};
    return patiently(outbox, do_bookmark_get, &with, error);
}

static jirasend_code do_bookmark_put(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_bookmark_put(pg, c->text, c->other, error);
}

static jirasend_code bookmark_put(js_outbox *outbox, const char *name, const char *text,
                                  jirasend_error *error) {
    call with = {.text = name, .other = text};
    return patiently(outbox, do_bookmark_put, &with, error);
}

static jirasend_code do_changed(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_changed(pg, c->in, c->out, error);
}

static jirasend_code changed(js_outbox *outbox, const js_event *event, int64_t *changed_ms,
                             jirasend_error *error) {
    call with = {.in = event, .out = changed_ms};
    return patiently(outbox, do_changed, &with, error);
}

static jirasend_code do_answered(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_answered(pg, c->in, c->now_ms, error);
}

static jirasend_code answered(js_outbox *outbox, const js_outcome *outcome, int64_t now_ms,
                              jirasend_error *error) {
    call with = {.in = outcome, .now_ms = now_ms};
    return patiently(outbox, do_answered, &with, error);
}

static jirasend_code do_count_one(js_pg *pg, void *argument, jirasend_error *error) {
    return js_pg_count_one(pg, ((const call *)argument)->text, error);
}

static jirasend_code count_one(js_outbox *outbox, const char *name, jirasend_error *error) {
    call with = {.text = name};
    return patiently(outbox, do_count_one, &with, error);
}

static jirasend_code do_document(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_document(pg, c->id, c->out, error);
}

static jirasend_code document(js_outbox *outbox, int64_t id, char **text, jirasend_error *error) {
    call with = {.id = id, .out = text};
    return patiently(outbox, do_document, &with, error);
}

static jirasend_code do_metrics(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_metrics(pg, c->out, c->found, error);
}

static jirasend_code metrics(js_outbox *outbox, js_metric **out, size_t *count,
                             jirasend_error *error) {
    call with = {.out = out, .found = count};
    return patiently(outbox, do_metrics, &with, error);
}

/* ---- the rest ---- */

static jirasend_code do_cloud_id_get(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_cloud_id_get(pg, c->text, c->out, c->count, error);
}

static jirasend_code cloud_id_get(js_outbox *outbox, const char *site, char *out, size_t size,
                                  jirasend_error *error) {
    call with = {.text = site, .out = out, .count = size};
    return at_once(outbox, do_cloud_id_get, &with, error);
}

static jirasend_code do_cloud_id_put(js_pg *pg, void *argument, jirasend_error *error) {
    const call *c = argument;
    return js_pg_cloud_id_put(pg, c->text, c->other, error);
}

static jirasend_code cloud_id_put(js_outbox *outbox, const char *site, const char *cloud_id,
                                  jirasend_error *error) {
    call with = {.text = site, .other = cloud_id};
    return at_once(outbox, do_cloud_id_put, &with, error);
}

static jirasend_code fingerprint(js_outbox *outbox, const void *bytes, size_t length, uint64_t *out,
                                 jirasend_error *error) {
    const js_postgres *self = of(outbox); /* the key never changes */
    js_error_clear(error);
    return js_hmac64(self->key, sizeof self->key, bytes, length, out) ? JIRASEND_OK
                                                                      : js_fail_memory(error);
}

static uint64_t version(js_outbox *outbox) {
    return js_pg_version(of(outbox));
}

static jirasend_code do_tidy(js_pg *pg, void *argument, jirasend_error *error) {
    return js_store_tidy(on(pg), ((const call *)argument)->now_ms, error);
}

static jirasend_code tidy(js_outbox *outbox, int64_t now_ms, jirasend_error *error) {
    call with = {.now_ms = now_ms};
    return at_once(outbox, do_tidy, &with, error);
}

/* What is under way has a moment in any case: of a statement that is cut off nobody knows the end. */
static void leave_soon(js_outbox *outbox, int64_t ms) {
    enum { LEAST_MS = 200 };
    int64_t left_ms = ms > LEAST_MS ? ms : LEAST_MS;
    atomic_store(&of(outbox)->leave_ms, js_later_ms(js_monotonic_ms(), left_ms));
}

/* NOLINTEND(readability-non-const-parameter) */

const struct js_outbox_ops js_pg_operations = {
    .put = put,
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
    .receipt = receipt,
    .next_settled = next_settled,
    .cursor = cursor,
    .list = list,
    .counts = counts,
    .retry = retry,
    .drop = drop,
    .history = history,
    .requested = requested,
    .told = told,
    .last_told = last_told,
    .told_ids = told_ids,
    .told_document = told_document,
    .knows_repository = knows_repository,
    .bookmark_get = bookmark_get,
    .bookmark_put = bookmark_put,
    .changed = changed,
    .answered = answered,
    .count = count_one,
    .document = document,
    .metrics = metrics,
    .cloud_id_get = cloud_id_get,
    .cloud_id_put = cloud_id_put,
    .fingerprint = fingerprint,
    .version = version,
    .tidy = tidy,
    .leave_soon = leave_soon,
    .moves = &js_pg_moves,
    .close = js_pg_close,
};
