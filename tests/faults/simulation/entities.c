/* What Jira has: the rule of the sequence numbers, and deletions that take effect a little later. */
#include "sim.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where nothing is known to be asked for, delivery waits ten seconds. */
enum { EFFECT_MS = 9000 };

static json_object *member(json_object *item, const char *name) {
    json_object *found = NULL;
    (void)json_object_object_get_ex(item, name, &found);
    return found;
}

static const char *text(json_object *item, const char *name) {
    json_object *found = member(item, name);
    return found == NULL ? "" : json_object_get_string(found);
}

static int64_t number_in(json_object *item, const char *name) {
    json_object *found = member(item, name);
    return found == NULL ? -1 : json_object_get_int64(found);
}

/* ---- whose item it is ---- */

/* The lists of a repository, and the text that says which event it was. */
typedef struct list_of {
    const char *name;
    js_kind kind;
} list_of;
static const list_of lists_of[] = {{"commits", JS_KIND_COMMIT},
                                   {"branches", JS_KIND_BRANCH},
                                   {"pullRequests", JS_KIND_PULL_REQUEST}};
enum { LISTS = 3 };

/* "e12", also at the end of a URL. */
static int ordinal_in(const char *words) {
    const char *last = strrchr(words, '/');
    return atoi((last == NULL ? words : last + 1) + 1);
}

/* All copies of a commit in a request are the same; only its keys say whose they are. */
static int ordinal_of_commit(const simulation *sim, json_object *commit) {
    json_object *keys = member(commit, "issueKeys");
    int best = -1;
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(keys, i));
        int ordinal = atoi(strchr(key, '-') + 1) - 1;
        if (ordinal > best && sim->events[ordinal].kind == JS_KIND_COMMIT) {
            best = ordinal;
        }
    }
    return best;
}

static int ordinal_of_entity(const simulation *sim, json_object *entity, js_kind kind) {
    if (kind == JS_KIND_COMMIT) {
        return ordinal_of_commit(sim, entity);
    }
    return ordinal_in(text(entity, kind == JS_KIND_BRANCH ? "createPullRequestUrl" : "title"));
}

static int ordinal_of_item(json_object *item) {
    const char *label = text(item, "label");
    return ordinal_in(label[0] != '\0' ? label : text(item, "key"));
}

/* Calls for each item with its ordinal; `repository` is null where there is none. */
typedef void (*visitor)(void *context, json_object *item, int ordinal, json_object *repository);

static void visit(const simulation *sim, json_object *body, visitor each, void *context) {
    static const char *const plain[] = {"builds", "deployments", "flags"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        json_object *items = member(body, plain[i]);
        for (size_t k = 0; items != NULL && k < json_object_array_length(items); k++) {
            json_object *item = json_object_array_get_idx(items, k);
            each(context, item, ordinal_of_item(item), NULL);
        }
    }
    json_object *repositories = member(body, "repositories");
    for (size_t i = 0; repositories != NULL && i < json_object_array_length(repositories); i++) {
        json_object *repository = json_object_array_get_idx(repositories, i);
        for (int list = 0; list < LISTS; list++) {
            json_object *items = member(repository, lists_of[list].name);
            for (size_t k = 0; items != NULL && k < json_object_array_length(items); k++) {
                json_object *item = json_object_array_get_idx(items, k);
                each(context, item, ordinal_of_entity(sim, item, lists_of[list].kind), repository);
            }
        }
    }
}

typedef struct gathering {
    int *ordinals;
    size_t count, most;
} gathering;

static void gather(void *context, json_object *item, int ordinal, json_object *repository) {
    gathering *in = context;
    (void)item;
    (void)repository;
    if (in->count < in->most) {
        in->ordinals[in->count++] = ordinal;
    }
}

size_t jira_ordinals(const simulation *sim, const char *body, int *ordinals, size_t most) {
    json_object *json = json_tokener_parse(body);
    gathering in = {ordinals, 0, most};
    visit(sim, json, gather, &in);
    json_object_put(json);
    return in.count;
}

/* ---- what is stored ---- */

static void catch_up(simulation *sim, sim_stream *stream) {
    if (stream->gone_ms != 0 && stream->gone_ms <= sim->clock.mono_ms) {
        if (stream->sequence <= stream->gone_upto) {
            stream->sequence = 0;
            stream->ordinal = -1;
        }
        stream->gone_ms = 0;
    }
}

