/* What there is to tell: kinds, their documents, and the paths by which Jira knows a thing. */
#include "sim.h"

#include "base/timestamp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct thing {
    int site, group, number, environment;
    js_kind kind;
} thing;

int thing_stream(int site, js_kind kind, int group, int number, int environment) {
    int in_kind = (group * NUMBERS + number) * ENVIRONMENTS + environment;
    return (site * JS_KIND_LAST + (int)kind - JS_KIND_FIRST) * THINGS + in_kind;
}

static thing of(int stream) {
    int in_kind = stream % THINGS;
    int kind = stream / THINGS;
    return (thing){.site = kind / JS_KIND_LAST,
                   .group = in_kind / ENVIRONMENTS / NUMBERS,
                   .number = in_kind / ENVIRONMENTS % NUMBERS,
                   .environment = in_kind % ENVIRONMENTS,
                   .kind = (js_kind)(kind % JS_KIND_LAST + JS_KIND_FIRST)};
}

js_kind thing_kind(int stream) {
    return of(stream).kind;
}

int thing_lane(int stream) {
    static const int api[] = {
        [JS_KIND_BUILD] = 0,     [JS_KIND_DEPLOYMENT] = 1, [JS_KIND_FLAG] = 2,
        [JS_KIND_COMMIT] = 3,    [JS_KIND_BRANCH] = 3,     [JS_KIND_PULL_REQUEST] = 3,
        [JS_KIND_REPOSITORY] = 3};
    thing one = of(stream);
    return one.site * APIS + api[one.kind];
}

bool thing_in_repository(int stream, int repository) {
    thing one = of(stream);
    thing whole = of(repository);
    return one.kind >= JS_KIND_COMMIT && whole.kind == JS_KIND_REPOSITORY &&
           one.site == whole.site && one.group == whole.group;
}

bool thing_reached(const sim_event *deletion, int stream, int team) {
    if (!deletion->deletion || stream == STREAMS) {
        return false;
    }
    if (deletion->sweep) {
        return thing_lane(stream) == deletion->lane &&
               (deletion->team == 0 || deletion->team == team);
    }
    return deletion->stream == stream || thing_in_repository(stream, deletion->stream);
}

static int64_t rank(const simulation *sim, int ordinal) {
    if (ordinal < 0) {
        return -1;
    }
    int64_t past_ms = sim->events[ordinal].past_ms;
    return past_ms > 0 ? past_ms : INT64_MAX / 2 + ordinal;
}

bool thing_newer(const simulation *sim, int ordinal, int than) {
    return rank(sim, ordinal) > rank(sim, than);
}

bool thing_beats(const simulation *sim, int deletion, int ordinal) {
    return deletion > ordinal || (sim->events[ordinal].past_ms > 0 && !sim->events[deletion].sweep);
}

bool thing_meant(const sim_event *deletion, const sim_event *event) {
    return deletion != event && !(deletion->sweep && event->deletion) &&
           thing_reached(deletion, event->stream, event->team);
}

/* ---- paths ---- */

int thing_of_path(int site, const char *url) {
    thing one = {.site = site};
    const char *at = strstr(url, "/pipelines/");
    if (at != NULL && sscanf(at, "/pipelines/p%d/builds/%d", &one.group, &one.number) == 2) {
        one.kind = JS_KIND_BUILD;
    } else if (at != NULL && sscanf(at, "/pipelines/p%d/environments/v%d/deployments/%d",
                                    &one.group, &one.environment, &one.number) == 3) {
        one.kind = JS_KIND_DEPLOYMENT;
    } else if ((at = strstr(url, "/flag/f")) != NULL &&
               sscanf(at, "/flag/f%d-%d", &one.group, &one.number) == 2) {
        one.kind = JS_KIND_FLAG;
    } else if ((at = strstr(url, "/repository/r")) == NULL) {
        return -1;
    } else if (sscanf(at, "/repository/r%d/commit/%8x", &one.group, (unsigned *)&one.number) == 2) {
        one.kind = JS_KIND_COMMIT;
    } else if (sscanf(at, "/repository/r%d/branch/b%d", &one.group, &one.number) == 2) {
        one.kind = JS_KIND_BRANCH;
    } else if (sscanf(at, "/repository/r%d/pull_request/%d", &one.group, &one.number) == 2) {
        one.kind = JS_KIND_PULL_REQUEST;
    } else if (sscanf(at, "/repository/r%d", &one.group) == 1) {
        return thing_stream(site, JS_KIND_REPOSITORY, one.group, 0, 0);
    } else {
        return -1;
    }
    return thing_stream(site, one.kind, one.group, one.number - 1, one.environment);
}

/* ---- documents ---- */

