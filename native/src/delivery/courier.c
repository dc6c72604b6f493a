/* The state machine of one lane, from the outbox to Jira and back. */
#include "delivery/courier.h"

#include "base/assert.h"
#include "base/crash_point.h"
#include "delivery/apply.h"
#include "delivery/cargo.h"
#include "delivery/delivery_internal.h"
#include "delivery/destination.h"
#include "delivery/history_pace.h"
#include "delivery/visit.h"
#include "event/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOMEBODY_ELSE_HAS_IT_MS = 100, OUTBOX_TROUBLE_MS = 1000 };

#define TO(state) (1U << JS_COURIER_##state)

static const struct {
    const char *name;
    unsigned may_become;
} states[JS_COURIER_STATES] = {
    [JS_COURIER_IDLE] = {"idle", TO(CLAIMING)},
    [JS_COURIER_CLAIMING] = {"claiming", TO(IDLE) | TO(ASKING) | TO(SETTLING)},
    [JS_COURIER_ASKING] = {"asking for access", TO(IDLE) | TO(SENDING) | TO(SETTLING)},
    [JS_COURIER_SENDING] = {"sending", TO(IDLE) | TO(ASKING) | TO(SETTLING)},
    [JS_COURIER_SETTLING] = {"settling", TO(IDLE)},
};

/* The only place that changes the state. */
static void courier_enter(const js_delivery *delivery, js_courier *courier,
                          js_courier_state state) {
    js_assert((states[courier->state].may_become & (1U << state)) != 0);
    js_log_line(delivery->log, JIRASEND_LOG_DEBUG, "%s, %s: %s -> %s (%zu events)",
                courier->lane.site, js_api_of(courier->lane.api)->plural,
                states[courier->state].name, states[state].name, courier->trip.batch.count);
    courier->state = state;
    courier->changes++;
}

js_courier *js_courier_new(const js_lane *lane) {
    js_courier *courier = calloc(1, sizeof *courier);
    if (courier != NULL) {
        courier->lane = *lane;
    }
    return courier;
}

static bool is_deletion(const js_courier *courier) {
    return courier->trip.batch.count > 0 && courier->trip.batch.items[0].event.deletion;
}

/* The end of a trip, whatever came of it. A probe that was claimed and not sent is given back. */
static void give_back(js_delivery *delivery, js_courier *courier, bool unsent) {
    int64_t fence = courier->trip.fence;
    bool silent = courier->trip.silent || courier->state == JS_COURIER_SENDING;
    bool unanswered = silent && is_deletion(courier);
    js_outbox *outbox = js_outbox_begin(delivery);
    if (unsent) {
        js_hold_give_back_probe(delivery, &courier->hold, &courier->lane);
    }
    outbox->ops->release(outbox, &courier->lane, fence, unanswered);
    js_outbox_end(delivery);
    js_batch_clear(&courier->trip.batch);
    js_settlement_clear(&courier->trip.settlement);
    courier->trip = (js_trip){0};
    courier_enter(delivery, courier, JS_COURIER_IDLE);
}

void js_courier_free(js_delivery *delivery, js_courier *courier) {
    if (courier->state == JS_COURIER_SENDING) {
        delivery->net->ops->cancel(delivery->net, courier->trip.ticket);
    }
    if (courier->state != JS_COURIER_IDLE) {
        give_back(delivery, courier, courier->state == JS_COURIER_ASKING);
    }
    free(courier);
}

static void come_back_in(js_delivery *delivery, js_courier *courier, int64_t ms) {
    courier->look_again_ms =
        js_mono_ms(delivery->world) + ms / 2 + js_random_below(delivery->world, ms);
}

/* The outbox does not work: said to whoever asks, and tried again. */
static void outbox_failed(js_delivery *delivery, js_courier *courier, const jirasend_error *error) {
    js_log_line(delivery->log, JIRASEND_LOG_ERROR, "%s", error->message);
    courier->trouble = *error;
    come_back_in(delivery, courier, OUTBOX_TROUBLE_MS);
}

/* ---- writing down the outcome ---- */

