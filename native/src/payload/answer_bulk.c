#include "payload/answer.h"

#include "base/buf.h"
#include "base/error.h"
#include "payload/answer_json.h"
#include "payload/unknown.h"
#include "payload/words.h"

#include <stdlib.h>
#include <string.h>

typedef struct bulk {
    js_item_answer *items;
    js_kind kind;
    const js_event *const *events;
    size_t count;
    jirasend_error *error;
} bulk;

static jirasend_code fail_nonsense(const bulk *in, const char *list, const char *what) {
    return js_fail(in->error, JIRASEND_E_NETWORK, "Jira's answer cannot be understood: %s %s.",
                   list, what);
}

/* The key of one item in the answer. */
typedef struct item_key {
    const char *pipeline;
    const char *environment; /* deployments */
    int64_t number;
} item_key;

static bool read_key(const bulk *in, json_object *value, item_key *key) {
    if (!json_object_is_type(value, json_type_object)) {
        return false;
    }
    bool deployment = in->kind == JS_DEPLOYMENT;
    key->pipeline = js_answer_text(js_answer_member(value, "pipelineId"));
    key->environment = deployment ? js_answer_text(js_answer_member(value, "environmentId")) : NULL;
    json_object *number =
        js_answer_member(value, deployment ? "deploymentSequenceNumber" : "buildNumber");
    return key->pipeline != NULL && (!deployment || key->environment != NULL) &&
           js_answer_number(number, &key->number);
}

static bool is_about(const item_key *key, const js_event *event) {
    return key->number == event->number && strcmp(key->pipeline, event->pipeline_id) == 0 &&
           (key->environment == NULL || strcmp(key->environment, event->environment_id) == 0);
}

static jirasend_code read_accepted(const bulk *in, json_object *list, const char *name) {
    if (list == NULL) {
        return JIRASEND_OK;
    }
    if (!json_object_is_type(list, json_type_array)) {
        return fail_nonsense(in, name, "is no array");
    }
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        item_key key;
        if (!read_key(in, json_object_array_get_idx(list, i), &key)) {
            return fail_nonsense(in, name, "holds an item without its key");
        }
        for (size_t e = 0; e < in->count; e++) {
            if (is_about(&key, in->events[e])) {
                in->items[e].verdict = JS_TAKEN;
            }
        }
    }
    return JIRASEND_OK;
}

/* Jira's reasons as one text; null when it gave none. */
static jirasend_code read_reasons(const bulk *in, json_object *errors, const char *name,
                                  char **reasons) {
    *reasons = NULL;
    if (errors == NULL) {
        return JIRASEND_OK;
    }
    if (!json_object_is_type(errors, json_type_array)) {
        return fail_nonsense(in, name, "holds errors that are no array");
    }
    js_buf words = JS_BUF_INIT;
    for (size_t i = 0; i < json_object_array_length(errors); i++) {
        json_object *reason = json_object_array_get_idx(errors, i);
        const char *message = json_object_is_type(reason, json_type_object)
                                  ? js_answer_text(js_answer_member(reason, "message"))
                                  : NULL;
        if (message == NULL) {
            js_buf_free(&words);
            return fail_nonsense(in, name, "holds an error without a message");
        }
        js_words_add(&words, message);
    }
    bool failed = words.failed;
    bool any = words.length > 0;
    *reasons = js_words_take(&words);
    return failed || (any && *reasons == NULL) ? js_fail_memory(in->error) : JIRASEND_OK;
}

/* A refusal beats an acceptance: what stands in both lists is refused. */
static jirasend_code refuse(const bulk *in, const item_key *key, const char *reasons) {
    for (size_t e = 0; e < in->count; e++) {
        js_item_answer *item = &in->items[e];
        if (!is_about(key, in->events[e]) || item->verdict == JS_REFUSED) {
            continue;
        }
        js_buf message = JS_BUF_INIT;
        js_buf_add_text(&message, reasons != NULL ? reasons : "Jira gave no reason.");
        item->message = js_buf_take(&message);
        if (item->message == NULL) {
            return js_fail_memory(in->error);
        }
        item->verdict = JS_REFUSED;
    }
    return JIRASEND_OK;
}

