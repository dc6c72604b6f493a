/* Jira as far as delivery can tell: tokens, cloud ids, the rule of the sequence numbers, and bad days. */
#include "sim.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_LIFE_S = 900, ITEMS_MAX = 200 };

void jira_init(simulation *sim) {
    for (int i = 0; i < STREAMS; i++) {
        sim->streams[i] = (sim_stream){0, -1};
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

size_t jira_ordinals(const char *body, int *ordinals, size_t most) {
    static const char mark[] = "\"label\":\"e";
    size_t count = 0;
    for (const char *at = strstr(body, mark); at != NULL && count < most; at = strstr(at, mark)) {
        at += sizeof mark - 1;
        ordinals[count++] = (int)strtol(at, NULL, 10);
    }
    return count;
}

static void say(sim_message *to, int status, const char *body) {
    memset(&to->answer, 0, sizeof to->answer);
    to->answer.status = status;
    js_buf_add_text(&to->answer.body, body);
}

/* Whoever waits for this answer may be held by it. */
static void say_stop(simulation *sim, sim_message *to, int status) {
    sim->sites[to->site].stop_said_ms = sim->clock.mono_ms;
    sim->sites[to->site].held_until_ms[0] = INT64_MAX;
    sim->sites[to->site].held_until_ms[1] = INT64_MAX;
    say(to, status, "{\"errors\":[{\"message\":\"no\"}]}");
}

static void say_wait(simulation *sim, sim_message *to) {
    int64_t hint = (1 + (int64_t)sim_random(sim, sim_once_in(sim, 8) ? 7200 : 120)) * SECOND;
    say(to, sim_once_in(sim, 2) ? 429 : 503, "{}");
    to->answer.retry_after_ms = hint;
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
        say(to, failures[sim_random(sim, sizeof failures / sizeof failures[0])], "{}");
        return true;
    case RATE_LIMITED:
        say_wait(sim, to);
        return true;
    case NONSENSE:
        if (to->endpoint == TENANT) {
            say_stop(sim, to, 404); /* no Jira lives there */
        } else {
            say(to, to->endpoint == TOKEN ? 200 : 202, sim_once_in(sim, 2) ? "<html>" : "[]");
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
    say(to, 200, body);
}

static bool token_holds(const simulation *sim, const sim_message *from) {
    int site = -1;
    int generation = -1;
    long long until_s = 0;
    return sscanf(from->bearer, "t%d.%d.%lld", &site, &generation, &until_s) == 3 &&
           site == from->site && generation == sim->sites[site].token_generation &&
           sim->clock.mono_ms / 1000 <= until_s;
}

/* The rule that everything is about: what is not above the stored number is ignored in silence. */
static void store(simulation *sim, int ordinal, int64_t sequence) {
    sim_event *event = &sim->events[ordinal];
    sim_stream *stream = &sim->streams[event->stream];
    bool newer = sequence > stream->sequence;
    if (newer && ordinal < stream->ordinal) {
        sim_break(sim, "Jira goes back from event e%d to the older e%d", stream->ordinal, ordinal);
    }
    if (!newer && ordinal > stream->ordinal) {
        sim_break(sim, "Jira ignores e%d, which is newer than e%d, for its sequence number",
                  ordinal, stream->ordinal);
    }
    event->accepted = true;
    if (newer) {
        *stream = (sim_stream){sequence, ordinal};
    }
}

static int64_t number_in(json_object *item, const char *name) {
    json_object *found = NULL;
    return json_object_object_get_ex(item, name, &found) ? json_object_get_int64(found) : -1;
}

static json_object *member(json_object *item, const char *name) {
    json_object *found = NULL;
    (void)json_object_object_get_ex(item, name, &found);
    return found;
}

static json_object *key_of(json_object *item, bool build) {
    const char *number = build ? "buildNumber" : "deploymentSequenceNumber";
    json_object *key = json_object_new_object();
    json_object *pipeline =
        build ? member(item, "pipelineId") : member(member(item, "pipeline"), "id");
    json_object_object_add(key, "pipelineId", json_object_get(pipeline));
    json_object_object_add(key, number, json_object_new_int64(number_in(item, number)));
    if (!build) {
        json_object_object_add(key, "environmentId",
                               json_object_get(member(member(item, "environment"), "id")));
    }
    return key;
}

typedef struct lists {
    json_object *accepted, *rejected;
} lists;

static void judge(simulation *sim, json_object *item, bool build, bool forgetful, lists *out) {
    int ordinal = atoi(json_object_get_string(member(item, "label")) + 1);
    sim_event *event = &sim->events[ordinal];
    event->sends++;
    if (forgetful && sim_once_in(sim, 3)) {
        event->unmentioned++;
        return;
    }
    bool refused =
        event->flavour == REFUSED || (event->flavour == UNKNOWN_KEYS && sim_once_in(sim, 2));
    if (refused) {
        json_object *entry = json_tokener_parse("{\"errors\":[{\"message\":\"not liked\"}]}");
        json_object_object_add(entry, "key", key_of(item, build));
        json_object_array_add(out->rejected, entry);
        return;
    }
    if (event->flavour != UNKNOWN_KEYS) {
        store(sim, ordinal, number_in(item, "updateSequenceNumber"));
    }
    json_object_array_add(out->accepted, key_of(item, build));
}

static void take_bulk(simulation *sim, sim_message *to) {
    bool build = to->endpoint == BUILDS;
    json_object *body = json_tokener_parse(to->body);
    json_object *items = member(body, build ? "builds" : "deployments");
    lists out = {json_object_new_array(), json_object_new_array()};
    bool forgetful = sim->sites[to->site].weather[to->endpoint] == FORGETFUL;
    for (size_t i = 0; i < json_object_array_length(items); i++) {
        judge(sim, json_object_array_get_idx(items, i), build, forgetful, &out);
    }
    json_object *answer = json_object_new_object();
    json_object_object_add(answer, build ? "acceptedBuilds" : "acceptedDeployments", out.accepted);
    json_object_object_add(answer, build ? "rejectedBuilds" : "rejectedDeployments", out.rejected);
    json_object_object_add(
        answer, build ? "unknownIssueKeys" : "unknownAssociations",
        json_tokener_parse(
            build ? "[\"UNK-1\"]"
                  : "[{\"associationType\":\"issueIdOrKeys\",\"values\":[\"UNK-1\"]}]"));
    say(to, 202, json_object_to_json_string(answer));
    sim_site *site = &sim->sites[to->site];
    bool nothing_else_said = sim->clock.mono_ms - site->stop_said_ms > 5 * SECOND;
    sim_weather weather = site->weather[to->endpoint];
    bool comes_back = to->process >= 0 && weather != CUT && weather != SILENT;
    if (comes_back && nothing_else_said) { /* the answer will be there in a moment */
        site->held_until_ms[to->endpoint - BUILDS] = sim->clock.mono_ms + SECOND;
    }
    json_object_put(answer);
    json_object_put(body);
}

static bool poisoned(const simulation *sim, const sim_message *from, sim_flavour flavour) {
    int ordinals[ITEMS_MAX];
    size_t count = jira_ordinals(from->body, ordinals, ITEMS_MAX);
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
        say(to, 401, "{}");
    } else if (strstr(to->url, cloud) == NULL) {
        say(to, 404, "{}");
    } else if ((int64_t)strlen(to->body) > site->size_limit) {
        say(to, 413, "{}");
    } else if (poisoned(sim, to, POISON_400)) {
        say(to, 400, "{\"errors\":[{\"message\":\"bad\"}]}");
    } else if (!sim->calm && poisoned(sim, to, POISON_500)) {
        say(to, 500, "{}");
    } else {
        take_bulk(sim, to);
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
        say(to, 200, body);
    } else {
        on_bulk(sim, to);
    }
}
