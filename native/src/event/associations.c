#include "event/parts.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "event/limits.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE = 512 }; /* two parts of 255 letters, the hyphen, and the end */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Checks one element of an array of ids; the checked text stays with the JSON value. */
static jirasend_code check_id(json_object *value, const js_place *place, jirasend_error *error) {
    jirasend_code code = js_type_check(value, json_type_string, place, error);
    char *checked = NULL;
    if (code == JIRASEND_OK) {
        code = js_limit_id(&checked, json_object_get_string(value),
                           (size_t)json_object_get_string_len(value), place->text, error);
    }
    free(checked);
    return code;
}

jirasend_code js_part_ids(js_strings *list, json_object *value, const char *name,
                          jirasend_error *error) {
    if (value == NULL) {
        return JIRASEND_OK;
    }
    js_key_set *set = js_key_set_new();
    if (set == NULL) {
        return js_fail_memory(error);
    }
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, name);
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < json_object_array_length(value) && code == JIRASEND_OK; i++) {
        json_object *id = json_object_array_get_idx(value, i);
        js_place at = js_place_element(&place, i);
        code = check_id(id, &at, error);
        if (code == JIRASEND_OK && !js_key_set_add(set, json_object_get_string(id),
                                                   (size_t)json_object_get_string_len(id))) {
            code = js_fail_memory(error);
        }
    }
    if (code == JIRASEND_OK) {
        js_key_set_take(set, list);
    }
    js_key_set_free(set);
    return code;
}

/* A commit as one text, so that the set finds duplicates. Ids hold no control characters. */
static jirasend_code add_commit(js_key_set *set, json_object *value, const js_place *place,
                                jirasend_error *error) {
    static const js_member members[] = {
        {"hash", json_type_string, JS_FOR_BOTH, true},
        {"repositoryId", json_type_string, JS_FOR_BOTH, true},
    };
    char *hash = NULL;
    char *repository = NULL;
    js_buf joined = JS_BUF_INIT;
    jirasend_code code = js_members_check(value, place, members, COUNT_OF(members), error);
    if (code == JIRASEND_OK) {
        code = js_part_text(&hash, value, place, "hash", js_limit_id, error);
    }
    if (code == JIRASEND_OK) {
        code = js_part_text(&repository, value, place, "repositoryId", js_limit_id, error);
    }
    if (code == JIRASEND_OK) {
        js_buf_addf(&joined, "%s\n%s", hash, repository);
        if (joined.failed || !js_key_set_add(set, joined.data, joined.length)) {
            code = js_fail_memory(error);
        }
    }
    js_buf_free(&joined);
    free(hash);
    free(repository);
    return code;
}

static jirasend_code split_commits(js_event *event, const js_strings *joined,
                                   jirasend_error *error) {
    if (joined->count == 0) {
        return JIRASEND_OK;
    }
    event->commits = calloc(joined->count, sizeof *event->commits);
    if (event->commits == NULL) {
        return js_fail_memory(error);
    }
    for (size_t i = 0; i < joined->count; i++) {
        const char *text = joined->items[i];
        size_t hash_length = strcspn(text, "\n");
        js_commit *commit = &event->commits[event->commit_count++];
        commit->hash = js_copy_n(text, hash_length);
        commit->repository_id = js_copy(text + hash_length + 1);
        if (commit->hash == NULL || commit->repository_id == NULL) {
            return js_fail_memory(error);
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_part_commits(js_event *event, json_object *value, jirasend_error *error) {
    if (value == NULL) {
        return JIRASEND_OK;
    }
    js_key_set *set = js_key_set_new();
    if (set == NULL) {
        return js_fail_memory(error);
    }
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "commits");
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < json_object_array_length(value) && code == JIRASEND_OK; i++) {
        js_place at = js_place_element(&place, i);
        code = add_commit(set, json_object_array_get_idx(value, i), &at, error);
    }
    js_strings joined = JS_STRINGS_INIT;
    if (code == JIRASEND_OK) {
        js_key_set_take(set, &joined);
        code = split_commits(event, &joined, error);
    }
    js_strings_free(&joined);
    js_key_set_free(set);
    return code;
}

static jirasend_code add_given_key(js_key_set *set, json_object *value, const js_place *place,
                                   jirasend_error *error) {
    jirasend_code code = js_type_check(value, json_type_string, place, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    char key[KEY_SIZE];
    if (!js_key_normalise(text, length, key, sizeof key)) {
        char shown[JS_QUOTE_SIZE];
        js_quote(shown, text, length);
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" is \"%s\", which is no issue key. An issue key looks like APP-123.",
                       place->text, shown);
    }
    return js_key_set_add(set, key, strlen(key)) ? JIRASEND_OK : js_fail_memory(error);
}

static jirasend_code add_given_keys(js_key_set *set, json_object *given, jirasend_error *error) {
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "issueKeys");
    size_t count = given == NULL ? 0 : json_object_array_length(given);
    for (size_t i = 0; i < count; i++) {
        js_place at = js_place_element(&place, i);
        jirasend_code code = add_given_key(set, json_object_array_get_idx(given, i), &at, error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

static jirasend_code add_scanned_keys(js_key_set *set, json_object *texts,
                                      const js_key_rules *rules, jirasend_error *error) {
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "keyText");
    size_t count = texts == NULL ? 0 : json_object_array_length(texts);
    for (size_t i = 0; i < count; i++) {
        json_object *text = json_object_array_get_idx(texts, i);
        js_place at = js_place_element(&place, i);
        jirasend_code code = js_type_check(text, json_type_string, &at, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        if (!js_keys_scan(set, rules, json_object_get_string(text),
                          (size_t)json_object_get_string_len(text))) {
            return js_fail_memory(error);
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_part_keys(js_event *event, json_object *given, json_object *texts,
                           const js_key_rules *rules, jirasend_error *error) {
    js_key_set *set = js_key_set_new();
    if (set == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = add_given_keys(set, given, error);
    if (code == JIRASEND_OK) {
        code = add_scanned_keys(set, texts, rules, error);
    }
    if (code == JIRASEND_OK) {
        js_key_set_take(set, &event->issue_keys);
    }
    js_key_set_free(set);
    return code;
}
