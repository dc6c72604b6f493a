#include "event/document.h"

#include "base/error.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "event/json.h"
#include "event/limits.h"
#include "event/member.h"
#include "event/parts.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Every member of the document. docs/events.md explains them. */
static const js_member MEMBERS[] = {
    {"kind", json_type_string, JS_FOR_BOTH, true},
    {"site", json_type_string, JS_FOR_BOTH, false},
    {"requestId", json_type_string, JS_FOR_BOTH, false},
    {"pipelineId", json_type_string, JS_FOR_BOTH, true},
    {"pipelineName", json_type_string, JS_FOR_BOTH, false},
    {"number", json_type_int, JS_FOR_BOTH, true},
    {"url", json_type_string, JS_FOR_BOTH, true},
    {"state", json_type_string, JS_FOR_BOTH, true},
    {"updatedAt", json_type_string, JS_FOR_BOTH, false},
    {"description", json_type_string, JS_FOR_BOTH, false},
    {"label", json_type_string, JS_FOR_BOTH, false},
    {"issueKeys", json_type_array, JS_FOR_BOTH, false},
    {"keyText", json_type_array, JS_FOR_BOTH, false},
    {"tests", json_type_object, JS_FOR_BUILD, false},
    {"references", json_type_array, JS_FOR_BOTH, false},
    {"environment", json_type_object, JS_FOR_DEPLOYMENT, true},
    {"pipelineUrl", json_type_string, JS_FOR_DEPLOYMENT, false},
    {"duration", json_type_int, JS_FOR_DEPLOYMENT, false},
    {"services", json_type_array, JS_FOR_DEPLOYMENT, false},
    {"commits", json_type_array, JS_FOR_DEPLOYMENT, false},
    {"repositories", json_type_array, JS_FOR_DEPLOYMENT, false},
    {"gate", json_type_boolean, JS_FOR_DEPLOYMENT, false},
    {"droppedKeys", json_type_int, JS_FOR_STORED, false},
};

typedef struct reader {
    js_event *event;
    json_object *document;
    const js_read_rules *rules;
    bool stored; /* the outbox's form */
    jirasend_error *error;
} reader;

static const js_place ROOT = JS_PLACE_ROOT;

static json_object *member(const reader *in, const char *name) {
    return js_member_of(in->document, name);
}

static jirasend_code read_kind(reader *in) {
    json_object *value = NULL;
    if (!json_object_object_get_ex(in->document, "kind", &value)) {
        return js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "The event lacks \"kind\". It must be \"build\" or \"deployment\".");
    }
    js_place place = js_place_member(&ROOT, "kind");
    jirasend_code code = js_type_check(value, json_type_string, &place, in->error);
    if (code != JIRASEND_OK) {
        return code;
    }
    const char *name = json_object_get_string(value);
    if (!js_kind_from_name(name, &in->event->kind)) {
        char shown[JS_QUOTE_SIZE];
        js_quote(shown, name, strlen(name));
        return js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "\"kind\" is \"%s\". It must be \"build\" or \"deployment\".", shown);
    }
    return JIRASEND_OK;
}

static unsigned form_of(js_kind kind) {
    return kind == JS_DEPLOYMENT ? JS_FOR_DEPLOYMENT : JS_FOR_BUILD;
}

/* A member of the other kind is no typo: say which kind takes it. */
static jirasend_code check_fit(const reader *in) {
    for (size_t i = 0; i < COUNT_OF(MEMBERS); i++) {
        json_object *value = NULL;
        if ((MEMBERS[i].allowed & (form_of(in->event->kind) | JS_FOR_STORED)) == 0 &&
            json_object_object_get_ex(in->document, MEMBERS[i].name, &value)) {
            return js_fail(in->error, JIRASEND_E_DOCUMENT,
                           "A %s cannot have \"%s\"; only a %s has it. Remove it, or change "
                           "\"kind\".",
                           js_kind_name(in->event->kind), MEMBERS[i].name,
                           js_kind_name(in->event->kind == JS_BUILD ? JS_DEPLOYMENT : JS_BUILD));
        }
    }
    return JIRASEND_OK;
}

