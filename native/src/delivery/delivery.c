/* The loop: looks through the outbox, gives every lane a turn, hands over answers. */
#include "delivery/delivery_internal.h"

#include "delivery/stops.h"

#include <stdlib.h>

enum {
    LOOK_MS = 1000,
    TIDY_MS = 60 * 1000,
    TIDY_AT_REST_MS = 10 * TIDY_MS,
    TIDY_MORE_MS = 1000,
    TURN_MS = 1000,
    BREATH_MS = 1
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
    delivery->guard = setup->guard;
    delivery->settled = setup->settled;
    delivery->paused = setup->paused;
    delivery->destination = setup->destination != NULL ? setup->destination : &js_destination_jira;
    delivery->nameless_sites = setup->nameless_sites != NULL ? setup->nameless_sites : "";
    delivery->tidied_ms = INT64_MIN / 2; /* never */
    delivery->wall_minus_mono_ms = js_wall_ms(setup->world) - js_mono_ms(setup->world);
    return delivery;
}

void js_delivery_free(js_delivery *delivery) {
    if (delivery == NULL) {
        return;
    }
    delivery->settled = NULL;
    delivery->guard = (js_guard){0}; /* nobody else is left, and nobody holds the lock */
    while (delivery->couriers != NULL) {
        js_courier *courier = delivery->couriers;
        delivery->couriers = courier->next;
        js_courier_free(delivery, courier);
    }
    while (delivery->inquiries != NULL) {
        js_delivery_remove_inquiry(delivery, delivery->inquiries);
    }
    js_deletion_watches_free(delivery);
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

void js_delivery_note_paused(js_delivery *delivery, bool paused) {
    delivery->outbox_paused = paused;
    delivery->pause_notes++;
}

void js_delivery_hear_of_pause(js_delivery *delivery) {
    if (!delivery->outbox_paused) {
        js_delivery_note_paused(delivery, true);
        delivery->looked = false;
    }
}

/* False: memory is short, and a lane has no courier. */
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
        js_stop_doubt(&courier->view.stop, &courier->hold.doubts, now_ms);
        js_stop_doubt(&courier->view.site_stop, &courier->hold.site_doubts, now_ms);
    }
    return true;
}

/* The disk, or memory: in a second it may be better. */
static void look_later(js_delivery *delivery) {
    delivery->look_again_ms = js_mono_ms(delivery->world) + LOOK_MS;
}

/* Looks through the outbox when anybody changed it since. `failed`: why that failed, or as it was. */
static void look(js_delivery *delivery, jirasend_error *failed) {
    if (js_mono_ms(delivery->world) < delivery->look_again_ms) {
        return;
    }
    js_lane_view *views = NULL;
    size_t count = 0;
    js_stream_wait *waits = NULL;
    size_t wait_count = 0;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = JIRASEND_OK;
    uint64_t notes = delivery->pause_notes;
    js_outbox *outbox = js_outbox_begin(delivery);
    uint64_t version = outbox->ops->version(outbox);
    bool fresh = !delivery->looked || version != delivery->seen_version;
    if (fresh) {
        code = outbox->ops->lanes(outbox, js_delivery_now_ms(delivery), &views, &count, &error);
    }
    if (fresh && code == JIRASEND_OK && count > 0) {
        code = outbox->ops->stream_waits(outbox, js_delivery_now_ms(delivery), &waits, &wait_count,
                                         &error);
    }
    js_outbox_end(delivery);
    if (code == JIRASEND_OK && fresh &&
        notes == delivery->pause_notes) { /* else we were told something newer */
        delivery->outbox_paused = count > 0 && views[0].paused;
    }
    if (code != JIRASEND_OK) {
        js_log_line(delivery->log, JIRASEND_LOG_ERROR, "%s", error.message);
        look_later(delivery);
        *failed = error;
    } else if (fresh && (!note_views(delivery, views, count) ||
                         !js_deletion_watches_note(delivery, waits, wait_count))) {
        look_later(delivery);
    } else if (fresh) {
        delivery->looked = notes == delivery->pause_notes; /* else the next turn reads it again */
        delivery->seen_version = version;
    }
    js_stream_waits_free(waits, wait_count);
    free(views);
}

