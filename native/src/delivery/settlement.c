/* Outcomes of events, and the words of their receipts. */
#include "delivery/settlement.h"

#include "base/assert.h"
#include "base/text.h"
#include "delivery/cargo.h"
#include "delivery/decide.h"
#include "event/kind.h"
#include "outbox/words.h"
#include "payload/request.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SKEW_WORTH_SAYING_MS = 5000, ACCEPTED_STATUS = 202 };

/* Jira deletes some time after it has said so. */
enum { DELETION_MS = 60 * 1000 };

bool js_settlement_begin(js_settlement *settlement, const js_batch *batch) {
    memset(settlement, 0, sizeof *settlement);
    size_t most = batch->count + JS_SETTLEMENT_EXTRA;
    settlement->outcomes = calloc(most, sizeof *settlement->outcomes);
    settlement->messages = calloc(most, sizeof *settlement->messages);
    if (settlement->outcomes == NULL || settlement->messages == NULL) {
        js_settlement_clear(settlement);
        return false;
    }
    settlement->count = batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        settlement->outcomes[i].id = batch->items[i].id;
        settlement->outcomes[i].status = JS_STATUS_QUEUED;
        settlement->outcomes[i].event = &batch->items[i].event;
    }
    return true;
}

void js_settlement_sent_again(js_settlement *settlement, int http_status) {
    for (size_t i = 0; i < settlement->count; i++) {
        settlement->outcomes[i].sent = true;
        settlement->outcomes[i].http_status = http_status;
    }
}

static bool put_message(js_settlement *settlement, size_t i, js_buf *message) {
    settlement->messages[i] = js_buf_take(message);
    settlement->outcomes[i].message = settlement->messages[i];
    return settlement->messages[i] != NULL;
}

static void say_unknown(js_buf *message, const js_strings *unknown) {
    for (size_t i = 0; i < unknown->count; i++) {
        js_buf_add_text(message, i == 0 ? " Jira does not know " : ", ");
        js_buf_add_text(message, unknown->items[i]);
    }
    if (unknown->count > 0) {
        js_buf_add_text(message, ".");
    }
}

static void say_dropped(js_buf *message, int64_t dropped) {
    if (dropped > 0) {
        js_buf_addf(message, " %" PRId64 " of its associations were left out: Jira takes 500.",
                    dropped);
    }
}

static void say_skew(js_buf *message, int64_t skew_ms) {
    int64_t size = skew_ms < 0 ? -skew_ms : skew_ms;
    if (size > SKEW_WORTH_SAYING_MS) {
        js_buf_addf(message, " This machine's clock is %" PRId64 " s %s Jira's.", size / 1000,
                    skew_ms > 0 ? "ahead of" : "behind");
    }
}

/* Not mentioned: neither taken nor refused. It goes again, a few times, with growing pauses. */
static void judge_silence(js_outcome *outcome, const js_outgoing *item, js_buf *message,
                          int64_t now_ms) {
    outcome->unmentioned = true;
    if (item->unmentioned + 1 >= JS_UNMENTIONED_MAX) {
        outcome->status = JS_STATUS_REJECTED;
        js_buf_addf(message, "Jira answered %d times without mentioning this %s.",
                    item->unmentioned + 1, js_kind_of(item->event.kind)->noun);
        return;
    }
    outcome->not_before_ms = now_ms + (JS_BACKOFF_BASE_MS / 2 << item->unmentioned);
    js_buf_addf(message, "Jira's answer does not mention this %s; it is sent again.",
                js_kind_of(item->event.kind)->noun);
}

/* What comes later in its stream waits, or it would be deleted, too. */
static void judge_taken(js_outcome *outcome, const js_event *event, js_buf *message,
                        int64_t now_ms) {
    outcome->status = JS_STATUS_ACCEPTED;
    js_buf_add_text(message, event->sweep != NULL ? "Jira deletes them."
                             : event->deletion    ? "Jira deletes it."
                                                  : JS_WORDS_ACCEPTED);
    outcome->sweep = event->sweep != NULL ? event : NULL;
    if (event->sweep != NULL ||
        (event->deletion && !js_payload_deletion_guarded(js_kind_api(event->kind)))) {
        outcome->stream_wait_until_ms = now_ms + DELETION_MS;
    }
}

static void say_waited(js_buf *message, bool waited_out) {
    if (waited_out) {
        js_buf_addf(
            message,
            " It was sent %d s after the same thing was deleted, and Jira had not confirmed "
            "the deletion. Check that it is there.",
            DELETION_MS / 1000);
    }
}

