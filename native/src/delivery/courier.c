#include "delivery/courier.h"

#include "base/crash_point.h"
#include "delivery/decide.h"
#include "delivery/delivery_internal.h"
#include "delivery/permission.h"
#include "delivery/verdict.h"
#include "payload/request.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH_MAX_EVENTS = 100,
    BATCH_MAX_BYTES = 1024 * 1024,
    SOMEBODY_ELSE_HAS_IT_MS = 100,
    DISK_TROUBLE_MS = 1000
};

js_courier *js_courier_new(const js_lane *lane) {
    js_courier *courier = calloc(1, sizeof *courier);
    if (courier != NULL) {
        courier->lane = *lane;
    }
    return courier;
}

static void give_back(js_delivery *delivery, js_courier *courier) {
    js_batch_free(&courier->batch);
    js_settlement_free(&courier->settlement);
    delivery->outbox->ops->release(delivery->outbox, &courier->lane, courier->fence);
    courier->phase = JS_IDLE;
    courier->token_was_fresh = false;
    courier->cloud_was_fresh = false;
}

void js_courier_free(js_delivery *delivery, js_courier *courier) {
    if (courier->phase == JS_SENDING) {
        delivery->net->ops->cancel(delivery->net, courier->ticket);
    }
    if (courier->phase != JS_IDLE) {
        give_back(delivery, courier);
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
    come_back_in(delivery, courier, DISK_TROUBLE_MS);
}

/* ---- taking a batch ---- */

/* When the next event may go that waits by itself; at most as far away as two back-offs. */
static int64_t until_due(const js_courier *courier, int64_t now_ms) {
    return js_stop_left_ms(courier->view.due_ms, now_ms, INT64_C(2) * JS_BACKOFF_MAX_MS);
}

static bool next_batch(js_delivery *delivery, js_courier *courier, jirasend_error *error) {
    int64_t now_ms = js_delivery_now_ms(delivery);
    bool absurd = courier->view.due_ms > now_ms && until_due(courier, now_ms) == 0;
    js_batch_limits limits = {
        .max_events = courier->stop.limit > 0 ? courier->stop.limit : BATCH_MAX_EVENTS,
        .max_bytes = courier->stop.size_cap > 0 ? courier->stop.size_cap : BATCH_MAX_BYTES,
        .now_ms = now_ms,
        .ignore_not_before = courier->ignore_not_before || absurd,
        .suspect_from = JS_SUSPECT_ATTEMPTS,
        /* After each failure the others have a turn, however many there are that Jira chokes on. */
        .suspects_last = courier->stop.failures > 0};
    return delivery->outbox->ops->next_batch(delivery->outbox, &courier->lane, &limits,
                                             &courier->batch, error) == JIRASEND_OK;
}

/* The lane is claimed: takes a batch in hand, if there is one and it may go. */
static bool take_batch(js_delivery *delivery, js_courier *courier, uint64_t fingerprint) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    bool may = js_permission_ask(delivery, courier, fingerprint, &error);
    if (may && next_batch(delivery, courier, &error)) {
        courier->trouble.code = JIRASEND_OK;
        if (courier->batch.count > 0) {
            return true;
        }
        courier->ignore_not_before = false; /* everything has had its turn */
        courier->view.waiting = 0; /* nothing for now: the next look at the outbox says more */
    } else if (error.code != JIRASEND_OK) {
        outbox_failed(delivery, courier, &error);
    } else {
        come_back_in(delivery, courier, DISK_TROUBLE_MS); /* stopped since we looked */
    }
    return false;
}

static bool take_up(js_delivery *delivery, js_courier *courier, uint64_t fingerprint) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code =
        delivery->outbox->ops->claim(delivery->outbox, &courier->lane, &courier->fence, &error);
    if (code == JIRASEND_E_CLOSED) {
        come_back_in(delivery, courier, SOMEBODY_ELSE_HAS_IT_MS);
        return false;
    }
    if (code != JIRASEND_OK) {
        outbox_failed(delivery, courier, &error);
        return false;
    }
    if (!take_batch(delivery, courier, fingerprint)) {
        give_back(delivery, courier);
        return false;
    }
    courier->phase = JS_ASKING;
    return true;
}

/* ---- writing down the outcome ---- */

