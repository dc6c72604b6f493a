/* What stops a lane: read from the outbox when the lane is claimed, and probed once an hour. */
#include "delivery/hold.h"

#include "delivery/delivery_internal.h"

enum { OTHERS_FIRST_MS = 5000 };

/* The lane that represents the whole site. */
static js_lane site_of(const js_lane *lane) {
    js_lane site = *lane;
    site.api = JS_API_NONE;
    return site;
}

static jirasend_code read_stops(const js_delivery *delivery, js_hold *hold, const js_lane *lane,
                                jirasend_error *error) {
    js_outbox *outbox = delivery->outbox;
    js_lane site = site_of(lane);
    jirasend_code code = outbox->ops->stop_get(outbox, lane, &hold->stop, error);
    if (code == JIRASEND_OK) {
        code = outbox->ops->stop_get(outbox, &site, &hold->site_stop, error);
    }
    if (code == JIRASEND_OK) {
        int64_t now_ms = js_delivery_now_ms(delivery);
        js_stop_doubt(&hold->stop, &hold->doubts, now_ms);
        js_stop_doubt(&hold->site_stop, &hold->site_doubts, now_ms);
    }
    return code;
}

/*
 * Two processes with different credentials, both refused: each would find a hold that is not its
 * own, lift it and be refused again, without a pause. How long it has to leave that be.
 */
static int64_t refused_ms(const js_delivery *delivery, const js_hold *hold, uint64_t fingerprint,
                          const js_stop *stop, const js_stop *site_stop) {
    bool of_others = (stop->held && !js_stop_holds(stop, fingerprint)) ||
                     (site_stop->held && !js_stop_holds(site_stop, fingerprint));
    int64_t left = hold->refused_until_ms - js_delivery_now_ms(delivery);
    return of_others && hold->refused_fingerprint == fingerprint && left > 0 ? left : 0;
}

/*
 * A site is probed by one lane, and the lane may have troubles of its own that hide that the site is
 * well again: the next time another lane of the site goes first, when there is one.
 */
static void others_first(const js_delivery *delivery, js_hold *hold, int64_t interval_ms) {
    hold->others_first_until_ms = js_delivery_now_ms(delivery) + interval_ms + OTHERS_FIRST_MS;
}

void js_hold_note(const js_delivery *delivery, js_hold *hold, uint64_t fingerprint,
                  js_action action) {
    switch (action) {
    case JS_ACTION_HOLD_LANE:
    case JS_ACTION_HOLD_SITE:
        hold->refused_fingerprint = fingerprint;
        hold->refused_until_ms = js_delivery_now_ms(delivery) + JS_PROBE_INTERVAL_MS;
        break;
    case JS_ACTION_SETTLE:
        hold->refused_until_ms = 0;
        break;
    case JS_ACTION_WAIT:
    case JS_ACTION_SPLIT_LATER:
    case JS_ACTION_SET_ASIDE:
        if (hold->site_stop.held) {
            others_first(delivery, hold, JS_PROBE_AGAIN_MS);
        }
        break;
    case JS_ACTION_RENEW_TOKEN:
    case JS_ACTION_RENEW_CLOUD:
    case JS_ACTION_SPLIT:
    case JS_ACTION_SHRINK:
    case JS_ACTION_DOUBT:
    case JS_ACTION_REJECT:
    default:
        break;
    }
}

/* A hold of credentials that are not ours any more does not count; said at once, for receipts. */
static jirasend_code lift_foreign_hold(const js_delivery *delivery, const js_lane *lane,
                                       js_stop *stop, uint64_t fingerprint, jirasend_error *error) {
    if (!stop->held || stop->hold_fingerprint == fingerprint) {
        return JIRASEND_OK;
    }
    js_log_line(delivery->log, JIRASEND_LOG_INFO,
                "%s: the hold ends: it belonged to other credentials", lane->site);
    *stop = (js_stop){.limit = stop->limit, .size_cap = stop->size_cap};
    return delivery->outbox->ops->stop_put(delivery->outbox, lane, stop, error);
}

/*
 * The next probe is put off before this one goes, so that no other goes beside it; by little, as a
 * process that is killed now does not give it back. The hour begins with Jira's verdict.
 */
static jirasend_code claim_probe(const js_delivery *delivery, const js_lane *lane, js_stop *stop,
                                 jirasend_error *error) {
    if (!stop->held) {
        return JIRASEND_OK;
    }
    stop->probe_at_ms = js_delivery_now_ms(delivery) + JS_PROBE_AGAIN_MS;
    stop->carried = true; /* somebody may have lifted it since it was read */
    return delivery->outbox->ops->stop_put(delivery->outbox, lane, stop, error);
}

