/* What Jira says of a gate. */
#include "payload/answer.h"

#include "base/error.h"
#include "event/limits.h"
#include "payload/answer_json.h"
#include "payload/wire.h"

#include <string.h>

/* More issues than anybody reads; it also bounds the search for duplicates. */
enum { ISSUES_MAX = 500, KEY_MAX = 511, LINK_MAX = 2000 };

const char *js_gate_name(js_gate gate) {
    switch (gate) {
    case JS_GATE_ALLOWED:
        return "allowed";
    case JS_GATE_PREVENTED:
        return "prevented";
    case JS_GATE_AWAITING:
        return "awaiting";
    case JS_GATE_EXPIRED:
        return "expired";
    case JS_GATE_INVALID:
        return "invalid";
    case JS_GATE_UNKNOWN:
        break;
    }
    return "unknown";
}

static bool gate_from_name(const char *name, js_gate *gate) {
    for (int i = JS_GATE_ALLOWED; i < JS_GATE_UNKNOWN; i++) {
        if (strcmp(name, js_gate_name((js_gate)i)) == 0) {
            *gate = (js_gate)i;
            return true;
        }
    }
    return false;
}

static bool is_wire_id(json_object *value, const char *id) {
    js_buf wire = JS_BUF_INIT;
    js_wire_id(&wire, id);
    bool same = !wire.failed && js_answer_is(value, wire.data);
    js_buf_clear(&wire);
    return same;
}

/* The schema requires none of the three; one that is there must be the one asked for. */
static bool same_deployment(json_object *object, const char *pipeline_id,
                            const char *environment_id, int64_t number) {
    json_object *pipeline = js_answer_member(object, "pipelineId");
    json_object *environment = js_answer_member(object, "environmentId");
    json_object *sequence = js_answer_member(object, "deploymentSequenceNumber");
    int64_t found = 0;
    return (pipeline == NULL || is_wire_id(pipeline, pipeline_id)) &&
           (environment == NULL || is_wire_id(environment, environment_id)) &&
           (sequence == NULL || (js_answer_number(sequence, &found) && found == number));
}

static jirasend_code fail_details(jirasend_error *error) {
    return js_fail(error, JIRASEND_E_NETWORK,
                   "Jira's answer about the gate contains details that cannot be understood.");
}

/* Jira's own pattern, \w{1,255}-\d{1,255}: it may name projects that our scan would not take. */
static bool is_issue_key(const char *text) {
    size_t word = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    size_t number = text[word] == '-' ? strspn(text + word + 1, "0123456789") : 0;
    return word > 0 && number > 0 && text[word + 1 + number] == '\0' &&
           word + 1 + number <= KEY_MAX;
}

/* Of a web page, or nothing: it will be clicked on. */
static const char *link_of(json_object *detail) {
    const char *link = js_answer_text(js_answer_member(detail, "issueLink"));
    bool good = link != NULL && strlen(link) <= LINK_MAX &&
                (strncmp(link, "https://", 8) == 0 || strncmp(link, "http://", 7) == 0);
    for (const char *c = link; good && *c != '\0'; c++) {
        good = *c > ' ' && *c < 0x7F;
    }
    return good ? link : "";
}

static bool add_issue(js_gate_answer *answer, const char *key, const char *link) {
    return js_strings_contain(&answer->issue_keys, key) ||
           (js_strings_add(&answer->issue_keys, key, strlen(key)) &&
            js_strings_add(&answer->issue_links, link, strlen(link)));
}

/* A detail may be of a type to come, without an issue; an issue that is there must be a key. */
static jirasend_code read_details(js_gate_answer *answer, json_object *details,
                                  jirasend_error *error) {
    if (details != NULL && !json_object_is_type(details, json_type_array)) {
        return fail_details(error);
    }
    size_t count = details == NULL ? 0 : json_object_array_length(details);
    for (size_t i = 0; i < count && answer->issue_keys.count < ISSUES_MAX; i++) {
        json_object *detail = json_object_array_get_idx(details, i);
        if (!json_object_is_type(detail, json_type_object)) {
            return fail_details(error);
        }
        json_object *issue = js_answer_member(detail, "issueKey");
        if (issue == NULL) {
            continue;
        }
        const char *key = js_answer_text(issue);
        if (key == NULL || !is_issue_key(key)) {
            return fail_details(error);
        }
        if (!add_issue(answer, key, link_of(detail))) {
            return js_fail_memory(error);
        }
    }
    return JIRASEND_OK;
}

/* When it was decided, for people: a time that cannot be read is no reason to doubt the decision. */
static void read_time(js_gate_answer *answer, json_object *object) {
    const char *text = js_answer_text(js_answer_member(object, "updatedTimestamp"));
    int64_t ms = 0;
    const char *why = NULL;
    if (text != NULL && js_timestamp_parse(text, strlen(text), &ms, &why)) {
        js_timestamp_format(ms, answer->updated_at);
    }
}

static jirasend_code read_gate(js_gate_answer *answer, json_object *object, const char *pipeline_id,
                               const char *environment_id, int64_t number, jirasend_error *error) {
    const char *status = js_answer_text(js_answer_member(object, "gatingStatus"));
    if (status == NULL) {
        return js_fail(error, JIRASEND_E_NETWORK,
                       "Jira's answer about the gate contains no gatingStatus.");
    }
    if (!gate_from_name(status, &answer->gate)) {
        char shown[JS_QUOTE_SIZE];
        js_quote(shown, status, strlen(status));
        return js_fail(error, JIRASEND_E_NETWORK,
                       "Jira's answer about the gate contains the unknown gatingStatus \"%s\".",
                       shown);
    }
    if (!same_deployment(object, pipeline_id, environment_id, number)) {
        return js_fail(error, JIRASEND_E_NETWORK,
                       "Jira's answer about the gate is about another deployment.");
    }
    read_time(answer, object);
    return read_details(answer, js_answer_member(object, "details"), error);
}

jirasend_code js_answer_gate(js_gate_answer *answer, const char *pipeline_id,
                             const char *environment_id, int64_t number, const char *body,
                             size_t length, jirasend_error *error) {
    *answer = (js_gate_answer){.gate = JS_GATE_UNKNOWN};
    json_object *object = NULL;
    jirasend_code code = js_answer_object(&object, body, length, "Jira's answer about the gate",
                                          JIRASEND_E_NETWORK, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = read_gate(answer, object, pipeline_id, environment_id, number, error);
    json_object_put(object);
    if (code != JIRASEND_OK) {
        js_gate_answer_clear(answer);
    }
    return code;
}

void js_gate_answer_clear(js_gate_answer *answer) {
    js_strings_clear(&answer->issue_keys);
    js_strings_clear(&answer->issue_links);
    *answer = (js_gate_answer){.gate = JS_GATE_UNKNOWN};
}
