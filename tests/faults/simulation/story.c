/* What happens: news of all kinds, deletions, bad days, restarts; and time in between. */
#include "sim.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAST_MS INT64_C(1780000000000)

enum { ACTIONS_MIN = 10, ACTIONS_MORE = 60, BURST_MAX = 120 };

/* ---- what happens ---- */

static sim_process *some_process(simulation *sim) {
    sim_process *first = &sim->processes[sim_random(sim, PROCESSES)];
    for (int i = 0; i < PROCESSES; i++) {
        sim_process *process = &sim->processes[(first->number + i) % PROCESSES];
        if (process->alive) {
            return process;
        }
    }
    return process_start(sim, first) ? first : NULL;
}

static sim_flavour some_flavour(simulation *sim) {
    if (!sim_once_in(sim, 5)) {
        return PLAIN;
    }
    static const sim_flavour odd[] = {NO_KEYS, UNKNOWN_KEYS, UNKNOWN_KEYS, REFUSED,
                                      REFUSED, POISON_400,   POISON_500};
    return odd[sim_random(sim, sizeof odd / sizeof odd[0])];
}

static js_kind some_kind(simulation *sim, int lane) {
    static const js_kind kinds[] = {JS_KIND_BUILD, JS_KIND_DEPLOYMENT, JS_KIND_FLAG};
    int api = lane % APIS;
    return api < 3 ? kinds[api] : (js_kind)(JS_KIND_COMMIT + (int)sim_random(sim, 3));
}

static int new_event(simulation *sim, int lane, uint64_t numbers) {
    int ordinal = sim->event_count++;
    sim_event *event = &sim->events[ordinal];
    int site = lane / APIS;
    int group = (int)sim_random(sim, GROUPS);
    int number = (int)sim_random(sim, numbers);
    js_kind kind = some_kind(sim, lane);
    bool deployment = kind == JS_KIND_DEPLOYMENT;
    int environment = deployment ? (int)sim_random(sim, ENVIRONMENTS) : 0;
    *event = (sim_event){.lane = lane, .kind = kind, .touched = -1};
    event->flavour = some_flavour(sim);
    event->stream = thing_stream(site, kind, group, number, environment);
    event->gated = deployment && event->flavour == PLAIN && sim_once_in(sim, 6);
    if (!event->gated && sim_once_in(sim, 6)) {
        /* Before all clocks of the story, and never the same moment twice. */
        event->past_ms = PAST_MS + (int64_t)sim_random(sim, 1000) * EVENTS_MAX + ordinal;
    }
    /* All of a repository has the same properties: Jira deletes it as a whole. */
    event->team = kind >= JS_KIND_COMMIT ? group % TEAMS : (int)sim_random(sim, TEAMS);
    if (kind == JS_KIND_BRANCH) {
        event->touched =
            thing_stream(site, JS_KIND_COMMIT, group, (int)sim_random(sim, numbers), 0);
    }
    if (sim_once_in(sim, 3)) {
        (void)snprintf(event->request_id, sizeof event->request_id, "r%d", ordinal);
    }
    return ordinal;
}

/* Of some things Jira refuses to delete them, and of some it breaks at that. */
static void make_deletion(simulation *sim, sim_event *event) {
    enum { REFUSES = NUMBERS - 1, BREAKS = NUMBERS - 2 };
    int number = event->stream % THINGS / ENVIRONMENTS % NUMBERS;
    event->deletion = true;
    event->gated = false;
    event->past_ms = 0;
    event->touched = -1;
    event->flavour = number == REFUSES ? POISON_400 : number == BREAKS ? POISON_500 : PLAIN;
    if (event->kind >= JS_KIND_COMMIT && sim_once_in(sim, 3)) {
        int group = event->stream % THINGS / ENVIRONMENTS / NUMBERS;
        event->kind = JS_KIND_REPOSITORY;
        event->stream = thing_stream(event->lane / APIS, JS_KIND_REPOSITORY, group, 0, 0);
        event->flavour = PLAIN;
    }
}

static void make_sweep(simulation *sim, sim_event *event) {
    event->deletion = event->sweep = true;
    event->gated = false;
    event->past_ms = 0;
    event->touched = -1;
    event->flavour = PLAIN;
    event->team = (int)sim_random(sim, TEAMS);
    event->stream = STREAMS;
    event->kind = event->kind >= JS_KIND_COMMIT ? JS_KIND_REPOSITORY : event->kind;
    event->request_id[0] = '\0';
}

