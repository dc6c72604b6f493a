/* What must be true whatever happens. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 1024 };

/* A probe an hour, by any lane of the site, and some fail for want of memory. */
#define HELD_MAX (200 * MINUTE)
#define DELAY_MAX (25 * MINUTE)
/* Beside events that Jira chokes on, which have to be found out first. */
#define POISONED_MAX (60 * MINUTE)
/* So long a request may be in the making: it waits for a token, and for its turn. */
#define IN_HAND (2 * MINUTE)

static bool in_outbox(const sim_event *event) {
    return event->id > 0;
}

/* Whether the deletion means something of the stream that is newer, and was told before it. */
static bool means_newer(const simulation *sim, int deletion, int ordinal) {
    for (int i = 0; i < deletion; i++) {
        const sim_event *event = &sim->events[i];
        if (thing_newer(sim, i, ordinal) && event->stream == sim->events[ordinal].stream &&
            event->stream != STREAMS && thing_meant(&sim->events[deletion], event)) {
            return true;
        }
    }
    return false;
}

/* Whether Jira has taken something newer that makes it needless; of a commit, also in a branch. */
static bool newer_accepted(const simulation *sim, int ordinal) {
    const sim_event *event = &sim->events[ordinal];
    for (int i = 0; i < sim->event_count; i++) {
        const sim_event *other = &sim->events[i];
        if (!thing_newer(sim, i, ordinal) || (other->deletion && !thing_beats(sim, i, ordinal))) {
            continue;
        }
        bool same = other->stream == event->stream && event->stream != STREAMS;
        bool told = same || other->touched == event->stream;
        bool same_sweep = event->sweep && other->sweep && other->lane == event->lane &&
                          other->team == event->team;
        if (other->accepted &&
            (same_sweep || thing_meant(other, event) || means_newer(sim, i, ordinal) ||
             (told && (!event->gated || other->deletion)))) {
            return true;
        }
    }
    return false;
}

static bool deserves(const simulation *sim, int ordinal, const js_receipt *receipt) {
    const sim_event *event = &sim->events[ordinal];
    switch (receipt->status) {
    case JS_STATUS_ACCEPTED:
        return event->accepted;
    case JS_STATUS_SKIPPED:
        return event->flavour == NO_KEYS || event->flavour == UNKNOWN_KEYS;
    case JS_STATUS_SUPERSEDED:
        return newer_accepted(sim, ordinal);
    case JS_STATUS_REJECTED:
        return event->dropped || event->flavour == REFUSED || event->flavour == POISON_400 ||
               event->unmentioned >= 5 ||
               (strstr(receipt->message, "Expired") != NULL &&
                sim->clock.wall_ms - event->wall_ms >= 30 * 24 * HOUR);
    default:
        return true;
    }
}

/* The answer to a submit that was cut off by a kill is not known; its events may be there. */
static int ordinal_of(const simulation *sim, int64_t id) {
    for (int i = sim->event_count - 1; i >= 0; i--) {
        if (sim->events[i].id == id) {
            return i;
        }
    }
    return -1;
}

static void see(simulation *sim, const js_receipt *receipt) {
    int ordinal = ordinal_of(sim, receipt->id);
    if (ordinal < 0) {
        return;
    }
    sim_event *event = &sim->events[ordinal];
    sim_say(sim, "   e%d is %s: %s", ordinal, js_status_name(receipt->status), receipt->message);
    if (!deserves(sim, ordinal, receipt)) {
        sim_break(sim, "e%d became %s without a reason: %s", ordinal,
                  js_status_name(receipt->status), receipt->message);
    }
    event->status = receipt->status;
    if (event->flavour == POISON_500) {
        sim->last_disturbance_ms = sim->clock.mono_ms; /* what waited with it waits since now */
    }
}

void check_settled(simulation *sim, sim_process *process) {
    js_receipt receipt;
    while (process->outbox->ops->next_settled(process->outbox, &sim->cursor, &receipt, NULL) ==
           JIRASEND_OK) {
        see(sim, &receipt);
        js_receipt_clear(&receipt);
    }
}

static void check_one(simulation *sim, sim_process *process, int ordinal, bool at_the_end) {
    const sim_event *event = &sim->events[ordinal];
    js_receipt receipt;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code =
        process->outbox->ops->receipt(process->outbox, event->id, &receipt, &error);
    if (code == JIRASEND_E_NOT_FOUND) {
        sim_break(sim, "e%d (event %lld) is gone: %s", ordinal, (long long)event->id,
                  error.message);
        return;
    }
    if (code != JIRASEND_OK) {
        return; /* the disk; the next check reads again */
    }
    bool settled = js_status_settled(receipt.status);
    if (!settled && js_status_settled(event->status)) {
        sim_break(sim, "e%d was %s and waits again", ordinal, js_status_name(event->status));
    }
    if (!settled && at_the_end) {
        sim_break(sim, "at the end e%d is %s: %s", ordinal, js_status_name(receipt.status),
                  receipt.message);
    }
    if (settled && !deserves(sim, ordinal, &receipt)) {
        sim_break(sim, "e%d is %s without a reason: %s", ordinal, js_status_name(receipt.status),
                  receipt.message);
    }
    js_receipt_clear(&receipt);
}

