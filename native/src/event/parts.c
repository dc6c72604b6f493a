#include "event/parts.h"

#include "base/error.h"
#include "base/text.h"
#include "event/environment.h"
#include "event/limits.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

jirasend_code js_part_text(char **out, json_object *object, const js_place *place, const char *name,
                           js_limit limit, jirasend_error *error) {
    json_object *value = js_member_of(object, name);
    if (value == NULL) {
        return JIRASEND_OK;
    }
    js_place at = js_place_member(place, name);
    return limit(out, json_object_get_string(value), (size_t)json_object_get_string_len(value),
                 at.text, error);
}

/* A text that names something in Jira's view must not be empty. */
static jirasend_code limit_name(char **out, const char *text, size_t length, const char *place,
                                jirasend_error *error) {
    if (length == 0) {
        return js_fail(error, JIRASEND_E_DOCUMENT, "\"%s\" is empty. Give it a value.", place);
    }
    return js_limit_text(out, text, length, place, error);
}

jirasend_code js_part_tests(js_event *event, json_object *value, jirasend_error *error) {
    static const js_member members[] = {
        {"total", json_type_int, JS_FOR_BOTH, true},
        {"passed", json_type_int, JS_FOR_BOTH, true},
        {"failed", json_type_int, JS_FOR_BOTH, true},
        {"skipped", json_type_int, JS_FOR_BOTH, false},
    };
    if (value == NULL) {
        return JIRASEND_OK;
    }
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "tests");
    jirasend_code code = js_members_check(value, &place, members, COUNT_OF(members), error);
    int64_t *const targets[] = {&event->tests.total, &event->tests.passed, &event->tests.failed,
                                &event->tests.skipped};
    for (size_t i = 0; i < COUNT_OF(members) && code == JIRASEND_OK; i++) {
        json_object *number = js_member_of(value, members[i].name);
        js_place at = js_place_member(&place, members[i].name);
        if (number != NULL) {
            code = js_count_read(targets[i], number, &at, error);
        }
    }
    event->tests.given = code == JIRASEND_OK;
    return code;
}

static void reference_free(js_reference *reference) {
    free(reference->commit_id);
    free(reference->commit_repository_uri);
    free(reference->ref_name);
    free(reference->ref_uri);
    *reference = (js_reference){NULL, NULL, NULL, NULL};
}

static jirasend_code read_reference_commit(js_reference *reference, json_object *value,
                                           const js_place *place, jirasend_error *error) {
    static const js_member members[] = {
        {"id", json_type_string, JS_FOR_BOTH, true},
        {"repositoryUri", json_type_string, JS_FOR_BOTH, true},
    };
    jirasend_code code = js_members_check(value, place, members, COUNT_OF(members), error);
    if (code == JIRASEND_OK) {
        code = js_part_text(&reference->commit_id, value, place, "id", js_limit_id, error);
    }
    if (code == JIRASEND_OK) {
        code = js_part_text(&reference->commit_repository_uri, value, place, "repositoryUri",
                            js_limit_uri, error);
    }
    return code;
}

static jirasend_code read_reference_ref(js_reference *reference, json_object *value,
                                        const js_place *place, jirasend_error *error) {
    static const js_member members[] = {
        {"name", json_type_string, JS_FOR_BOTH, true},
        {"uri", json_type_string, JS_FOR_BOTH, true},
    };
    jirasend_code code = js_members_check(value, place, members, COUNT_OF(members), error);
    if (code == JIRASEND_OK) {
        code = js_part_text(&reference->ref_name, value, place, "name", limit_name, error);
    }
    if (code == JIRASEND_OK) {
        code = js_part_text(&reference->ref_uri, value, place, "uri", js_limit_uri, error);
    }
    return code;
}

static jirasend_code read_reference(js_reference *reference, json_object *value,
                                    const js_place *place, jirasend_error *error) {
    static const js_member members[] = {
        {"commit", json_type_object, JS_FOR_BOTH, false},
        {"ref", json_type_object, JS_FOR_BOTH, false},
    };
    jirasend_code code = js_members_check(value, place, members, COUNT_OF(members), error);
    if (code != JIRASEND_OK) {
        return code;
    }
    json_object *commit = js_member_of(value, "commit");
    json_object *ref = js_member_of(value, "ref");
    if (commit == NULL && ref == NULL) {
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" is empty. Give it a \"commit\", a \"ref\" or both.", place->text);
    }
    if (commit != NULL) {
        js_place at = js_place_member(place, "commit");
        code = read_reference_commit(reference, commit, &at, error);
    }
    if (ref != NULL && code == JIRASEND_OK) {
        js_place at = js_place_member(place, "ref");
        code = read_reference_ref(reference, ref, &at, error);
    }
    return code;
}

/* All are checked; the first five are kept, because Jira takes no more. */
jirasend_code js_part_references(js_event *event, json_object *value, jirasend_error *error) {
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "references");
    size_t count = value == NULL ? 0 : json_object_array_length(value);
    for (size_t i = 0; i < count; i++) {
        js_place at = js_place_element(&place, i);
        js_reference reference = {NULL, NULL, NULL, NULL};
        jirasend_code code =
            read_reference(&reference, json_object_array_get_idx(value, i), &at, error);
        if (code == JIRASEND_OK && event->reference_count < JS_REFERENCES_MAX) {
            event->references[event->reference_count++] = reference;
        } else {
            reference_free(&reference);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

static jirasend_code read_environment_type(js_event *event, json_object *value,
                                           jirasend_error *error) {
    if (value == NULL) {
        event->environment_type =
            js_environment_map(event->environment_name, event->environment_id);
        return JIRASEND_OK;
    }
    const char *type = json_object_get_string(value);
    if (!js_environment_type_from_name(type, &event->environment_type)) {
        char shown[JS_QUOTE_SIZE];
        js_quote(shown, type, strlen(type));
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"environment.type\" is \"%s\". It must be production, staging, testing, "
                       "development or unmapped; leave it out to have it found from the name.",
                       shown);
    }
    return JIRASEND_OK;
}

jirasend_code js_part_environment(js_event *event, json_object *value, jirasend_error *error) {
    static const js_member members[] = {
        {"id", json_type_string, JS_FOR_BOTH, true},
        {"name", json_type_string, JS_FOR_BOTH, true},
        {"type", json_type_string, JS_FOR_BOTH, false},
    };
    if (value == NULL) {
        return JIRASEND_OK;
    }
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "environment");
    jirasend_code code = js_members_check(value, &place, members, COUNT_OF(members), error);
    if (code == JIRASEND_OK) {
        code = js_part_text(&event->environment_id, value, &place, "id", js_limit_id, error);
    }
    if (code == JIRASEND_OK) {
        code = js_part_text(&event->environment_name, value, &place, "name", limit_name, error);
    }
    if (code == JIRASEND_OK) {
        code = read_environment_type(event, js_member_of(value, "type"), error);
    }
    return code;
}
