/* The network: requests need time, arrive even when nobody waits any more, and answers may get lost. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_S = 30 };

static int digit_after(const char *text, const char *part) {
    const char *found = strstr(text, part);
    return found == NULL ? -1 : found[strlen(part)] - '0';
}

/* Which endpoint of which site a request is for. The token's body names the client. */
static void address(sim_message *message, const js_net_request *request) {
    if (strstr(request->url, "/oauth/token") != NULL) {
        message->endpoint = TOKEN;
        message->site = digit_after(request->body, "client-");
    } else if (strstr(request->url, "/_edge/tenant_info") != NULL) {
        message->endpoint = TENANT;
        message->site = digit_after(request->url, "https://s");
    } else {
        static const char *const apis[] = {"/jira/builds/", "/jira/deployments/",
                                           "/jira/featureflags/", "/jira/devinfo/"};
        for (int i = 0; i < APIS; i++) {
            message->endpoint =
                strstr(request->url, apis[i]) != NULL ? BUILDS + i : message->endpoint;
        }
        message->site = digit_after(request->url, "/cloud/c");
    }
}

/* Questions go beside the lanes: -1. */
static int lane_of(const sim_message *message) {
    return message->endpoint >= BUILDS && message->method != JS_NET_GET
               ? message->site * APIS + message->endpoint - BUILDS
               : -1;
}

static jirasend_code start(js_net *net, const js_net_request *request, js_net_ticket *ticket,
                           jirasend_error *error) {
    sim_net *mine = (sim_net *)net;
    simulation *sim = mine->sim;
    (void)error;
    if (sim->processes[mine->process].disk.dead || sim->message_count == MESSAGES_MAX ||
        (!sim->calm && sim_once_in(sim, 200))) {
        return JIRASEND_E_MEMORY; /* a dead process sends nothing; and memory is short at times */
    }
    sim_message *sent = &sim->messages[sim->message_count++];
    memset(sent, 0, sizeof *sent);
    sent->ticket = ++sim->last_ticket;
    sent->process = mine->process;
    sent->method = request->method;
    address(sent, request);
    (void)snprintf(sent->url, sizeof sent->url, "%s", request->url);
    (void)snprintf(sent->bearer, sizeof sent->bearer, "%s",
                   request->bearer != NULL ? request->bearer->text : "");
    sent->body = request->body != NULL ? strndup(request->body, request->body_length) : NULL;
    sent->due_ms =
        sim->clock.mono_ms + 5 + (int64_t)sim_random(sim, sim_once_in(sim, 10) ? 2000 : 80);
    *ticket = sent->ticket;
    sim->requests++;
    sim_say(sim, "   process %d sends %d to %s", sent->process, (int)sent->method, sent->url);
    int lane = lane_of(sent);
    if (lane >= 0) {
        sim->hour_requests[lane]++;
        if (++sim->in_flight[lane] > 1) {
            sim_break(sim, "two requests of living processes are in flight on lane %d", lane);
        }
        check_pause(sim, lane);
        sent->deletion = sent->method == JS_NET_DELETE ? jira_deletion_behind(sim, sent) : -1;
        check_request(sim, &sim->processes[mine->process], sent);
    }
    return JIRASEND_OK;
}

static void nothing(js_net *net, int64_t timeout_ms) {
    (void)net;
    (void)timeout_ms;
}

static bool collect(js_net *net, js_net_answer *answer) {
    sim_net *mine = (sim_net *)net;
    if (mine->ready_count == 0) {
        return false;
    }
    *answer = mine->ready[0];
    mine->ready_count--;
    memmove(mine->ready, mine->ready + 1, mine->ready_count * sizeof *mine->ready);
    return true;
}

static void let_go(simulation *sim, sim_message *message) {
    int lane = lane_of(message);
    if (lane >= 0 && message->process >= 0) {
        sim->in_flight[lane]--;
    }
    message->process = -1;
    message->late = true;
}

/*
 * A deletion that arrives after what was told later would take that away, and no sender can prevent it
 * where it carries no number. So it arrives at once, or never.
 */
static void hurry(simulation *sim, sim_message *message) {
    if (message->method == JS_NET_DELETE && !message->arrived && message->site >= 0) {
        if (sim_once_in(sim, 2)) {
            jira_receive(sim, message);
        }
        message->arrived = true;
    }
}

static void cancel(js_net *net, js_net_ticket ticket) {
    sim_net *mine = (sim_net *)net;
    for (size_t i = 0; i < mine->sim->message_count; i++) {
        if (mine->sim->messages[i].ticket == ticket) {
            let_go(mine->sim, &mine->sim->messages[i]);
            hurry(mine->sim, &mine->sim->messages[i]);
        }
    }
    for (size_t i = 0; i < mine->ready_count; i++) {
        if (mine->ready[i].ticket == ticket) {
            js_buf_clear(&mine->ready[i].body);
            mine->ready_count--;
            memmove(mine->ready + i, mine->ready + i + 1,
                    (mine->ready_count - i) * sizeof *mine->ready);
            return;
        }
    }
}

