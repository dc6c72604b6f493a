/* The kind `deployment`: a run of a pipeline that brings something to an environment. */
#include "base/error.h"
#include "base/text.h"
#include "event/json.h"
#include "event/limits.h"
#include "event/run.h"

#include <stdlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const js_member members[] = {
    JS_RUN_MEMBERS,
    {"environment", json_type_object, true},
    {"pipelineUrl", json_type_string, false},
    {"duration", json_type_int, false},
    {"services", json_type_array, false},
    {"commits", json_type_array, false},
    {"repositories", json_type_array, false},
    {"revision", json_type_string, false},
    {"gate", json_type_boolean, false},
};
static const char *const stream_members[] = {"pipelineId", "environment", "number", NULL};

/* A deletion names the environment by its id alone. */
static jirasend_code read_environment(js_reader *in) {
    static const js_member whole[] = {
        {"id", json_type_string, true},
        {"name", json_type_string, true},
        {"type", json_type_string, false},
    };
    js_environment *environment = &in->event->of.deployment.environment;
    json_object *value = js_read_member(in, "environment");
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "environment");
    size_t count = in->event->deletion ? 1 : COUNT_OF(whole);
    jirasend_code code = js_members_check(value, &place, whole, count, in->error);
    if (code == JIRASEND_OK) {
        code = js_read_part(&environment->id, value, &place, "id", js_limit_long_id, in->error);
    }
    if (code != JIRASEND_OK || in->event->deletion) {
        return code;
    }
    code = js_read_part(&environment->name, value, &place, "name", js_limit_name, in->error);
    return code == JIRASEND_OK ? js_read_environment_type(in, value, &place, environment->name,
                                                          environment->id, &environment->type)
                               : code;
}

static jirasend_code read_stream(js_reader *in) {
    jirasend_code code = js_run_read_stream(in);
    return code == JIRASEND_OK ? read_environment(in) : code;
}

static jirasend_code read_gate(js_reader *in) {
    json_object *value = js_read_member(in, "gate");
    js_state state = in->event->of.run.state;
    in->event->gate = value != NULL && json_object_get_boolean(value);
    if (in->event->gate && state != JS_STATE_PENDING) {
        return js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "\"gate\" is true and \"state\" is \"%s\". A deployment that waits at a "
                       "gate must be \"pending\".",
                       js_state_name(state));
    }
    return JIRASEND_OK;
}

static jirasend_code read_ties(js_reader *in) {
    jirasend_code code = js_read_ids(in, &in->event->services, "services");
    if (code == JIRASEND_OK) {
        code = js_read_commit_ties(in);
    }
    return code == JIRASEND_OK ? js_read_ids(in, &in->event->repositories, "repositories") : code;
}

static jirasend_code read_deployment(js_reader *in) {
    js_deployment *deployment = &in->event->of.deployment;
    const js_text_member texts[] = {
        {"pipelineUrl", &deployment->pipeline_url, js_limit_url},
        {"revision", &deployment->revision, js_limit_hash},
    };
    jirasend_code code = js_run_read(in);
    if (code == JIRASEND_OK) {
        code = js_read_texts(in, texts, COUNT_OF(texts));
    }
    if (code == JIRASEND_OK) {
        code = js_read_count(in, "duration", &deployment->duration_s, &deployment->has_duration);
    }
    if (code == JIRASEND_OK && deployment->pipeline_url == NULL) {
        deployment->pipeline_url = js_copy(in->event->url);
        code = deployment->pipeline_url == NULL ? js_fail_memory(in->error) : JIRASEND_OK;
    }
    if (code == JIRASEND_OK) {
        code = read_environment(in);
    }
    if (code == JIRASEND_OK) {
        code = read_gate(in);
    }
    return code == JIRASEND_OK ? read_ties(in) : code;
}

static bool write_list(js_json_out *object, const char *name, const js_strings *list) {
    return list->count == 0 || js_write_texts(object, name, list);
}

static bool write_commits(js_json_out *document, const js_event *event) {
    if (event->commit_count == 0) {
        return true;
    }
    js_json_out *commits = js_write_array(document, "commits");
    bool good = commits != NULL;
    for (size_t i = 0; i < event->commit_count && good; i++) {
        js_json_out *commit = js_write_item_object(commits);
        good = js_write_text(commit, "hash", event->commits[i].hash) &&
               js_write_text(commit, "repositoryId", event->commits[i].repository_id);
    }
    return good;
}

static bool write_environment(js_json_out *document, const js_event *event) {
    const js_environment *environment = &event->of.deployment.environment;
    js_json_out *object = js_write_object(document, "environment");
    return js_write_text(object, "id", environment->id) &&
           (event->deletion ||
            (js_write_text(object, "name", environment->name) &&
             js_write_text(object, "type", js_environment_type_name(environment->type))));
}

static bool write_deployment(js_json_out *document, const js_event *event) {
    const js_deployment *deployment = &event->of.deployment;
    return js_run_write(document, event) && write_environment(document, event) &&
           (event->deletion ||
            (js_write_text(document, "pipelineUrl", deployment->pipeline_url) &&
             js_write_text(document, "revision", deployment->revision) &&
             (!deployment->has_duration ||
              js_write_number(document, "duration", deployment->duration_s)) &&
             write_list(document, "services", &event->services) && write_commits(document, event) &&
             write_list(document, "repositories", &event->repositories) &&
             (!event->gate || js_write_flag(document, "gate", true))));
}

static bool write_facts(js_json_out *facts, const js_event *event) {
    return js_run_write_facts(facts, event) && write_environment(facts, event) &&
           (event->deletion || js_write_text(facts, "revision", event->of.deployment.revision));
}

static js_stream stream_of(const js_event *event) {
    return (js_stream){event->of.run.pipeline_id, event->of.run.number,
                       event->of.deployment.environment.id};
}

static const char *environment_of(const js_event *event) {
    return event->of.deployment.environment.id;
}

static void clear(js_event *event) {
    js_deployment *deployment = &event->of.deployment;
    js_run_clear(&deployment->run);
    free(deployment->pipeline_url);
    free(deployment->environment.id);
    free(deployment->environment.name);
    free(deployment->revision);
}

const js_kind_info js_kind_deployment = {
    .name = "deployment",
    .noun = "deployment",
    .plural = "deployments",
    .api = JS_API_DEPLOYMENTS,
    .ties = JS_TIES_SERVICES | JS_TIES_COMMITS | JS_TIES_REPOSITORIES,
    .states = JS_RUN_STATES | 1U << JS_STATE_ROLLED_BACK,
    .members = members,
    .member_count = COUNT_OF(members),
    .stream_members = stream_members,
    .read = read_deployment,
    .read_stream = read_stream,
    .write = write_deployment,
    .write_facts = write_facts,
    .stream = stream_of,
    .environment = environment_of,
    .clear = clear,
};