/*
 * How long what waits will not be sent by anybody, as its lanes are stopped: what others do meanwhile may be
 * noticed later. 0: something moves, or nothing is known to wait.
 */
static int64_t rest_ms(const js_delivery *delivery) {
    int64_t rest = 0;
    if (delivery->inquiries != NULL || delivery->flush_wanted || js_delivery_paused(delivery)) {
        return 0;
    }
    for (const js_courier *c = delivery->couriers; c != NULL; c = c->next) {
        int64_t wait = js_courier_wait_ms(delivery, c);
        if (c->state != JS_COURIER_IDLE || (c->view.waiting > 0 && wait <= 0)) {
            return 0;
        }
        rest = wait > 0 && (rest == 0 || wait < rest) ? wait : rest;
    }
    int64_t watch_ms = js_deletion_watches_wait_ms(delivery);
    return watch_ms >= 0 && watch_ms < rest ? 0 : rest;
}

/* Of hundreds that wait on one database for what nobody can send not each needs to look so often. */
static bool may_tidy_later(const js_delivery *delivery, int64_t mono_ms) {
    return delivery->outbox->ops->rest != NULL && mono_ms < delivery->tidied_ms + TIDY_AT_REST_MS &&
           rest_ms(delivery) >= TIDY_MS;
}

static void tidy(js_delivery *delivery) {
    int64_t mono_ms = js_mono_ms(delivery->world);
    if (delivery->stopping || delivery->paused || mono_ms < delivery->tidy_at_ms ||
        may_tidy_later(delivery, mono_ms)) {
        return;
    }
    delivery->tidy_at_ms = mono_ms + TIDY_MS;
    /* What was stored has the wall clock's time. When that has jumped ahead, nothing is old by it. */
    int64_t wall_ms = js_wall_ms(delivery->world);
    int64_t steady_ms = js_delivery_now_ms(delivery);
    int64_t now_ms = wall_ms < steady_ms ? wall_ms : steady_ms;
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_outbox *outbox = js_outbox_begin(delivery);
    jirasend_code code = outbox->ops->tidy(outbox, now_ms, &error);
    js_outbox_end(delivery);
    if (code != JIRASEND_OK) {
        js_log_line(delivery->log, JIRASEND_LOG_WARNING, "%s", error.message);
    } else if (js_mono_ms(delivery->world) - mono_ms >= JS_TIDY_MS) {
        delivery->tidy_at_ms = js_mono_ms(delivery->world) + TIDY_MORE_MS;
    } else {
        delivery->tidied_ms = mono_ms;
    }
}

/* ---- flush ---- */

/* `seen` may be old: another process may have been told to send less often since. */
static jirasend_code end_backoff(js_delivery *delivery, const js_lane *lane, const js_stop *seen,
                                 jirasend_error *error) {
    if (seen->backoff_until_ms == 0) {
        return JIRASEND_OK;
    }
    js_outbox *outbox = js_outbox_begin(delivery);
    jirasend_code code = outbox->ops->backoff_end(outbox, lane, error);
    js_outbox_end(delivery);
    return code;
}

static jirasend_code flush_all(js_delivery *delivery, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (js_courier *courier = delivery->couriers; courier != NULL && code == JIRASEND_OK;
         courier = courier->next) {
        uint64_t fingerprint = 0;
        if (courier->view.waiting == 0 ||
            !js_access_knows(delivery->access, courier->lane.site, &fingerprint)) {
            continue;
        }
        js_lane site = courier->lane;
        site.api = JS_API_NONE;
        courier->ignore_not_before = true;
        code = end_backoff(delivery, &courier->lane, &courier->view.stop, error);
        if (code == JIRASEND_OK) {
            code = end_backoff(delivery, &site, &courier->view.site_stop, error);
        }
    }
    return code;
}