/* Before the rest: should that fail, they are sent once more, and nothing is lost. */
static jirasend_code revive(const js_delivery *delivery, js_outbox *outbox, const js_settlement *s,
                            jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < s->revived_count && code == JIRASEND_OK; i++) {
        code = outbox->ops->retry(outbox, s->revived[i], NULL, js_wall_ms(delivery->world), error);
        code = code == JIRASEND_E_NOT_FOUND ? JIRASEND_OK : code; /* somebody has dropped it */
    }
    return code;
}

static bool is_plain(const js_stop *stop) {
    return js_stop_calm(stop) && stop->limit == 0 && stop->http_status == 0 &&
           stop->refused.count == 0;
}

/* Nothing stopped the lane before, and nothing does now: then nothing of it is written. */
static bool stop_stays(const js_courier *courier) {
    const js_stop *before = &courier->hold.stop;
    const js_stop *now = &courier->trip.settlement.stop;
    const js_backoff *own = &courier->trip.batch.backoff;
    return is_plain(before) && is_plain(now) && before->size_cap == now->size_cap &&
           own->until_ms == 0 && own->failures == 0 && own->culprits == 0 && own->limit == 0;
}

static void settle(js_delivery *delivery, js_courier *courier) {
    const js_settlement *s = &courier->trip.settlement;
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_outbox *outbox = js_outbox_begin(delivery);
    jirasend_code code = revive(delivery, outbox, s, &error);
    if (code == JIRASEND_OK) {
        code = outbox->ops->settle(outbox, &courier->lane, courier->trip.fence, s->outcomes,
                                   s->count, stop_stays(courier) ? NULL : &s->stop,
                                   s->writes_site_stop ? &s->site_stop : NULL,
                                   js_wall_ms(delivery->world), &error);
    }
    js_outbox_end(delivery);
    if (code == JIRASEND_OK || code == JIRASEND_E_CLOSED) {
        courier->trouble.code = JIRASEND_OK;
        /* CLOSED: another machine has the lane now and sends again */
        give_back(delivery, courier, false);
        js_delivery_tell(delivery);
    } else {
        outbox_failed(delivery, courier, &error);
    }
}

/* Out of memory with an answer in hand: as if it had not come, the events are sent again. */
static void give_up_attempt(js_delivery *delivery, js_courier *courier) {
    js_log_line(delivery->log, JIRASEND_LOG_ERROR, "%s: out of memory, the request is repeated",
                courier->lane.site);
    give_back(delivery, courier, true);
    come_back_in(delivery, courier, OUTBOX_TROUBLE_MS);
}

/* ---- setting out ---- */

/* Nothing else is to be sent, so nothing else shows who refused the lone events. */
static bool settle_refusals(js_delivery *delivery, js_courier *courier) {
    js_outbox_begin(delivery);
    js_hold_give_back_probe(delivery, &courier->hold, &courier->lane);
    js_outbox_end(delivery);
    courier->hold.stop.probe_at_ms = courier->hold.probe_at_ms;
    if (!js_apply_refusals(delivery, courier)) {
        give_up_attempt(delivery, courier);
        return false;
    }
    courier_enter(delivery, courier, JS_COURIER_SETTLING);
    settle(delivery, courier);
    return courier->state == JS_COURIER_IDLE;
}

static bool nothing_to_send(js_delivery *delivery, js_courier *courier, int64_t look_ms) {
    courier->trouble.code = JIRASEND_OK;
    if (look_ms > 0) {
        courier->ignore_not_before = false;
        courier->view.due_ms = look_ms;
        give_back(delivery, courier, true);
        return false;
    }
    courier->ignore_not_before = false; /* everything has had its turn */
    courier->view.waiting = 0;          /* nothing for now: the next look at the outbox says more */
    if (courier->refusals.count > 0) {
        return settle_refusals(delivery, courier);
    }
    give_back(delivery, courier, true);
    return false;
}

