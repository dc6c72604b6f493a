/* Choosing what goes out next. */
#include "outbox/batch.h"

#include "base/error.h"
#include "event/batch_limits.h"
#include "outbox/words.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH_MAX = JS_BATCH_ENTITIES,
    LOOK_MAX = 4000, /* events looked at for one batch: many may belong to few streams */
    WINDOW = 128,
    ROUNDS_MAX = 3,  /* in which nothing could be settled that was found */
    ASIDE_MAX = 512, /* more have their turn when these have gone out of the way */
    BLOCKED_MS = 60 * 1000,
    STREAM_LOOK_MS = 1000,
    BACKOFF_TRUST_MS = 10 * 60 * 1000
};

js_choice js_stream_choose(const js_stream_view *view, int64_t now_ms, const js_queued **who,
                           int64_t *until_ms) {
    bool waits =
        view->wait_until_ms > now_ms && view->wait_until_ms - now_ms <= JS_STREAM_WAIT_MAX_MS;
    *until_ms = 0;
    *who = view->barrier.id != 0  ? &view->barrier
           : view->newest.id != 0 ? &view->newest
                                  : &view->gate;
    if ((*who)->id == 0 || !(*who)->known) {
        return JS_CHOICE_BEHIND;
    }
    if ((*who)->sequence <= view->accepted) {
        return JS_CHOICE_OVERTAKEN;
    }
    if (view->behind) {
        return JS_CHOICE_BEHIND;
    }
    if (waits || (*who)->not_before_ms > now_ms) {
        int64_t own = (*who)->not_before_ms;
        int64_t look = now_ms + STREAM_LOOK_MS; /* the wait may be ended any time */
        look = look < view->wait_until_ms ? look : view->wait_until_ms;
        *until_ms = waits && look > own ? look : own;
        return JS_CHOICE_WAITS;
    }
    return JS_CHOICE_GO;
}

bool js_backoff_pauses(const js_backoff *backoff, int64_t now_ms) {
    return backoff->until_ms > now_ms && backoff->until_ms - now_ms <= BACKOFF_TRUST_MS;
}

/* What one envelope would send. */
typedef struct pick {
    js_queued events[BATCH_MAX];
    size_t count;
    int64_t bytes;
    bool suspects; /* all of them, or none: they travel among themselves */
    int64_t first; /* the oldest event that gave cause for it */
    js_backoff backoff;
} pick;

/* Events that cannot go now, each with the time until which it is set aside. */
typedef struct aside {
    js_queued events[ASIDE_MAX];
    size_t count;
    size_t dated; /* so many have a time of their own; the others follow */
} aside;

typedef struct chooser {
    js_store *store;
    js_lane_row lane;
    const js_batch_limits *limits;
    size_t max_events;
    bool suspects_last;
    pick best, next;
    aside aside;
    js_event_row overtaken[WINDOW], damaged[BATCH_MAX];
    size_t overtaken_count, damaged_count;
    bool expired; /* there is something too old to be sent */
    js_stream_view views[WINDOW];
    size_t view_count;
} chooser;

/* Half a megabyte, of which little is used: what is not counted is not there. */
static chooser *chooser_new(js_store *store, const js_batch_limits *limits) {
    chooser *on = malloc(sizeof *on);
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

static void copy_pick(pick *to, const pick *from) {
    memcpy(to->events, from->events, from->count * sizeof *from->events);
    to->count = from->count;
    to->bytes = from->bytes;
    to->suspects = from->suspects;
    to->first = from->first;
    to->backoff = from->backoff;
}

static bool in_pick(const pick *chosen, int64_t stream) {
    for (size_t i = 0; i < chosen->count; i++) {
        if (chosen->events[i].stream == stream) {
            return true;
        }
    }
    return false;
}

static const js_stream_view *view_of(const chooser *on, int64_t stream) {
    for (size_t i = 0; i < on->view_count; i++) {
        if (on->views[i].stream == stream) {
            return &on->views[i];
        }
    }
    return NULL;
}

/* Looks at each stream of the window once, but those that are in the batch already. */
static jirasend_code look_at_streams(chooser *on, const js_queued *rows, size_t count, bool history,
                                     jirasend_error *error) {
    on->view_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!in_pick(&on->next, rows[i].stream) && view_of(on, rows[i].stream) == NULL) {
            on->views[on->view_count++] = (js_stream_view){.stream = rows[i].stream};
        }
    }
    return on->view_count == 0
               ? JIRASEND_OK
               : on->store->rows->streams(on->store, on->views, on->view_count, history, error);
}