static void settle(js_delivery *delivery, js_courier *courier) {
    const js_settlement *s = &courier->settlement;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = delivery->outbox->ops->settle(
        delivery->outbox, &courier->lane, courier->fence, s->outcomes, s->count, &s->stop,
        s->writes_site_stop ? &s->site_stop : NULL, js_wall_ms(delivery->world), &error);
    if (code == JIRASEND_OK || code == JIRASEND_E_CLOSED) {
        courier->trouble.code = JIRASEND_OK;
        give_back(delivery, courier); /* CLOSED: another machine has the lane now and sends again */
        return;
    }
    outbox_failed(delivery, courier, &error);
    courier->phase = JS_SETTLING;
}

/* Out of memory with an answer in hand: as if it had not come, the events are sent again. */
static void give_up_attempt(js_delivery *delivery, js_courier *courier) {
    js_log_line(delivery->log, JIRASEND_LOG_ERROR, "%s: out of memory, the request is repeated",
                courier->lane.site);
    give_back(delivery, courier);
    come_back_in(delivery, courier, DISK_TROUBLE_MS);
}

/* ---- token and cloud id, then the request ---- */

static js_past past_of(const js_courier *courier, const js_result *result) {
    bool lookup = result->question == JS_ASK_TOKEN || result->question == JS_ASK_TENANT;
    const js_stop *stop = lookup ? &courier->site_stop : &courier->stop;
    return (js_past){.failures = stop->failures,
                     .parked = stop->parked,
                     .batch = (int)courier->batch.count,
                     .attempts = courier->batch.items[0].attempts,
                     .token_was_fresh = courier->token_was_fresh,
                     .cloud_was_fresh = courier->cloud_was_fresh};
}

static bool renew(js_delivery *delivery, js_courier *courier, js_action action) {
    if (action == JS_RENEW_TOKEN) {
        js_access_token_refused(delivery->access, courier->lane.site, courier->generation);
        courier->token_was_fresh = true;
        return true;
    }
    courier->cloud_was_fresh = true;
    return js_access_cloud_refused(delivery->access, courier->lane.site);
}

/* What the answer means, and doing it. `answers` belongs to this function. */
static void conclude(js_delivery *delivery, js_courier *courier, const js_result *result,
                     js_item_answer *answers, int64_t clock_skew_ms) {
    js_past past = past_of(courier, result);
    js_decision decision = js_decide(result, &past, delivery->world);
    if (decision.action == JS_RENEW_TOKEN || decision.action == JS_RENEW_CLOUD) {
        if (renew(delivery, courier, decision.action)) {
            courier->phase = JS_ASKING;
            return;
        }
        past.cloud_was_fresh = true; /* it is configured: there is nothing to look up */
        decision = js_decide(result, &past, delivery->world);
    }
    js_permission_note(delivery, courier, decision.action);
    if (js_verdict_apply(delivery, courier, result, &decision, answers, clock_skew_ms)) {
        settle(delivery, courier);
    } else {
        give_up_attempt(delivery, courier);
    }
}

static bool make_body(const js_courier *courier, js_buf *body) {
    js_payload_item items[BATCH_MAX_EVENTS];
    for (size_t i = 0; i < courier->batch.count; i++) {
        items[i] =
            (js_payload_item){&courier->batch.items[i].event, courier->batch.items[i].sequence};
    }
    js_payload_bulk(body, items, courier->batch.count);
    return !body->failed;
}

static void send(js_delivery *delivery, js_courier *courier, const js_grant *grant) {
    js_buf url = JS_BUF_INIT;
    js_buf body = JS_BUF_INIT;
    js_buf_add_text(&url, grant->api_url);
    js_payload_bulk_path(&url, courier->lane.api, grant->cloud_id);
    jirasend_code code = JIRASEND_E_MEMORY;
    if (make_body(courier, &body) && !url.failed) {
        js_net_request request = {.post = true,
                                  .url = url.data,
                                  .bearer = grant->token,
                                  .body = body.data,
                                  .body_length = body.length};
        JS_CRASH_POINT("post.before");
        code = delivery->net->ops->start(delivery->net, &request, &courier->ticket, NULL);
        JS_CRASH_POINT("post.started");
    }
    if (code == JIRASEND_OK) {
        courier->phase = JS_SENDING;
        courier->generation = grant->token_generation;
        courier->body_length = body.length;
    } else {
        give_up_attempt(delivery, courier);
    }
    js_buf_free(&body);
    js_buf_free(&url);
}

