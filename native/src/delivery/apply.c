/* What a decision means for each event, for the lane and for its site. */
#include "delivery/apply.h"

#include "base/assert.h"
#include "delivery/cargo.h"
#include "delivery/delivery_internal.h"
#include "delivery/explain.h"
#include "delivery/stops.h"
#include "event/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a lone event that was refused lets others go, until it is clear who refused it. */
enum { DOUBT_MS = 10 * 1000 };

static js_about about(const js_delivery *delivery, const js_courier *courier) {
    return (js_about){courier->lane.site, js_access_api_url(delivery->access, courier->lane.site),
                      courier->lane.api};
}

static void explain(const js_delivery *delivery, const js_courier *courier, const js_result *result,
                    char *out, size_t size) {
    js_about known = about(delivery, courier);
    js_explain(out, size, result, &known);
}

static bool is_hold(js_action action) {
    return action == JS_ACTION_HOLD_LANE || action == JS_ACTION_HOLD_SITE;
}

/* Jira let us in and read the batch: pauses and holds are over. */
static void relax(js_settlement *settlement, const js_hold *hold) {
    settlement->stop =
        (js_stop){.size_cap = hold->stop.size_cap, .refused = settlement->stop.refused};
    if (!js_stop_calm(&hold->site_stop)) {
        settlement->site_stop = (js_stop){0};
        settlement->writes_site_stop = true;
    }
}

static js_stop *stop_to_change(js_settlement *settlement, const js_decision *decision) {
    if (decision->action == JS_ACTION_HOLD_SITE || decision->whole_site) {
        settlement->writes_site_stop = true;
        return &settlement->site_stop;
    }
    return &settlement->stop;
}

static void pause_it(js_stop *stop, const js_decision *decision, int64_t now_ms) {
    int64_t until = now_ms + decision->delay_ms;
    stop->failures++;
    if (decision->rate_limited) {
        stop->rate_until_ms = until;
        stop->backoff_until_ms = 0;
    } else {
        stop->backoff_until_ms = until;
    }
}

/*
 * Of the credentials that were refused: they may have been replaced while the answer came. The hold
 * of a probe is kept only where nobody has lifted it meanwhile.
 */
static void hold_it(const js_courier *courier, js_stop *stop, int64_t now_ms) {
    stop->carried = stop->held && courier->hold.probing;
    stop->held = true;
    stop->hold_fingerprint = courier->trip.fingerprint;
    stop->probe_at_ms = now_ms + JS_PROBE_INTERVAL_MS;
    stop->backoff_until_ms = 0;
}

/* A batch went through: the next may be larger again. */
static void grow(js_stop *stop, const js_courier *courier) {
    int limit = courier->hold.stop.limit * 2;
    bool all = (size_t)limit >= js_batch_events_max(courier->lane.api);
    stop->limit = all ? 0 : limit;
}

static void halve(js_stop *stop, size_t count) {
    stop->limit = (int)(count / 2);
    if (stop->limit < 1) {
        stop->limit = 1;
    }
}

static void probe_soon(js_stop *stop, int64_t now_ms) {
    stop->probe_at_ms = stop->held ? now_ms + JS_PROBE_AGAIN_MS : 0;
}

/* Jira's trouble says nothing of what was refused: not another hour for that. */
static void probe_again_soon(js_settlement *settlement, int64_t now_ms) {
    probe_soon(&settlement->stop, now_ms);
    probe_soon(&settlement->site_stop, now_ms);
    settlement->writes_site_stop = settlement->writes_site_stop || settlement->site_stop.held;
}

/* The culprit is in this batch: until it is found, each failure halves what is sent. */
static void search(js_courier *courier, js_stop *stop) {
    const js_batch *batch = &courier->trip.batch;
    int64_t last_id = batch->items[batch->count - 1].id;
    halve(stop, batch->count);
    if (last_id > courier->search_to_id) {
        courier->search_to_id = last_id;
    }
}

/* Pauses and holds keep every event; only the stop changes. */
static void apply_stop(js_delivery *delivery, js_courier *courier, const js_result *result,
                       const js_decision *decision) {
    js_settlement *settlement = &courier->trip.settlement;
    int64_t now_ms = js_delivery_now_ms(delivery);
    js_stop *stop = stop_to_change(settlement, decision);
    bool was_held = stop->held && !is_hold(decision->action);
    if (!is_hold(decision->action)) {
        probe_again_soon(settlement, now_ms);
    }
    if (is_hold(decision->action)) {
        hold_it(courier, stop, now_ms);
    } else {
        if (decision->action == JS_ACTION_SPLIT_LATER) {
            search(courier, stop);
        } else if (decision->action == JS_ACTION_SET_ASIDE) {
            stop->culprits++;
            stop->limit = 0; /* it was one: the others need not travel alone for it */
            settlement->outcomes[0].not_before_ms = now_ms + decision->event_delay_ms;
        }
        pause_it(stop, decision, now_ms);
    }
    if (!was_held) { /* a probe that did not get through says nothing new about the hold */
        stop->http_status = result->status;
        explain(delivery, courier, result, stop->message, sizeof stop->message);
    }
}

