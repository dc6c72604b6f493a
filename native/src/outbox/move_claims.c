/* A move's lanes: held in both outboxes, so that nobody sends what is on its way between them. */
#include "base/error.h"
#include "outbox/move_internal.h"

#include <stdlib.h>

static jirasend_code claim(js_mover *in, js_outbox *outbox, const js_lane *lane) {
    if (in->claim_count == in->claim_room) {
        size_t room = in->claim_room * 2 + 16;
        js_mover_claimed *grown = realloc(in->claims, room * sizeof *grown);
        if (grown == NULL) {
            return js_fail_memory(in->error);
        }
        in->claims = grown;
        in->claim_room = room;
    }
    js_mover_claimed *next = &in->claims[in->claim_count];
    *next = (js_mover_claimed){.outbox = outbox, .lane = *lane};
    jirasend_error why = JIRASEND_ERROR_INIT;
    jirasend_code code = outbox->ops->claim(outbox, lane, &next->fence, &why);
    if (code == JIRASEND_E_CLOSED) {
        return js_fail(in->error, JIRASEND_E_REFUSED,
                       "The %s outbox is in use: somebody is sending to %.200s from it. Stop it, "
                       "or wait until it has finished, then move again.",
                       outbox == in->from ? "first" : "second", lane->site);
    }
    if (code != JIRASEND_OK) {
        return js_fail(in->error, code, "%s", why.message);
    }
    in->claim_count++;
    return JIRASEND_OK;
}

jirasend_code js_mover_lanes(js_mover *in, js_outbox *of, js_lane **lanes, size_t *count) {
    js_store *store;
    *lanes = NULL;
    *count = 0;
    jirasend_code code = js_mover_begin(in, of, JS_WORK_READ, &store);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_lane_row row = {.id = 0};
    do {
        code = store->rows->lane_next(store, NULL, row.id, &row, in->error);
        js_lane *grown = code == JIRASEND_OK && row.id != 0
                             ? realloc(*lanes, (*count + 1) * sizeof **lanes)
                             : NULL;
        if (grown != NULL) {
            *lanes = grown;
            grown[(*count)++] = row.lane;
        } else if (code == JIRASEND_OK && row.id != 0) {
            code = js_fail_memory(in->error);
        }
    } while (code == JIRASEND_OK && row.id != 0);
    return js_mover_end(in, of, store, code);
}

bool js_mover_has(const js_mover *in, const js_outbox *outbox, const js_lane *lane) {
    for (size_t i = 0; i < in->claim_count; i++) {
        if (in->claims[i].outbox == outbox && js_lane_equal(&in->claims[i].lane, lane)) {
            return true;
        }
    }
    return false;
}

/* The lanes of one in both: nobody may send what is on its way between them. */
static jirasend_code claim_lanes(js_mover *in, js_outbox *of) {
    js_lane *lanes;
    size_t count;
    jirasend_code code = js_mover_lanes(in, of, &lanes, &count);
    js_outbox *const both[] = {in->from, in->to};
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        bool known = (int)lanes[i].api >= JS_API_FIRST && (int)lanes[i].api <= JS_API_LAST;
        for (size_t k = 0; k < 2 && known && code == JIRASEND_OK; k++) {
            code =
                js_mover_has(in, both[k], &lanes[i]) ? JIRASEND_OK : claim(in, both[k], &lanes[i]);
        }
    }
    free(lanes);
    return code;
}

void js_mover_release(js_mover *in) {
    for (size_t i = 0; i < in->claim_count; i++) {
        js_mover_claimed *held = &in->claims[i];
        held->outbox->ops->release(held->outbox, &held->lane, held->fence, false);
    }
    free(in->claims);
}

static jirasend_code lost(const js_mover *in, const js_mover_claimed *held, jirasend_code code) {
    return code != JIRASEND_E_CLOSED
               ? code
               : js_fail(in->error, JIRASEND_E_REFUSED,
                         "Another process began to send to %.200s. Stop it, then move again.",
                         held->lane.site);
}

jirasend_code js_mover_keep(const js_mover *in) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < in->claim_count && code == JIRASEND_OK; i++) {
        const js_mover_claimed *held = &in->claims[i];
        code =
            lost(in, held,
                 held->outbox->ops->keep(held->outbox, &held->lane, held->fence, false, in->error));
    }
    return code;
}

jirasend_code js_mover_hold(const js_mover *in, js_outbox *outbox, js_store *store,
                            const js_move_event *events, size_t count) {
    for (size_t i = 0; i < in->claim_count; i++) {
        const js_mover_claimed *held = &in->claims[i];
        bool used = false;
        for (size_t k = 0; k < count && !used; k++) {
            used = held->outbox == outbox && js_lane_equal(&held->lane, &events[k].lane);
        }
        js_lane_row row;
        jirasend_code code =
            used ? store->rows->lane_check_claim(store, &held->lane, held->fence, &row, in->error)
                 : JIRASEND_OK;
        if (code != JIRASEND_OK) {
            return lost(in, held, code);
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_mover_claim(js_mover *in) {
    jirasend_code code = claim_lanes(in, in->from);
    return code == JIRASEND_OK ? claim_lanes(in, in->to) : code;
}
