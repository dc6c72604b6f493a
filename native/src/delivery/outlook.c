/* What others may know of delivery, from any thread, under the lock. */
#include "delivery/delivery_internal.h"
#include "delivery/stops.h"

#include <string.h>

const js_courier *js_delivery_courier(const js_delivery *delivery, const js_lane *lane) {
    const js_courier *courier = delivery->couriers;
    while (courier != NULL && !js_lane_equal(&courier->lane, lane)) {
        courier = courier->next;
    }
    return courier;
}

static bool on_its_way(const js_courier *courier) {
    return courier != NULL && courier->state != JS_COURIER_IDLE;
}

/* A lane of the site is on its way; while the site is held that is the probe. */
static bool any_on_its_way(const js_delivery *delivery, const char *site) {
    bool any = false;
    for (const js_courier *c = delivery->couriers; c != NULL; c = c->next) {
        any |= strcmp(c->lane.site, site) == 0 && on_its_way(c);
    }
    return any;
}

/* How long an idle lane waits. */
static int64_t wait_of(const js_delivery *delivery, const js_courier *courier, const js_stop *stop,
                       const js_stop *site_stop, uint64_t fingerprint) {
    static const js_hold nothing;
    return js_hold_wait_ms(delivery, courier != NULL ? &courier->hold : &nothing, stop, site_stop,
                           fingerprint);
}

js_outlook js_delivery_outlook(const js_delivery *delivery, const js_lane *lane,
                               const js_stop *stop, const js_stop *site_stop) {
    uint64_t fingerprint = 0;
    const js_courier *courier = js_delivery_courier(delivery, lane);
    js_outlook outlook = {.paused = js_delivery_paused(delivery)};
    outlook.no_credentials = !js_access_knows(delivery->access, lane->site, &fingerprint);
    outlook.explained = stop->message[0] != '\0' || site_stop->message[0] != '\0';
    bool site_held = js_stop_holds(site_stop, fingerprint);
    outlook.held = site_held || js_stop_holds(stop, fingerprint);
    outlook.trying = on_its_way(courier) || (site_held && any_on_its_way(delivery, lane->site));
    if (!outlook.trying) {
        outlook.pause_ms = wait_of(delivery, courier, stop, site_stop, fingerprint);
        outlook.trying = outlook.pause_ms == 0;
    }
    return outlook;
}

unsigned js_delivery_changes(const js_delivery *delivery, const char *site) {
    unsigned changes = 0;
    for (const js_courier *c = delivery->couriers; c != NULL; c = c->next) {
        changes += site == NULL || strcmp(c->lane.site, site) == 0 ? c->changes : 0;
    }
    return changes;
}

bool js_delivery_busy(const js_delivery *delivery) {
    bool busy = false;
    for (const js_courier *c = delivery->couriers; c != NULL; c = c->next) {
        busy |= c->state == JS_COURIER_SENDING || c->state == JS_COURIER_SETTLING;
    }
    return busy;
}

bool js_delivery_moving(const js_delivery *delivery) {
    bool moving = false;
    for (const js_courier *c = delivery->couriers; c != NULL; c = c->next) {
        moving |= on_its_way(c);
    }
    return moving;
}

bool js_delivery_moves(const js_delivery *delivery, const js_lane_view *view, int64_t left_ms) {
    uint64_t fingerprint = 0;
    const js_courier *courier = js_delivery_courier(delivery, &view->lane);
    if (on_its_way(courier)) {
        return true;
    }
    if (view->paused || !js_access_knows(delivery->access, view->lane.site, &fingerprint)) {
        return false;
    }
    /* What a flush sends does not wait for its own time. */
    bool flushes = courier != NULL && (courier->ignore_not_before || courier->refusals.count > 0);
    bool due = flushes || view->due_ms - js_delivery_now_ms(delivery) <= left_ms;
    return due && wait_of(delivery, courier, &view->stop, &view->site_stop, fingerprint) <= left_ms;
}

bool js_delivery_flush_left(const js_delivery *delivery) {
    return delivery->flush_wanted;
}

const jirasend_error *js_delivery_flush_error(const js_delivery *delivery) {
    return &delivery->flush_error;
}

const jirasend_error *js_delivery_trouble(const js_delivery *delivery, const js_lane *lane) {
    for (const js_courier *c = delivery->couriers; c != NULL; c = c->next) {
        if (c->trouble.code != JIRASEND_OK && (lane == NULL || js_lane_equal(&c->lane, lane))) {
            return &c->trouble;
        }
    }
    return NULL;
}

const char *js_delivery_elsewhere(const js_delivery *delivery, const js_lane *lane) {
    const js_courier *courier = js_delivery_courier(delivery, lane);
    bool elsewhere = courier != NULL && courier->elsewhere.code != JIRASEND_OK;
    return elsewhere ? courier->elsewhere.message : NULL;
}

static const js_courier *carrier_of(const js_delivery *delivery, int64_t id) {
    for (const js_courier *c = delivery->couriers; c != NULL; c = c->next) {
        for (size_t i = 0; i < c->trip.batch.count; i++) {
            if (c->trip.batch.items[i].id == id) {
                return c;
            }
        }
    }
    return NULL;
}

const char *js_delivery_progress(const js_delivery *delivery, int64_t id) {
    const js_courier *courier = carrier_of(delivery, id);
    js_courier_state state = courier != NULL ? courier->state : JS_COURIER_IDLE;
    if (state == JS_COURIER_ASKING) {
        return "There is no answer yet to the request for a token or the cloud id.";
    }
    return state == JS_COURIER_SENDING ? delivery->destination->sent : NULL;
}
