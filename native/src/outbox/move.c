/* Moves all that an outbox keeps into another one. */
#include "outbox/move.h"

#include "base/error.h"
#include "base/text.h"
#include "base/world.h"
#include "event/document.h"
#include "event/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 200, NOTE_NAME = 64, TRIES = 30, PAUSE_MS = 20 };

/* A lane that is held for the time of the move, in one of the two. */
typedef struct claimed {
    js_outbox *outbox;
    js_lane lane;
    int64_t fence;
} claimed;

typedef struct mover {
    js_outbox *from, *to;
    claimed *claims;
    size_t claim_count, claim_room;
    char note[NOTE_NAME]; /* in the target: which events of the source came last */
    bool again;           /* what failed is worth another try */
    js_move_report *report;
    jirasend_error *error;
} mover;

/* A transaction of one of the two; a store that many share has a connection for its time only. */
static jirasend_code begin(const mover *in, js_outbox *outbox, js_work work, js_store **store) {
    jirasend_code code = outbox->ops->moves->enter(outbox, store, in->error);
    if (code == JIRASEND_OK) {
        code = (*store)->rows->begin(*store, work, in->error);
        if (code != JIRASEND_OK) {
            (void)outbox->ops->moves->leave(*store);
        }
    }
    return code;
}

static jirasend_code end(mover *in, js_outbox *outbox, js_store *store, jirasend_code code) {
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

void js_moved_clear(js_moved *events, size_t count) {
    for (size_t i = 0; i < count; i++) {
        js_moved *event = &events[i];
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
        *event = (js_moved){.id = 0};
    }
}

/* ---- lanes ---- */

static jirasend_code claim(mover *in, js_outbox *outbox, const js_lane *lane) {
    if (in->claim_count == in->claim_room) {
        size_t room = in->claim_room * 2 + 16;
        claimed *grown = realloc(in->claims, room * sizeof *grown);
        if (grown == NULL) {
            return js_fail_memory(in->error);
        }
        in->claims = grown;
        in->claim_room = room;
    }
    claimed *next = &in->claims[in->claim_count];
    *next = (claimed){.outbox = outbox, .lane = *lane};
    jirasend_error why = JIRASEND_ERROR_INIT;
    jirasend_code code = outbox->ops->claim(outbox, lane, &next->fence, &why);
    if (code == JIRASEND_E_CLOSED) {
        return js_fail(in->error, JIRASEND_E_REFUSED,
                       "The %s outbox is in use: somebody is sending to %.200s from it. Stop that, "
                       "or wait until it is done, and move then.",
                       outbox == in->from ? "first" : "second", lane->site);
    }
    if (code != JIRASEND_OK) {
        return js_fail(in->error, code, "%s", why.message);
    }
    in->claim_count++;
    return JIRASEND_OK;
}

/* All lanes of an outbox; freed with free(). */
static jirasend_code read_lanes(mover *in, js_outbox *of, js_lane **lanes, size_t *count) {
    js_store *store;
    *lanes = NULL;
    *count = 0;
    jirasend_code code = begin(in, of, JS_WORK_READ, &store);
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
    return end(in, of, store, code);
}

static bool has_claim(const mover *in, const js_outbox *outbox, const js_lane *lane) {
    for (size_t i = 0; i < in->claim_count; i++) {
        if (in->claims[i].outbox == outbox && js_lane_equal(&in->claims[i].lane, lane)) {
            return true;
        }
    }
    return false;
}

/* The lanes of one in both: nobody may send what is on its way between them. */
static jirasend_code claim_lanes(mover *in, js_outbox *of) {
    js_lane *lanes;
    size_t count;
    jirasend_code code = read_lanes(in, of, &lanes, &count);
    js_outbox *const both[] = {in->from, in->to};
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        bool known = (int)lanes[i].api >= JS_API_FIRST && (int)lanes[i].api <= JS_API_LAST;
        for (size_t k = 0; k < 2 && known && code == JIRASEND_OK; k++) {
            code = has_claim(in, both[k], &lanes[i]) ? JIRASEND_OK : claim(in, both[k], &lanes[i]);
        }
    }
    free(lanes);
    return code;
}

static void release_all(mover *in) {
    for (size_t i = 0; i < in->claim_count; i++) {
        claimed *held = &in->claims[i];
        held->outbox->ops->release(held->outbox, &held->lane, held->fence, false);
    }
    free(in->claims);
}

static jirasend_code lost(const mover *in, const claimed *held, jirasend_code code) {
    return code != JIRASEND_E_CLOSED
               ? code
               : js_fail(in->error, JIRASEND_E_REFUSED,
                         "Somebody else began to send to %.200s. Stop that, and move again.",
                         held->lane.site);
}

