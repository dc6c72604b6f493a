#include "delivery/verdict.h"

#include "delivery/delivery_internal.h"
#include "delivery/explain.h"
#include "delivery/stops.h"
#include "event/kind.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH_MAX = 100 };

static void explain(const js_delivery *delivery, const js_courier *courier, const js_result *result,
                    char *out, size_t size) {
    js_about about = {courier->lane.site, js_access_api_url(delivery->access, courier->lane.site),
                      courier->lane.api};
    js_explain(out, size, result, &about);
}

/* Jira let us in and read the batch: pauses and holds are over. */
static void relax(js_settlement *settlement, const js_courier *courier) {
    settlement->stop = (js_stop){.size_cap = courier->stop.size_cap};
    if (!js_stop_calm(&courier->site_stop)) {
        settlement->site_stop = (js_stop){0};
        settlement->writes_site_stop = true;
    }
}

/* A lookup concerns the whole site; everything else this lane. */
static js_stop *stop_to_change(js_settlement *settlement, const js_result *result,
                               const js_decision *decision) {
    bool lookup = result->question == JS_ASK_TOKEN || result->question == JS_ASK_TENANT;
    if (decision->action == JS_HOLD_SITE || (lookup && decision->action == JS_WAIT)) {
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

/* Of the credentials that were refused: they may have been replaced while the answer came. */
static void hold_it(const js_courier *courier, js_stop *stop, int64_t now_ms) {
    stop->held = true;
    stop->carried = false;
    stop->hold_fingerprint = courier->fingerprint;
    stop->probe_at_ms = now_ms + JS_PROBE_INTERVAL_MS;
    stop->backoff_until_ms = 0;
}

/* A batch went through: the next may be larger again. */
static void grow(js_stop *stop, const js_courier *courier) {
    int limit = courier->stop.limit * 2;
    stop->limit = limit >= BATCH_MAX ? 0 : limit;
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

/* Pauses and holds keep every event; only the stop changes. */
static void apply_stop(js_delivery *delivery, js_courier *courier, const js_result *result,
                       const js_decision *decision) {
    js_settlement *settlement = &courier->settlement;
    int64_t now_ms = js_delivery_now_ms(delivery);
    js_stop *stop = stop_to_change(settlement, result, decision);
    bool was_held = stop->held;
    if (decision->action != JS_HOLD_LANE && decision->action != JS_HOLD_SITE) {
        probe_again_soon(settlement, now_ms);
    }
    switch (decision->action) {
    case JS_SPLIT_LATER:
        halve(stop, courier->batch.count);
        pause_it(stop, decision, now_ms);
        break;
    case JS_PARK:
        stop->parked++;
        settlement->outcomes[0].not_before_ms = now_ms + decision->event_delay_ms;
        pause_it(stop, decision, now_ms);
        break;
    case JS_HOLD_LANE:
    case JS_HOLD_SITE:
        hold_it(courier, stop, now_ms);
        was_held = false;
        break;
    case JS_WAIT:
    default:
        pause_it(stop, decision, now_ms);
        break;
    }
    if (!was_held) { /* a probe that did not get through says nothing new about the hold */
        stop->http_status = result->status;
        explain(delivery, courier, result, stop->message, sizeof stop->message);
    }
}

static void log_it(js_delivery *delivery, const js_courier *courier, const js_result *result,
                   const js_decision *decision) {
    if (decision->action == JS_SETTLE) {
        js_log_line(delivery->log, JIRASEND_LOG_DEBUG, "%s: %zu %s(s) answered by Jira",
                    courier->lane.site, courier->batch.count, js_api_of(courier->lane.api)->noun);
        return;
    }
    char sentence[JIRASEND_ERROR_MESSAGE_SIZE];
    explain(delivery, courier, result, sentence, sizeof sentence);
    bool grave = decision->action == JS_HOLD_LANE || decision->action == JS_HOLD_SITE ||
                 decision->action == JS_REJECT;
    js_log_line(delivery->log, grave ? JIRASEND_LOG_ERROR : JIRASEND_LOG_WARNING, "%s: %s",
                courier->lane.site, sentence);
}

static bool reject(js_delivery *delivery, js_courier *courier, const js_result *result) {
    char sentence[JIRASEND_ERROR_MESSAGE_SIZE];
    if (result->status != 413 && result->words[0] != '\0') {
        (void)snprintf(sentence, sizeof sentence, "Jira rejects it (HTTP %d): %.300s",
                       result->status, result->words);
    } else {
        explain(delivery, courier, result, sentence, sizeof sentence);
    }
    relax(&courier->settlement, courier);
    grow(&courier->settlement.stop, courier);
    return js_settlement_reject(&courier->settlement, result->status, sentence);
}

/* A flush does not talk an event out of a pause that it got in the same flush. */
static void heed_new_pauses(js_courier *courier) {
    const js_settlement *settlement = &courier->settlement;
    for (size_t i = 0; i < settlement->count; i++) {
        if (settlement->outcomes[i].not_before_ms > 0) {
            courier->ignore_not_before = false;
        }
    }
}

static bool fill_in(js_delivery *delivery, js_courier *courier, const js_result *result,
                    const js_decision *decision, js_item_answer *answers, int64_t clock_skew_ms) {
    js_settlement *settlement = &courier->settlement;
    settlement->stop = courier->stop;
    settlement->site_stop = courier->site_stop;
    settlement->stop.carried = true;
    settlement->site_stop.carried = true;
    if (result->question == JS_ASK_BULK) {
        js_settlement_sent_again(settlement, result->status);
    }
    switch (decision->action) {
    case JS_SETTLE:
        relax(settlement, courier);
        grow(&settlement->stop, courier);
        return js_settlement_judge(settlement, &courier->batch, answers, clock_skew_ms,
                                   js_delivery_now_ms(delivery));
    case JS_REJECT:
        return reject(delivery, courier, result);
    case JS_SPLIT:
        relax(settlement, courier);
        halve(&settlement->stop, courier->batch.count);
        return true;
    case JS_SHRINK:
        relax(settlement, courier);
        halve(&settlement->stop, courier->batch.count);
        settlement->stop.size_cap = (int64_t)(courier->body_length / 2);
        return true;
    default:
        apply_stop(delivery, courier, result, decision);
        return true;
    }
}

bool js_verdict_apply(js_delivery *delivery, js_courier *courier, const js_result *result,
                      const js_decision *decision, js_item_answer *answers, int64_t clock_skew_ms) {
    if (!js_settlement_begin(&courier->settlement, &courier->batch)) {
        if (answers != NULL) {
            js_item_answers_free(answers, courier->batch.count);
            free(answers);
        }
        return false;
    }
    log_it(delivery, courier, result, decision);
    bool filled = fill_in(delivery, courier, result, decision, answers, clock_skew_ms);
    heed_new_pauses(courier);
    return filled;
}
