/* The next batch of a lane: picked, read, and what can never go is settled on the way. */
#include "outbox/pick.h"

#include "base/error.h"
#include "outbox/words.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS_MAX = 3, /* in which nothing could be settled that was found */
    BLOCKED_MS = 60 * 1000
};

/* Half a megabyte, of which little is used: what is not counted is not there. */
static js_chooser *chooser_new(js_store *store, const js_batch_limits *limits) {
    js_chooser *on = malloc(sizeof *on);
    if (on != NULL) {
        on->store = store;
        on->limits = limits;
        on->lane = (js_lane_row){0};
        on->best.count = on->next.count = 0;
        on->aside.count = on->aside.dated = 0;
        on->overtaken_count = on->damaged_count = on->view_count = 0;
        on->suspects_last = on->expired = false;
    }
    return on;
}

/* Reads some events of the batch, from one on. */
static jirasend_code load_some(js_chooser *on, js_batch *batch, size_t from, size_t count,
                               bool *whole, jirasend_error *error) {
    for (size_t i = from; i < from + count; i++) {
        js_event_init(&batch->items[i].event);
    }
    batch->count = from + count;
    jirasend_code code = on->store->rows->load(on->store, &on->lane, &on->best.events[from], count,
                                               &batch->items[from], whole, error);
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        if (!whole[i]) {
            on->damaged[on->damaged_count++].id = on->best.events[from + i].id;
        }
    }
    return code;
}

/* Leaves the first ones that Jira takes in one request; the others wait as before. True: all fit. */
static bool keep_what_fits(js_batch *batch, size_t from, js_batch_tally *tally) {
    for (size_t i = from; i < batch->count; i++) {
        if (!js_batch_add(tally, &batch->items[i].event, 0)) { /* bytes are those of the body */
            for (size_t k = i; k < batch->count; k++) {
                js_event_clear(&batch->items[k].event);
            }
            batch->count = i;
            return false;
        }
    }
    return true;
}

/*
 * Reads the events of the batch, some at a time: what they hold decides how many fit. Damaged ones
 * are noted, and the batch is not given out then.
 */
static jirasend_code load(js_chooser *on, js_batch *batch, jirasend_error *error) {
    enum { SOME = 100 };
    bool whole[SOME];
    js_batch_tally tally = {0};
    size_t count = on->best.count;
    batch->items = calloc(count, sizeof *batch->items);
    if (batch->items == NULL) {
        return js_fail_memory(error);
    }
    batch->backoff = on->best.backoff;
    jirasend_code code = JIRASEND_OK;
    bool more = true;
    for (size_t from = 0; from < count && code == JIRASEND_OK && more; from += SOME) {
        size_t some = count - from < SOME ? count - from : SOME;
        code = load_some(on, batch, from, some, whole, error);
        more = code == JIRASEND_OK && on->damaged_count == 0 && keep_what_fits(batch, from, &tally);
    }
    return code;
}

static int64_t lane_look_ms(const js_head *heads, size_t count, int64_t now_ms) {
    int64_t look_ms = 0;
    for (size_t i = 0; i < count && look_ms == 0; i++) {
        look_ms = js_lane_look_ms(heads[i].wait_until_ms, now_ms);
    }
    return look_ms;
}

/* A deletion by properties is a barrier of its lane: leaves it alone where one waits. */
static size_t sweeps_alone(js_head *heads, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (heads[i].sweep && heads[i].any) {
            heads[0] = heads[i];
            return 1;
        }
    }
    return count;
}