/* ---- lone events that were refused ---- */

static void say_refused(const js_delivery *delivery, const js_courier *courier,
                        const js_result *result, char *out, size_t size) {
    bool of_jira = result->endpoint == JS_ENDPOINT_BULK;
    if (of_jira && result->status != 413 && result->words[0] != '\0') {
        (void)snprintf(out, size, "Jira rejects it (HTTP %d): %.300s", result->status,
                       result->words);
    } else {
        explain(delivery, courier, result, out, size);
    }
}

static bool reject_lone(js_delivery *delivery, js_courier *courier, const js_result *result) {
    char sentence[JIRASEND_ERROR_MESSAGE_SIZE];
    js_settlement *settlement = &courier->trip.settlement;
    say_refused(delivery, courier, result, sentence, sizeof sentence);
    relax(settlement, &courier->hold);
    grow(&settlement->stop, courier);
    return js_settlement_reject(settlement, 0, result->status, sentence);
}

/* It is clear that Jira said so: those that were in doubt are dead letters. */
static bool reject_refused(const js_delivery *delivery, js_courier *courier) {
    js_refusals *refusals = &courier->refusals;
    js_result said = {
        .endpoint = refusals->endpoint, .failure = JS_NET_ANSWERED, .status = refusals->status};
    memcpy(said.words, refusals->words, sizeof said.words);
    char sentence[JIRASEND_ERROR_MESSAGE_SIZE];
    say_refused(delivery, courier, &said, sentence, sizeof sentence);
    js_settlement *settlement = &courier->trip.settlement;
    for (size_t i = 0; i < refusals->count; i++) {
        size_t at = js_settlement_add(settlement, refusals->ids[i]);
        if (!js_settlement_reject(settlement, at, refusals->status, sentence)) {
            return false;
        }
        settlement->outcomes[at].sent = false; /* that was counted when it was sent */
    }
    js_refusals_remember(refusals, &settlement->stop.refused);
    js_refusals_clear(refusals);
    return true;
}

/* Nobody's fault among the events: they wait, and the lane with them. */
static void hold_for_gateway(const js_delivery *delivery, js_courier *courier,
                             const js_result *result) {
    js_settlement *settlement = &courier->trip.settlement;
    js_refusals *refusals = &courier->refusals;
    js_about known = about(delivery, courier);
    for (size_t i = 0; i < refusals->count; i++) {
        if (refusals->ids[i] != courier->trip.batch.items[0].id) {
            size_t at = js_settlement_add(settlement, refusals->ids[i]);
            settlement->outcomes[at].http_status = result->status;
        }
    }
    js_refused *before = &settlement->stop.refused;
    int revived = js_refusals_before(refusals, before);
    for (int i = 0; i < revived; i++) {
        settlement->revived[i] = before->ids[i];
    }
    settlement->revived_count = (size_t)revived;
    *before = (js_refused){0};
    hold_it(courier, &settlement->stop, js_delivery_now_ms(delivery));
    settlement->stop.http_status = result->status;
    settlement->stop.size_cap = 0; /* what was learnt of sizes was the gateway's word, too */
    js_explain_gateway(settlement->stop.message, sizeof settlement->stop.message, result, &known,
                       revived + (int)refusals->count);
    js_log_line(delivery->log, JIRASEND_LOG_ERROR, "%s: %s", courier->lane.site,
                settlement->stop.message);
    js_refusals_clear(refusals);
}

static bool doubt(js_delivery *delivery, js_courier *courier, const js_result *result) {
    js_settlement *settlement = &courier->trip.settlement;
    int64_t id = courier->trip.batch.items[0].id;
    if (!js_refusals_agree(&courier->refusals, result) && !reject_refused(delivery, courier)) {
        return false;
    }
    relax(settlement, &courier->hold);
    grow(&settlement->stop, courier);
    if (js_refusals_add(&courier->refusals, result, id, &settlement->stop.refused)) {
        hold_for_gateway(delivery, courier, result);
        return true;
    }
    settlement->outcomes[0].not_before_ms = js_delivery_now_ms(delivery) + DOUBT_MS;
    return true;
}