void jira_catch_up(simulation *sim) {
    for (int i = 0; i < STREAMS; i++) {
        catch_up(sim, &sim->streams[i]);
    }
}

/* What was sent before a deletion and arrives after it is nobody's fault; so Jira passes it over here. */
static bool comes_too_late(simulation *sim, const sim_message *from, int at, int ordinal) {
    const sim_stream *stream = &sim->streams[at];
    const sim_event *deletion = &sim->events[stream->deleted < 0 ? 0 : stream->deleted];
    const sim_event *event = &sim->events[ordinal];
    bool behind = stream->deleted >= 0 && thing_beats(sim, stream->deleted, ordinal) &&
                  (ordinal < stream->deleted || event->stream == at);
    if (!behind || !thing_reached(deletion, at, event->team)) {
        return false;
    }
    if (!from->late && deletion->status == JS_STATUS_ACCEPTED) {
        sim_break(sim, "e%d is sent after e%d, which deletes it", ordinal, stream->deleted);
    }
    return from->late;
}

/* The rule that everything is about: what is not above the stored number is ignored in silence. */
static void store(simulation *sim, const sim_message *from, int at, int ordinal, int64_t sequence) {
    sim_stream *stream = &sim->streams[at];
    catch_up(sim, stream);
    if (comes_too_late(sim, from, at, ordinal)) {
        return;
    }
    bool newer = sequence > stream->sequence;
    if (newer && thing_newer(sim, stream->ordinal, ordinal)) {
        sim_break(sim, "Jira goes back from event e%d to the older e%d", stream->ordinal, ordinal);
    }
    if (!newer && thing_newer(sim, ordinal, stream->ordinal)) {
        sim_break(sim, "Jira ignores e%d, which is newer than e%d, for its sequence number",
                  ordinal, stream->ordinal);
    }
    if (newer) {
        stream->sequence = sequence;
        stream->ordinal = ordinal;
        stream->team = sim->events[ordinal].team;
    }
}

/* A commit by its message: that of the newest of all that hold it. */
static void store_item(simulation *sim, const sim_message *from, json_object *item, int ordinal) {
    const sim_event *event = &sim->events[ordinal];
    bool plain = member(item, "updateSequenceNumber") != NULL;
    int64_t sequence = number_in(item, plain ? "updateSequenceNumber" : "updateSequenceId");
    bool commit = event->kind == JS_KIND_COMMIT;
    store(sim, from, event->stream, commit ? ordinal_in(text(item, "message")) : ordinal, sequence);
    if (event->touched >= 0) {
        json_object *last = member(item, "lastCommit");
        store(sim, from, event->touched, ordinal_in(text(last, "message")),
              number_in(last, "updateSequenceId"));
    }
}

static void take(const simulation *sim, sim_event *event) {
    event->taken_ms = event->accepted ? event->taken_ms : sim->clock.mono_ms;
    event->accepted = true;
}

/* ---- bulk ---- */

typedef struct answering {
    simulation *sim;
    sim_message *to;
    bool forgetful;
    json_object *accepted, *rejected, *unknown;
} answering;