static void wake(js_net *net) {
    (void)net;
}

static const struct js_net_ops operations = {start, nothing, collect, cancel, wake, wake};

void network_init(simulation *sim, sim_process *process) {
    process->net = (sim_net){.net = {&operations}, .sim = sim, .process = process->number};
}

void network_orphan(simulation *sim, int process) {
    sim_net *net = &sim->processes[process].net;
    for (size_t i = 0; i < sim->message_count; i++) {
        if (sim->messages[i].process == process) {
            let_go(sim, &sim->messages[i]);
            hurry(sim, &sim->messages[i]);
        }
    }
    for (size_t i = 0; i < net->ready_count; i++) {
        js_buf_clear(&net->ready[i].body);
    }
    net->ready_count = 0;
}

static sim_message *next(simulation *sim) {
    sim_message *first = NULL;
    for (size_t i = 0; i < sim->message_count; i++) {
        if (first == NULL || sim->messages[i].due_ms < first->due_ms) {
            first = &sim->messages[i];
        }
    }
    return first;
}

int64_t network_next_ms(const simulation *sim) {
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < sim->message_count; i++) {
        due = sim->messages[i].due_ms < due ? sim->messages[i].due_ms : due;
    }
    return due;
}

static void finish(simulation *sim, sim_message *done) {
    sim_say(sim, "   process %d hears from site %d, endpoint %d: %d (failure %d)", done->process,
            done->site, done->endpoint, done->answer.status, (int)done->answer.failure);
    if (done->process >= 0 && done->answer.ticket != 0) {
        sim_net *net = &sim->processes[done->process].net;
        net->ready[net->ready_count++] = done->answer;
        sim->processes[done->process].wake_ms = sim->clock.mono_ms;
    } else {
        js_buf_clear(&done->answer.body);
    }
    let_go(sim, done);
    free(done->body);
    *done = sim->messages[--sim->message_count];
}

/* What the client sees when nothing comes back: a time-out, while the request may still travel. */
static void give_up_on(simulation *sim, sim_message *lost) {
    if (lost->process < 0) {
        return;
    }
    sim_net *net = &sim->processes[lost->process].net;
    js_net_answer *answer = &net->ready[net->ready_count++];
    memset(answer, 0, sizeof *answer);
    answer->ticket = lost->ticket;
    answer->failure = JS_NET_TIMEOUT;
    (void)snprintf(answer->message, sizeof answer->message, "no answer in time");
    sim->processes[lost->process].wake_ms = sim->clock.mono_ms;
    let_go(sim, lost);
    hurry(sim, lost);
}

static void fail_with(sim_message *message, js_net_failure failure, int64_t due_ms) {
    memset(&message->answer, 0, sizeof message->answer);
    message->answer.ticket = message->ticket;
    message->answer.failure = failure;
    message->arrived = true;
    message->due_ms = due_ms;
}

bool network_step(simulation *sim) {
    sim_message *first = next(sim);
    if (first == NULL || first->due_ms > sim->clock.mono_ms) {
        return false;
    }
    if (first->arrived) {
        finish(sim, first);
        return true;
    }
    int64_t now_ms = sim->clock.mono_ms;
    switch (first->site < 0 ? FINE : sim->sites[first->site].weather[first->endpoint]) {
    case UNREACHABLE:
        fail_with(first, sim_once_in(sim, 3) ? JS_NET_TLS : JS_NET_UNREACHED, now_ms);
        break;
    case SILENT:
        if (sim_once_in(sim, 12)) {
            /* Not for hours: who waits for the lane looks ten times a second. */
            jira_weather(sim, first->site, first->endpoint, FINE);
        }
        if (first->process >= 0) { /* first the sender gives up, then it may arrive all the same */
            first->due_ms = now_ms + TIMEOUT_S * SECOND;
            if (first->answer.status != 0) {
                give_up_on(sim, first);
                first->due_ms = now_ms + (int64_t)sim_random(sim, 60 * SECOND);
            }
            first->answer.status = 1; /* has waited once */
            break;
        }
        first->answer.status = 0;
        if (sim_once_in(sim, 2)) {
            jira_receive(sim, first);
            first->process = -1;
        }
        first->arrived = true;
        break;
    case CUT:
        jira_receive(sim, first);
        js_buf_clear(&first->answer.body);
        fail_with(first, JS_NET_BROKEN, now_ms + 1);
        break;
    default:
        jira_receive(sim, first);
        first->arrived = true;
        first->answer.ticket = first->ticket;
        first->due_ms = now_ms + 5 + (int64_t)sim_random(sim, 200);
        break;
    }
    return true;
}
