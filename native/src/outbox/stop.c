/* Why lanes are stopped: what is stored of it, and what follows from that. */
#include "outbox/batch.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

js_lane js_lane_of_site(const js_lane *lane) {
    js_lane site = *lane;
    site.api = JS_API_NONE;
    return site;
}

js_backoff js_stop_backoff(const js_stop *stop) {
    return (js_backoff){.until_ms = stop->backoff_until_ms,
                        .failures = stop->failures,
                        .culprits = stop->culprits,
                        .limit = stop->limit};
}

/* Somebody may have lifted the hold while a probe was on its way: then it stays lifted. */
static void heed_lifted_hold(js_stop *stop, const js_stop *now) {
    if (now->held && now->hold_fingerprint == stop->hold_fingerprint) {
        return;
    }
    stop->held = now->held;
    stop->hold_fingerprint = now->hold_fingerprint;
    stop->probe_at_ms = now->probe_at_ms;
    stop->http_status = now->http_status;
    memcpy(stop->message, now->message, sizeof stop->message);
}

jirasend_code js_store_write_stop(js_store *self, const js_lane_row *lane, const js_stop *stop,
                                  jirasend_error *error) {
    js_stop actual = *stop;
    if (stop->held && stop->carried) {
        js_stop now;
        jirasend_code code = self->rows->stop_read(self, &lane->lane, &now, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        heed_lifted_hold(&actual, &now);
    }
    return self->rows->stop_write(self, lane->id, &actual, error);
}

jirasend_code js_store_stop_get(js_outbox *outbox, const js_lane *lane, js_stop *stop,
                                jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    *stop = (js_stop){0};
    jirasend_code code = self->rows->begin(self, JS_WORK_READ, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    return self->rows->end(self, self->rows->stop_read(self, lane, stop, error), error);
}

jirasend_code js_store_stop_put(js_outbox *outbox, const js_lane *lane, const js_stop *stop,
                                jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    jirasend_code code = self->rows->begin(self, JS_WORK_WRITE, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_lane_row row;
    code = self->rows->lane_add(self, lane, &row, error);
    code = code == JIRASEND_OK ? js_store_write_stop(self, &row, stop, error) : code;
    return self->rows->end(self, code, error);
}

static jirasend_code end_pauses(js_store *self, const js_lane_row *lane, jirasend_error *error) {
    js_stop stop;
    jirasend_code code = self->rows->stop_read(self, &lane->lane, &stop, error);
    if (code == JIRASEND_OK) {
        stop.backoff_until_ms = 0;
        code = self->rows->stop_write(self, lane->id, &stop, error);
    }
    return code == JIRASEND_OK ? self->rows->backoffs_end(self, lane->id, error) : code;
}

jirasend_code js_store_backoff_end(js_outbox *outbox, const js_lane *lane, jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    jirasend_code code = self->rows->begin(self, JS_WORK_WRITE, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_lane_row row;
    code = self->rows->lane_find(self, lane, &row, error);
    if (code == JIRASEND_OK && row.id != 0) {
        code = end_pauses(self, &row, error);
    }
    return self->rows->end(self, code, error);
}

/* What Jira asked for stays, with its sentence; what we learnt of sizes stays, too. */
void js_stop_lift(js_stop *stop, int64_t now_ms) {
    bool says_why = !stop->held && stop->rate_until_ms > now_ms;
    stop->backoff_until_ms = 0;
    stop->failures = 0;
    stop->culprits = 0;
    stop->held = false;
    stop->hold_fingerprint = 0;
    stop->probe_at_ms = 0;
    stop->refused = (js_refused){0};
    if (!says_why) {
        stop->http_status = 0;
        stop->message[0] = '\0';
    }
}

/* When its first event may go, by the event's own time and by the pause of its envelope. */
static int64_t ready_ms(const js_lane_state *state) {
    int64_t pause = state->view.stop.backoff_until_ms;
    return pause > state->view.due_ms ? pause : state->view.due_ms;
}

/* Of two envelopes of a lane: a sweep before all, news before history, then the one that may go first. */
static bool goes_first(const js_lane_state *a, const js_lane_state *b) {
    if (a->sweep != b->sweep) {
        return a->sweep;
    }
    return a->history != b->history ? b->history : ready_ms(a) < ready_ms(b);
}

/* That wait may be ended any time, so it is looked for soon. */
static void heed_lane_wait(js_lane_state *state, int64_t now_ms) {
    int64_t look_ms = js_lane_look_ms(state->wait_until_ms, now_ms);
    state->view.due_ms = look_ms > state->view.due_ms ? look_ms : state->view.due_ms;
}

jirasend_code js_store_lanes(js_outbox *outbox, int64_t now_ms, js_lane_view **views, size_t *count,
                             jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    *views = NULL;
    *count = 0;
    js_lane_state *states = NULL;
    size_t all = 0;
    jirasend_code code = self->rows->begin(self, JS_WORK_READ, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_stop pause = {0};
    code = self->rows->lane_states(self, &states, &all, error);
    if (code == JIRASEND_OK && all > 0) {
        code = self->rows->stop_read(self, &js_pause_lane, &pause, error);
    }
    code = self->rows->end(self, code, error);
    if (code == JIRASEND_OK && all > 0 && (*views = calloc(all, sizeof **views)) == NULL) {
        code = js_fail_memory(error);
    }
    /* Those of one lane follow each other. */
    const js_lane_state *best = NULL;
    for (size_t i = 0; code == JIRASEND_OK && i < all; i++) {
        js_lane_state *state = &states[i];
        bool absurd = state->view.due_ms >= now_ms + JS_ASIDE_MAX_MS;
        state->view.due_ms = absurd ? 0 : state->view.due_ms;
        heed_lane_wait(state, now_ms);
        bool same = best != NULL && js_lane_equal(&best->view.lane, &state->view.lane);
        if (!same || goes_first(state, best)) {
            *count += same ? 0 : 1;
            (*views)[*count - 1] = state->view;
            (*views)[*count - 1].paused = pause.held;
            best = state;
        }
    }
    free(states);
    return code;
}

jirasend_code js_store_stream_waits(js_outbox *outbox, int64_t now_ms, js_stream_wait **waits,
                                    size_t *count, jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    *waits = NULL;
    *count = 0;
    jirasend_code code = self->rows->begin(self, JS_WORK_READ, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    return self->rows->end(self, self->rows->stream_waits(self, now_ms, waits, count, error),
                           error);
}

jirasend_code js_store_stream_wait_end(js_outbox *outbox, const js_stream_wait *wait,
                                       jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    jirasend_code code = self->rows->begin(self, JS_WORK_WRITE_SOFT, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    return self->rows->end(self, self->rows->stream_wait_end(self, wait, error), error);
}

jirasend_code js_store_counts(js_outbox *outbox, js_counts *counts, jirasend_error *error) {
    js_store *self = js_store_of(outbox);
    js_error_clear(error);
    *counts = (js_counts){0};
    jirasend_code code = self->rows->begin(self, JS_WORK_READ, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    return self->rows->end(self, self->rows->counts(self, counts, error), error);
}