static void flush_if_wanted(js_delivery *delivery) {
    if (!delivery->flush_wanted) {
        return;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    delivery->looked = false;
    delivery->look_again_ms = 0;
    look(delivery, &error);
    if (error.code == JIRASEND_OK) {
        error.code = flush_all(delivery, &error);
    }
    delivery->flush_error = error;
    delivery->flush_wanted = error.reason == JIRASEND_REASON_AWAY;
}

/* ---- one turn ---- */

static void hand_over(js_delivery *delivery, js_net_answer *answer) {
    js_access_redact(delivery->access, answer);
    if (js_access_receive(delivery->access, answer)) {
        return;
    }
    for (js_courier *courier = delivery->couriers; courier != NULL; courier = courier->next) {
        if (js_courier_receive(delivery, courier, answer)) {
            return;
        }
    }
    if (js_deletion_watches_receive(delivery, answer)) {
        return;
    }
    for (js_inquiry *one = delivery->inquiries; one != NULL; one = one->next) {
        if (js_inquiry_receive(delivery, one, answer)) {
            return;
        }
    }
}

static void collect_answers(js_delivery *delivery) {
    js_net_answer answer;
    while (delivery->net->ops->collect(delivery->net, &answer)) {
        hand_over(delivery, &answer);
        js_net_answer_clear(&answer);
    }
}

/* Makes the next one the first. */
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
 * and are first then: in between, answers and inquiries have theirs. One lane moves in any case, or
 * nothing would be sent where looking through the outbox alone takes that long.
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
    for (js_inquiry *one = delivery->inquiries; one != NULL; one = one->next) {
        js_inquiry_turn(delivery, one);
    }
    /* Whether something is gone only Jira says. */
    bool asks = delivery->destination == &js_destination_jira;
    return (asks && js_deletion_watches_turn(delivery)) || moved;
}

static int64_t next_turn_ms(const js_delivery *delivery) {
    int64_t next = LOOK_MS; /* other processes may have put something in */
    for (const js_courier *c = delivery->couriers; c != NULL; c = c->next) {
        int64_t wait = js_courier_wait_ms(delivery, c);
        if (wait >= 0 && wait < next && !js_delivery_paused(delivery) && !delivery->stopping) {
            next = wait;
        }
    }
    bool asks = delivery->destination == &js_destination_jira;
    int64_t watch_ms = asks ? js_deletion_watches_wait_ms(delivery) : -1;
    return watch_ms >= 0 && watch_ms < next ? watch_ms : next;
}

int64_t js_delivery_turn(js_delivery *delivery) {
    collect_answers(delivery);
    tidy(delivery);
    flush_if_wanted(delivery);
    int64_t until_ms = js_mono_ms(delivery->world) + TURN_MS;
    bool moved = true;
    while (moved) {
        jirasend_error said = JIRASEND_ERROR_INIT;
        look(delivery, &said);
        moved = move_all(delivery, until_ms);
        moved |= js_access_remember(delivery->access);
    }
    js_access_sweep(delivery->access);
    if (delivery->outbox->ops->rest != NULL) {
        delivery->outbox->ops->rest(delivery->outbox, rest_ms(delivery));
    }
    return js_mono_ms(delivery->world) > until_ms ? BREATH_MS : next_turn_ms(delivery);
}

void js_delivery_stop(js_delivery *delivery) {
    delivery->stopping = true;
}

void js_delivery_add_inquiry(js_delivery *delivery, js_inquiry *inquiry) {
    inquiry->next = delivery->inquiries;
    delivery->inquiries = inquiry;
}

void js_delivery_remove_inquiry(js_delivery *delivery, js_inquiry *inquiry) {
    for (js_inquiry **at = &delivery->inquiries; *at != NULL; at = &(*at)->next) {
        if (*at == inquiry) {
            *at = inquiry->next;
            return;
        }
    }
}

void js_delivery_flush(js_delivery *delivery) {
    delivery->flush_wanted = true;
}

int64_t js_delivery_now_ms(const js_delivery *delivery) {
    return js_mono_ms(delivery->world) + delivery->wall_minus_mono_ms;
}
