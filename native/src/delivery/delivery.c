#include "delivery/delivery_internal.h"

#include "delivery/stops.h"

#include <stdlib.h>

enum {
    LOOK_MS = 1000,
    TIDY_MS = 60 * 1000,
    TURN_MS = 1000,
    BREATH_MS = 1 /* a lock that is taken again at once goes past those who wait for it */
};

js_delivery *js_delivery_new(const js_delivery_setup *setup) {
    js_delivery *delivery = calloc(1, sizeof *delivery);
    if (delivery == NULL) {
        return NULL;
    }
    delivery->net = setup->net;
    delivery->outbox = setup->outbox;
    delivery->access = setup->access;
    delivery->world = setup->world;
    delivery->log = setup->log;
    delivery->paused = setup->paused;
    delivery->wall_minus_mono_ms = js_wall_ms(setup->world) - js_mono_ms(setup->world);
    return delivery;
}

void js_delivery_free(js_delivery *delivery) {
    if (delivery == NULL) {
        return;
    }
    while (delivery->couriers != NULL) {
        js_courier *courier = delivery->couriers;
        delivery->couriers = courier->next;
        js_courier_free(delivery, courier);
    }
    while (delivery->asks != NULL) {
        js_delivery_remove_ask(delivery, delivery->asks);
    }
    free(delivery);
}

/* ---- who has something to carry ---- */

static js_courier *courier_of(js_delivery *delivery, const js_lane *lane) {
    for (js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        if (js_lane_equal(&courier->lane, lane)) {
            return courier;
        }
    }
    js_courier *courier = js_courier_new(lane);
    if (courier != NULL) {
        courier->next = delivery->couriers;
        delivery->couriers = courier;
    }
    return courier;
}

/* False: memory is short, and a lane has nobody who looks after it. */
static bool note_views(js_delivery *delivery, const js_lane_view *views, size_t count) {
    int64_t now_ms = js_delivery_now_ms(delivery);
    for (js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        courier->view.waiting = 0;
    }
    for (size_t i = 0; i < count; i++) {
        js_courier *courier = courier_of(delivery, &views[i].lane);
        if (courier == NULL) {
            return false;
        }
        courier->view = views[i];
        js_stop_doubt(&courier->view.stop, &courier->doubts, now_ms);
        js_stop_doubt(&courier->view.site_stop, &courier->site_doubts, now_ms);
    }
    return true;
}

/* Looks through the outbox when anybody changed it since. */
static void look(js_delivery *delivery) {
    int64_t mono_ms = js_mono_ms(delivery->world);
    if (mono_ms < delivery->look_again_ms) {
        return;
    }
    uint64_t version = delivery->outbox->ops->version(delivery->outbox);
    if (delivery->looked && version == delivery->seen_version) {
        return;
    }
    js_lane_view *views = NULL;
    size_t count = 0;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (delivery->outbox->ops->lanes(delivery->outbox, js_delivery_now_ms(delivery), &views, &count,
                                     &error) != JIRASEND_OK) {
        js_log_line(delivery->log, JIRASEND_LOG_ERROR, "%s", error.message);
        delivery->look_again_ms = mono_ms + LOOK_MS;
        return;
    }
    bool noted = note_views(delivery, views, count);
    free(views);
    if (!noted) {
        delivery->look_again_ms = mono_ms + LOOK_MS;
        return;
    }
    delivery->looked = true;
    delivery->seen_version = version;
}

static void tidy(js_delivery *delivery) {
    int64_t mono_ms = js_mono_ms(delivery->world);
    if (delivery->stopping || mono_ms < delivery->tidy_at_ms) {
        return;
    }
    delivery->tidy_at_ms = mono_ms + TIDY_MS;
    /* What was stored has the wall clock's time. When that has jumped ahead, nothing is old by it. */
    int64_t wall_ms = js_wall_ms(delivery->world);
    int64_t steady_ms = js_delivery_now_ms(delivery);
    int64_t now_ms = wall_ms < steady_ms ? wall_ms : steady_ms;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (delivery->outbox->ops->tidy(delivery->outbox, now_ms, &error) != JIRASEND_OK) {
        js_log_line(delivery->log, JIRASEND_LOG_WARNING, "%s", error.message);
    }
}

/* ---- one turn ---- */

static void hand_over(js_delivery *delivery, js_net_answer *answer) {
    js_access_redact(delivery->access, answer);
    if (js_access_take(delivery->access, answer)) {
        return;
    }
    for (js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        if (js_courier_take(delivery, courier, answer)) {
            return;
        }
    }
    for (js_ask *ask = delivery->asks; ask != NULL; ask = ask->next) {
        if (js_ask_take(delivery, ask, answer)) {
            return;
        }
    }
}

static void take_answers(js_delivery *delivery) {
    js_net_answer answer;
    while (delivery->net->ops->take(delivery->net, &answer)) {
        hand_over(delivery, &answer);
        js_net_answer_free(&answer);
    }
}

/* Makes the one behind it the first. */
static void rotate(js_delivery *delivery, js_courier *last) {
    js_courier **end = &last->next;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = delivery->couriers;
    delivery->couriers = last->next;
    last->next = NULL;
}

/*
 * When the disk or another process keeps us for long, the lanes that are left wait for the next turn,
 * and are first then: in between, the threads that wait for our lock have theirs. One lane moves in any
 * case, or nothing would be sent where looking through the outbox alone takes that long.
 */