static jirasend_code choose(js_chooser *on, js_batch *batch, jirasend_error *error) {
    js_head *heads = NULL;
    size_t count = 0;
    on->overtaken_count = on->damaged_count = on->aside.count = on->aside.dated = 0;
    on->expired = false;
    jirasend_code code = on->store->rows->heads(on->store, on->lane.id, &heads, &count, error);
    batch->look_ms = code == JIRASEND_OK ? lane_look_ms(heads, count, on->limits->now_ms) : 0;
    bool still = batch->look_ms > 0;
    count = code == JIRASEND_OK ? sweeps_alone(heads, count) : 0;
    size_t able =
        code == JIRASEND_OK && !still ? js_pick_heads(heads, count, on->limits->now_ms) : 0;
    if (code == JIRASEND_OK) {
        on->suspects_last = on->limits->suspects_last;
        code = js_pick_best(on, heads, able, error);
    }
    if (code == JIRASEND_OK && on->best.count == 0 && on->suspects_last) {
        on->suspects_last = false;
        code = js_pick_best(on, heads, able, error);
    }
    free(heads);
    if (code == JIRASEND_OK && on->best.count > 0) {
        code = load(on, batch, error);
    } else if (code == JIRASEND_OK && on->overtaken_count == 0 && !on->expired && !still) {
        code = on->store->rows->check_idle(on->store, on->lane.id, error);
    }
    return code;
}

