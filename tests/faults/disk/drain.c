#include "drain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 200 };

static void take(drained *out, const js_batch *batch) {
    for (size_t i = 0; i < batch->count && out->count < DRAIN_MAX; i++) {
        const js_outgoing *item = &batch->items[i];
        out->items[out->count].id = item->id;
        out->items[out->count].sequence = item->sequence;
        out->items[out->count].number = item->event.of.run.number;
        (void)snprintf(out->items[out->count].pipeline, sizeof out->items[0].pipeline, "%s",
                       item->event.of.run.pipeline_id);
        out->count++;
    }
}

static void accept(js_outbox *outbox, const js_lane *lane, int64_t fence, const js_batch *batch,
                   drained *out) {
    js_outcome *outcomes = calloc(batch->count, sizeof *outcomes);
    for (size_t i = 0; i < batch->count; i++) {
        outcomes[i] = (js_outcome){.id = batch->items[i].id,
                                   .status = JS_STATUS_ACCEPTED,
                                   .sent = true,
                                   .http_status = 202};
    }
    js_stop stop = {0};
    out->code = outbox->ops->settle(outbox, lane, fence, outcomes, batch->count, &stop, NULL, NOW,
                                    &out->error);
    free(outcomes);
}

/* One batch of one lane. False: nothing was due in it, or something failed. */
static bool send_one(js_outbox *outbox, const js_lane *lane, drained *out) {
    int64_t fence = 0;
    out->code = outbox->ops->claim(outbox, lane, &fence, &out->error);
    if (out->code != JIRASEND_OK) {
        return false;
    }
    js_batch_limits limits = {100, 1 << 20, NOW, false, 0, false};
    js_batch batch;
    out->code = outbox->ops->next_batch(outbox, lane, &limits, &batch, &out->error);
    bool any = out->code == JIRASEND_OK && batch.count > 0;
    if (any) {
        take(out, &batch);
        accept(outbox, lane, fence, &batch, out);
        js_batch_clear(&batch);
    }
    outbox->ops->release(outbox, lane, fence, false);
    return any && out->code == JIRASEND_OK;
}

void drain(fixture *fix, drained *out) {
    *out = (drained){.error = JIRASEND_ERROR_INIT};
    out->code = js_sqlite_open(&fix->options, &fix->outbox, &out->error);
    bool more = true;
    for (int round = 0; more && out->code == JIRASEND_OK && round < ROUNDS; round++) {
        js_lane_view *views = NULL;
        size_t count = 0;
        out->code = fix->outbox->ops->lanes(fix->outbox, NOW, &views, &count, &out->error);
        more = false;
        for (size_t i = 0; out->code == JIRASEND_OK && i < count; i++) {
            more = send_one(fix->outbox, &views[i].lane, out) || more;
        }
        free(views);
    }
}

void drain_close(fixture *fix) {
    close_outbox(fix);
}

bool drained_has(const drained *out, const char *pipeline, int64_t number) {
    for (size_t i = 0; i < out->count; i++) {
        if (out->items[i].number == number && strcmp(out->items[i].pipeline, pipeline) == 0) {
            return true;
        }
    }
    return false;
}

bool failure_is_said(const drained *out) {
    if (out->code != JIRASEND_E_REFUSED && out->code != JIRASEND_E_STORAGE) {
        return false;
    }
    static const char *const ways[] = {"Salvage what",   "Check the disk", "Use at least",
                                       "Check the path", "Move it away",   "the limit is"};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (strstr(out->error.message, ways[i]) != NULL) {
            return true;
        }
    }
    return false;
}
