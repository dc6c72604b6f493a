/* Moves all that an outbox keeps into another one: the steps, and the events batch by batch. */

#include "base/error.h"
#include "base/text.h"
#include "base/world.h"
#include "event/document.h"
#include "event/envelope.h"
#include "outbox/move_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 30, PAUSE_MS = 20 };

jirasend_code js_mover_begin(const js_mover *in, js_outbox *outbox, js_work work,
                             js_store **store) {
    jirasend_code code = outbox->ops->moves->enter(outbox, store, in->error);
    if (code == JIRASEND_OK) {
        code = (*store)->rows->begin(*store, work, in->error);
        if (code != JIRASEND_OK) {
            (void)outbox->ops->moves->leave(*store);
        }
    }
    return code;
}

jirasend_code js_mover_end(js_mover *in, js_outbox *outbox, js_store *store, jirasend_code code) {
    code = store->rows->end(store, code, in->error);
    bool again = outbox->ops->moves->leave(store);
    in->again = in->again || (code != JIRASEND_OK && again);
    return code;
}

static void clear_stream(js_moved_stream *stream) {
    free(stream->name);
    free(stream->part);
    *stream = (js_moved_stream){.name = NULL};
}

void js_moved_streams_clear(js_moved_stream *streams, size_t count) {
    for (size_t i = 0; i < count; i++) {
        clear_stream(&streams[i]);
    }
}

void js_moved_clear(js_move_event *events, size_t count) {
    for (size_t i = 0; i < count; i++) {
        js_move_event *event = &events[i];
        clear_stream(&event->stream);
        clear_stream(&event->touched);
        char *texts[] = {event->envelope,   event->request_id, event->scope,
                         event->issue_keys, event->message,    event->unknown_keys,
                         event->facts,      event->document,   event->told};
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
            free(texts[k]);
        }
        free(event->digest);
        for (size_t k = 0; k < event->key_count; k++) {
            free(event->keys[k].key);
            free(event->keys[k].commit);
        }
        free(event->keys);
        *event = (js_move_event){.id = 0};
    }
}

/* ---- events ---- */

/* Events of lanes that came into being since the move began stay for the next one. */
static size_t keep_claimed(const js_mover *in, js_move_event *events, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (js_mover_has(in, in->from, &events[i].lane)) {
            js_move_event event = events[kept];
            events[kept++] = events[i];
            events[i] = event;
        }
    }
    return kept;
}

/* The text of the envelope is not kept by every store, but follows from the document. */
static jirasend_code add_envelope(const js_mover *in, js_move_event *event) {
    js_event read;
    js_buf text = JS_BUF_INIT;
    if (event->document == NULL && event->envelope != NULL) {
        return JIRASEND_OK;
    }
    free(event->envelope);
    event->envelope = NULL;
    if (event->document != NULL) {
        jirasend_error why = JIRASEND_ERROR_INIT;
        jirasend_code code =
            js_document_read_stored(&read, event->document, strlen(event->document), &why);
        if (code != JIRASEND_OK) {
            return js_fail(in->error, code == JIRASEND_E_MEMORY ? code : JIRASEND_E_REFUSED,
                           "Event %" PRId64 " of the first outbox cannot be read: %.200s",
                           event->id, why.message);
        }
        js_event_envelope(&text, &read);
        js_event_clear(&read);
    }
    event->envelope = js_buf_take(&text);
    return event->envelope != NULL ? JIRASEND_OK : js_fail_memory(in->error);
}

static jirasend_code write_ids(const js_mover *in, js_store *target, const js_move_event *events,
                               size_t count) {
    js_buf text = JS_BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        js_buf_addf(&text, "%s%" PRId64, i > 0 ? " " : "", events[i].id);
    }
    const struct js_move_ops *moves = in->to->ops->moves;
    jirasend_code code =
        text.failed ? js_fail_memory(in->error)
                    : moves->write_note(target, in->note, count > 0 ? text.data : NULL, in->error);
    js_buf_clear(&text);
    return code;
}

/* In a transaction of its own of the target. */
static jirasend_code commit_in_target(js_mover *in, js_move_event *events, size_t count) {
    js_store *target;
    jirasend_code code = js_mover_begin(in, in->to, JS_WORK_WRITE, &target);
    if (code != JIRASEND_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = add_envelope(in, &events[i]);
    }
    if (code == JIRASEND_OK) {
        code = js_mover_hold(in, in->to, target, events, count);
    }
    if (code == JIRASEND_OK) {
        code = in->to->ops->moves->take(target, events, count, in->error);
    }
    if (code == JIRASEND_OK) {
        code = write_ids(in, target, events, count);
    }
    return js_mover_end(in, in->to, target, code);
}

static void count_moved(js_move_report *report, const js_move_event *events, size_t count) {
    for (size_t i = 0; i < count; i++) {
        *(!events[i].open                          ? &report->settled
          : events[i].status == JS_STATUS_REJECTED ? &report->dead
                                                   : &report->waiting) += 1;
    }
}