/* What can never go is settled. *done: how many that were. */
static jirasend_code settle_unsendable(js_chooser *on, size_t *done, jirasend_error *error) {
    js_store *store = on->store;
    const js_settling overtaken = {
        .status = JS_STATUS_SUPERSEDED, .http_status = -1, .message = JS_WORDS_SUPERSEDED};
    const js_settling damaged = {.status = JS_STATUS_REJECTED,
                                 .keep_document = true,
                                 .http_status = -1,
                                 .message = JS_WORDS_DAMAGED};
    int64_t now_ms = on->limits->now_ms;
    *done = 0;
    jirasend_code code = store->rows->begin(store, JS_WORK_WRITE, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_store_settle_by_id(store, on->overtaken, on->overtaken_count, &overtaken, now_ms,
                                 done, error);
    if (code == JIRASEND_OK) {
        code = js_store_settle_by_id(store, on->damaged, on->damaged_count, &damaged, now_ms, done,
                                     error);
    }
    if (code == JIRASEND_OK && on->expired) {
        size_t expired = 0;
        code = js_store_expire(store, now_ms, JS_PAGE, &expired, error);
        *done += expired;
    }
    return store->rows->end(store, code, error);
}

/* So that a lane whose events all wait for something does not look due. */
static jirasend_code set_aside(js_chooser *on, bool empty, jirasend_error *error) {
    js_aside *these = &on->aside;
    size_t count = 0;
    for (size_t i = 0; i < these->count; i++) {
        if (these->events[i].not_before_ms > 0 || empty) {
            js_queued *to = &these->events[count++];
            *to = these->events[i];
            to->not_before_ms =
                to->not_before_ms > 0 ? to->not_before_ms : on->limits->now_ms + BLOCKED_MS;
        }
    }
    js_store *store = on->store;
    jirasend_code code = store->rows->begin(store, JS_WORK_WRITE_SOFT, error);
    if (code == JIRASEND_OK) {
        code = store->rows->end(store, store->rows->set_aside(store, these->events, count, error),
                                error);
    }
    return code;
}

/* Events that were set aside until a time in this range join the others. */
static jirasend_code wake(js_chooser *on, int64_t from, int64_t until, jirasend_error *error) {
    js_store *store = on->store;
    jirasend_code code = store->rows->begin(store, JS_WORK_WRITE_SOFT, error);
    if (code == JIRASEND_OK) {
        code = store->rows->end(store, store->rows->wake(store, on->lane.id, from, until, error),
                                error);
    }
    return code;
}

/* What has waited long enough, or longer than anything does, and is to join the others. */
typedef struct waking {
    bool due, absurd;
    int64_t until;
} waking;

/* The lane, and whether any of it is to be woken. */
static jirasend_code find_lane(js_chooser *on, const js_lane *lane, waking *wakes,
                               jirasend_error *error) {
    js_store *store = on->store;
    const js_batch_limits *limits = on->limits;
    *wakes = (waking){.until = limits->ignore_not_before ? INT64_MAX : limits->now_ms};
    jirasend_code code = store->rows->lane_find(store, lane, &on->lane, error);
    if (code == JIRASEND_OK && on->lane.id != 0) {
        code = store->rows->any_aside(store, on->lane.id, 1, wakes->until, &wakes->due, error);
    }
    if (code == JIRASEND_OK && on->lane.id != 0 && !limits->ignore_not_before) {
        code = store->rows->any_aside(store, on->lane.id, limits->now_ms + JS_ASIDE_MAX_MS,
                                      INT64_MAX, &wakes->absurd, error);
    }
    return code;
}

static jirasend_code wake_all(js_chooser *on, const waking *wakes, jirasend_error *error) {
    jirasend_code code = wakes->due ? wake(on, 1, wakes->until, error) : JIRASEND_OK;
    return code == JIRASEND_OK && wakes->absurd
               ? wake(on, on->limits->now_ms + JS_ASIDE_MAX_MS, INT64_MAX, error)
               : code;
}

/*
 * The lane, and what goes out of it: in one reading transaction, unless something has to be woken in
 * between. *chosen: it was not.
 */
static jirasend_code choose_first(js_chooser *on, const js_lane *lane, js_batch *batch,
                                  bool *chosen, jirasend_error *error) {
    js_store *store = on->store;
    waking wakes = {0};
    jirasend_code code = store->rows->begin(store, JS_WORK_READ, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = find_lane(on, lane, &wakes, error);
    *chosen = code == JIRASEND_OK && on->lane.id != 0 && !wakes.due && !wakes.absurd;
    code = *chosen ? choose(on, batch, error) : code;
    code = store->rows->end(store, code, error);
    return code == JIRASEND_OK ? wake_all(on, &wakes, error) : code;
}

static jirasend_code choose_again(js_chooser *on, js_batch *batch, jirasend_error *error) {
    js_store *store = on->store;
    jirasend_code code = store->rows->begin(store, JS_WORK_READ, error);
    return code == JIRASEND_OK ? store->rows->end(store, choose(on, batch, error), error) : code;
}

/*
 * After a look at the lane. *again: something was in the way and is settled now, and *done says how
 * many that were.
 */
static jirasend_code clear_away(js_chooser *on, js_batch *batch, bool *again, size_t *done,
                                jirasend_error *error) {
    *again =
        on->damaged_count > 0 || (batch->count == 0 && (on->overtaken_count > 0 || on->expired));
    if (*again) {
        js_batch_clear(batch);
    }
    jirasend_code code = JIRASEND_OK;
    if (on->damaged_count > 0 || on->overtaken_count > 0 || on->expired) {
        code = settle_unsendable(on, done, error);
    }
    bool empty = batch->count == 0 && !*again;
    if (code == JIRASEND_OK && (on->aside.dated > 0 || (empty && on->aside.count > 0))) {
        code = set_aside(on, empty, error);
    }
    return code;
}

jirasend_code js_store_next_batch(js_outbox *outbox, const js_lane *lane,
                                  const js_batch_limits *limits, js_batch *batch,
                                  jirasend_error *error) {
    js_error_clear(error);
    *batch = (js_batch){0};
    js_chooser *on = chooser_new(js_store_of(outbox), limits);
    if (on == NULL) {
        return js_fail_memory(error);
    }
    bool chosen = false;
    jirasend_code code = choose_first(on, lane, batch, &chosen, error);
    int idle = 0;
    for (bool again = on->lane.id != 0; code == JIRASEND_OK && again;) {
        size_t done = 0;
        code = chosen ? JIRASEND_OK : choose_again(on, batch, error);
        chosen = false;
        code = code == JIRASEND_OK ? clear_away(on, batch, &again, &done, error) : code;
        idle = done > 0 ? 0 : idle + 1;
        if (code == JIRASEND_OK && again && idle >= ROUNDS_MAX) {
            code = on->store->rows->damaged(on->store, "what was changed is found again", error);
        }
    }
    free(on);
    if (code != JIRASEND_OK) {
        js_batch_clear(batch);
    }
    return code;
}