static void put_aside(chooser *on, const js_queued *event, int64_t until_ms) {
    if (on->aside.count < ASIDE_MAX) {
        js_queued *to = &on->aside.events[on->aside.count++];
        *to = *event;
        to->not_before_ms = until_ms;
        on->aside.dated += until_ms > 0 ? 1 : 0;
    }
}

static void overtake(chooser *on, const js_queued *event) {
    for (size_t i = 0; i < on->overtaken_count; i++) {
        if (on->overtaken[i].id == event->id) {
            return;
        }
    }
    if (on->overtaken_count < WINDOW) {
        on->overtaken[on->overtaken_count++].id = event->id;
    }
}

/* The index says that an event waits, and the stream does not know it. */
static bool contradicts(const js_queued *row, const js_stream_view *view) {
    bool newest_counts = !row->gated && !row->barrier && !row->history && view->barrier.id == 0 &&
                         (view->gate.id == 0 || row->id < view->gate.id);
    bool gate_counts = row->gated && !row->barrier && view->barrier.id == 0;
    return (newest_counts && view->newest.id < row->id) ||
           (gate_counts && (view->gate.id == 0 || row->id < view->gate.id));
}

/* Adds the event of a stream, if it still fits and may travel with the others. False: enough. */
static bool join(chooser *on, const js_queued *row, const js_queued *who) {
    pick *to = &on->next;
    bool alone = who->gated || who->barrier;
    int suspect_from = on->limits->suspect_from;
    bool suspect = suspect_from > 0 && who->attempts >= suspect_from;
    bool apart = to->count == 0 ? suspect && on->suspects_last : suspect != to->suspects;
    if ((alone && to->count > 0) || apart) {
        return true; /* another time */
    }
    if (to->count > 0 && who->bytes > on->limits->max_bytes - to->bytes) {
        return false;
    }
    to->first = to->count == 0 ? row->id : to->first;
    to->suspects = suspect;
    to->events[to->count++] = *who;
    to->bytes += who->bytes;
    return !alone && to->count < on->max_events;
}

static jirasend_code consider(chooser *on, const js_queued *row, int64_t envelope, bool *enough,
                              jirasend_error *error) {
    int64_t now_ms = on->limits->now_ms;
    if (row->queued_ms < now_ms - JS_KEEP_MS) {
        on->expired = true;
        return JIRASEND_OK;
    }
    const js_stream_view *view = view_of(on, row->stream);
    if (view == NULL || in_pick(&on->next, row->stream)) {
        return JIRASEND_OK;
    }
    if (contradicts(row, view)) {
        return on->store->rows->damaged(on->store, "its queue and its events contradict", error);
    }
    const js_queued *who = NULL;
    int64_t until = 0;
    switch (js_stream_choose(view, now_ms, &who, &until)) {
    case JS_CHOICE_WAITS:
        put_aside(on, row, until);
        break;
    case JS_CHOICE_OVERTAKEN:
        overtake(on, who);
        break;
    case JS_CHOICE_BEHIND:
        put_aside(on, row, 0);
        break;
    case JS_CHOICE_GO:
    default:
        if (who->envelope != envelope) {
            put_aside(on, row, 0);
        } else {
            *enough = !join(on, row, who);
        }
        break;
    }
    return JIRASEND_OK;
}