static bool move_all(js_delivery *delivery, int64_t until_ms) {
    bool moved = false;
    for (js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        moved |= js_courier_turn(delivery, courier);
        if (js_mono_ms(delivery->world) > until_ms) {
            rotate(delivery, courier);
            moved = false;
            break;
        }
    }
    for (js_ask *ask = delivery->asks; ask != NULL; ask = ask->next) {
        js_ask_turn(delivery, ask);
    }
    return moved;
}

static int64_t next_turn_ms(const js_delivery *delivery) {
    int64_t next = LOOK_MS; /* other processes may have put something in */
    for (const js_courier *c = delivery->couriers; c != NULL; c = c->next) {
        int64_t wait = js_courier_wait_ms(delivery, c);
        if (wait >= 0 && wait < next && !delivery->paused && !delivery->stopping) {
            next = wait;
        }
    }
    return next;
}

int64_t js_delivery_turn(js_delivery *delivery) {
    take_answers(delivery);
    tidy(delivery);
    int64_t until_ms = js_mono_ms(delivery->world) + TURN_MS;
    do {
        look(delivery);
    } while (move_all(delivery, until_ms));
    js_access_sweep(delivery->access);
    return js_mono_ms(delivery->world) > until_ms ? BREATH_MS : next_turn_ms(delivery);
}

void js_delivery_stop(js_delivery *delivery) {
    delivery->stopping = true;
}

bool js_delivery_busy(const js_delivery *delivery) {
    for (const js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        if (courier->phase == JS_SENDING || courier->phase == JS_SETTLING) {
            return true;
        }
    }
    return false;
}

/* ---- asks, flush, outlook ---- */

void js_delivery_add_ask(js_delivery *delivery, js_ask *ask) {
    ask->next = delivery->asks;
    delivery->asks = ask;
}

void js_delivery_remove_ask(js_delivery *delivery, js_ask *ask) {
    for (js_ask **at = &delivery->asks; *at != NULL; at = &(*at)->next) {
        if (*at == ask) {
            *at = ask->next;
            return;
        }
    }
}

/* `seen` may be old: another process may have been told to send less often since. */
static jirasend_code forget_backoff(js_delivery *delivery, const js_lane *lane, const js_stop *seen,
                                    jirasend_error *error) {
    if (seen->backoff_until_ms == 0) {
        return JIRASEND_OK;
    }
    return delivery->outbox->ops->backoff_end(delivery->outbox, lane, error);
}

jirasend_code js_delivery_flush(js_delivery *delivery, jirasend_error *error) {
    delivery->looked = false;
    look(delivery);
    for (js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        uint64_t fingerprint = 0;
        if (courier->view.waiting == 0 ||
            !js_access_knows(delivery->access, courier->lane.site, &fingerprint)) {
            continue;
        }
        js_lane site = courier->lane;
        site.api = JS_API_NONE;
        courier->ignore_not_before = true;
        jirasend_code code = forget_backoff(delivery, &courier->lane, &courier->view.stop, error);
        if (code == JIRASEND_OK) {
            code = forget_backoff(delivery, &site, &courier->view.site_stop, error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

bool js_delivery_flushes(const js_delivery *delivery, const js_lane *lane) {
    for (const js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        if (js_lane_equal(&courier->lane, lane)) {
            return courier->ignore_not_before;
        }
    }
    return false;
}

const jirasend_error *js_delivery_trouble(const js_delivery *delivery, const js_lane *lane) {
    for (const js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        if (courier->trouble.code != JIRASEND_OK &&
            (lane == NULL || js_lane_equal(&courier->lane, lane))) {
            return &courier->trouble;
        }
    }
    return NULL;
}

static const js_courier *carrier_of(const js_delivery *delivery, int64_t id) {
    for (const js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        for (size_t i = 0; i < courier->batch.count; i++) {
            if (courier->batch.items[i].id == id) {
                return courier;
            }
        }
    }
    return NULL;
}

const char *js_delivery_progress(const js_delivery *delivery, int64_t id) {
    const js_courier *courier = carrier_of(delivery, id);
    if (courier == NULL) {
        return NULL;
    }
    switch (courier->phase) {
    case JS_ASKING:
        return "There is no answer yet to the question for a token or the cloud id.";
    case JS_SENDING:
        return "It was sent to Jira, and there is no answer yet.";
    default:
        return NULL;
    }
}

jirasend_code js_delivery_outlook(js_delivery *delivery, const js_lane *lane, js_outlook *outlook,
                                  jirasend_error *error) {
    js_outbox *outbox = delivery->outbox;
    js_lane site = *lane;
    site.api = JS_API_NONE;
    js_stop stop;
    js_stop site_stop;
    jirasend_code code = outbox->ops->stop_get(outbox, lane, &stop, error);
    if (code == JIRASEND_OK) {
        code = outbox->ops->stop_get(outbox, &site, &site_stop, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    uint64_t fingerprint = 0;
    outlook->paused = delivery->paused;
    outlook->no_credentials = !js_access_knows(delivery->access, lane->site, &fingerprint);
    outlook->explained = stop.message[0] != '\0' || site_stop.message[0] != '\0';
    outlook->held = js_stop_holds(&stop, fingerprint) || js_stop_holds(&site_stop, fingerprint);
    outlook->pause_ms =
        js_stops_wait_ms(&stop, &site_stop, fingerprint, js_delivery_now_ms(delivery));
    return JIRASEND_OK;
}
