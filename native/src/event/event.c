/* Making and freeing an event, and the words of its states and types. */
#include "event/event.h"

#include "event/kind.h"
#include "event/sweep.h"

#include <stdlib.h>
#include <string.h>

void js_event_init(js_event *event) {
    memset(event, 0, sizeof *event);
    event->kind = JS_KIND_BUILD;
}

static void free_found(js_event *event) {
    for (size_t i = 0; event->found != NULL && i < event->issue_keys.count; i++) {
        free(event->found[i].commit);
    }
    free(event->found);
}

void js_event_clear(js_event *event) {
    js_kind_of(event->kind)->clear(event);
    free(event->request_id);
    free(event->origin);
    free(event->sweep);
    free(event->url);
    for (size_t i = 0; i < event->property_count; i++) {
        free(event->properties[i].name);
        free(event->properties[i].value);
    }
    free_found(event);
    js_passed_clear(&event->passed);
    js_strings_clear(&event->issue_keys);
    js_strings_clear(&event->services);
    for (size_t i = 0; i < event->commit_count; i++) {
        free(event->commits[i].hash);
        free(event->commits[i].repository_id);
    }
    free(event->commits);
    js_strings_clear(&event->repositories);
    js_event_init(event);
}

js_stream js_event_stream(const js_event *event) {
    return event->sweep != NULL ? (js_stream){"", JS_STREAM_SWEEP, event->sweep}
                                : js_kind_of(event->kind)->stream(event);
}

bool js_event_stream_touched(const js_event *event, js_stream *stream) {
    const js_kind_info *kind = js_kind_of(event->kind);
    return kind->touches != NULL && event->sweep == NULL && kind->touches(event, stream);
}

js_strings *js_event_lent_keys(js_event *event) {
    const js_kind_info *kind = js_kind_of(event->kind);
    return kind->lent_keys != NULL && !event->deletion ? kind->lent_keys(event) : NULL;
}

const char *js_event_environment(const js_event *event) {
    const js_kind_info *kind = js_kind_of(event->kind);
    return kind->environment != NULL && event->sweep == NULL ? kind->environment(event) : NULL;
}

bool js_event_takes_name(const js_event *event) {
    return js_kind_of(event->kind)->takes_name && event->sweep == NULL;
}

bool js_event_has_associations(const js_event *event) {
    return event->issue_keys.count > 0 || event->services.count > 0 || event->commit_count > 0 ||
           event->repositories.count > 0;
}

static const char *const state_names[] = {
    [JS_STATE_PENDING] = "pending",       [JS_STATE_IN_PROGRESS] = "in_progress",
    [JS_STATE_SUCCESSFUL] = "successful", [JS_STATE_FAILED] = "failed",
    [JS_STATE_CANCELLED] = "cancelled",   [JS_STATE_ROLLED_BACK] = "rolled_back",
    [JS_STATE_UNKNOWN] = "unknown",
};

const char *js_state_name(js_state state) {
    return state_names[state];
}

bool js_state_from_name(const char *name, js_state *state) {
    for (int i = JS_STATE_PENDING; i <= JS_STATE_UNKNOWN; i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *state = (js_state)i;
            return true;
        }
    }
    return false;
}

static const char *const type_names[] = {
    [JS_ENVIRONMENT_UNMAPPED] = "unmapped",     [JS_ENVIRONMENT_DEVELOPMENT] = "development",
    [JS_ENVIRONMENT_TESTING] = "testing",       [JS_ENVIRONMENT_STAGING] = "staging",
    [JS_ENVIRONMENT_PRODUCTION] = "production",
};

const char *js_environment_type_name(js_environment_type type) {
    return type_names[type];
}

bool js_environment_type_from_name(const char *name, js_environment_type *type) {
    for (int i = JS_ENVIRONMENT_UNMAPPED; i <= JS_ENVIRONMENT_PRODUCTION; i++) {
        if (strcmp(name, type_names[i]) == 0) {
            *type = (js_environment_type)i;
            return true;
        }
    }
    return false;
}