/* Whether the event told something of the stream, or would have. */
static bool tells(const sim_event *event, int stream) {
    bool told = event->status == JS_STATUS_ACCEPTED && event->flavour != UNKNOWN_KEYS;
    return !event->deletion && in_outbox(event) &&
           ((event->stream == stream && (told || event->status == JS_STATUS_SUPERSEDED)) ||
            (event->touched == stream && told));
}

/*
 * What Jira had before the deletion, and that has other properties: none of what has its own was sent. Of
 * the past it may come later, whenever it was told.
 */
static bool has_others(const simulation *sim, int stream, int deletion) {
    const sim_event *shown = &sim->events[sim->streams[stream].ordinal];
    const sim_event *by = &sim->events[deletion];
    return by->sweep && !thing_reached(by, stream, shown->team) &&
           (shown->past_ms > 0 || shown->taken_ms <= by->taken_ms);
}

/* Jira has deleted it, and nobody was told: the submit was cut off, or it was dropped on its way. */
static bool taken_unseen(const simulation *sim, int stream, int news) {
    int deleted = sim->streams[stream].deleted;
    return deleted >= 0 && thing_beats(sim, deleted, news) &&
           (!in_outbox(&sim->events[deleted]) || sim->events[deleted].dropped);
}

/* The newest that was told after the deletion and lasts; -1 as the deletion: the newest of all. */
static int newest_told(const simulation *sim, int stream, int deletion) {
    int news = -1;
    for (int i = deletion + 1; i < sim->event_count; i++) {
        bool lasts = deletion < 0 || !thing_beats(sim, deletion, i);
        news = lasts && tells(&sim->events[i], stream) && thing_newer(sim, i, news) ? i : news;
    }
    return news;
}

/* The last deletion that took it away; -1: none did. */
static int deletion_of(const simulation *sim, int stream, int news) {
    int deletion = -1;
    for (int i = 0; news >= 0 && i < sim->event_count; i++) {
        const sim_event *event = &sim->events[i];
        bool taken = event->status == JS_STATUS_ACCEPTED && thing_beats(sim, i, news);
        deletion = taken && thing_reached(event, stream, sim->events[news].team) ? i : deletion;
    }
    return deletion;
}

/*
 * What Jira holds in the end is what the newest event of each stream said; what was deleted is gone
 * unless it was told again, if only by the past.
 */
static void check_stream(simulation *sim, int stream) {
    int news = newest_told(sim, stream, -1);
    int deletion = deletion_of(sim, stream, news);
    for (int last = -1; deletion > last;) {
        int again = newest_told(sim, stream, deletion);
        last = deletion;
        if (again >= 0) {
            news = again;
            deletion = deletion_of(sim, stream, news);
        }
    }
    int shown = sim->streams[stream].ordinal;
    bool newer = thing_newer(sim, shown, news);
    if (deletion >= 0 && shown >= 0 && !newer && !has_others(sim, stream, deletion)) {
        sim_break(sim, "Jira shows e%d, though e%d was deleted by e%d", shown, news, deletion);
    } else if (deletion < 0 && !newer && shown != news && !taken_unseen(sim, stream, news)) {
        sim_break(sim, "Jira shows e%d (deleted by e%d), though the newer e%d was told", shown,
                  sim->streams[stream].deleted, news);
    }
}

static void check_newest(simulation *sim) {
    for (int i = 0; i < STREAMS; i++) {
        check_stream(sim, i);
    }
}

void check_all(simulation *sim, sim_process *process, bool at_the_end) {
    check_settled(sim, process);
    for (int i = 0; i < sim->event_count; i++) {
        if (in_outbox(&sim->events[i])) {
            check_one(sim, process, i, at_the_end);
        }
    }
    if (!at_the_end) {
        return;
    }
    check_newest(sim);
    js_counts counts;
    if (process->outbox->ops->counts(process->outbox, &counts, NULL) != JIRASEND_OK ||
        counts.waiting != 0 || counts.held != 0) {
        sim_break(sim, "at the end %lld events wait and %lld are held", (long long)counts.waiting,
                  (long long)counts.held);
    }
}

/* By its receipt just now. */
static bool waits(const sim_process *process, int64_t id) {
    js_receipt receipt;
    if (process->outbox->ops->receipt(process->outbox, id, &receipt, NULL) != JIRASEND_OK) {
        return false;
    }
    bool settled = js_status_settled(receipt.status);
    js_receipt_clear(&receipt);
    return !settled;
}