static bool set_out(js_delivery *delivery, js_courier *courier, uint64_t fingerprint) {
    js_batch batch = {0};
    jirasend_error error = JIRASEND_ERROR_INIT;
    courier_enter(delivery, courier, JS_COURIER_CLAIMING);
    (void)js_outbox_begin(delivery);
    js_visit came = js_visit_outbox(delivery, courier, fingerprint, &batch, &error);
    js_outbox_end(delivery);
    courier->elsewhere.code = JIRASEND_OK;
    switch (came) {
    case JS_VISIT_LOADED:
        courier->trouble.code = JIRASEND_OK;
        courier->trip.batch = batch;
        courier_enter(delivery, courier, JS_COURIER_ASKING);
        return true;
    case JS_VISIT_EMPTY:
        js_batch_clear(&batch);
        return nothing_to_send(delivery, courier, batch.look_ms);
    case JS_VISIT_STOPPED: /* since we looked */
        come_back_in(delivery, courier, OUTBOX_TROUBLE_MS);
        give_back(delivery, courier, true);
        return false;
    case JS_VISIT_BROKEN_OFF:
        outbox_failed(delivery, courier, &error);
        give_back(delivery, courier, true);
        return false;
    case JS_VISIT_ELSEWHERE:
        courier->elsewhere = error;
        come_back_in(delivery, courier, SOMEBODY_ELSE_HAS_IT_MS);
        break;
    case JS_VISIT_FAILED:
        outbox_failed(delivery, courier, &error);
        break;
    }
    courier_enter(delivery, courier, JS_COURIER_IDLE);
    return false;
}

/* ---- token and cloud id, then the request ---- */

/* Whether the culprit that is being looked for may be in the batch. */
static bool searching(const js_courier *courier) {
    return courier->trip.batch.items[0].id <= courier->search_to_id;
}

static js_past past_of(const js_delivery *delivery, const js_courier *courier,
                       const js_result *result) {
    const js_trip *trip = &courier->trip;
    bool look_up = js_endpoint_is_lookup(result->endpoint);
    const js_stop *stop = look_up ? &courier->hold.site_stop : &courier->hold.stop;
    bool enough = stop->failures >= JS_CULPRIT_FAILURES - 1;
    return (js_past){.failures = searching(courier) && !look_up && !enough ? JS_CULPRIT_FAILURES - 1
                                                                           : stop->failures,
                     .culprits = stop->culprits,
                     .batch = (int)trip->batch.count,
                     .attempts = trip->batch.items[0].attempts,
                     .token_was_fresh =
                         trip->token_was_fresh ||
                         !js_access_token_renewable(delivery->access, courier->lane.site),
                     .cloud_was_fresh = trip->cloud_was_fresh,
                     .gateway_probed = courier->hold.stop.held &&
                                       js_gateway_may_say(courier->hold.stop.http_status)};
}

static bool renew(js_delivery *delivery, js_courier *courier, js_action action) {
    if (action == JS_ACTION_RENEW_TOKEN) {
        js_access_token_refused(delivery->access, courier->lane.site, courier->trip.generation);
        courier->trip.token_was_fresh = true;
        return true;
    }
    courier->trip.cloud_was_fresh = true;
    return js_access_cloud_refused(delivery->access, courier->lane.site);
}

/* A hold that somebody lifts while its probe is on its way stays lifted, whatever the answer. */
static void heed_lifting(js_delivery *delivery, js_courier *courier, js_decision *decision) {
    if (decision->action != JS_ACTION_HOLD_LANE && decision->action != JS_ACTION_HOLD_SITE) {
        return;
    }
    (void)js_outbox_begin(delivery);
    bool lifted = js_hold_was_lifted(delivery, &courier->hold, &courier->lane);
    js_outbox_end(delivery);
    if (lifted) {
        *decision = (js_decision){.action = JS_ACTION_WAIT};
    }
}

