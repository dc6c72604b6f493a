/* What Jira has of a thing, in the words in which it was told. */
#include "base/error.h"
#include "event/json.h"
#include "payload/answer.h"
#include "payload/answer_json.h"
#include "payload/kind.h"

#include <stdlib.h>
#include <string.h>

bool js_seen_put_text(json_object *facts, const char *name, json_object *jira, const char *member) {
    return js_json_put_text(facts, name, js_answer_text(js_answer_member(jira, member)));
}

bool js_seen_put_word(json_object *facts, const char *name, json_object *jira, const char *member) {
    const char *text = js_answer_text(js_answer_member(jira, member));
    if (text == NULL) {
        return true;
    }
    char *lower = strdup(text);
    for (char *at = lower; at != NULL && *at != '\0'; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    }
    bool good = lower != NULL && js_json_put_text(facts, name, lower);
    free(lower);
    return good;
}

static bool add_texts(js_strings *keys, json_object *list) {
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        const char *key = js_answer_text(json_object_array_get_idx(list, i));
        good = key == NULL || js_strings_add(keys, key, strlen(key));
    }
    return good;
}

/* Of issues there are several types of association, which all hold keys. */
static bool add_associations(js_strings *keys, json_object *list) {
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        json_object *association = json_object_array_get_idx(list, i);
        const char *type = js_answer_text(js_answer_member(association, "associationType"));
        good = type == NULL || strncmp(type, "issue", 5) != 0 ||
               add_texts(keys, js_answer_member(association, "values"));
    }
    return good;
}

jirasend_code js_answer_seen(js_seen *seen, js_kind kind, json_object *jira,
                             jirasend_error *error) {
    json_object *keys = js_answer_member(jira, "issueKeys");
    json_object *associations = js_answer_member(jira, "associations");
    *seen =
        (js_seen){.facts = json_object_new_object(), .keyed = keys != NULL || associations != NULL};
    seen->numbered =
        js_answer_number(js_answer_member(jira, "updateSequenceNumber"), &seen->number) ||
        js_answer_number(js_answer_member(jira, "updateSequenceId"), &seen->number);
    const js_payload_kind *row = js_payload_kind_of(kind);
    seen->shares_keys = row->shares_keys;
    bool good = seen->facts != NULL && add_texts(&seen->keys, keys) &&
                add_associations(&seen->keys, associations) &&
                (row->put_seen == NULL || row->put_seen(seen->facts, jira));
    return good ? JIRASEND_OK : js_fail_memory(error);
}

void js_seen_clear(js_seen *seen) {
    json_object_put(seen->facts);
    js_strings_clear(&seen->keys);
    seen->facts = NULL;
}
