/* Choosing what goes out next: the events of one envelope. */
#include "outbox/pick.h"

#include <stdlib.h>
#include <string.h>

/* Events looked at for one batch: many may belong to few streams. */
enum { LOOK_MAX = 4000 };

static void copy_pick(js_pick *to, const js_pick *from) {
    memcpy(to->events, from->events, from->count * sizeof *from->events);
    to->count = from->count;
    to->bytes = from->bytes;
    to->suspects = from->suspects;
    to->first = from->first;
    to->backoff = from->backoff;
}

static bool in_pick(const js_pick *chosen, int64_t stream) {
    for (size_t i = 0; i < chosen->count; i++) {
        if (chosen->events[i].stream == stream) {
            return true;
        }
    }
    return false;
}

static const js_stream_view *view_of(const js_chooser *on, int64_t stream) {
    for (size_t i = 0; i < on->view_count; i++) {
        if (on->views[i].stream == stream) {
            return &on->views[i];
        }
    }
    return NULL;
}

/* Looks at each stream of the window once, but those that are in the batch already. */
static jirasend_code look_at_streams(js_chooser *on, const js_queued *rows, size_t count,
                                     bool history, jirasend_error *error) {
    on->view_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!in_pick(&on->next, rows[i].stream) && view_of(on, rows[i].stream) == NULL) {
            on->views[on->view_count++] =
                (js_stream_view){.stream = rows[i].stream, .newest = rows[i]};
        }
    }
    return on->view_count == 0
               ? JIRASEND_OK
               : on->store->rows->streams(on->store, on->views, on->view_count, history, error);
}

static void put_aside(js_chooser *on, const js_queued *event, int64_t until_ms) {
    if (on->aside.count < JS_PICK_ASIDE_MAX) {
        js_queued *to = &on->aside.events[on->aside.count++];
        *to = *event;
        to->not_before_ms = until_ms;
        on->aside.dated += until_ms > 0 ? 1 : 0;
    }
}

static void overtake(js_chooser *on, const js_queued *event) {
    for (size_t i = 0; i < on->overtaken_count; i++) {
        if (on->overtaken[i].id == event->id) {
            return;
        }
    }
    if (on->overtaken_count < JS_PICK_WINDOW) {
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
static bool join(js_chooser *on, const js_queued *row, const js_queued *who) {
    js_pick *to = &on->next;
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

static jirasend_code consider(js_chooser *on, const js_queued *row, int64_t envelope, bool *enough,
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
static jirasend_code pick_from(js_chooser *on, const js_head *head, jirasend_error *error) {
    js_queued rows[JS_PICK_WINDOW];
    int64_t after = 0;
    bool enough = false;
    on->next.count = 0;
    on->next.bytes = 0;
    on->next.backoff = head->backoff;
    for (size_t looked = 0; looked < LOOK_MAX && !enough;) {
        size_t wanted = on->max_events - on->next.count + 1;
        size_t count = 0;
        jirasend_code code = on->store->rows->window(
            on->store, on->lane.id, head->envelope, after, rows,
            wanted < JS_PICK_WINDOW ? wanted : JS_PICK_WINDOW, &count, error);
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

size_t js_pick_heads(js_head *heads, size_t count, int64_t now_ms) {
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

jirasend_code js_pick_best(js_chooser *on, js_head *heads, size_t count, jirasend_error *error) {
    on->best.count = 0;
    for (size_t i = 0; i < count; i++) {
        const js_head *head = &heads[i];
        if (on->best.count > 0 && head->first > on->best.first) {
            return JIRASEND_OK; /* none of the others can be older */
        }
        int limit = head->envelope == 0 ? 0 : head->backoff.limit; /* the caller knows the lane's */
        size_t asked = (size_t)(on->limits->max_events < 1 ? 1 : on->limits->max_events);
        on->max_events = limit > 0 && (size_t)limit < asked ? (size_t)limit : asked;
        on->max_events = on->max_events > JS_PICK_BATCH_MAX ? JS_PICK_BATCH_MAX : on->max_events;
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