static void submit(simulation *sim, bool burst) {
    int ordinals[BURST_MAX];
    size_t count = burst ? 1 + sim_random(sim, BURST_MAX) : 1;
    sim_process *process = some_process(sim);
    if (process == NULL || sim->event_count + (int)count > EVENTS_MAX) {
        return;
    }
    int lane = (int)sim_random(sim, LANES);
    uint64_t numbers = sim_once_in(sim, 2) ? 2 : NUMBERS;
    for (size_t i = 0; i < count; i++) {
        ordinals[i] = new_event(sim, lane, numbers);
        if (sim_once_in(sim, 8)) {
            make_deletion(sim, &sim->events[ordinals[i]]);
        } else if (sim_once_in(sim, burst ? 200 : 30)) {
            make_sweep(sim, &sim->events[ordinals[i]]);
        }
    }
    jirasend_code code = process_submit(sim, process, ordinals, count);
    if (process->disk.dead) {
        process_end(sim, process);
    }
    /* Whoever was interrupted and gave a request id simply submits again. */
    sim_process *other = code == JIRASEND_OK ? NULL : some_process(sim);
    for (size_t i = 0; other != NULL && i < count && !other->disk.dead; i++) {
        if (sim->events[ordinals[i]].request_id[0] != '\0') {
            (void)process_submit(sim, other, &ordinals[i], 1);
        }
    }
    if (other != NULL && other->disk.dead) {
        process_end(sim, other);
    }
}

static void change_weather(simulation *sim) {
    int site = (int)sim_random(sim, SITES);
    int endpoint = (int)sim_random(sim, ENDPOINTS);
    sim_weather weather = sim_once_in(sim, 2) ? FINE : (sim_weather)sim_random(sim, WEATHERS);
    bool for_items = weather == FORGETFUL && endpoint < BUILDS;
    jira_weather(sim, site, endpoint, for_items ? FAILS : weather);
    sim_say(sim, "weather of site %d, endpoint %d: %d", site, endpoint, (int)weather);
}

static void change_disk(simulation *sim) {
    static const disk_mood moods[] = {DISK_WELL, DISK_WELL, DISK_FULL, DISK_BROKEN};
    disk_mood mood = moods[sim_random(sim, 4)];
    for (int i = 0; i < PROCESSES && disk_may_fail; i++) {
        sim->processes[i].disk.mood = mood;
    }
    sim->last_disturbance_ms = sim->clock.mono_ms;
    sim_say(sim, "disk: %d", (int)mood);
}

/* What Jira has taken may wait again: good news need not be on disk. Receipts are counted anew. */
static void forget_good_news(simulation *sim) {
    sim->cursor = 0;
    for (int i = 0; i < sim->event_count; i++) {
        sim_event *event = &sim->events[i];
        if (event->status == JS_STATUS_ACCEPTED || event->status == JS_STATUS_SUPERSEDED) {
            event->status = JS_STATUS_QUEUED;
            event->since_ms = sim->clock.mono_ms;
        }
    }
    sim->last_disturbance_ms = sim->clock.mono_ms;
}

static void lose_power(simulation *sim) {
    for (int i = 0; i < PROCESSES; i++) {
        process_kill(sim, &sim->processes[i]);
        sim->processes[i].disk.mood = DISK_WELL;
    }
    disk_lose_power(sim);
    sim_say(sim, "the power fails");
    forget_good_news(sim);
    sim_process *process = some_process(sim);
    if (process != NULL) {
        check_all(sim, process, false);
    }
}

static void kill_some(simulation *sim) {
    sim_process *process = some_process(sim);
    bool at_a_write = process != NULL && sim_once_in(sim, 2) && disk_may_fail;
    if (at_a_write) {
        process->disk.writes_left = (int)sim_random(sim, 40);
    } else if (process != NULL) {
        process_kill(sim, process);
    }
}

static void restart_some(simulation *sim) {
    sim_process *process = &sim->processes[sim_random(sim, PROCESSES)];
    if (process->alive && sim_once_in(sim, 2)) {
        process_end(sim, process);
    }
    if (!process->alive && process_start(sim, process)) {
        check_all(sim, process, false);
    }
}

static void change_secret(simulation *sim) {
    int site = (int)sim_random(sim, SITES);
    if (sim_once_in(sim, 3)) {
        sim->sites[site].secret++;
        sim->sites[site].token_generation++;
        sim_say(sim, "site %d has a new secret", site);
        return;
    }
    for (int i = 0; i < PROCESSES; i++) {
        if (sim->processes[i].alive) {
            process_login(sim, &sim->processes[i], site, true);
        }
    }
}

