/* Jira as far as delivery can tell: tokens, cloud ids, the rule of the sequence numbers, and bad days. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_LIFE_S = 900, ITEMS_MAX = 1024 };

void jira_init(simulation *sim) {
    for (int i = 0; i <= STREAMS; i++) {
        sim->streams[i] = (sim_stream){.ordinal = -1, .deleted = -1};
    }
    for (int i = 0; i < SITES; i++) {
        sim->sites[i] = (sim_site){.size_limit = INT64_MAX};
    }
}

void jira_weather(simulation *sim, int site, int endpoint, sim_weather weather) {
    sim_site *at = &sim->sites[site];
    if (weather == EXPIRED_TOKEN) {
        at->token_generation++;
        return;
    }
    if (weather == MOVED) {
        at->cloud++;
        at->moved_ms = sim->clock.mono_ms;
        return;
    }
    if (weather == FINE && at->weather[endpoint] != FINE &&
        at->clear_since_ms[endpoint] < sim->clock.mono_ms) {
        at->clear_since_ms[endpoint] = sim->clock.mono_ms;
    }
    at->weather[endpoint] = weather;
}

void jira_heal(simulation *sim) {
    for (int site = 0; site < SITES; site++) {
        for (int endpoint = 0; endpoint < ENDPOINTS; endpoint++) {
            jira_weather(sim, site, endpoint, FINE);
        }
        sim->sites[site].size_limit = INT64_MAX;
    }
}

void jira_say(sim_message *to, int status, const char *body) {
    memset(&to->answer, 0, sizeof to->answer);
    to->answer.status = status;
    js_buf_add_text(&to->answer.body, body);
}

/* Whoever waits for this answer may be held by it. */
static void say_stop(simulation *sim, sim_message *to, int status) {
    sim_site *site = &sim->sites[to->site];
    if (to->endpoint < BUILDS || to->method != JS_NET_GET) { /* a question holds nobody */
        site->stop_said_ms = sim->clock.mono_ms;
        for (int i = 0; i < APIS; i++) {
            site->held_until_ms[i] = INT64_MAX;
        }
    }
    jira_say(to, status, "{\"errors\":[{\"message\":\"no\"}]}");
}

static void say_wait(simulation *sim, sim_message *to) {
    int64_t hint = (1 + (int64_t)sim_random(sim, sim_once_in(sim, 8) ? 7200 : 120)) * SECOND;
    jira_say(to, sim_once_in(sim, 2) ? 429 : 503, "{}");
    to->answer.retry_after_ms = hint;
    if (to->endpoint >= BUILDS && to->method == JS_NET_GET) {
        return; /* nobody but who asks waits for it */
    }
    if (to->endpoint >= BUILDS && to->process >= 0) {
        sim_site *site = &sim->sites[to->site];
        site->rate_from_ms[to->endpoint - BUILDS] = sim->clock.mono_ms;
        site->rate_until_ms[to->endpoint - BUILDS] = sim->clock.mono_ms + hint;
    } else if (to->process >= 0) { /* nobody has to stop for it who has a token, and may */
        sim_site *site = &sim->sites[to->site];
        site->clear_since_ms[to->endpoint] = sim->clock.mono_ms + hint;
    }
}

/* True: the weather has answered. */
static bool bad_day(simulation *sim, sim_message *to) {
    static const int failures[] = {500, 502, 503, 504, 408, 425, 429};
    sim_weather weather = sim->sites[to->site].weather[to->endpoint];
    switch (weather) {
    case FAILS:
        jira_say(to, failures[sim_random(sim, sizeof failures / sizeof failures[0])], "{}");
        return true;
    case RATE_LIMITED:
        say_wait(sim, to);
        return true;
    case NONSENSE:
        if (to->endpoint == TENANT) {
            say_stop(sim, to, 404); /* no Jira lives there */
        } else {
            bool page = to->method == JS_NET_DELETE || sim_once_in(sim, 2);
            jira_say(to, to->endpoint == TOKEN ? 200 : 202, page ? "<html>" : "[]");
        }
        return true;
    case REFUSES_LOGIN:
        say_stop(sim, to, to->endpoint == TOKEN ? 400 : to->endpoint == TENANT ? 404 : 401);
        return true;
    case FORBIDDEN:
        say_stop(sim, to, 403);
        return true;
    case REDIRECTS:
        say_stop(sim, to, 302);
        (void)snprintf(to->answer.location_host, sizeof to->answer.location_host, "other.test");
        return true;
    default:
        return false;
    }
}

