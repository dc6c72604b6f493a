/* What Jira has of one thing, and whether it has anything of certain properties. */
#include "base/buf.h"
#include "base/error.h"
#include "event/json.h"
#include "payload/answer.h"
#include "payload/answer_json.h"
#include "payload/kind.h"

#include <string.h>

enum { GIVEN_BACK = 400 }; /* of a repository: the newest, and no more */

/* The id by which a list of a repository names the event: what is last of its text. */
static bool id_of(js_buf *id, const js_event *event) {
    js_buf key = JS_BUF_INIT;
    js_payload_kind_of(event->kind)->key_of_event(&key, event);
    const char *last = key.failed ? NULL : strrchr(key.data, '\n');
    if (last != NULL) {
        js_buf_add_text(id, last + 1);
    }
    js_buf_clear(&key);
    return last != NULL && !id->failed;
}

static size_t entities_in(json_object *repository) {
    size_t count = 0;
    for (int i = JS_KIND_FIRST; i <= JS_KIND_LAST; i++) {
        const char *name = js_payload_kind_of((js_kind)i)->list;
        json_object *list = name == NULL ? NULL : js_answer_member(repository, name);
        count += json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    }
    return count;
}

static json_object *find_entity(json_object *repository, const char *name, const char *id) {
    json_object *list = js_answer_member(repository, name);
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *entity = json_object_array_get_idx(list, i);
        if (json_object_is_type(entity, json_type_object) &&
            js_answer_is(js_answer_member(entity, "id"), id)) {
            return entity;
        }
    }
    return NULL;
}

jirasend_code js_answer_thing_in(js_thing_answer *answer, const js_event *event, json_object *whole,
                                 jirasend_error *error) {
    *answer = (js_thing_answer){.thing = JS_THING_GONE};
    jirasend_code code = JIRASEND_OK;
    const char *list = js_payload_kind_of(event->kind)->list;
    json_object *found = whole;
    if (list != NULL) {
        js_buf id = JS_BUF_INIT;
        code = id_of(&id, event) ? JIRASEND_OK : js_fail_memory(error);
        found = code == JIRASEND_OK ? find_entity(whole, list, id.data) : NULL;
        js_buf_clear(&id);
    }
    if (found != NULL) {
        answer->thing = JS_THING_THERE;
        answer->json = json_object_get(found);
    } else if (entities_in(whole) >= GIVEN_BACK) {
        answer->thing = JS_THING_NOT_KNOWN;
    }
    return code;
}

jirasend_code js_answer_thing(js_thing_answer *answer, const js_event *event, const char *body,
                              size_t length, jirasend_error *error) {
    *answer = (js_thing_answer){.thing = JS_THING_GONE};
    json_object *whole = NULL;
    jirasend_code code =
        js_answer_object(&whole, body, length, "Jira's answer", JIRASEND_E_NETWORK, error);
    if (code == JIRASEND_OK) {
        code = js_answer_thing_in(answer, event, whole, error);
        answer->whole = whole;
    }
    if (code != JIRASEND_OK) {
        js_thing_answer_clear(answer);
    }
    return code;
}

void js_thing_answer_clear(js_thing_answer *answer) {
    json_object_put(answer->json);
    json_object_put(answer->whole);
    answer->json = NULL;
    answer->whole = NULL;
}

jirasend_code js_answer_exists(bool *exists, const char *body, size_t length,
                               jirasend_error *error) {
    json_object *answer = NULL;
    *exists = false;
    jirasend_code code =
        js_answer_object(&answer, body, length, "Jira's answer", JIRASEND_E_NETWORK, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    json_object *value = js_answer_member(answer, "hasDataMatchingProperties");
    if (json_object_is_type(value, json_type_boolean)) {
        *exists = json_object_get_boolean(value);
    } else {
        code = js_fail(error, JIRASEND_E_NETWORK,
                       "Jira's answer cannot be understood: hasDataMatchingProperties is not true "
                       "or false.");
    }
    json_object_put(answer);
    return code;
}