/* What jirasend outbox retry, drop and flush do. */
static void by_hand(simulation *sim) {
    sim_process *process = some_process(sim);
    if (process == NULL) {
        return;
    }
    uint64_t what = sim_random(sim, 4);
    jirasend_code code = JIRASEND_OK;
    if (what == 0 && sim->event_count > 0) {
        sim_event *event = &sim->events[sim_random(sim, (uint64_t)sim->event_count)];
        event->dropped |= event->id > 0 && !js_status_settled(event->status);
        if (event->dropped) {
            (void)process->outbox->ops->drop(process->outbox, event->id, sim->clock.wall_ms, NULL);
        }
    } else if (what == 1) {
        code = process->outbox->ops->retry(process->outbox, 0, NULL, sim->clock.wall_ms, NULL);
        check_settled(sim, process);
        for (int i = 0; i < sim->event_count; i++) {
            sim_event *event = &sim->events[i];
            if (event->status == JS_STATUS_REJECTED && !event->dropped) {
                event->status =
                    JS_STATUS_QUEUED; /* a dead letter lives again, when that was written */
                event->since_ms = sim->clock.mono_ms;
            }
        }
    } else {
        js_delivery_flush(process->delivery);
    }
    sim_say(sim, "by hand: %d, %d", (int)what, (int)code);
    process->wake_ms = sim->clock.mono_ms;
    if (process->disk.dead) {
        process_end(sim, process);
    }
}

/* Times of another clock are believed up to two days ahead; the last jump is further, whatever came before. */
static void move_clock(simulation *sim) {
    static const int64_t jumps[] = {-HOUR, -10 * SECOND, 5 * SECOND, HOUR, 26 * HOUR, -200 * HOUR};
    int64_t jump = jumps[sim_random(sim, sizeof jumps / sizeof jumps[0])];
    sim->clock.wall_ms += jump;
    disk_time(sim);
    sim->hours_back += jump == -HOUR ? 1 : 0;
    sim->last_disturbance_ms = sim->clock.mono_ms;
    sim_say(sim, "the clock jumps by %lld s", (long long)(jump / SECOND));
}

static void change_limit(simulation *sim) {
    sim_site *site = &sim->sites[sim_random(sim, SITES)];
    site->size_limit = sim_once_in(sim, 2) ? INT64_MAX : 2000 + (int64_t)sim_random(sim, 20000);
}

static void act(simulation *sim) {
    uint64_t what = sim_random(sim, 100);
    if (what < 40) {
        submit(sim, false);
    } else if (what < 44) {
        submit(sim, true);
    } else if (what < 70) {
        change_weather(sim);
    } else if (what < 75) {
        kill_some(sim);
    } else if (what < 80) {
        restart_some(sim);
    } else if (what < 83) {
        lose_power(sim);
    } else if (what < 87) {
        change_disk(sim);
    } else if (what < 91) {
        change_secret(sim);
    } else if (what < 95) {
        by_hand(sim);
    } else if (what < 97) {
        move_clock(sim);
    } else {
        change_limit(sim);
    }
}

static int64_t some_time(simulation *sim) {
    static const int64_t most[] = {10, SECOND, 10 * SECOND, MINUTE, 20 * MINUTE, 5 * HOUR};
    return (int64_t)sim_random(sim, (uint64_t)most[sim_random(sim, 6)]);
}

/* ---- begin and end ---- */

static bool anything_waits(const simulation *sim) {
    js_outbox *outbox = sim->processes[0].outbox;
    js_counts counts = {0};
    return outbox->ops->counts(outbox, &counts, NULL) != JIRASEND_OK || counts.waiting > 0 ||
           counts.held > 0;
}

static void calm_down(simulation *sim) {
    sim->calm = true;
    jira_heal(sim);
    for (int i = 0; i < PROCESSES; i++) {
        sim_process *process = &sim->processes[i];
        process->disk.mood = DISK_WELL;
        process->disk.writes_left = -1;
        if (!process->alive && !process_start(sim, process)) {
            sim_break(sim, "process %d does not start on a good day", i);
        }
        for (int site = 0; site < SITES && process->alive; site++) {
            process_login(sim, process, site, true);
        }
    }
    for (int hour = 0; hour < 30 && !sim_broken(sim) && anything_waits(sim); hour++) {
        sim_pass(sim, HOUR); /* the longest pause that Jira may ask for is a day */
    }
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *walk) {
    (void)facts;
    (void)type;
    (void)walk;
    return remove(path);
}