static void give_token(simulation *sim, sim_message *to) {
    const sim_site *site = &sim->sites[to->site];
    char secret[40];
    (void)snprintf(secret, sizeof secret, "\"secret-%d-%d\"", to->site, site->secret);
    if (strstr(to->body, secret) == NULL) {
        say_stop(sim, to, 401);
        return;
    }
    char body[160];
    (void)snprintf(body, sizeof body, "{\"access_token\":\"t%d.%d.%lld\",\"expires_in\":%d}",
                   to->site, site->token_generation,
                   (long long)(sim->clock.mono_ms / 1000 + TOKEN_LIFE_S), TOKEN_LIFE_S);
    jira_say(to, 200, body);
}

static bool token_holds(const simulation *sim, const sim_message *from) {
    int site = -1;
    int generation = -1;
    long long until_s = 0;
    return sscanf(from->bearer, "t%d.%d.%lld", &site, &generation, &until_s) == 3 &&
           site == from->site && generation == sim->sites[site].token_generation &&
           sim->clock.mono_ms / 1000 <= until_s;
}

static bool poisoned(const simulation *sim, const sim_message *from, sim_flavour flavour) {
    int ordinals[ITEMS_MAX];
    size_t count = 0;
    if (from->method == JS_NET_DELETE) {
        ordinals[count++] = from->deletion;
    } else {
        count = jira_ordinals(sim, from->body, ordinals, ITEMS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        if (sim->events[ordinals[i]].flavour == flavour) {
            return true;
        }
    }
    return false;
}

static void on_bulk(simulation *sim, sim_message *to) {
    const sim_site *site = &sim->sites[to->site];
    char cloud[24];
    (void)snprintf(cloud, sizeof cloud, "/c%dn%d/", to->site, site->cloud);
    if (!token_holds(sim, to)) {
        jira_say(to, 401, "{}");
    } else if (strstr(to->url, cloud) == NULL) {
        /* What the site itself named within the hour is believed, and a 404 means that a thing is gone. */
        bool just_now = sim->clock.mono_ms - site->moved_ms < HOUR + MINUTE;
        jira_say(to, to->method == JS_NET_GET && just_now ? 503 : 404, "{}");
    } else if (to->method == JS_NET_GET) {
        jira_show(sim, to);
    } else if (to->body != NULL && (int64_t)strlen(to->body) > site->size_limit) {
        jira_say(to, 413, "{}");
    } else if (poisoned(sim, to, POISON_400)) {
        jira_say(to, 400, "{\"errors\":[{\"message\":\"bad\"}]}");
    } else if (!sim->calm && poisoned(sim, to, POISON_500)) {
        jira_say(to, 500, "{}");
    } else if (to->method == JS_NET_DELETE) {
        jira_take_deletion(sim, to);
    } else {
        jira_take_bulk(sim, to);
    }
}

void jira_receive(simulation *sim, sim_message *to) {
    if (bad_day(sim, to)) {
        return;
    }
    if (to->endpoint == TOKEN) {
        give_token(sim, to);
    } else if (to->endpoint == TENANT) {
        char body[64];
        (void)snprintf(body, sizeof body, "{\"cloudId\":\"c%dn%d\"}", to->site,
                       sim->sites[to->site].cloud);
        jira_say(to, 200, body);
    } else {
        on_bulk(sim, to);
    }
}