static jirasend_code claim_probes(const js_delivery *delivery, js_hold *hold, const js_lane *lane,
                                  jirasend_error *error) {
    js_lane site = site_of(lane);
    hold->probing = hold->stop.held || hold->site_stop.held;
    hold->probe_at_ms = hold->stop.probe_at_ms;
    hold->site_probe_at_ms = hold->site_stop.probe_at_ms;
    if (hold->site_stop.held) {
        others_first(delivery, hold, JS_PROBE_INTERVAL_MS);
    }
    jirasend_code code = claim_probe(delivery, lane, &hold->stop, error);
    return code == JIRASEND_OK ? claim_probe(delivery, &site, &hold->site_stop, error) : code;
}

jirasend_code js_hold_ask(const js_delivery *delivery, js_hold *hold, const js_lane *lane,
                          uint64_t fingerprint, js_go *go, jirasend_error *error) {
    js_lane site = site_of(lane);
    hold->probing = false;
    *go = JS_GO_NOT_NOW;
    jirasend_code code = read_stops(delivery, hold, lane, error);
    if (code != JIRASEND_OK ||
        refused_ms(delivery, hold, fingerprint, &hold->stop, &hold->site_stop) > 0) {
        return code;
    }
    code = lift_foreign_hold(delivery, lane, &hold->stop, fingerprint, error);
    if (code == JIRASEND_OK) {
        code = lift_foreign_hold(delivery, &site, &hold->site_stop, fingerprint, error);
    }
    if (code != JIRASEND_OK || js_stops_wait_ms(&hold->stop, &hold->site_stop, fingerprint,
                                                js_delivery_now_ms(delivery)) > 0) {
        return code;
    }
    code = claim_probes(delivery, hold, lane, error);
    *go = code == JIRASEND_OK ? JS_GO_NOW : JS_GO_NOT_NOW;
    return code;
}

/* Failing does no harm: it is due again after a few minutes. */
static void unclaim_probe(const js_delivery *delivery, const js_lane *lane, js_stop *stop,
                          int64_t probe_at_ms) {
    if (stop->held) {
        stop->probe_at_ms = probe_at_ms;
        stop->carried = true;
        (void)delivery->outbox->ops->stop_put(delivery->outbox, lane, stop, NULL);
    }
}

void js_hold_give_back_probe(const js_delivery *delivery, js_hold *hold, const js_lane *lane) {
    if (!hold->probing) {
        return;
    }
    js_lane site = site_of(lane);
    hold->probing = false;
    hold->others_first_until_ms = 0;
    unclaim_probe(delivery, lane, &hold->stop, hold->probe_at_ms);
    unclaim_probe(delivery, &site, &hold->site_stop, hold->site_probe_at_ms);
}

static bool still_stands(const js_delivery *delivery, const js_lane *lane, const js_stop *probed) {
    js_stop now;
    return delivery->outbox->ops->stop_get(delivery->outbox, lane, &now, NULL) != JIRASEND_OK ||
           js_stop_holds(&now, probed->hold_fingerprint);
}

bool js_hold_was_lifted(const js_delivery *delivery, const js_hold *hold, const js_lane *lane) {
    js_lane site = site_of(lane);
    return hold->probing &&
           ((hold->stop.held && !still_stands(delivery, lane, &hold->stop)) ||
            (hold->site_stop.held && !still_stands(delivery, &site, &hold->site_stop)));
}

static int64_t others_first_ms(const js_delivery *delivery, const js_hold *hold,
                               const js_stop *site_stop, uint64_t fingerprint) {
    int64_t left_ms = hold->others_first_until_ms - js_delivery_now_ms(delivery);
    return js_stop_holds(site_stop, fingerprint) && left_ms > 0 ? left_ms : 0;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

int64_t js_hold_wait_ms(const js_delivery *delivery, const js_hold *hold, const js_stop *stop,
                        const js_stop *site_stop, uint64_t fingerprint) {
    int64_t wait = js_stops_wait_ms(stop, site_stop, fingerprint, js_delivery_now_ms(delivery));
    int64_t refused = refused_ms(delivery, hold, fingerprint, stop, site_stop);
    int64_t others = others_first_ms(delivery, hold, site_stop, fingerprint);
    return larger(wait, larger(refused, others));
}