bool js_apply_refusals(js_delivery *delivery, js_courier *courier) {
    js_settlement *settlement = &courier->trip.settlement;
    js_assert(courier->refusals.count > 0 && courier->trip.batch.count == 0);
    if (!js_settlement_begin(settlement, &courier->trip.batch)) {
        return false;
    }
    settlement->stop = courier->hold.stop;
    settlement->stop.carried = true;
    return reject_refused(delivery, courier);
}

/* ---- all of it ---- */

static void log_it(const js_delivery *delivery, const js_courier *courier, const js_result *result,
                   const js_decision *decision) {
    if (decision->action == JS_ACTION_SETTLE) {
        const js_api_info *api = js_api_of(courier->lane.api);
        size_t count = courier->trip.batch.count;
        js_log_line(delivery->log, JIRASEND_LOG_INFO, "%s: Jira has answered for %zu %s",
                    courier->lane.site, count, count == 1 ? api->noun : api->plural);
        return;
    }
    char sentence[JIRASEND_ERROR_MESSAGE_SIZE];
    explain(delivery, courier, result, sentence, sizeof sentence);
    bool grave = is_hold(decision->action) || decision->action == JS_ACTION_REJECT;
    js_log_line(delivery->log, grave ? JIRASEND_LOG_ERROR : JIRASEND_LOG_WARNING, "%s: %s",
                courier->lane.site, sentence);
}

/* A flush does not talk an event out of a pause that it got in the same flush. */
static void heed_new_pauses(js_courier *courier) {
    const js_settlement *settlement = &courier->trip.settlement;
    for (size_t i = 0; i < settlement->count; i++) {
        if (settlement->outcomes[i].not_before_ms > 0) {
            courier->ignore_not_before = false;
        }
    }
}

static bool judge(js_delivery *delivery, js_courier *courier, js_item_answer *answers,
                  int64_t clock_skew_ms) {
    js_settlement *settlement = &courier->trip.settlement;
    relax(settlement, &courier->hold);
    grow(&settlement->stop, courier);
    bool done = js_settlement_judge(settlement, &courier->trip.batch, answers, clock_skew_ms,
                                    js_delivery_now_ms(delivery)) &&
                reject_refused(delivery, courier);
    settlement->stop.refused = (js_refused){0}; /* that was Jira */
    return done;
}

static bool fill_in(js_delivery *delivery, js_courier *courier, const js_result *result,
                    const js_decision *decision, js_item_answer *answers, int64_t clock_skew_ms) {
    js_settlement *settlement = &courier->trip.settlement;
    settlement->stop = courier->hold.stop;
    settlement->site_stop = courier->hold.site_stop;
    settlement->stop.carried = true;
    settlement->site_stop.carried = true;
    if (js_endpoint_carries(result->endpoint)) {
        js_settlement_sent_again(settlement, result->status);
    }
    switch (decision->action) {
    case JS_ACTION_SETTLE:
        return judge(delivery, courier, answers, clock_skew_ms);
    case JS_ACTION_DOUBT:
        return doubt(delivery, courier, result);
    case JS_ACTION_REJECT:
        return reject_lone(delivery, courier, result);
    case JS_ACTION_SPLIT:
        relax(settlement, &courier->hold);
        halve(&settlement->stop, courier->trip.batch.count);
        return true;
    case JS_ACTION_SHRINK: /* the size is what matters: it may hold as many as fit */
        relax(settlement, &courier->hold);
        settlement->stop.limit = courier->hold.stop.limit;
        settlement->stop.size_cap = (int64_t)(courier->trip.body_length / 2);
        return true;
    case JS_ACTION_WAIT:
    case JS_ACTION_SPLIT_LATER:
    case JS_ACTION_SET_ASIDE:
    case JS_ACTION_HOLD_LANE:
    case JS_ACTION_HOLD_SITE:
        apply_stop(delivery, courier, result, decision);
        return true;
    case JS_ACTION_RENEW_TOKEN:
    case JS_ACTION_RENEW_CLOUD:
    default:
        js_assert(false); /* a renewal does not end an attempt */
        return false;
    }
}

bool js_apply(js_delivery *delivery, js_courier *courier, const js_result *result,
              const js_decision *decision, js_item_answer *answers, int64_t clock_skew_ms) {
    js_settlement *settlement = &courier->trip.settlement;
    if (!js_settlement_begin(settlement, &courier->trip.batch)) {
        if (answers != NULL) {
            js_item_answers_clear(answers, courier->trip.batch.count);
            free(answers);
        }
        return false;
    }
    log_it(delivery, courier, result, decision);
    bool filled = fill_in(delivery, courier, result, decision, answers, clock_skew_ms);
    heed_new_pauses(courier);
    return filled;
}