static bool ask(js_delivery *delivery, js_courier *courier) {
    js_grant grant;
    js_result why;
    (void)js_access_knows(delivery->access, courier->lane.site, &courier->fingerprint);
    switch (js_access_want(delivery->access, courier->lane.site, &grant, &why)) {
    case JS_READY:
        send(delivery, courier, &grant);
        return true;
    case JS_FAILED:
        conclude(delivery, courier, &why, NULL, 0);
        return true;
    case JS_PENDING:
    default:
        return false;
    }
}

/* ---- the answer ---- */

/* Reads the lists of a 202; null with the result marked as nonsense when they make no sense. */
static js_item_answer *read_lists(const js_courier *courier, const js_net_answer *answer,
                                  js_result *result) {
    size_t count = courier->batch.count;
    const js_event *events[BATCH_MAX_EVENTS];
    for (size_t i = 0; i < count; i++) {
        events[i] = &courier->batch.items[i].event;
    }
    js_item_answer *items = calloc(count, sizeof *items);
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    if (items == NULL) {
        js_result_nonsense(result, "out of memory while reading the answer");
    } else if (js_answer_bulk(items, courier->lane.api, events, count, body, answer->body.length,
                              &error) != JIRASEND_OK) {
        js_result_nonsense(result, error.message);
        free(items);
        items = NULL;
    }
    return items;
}

bool js_courier_take(js_delivery *delivery, js_courier *courier, const js_net_answer *answer) {
    if (courier->phase != JS_SENDING || courier->ticket != answer->ticket) {
        return false;
    }
    JS_CRASH_POINT("post.after");
    js_result result;
    js_result_of(&result, JS_ASK_BULK, answer);
    js_item_answer *items = NULL;
    if (answer->failure == JS_NET_ANSWERED && answer->status == 202) {
        items = read_lists(courier, answer, &result);
    }
    int64_t skew_ms =
        answer->server_date_ms > 0 ? js_wall_ms(delivery->world) - answer->server_date_ms : 0;
    conclude(delivery, courier, &result, items, skew_ms);
    return true;
}

/* ---- one turn ---- */

static bool wants_to_start(const js_delivery *delivery, const js_courier *courier) {
    return !delivery->stopping && !delivery->paused && js_courier_wait_ms(delivery, courier) == 0;
}

bool js_courier_turn(js_delivery *delivery, js_courier *courier) {
    uint64_t fingerprint = 0;
    switch (courier->phase) {
    case JS_IDLE:
        return wants_to_start(delivery, courier) &&
               js_access_knows(delivery->access, courier->lane.site, &fingerprint) &&
               take_up(delivery, courier, fingerprint);
    case JS_ASKING: /* what was not sent when the client began to close stays */
        return !delivery->stopping && ask(delivery, courier);
    case JS_SETTLING:
        if (js_mono_ms(delivery->world) >= courier->look_again_ms) {
            settle(delivery, courier);
            return courier->phase == JS_IDLE;
        }
        return false;
    case JS_SENDING:
    default:
        return false;
    }
}

int64_t js_courier_wait_ms(const js_delivery *delivery, const js_courier *courier) {
    int64_t until_look = courier->look_again_ms - js_mono_ms(delivery->world);
    if (courier->phase == JS_SETTLING) {
        return until_look > 0 ? until_look : 0;
    }
    uint64_t fingerprint = 0;
    bool idle = courier->phase == JS_IDLE && courier->view.waiting > 0 &&
                js_access_knows(delivery->access, courier->lane.site, &fingerprint);
    if (!idle) {
        return -1;
    }
    int64_t wait = js_permission_wait_ms(delivery, courier, fingerprint);
    int64_t now_ms = js_delivery_now_ms(delivery);
    int64_t due = courier->ignore_not_before ? 0 : until_due(courier, now_ms);
    wait = due > wait ? due : wait;
    wait = until_look > wait ? until_look : wait;
    return wait > 0 ? wait : 0;
}