/* A relay has it: what became of it there, or that this is still to come. */
static void judge_committed(js_outcome *outcome, const js_item_answer *answer, js_buf *message) {
    outcome->status = answer->status;
    outcome->relay_id = answer->relay_id;
    js_buf_add_text(message, answer->message != NULL ? answer->message : JS_WORDS_RELAYED);
}

/*
 * Other credentials may have a rule that allows it. A deletion does not wait for them: all that comes
 * later in its stream would wait with it.
 */
static void judge_forbidden(js_outcome *outcome, const js_outgoing *item,
                            const js_item_answer *answer, js_buf *message, int64_t now_ms) {
    if (item->event.deletion) {
        outcome->status = JS_STATUS_REJECTED;
    } else {
        outcome->forbidden = true;
        outcome->not_before_ms = now_ms + JS_PROBE_INTERVAL_MS;
    }
    js_buf_addf(message, "The relay forbids it: %s", answer->message);
}

static bool judge_one(js_settlement *settlement, size_t i, const js_outgoing *item,
                      const js_item_answer *answer, int64_t skew_ms, int64_t now_ms) {
    js_outcome *outcome = &settlement->outcomes[i];
    js_buf message = JS_BUF_INIT;
    outcome->unknown_keys = &answer->unknown_keys;
    outcome->http_status = answer->http_status != 0 ? answer->http_status : outcome->http_status;
    switch (answer->verdict) {
    case JS_VERDICT_TAKEN:
        judge_taken(outcome, &item->event, &message, now_ms);
        say_waited(&message, item->waited_out);
        say_unknown(&message, &answer->unknown_keys);
        break;
    case JS_VERDICT_ALL_UNKNOWN:
        outcome->status = JS_STATUS_SKIPPED;
        js_buf_add_text(&message,
                        answer->message != NULL ? answer->message : "Jira knows none of its keys.");
        break;
    case JS_VERDICT_REFUSED:
        outcome->status = JS_STATUS_REJECTED;
        js_buf_add_text(&message, answer->message != NULL ? answer->message
                                                          : "Jira rejects it without a reason.");
        break;
    case JS_VERDICT_COMMITTED:
        judge_committed(outcome, answer, &message);
        break;
    case JS_VERDICT_FORBIDDEN:
        judge_forbidden(outcome, item, answer, &message, now_ms);
        break;
    case JS_VERDICT_POSTPONED:
        outcome->not_before_ms = now_ms + JS_POSTPONED_MS;
        js_buf_addf(&message, "The relay does not take it now: %s", answer->message);
        break;
    case JS_VERDICT_NOT_MENTIONED:
    default:
        judge_silence(outcome, item, &message, now_ms);
        break;
    }
    say_dropped(&message, item->event.dropped);
    say_skew(&message, skew_ms);
    return put_message(settlement, i, &message);
}

bool js_settlement_judge(js_settlement *settlement, const js_batch *batch, js_item_answer *answers,
                         int64_t clock_skew_ms, int64_t now_ms) {
    settlement->answers = answers;
    settlement->answered = batch->count;
    js_settlement_sent_again(settlement, ACCEPTED_STATUS);
    for (size_t i = 0; i < batch->count; i++) {
        if (!judge_one(settlement, i, &batch->items[i], &answers[i], clock_skew_ms, now_ms)) {
            return false;
        }
    }
    return true;
}

size_t js_settlement_add(js_settlement *settlement, int64_t id) {
    js_assert(settlement->count < JS_BATCH_MAX_EVENTS + JS_SETTLEMENT_EXTRA);
    settlement->outcomes[settlement->count] = (js_outcome){.id = id, .status = JS_STATUS_QUEUED};
    return settlement->count++;
}

bool js_settlement_reject(js_settlement *settlement, size_t at, int http_status,
                          const char *message) {
    js_outcome *outcome = &settlement->outcomes[at];
    outcome->status = JS_STATUS_REJECTED;
    outcome->sent = true;
    outcome->http_status = http_status;
    settlement->messages[at] = js_copy(message);
    outcome->message = settlement->messages[at];
    return settlement->messages[at] != NULL;
}

void js_settlement_clear(js_settlement *settlement) {
    if (settlement->answers != NULL) {
        js_item_answers_clear(settlement->answers, settlement->answered);
        free(settlement->answers);
    }
    for (size_t i = 0; settlement->messages != NULL && i < settlement->count; i++) {
        free(settlement->messages[i]);
    }
    free(settlement->messages);
    free(settlement->outcomes);
    memset(settlement, 0, sizeof *settlement);
}