/* A claim that ends by itself is lengthened in time. */
static jirasend_code keep_all(const mover *in) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < in->claim_count && code == JIRASEND_OK; i++) {
        const claimed *held = &in->claims[i];
        code =
            lost(in, held,
                 held->outbox->ops->keep(held->outbox, &held->lane, held->fence, false, in->error));
    }
    return code;
}

/* Inside a transaction: the lanes of these events are still ours there. */
static jirasend_code hold(const mover *in, js_outbox *outbox, js_store *store,
                          const js_moved *events, size_t count) {
    for (size_t i = 0; i < in->claim_count; i++) {
        const claimed *held = &in->claims[i];
        bool used = false;
        for (size_t k = 0; k < count && !used; k++) {
            used = held->outbox == outbox && js_lane_equal(&held->lane, &events[k].lane);
        }
        js_lane_row row;
        jirasend_code code =
            used ? store->rows->lane_hold(store, &held->lane, held->fence, &row, in->error)
                 : JIRASEND_OK;
        if (code != JIRASEND_OK) {
            return lost(in, held, code);
        }
    }
    return JIRASEND_OK;
}

/* ---- events ---- */

/* Events of lanes that came into being since the move began stay for the next one. */
static size_t keep_claimed(const mover *in, js_moved *events, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (has_claim(in, in->from, &events[i].lane)) {
            js_moved event = events[kept];
            events[kept++] = events[i];
            events[i] = event;
        }
    }
    return kept;
}

