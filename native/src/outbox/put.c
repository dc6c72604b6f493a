/* Which events are taken, which are known already, and which find no room. */
#include "outbox/put.h"

#include "base/error.h"
#include "event/kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void js_put_refuse(js_put_result *result, jirasend_code code, const char *message) {
    result->code = code;
    result->id = 0;
    result->fresh = false;
    (void)snprintf(result->message, sizeof result->message, "%s", message);
}

static void say_id(js_put_result *result, int64_t id, bool fresh) {
    result->code = JIRASEND_OK;
    result->id = id;
    result->fresh = fresh;
    result->message[0] = '\0';
}

/* The first id again, when the requestId means the same thing. */
static void say_known(js_put_result *result, const js_adding *event) {
    if (event->known_same_stream && event->known_barrier == event->row.barrier) {
        say_id(result, event->id, false);
        return;
    }
    jirasend_error words = JIRASEND_ERROR_INIT;
    (void)js_fail(&words, JIRASEND_E_DOCUMENT,
                  "The requestId \"%.120s\" was already used for another %s, or its "
                  "deletion (event %" PRId64 "). Give each event a requestId of its own.",
                  event->put->event->request_id, js_kind_of(event->put->event->kind)->noun,
                  event->id);
    js_put_refuse(result, words.code, words.message);
}

/* ---- bounds ---- */

/* By our own bounds, as far as is known here. */
typedef struct room {
    int64_t waiting, bytes; /* as they would be with all that was given to the store */
    jirasend_error none;    /* the store itself takes nothing more: why */
} room;

static jirasend_code read_room(js_store *self, room *left, jirasend_error *error) {
    left->none = (jirasend_error)JIRASEND_ERROR_INIT;
    jirasend_code code = self->rows->room(self, &left->waiting, &left->bytes, &left->none);
    if (code == JIRASEND_OK || code == JIRASEND_E_REFUSED) {
        return JIRASEND_OK;
    }
    return js_fail(error, code, "%s", left->none.message);
}

/* Skipped events are never sent and need no room of ours. */
static bool fits(const js_store *self, const room *left, const js_put *put) {
    return left->none.code == JIRASEND_OK &&
           (put->skip != NULL || (left->waiting < self->max_events &&
                                  (int64_t)put->length <= self->max_bytes - left->bytes));
}

static void use_room(room *left, const js_put *put) {
    if (put->skip == NULL) {
        left->waiting++;
        left->bytes += (int64_t)put->length;
    }
}

static void say_full(js_put_result *result, const js_store *self, const room *left,
                     const js_put *put) {
    jirasend_error words = JIRASEND_ERROR_INIT;
    if (left->none.code != JIRASEND_OK) {
        js_put_refuse(result, left->none.code, left->none.message);
        return;
    }
    if (left->waiting >= self->max_events) {
        (void)js_fail(&words, JIRASEND_E_REFUSED,
                      "The outbox holds %" PRId64 " waiting events, the limit is %" PRId64
                      ". Nothing was stored: see why they wait, or raise the limit.",
                      left->waiting, self->max_events);
    } else {
        (void)js_fail(&words, JIRASEND_E_REFUSED,
                      "The outbox holds %" PRId64 " bytes of waiting events, the limit is %" PRId64
                      ", and this event has %zu. Nothing was stored: see why they wait, or raise "
                      "the limit.",
                      left->bytes, self->max_bytes, put->length);
    }
    js_put_refuse(result, words.code, words.message);
}

/* ---- storing ---- */

typedef struct intake {
    js_store *store;
    js_adding *events;
    js_put_result *results;
    size_t count;
    int64_t now_ms;
    int64_t last_id; /* the highest that was given */
} intake;

static jirasend_code add(intake *in, size_t from, size_t count, jirasend_error *error) {
    js_store *store = in->store;
    jirasend_code code = count == 0 ? JIRASEND_OK
                                    : store->rows->add(store, in->events + from, count, in->now_ms,
                                                       js_store_now_ms(store) - JS_KEEP_MS, error);
    for (size_t i = from; i < from + count && code == JIRASEND_OK; i++) {
        const js_adding *event = &in->events[i];
        if (event->known) {
            say_known(&in->results[i], event);
        } else if (event->id != 0) {
            say_id(&in->results[i], event->id, true);
            in->last_id = event->id > in->last_id ? event->id : in->last_id;
        }
    }
    return code;
}

/* It finds no room; but who asks again gets the first answer again. */
static jirasend_code add_or_refuse(intake *in, size_t at, const room *left, jirasend_error *error) {
    say_full(&in->results[at], in->store, left, in->events[at].put);
    in->events[at].only_known = true;
    return in->events[at].put->event->request_id != NULL ? add(in, at, 1, error) : JIRASEND_OK;
}

/*
 * As many at a time as surely find room, which is all of them but near the bounds: those whose
 * requestId is known need none, which shows only then.
 */
static jirasend_code add_all(intake *in, jirasend_error *error) {
    room left;
    jirasend_code code = read_room(in->store, &left, error);
    for (size_t next = 0; next < in->count && code == JIRASEND_OK;) {
        size_t end = next;
        while (end < in->count && fits(in->store, &left, in->events[end].put)) {
            use_room(&left, in->events[end++].put);
        }
        code = add(in, next, end - next, error);
        next = end;
        if (code == JIRASEND_OK && next < in->count) {
            code = read_room(in->store, &left, error);
        }
        if (code == JIRASEND_OK && next < in->count &&
            !fits(in->store, &left, in->events[next].put)) {
            code = add_or_refuse(in, next++, &left, error);
        }
    }
    return code;
}

jirasend_code js_store_put(js_store *self, const js_put *puts, size_t count, int64_t now_ms,
                           js_put_result *results, int64_t *last_id, jirasend_error *error) {
    js_adding one; /* what nearly every call has */
    js_adding *events = count == 1 ? &one : calloc(count, sizeof *events);
    if (events == NULL) {
        return js_fail_memory(error);
    }
    intake in = {self, events, results, 0, now_ms, *last_id};
    bool whole = true;
    for (size_t i = 0; i < count && whole; i++) {
        events[i] = (js_adding){.put = &puts[i]};
        whole = js_row_init(&events[i].row, &puts[i]);
        in.count++;
    }
    jirasend_code code = whole ? JIRASEND_OK : js_fail_memory(error);
    code = code == JIRASEND_OK ? add_all(&in, error) : code;
    *last_id = in.last_id;
    for (size_t i = 0; i < in.count; i++) {
        js_row_clear(&events[i].row);
    }
    if (events != &one) {
        free(events);
    }
    return code;
}