/* What the envelope would send, in on->next. */
static jirasend_code pick_from(chooser *on, const js_head *head, jirasend_error *error) {
    js_queued rows[WINDOW];
    int64_t after = 0;
    bool enough = false;
    on->next.count = 0;
    on->next.bytes = 0;
    on->next.backoff = head->backoff;
    for (size_t looked = 0; looked < LOOK_MAX && !enough;) {
        size_t wanted = on->max_events - on->next.count + 1;
        size_t count = 0;
        jirasend_code code =
            on->store->rows->window(on->store, on->lane.id, head->envelope, after, rows,
                                    wanted < WINDOW ? wanted : WINDOW, &count, error);
        if (code == JIRASEND_OK && count > 0) {
            code = look_at_streams(on, rows, count, head->history, error);
        }
        for (size_t i = 0; i < count && code == JIRASEND_OK && !enough; i++) {
            code = consider(on, &rows[i], head->envelope, &enough, error);
        }
        if (code != JIRASEND_OK || count == 0) {
            return code;
        }
        after = rows[count - 1].id;
        looked += count;
    }
    return JIRASEND_OK;
}

static int by_age(const void *a, const void *b) {
    int64_t first = ((const js_head *)a)->first;
    int64_t second = ((const js_head *)b)->first;
    return first < second ? -1 : first > second ? 1 : 0;
}

/* Leaves those that may pick now, oldest first. */
static size_t heads_that_may(js_head *heads, size_t count, int64_t now_ms) {
    size_t waiting = 0;
    bool news = false;
    for (size_t i = 0; i < count; i++) {
        waiting += heads[i].any ? 1 : 0;
        news = news || (heads[i].any && !heads[i].history);
    }
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        const js_head *head = &heads[i];
        /* One alone: its pause is the lane's, and the caller has judged that. */
        bool pauses = waiting > 1 && js_backoff_pauses(&head->backoff, now_ms);
        if (head->first != 0 && !pauses && !(news && head->history)) {
            heads[left++] = *head;
        }
    }
    if (left > 1) { /* without any, there may be no array */
        qsort(heads, left, sizeof *heads, by_age);
    }
    return left;
}

