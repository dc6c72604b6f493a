/* A courier at the outbox: may the lane send, and what? */
#include "delivery/visit.h"

#include "delivery/delivery_internal.h"
#include "delivery/destination.h"
#include "event/batch_limits.h"

int64_t js_visit_until_due(const js_delivery *delivery, const js_courier *courier, int64_t now_ms) {
    int64_t most_ms =
        delivery->destination->holds_events ? JS_PROBE_INTERVAL_MS : INT64_C(2) * JS_BACKOFF_MAX_MS;
    return js_stop_left_ms(courier->view.due_ms, now_ms, most_ms);
}

int64_t js_visit_size_cap(const js_courier *courier) {
    int64_t cap = courier->hold.stop.size_cap;
    return cap > 0 && cap < JS_BATCH_BYTES ? cap : JS_BATCH_BYTES;
}

static js_batch_limits limits_now(const js_delivery *delivery, const js_courier *courier) {
    int64_t now_ms = js_delivery_now_ms(delivery);
    bool absurd =
        courier->view.due_ms > now_ms && js_visit_until_due(delivery, courier, now_ms) == 0;
    const js_stop *stop = &courier->hold.stop;
    /*
     * After each failure the others have a turn, however many there are that Jira chokes on; but a
     * search goes on to its end: nobody else has to travel in its small batches.
     */
    return (js_batch_limits){
        .max_events = stop->limit > 0 ? stop->limit : (int)js_batch_events_max(courier->lane.api),
        .max_bytes = js_visit_size_cap(courier),
        .now_ms = now_ms,
        .ignore_not_before = courier->ignore_not_before || absurd,
        .suspect_from = JS_SUSPECT_ATTEMPTS,
        .suspects_last = stop->failures > 0 && stop->limit == 0};
}

js_visit js_visit_outbox(const js_delivery *delivery, js_courier *courier, uint64_t fingerprint,
                         js_batch *batch, jirasend_error *error) {
    js_outbox *outbox = delivery->outbox;
    jirasend_code code = outbox->ops->claim(outbox, &courier->lane, &courier->trip.fence, error);
    if (code != JIRASEND_OK) {
        return code == JIRASEND_E_CLOSED ? JS_VISIT_ELSEWHERE : JS_VISIT_FAILED;
    }
    js_go go = JS_GO_NOT_NOW;
    code = js_hold_ask(delivery, &courier->hold, &courier->lane, fingerprint, &go, error);
    if (code == JIRASEND_OK && go == JS_GO_NOW) {
        js_batch_limits limits = limits_now(delivery, courier);
        code = outbox->ops->next_batch(outbox, &courier->lane, &limits, batch, error);
    }
    if (code != JIRASEND_OK) {
        return JS_VISIT_BROKEN_OFF;
    }
    return go != JS_GO_NOW ? JS_VISIT_STOPPED : batch->count > 0 ? JS_VISIT_LOADED : JS_VISIT_EMPTY;
}