/* The text of the envelope is not kept by every store, but follows from the document. */
static jirasend_code add_envelope(const mover *in, js_moved *event) {
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

static jirasend_code write_ids(const mover *in, js_store *target, const js_moved *events,
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
static jirasend_code commit_in_target(mover *in, js_moved *events, size_t count) {
    js_store *target;
    jirasend_code code = begin(in, in->to, JS_WORK_WRITE, &target);
    if (code != JIRASEND_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = add_envelope(in, &events[i]);
    }
    if (code == JIRASEND_OK) {
        code = hold(in, in->to, target, events, count);
    }
    if (code == JIRASEND_OK) {
        code = in->to->ops->moves->take(target, events, count, in->error);
    }
    if (code == JIRASEND_OK) {
        code = write_ids(in, target, events, count);
    }
    return end(in, in->to, target, code);
}

static void count_moved(js_move_report *report, const js_moved *events, size_t count) {
    for (size_t i = 0; i < count; i++) {
        *(!events[i].open                          ? &report->settled
          : events[i].status == JS_STATUS_REJECTED ? &report->dead
                                                   : &report->waiting) += 1;
    }
}

/* *after: in, the last event that was looked at; out, of this batch; 0 when there is none left. */
static jirasend_code move_batch(mover *in, int64_t *after) {
    js_store *source;
    js_moved *events = calloc(BATCH, sizeof *events);
    if (events == NULL) {
        return js_fail_memory(in->error);
    }
    jirasend_code code = keep_all(in);
    code = code == JIRASEND_OK ? begin(in, in->from, JS_WORK_WRITE, &source) : code;
    if (code != JIRASEND_OK) {
        free(events);
        return code;
    }
    size_t read = 0, count = 0;
    code = in->from->ops->moves->read(source, *after, events, BATCH, &read, in->error);
    *after = code == JIRASEND_OK && read > 0 ? events[read - 1].id : 0;
    if (code == JIRASEND_OK) {
        count = keep_claimed(in, events, read);
        code = hold(in, in->from, source, events, count);
    }
    if (code == JIRASEND_OK && count > 0) {
        code = commit_in_target(in, events, count);
    }
    if (code == JIRASEND_OK && count > 0) {
        code = in->from->ops->moves->forget(source, events, count, in->error);
    }
    code = end(in, in->from, source, code);
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
static jirasend_code forget_noted(mover *in, const char *ids) {
    js_store *source;
    js_moved *events = calloc(BATCH, sizeof *events);
    if (events == NULL) {
        return js_fail_memory(in->error);
    }
    jirasend_code code = begin(in, in->from, JS_WORK_WRITE, &source);
    if (code == JIRASEND_OK) {
        size_t read = 0, kept = 0;
        int64_t first = strtoll(ids, NULL, 10);
        code = in->from->ops->moves->read(source, first - 1, events, BATCH, &read, in->error);
        for (size_t i = 0; i < read && code == JIRASEND_OK; i++) {
            if (is_noted(ids, events[i].id)) {
                js_moved event = events[kept];
                events[kept++] = events[i];
                events[i] = event;
            }
        }
        if (code == JIRASEND_OK) {
            code = in->from->ops->moves->forget(source, events, kept, in->error);
        }
        code = end(in, in->from, source, code);
        if (code == JIRASEND_OK) {
            count_moved(in->report, events, kept);
        }
        js_moved_clear(events, read);
    }
    free(events);
    return code;
}

static jirasend_code read_note(mover *in, const char *name, js_buf *text) {
    js_store *target;
    jirasend_code code = begin(in, in->to, JS_WORK_READ, &target);
    if (code == JIRASEND_OK) {
        code = in->to->ops->moves->read_note(target, name, text, in->error);
        code = end(in, in->to, target, code);
    }
    return code;
}

static jirasend_code finish_last(mover *in) {
    js_buf ids = JS_BUF_INIT;
    jirasend_code code = read_note(in, in->note, &ids);
    if (code == JIRASEND_OK && ids.length > 0) {
        code = forget_noted(in, ids.data);
    }
    js_buf_clear(&ids);
    return code;
}

/* ---- streams ---- */

static jirasend_code take_streams(mover *in, const js_lane *lanes, const js_moved_stream *streams,
                                  size_t count) {
    js_store *target;
    jirasend_code code = begin(in, in->to, JS_WORK_WRITE, &target);
    if (code == JIRASEND_OK) {
        code = in->to->ops->moves->take_streams(target, lanes, streams, count, in->error);
        code = end(in, in->to, target, code);
    }
    return code;
}

static jirasend_code move_streams(mover *in) {
    js_store *source;
    js_lane *lanes = calloc(BATCH, sizeof *lanes);
    js_moved_stream *streams = calloc(BATCH, sizeof *streams);
    jirasend_code code = lanes == NULL || streams == NULL ? js_fail_memory(in->error) : JIRASEND_OK;
    size_t count = 1;
    for (int64_t cursor = 0; code == JIRASEND_OK && count > 0;) {
        code = begin(in, in->from, JS_WORK_READ, &source);
        if (code == JIRASEND_OK) {
            count = 0;
            code = in->from->ops->moves->read_streams(source, &cursor, lanes, streams, BATCH,
                                                      &count, in->error);
            code = end(in, in->from, source, code);
            if (code == JIRASEND_OK && count > 0) {
                code = take_streams(in, lanes, streams, count);
            }
            js_moved_streams_clear(streams, count);
        }
    }
    free(lanes);
    free(streams);
    return code;
}

/* ---- what Jira asked for, and counters ---- */

static jirasend_code move_rate(mover *in) {
    for (size_t i = 0; i < in->claim_count; i++) {
        const claimed *held = &in->claims[i];
        js_stop here, there;
        if (held->outbox != in->from) {
            continue;
        }
        jirasend_code code = in->from->ops->stop_get(in->from, &held->lane, &here, in->error);
        code = code == JIRASEND_OK && here.rate_until_ms > 0
                   ? in->to->ops->stop_get(in->to, &held->lane, &there, in->error)
                   : code;
        if (code == JIRASEND_OK && here.rate_until_ms > 0 &&
            here.rate_until_ms > there.rate_until_ms) {
            there.rate_until_ms = here.rate_until_ms;
            code = in->to->ops->stop_put(in->to, &held->lane, &there, in->error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

/* "VALUE LENGTH NAME\nLABEL" one after the other, as labels hold line breaks. */
static int64_t counted_before(const char *text, const char *name, const char *label) {
    while (text != NULL && *text != '\0') {
        char *end = NULL;
        int64_t value = strtoll(text, &end, 10);
        size_t length = (size_t)strtoull(end, &end, 10);
        if (*end != ' ' || strlen(end + 1) < length) {
            return 0;
        }
        size_t of_name = strlen(name);
        const char *at = end + 1;
        if (length == of_name + 1 + strlen(label) && memcmp(at, name, of_name) == 0 &&
            at[of_name] == '\n' && memcmp(at + of_name + 1, label, strlen(label)) == 0) {
            return value;
        }
        text = at + length;
    }
    return 0;
}

static jirasend_code add_counters(mover *in, const js_metric *counters, size_t count,
                                  const char *before, const char *note) {
    js_store *target;
    js_buf now = JS_BUF_INIT;
    jirasend_code code = begin(in, in->to, JS_WORK_WRITE, &target);
    if (code != JIRASEND_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        const js_metric *one = &counters[i];
        int64_t more = one->value - counted_before(before, one->name, one->label);
        js_buf_addf(&now, "%" PRId64 " %zu %s\n%s", one->value,
                    strlen(one->name) + 1 + strlen(one->label), one->name, one->label);
        code = more > 0
                   ? in->to->ops->moves->add_counter(target, one->name, one->label, more, in->error)
                   : JIRASEND_OK;
    }
    if (code == JIRASEND_OK && now.length > 0) {
        code = now.failed ? js_fail_memory(in->error)
                          : in->to->ops->moves->write_note(target, note, now.data, in->error);
    }
    js_buf_clear(&now);
    return end(in, in->to, target, code);
}

/* The source goes on counting, so only what it counted since the last move is added. */
static jirasend_code move_counters(mover *in) {
    char note[NOTE_NAME + 16];
    (void)snprintf(note, sizeof note, "%s counters", in->note);
    js_metric *counters = NULL;
    size_t count = 0;
    js_buf before = JS_BUF_INIT;
    js_store *source;
    jirasend_code code = read_note(in, note, &before);
    code = code == JIRASEND_OK ? begin(in, in->from, JS_WORK_READ, &source) : code;
    if (code == JIRASEND_OK) {
        code = in->from->ops->moves->read_counters(source, &counters, &count, in->error);
        code = end(in, in->from, source, code);
    }
    if (code == JIRASEND_OK) {
        code = add_counters(in, counters, count, before.data, note);
    }
    js_metrics_free(counters, count);
    js_buf_clear(&before);
    return code;
}

static jirasend_code move_cloud_ids(mover *in) {
    js_lane *lanes;
    size_t count;
    jirasend_code code = read_lanes(in, in->from, &lanes, &count);
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        char here[128], there[128];
        if (lanes[i].api != JS_API_NONE) {
            continue;
        }
        code = in->from->ops->cloud_id_get(in->from, lanes[i].site, here, sizeof here, in->error);
        if (code == JIRASEND_OK && here[0] != '\0') {
            code = in->to->ops->cloud_id_get(in->to, lanes[i].site, there, sizeof there, in->error);
        }
        if (code == JIRASEND_OK && here[0] != '\0' && there[0] == '\0') {
            code = in->to->ops->cloud_id_put(in->to, lanes[i].site, here, in->error);
        }
    }
    free(lanes);
    return code;
}

/* ---- all of it ---- */

/* An outbox is known by its key, of which this tells nothing. */
static jirasend_code name_note(mover *in) {
    static const char asked[] = "the outbox itself";
    uint64_t source = 0, target = 0;
    jirasend_code code =
        in->from->ops->fingerprint(in->from, asked, sizeof asked, &source, in->error);
    if (code == JIRASEND_OK) {
        code = in->to->ops->fingerprint(in->to, asked, sizeof asked, &target, in->error);
    }
    if (code == JIRASEND_OK && source == target) {
        return js_fail(in->error, JIRASEND_E_ARGUMENT,
                       "Both are the same outbox, or one is a copy of the other. Name two.");
    }
    (void)snprintf(in->note, sizeof in->note, "moved.%016" PRIx64, source);
    return code;
}

static jirasend_code claim_all(mover *in) {
    jirasend_code code = claim_lanes(in, in->from);
    return code == JIRASEND_OK ? claim_lanes(in, in->to) : code;
}

/* What a try has left half done in the target is the first that the next one looks at. */
static jirasend_code move_events(mover *in) {
    int64_t after = 0;
    jirasend_code code = finish_last(in);
    do {
        code = code == JIRASEND_OK ? move_batch(in, &after) : code;
    } while (code == JIRASEND_OK && after != 0);
    return code;
}

/* Each comes to the same when it is done twice. */
static jirasend_code repeat(mover *in, jirasend_code (*step)(mover *)) {
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

static jirasend_code move_all(mover *in) {
    /* Numbers first: no event may appear below one that was given. */
    jirasend_code (*const steps[])(mover *) = {claim_all,   finish_last,   move_streams,  move_rate,
                                               move_events, move_counters, move_cloud_ids};
    jirasend_code code = name_note(in);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && code == JIRASEND_OK; i++) {
        code = repeat(in, steps[i]);
    }
    return code;
}

jirasend_code js_outbox_move(js_outbox *from, js_outbox *to, js_move_report *report,
                             jirasend_error *error) {
    mover in = {.from = from, .to = to, .report = report, .error = error};
    js_error_clear(error);
    *report = (js_move_report){.waiting = 0};
    jirasend_code code = move_all(&in);
    release_all(&in);
    return code;
}