/* The best of all envelopes, in on->best. */
static jirasend_code pick_best(chooser *on, js_head *heads, size_t count, jirasend_error *error) {
    on->best.count = 0;
    for (size_t i = 0; i < count; i++) {
        const js_head *head = &heads[i];
        if (on->best.count > 0 && head->first > on->best.first) {
            return JIRASEND_OK; /* none of the others can be older */
        }
        int limit = head->envelope == 0 ? 0 : head->backoff.limit; /* the caller knows the lane's */
        size_t asked = (size_t)(on->limits->max_events < 1 ? 1 : on->limits->max_events);
        on->max_events = limit > 0 && (size_t)limit < asked ? (size_t)limit : asked;
        on->max_events = on->max_events > BATCH_MAX ? BATCH_MAX : on->max_events;
        jirasend_code code = pick_from(on, head, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        if (on->next.count > 0 && (on->best.count == 0 || on->next.first < on->best.first)) {
            copy_pick(&on->best, &on->next);
        }
    }
    return JIRASEND_OK;
}

/* Reads some events of the batch, from one on. */
static jirasend_code load_some(chooser *on, js_batch *batch, size_t from, size_t count, bool *whole,
                               jirasend_error *error) {
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
static jirasend_code load(chooser *on, js_batch *batch, jirasend_error *error) {
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

/* What is told while Jira still deletes by properties may be deleted with what it meant. */
int64_t js_lane_look_ms(int64_t wait_until_ms, int64_t now_ms) {
    int64_t left = wait_until_ms - now_ms;
    if (left <= 0 || left > JS_STREAM_WAIT_MAX_MS) {
        return 0;
    }
    return now_ms + (left < STREAM_LOOK_MS ? left : STREAM_LOOK_MS);
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

static jirasend_code choose(chooser *on, js_batch *batch, jirasend_error *error) {
    js_head *heads = NULL;
    size_t count = 0;
    on->overtaken_count = on->damaged_count = on->aside.count = on->aside.dated = 0;
    on->expired = false;
    jirasend_code code = on->store->rows->heads(on->store, on->lane.id, &heads, &count, error);
    batch->look_ms = code == JIRASEND_OK ? lane_look_ms(heads, count, on->limits->now_ms) : 0;
    bool still = batch->look_ms > 0;
    count = code == JIRASEND_OK ? sweeps_alone(heads, count) : 0;
    size_t able =
        code == JIRASEND_OK && !still ? heads_that_may(heads, count, on->limits->now_ms) : 0;
    if (code == JIRASEND_OK) {
        on->suspects_last = on->limits->suspects_last;
        code = pick_best(on, heads, able, error);
    }
    if (code == JIRASEND_OK && on->best.count == 0 && on->suspects_last) {
        on->suspects_last = false;
        code = pick_best(on, heads, able, error);
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
static jirasend_code settle_unsendable(chooser *on, size_t *done, jirasend_error *error) {
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
static jirasend_code set_aside(chooser *on, bool empty, jirasend_error *error) {
    aside *these = &on->aside;
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
static jirasend_code wake(chooser *on, int64_t from, int64_t until, jirasend_error *error) {
    js_store *store = on->store;
    jirasend_code code = store->rows->begin(store, JS_WORK_WRITE_SOFT, error);
    if (code == JIRASEND_OK) {
        code = store->rows->end(store, store->rows->wake(store, on->lane.id, from, until, error),
                                error);
    }
    return code;
}

/* One look at the lane. *again: something was in the way and is settled now. */
static jirasend_code look(chooser *on, js_batch *batch, bool *again, size_t *done,
                          jirasend_error *error) {
    js_store *store = on->store;
    jirasend_code code = store->rows->begin(store, JS_WORK_READ, error);
    if (code == JIRASEND_OK) {
        code = store->rows->end(store, choose(on, batch, error), error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    *again =
        on->damaged_count > 0 || (batch->count == 0 && (on->overtaken_count > 0 || on->expired));
    if (*again) {
        js_batch_clear(batch);
    }
    if (on->damaged_count > 0 || on->overtaken_count > 0 || on->expired) {
        code = settle_unsendable(on, done, error);
    }
    bool empty = batch->count == 0 && !*again;
    if (code == JIRASEND_OK && (on->aside.dated > 0 || (empty && on->aside.count > 0))) {
        code = set_aside(on, empty, error);
    }
    return code;
}

/* Finds the lane and wakes what has waited long enough. */
static jirasend_code prepare(chooser *on, const js_lane *lane, jirasend_error *error) {
    js_store *store = on->store;
    int64_t now_ms = on->limits->now_ms;
    int64_t until = on->limits->ignore_not_before ? INT64_MAX : now_ms;
    bool due = false;
    bool absurd = false;
    jirasend_code code = store->rows->begin(store, JS_WORK_READ, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = store->rows->lane_find(store, lane, &on->lane, error);
    if (code == JIRASEND_OK && on->lane.id != 0) {
        code = store->rows->any_aside(store, on->lane.id, 1, until, &due, error);
    }
    if (code == JIRASEND_OK && on->lane.id != 0 && !on->limits->ignore_not_before) {
        code = store->rows->any_aside(store, on->lane.id, now_ms + JS_ASIDE_MAX_MS, INT64_MAX,
                                      &absurd, error);
    }
    code = store->rows->end(store, code, error);
    if (code == JIRASEND_OK && due) {
        code = wake(on, 1, until, error);
    }
    if (code == JIRASEND_OK && absurd) {
        code = wake(on, now_ms + JS_ASIDE_MAX_MS, INT64_MAX, error);
    }
    return code;
}

jirasend_code js_store_next_batch(js_outbox *outbox, const js_lane *lane,
                                  const js_batch_limits *limits, js_batch *batch,
                                  jirasend_error *error) {
    js_error_clear(error);
    *batch = (js_batch){0};
    chooser *on = chooser_new(js_store_of(outbox), limits);
    if (on == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = prepare(on, lane, error);
    int idle = 0;
    for (bool again = on->lane.id != 0; code == JIRASEND_OK && again;) {
        size_t done = 0;
        code = look(on, batch, &again, &done, error);
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
