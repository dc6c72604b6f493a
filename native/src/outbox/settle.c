/* Writing down what became of events. */
#include "outbox/words.h"

#include "base/crash_point.h"
#include "base/error.h"
#include "outbox/row.h"
#include "outbox/sweep.h"

#include <stdlib.h>
#include <string.h>

jirasend_code js_store_lost(const js_lane *lane, jirasend_error *error) {
    return js_fail(error, JIRASEND_E_CLOSED,
                   "Another process has taken over sending to %s; nothing was written.",
                   lane->site);
}

/* Leaves those that wait, and says how each ends. */
static size_t those_that_wait(js_event_row *rows, size_t count, const js_settling *as,
                              js_settling *endings) {
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].id != 0 && rows[i].open && rows[i].status == JS_STATUS_QUEUED) {
            endings[left] = *as;
            endings[left++].event = &rows[i];
        }
    }
    return left;
}

jirasend_code js_store_settle_by_id(js_store *self, js_event_row *rows, size_t count,
                                    const js_settling *as, int64_t now_ms, size_t *done,
                                    jirasend_error *error) {
    if (count == 0) {
        return JIRASEND_OK;
    }
    js_settling *endings = calloc(count, sizeof *endings);
    if (endings == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = self->rows->find(self, rows, count, error);
    if (code == JIRASEND_OK) {
        size_t left = those_that_wait(rows, count, as, endings);
        *done += left;
        code = self->rows->settle(self, endings, left, now_ms, error);
    }
    free(endings);
    return code;
}

/* What waits in vain now that Jira has something newer, or (all) nothing at all any more. */
static jirasend_code supersede(js_store *self, const js_accepting *newer, size_t newer_count,
                               bool all, int64_t now_ms, jirasend_error *error) {
    js_event_row rows[64];
    js_settling endings[64];
    const js_settling as = {.status = JS_STATUS_SUPERSEDED,
                            .http_status = -1,
                            .message = all ? JS_WORDS_DELETED : JS_WORDS_SUPERSEDED};
    size_t count = newer_count == 0 ? 0 : sizeof rows / sizeof rows[0];
    for (const size_t full = count; count == full && count > 0;) {
        jirasend_code code =
            self->rows->older(self, newer, newer_count, all, rows, full, &count, error);
        if (code == JIRASEND_OK && count > 0) {
            size_t left = those_that_wait(rows, count, &as, endings);
            code = left == 0 ? self->rows->damaged(self, "what was changed is found again", error)
                             : self->rows->settle(self, endings, left, now_ms, error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_store_bound_dead(js_store *self, jirasend_error *error) {
    js_counts counts;
    jirasend_code code = self->rows->counts(self, &counts, error);
    while (code == JIRASEND_OK && counts.dead > JS_DEAD_MAX) {
        js_event_row rows[64];
        size_t wanted = (size_t)(counts.dead - JS_DEAD_MAX);
        size_t count = 0;
        code = self->rows->dead_oldest(self, INT64_MAX, rows, wanted < 64 ? wanted : 64, &count,
                                       error);
        if (code != JIRASEND_OK || count == 0) {
            break;
        }
        code = self->rows->give_up(self, rows, count, NULL, 0, error);
        if (code == JIRASEND_OK) {
            code = self->rows->counts(self, &counts, error);
        }
    }
    return code;
}

/* ---- a batch ---- */

typedef struct settle_all {
    js_store *store;
    const js_outcome *outcomes;
    size_t count;
    int64_t now_ms;
    js_lane_row lane;
    js_event_row *rows;
    js_settling *endings;
    js_staying *stays;
    char **unknown; /* one for each outcome, or null */
    size_t ended, stayed;
} settle_all;

static bool allocate(settle_all *all) {
    size_t room = all->count + 1; /* a settle of nothing writes stops only */
    all->rows = calloc(room, sizeof *all->rows);
    all->endings = calloc(room, sizeof *all->endings);
    all->stays = calloc(room, sizeof *all->stays);
    all->unknown = calloc(room, sizeof *all->unknown);
    return all->rows != NULL && all->endings != NULL && all->stays != NULL && all->unknown != NULL;
}

static void clear(settle_all *all) {
    for (size_t i = 0; i < all->count && all->unknown != NULL; i++) {
        free(all->unknown[i]);
    }
    free(all->unknown);
    free(all->stays);
    free(all->endings);
    free(all->rows);
}

static void add_ending(settle_all *all, size_t i) {
    const js_outcome *outcome = &all->outcomes[i];
    all->endings[all->ended++] =
        (js_settling){.event = &all->rows[i],
                      .told = outcome->event,
                      .status = outcome->status,
                      .keep_document = outcome->status == JS_STATUS_REJECTED,
                      .attempts = outcome->sent ? 1 : 0,
                      .unmentioned = outcome->unmentioned ? 1 : 0,
                      .http_status = outcome->http_status,
                      .message = outcome->message,
                      .unknown_keys = all->unknown[i],
                      .relay_id = outcome->relay_id};
}

static void add_stay(settle_all *all, size_t i) {
    const js_outcome *outcome = &all->outcomes[i];
    all->stays[all->stayed++] = (js_staying){.event = &all->rows[i],
                                             .attempts = outcome->sent ? 1 : 0,
                                             .unmentioned = outcome->unmentioned ? 1 : 0,
                                             .http_status = outcome->http_status,
                                             .forbidden = outcome->forbidden,
                                             .not_before_ms = outcome->not_before_ms,
                                             .message = outcome->message,
                                             .unknown_keys = all->unknown[i]};
}

/* Dropped by hand or expired while it was on its way: it stays so. */
static bool still_waits(const settle_all *all, size_t i) {
    const js_event_row *row = &all->rows[i];
    return row->id != 0 && row->lane == all->lane.id && row->status == JS_STATUS_QUEUED;
}

static jirasend_code divide(settle_all *all, jirasend_error *error) {
    for (size_t i = 0; i < all->count; i++) {
        const js_strings *unknown = all->outcomes[i].unknown_keys;
        if (!still_waits(all, i)) {
            continue;
        }
        if (unknown != NULL && (all->unknown[i] = js_row_join(unknown)) == NULL) {
            return js_fail_memory(error);
        }
        if (js_status_settled(all->outcomes[i].status)) {
            add_ending(all, i);
        } else {
            add_stay(all, i);
        }
    }
    return JIRASEND_OK;
}

/*
 * Those that Jira has, deletions or not. What a relay has goes before what it gets later, so nothing
 * older may follow that, either.
 */
static size_t those_taken(const settle_all *all, bool barriers, js_accepting *taken) {
    size_t count = 0;
    for (size_t i = 0; i < all->ended; i++) {
        const js_settling *ended = &all->endings[i];
        bool has = ended->status == JS_STATUS_ACCEPTED || ended->status == JS_STATUS_RELAYED;
        if (has && ended->event->barrier == barriers) {
            size_t at = (size_t)(ended->event - all->rows);
            const js_outcome *outcome = &all->outcomes[at];
            /* After a sweep the whole lane waits, which no stream says. */
            int64_t wait_ms = outcome->sweep != NULL ? 0 : outcome->stream_wait_until_ms;
            taken[count++] = (js_accepting){ended->event, wait_ms};
        }
    }
    return count;
}

static jirasend_code tell_taken(settle_all *all, bool barriers, jirasend_error *error) {
    js_store *store = all->store;
    js_accepting *taken = calloc(all->count + 1, sizeof *taken);
    if (taken == NULL) {
        return js_fail_memory(error);
    }
    size_t count = those_taken(all, barriers, taken);
    jirasend_code code =
        count == 0 ? JIRASEND_OK : store->rows->accepted(store, taken, count, error);
    JS_CRASH_POINT("settle.half");
    if (code == JIRASEND_OK) {
        code = supersede(store, taken, count, barriers, all->now_ms, error);
    }
    free(taken);
    return code;
}

/* It has a request to itself. */
static jirasend_code sweep(settle_all *all, jirasend_error *error) {
    if (all->ended == 0 || all->outcomes[0].sweep == NULL ||
        all->endings[0].status != JS_STATUS_ACCEPTED) {
        return JIRASEND_OK;
    }
    return js_store_sweep(all->store, all->endings[0].event, all->outcomes[0].sweep,
                          all->outcomes[0].stream_wait_until_ms, all->now_ms, error);
}

/* What an acceptance or a wait means for the rest of its stream. */
static jirasend_code tell_streams(settle_all *all, jirasend_error *error) {
    js_store *store = all->store;
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < all->ended && code == JIRASEND_OK; i++) {
        const js_event_row *event = all->endings[i].event;
        code = event->barrier ? store->rows->unblock(store, event, error) : JIRASEND_OK;
    }
    code = code == JIRASEND_OK ? tell_taken(all, true, error) : code;
    code = code == JIRASEND_OK ? tell_taken(all, false, error) : code;
    code = code == JIRASEND_OK ? sweep(all, error) : code;
    for (size_t i = 0; i < all->stayed && code == JIRASEND_OK; i++) {
        /* While it waits for its own time, nothing of its stream may slip past it. */
        if (all->stays[i].not_before_ms > 0) {
            code = store->rows->aside_with(store, all->stays[i].event, all->stays[i].not_before_ms,
                                           error);
        }
    }
    return code;
}

/* The envelope of the batch, when it has a pause of its own. */
static int64_t own_envelope(const settle_all *all) {
    for (size_t i = 0; i < all->count; i++) {
        if (all->rows[i].id != 0) {
            return all->rows[i].envelope;
        }
    }
    return 0;
}

/* The lane pauses with the envelope that was refused; the others are found by their own pauses. */
static jirasend_code write_lane(settle_all *all, const js_stop *stop, jirasend_error *error) {
    js_store *store = all->store;
    int64_t envelope = own_envelope(all);
    js_backoff own = js_stop_backoff(stop);
    jirasend_code code =
        envelope == 0 ? JIRASEND_OK : store->rows->backoff_write(store, envelope, &own, error);
    return code == JIRASEND_OK ? js_store_write_stop(store, &all->lane, stop, error) : code;
}

/* All of a batch went in one request. */
static jirasend_code count_request(settle_all *all, jirasend_error *error) {
    for (size_t i = 0; i < all->count; i++) {
        if (all->outcomes[i].sent) {
            return all->store->rows->count_request(all->store, all->lane.lane.api,
                                                   all->outcomes[i].http_status, error);
        }
    }
    return JIRASEND_OK;
}

static jirasend_code write_all(settle_all *all, const js_stop *stop, const js_stop *site_stop,
                               jirasend_error *error) {
    js_store *store = all->store;
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < all->count; i++) {
        all->rows[i].id = all->outcomes[i].id;
    }
    if (all->count > 0) {
        code = store->rows->find(store, all->rows, all->count, error);
    }
    if (code == JIRASEND_OK) {
        code = divide(all, error);
    }
    if (code == JIRASEND_OK) {
        code = count_request(all, error);
    }
    if (code == JIRASEND_OK && all->ended > 0) {
        code = store->rows->settle(store, all->endings, all->ended, all->now_ms, error);
    }
    if (code == JIRASEND_OK && all->stayed > 0) {
        code = store->rows->stay(store, all->stays, all->stayed, error);
    }
    if (code == JIRASEND_OK) {
        code = tell_streams(all, error);
    }
    if (code == JIRASEND_OK) {
        code = js_store_bound_dead(store, error);
    }
    if (code == JIRASEND_OK && stop != NULL) {
        code = write_lane(all, stop, error);
    }
    if (code == JIRASEND_OK && site_stop != NULL) {
        js_lane_row site;
        js_lane whole_site = js_lane_of_site(&all->lane.lane);
        code = store->rows->lane_add(store, &whole_site, &site, error);
        code = code == JIRASEND_OK ? js_store_write_stop(store, &site, site_stop, error) : code;
    }
    return code;
}

static bool stands_still(const js_stop *stop) {
    return stop->held || stop->failures > 0 || stop->backoff_until_ms > 0 ||
           stop->rate_until_ms > 0;
}

/*
 * Jira has all of it, or a relay. Should the power fail before that is on disk, the events are sent once more,
 * with the same sequence numbers, and nothing comes of it; so it need not wait for the disk. A wait
 * after a deletion must not be forgotten.
 */
static bool good_news(const js_outcome *outcomes, size_t count, const js_stop *stop,
                      const js_stop *site_stop) {
    bool good =
        (stop == NULL || !stands_still(stop)) && (site_stop == NULL || !stands_still(site_stop));
    for (size_t i = 0; i < count && good; i++) {
        bool taken =
            outcomes[i].status == JS_STATUS_ACCEPTED || outcomes[i].status == JS_STATUS_RELAYED;
        good = taken && outcomes[i].stream_wait_until_ms == 0;
    }
    return good;
}

jirasend_code js_store_settle(js_store *self, const js_lane *lane, int64_t fence,
                              const js_outcome *outcomes, size_t count, const js_stop *stop,
                              const js_stop *site_stop, int64_t now_ms, jirasend_error *error) {
    settle_all all = {.store = self, .outcomes = outcomes, .count = count, .now_ms = now_ms};
    if (!allocate(&all)) {
        clear(&all);
        return js_fail_memory(error);
    }
    js_work work = good_news(outcomes, count, stop, site_stop) ? JS_WORK_WRITE_SOFT : JS_WORK_WRITE;
    jirasend_code code = self->rows->begin(self, work, error);
    if (code == JIRASEND_OK) {
        code = self->rows->lane_check_claim(self, lane, fence, &all.lane, error);
        if (code == JIRASEND_OK) {
            code = write_all(&all, stop, site_stop, error);
        }
        JS_CRASH_POINT("settle.before-commit");
        code = self->rows->end(self, code, error);
        JS_CRASH_POINT("settle.after-commit");
    }
    clear(&all);
    return code;
}
