/* What must be true whatever happens. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 200 };

/* A probe an hour, by any lane of the site, and some fail for want of memory. */
#define HELD_MAX (200 * MINUTE)
#define DELAY_MAX (25 * MINUTE)
/* Beside events that Jira chokes on, which have to be found out first. */
#define POISONED_MAX (60 * MINUTE)

static bool in_outbox(const sim_event *event) {
    return event->id > 0;
}

/* A newer update of its stream that Jira has accepted. */
static bool newer_accepted(const simulation *sim, int ordinal) {
    for (int i = ordinal + 1; i < sim->event_count; i++) {
        if (sim->events[i].stream == sim->events[ordinal].stream && sim->events[i].accepted) {
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
        return !event->gated && newer_accepted(sim, ordinal);
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

static void check_newest(simulation *sim) {
    for (int i = 0; i < sim->event_count; i++) {
        const sim_event *event = &sim->events[i];
        if (event->status == JS_STATUS_ACCEPTED && event->flavour != UNKNOWN_KEYS &&
            sim->streams[event->stream].ordinal < i) {
            sim_break(sim, "Jira shows e%d, though the newer e%d was accepted",
                      sim->streams[event->stream].ordinal, i);
        }
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

/* A gated deployment of the stream that is older and still to be sent. */
static bool overtakes(const simulation *sim, const sim_process *process, int ordinal) {
    for (int i = 0; i < ordinal; i++) {
        const sim_event *event = &sim->events[i];
        if (!event->gated || event->stream != sim->events[ordinal].stream || !in_outbox(event)) {
            continue;
        }
        js_receipt receipt;
        if (process->outbox->ops->receipt(process->outbox, event->id, &receipt, NULL) ==
            JIRASEND_OK) {
            bool settled = js_status_settled(receipt.status);
            js_receipt_clear(&receipt);
            if (!settled) {
                return true;
            }
        }
    }
    return false;
}

void check_request(simulation *sim, const sim_process *process, const char *body) {
    int ordinals[ITEMS_MAX];
    size_t count = jira_ordinals(body, ordinals, ITEMS_MAX);
    if (count == 0 || count > 100) {
        sim_break(sim, "a request holds %zu events", count);
    }
    for (size_t i = 0; i < count; i++) {
        const sim_event *event = &sim->events[ordinals[i]];
        if (event->gated && count > 1) {
            sim_break(sim, "the gated e%d does not travel alone", ordinals[i]);
        }
        if (in_outbox(event) && js_status_settled(event->status) && !event->dropped) {
            sim_break(sim, "e%d is sent though it is %s", ordinals[i],
                      js_status_name(event->status));
        }
        if (event->lane % 2 == 1 && overtakes(sim, process, ordinals[i])) {
            sim_break(sim, "e%d overtakes a gated deployment", ordinals[i]);
        }
        for (size_t k = 0; k < i; k++) {
            if (sim->events[ordinals[k]].stream == event->stream) {
                sim_break(sim, "e%d and e%d of one stream are in one request", ordinals[k],
                          ordinals[i]);
            }
        }
    }
}

/* Two processes that started before and after a step of the clock do not agree when a pause ends. */
static bool clocks_agree(const simulation *sim) {
    const sim_process *first = &sim->processes[0];
    const sim_process *second = &sim->processes[1];
    return !first->alive || !second->alive || first->wall_offset_ms == second->wall_offset_ms;
}

void check_pause(simulation *sim, int lane) {
    const sim_site *site = &sim->sites[lane / 2];
    int64_t left = site->rate_until_ms[lane % 2] - sim->clock.mono_ms;
    if (left > 0 && sim->last_disturbance_ms < site->rate_from_ms[lane % 2] && clocks_agree(sim)) {
        sim_break(sim, "lane %d sends %lld ms before the time that Jira asked for", lane,
                  (long long)left);
    }
}

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Since when nothing stands in the way of a lane; INT64_MAX: something does. */
static int64_t good_since(const simulation *sim, int lane) {
    const sim_site *site = &sim->sites[lane / 2];
    /* Times of another clock are believed when they are possible: up to two days. */
    int64_t rate_until_ms = site->rate_until_ms[lane % 2] + sim->hours_back * HOUR;
    int64_t since = later(sim->last_disturbance_ms, rate_until_ms);
    for (int i = 0; i < ENDPOINTS; i++) {
        bool own = i < BUILDS || i == BUILDS + lane % 2;
        bool holds_site = site->weather[i] == REFUSES_LOGIN || site->weather[i] == REDIRECTS;
        if (site->weather[i] != FINE && (own || holds_site)) {
            return INT64_MAX;
        }
        since = later(since, own ? site->clear_since_ms[i] : 0);
    }
    int64_t held_until = site->held_until_ms[lane % 2];
    since = later(since, held_until == INT64_MAX ? 0 : held_until);
    bool any = false;
    for (int i = 0; i < PROCESSES; i++) {
        const sim_process *process = &sim->processes[i];
        if (process->disk.mood != DISK_WELL ||
            (process->alive && process->secrets[lane / 2] != site->secret)) {
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
            found = other->stream == event->stream ? IN_STREAM : IN_LANE;
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

/* Whatever happens to other lanes, events of a lane that nothing stands in the way of go. */
void check_delays(simulation *sim) {
    for (int i = 0; i < sim->event_count; i++) {
        const sim_event *event = &sim->events[i];
        if (!in_outbox(event) || js_status_settled(event->status)) {
            continue;
        }
        int64_t since = good_since(sim, event->lane);
        bool held = sim->sites[event->lane / 2].held_until_ms[event->lane % 2] == INT64_MAX;
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