/* *after: in, the last event that was looked at; out, of this batch; 0 when there is none left. */
static jirasend_code move_batch(js_mover *in, int64_t *after) {
    js_store *source;
    js_move_event *events = calloc(JS_MOVER_BATCH, sizeof *events);
    if (events == NULL) {
        return js_fail_memory(in->error);
    }
    jirasend_code code = js_mover_keep(in);
    code = code == JIRASEND_OK ? js_mover_begin(in, in->from, JS_WORK_WRITE, &source) : code;
    if (code != JIRASEND_OK) {
        free(events);
        return code;
    }
    size_t read = 0, count = 0;
    code = in->from->ops->moves->read(source, *after, events, JS_MOVER_BATCH, &read, in->error);
    *after = code == JIRASEND_OK && read > 0 ? events[read - 1].id : 0;
    if (code == JIRASEND_OK) {
        count = keep_claimed(in, events, read);
        code = js_mover_hold(in, in->from, source, events, count);
    }
    if (code == JIRASEND_OK && count > 0) {
        code = commit_in_target(in, events, count);
    }
    if (code == JIRASEND_OK && count > 0) {
        code = in->from->ops->moves->forget(source, events, count, in->error);
    }
    code = js_mover_end(in, in->from, source, code);
    if (code == JIRASEND_OK) {
        count_moved(in->report, events, count);
    }
    js_moved_clear(events, read);
    free(events);
    return code;
}

/* ---- what the last move left ---- */

static bool is_noted(const char *ids, int64_t id) {
    while (*ids != '\0') {
        char *end = NULL;
        if (strtoll(ids, &end, 10) == id) {
            return true;
        }
        ids = *end == ' ' ? end + 1 : end + strlen(end);
    }
    return false;
}

/* Removes from the source what the target had committed when the last move ended. */
static jirasend_code forget_noted(js_mover *in, const char *ids) {
    js_store *source;
    js_move_event *events = calloc(JS_MOVER_BATCH, sizeof *events);
    if (events == NULL) {
        return js_fail_memory(in->error);
    }
    jirasend_code code = js_mover_begin(in, in->from, JS_WORK_WRITE, &source);
    if (code == JIRASEND_OK) {
        size_t read = 0, kept = 0;
        int64_t first = strtoll(ids, NULL, 10);
        code =
            in->from->ops->moves->read(source, first - 1, events, JS_MOVER_BATCH, &read, in->error);
        for (size_t i = 0; i < read && code == JIRASEND_OK; i++) {
            if (is_noted(ids, events[i].id)) {
                js_move_event event = events[kept];
                events[kept++] = events[i];
                events[i] = event;
            }
        }
        if (code == JIRASEND_OK) {
            code = in->from->ops->moves->forget(source, events, kept, in->error);
        }
        code = js_mover_end(in, in->from, source, code);
        if (code == JIRASEND_OK) {
            count_moved(in->report, events, kept);
        }
        js_moved_clear(events, read);
    }
    free(events);
    return code;
}

jirasend_code js_mover_note(js_mover *in, const char *name, js_buf *text) {
    js_store *target;
    jirasend_code code = js_mover_begin(in, in->to, JS_WORK_READ, &target);
    if (code == JIRASEND_OK) {
        code = in->to->ops->moves->read_note(target, name, text, in->error);
        code = js_mover_end(in, in->to, target, code);
    }
    return code;
}

static jirasend_code finish_last(js_mover *in) {
    js_buf ids = JS_BUF_INIT;
    jirasend_code code = js_mover_note(in, in->note, &ids);
    if (code == JIRASEND_OK && ids.length > 0) {
        code = forget_noted(in, ids.data);
    }
    js_buf_clear(&ids);
    return code;
}

/* ---- all of it ---- */

/* An outbox is known by its key, of which this tells nothing. */
static jirasend_code name_note(js_mover *in) {
    static const char asked[] = "the outbox itself";
    uint64_t source = 0, target = 0;
    jirasend_code code =
        in->from->ops->fingerprint(in->from, asked, sizeof asked, &source, in->error);
    if (code == JIRASEND_OK) {
        code = in->to->ops->fingerprint(in->to, asked, sizeof asked, &target, in->error);
    }
    if (code == JIRASEND_OK && source == target) {
        return js_fail(
            in->error, JIRASEND_E_ARGUMENT,
            "Both are the same outbox, or one is a copy of the other. Name two different ones.");
    }
    (void)snprintf(in->note, sizeof in->note, "moved.%016" PRIx64, source);
    return code;
}

/* What a try has left half done in the target is the first that the next one looks at. */
static jirasend_code move_events(js_mover *in) {
    int64_t after = 0;
    jirasend_code code = finish_last(in);
    do {
        code = code == JIRASEND_OK ? move_batch(in, &after) : code;
    } while (code == JIRASEND_OK && after != 0);
    return code;
}

/* Each comes to the same when it is done twice. */
static jirasend_code repeat(js_mover *in, jirasend_code (*step)(js_mover *)) {
    for (int tries = 1;; tries++) {
        in->again = false;
        jirasend_code code = step(in);
        if (code == JIRASEND_OK || !in->again || tries == TRIES) {
            return code;
        }
        js_sleep_ms(PAUSE_MS);
        js_error_clear(in->error);
    }
}

static jirasend_code move_all(js_mover *in) {
    /* Numbers first: no event may appear below one that was given. */
    jirasend_code (*const steps[])(js_mover *) = {js_mover_claim,    js_mover_streams,
                                                  js_mover_rates,    move_events,
                                                  js_mover_counters, js_mover_cloud_ids};
    jirasend_code code = name_note(in);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && code == JIRASEND_OK; i++) {
        code = repeat(in, steps[i]);
    }
    return code;
}

jirasend_code js_outbox_move(js_outbox *from, js_outbox *to, js_move_report *report,
                             jirasend_error *error) {
    js_mover in = {.from = from, .to = to, .report = report, .error = error};
    js_error_clear(error);
    *report = (js_move_report){.waiting = 0};
    jirasend_code code = move_all(&in);
    js_mover_release(&in);
    return code;
}