/* Names first: a misspelt member explains best why another one is missing. */
static jirasend_code check_members(reader *in) {
    unsigned known = JS_FOR_BOTH | (in->stored ? (unsigned)JS_FOR_STORED : 0U);
    jirasend_code code = js_type_check(in->document, json_type_object, &ROOT, in->error);
    if (code == JIRASEND_OK) {
        code = js_members_known(in->document, &ROOT, MEMBERS, COUNT_OF(MEMBERS), known, in->error);
    }
    if (code == JIRASEND_OK) {
        code = read_kind(in);
    }
    if (code == JIRASEND_OK) {
        code = check_fit(in);
    }
    if (code == JIRASEND_OK) {
        code = js_members_typed(in->document, &ROOT, MEMBERS, COUNT_OF(MEMBERS), in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_members_present(in->document, &ROOT, MEMBERS, COUNT_OF(MEMBERS),
                                  form_of(in->event->kind), in->error);
    }
    return code;
}

static jirasend_code read_site(reader *in) {
    json_object *value = member(in, "site");
    if (value == NULL) {
        if (in->rules->default_site == NULL) {
            return js_fail(in->error, JIRASEND_E_DOCUMENT,
                           "The event lacks \"site\", and no default site is set. Name the Jira "
                           "site, such as \"acme.atlassian.net\".");
        }
        in->event->site = *in->rules->default_site;
        return JIRASEND_OK;
    }
    jirasend_code code =
        js_site_parse(&in->event->site, json_object_get_string(value), "\"site\"", in->error);
    if (code == JIRASEND_OK || code == JIRASEND_E_MEMORY) {
        return code;
    }
    /* In a document a bad site is a bad document. */
    if (in->error != NULL) {
        in->error->code = JIRASEND_E_DOCUMENT;
    }
    return JIRASEND_E_DOCUMENT;
}

static jirasend_code read_texts(reader *in) {
    js_event *event = in->event;
    const struct {
        const char *name;
        char **target;
        js_limit limit;
    } texts[] = {
        {"requestId", &event->request_id, js_limit_id},
        {"pipelineId", &event->pipeline_id, js_limit_id},
        {"pipelineName", &event->pipeline_name, js_limit_text},
        {"pipelineUrl", &event->pipeline_url, js_limit_url},
        {"url", &event->url, js_limit_url},
        {"description", &event->description, js_limit_text},
        {"label", &event->label, js_limit_text},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_object *value = member(in, texts[i].name);
        /* An empty text is the same as none; an empty id or URL is a mistake. */
        if (value == NULL ||
            (texts[i].limit == js_limit_text && json_object_get_string_len(value) == 0)) {
            continue;
        }
        jirasend_code code = js_part_text(texts[i].target, in->document, &ROOT, texts[i].name,
                                          texts[i].limit, in->error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

/* What stands in for an absent name or URL. */
static jirasend_code fill_in(reader *in) {
    js_event *event = in->event;
    if (event->pipeline_name == NULL) {
        event->pipeline_name = js_copy(event->pipeline_id);
        if (event->pipeline_name == NULL) {
            return js_fail_memory(in->error);
        }
    }
    if (event->kind == JS_DEPLOYMENT && event->pipeline_url == NULL) {
        event->pipeline_url = js_copy(event->url);
        if (event->pipeline_url == NULL) {
            return js_fail_memory(in->error);
        }
    }
    return JIRASEND_OK;
}

static jirasend_code read_count(reader *in, const char *name, int64_t *target, bool *given) {
    json_object *value = member(in, name);
    js_place place = js_place_member(&ROOT, name);
    if (given != NULL) {
        *given = value != NULL;
    }
    return value == NULL ? JIRASEND_OK : js_count_read(target, value, &place, in->error);
}

static jirasend_code read_numbers(reader *in) {
    js_event *event = in->event;
    jirasend_code code = read_count(in, "number", &event->number, NULL);
    if (code == JIRASEND_OK) {
        code = read_count(in, "duration", &event->duration_s, &event->has_duration);
    }
    if (code == JIRASEND_OK) {
        code = read_count(in, "droppedKeys", &event->dropped, NULL);
    }
    return code;
}

static jirasend_code read_state(reader *in) {
    const char *name = json_object_get_string(member(in, "state"));
    js_event *event = in->event;
    if (js_state_from_name(event->kind, name, &event->state)) {
        return JIRASEND_OK;
    }
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, name, strlen(name));
    return js_fail(in->error, JIRASEND_E_DOCUMENT,
                   "\"state\" is \"%s\". The state of a %s must be pending, in_progress, "
                   "successful, failed, cancelled%s or unknown.",
                   shown, js_kind_name(event->kind),
                   event->kind == JS_DEPLOYMENT ? ", rolled_back" : "");
}

static jirasend_code read_time(reader *in) {
    json_object *value = member(in, "updatedAt");
    if (value == NULL) {
        in->event->updated_at_ms = in->rules->now_ms;
        return JIRASEND_OK;
    }
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    const char *why = NULL;
    if (js_timestamp_parse(text, length, &in->event->updated_at_ms, &why)) {
        return JIRASEND_OK;
    }
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, text, length);
    return js_fail(in->error, JIRASEND_E_DOCUMENT,
                   "\"updatedAt\" is \"%s\", which %s. Write it as 2026-11-23T10:00:00Z.", shown,
                   why == NULL ? "is no time" : why);
}

static jirasend_code read_gate(reader *in) {
    json_object *value = member(in, "gate");
    in->event->gate = value != NULL && json_object_get_boolean(value);
    if (in->event->gate && in->event->state != JS_STATE_PENDING) {
        return js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "\"gate\" is true and \"state\" is \"%s\". A deployment that waits at a "
                       "gate must be \"pending\".",
                       js_state_name(in->event->state));
    }
    return JIRASEND_OK;
}

static jirasend_code read_parts(reader *in) {
    js_event *event = in->event;
    jirasend_code code = js_part_tests(event, member(in, "tests"), in->error);
    if (code == JIRASEND_OK) {
        code = js_part_references(event, member(in, "references"), in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_part_environment(event, member(in, "environment"), in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_part_ids(&event->services, member(in, "services"), "services", in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_part_commits(event, member(in, "commits"), in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_part_ids(&event->repositories, member(in, "repositories"), "repositories",
                           in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_part_keys(event, member(in, "issueKeys"), member(in, "keyText"), in->rules->keys,
                            in->error);
    }
    return code;
}

static jirasend_code read_event(reader *in) {
    static jirasend_code (*const steps[])(reader *) = {check_members, read_site,    read_texts,
                                                       fill_in,       read_numbers, read_state,
                                                       read_time,     read_gate,    read_parts};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        jirasend_code code = steps[i](in);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    js_limit_associations(in->event);
    return JIRASEND_OK;
}

static jirasend_code read_form(js_event *event, const char *text, size_t length,
                               const js_read_rules *rules, bool stored, jirasend_error *error) {
    js_error_clear(error);
    js_event_init(event);
    jirasend_error parse_error = JIRASEND_ERROR_INIT;
    json_object *document = js_json_parse(text, length, JS_JSON_STRICT, &parse_error);
    if (document == NULL && parse_error.code != JIRASEND_OK) {
        return js_fail(error, parse_error.code, "%s", parse_error.message);
    }
    reader in = {event, document, rules, stored, error};
    jirasend_code code = read_event(&in);
    json_object_put(document);
    if (code != JIRASEND_OK) {
        js_event_free(event);
    }
    return code;
}

jirasend_code js_document_read(js_event *event, const char *text, size_t length,
                               const js_read_rules *rules, jirasend_error *error) {
    return read_form(event, text, length, rules, false, error);
}

jirasend_code js_document_read_stored(js_event *event, const char *text, size_t length,
                                      jirasend_error *error) {
    const js_key_rules keys = JS_KEY_RULES_INIT;
    const js_read_rules rules = {&keys, NULL, 0};
    return read_form(event, text, length, &rules, true, error);
}
