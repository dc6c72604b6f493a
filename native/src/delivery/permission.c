#include "delivery/permission.h"

#include "delivery/delivery_internal.h"

enum { OTHERS_FIRST_MS = 5000 };

static bool read_stops(js_delivery *delivery, js_courier *courier, jirasend_error *error) {
    js_outbox *outbox = delivery->outbox;
    js_lane site = courier->lane;
    site.api = JS_API_NONE;
    bool read =
        outbox->ops->stop_get(outbox, &courier->lane, &courier->stop, error) == JIRASEND_OK &&
        outbox->ops->stop_get(outbox, &site, &courier->site_stop, error) == JIRASEND_OK;
    if (read) {
        int64_t now_ms = js_delivery_now_ms(delivery);
        js_stop_doubt(&courier->stop, &courier->doubts, now_ms);
        js_stop_doubt(&courier->site_stop, &courier->site_doubts, now_ms);
    }
    return read;
}

/*
 * Two processes with different credentials, both refused: each would find a hold that is not its
 * own, lift it and be refused again, without a pause. How long it has to leave that be.
 */
static int64_t refused_ms(const js_delivery *delivery, const js_courier *courier,
                          uint64_t fingerprint, const js_stop *stop, const js_stop *site_stop) {
    bool of_others = (stop->held && !js_stop_holds(stop, fingerprint)) ||
                     (site_stop->held && !js_stop_holds(site_stop, fingerprint));
    int64_t left = courier->refused_until_ms - js_delivery_now_ms(delivery);
    return of_others && courier->refused_fingerprint == fingerprint && left > 0 ? left : 0;
}

/*
 * A site is probed by one lane, and the lane may have troubles of its own that hide that the site is
 * well again: the next time another lane of the site goes first, when there is one.
 */
static void others_first(const js_delivery *delivery, js_courier *courier, int64_t interval_ms) {
    courier->others_first_until_ms = js_delivery_now_ms(delivery) + interval_ms + OTHERS_FIRST_MS;
}

void js_permission_note(const js_delivery *delivery, js_courier *courier, js_action action) {
    if (action == JS_HOLD_LANE || action == JS_HOLD_SITE) {
        courier->refused_fingerprint = courier->fingerprint;
        courier->refused_until_ms = js_delivery_now_ms(delivery) + JS_PROBE_INTERVAL_MS;
    } else if (action == JS_SETTLE) {
        courier->refused_until_ms = 0;
    } else if (courier->site_stop.held &&
               (action == JS_WAIT || action == JS_SPLIT_LATER || action == JS_PARK)) {
        others_first(delivery, courier, JS_PROBE_AGAIN_MS);
    }
}

/* A hold of credentials that are not ours any more is no hold; said at once, for receipts. */
static bool lift_foreign_hold(js_delivery *delivery, const js_lane *lane, js_stop *stop,
                              uint64_t fingerprint, jirasend_error *error) {
    if (!stop->held || stop->hold_fingerprint == fingerprint) {
        return true;
    }
    *stop = (js_stop){.limit = stop->limit, .size_cap = stop->size_cap};
    return delivery->outbox->ops->stop_put(delivery->outbox, lane, stop, error) == JIRASEND_OK;
}

/* The one probe an hour: the next is put off before this one goes, so that no other goes beside it. */
static bool put_off_next_probe(js_delivery *delivery, const js_lane *lane, js_stop *stop,
                               jirasend_error *error) {
    if (!stop->held) {
        return true;
    }
    stop->probe_at_ms = js_delivery_now_ms(delivery) + JS_PROBE_INTERVAL_MS;
    stop->carried = true; /* somebody may have lifted it since it was read */
    return delivery->outbox->ops->stop_put(delivery->outbox, lane, stop, error) == JIRASEND_OK;
}

static bool probe_site(js_delivery *delivery, js_courier *courier, const js_lane *site,
                       jirasend_error *error) {
    if (courier->site_stop.held) {
        others_first(delivery, courier, JS_PROBE_INTERVAL_MS);
    }
    return put_off_next_probe(delivery, site, &courier->site_stop, error);
}

bool js_permission_ask(js_delivery *delivery, js_courier *courier, uint64_t fingerprint,
                       jirasend_error *error) {
    js_lane site = courier->lane;
    site.api = JS_API_NONE;
    return read_stops(delivery, courier, error) &&
           refused_ms(delivery, courier, fingerprint, &courier->stop, &courier->site_stop) == 0 &&
           lift_foreign_hold(delivery, &courier->lane, &courier->stop, fingerprint, error) &&
           lift_foreign_hold(delivery, &site, &courier->site_stop, fingerprint, error) &&
           js_stops_wait_ms(&courier->stop, &courier->site_stop, fingerprint,
                            js_delivery_now_ms(delivery)) == 0 &&
           put_off_next_probe(delivery, &courier->lane, &courier->stop, error) &&
           probe_site(delivery, courier, &site, error);
}

static int64_t others_first_ms(const js_delivery *delivery, const js_courier *courier,
                               uint64_t fingerprint) {
    int64_t left_ms = courier->others_first_until_ms - js_delivery_now_ms(delivery);
    bool held = js_stop_holds(&courier->view.site_stop, fingerprint);
    return held && left_ms > 0 ? left_ms : 0;
}

int64_t js_permission_wait_ms(const js_delivery *delivery, const js_courier *courier,
                              uint64_t fingerprint) {
    const js_lane_view *view = &courier->view;
    int64_t wait =
        js_stops_wait_ms(&view->stop, &view->site_stop, fingerprint, js_delivery_now_ms(delivery));
    int64_t refused = refused_ms(delivery, courier, fingerprint, &view->stop, &view->site_stop);
    int64_t others = others_first_ms(delivery, courier, fingerprint);
    wait = refused > wait ? refused : wait;
    return others > wait ? others : wait;
}