static void tidy_up(simulation *sim) {
    for (int i = 0; i < PROCESSES; i++) {
        process_end(sim, &sim->processes[i]);
        disk_unregister(&sim->processes[i].disk);
    }
    for (size_t i = 0; i < sim->message_count; i++) {
        free(sim->messages[i].body);
        js_buf_clear(&sim->messages[i].answer.body);
    }
    disk_forget_all();
    (void)nftw(sim->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(sim->events);
    sim->events = NULL;
}

static bool begin(simulation *sim) {
    sim->chance = sim->seed * 0xD1342543DE82EF95U + 1;
    sim->clock = (fake_world){1790000000000, 5000, sim->seed | 1};
    sim->world = fake_world_table(&sim->clock);
    sim->events = calloc(EVENTS_MAX, sizeof *sim->events);
    const char *base = getenv("TMPDIR");
    (void)snprintf(sim->folder, sizeof sim->folder, "%.90s/jirasend-simulation-XXXXXX",
                   base != NULL ? base : "/tmp");
    if (sim->events == NULL || mkdtemp(sim->folder) == NULL) {
        sim_break(sim, "no memory or no folder");
        return false;
    }
    disk_begin(sim);
    jira_init(sim);
    for (int i = 0; i < PROCESSES; i++) {
        sim->processes[i].number = i;
    }
    return true;
}

void story_run(simulation *sim) {
    if (!begin(sim)) {
        return;
    }
    int actions = ACTIONS_MIN + (int)sim_random(sim, ACTIONS_MORE);
    for (int i = 0; i < actions && !sim_broken(sim); i++) {
        act(sim);
        sim_pass(sim, some_time(sim));
    }
    if (!sim_broken(sim)) {
        calm_down(sim);
    }
    sim_pass(sim, MINUTE); /* what was deleted last is gone by now */
    jira_catch_up(sim);
    for (int i = 0; i < PROCESSES && !sim_broken(sim); i++) {
        check_all(sim, &sim->processes[i], true);
    }
    tidy_up(sim);
}

static int plain_event(simulation *sim, int lane) {
    int ordinal = new_event(sim, lane, 1);
    sim->events[ordinal].flavour = PLAIN;
    sim->events[ordinal].gated = false;
    sim->events[ordinal].past_ms = 0;
    (void)process_submit(sim, &sim->processes[0], &ordinal, 1);
    return ordinal;
}

void story_probe(simulation *sim) {
    if (!begin(sim)) {
        return;
    }
    sim->calm = true; /* nothing happens by chance */
    (void)process_start(sim, &sim->processes[0]);
    jira_weather(sim, 0, TOKEN, REFUSES_LOGIN);
    int lanes[] = {plain_event(sim, 0), plain_event(sim, 1)};
    sim_pass(sim, 90 * MINUTE);
    int ill = (int)(sim->seed % 2); /* now the site is well, and one of its lanes is not */
    jira_weather(sim, 0, TOKEN, FINE);
    jira_weather(sim, 0, BUILDS + ill, FAILS);
    sim_pass(sim, 3 * HOUR);
    if (sim->events[lanes[1 - ill]].status != JS_STATUS_ACCEPTED) {
        sim_break(sim, "lane %d waits behind the troubles of lane %d", 1 - ill, ill);
    }
    tidy_up(sim);
}

void story_refused(simulation *sim) {
    enum { HOURS = 10, A_PROBE_EACH = 4 * PROCESSES };
    if (!begin(sim)) {
        return;
    }
    sim->calm = true; /* nothing happens by chance */
    for (int i = 0; i < PROCESSES; i++) {
        (void)process_start(sim, &sim->processes[i]);
        sim->sites[0].secret += 2; /* each has another one by now, and both are wrong */
        process_login(sim, &sim->processes[i], 0, false);
    }
    sim->sites[0].secret += 2;
    (void)plain_event(sim, 0);
    sim_pass(sim, HOURS * HOUR);
    if (sim->requests > HOURS * A_PROBE_EACH) {
        sim_break(sim, "%lld requests in %d hours with credentials that were refused",
                  (long long)sim->requests, HOURS);
    }
    tidy_up(sim);
}