/* What the answer means, and doing it. `answers` belongs to this function. */
static void conclude(js_delivery *delivery, js_courier *courier, const js_result *result,
                     js_item_answer *answers, int64_t clock_skew_ms) {
    js_past past = past_of(delivery, courier, result);
    js_decision decision = js_decide(result, &past, delivery->world);
    if (decision.action == JS_ACTION_RENEW_TOKEN || decision.action == JS_ACTION_RENEW_CLOUD) {
        if (renew(delivery, courier, decision.action)) {
            courier_enter(delivery, courier, JS_COURIER_ASKING);
            return;
        }
        past.cloud_was_fresh = true; /* it is configured: there is nothing to look up */
        decision = js_decide(result, &past, delivery->world);
    }
    heed_lifting(delivery, courier, &decision);
    js_log_line(delivery->log, JIRASEND_LOG_DEBUG, "%s: HTTP %d (failure %d) for %s: %s",
                courier->lane.site, result->status, (int)result->failure,
                js_endpoint_name(result->endpoint), js_action_name(decision.action));
    js_hold_note(delivery, &courier->hold, courier->trip.fingerprint, decision.action);
    if (js_apply(delivery, courier, result, &decision, answers, clock_skew_ms)) {
        courier_enter(delivery, courier, JS_COURIER_SETTLING);
        settle(delivery, courier);
    } else {
        give_up_attempt(delivery, courier);
    }
}

static void send(js_delivery *delivery, js_courier *courier, const js_grant *grant) {
    js_trip *trip = &courier->trip;
    js_buf url = JS_BUF_INIT;
    js_buf body = JS_BUF_INIT;
    js_net_request request = {.bearer = grant->token};
    const js_load load = {&courier->lane, js_visit_size_cap(courier), grant, delivery};
    js_buf_add_text(&url, grant->api_url);
    jirasend_code code = JIRASEND_E_MEMORY;
    if (delivery->destination->load(&load, &trip->batch, &url, &body, &request) && !url.failed) {
        request.url = url.data;
        request.body = body.data;
        request.body_length = body.length;
        JS_CRASH_POINT("post.before");
        code = delivery->net->ops->start(delivery->net, &request, &trip->ticket, NULL);
        JS_CRASH_POINT("post.started");
    }
    if (code == JIRASEND_OK) {
        courier_enter(delivery, courier, JS_COURIER_SENDING);
        trip->generation = grant->token_generation;
        trip->body_length = body.length;
        trip->history_slot_ms = 0; /* should it have to be sent again */
    } else {
        give_up_attempt(delivery, courier);
    }
    js_buf_clear(&body);
    js_buf_clear(&url);
}

static bool may_ask(js_delivery *delivery, js_courier *courier) {
    if (delivery->stopping) {
        return false;
    }
    js_history_pace_take(delivery, courier);
    return js_history_pace_left_ms(delivery, courier) == 0;
}

/*
 * Before a request: the lane must stay ours for its time. What comes late does no harm, as its numbers
 * are lower than those that are sent meanwhile; but a deletion has no such guard in Jira.
 */
static bool keep_lane(js_delivery *delivery, js_courier *courier) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t fence = courier->trip.fence;
    bool whole = is_deletion(courier) && !courier->trip.kept;
    js_outbox *outbox = js_outbox_begin(delivery);
    jirasend_code code = outbox->ops->keep(outbox, &courier->lane, fence, whole, &error);
    js_outbox_end(delivery);
    courier->trip.kept = code == JIRASEND_OK;
    if (code == JIRASEND_OK) {
        return true;
    }
    if (code != JIRASEND_E_CLOSED) {
        outbox_failed(delivery, courier, &error);
    }
    give_back(delivery, courier, true);
    return false;
}

static bool ask(js_delivery *delivery, js_courier *courier) {
    if (!keep_lane(delivery, courier)) {
        return false;
    }
    js_grant grant;
    js_result why;
    (void)js_access_knows(delivery->access, courier->lane.site, &courier->trip.fingerprint);
    switch (js_access_want(delivery->access, courier->lane.site, &grant, &why)) {
    case JS_ACCESS_READY:
        send(delivery, courier, &grant);
        return true;
    case JS_ACCESS_FAILED:
        conclude(delivery, courier, &why, NULL, 0);
        return true;
    case JS_ACCESS_PENDING:
    default:
        return false;
    }
}

/* ---- the answer ---- */

/* Reads what the answer says of each event; null: nothing, or nothing that can be understood. */
static js_item_answer *read_items(const js_delivery *delivery, const js_courier *courier,
                                  const js_net_answer *answer, js_result *result) {
    const js_batch *batch = &courier->trip.batch;
    js_assert(batch->count > 0 && batch->count <= JS_BATCH_MAX_EVENTS);
    if (!delivery->destination->judges(answer)) {
        return NULL;
    }
    js_item_answer *items = calloc(batch->count, sizeof *items);
    if (items == NULL) {
        js_result_nonsense(result, "out of memory while reading the answer");
    } else if (!delivery->destination->read(items, &courier->lane, batch, answer, result)) {
        free(items);
        items = NULL;
    }
    return items;
}