static json_object *key_of(json_object *item) {
    bool build = member(item, "buildNumber") != NULL;
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

/* The array of its kind in what is said of its repository. */
static json_object *list_in(json_object *holder, json_object *repository, js_kind kind) {
    const char *id = text(repository, "id");
    json_object *lists = member(holder, id);
    if (lists == NULL) {
        lists = json_object_new_object();
        json_object_object_add(holder, id, lists);
    }
    const char *name = lists_of[kind - JS_KIND_COMMIT].name;
    json_object *list = member(lists, name);
    if (list == NULL) {
        list = json_object_new_array();
        json_object_object_add(lists, name, list);
    }
    return list;
}

static json_object *reasons(void) {
    return json_tokener_parse("[{\"message\":\"not liked\"}]");
}

static void say_refused(answering *in, json_object *item, const sim_event *event,
                        json_object *repository) {
    json_object *entry = json_object_new_object();
    if (event->kind == JS_KIND_FLAG) {
        json_object_put(entry);
        json_object_object_add(in->rejected, text(item, "id"), reasons());
    } else if (repository != NULL) {
        json_object_object_add(entry, "id", json_object_get(member(item, "id")));
        json_object_object_add(entry, "errorMessages", reasons());
        json_object_array_add(list_in(in->rejected, repository, event->kind), entry);
    } else {
        json_object_object_add(entry, "key", key_of(item));
        json_object_object_add(entry, "errors", reasons());
        json_object_array_add(in->rejected, entry);
    }
}

static void say_accepted(answering *in, json_object *item, const sim_event *event,
                         json_object *repository) {
    if (event->kind == JS_KIND_FLAG) {
        json_object_array_add(in->accepted, json_object_get(member(item, "id")));
    } else if (repository != NULL) {
        json_object_array_add(list_in(in->accepted, repository, event->kind),
                              json_object_get(member(item, "id")));
    } else {
        json_object_array_add(in->accepted, key_of(item));
    }
}

static void judge(void *context, json_object *item, int ordinal, json_object *repository) {
    answering *in = context;
    simulation *sim = in->sim;
    sim_event *event = &sim->events[ordinal];
    event->sends++;
    if (event->flavour == UNKNOWN_KEYS) {
        char key[24];
        (void)snprintf(key, sizeof key, "UNK-%d", ordinal + 1);
        json_object_array_add(in->unknown, json_object_new_string(key));
    }
    if (in->forgetful && sim_once_in(sim, 3)) {
        event->unmentioned++;
        return;
    }
    if (event->flavour == REFUSED || (event->flavour == UNKNOWN_KEYS && sim_once_in(sim, 2))) {
        say_refused(in, item, event, repository);
        return;
    }
    if (event->flavour != UNKNOWN_KEYS) {
        store_item(sim, in->to, item, ordinal);
        take(sim, event);
    }
    say_accepted(in, item, event, repository);
}

static void say_unknown(json_object *answer, json_object *unknown, int endpoint) {
    if (endpoint == BUILDS || endpoint == DEVINFO) {
        json_object_object_add(answer, "unknownIssueKeys", unknown);
        return;
    }
    json_object *group = json_tokener_parse("{\"associationType\":\"issueIdOrKeys\"}");
    json_object *groups = json_object_new_array();
    json_object_object_add(group, "values", unknown);
    json_object_array_add(groups, group);
    json_object_object_add(answer, "unknownAssociations", groups);
}

/* Which lane it was will go on in a moment. */
static void hold_ends(simulation *sim, const sim_message *to) {
    sim_site *site = &sim->sites[to->site];
    bool nothing_else_said = sim->clock.mono_ms - site->stop_said_ms > 5 * SECOND;
    sim_weather weather = site->weather[to->endpoint];
    bool comes_back = to->process >= 0 && weather != CUT && weather != SILENT;
    if (comes_back && nothing_else_said) {
        site->held_until_ms[to->endpoint - BUILDS] = sim->clock.mono_ms + SECOND;
    }
}

void jira_take_bulk(simulation *sim, sim_message *to) {
    static const char *const names[][2] = {
        [BUILDS] = {"acceptedBuilds", "rejectedBuilds"},
        [DEPLOYMENTS] = {"acceptedDeployments", "rejectedDeployments"},
        [FLAGS] = {"acceptedFeatureFlags", "failedFeatureFlags"},
        [DEVINFO] = {"acceptedDevinfoEntities", "failedDevinfoEntities"}};
    bool devinfo = to->endpoint == DEVINFO;
    bool lists = to->endpoint == BUILDS || to->endpoint == DEPLOYMENTS;
    json_object *body = json_tokener_parse(to->body);
    answering in = {.sim = sim,
                    .to = to,
                    .forgetful = sim->sites[to->site].weather[to->endpoint] == FORGETFUL,
                    .accepted = devinfo ? json_object_new_object() : json_object_new_array(),
                    .rejected = lists ? json_object_new_array() : json_object_new_object(),
                    .unknown = json_object_new_array()};
    visit(sim, body, judge, &in);
    json_object *answer = json_object_new_object();
    json_object_object_add(answer, names[to->endpoint][0], in.accepted);
    json_object_object_add(answer, names[to->endpoint][1], in.rejected);
    say_unknown(answer, in.unknown, to->endpoint);
    jira_say(to, 202, json_object_to_json_string(answer));
    hold_ends(sim, to);
    json_object_put(answer);
    json_object_put(body);
}

/* ---- deletions ---- */

int jira_deletion_behind(const simulation *sim, const sim_message *message) {
    const char *by_team = strstr(message->url, "bulkByProperties?team=t");
    bool sweep = strstr(message->url, "bulkByProperties?") != NULL;
    int team = by_team == NULL ? 0 : by_team[strlen("bulkByProperties?team=t")] - '0';
    int stream = sweep ? STREAMS : thing_of_path(message->site, message->url);
    int lane = message->site * APIS + message->endpoint - BUILDS;
    int sure = -1;
    int unsure = -1;
    for (int i = sim->event_count - 1; i >= 0; i--) {
        const sim_event *event = &sim->events[i];
        bool meant = event->deletion && event->stream == stream && event->lane == lane &&
                     event->sweep == sweep && (!sweep || event->team == team);
        bool waits = event->id > 0 && !js_status_settled(event->status);
        if (meant && waits && message->endpoint != DEVINFO) {
            return i;
        }
        /* Of development information the newest may have to wait for what an older one waits for. */
        sure = meant && waits ? i : sure;
        unsure = meant && event->id == 0 && unsure < 0 ? i : unsure;
    }
    return sure >= 0 ? sure : unsure;
}

static void will_be_gone(simulation *sim, int at, int ordinal, int64_t upto, int64_t when_ms) {
    sim_stream *stream = &sim->streams[at];
    catch_up(sim, stream);
    stream->deleted = ordinal > stream->deleted ? ordinal : stream->deleted;
    if (stream->ordinal < 0) {
        return; /* there is nothing to delete */
    }
    stream->gone_upto = stream->gone_ms == 0 || upto > stream->gone_upto ? upto : stream->gone_upto;
    stream->gone_ms = stream->gone_ms == 0 ? when_ms : stream->gone_ms;
}

void jira_take_deletion(simulation *sim, sim_message *to) {
    sim_event *deletion = &sim->events[to->deletion];
    const char *guard = strstr(to->url, "_updateSequenceId=");
    int64_t upto = guard == NULL ? INT64_MAX : strtoll(strchr(guard, '=') + 1, NULL, 10);
    int64_t effect_ms = 1 + (int64_t)sim_random(sim, sim_once_in(sim, 2) ? EFFECT_MS : 100);
    /* Processes whose clocks are an hour apart do not agree how long to wait for it. */
    int64_t when_ms = sim->clock.mono_ms + (check_clocks_agree(sim) ? effect_ms : 1);
    if (!deletion->sweep && to->endpoint == DEVINFO && guard == NULL) {
        sim_break(sim, "e%d, a deletion, goes without its number", to->deletion);
    }
    for (int i = 0; i < STREAMS; i++) {
        catch_up(sim, &sim->streams[i]);
        if (thing_reached(deletion, i, sim->streams[i].team)) {
            will_be_gone(sim, i, to->deletion, upto, when_ms);
        }
    }
    for (int i = to->deletion; i < sim->event_count; i++) {
        sim_event *event = &sim->events[i];
        bool same = event->deletion && event->stream == deletion->stream &&
                    event->lane == deletion->lane && event->team == deletion->team;
        /* One whose submit was cut off may be the one that was sent; or any that waits with it. */
        if (i == to->deletion || (same && !js_status_settled(event->status))) {
            take(sim, event);
        }
    }
    jira_say(to, 202, "");
    hold_ends(sim, to);
}

static bool any_with(simulation *sim, int site, int team) {
    for (int i = 0; i < STREAMS; i++) {
        catch_up(sim, &sim->streams[i]);
        bool there = sim->streams[i].ordinal >= 0 && thing_lane(i) == site * APIS + APIS - 1;
        if (there && (team == 0 || sim->streams[i].team == team)) {
            return true;
        }
    }
    return false;
}

void jira_show(simulation *sim, sim_message *to) {
    const char *exists = strstr(to->url, "/existsByProperties?");
    if (exists != NULL) {
        const char *by_team = strstr(exists, "team=t");
        bool any = any_with(sim, to->site, by_team == NULL ? 0 : by_team[6] - '0');
        jira_say(to, 200,
                 any ? "{\"hasDataMatchingProperties\":true}"
                     : "{\"hasDataMatchingProperties\":false}");
        return;
    }
    int at = thing_of_path(to->site, to->url);
    if (at < 0) {
        sim_break(sim, "Jira is asked for what is not known: %s", to->url);
        return;
    }
    catch_up(sim, &sim->streams[at]);
    jira_say(to, sim->streams[at].ordinal >= 0 ? 200 : 404, "{}");
}
