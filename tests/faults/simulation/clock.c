/* Chance and time: what one seed says, and when whose turn it is. */
#include "sim.h"

#include "delivery/delivery_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LAZY_MS = 10 * 60 * 1000 };

/* ---- chance ---- */

uint64_t sim_random(simulation *sim, uint64_t below) {
    sim->chance += 0x9E3779B97F4A7C15U; /* splitmix64 */
    uint64_t z = sim->chance;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return below == 0 ? 0 : (z ^ (z >> 31U)) % below;
}

bool sim_once_in(simulation *sim, uint64_t one_in) {
    return sim_random(sim, one_in) == 0;
}

void sim_say(const simulation *sim, const char *format, ...) {
    if (!sim->loud) {
        return;
    }
    (void)printf("%10.3f  ", (double)sim->clock.mono_ms / 1000);
    va_list arguments;
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)printf("\n");
}

void sim_break(simulation *sim, const char *format, ...) {
    if (sim->problem[0] != '\0') {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sim->problem, sizeof sim->problem, format, arguments);
    va_end(arguments);
    sim_say(sim, "BROKEN: %s", sim->problem);
}

bool sim_broken(const simulation *sim) {
    return sim->problem[0] != '\0';
}

/* ---- time ---- */

/*
 * Delivery looks once a second whether another process has written; here the story knows, and time
 * may leap to where a lane itself wants to go on.
 */
static int64_t lazy_wait_ms(const sim_process *process) {
    int64_t wait = LAZY_MS;
    for (const js_courier *at = process->delivery->couriers; at != NULL; at = at->next) {
        int64_t own = js_courier_wait_ms(process->delivery, at);
        wait = own >= 0 && own < wait ? own : wait;
    }
    return wait;
}

static void count_turn(simulation *sim, int64_t next_ms, bool had_news) {
    sim_say(sim, "turn %d %d", (int)next_ms, had_news);
    sim->turns++;
    sim->hour_turns++;
    sim->idle_turns = had_news || next_ms > 0 ? 0 : sim->idle_turns + 1;
    if (sim->idle_turns > 10) {
        sim_break(sim, "delivery turns without end and without doing anything");
    }
}

static void turn(simulation *sim, sim_process *process) {
    bool had_news = process->net.ready_count > 0;
    int64_t requests = sim->requests;
    int64_t next_ms = js_delivery_turn(process->delivery);
    if (process->disk.dead) {
        process_end(sim, process);
        return;
    }
    had_news |= requests != sim->requests;
    count_turn(sim, next_ms, had_news);
    int64_t wait =
        next_ms < SECOND || process->disk.mood != DISK_WELL ? next_ms : lazy_wait_ms(process);
    process->wake_ms = sim->clock.mono_ms + wait;
    for (int i = 0; had_news && i < PROCESSES; i++) {
        sim_process *other = &sim->processes[i];
        if (other != process && other->wake_ms > sim->clock.mono_ms + SECOND) {
            other->wake_ms = sim->clock.mono_ms + SECOND; /* it will see what was written */
        }
    }
    if (had_news) {
        check_settled(sim, process);
    }
}

static void each_hour(simulation *sim) {
    if (sim->clock.mono_ms - sim->hour_begin_ms < HOUR) {
        return;
    }
    for (int lane = 0; lane < LANES; lane++) {
        if (sim->hour_requests[lane] > 250 + 20 * sim->hour_events[lane]) {
            sim_break(sim, "%d requests on lane %d within an hour in which %d events were new",
                      sim->hour_requests[lane], lane, sim->hour_events[lane]);
        }
        sim->hour_requests[lane] = 0;
        sim->hour_events[lane] = 0;
    }
    if (sim->hour_turns > 80000) {
        sim_break(sim, "%d turns within an hour", sim->hour_turns);
    }
    sim->hour_turns = 0;
    sim->hour_begin_ms = sim->clock.mono_ms;
}

/* A bad disk is tried again every second: after a minute of that, nothing new happens. */
static void mend_disk(simulation *sim) {
    if (sim->processes[0].disk.mood == DISK_WELL ||
        sim->clock.mono_ms - sim->last_disturbance_ms < MINUTE) {
        return;
    }
    for (int i = 0; i < PROCESSES; i++) {
        sim->processes[i].disk.mood = DISK_WELL;
    }
    sim->last_disturbance_ms = sim->clock.mono_ms;
}

/* Lets time pass, turning the wheel whenever it wants to be turned. */
void sim_pass(simulation *sim, int64_t ms) {
    int64_t end_ms = sim->clock.mono_ms + ms;
    while (!sim_broken(sim)) {
        int64_t next_ms = end_ms;
        for (int i = 0; i < PROCESSES; i++) {
            sim_process *process = &sim->processes[i];
            if (process->alive && process->wake_ms <= sim->clock.mono_ms) {
                turn(sim, process);
            }
            if (process->alive && process->wake_ms < next_ms) {
                next_ms = process->wake_ms;
            }
        }
        if (network_step(sim)) {
            continue;
        }
        int64_t message_ms = network_next_ms(sim);
        next_ms = message_ms < next_ms ? message_ms : next_ms;
        if (next_ms > sim->clock.mono_ms) {
            fake_world_pass(&sim->clock, next_ms - sim->clock.mono_ms);
            disk_time(sim);
        }
        each_hour(sim);
        mend_disk(sim);
        if (sim->clock.mono_ms >= end_ms) {
            check_delays(sim);
            return;
        }
        if (sim->clock.mono_ms % 7 == 0) {
            check_delays(sim);
        }
    }
}
