/* A process with a client in it, without threads: it is stepped by the story. */
#include "sim.h"

#include "base/text.h"
#include "delivery/access_store.h"
#include "event/document.h"
#include "event/properties.h"
#include "event/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE_MAX = 200 };

static void log_line(void *context, jirasend_log_level level, const char *line) {
    const sim_process *process = context;
    sim_say(process->net.sim, "      log %d of process %d: %s", (int)level, process->number, line);
}

static bool failed_for_a_reason(const sim_process *process, jirasend_code code) {
    return process->disk.dead || (process->disk.mood != DISK_WELL && code == JIRASEND_E_STORAGE);
}

bool process_start(simulation *sim, sim_process *process) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = disk_open(sim, process, &error);
    sim->last_disturbance_ms = sim->clock.mono_ms;
    if (code != JIRASEND_OK) {
        if (!failed_for_a_reason(process, code)) {
            sim_break(sim, "the outbox does not open: %s", error.message);
        }
        return false;
    }
    network_init(sim, process);
    js_access_setup access = {.net = &process->net.net,
                              .memory = js_access_store_in(process->outbox),
                              .world = &process->world,
                              .api_url = "https://api.test"};
    process->access = js_access_new(&access);
    process->log = (js_log){log_line, process, JIRASEND_LOG_WARNING};
    js_delivery_setup setup = {.net = &process->net.net,
                               .outbox = process->outbox,
                               .access = process->access,
                               .world = &process->world,
                               .log = &process->log};
    process->delivery = js_delivery_new(&setup);
    process->alive = true;
    process->wall_offset_ms = sim->clock.wall_ms - sim->clock.mono_ms;
    process->wake_ms = sim->clock.mono_ms;
    sim->restarts++;
    for (int site = 0; site < SITES; site++) {
        process_login(sim, process, site, sim->calm || !sim_once_in(sim, 20));
    }
    sim_say(sim, "process %d starts", process->number);
    return true;
}

void process_end(simulation *sim, sim_process *process) {
    if (!process->alive) {
        return;
    }
    sim_say(sim, "process %d %s", process->number, process->disk.dead ? "is killed" : "ends");
    js_delivery_free(process->delivery);
    js_access_free(process->access);
    network_orphan(sim, process->number);
    disk_close(process);
    process->alive = false;
    sim->last_disturbance_ms = sim->clock.mono_ms;
}

void process_kill(simulation *sim, sim_process *process) {
    if (process->alive) {
        disk_kill(process);
    }
    process_end(sim, process);
}

void process_login(simulation *sim, sim_process *process, int site, bool right) {
    char name[40];
    char client[24];
    char secret[40];
    int number = sim->sites[site].secret - (right ? 0 : 1);
    (void)snprintf(name, sizeof name, "s%d.atlassian.net", site);
    (void)snprintf(client, sizeof client, "client-%d", site);
    (void)snprintf(secret, sizeof secret, "secret-%d-%d", site, number);
    js_credentials credentials = {
        .site = name, .client_id = client, .secret = secret, .secret_length = strlen(secret)};
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (js_access_put(process->access, &credentials, &error) != JIRASEND_OK) {
        sim_break(sim, "credentials are not taken: %s", error.message);
    }
    process->secrets[site] = number;
    sim_say(sim, "process %d has a %s secret for site %d", process->number,
            right ? "right" : "wrong", site);
    process->wake_ms = sim->clock.mono_ms;
    sim->last_disturbance_ms = sim->clock.mono_ms;
}

/* All of a team, or of our origin. */
static void make_sweep(const sim_event *from, js_event *event, int64_t now_ms) {
    char site[40];
    char team[16];
    (void)snprintf(site, sizeof site, "s%d.atlassian.net", from->lane / APIS);
    (void)snprintf(team, sizeof team, "t%d", from->team);
    js_event_init(event);
    event->kind = from->kind;
    event->updated_at_ms = now_ms;
    (void)js_site_parse(&event->site, site, "site", NULL);
    if (from->team == 0) {
        event->origin = js_copy(JS_ORIGIN_DEFAULT);
    } else {
        (void)js_property_add(event, "team", team, NULL);
    }
    (void)js_sweep_make(event);
}

static void read_event(simulation *sim, int ordinal, js_event *event, js_buf *stored) {
    char document[1024];
    js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys, .now_ms = sim->clock.wall_ms};
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (sim->events[ordinal].sweep) {
        make_sweep(&sim->events[ordinal], event, sim->clock.wall_ms);
        js_document_write(stored, event);
        return;
    }
    thing_document(sim, ordinal, document, sizeof document);
    if (js_document_read(event, document, strlen(document), &rules, &error) != JIRASEND_OK) {
        sim_break(sim, "the document is wrong: %s: %s", error.message, document);
    }
    js_document_write(stored, event);
}

static void note(simulation *sim, int ordinal, const js_put_result *result) {
    sim_event *event = &sim->events[ordinal];
    if (result->code != JIRASEND_OK) {
        sim_break(sim, "e%d is refused: %s", ordinal, result->message);
        return;
    }
    event->id = result->id;
    event->since_ms = sim->clock.mono_ms;
    event->wall_ms = sim->clock.wall_ms;
    sim->hour_events[event->lane]++;
}

jirasend_code process_submit(simulation *sim, sim_process *process, const int *ordinals,
                             size_t count) {
    static js_event events[AT_ONCE_MAX];
    static js_buf stored[AT_ONCE_MAX];
    static js_put puts[AT_ONCE_MAX];
    static js_put_result results[AT_ONCE_MAX];
    for (size_t i = 0; i < count; i++) {
        stored[i] = (js_buf)JS_BUF_INIT;
        read_event(sim, ordinals[i], &events[i], &stored[i]);
        bool skip = sim->events[ordinals[i]].flavour == NO_KEYS;
        puts[i] = (js_put){.event = &events[i],
                           .document = stored[i].data,
                           .length = stored[i].length,
                           .skip = skip ? "No keys." : NULL,
                           .may_keep = true};
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = process->outbox->ops->put(process->outbox, puts, count, sim->clock.wall_ms,
                                                   results, &error);
    for (size_t i = 0; i < count; i++) {
        if (code == JIRASEND_OK) {
            note(sim, ordinals[i], &results[i]);
        }
        js_event_clear(&events[i]);
        js_buf_clear(&stored[i]);
    }
    if (code != JIRASEND_OK && !failed_for_a_reason(process, code)) {
        sim_break(sim, "a submit fails: %s", error.message);
    }
    sim_say(sim, "process %d submits %zu from e%d on lane %d: %d", process->number, count,
            ordinals[0], sim->events[ordinals[0]].lane, (int)code);
    for (size_t i = 0; i < count && sim->loud; i++) {
        const sim_event *event = &sim->events[ordinals[i]];
        sim_say(sim, "   e%d, event %lld: %s%s%s%s of stream %d, touches %d, team %d, flavour %d",
                ordinals[i], (long long)event->id, event->sweep ? "sweep of " : "",
                event->deletion ? "deletion of " : "", event->past_ms > 0 ? "past " : "",
                js_kind_name(event->kind), event->stream, event->touched, event->team,
                (int)event->flavour);
    }
    process->wake_ms = sim->clock.mono_ms;
    return code;
}
