/* What is to be written down of a batch, with all the memory it needs until that has worked. */
#ifndef JS_DELIVERY_SETTLEMENT_H
#define JS_DELIVERY_SETTLEMENT_H

#include "outbox/outbox.h"
#include "payload/answer.h"

/* Events beside those of a batch: lone ones that were refused before. */
enum { JS_SETTLEMENT_EXTRA = 5 };

typedef struct js_settlement {
    js_outcome *outcomes;
    char **messages;         /* one for each outcome, or null */
    js_item_answer *answers; /* own the unknown keys that outcomes point to; null when not judged */
    size_t count;            /* of outcomes: those of the batch first */
    size_t answered;         /* of answers */
    js_stop stop;
    js_stop site_stop;
    bool writes_site_stop;
    int64_t revived[JS_REFUSED_MAX]; /* dead letters that wait again */
    size_t revived_count;
} js_settlement;

/* Outcomes for all events of the batch, which must stay: queued, nothing counted. False when memory is short. */
bool js_settlement_begin(js_settlement *settlement, const js_batch *batch);
/* Every event was sent once more and stays. */
void js_settlement_sent_again(js_settlement *settlement, int http_status);
/* Takes over `answers` (js_answer_bulk) and turns each into its outcome. False when memory is short. */
bool js_settlement_judge(js_settlement *settlement, const js_batch *batch, js_item_answer *answers,
                         int64_t clock_skew_ms, int64_t now_ms);
/* An outcome for one more event, which is not of the batch: queued, nothing counted. Its index. */
size_t js_settlement_add(js_settlement *settlement, int64_t id);
/* The event at this index becomes a dead letter with this sentence. False when memory is short. */
bool js_settlement_reject(js_settlement *settlement, size_t at, int http_status,
                          const char *message);
void js_settlement_clear(js_settlement *settlement);

#endif