bool js_courier_receive(js_delivery *delivery, js_courier *courier, const js_net_answer *answer) {
    if (courier->state != JS_COURIER_SENDING || courier->trip.ticket != answer->ticket) {
        return false;
    }
    JS_CRASH_POINT("post.after");
    courier->trip.silent = answer->failure != JS_NET_ANSWERED;
    js_result result;
    js_result_of(&result, delivery->destination->endpoint, answer);
    js_item_answer *items = read_items(delivery, courier, answer, &result);
    bool of_jira = result.endpoint == JS_ENDPOINT_BULK; /* whose clock is worth a word */
    int64_t skew_ms = of_jira && answer->server_date_ms > 0
                          ? js_wall_ms(delivery->world) - answer->server_date_ms
                          : 0;
    conclude(delivery, courier, &result, items, skew_ms);
    return true;
}

/* ---- one turn ---- */

static bool wants_to_start(const js_delivery *delivery, const js_courier *courier) {
    return !delivery->stopping && !js_delivery_paused(delivery) &&
           js_courier_wait_ms(delivery, courier) == 0;
}

/* What a relay forbade is for other credentials, whenever they come: they try it at once. */
static void note_credentials(const js_delivery *delivery, js_courier *courier) {
    uint64_t fingerprint = 0;
    if (delivery->destination->holds_events &&
        js_access_knows(delivery->access, courier->lane.site, &fingerprint) &&
        fingerprint != courier->tried_fingerprint) {
        courier->tried_fingerprint = fingerprint;
        courier->ignore_not_before = true;
    }
}

bool js_courier_turn(js_delivery *delivery, js_courier *courier) {
    uint64_t fingerprint = 0;
    switch (courier->state) {
    case JS_COURIER_IDLE:
        note_credentials(delivery, courier);
        return wants_to_start(delivery, courier) &&
               js_access_knows(delivery->access, courier->lane.site, &fingerprint) &&
               set_out(delivery, courier, fingerprint);
    case JS_COURIER_ASKING: /* what was not sent when the client began to close stays */
        return may_ask(delivery, courier) && ask(delivery, courier);
    case JS_COURIER_SETTLING:
        if (js_mono_ms(delivery->world) >= courier->look_again_ms) {
            settle(delivery, courier);
            return courier->state == JS_COURIER_IDLE;
        }
        return false;
    case JS_COURIER_SENDING:
        return false;
    case JS_COURIER_CLAIMING:
    case JS_COURIER_STATES:
    default:
        js_assert(false); /* claiming ends in the turn in which it begins */
        return false;
    }
}

int64_t js_courier_wait_ms(const js_delivery *delivery, const js_courier *courier) {
    int64_t until_look = courier->look_again_ms - js_mono_ms(delivery->world);
    if (courier->state == JS_COURIER_SETTLING) {
        return until_look > 0 ? until_look : 0;
    }
    int64_t history = js_history_pace_left_ms(delivery, courier);
    if (history > 0) {
        return history;
    }
    uint64_t fingerprint = 0;
    bool doubts = courier->refusals.count > 0;
    bool idle = courier->state == JS_COURIER_IDLE && (courier->view.waiting > 0 || doubts) &&
                js_access_knows(delivery->access, courier->lane.site, &fingerprint);
    if (!idle) {
        return -1;
    }
    int64_t wait = js_hold_wait_ms(delivery, &courier->hold, &courier->view.stop,
                                   &courier->view.site_stop, fingerprint);
    int64_t now_ms = js_delivery_now_ms(delivery);
    int64_t due =
        courier->ignore_not_before || doubts ? 0 : js_visit_until_due(delivery, courier, now_ms);
    wait = due > wait ? due : wait;
    wait = until_look > wait ? until_look : wait;
    return wait > 0 ? wait : 0;
}