/* A gated deployment of the stream that is older and still to be sent. */
static bool overtakes(const simulation *sim, const sim_process *process, int ordinal) {
    for (int i = 0; i < ordinal; i++) {
        const sim_event *event = &sim->events[i];
        if (!event->gated || event->stream != sim->events[ordinal].stream || !in_outbox(event)) {
            continue;
        }
        if (waits(process, event->id)) {
            return true;
        }
    }
    return false;
}

/* A deletion that is older, and still to be sent; -1: there is none. */
static int passes_deletion(const simulation *sim, const sim_process *process, int ordinal) {
    const sim_event *event = &sim->events[ordinal];
    for (int i = 0; i < ordinal; i++) {
        const sim_event *other = &sim->events[i];
        bool meant = (thing_meant(other, event) && !event->deletion) ||
                     (event->touched >= 0 && thing_reached(other, event->touched, event->team));
        if (meant && in_outbox(other) && !js_status_settled(other->status) &&
            waits(process, other->id)) {
            return i;
        }
    }
    return -1;
}

/* Something new of the lane that waits for long enough to be known when this one set out; -1: nothing. */
static int passes_news(const simulation *sim, const sim_process *process, int ordinal) {
    for (int i = 0; i < sim->event_count; i++) {
        const sim_event *other = &sim->events[i];
        if (other->past_ms == 0 && other->lane == sim->events[ordinal].lane && in_outbox(other) &&
            !js_status_settled(other->status) && other->since_ms < sim->clock.mono_ms - IN_HAND &&
            waits(process, other->id)) {
            return i;
        }
    }
    return -1;
}

static void check_one_sent(simulation *sim, const sim_process *process, int ordinal, size_t count) {
    const sim_event *event = &sim->events[ordinal];
    if (event->gated && count > 1) {
        sim_break(sim, "the gated e%d does not travel alone", ordinal);
    }
    if (in_outbox(event) && js_status_settled(event->status) && !event->dropped) {
        sim_break(sim, "e%d is sent though it is %s", ordinal, js_status_name(event->status));
    }
    if (event->kind == JS_KIND_DEPLOYMENT && !event->deletion && overtakes(sim, process, ordinal)) {
        sim_break(sim, "e%d overtakes a gated deployment", ordinal);
    }
    int passed = passes_deletion(sim, process, ordinal);
    if (passed >= 0) {
        sim_break(sim, "e%d overtakes the deletion e%d", ordinal, passed);
    }
    passed = event->past_ms > 0 ? passes_news(sim, process, ordinal) : -1;
    if (passed >= 0) {
        sim_break(sim, "e%d, of the past, is sent before e%d, which is new", ordinal, passed);
    }
}

void check_request(simulation *sim, const sim_process *process, const sim_message *message) {
    int ordinals[ITEMS_MAX];
    if (message->method == JS_NET_DELETE) {
        if (message->deletion < 0) {
            sim_break(sim, "nobody wants to delete %s", message->url);
        } else {
            check_one_sent(sim, process, message->deletion, 1);
        }
        return;
    }
    size_t count = jira_ordinals(sim, message->body, ordinals, ITEMS_MAX);
    if (count == 0 || count > (message->endpoint == DEVINFO ? 1000 : 100)) {
        sim_break(sim, "a request holds %zu events", count);
    }
    for (size_t i = 0; i < count; i++) {
        check_one_sent(sim, process, ordinals[i], count);
        for (size_t k = 0; k < i; k++) {
            if (sim->events[ordinals[k]].stream == sim->events[ordinals[i]].stream) {
                sim_break(sim, "e%d and e%d of one stream are in one request", ordinals[k],
                          ordinals[i]);
            }
            if ((sim->events[ordinals[k]].past_ms > 0) != (sim->events[ordinals[i]].past_ms > 0)) {
                sim_break(sim, "e%d and e%d, news and the past, share a request", ordinals[k],
                          ordinals[i]);
            }
            if (sim->events[ordinals[k]].team != sim->events[ordinals[i]].team) {
                sim_break(sim, "e%d and e%d have different properties and share a request",
                          ordinals[k], ordinals[i]);
            }
        }
    }
}

/* Two processes that started before and after a step of the clock do not agree when a pause ends. */
bool check_clocks_agree(const simulation *sim) {
    const sim_process *first = &sim->processes[0];
    const sim_process *second = &sim->processes[1];
    return !first->alive || !second->alive || first->wall_offset_ms == second->wall_offset_ms;
}