typedef struct writer {
    char *out;
    size_t size, used;
} writer;

__attribute__((format(printf, 2, 3))) static void add(writer *to, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    to->used += (size_t)vsnprintf(to->out + to->used, to->size - to->used, format, arguments);
    va_end(arguments);
}

/* The members by which its stream is named. */
static void add_name(writer *to, thing one, bool alone) {
    switch (one.kind) {
    case JS_KIND_BUILD:
        add(to, ",\"pipelineId\":\"p%d\",\"number\":%d", one.group, one.number + 1);
        return;
    case JS_KIND_DEPLOYMENT:
        add(to, ",\"pipelineId\":\"p%d\",\"number\":%d,\"environment\":{\"id\":\"v%d\"", one.group,
            one.number + 1, one.environment);
        add(to, alone ? "}" : ",\"name\":\"v%d\",\"type\":\"testing\"}", one.environment);
        return;
    case JS_KIND_FLAG:
        add(to, ",\"flagId\":\"f%d-%d\"", one.group, one.number + 1);
        return;
    case JS_KIND_COMMIT:
    case JS_KIND_BRANCH:
    case JS_KIND_PULL_REQUEST:
    case JS_KIND_REPOSITORY:
        break;
    }
    add(to, ",\"repository\":{\"id\":\"r%d\"", one.group);
    add(to, alone ? "}" : ",\"url\":\"https://git.test/r%d\"}", one.group);
    if (one.kind == JS_KIND_COMMIT) {
        add(to, ",\"hash\":\"%08x%032d\"", (unsigned)one.number + 1, 0);
    } else if (one.kind == JS_KIND_BRANCH) {
        add(to, ",\"name\":\"b%d\"", one.number + 1);
    } else if (one.kind == JS_KIND_PULL_REQUEST) {
        add(to, ",\"number\":%d", one.number + 1);
    }
}

/* Each holds its ordinal where the request can be searched for it. */
static void add_news(writer *to, const sim_event *event, int ordinal) {
    switch (event->kind) {
    case JS_KIND_BUILD:
    case JS_KIND_DEPLOYMENT:
        add(to, ",\"state\":\"%s\",\"label\":\"e%d\"", event->gated ? "pending" : "successful",
            ordinal);
        add(to, event->gated ? ",\"gate\":true" : "");
        return;
    case JS_KIND_FLAG:
        add(to, ",\"key\":\"e%d\",\"environments\":[{\"name\":\"v\",\"enabled\":true}]", ordinal);
        return;
    case JS_KIND_COMMIT:
        add(to, ",\"message\":\"e%d\"", ordinal);
        return;
    case JS_KIND_BRANCH:
        add(to,
            ",\"createPullRequestUrl\":\"https://git.test/e%d\",\"lastCommit\":"
            "{\"hash\":\"%08x%032d\",\"message\":\"e%d\",\"url\":\"https://git.test/c\"}",
            ordinal, (unsigned)of(event->touched).number + 1, 0, ordinal);
        return;
    case JS_KIND_PULL_REQUEST:
        add(to, ",\"title\":\"e%d\",\"state\":\"open\",\"sourceBranch\":\"b\"", ordinal);
        return;
    case JS_KIND_REPOSITORY:
        return;
    }
}

void thing_document(const simulation *sim, int ordinal, char *out, size_t size) {
    static const char *const keys[] = {
        [PLAIN] = "APP",   [NO_KEYS] = NULL,     [UNKNOWN_KEYS] = "UNK",
        [REFUSED] = "REF", [POISON_400] = "BAD", [POISON_500] = "ERR"};
    const sim_event *event = &sim->events[ordinal];
    thing one = of(event->stream);
    writer to = {out, size, 0};
    add(&to, "{\"kind\":\"%s\",\"site\":\"s%d.atlassian.net\"", js_kind_name(event->kind),
        one.site);
    add_name(&to, one, event->deletion);
    if (event->request_id[0] != '\0') {
        add(&to, ",\"requestId\":\"%s\"", event->request_id);
    }
    if (event->deletion) {
        add(&to, ",\"delete\":true}");
        return;
    }
    add_news(&to, event, ordinal);
    if (event->past_ms > 0) {
        char when[JS_TIMESTAMP_SIZE];
        js_timestamp_format(event->past_ms, when);
        add(&to, ",\"history\":true,\"updatedAt\":\"%s\"", when);
    }
    if (event->team > 0) {
        add(&to, ",\"properties\":{\"team\":\"t%d\"}", event->team);
    }
    if (keys[event->flavour] != NULL) {
        add(&to, ",\"issueKeys\":[\"%s-%d\"]", keys[event->flavour], ordinal + 1);
    }
    add(&to, ",\"url\":\"https://ci.test/1\"}");
}