static jirasend_code read_rejected(const bulk *in, json_object *list, const char *name) {
    if (list == NULL) {
        return JIRASEND_OK;
    }
    if (!json_object_is_type(list, json_type_array)) {
        return fail_nonsense(in, name, "is no array");
    }
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        item_key key;
        if (!json_object_is_type(entry, json_type_object) ||
            !read_key(in, js_answer_member(entry, "key"), &key)) {
            return fail_nonsense(in, name, "holds an item without its key");
        }
        char *reasons = NULL;
        jirasend_code code = read_reasons(in, js_answer_member(entry, "errors"), name, &reasons);
        if (code == JIRASEND_OK) {
            code = refuse(in, &key, reasons);
        }
        free(reasons);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

/* Appends values to the sentence until it is long enough. */
static void name_values(js_buf *message, size_t *named, char *const *values, size_t count) {
    for (size_t i = 0; i < count && message->length < JS_WORDS_MAX; i++, (*named)++) {
        js_buf_add_text(message, *named == 0 ? " " : ", ");
        js_words_escape(message, values[i]);
    }
}

/* "Jira knows none of: A-1, B-2." */
static char *none_known(const js_event *event) {
    js_buf message = JS_BUF_INIT;
    size_t named = 0;
    size_t all = event->issue_keys.count;
    js_buf_add_text(&message, "Jira knows none of:");
    name_values(&message, &named, event->issue_keys.items, event->issue_keys.count);
    if (event->kind == JS_DEPLOYMENT) {
        all += event->services.count + event->commit_count + event->repositories.count;
        name_values(&message, &named, event->services.items, event->services.count);
        for (size_t i = 0; i < event->commit_count; i++) {
            name_values(&message, &named, &event->commits[i].hash, 1);
        }
        name_values(&message, &named, event->repositories.items, event->repositories.count);
    }
    if (all > named) {
        js_buf_addf(&message, " and %zu more", all - named);
    }
    js_buf_add_text(&message, ".");
    return js_buf_take(&message);
}

static jirasend_code judge_unknown(const bulk *in, const js_unknown *unknown, size_t index) {
    const js_event *event = in->events[index];
    js_item_answer *item = &in->items[index];
    for (size_t i = 0; i < event->issue_keys.count; i++) {
        const char *key = event->issue_keys.items[i];
        if (js_unknown_key(unknown, key) &&
            !js_strings_add(&item->unknown_keys, key, strlen(key))) {
            return js_fail_memory(in->error);
        }
    }
    bool ok = true;
    if (js_unknown_all(unknown, event, &ok)) {
        free(item->message);
        item->message = none_known(event);
        item->verdict = JS_ALL_UNKNOWN;
        ok = item->message != NULL;
    }
    return ok ? JIRASEND_OK : js_fail_memory(in->error);
}

static jirasend_code read_answer(const bulk *in, json_object *answer) {
    const char *accepted = in->kind == JS_DEPLOYMENT ? "acceptedDeployments" : "acceptedBuilds";
    const char *rejected = in->kind == JS_DEPLOYMENT ? "rejectedDeployments" : "rejectedBuilds";
    jirasend_code code = read_accepted(in, js_answer_member(answer, accepted), accepted);
    if (code == JIRASEND_OK) {
        code = read_rejected(in, js_answer_member(answer, rejected), rejected);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    js_unknown unknown;
    code = js_unknown_read(&unknown, answer, in->error);
    if (code != JIRASEND_OK) {
        return code;
    }
    for (size_t i = 0; i < in->count && code == JIRASEND_OK; i++) {
        code = judge_unknown(in, &unknown, i);
    }
    js_unknown_free(&unknown);
    return code;
}

jirasend_code js_answer_bulk(js_item_answer *items, js_kind kind, const js_event *const *events,
                             size_t count, const char *body, size_t length, jirasend_error *error) {
    for (size_t i = 0; i < count; i++) {
        items[i] = (js_item_answer){JS_NOT_MENTIONED, NULL, JS_STRINGS_INIT};
    }
    json_object *answer = NULL;
    jirasend_code code =
        js_answer_object(&answer, body, length, "Jira's answer", JIRASEND_E_NETWORK, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    const bulk in = {items, kind, events, count, error};
    code = read_answer(&in, answer);
    json_object_put(answer);
    if (code != JIRASEND_OK) {
        js_item_answers_free(items, count);
    }
    return code;
}

void js_item_answers_free(js_item_answer *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(items[i].message);
        js_strings_free(&items[i].unknown_keys);
        items[i] = (js_item_answer){JS_NOT_MENTIONED, NULL, JS_STRINGS_INIT};
    }
}