void check_pause(simulation *sim, int lane) {
    const sim_site *site = &sim->sites[lane / APIS];
    int64_t left = site->rate_until_ms[lane % APIS] - sim->clock.mono_ms;
    if (left > 0 && sim->last_disturbance_ms < site->rate_from_ms[lane % APIS] &&
        check_clocks_agree(sim)) {
        sim_break(sim, "lane %d sends %lld ms before the time that Jira asked for", lane,
                  (long long)left);
    }
}

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Since when nothing stands in the way of a lane; INT64_MAX: something does. */
static int64_t good_since(const simulation *sim, int lane) {
    const sim_site *site = &sim->sites[lane / APIS];
    /* Times of another clock are believed when they are possible: up to two days. */
    int64_t rate_until_ms = site->rate_until_ms[lane % APIS] + sim->hours_back * HOUR;
    int64_t since = later(sim->last_disturbance_ms, rate_until_ms);
    for (int i = 0; i < ENDPOINTS; i++) {
        bool own = i < BUILDS || i == BUILDS + lane % APIS;
        bool holds_site = site->weather[i] == REFUSES_LOGIN || site->weather[i] == REDIRECTS;
        if (site->weather[i] != FINE && (own || holds_site)) {
            return INT64_MAX;
        }
        since = later(since, own ? site->clear_since_ms[i] : 0);
    }
    int64_t held_until = site->held_until_ms[lane % APIS];
    since = later(since, held_until == INT64_MAX ? 0 : held_until);
    bool any = false;
    for (int i = 0; i < PROCESSES; i++) {
        const sim_process *process = &sim->processes[i];
        if (process->disk.mood != DISK_WELL ||
            (process->alive && process->secrets[lane / APIS] != site->secret)) {
            return INT64_MAX;
        }
        any |= process->alive;
    }
    return any ? since : INT64_MAX;
}

typedef enum poison { NO_POISON, IN_LANE, IN_STREAM } poison;

/* Whether Jira chokes on something in its stream, which waits with that, or elsewhere in its lane. */
static poison poison_beside(const simulation *sim, const sim_event *event) {
    poison found = NO_POISON;
    for (int i = 0; i < sim->event_count && found != IN_STREAM; i++) {
        const sim_event *other = &sim->events[i];
        bool chokes = other->flavour == POISON_500 && !js_status_settled(other->status);
        if (chokes && other->lane == event->lane) {
            bool before = other->stream == event->stream || thing_meant(other, event) ||
                          other->touched == event->stream || other->stream == event->touched;
            found = before ? IN_STREAM : IN_LANE;
        }
    }
    return found;
}

static void judge_delay(simulation *sim, int ordinal, int64_t ms) {
    js_receipt receipt;
    js_receipt_init(&receipt);
    for (int i = 0; i < PROCESSES && receipt.message == NULL; i++) {
        js_outbox *outbox = sim->processes[i].outbox;
        if (sim->processes[i].alive) {
            (void)outbox->ops->receipt(outbox, sim->events[ordinal].id, &receipt, NULL);
        }
    }
    if (receipt.message != NULL && js_status_settled(receipt.status)) {
        see(sim, &receipt); /* just now, and the story had not looked yet */
    } else if (receipt.status != JS_STATUS_HELD || ms > HELD_MAX) {
        sim_break(sim,
                  "e%d on lane %d waits for %lld minutes though nothing stands in its way: %s, %s",
                  ordinal, sim->events[ordinal].lane, (long long)(ms / MINUTE),
                  js_status_name(receipt.status), receipt.message == NULL ? "" : receipt.message);
    }
    js_receipt_clear(&receipt);
}

/* The past goes when nothing new waits. */
static void note_news(simulation *sim) {
    for (int i = 0; i < sim->event_count; i++) {
        const sim_event *event = &sim->events[i];
        bool there = in_outbox(event) || event->flavour == POISON_500;
        if (event->past_ms == 0 && there && !js_status_settled(event->status)) {
            sim->news_ms[event->lane] = sim->clock.mono_ms;
        }
    }
}

/* Whatever happens to other lanes, events of a lane that nothing stands in the way of go. */
void check_delays(simulation *sim) {
    note_news(sim);
    for (int i = 0; i < sim->event_count; i++) {
        const sim_event *event = &sim->events[i];
        if (!in_outbox(event) || js_status_settled(event->status)) {
            continue;
        }
        int64_t since = good_since(sim, event->lane);
        since = event->past_ms > 0 ? later(since, sim->news_ms[event->lane]) : since;
        bool held = sim->sites[event->lane / APIS].held_until_ms[event->lane % APIS] == INT64_MAX;
        int64_t ms = sim->clock.mono_ms - later(since, event->since_ms);
        if (since == INT64_MAX || ms <= (held ? HELD_MAX : DELAY_MAX)) {
            continue;
        }
        poison beside = poison_beside(sim, event);
        if (beside == NO_POISON || (beside == IN_LANE && ms > POISONED_MAX)) {
            judge_delay(sim, i, ms);
        }
    }
}
