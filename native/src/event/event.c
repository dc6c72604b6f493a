#include "event/event.h"

#include <stdlib.h>
#include <string.h>

void js_event_init(js_event *event) {
    memset(event, 0, sizeof *event);
    event->kind = JS_BUILD;
    event->state = JS_STATE_UNKNOWN;
}

void js_event_free(js_event *event) {
    free(event->request_id);
    free(event->pipeline_id);
    free(event->pipeline_name);
    free(event->pipeline_url);
    free(event->url);
    free(event->description);
    free(event->label);
    js_strings_free(&event->issue_keys);
    for (size_t i = 0; i < event->reference_count; i++) {
        js_reference *reference = &event->references[i];
        free(reference->commit_id);
        free(reference->commit_repository_uri);
        free(reference->ref_name);
        free(reference->ref_uri);
    }
    free(event->environment_id);
    free(event->environment_name);
    js_strings_free(&event->services);
    for (size_t i = 0; i < event->commit_count; i++) {
        free(event->commits[i].hash);
        free(event->commits[i].repository_id);
    }
    free(event->commits);
    js_strings_free(&event->repositories);
    js_event_init(event);
}

bool js_event_has_associations(const js_event *event) {
    if (event->issue_keys.count > 0) {
        return true;
    }
    return event->kind == JS_DEPLOYMENT &&
           (event->services.count > 0 || event->commit_count > 0 || event->repositories.count > 0);
}

const char *js_kind_name(js_kind kind) {
    return kind == JS_DEPLOYMENT ? "deployment" : "build";
}

bool js_kind_from_name(const char *name, js_kind *kind) {
    for (int i = JS_BUILD; i <= JS_DEPLOYMENT; i++) {
        if (strcmp(name, js_kind_name((js_kind)i)) == 0) {
            *kind = (js_kind)i;
            return true;
        }
    }
    return false;
}

const char *js_state_name(js_state state) {
    switch (state) {
    case JS_STATE_PENDING:
        return "pending";
    case JS_STATE_IN_PROGRESS:
        return "in_progress";
    case JS_STATE_SUCCESSFUL:
        return "successful";
    case JS_STATE_FAILED:
        return "failed";
    case JS_STATE_CANCELLED:
        return "cancelled";
    case JS_STATE_ROLLED_BACK:
        return "rolled_back";
    case JS_STATE_UNKNOWN:
        break;
    }
    return "unknown";
}

bool js_state_from_name(js_kind kind, const char *name, js_state *state) {
    for (int i = JS_STATE_PENDING; i <= JS_STATE_UNKNOWN; i++) {
        if (i == JS_STATE_ROLLED_BACK && kind != JS_DEPLOYMENT) {
            continue;
        }
        if (strcmp(name, js_state_name((js_state)i)) == 0) {
            *state = (js_state)i;
            return true;
        }
    }
    return false;
}

const char *js_environment_type_name(js_environment_type type) {
    switch (type) {
    case JS_ENVIRONMENT_DEVELOPMENT:
        return "development";
    case JS_ENVIRONMENT_TESTING:
        return "testing";
    case JS_ENVIRONMENT_STAGING:
        return "staging";
    case JS_ENVIRONMENT_PRODUCTION:
        return "production";
    case JS_ENVIRONMENT_UNMAPPED:
        break;
    }
    return "unmapped";
}

bool js_environment_type_from_name(const char *name, js_environment_type *type) {
    for (int i = JS_ENVIRONMENT_UNMAPPED; i <= JS_ENVIRONMENT_PRODUCTION; i++) {
        if (strcmp(name, js_environment_type_name((js_environment_type)i)) == 0) {
            *type = (js_environment_type)i;
            return true;
        }
    }
    return false;
}
