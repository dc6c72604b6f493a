/* What a deployment is tied to besides issue keys: services, commits, repositories. */
#include "event/reader.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include "event/limits.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* An id that is an address may hold what logs in. */
static jirasend_code read_id(char **out, const char *text, size_t length, const char *place,
                             jirasend_error *error) {
    jirasend_code code = js_limit_id(out, text, length, place, error);
    if (code == JIRASEND_OK) {
        js_url_forget_login(*out);
    }
    return code;
}

static jirasend_code add_id(js_key_set *set, json_object *value, const js_place *place,
                            jirasend_error *error) {
    jirasend_code code = js_type_check(value, json_type_string, place, error);
    char *id = NULL;
    if (code == JIRASEND_OK) {
        code = read_id(&id, json_object_get_string(value),
                       (size_t)json_object_get_string_len(value), place->text, error);
    }
    if (code == JIRASEND_OK && !js_key_set_add(set, id, strlen(id))) {
        code = js_fail_memory(error);
    }
    free(id);
    return code;
}

jirasend_code js_read_ids(js_reader *in, js_strings *list, const char *name) {
    json_object *value = js_read_member(in, name);
    jirasend_error *error = in->error;
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
        js_place at = js_place_element(&place, i);
        code = add_id(set, json_object_array_get_idx(value, i), &at, error);
    }
    if (code == JIRASEND_OK && !js_key_set_take(set, list)) {
        code = js_fail_memory(error);
    }
    js_key_set_free(set);
    return code;
}

/* A commit as one text, so that the set finds duplicates. Ids hold no control characters. */
static jirasend_code add_commit(js_key_set *set, json_object *value, const js_place *place,
                                jirasend_error *error) {
    static const js_member members[] = {
        {"hash", json_type_string, true},
        {"repositoryId", json_type_string, true},
    };
    char *hash = NULL;
    char *repository = NULL;
    js_buf joined = JS_BUF_INIT;
    jirasend_code code = js_members_check(value, place, members, COUNT_OF(members), error);
    if (code == JIRASEND_OK) {
        code = js_read_part(&hash, value, place, "hash", js_limit_id, error);
    }
    if (code == JIRASEND_OK) {
        code = js_read_part(&repository, value, place, "repositoryId", read_id, error);
    }
    if (code == JIRASEND_OK) {
        js_buf_addf(&joined, "%s\n%s", hash, repository);
        if (joined.failed || !js_key_set_add(set, joined.data, joined.length)) {
            code = js_fail_memory(error);
        }
    }
    js_buf_clear(&joined);
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
        js_commit_tie *commit = &event->commits[event->commit_count++];
        commit->hash = js_copy_n(text, hash_length);
        commit->repository_id = js_copy(text + hash_length + 1);
        if (commit->hash == NULL || commit->repository_id == NULL) {
            return js_fail_memory(error);
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_read_commit_ties(js_reader *in) {
    json_object *value = js_read_member(in, "commits");
    jirasend_error *error = in->error;
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
        code = js_key_set_take(set, &joined) ? split_commits(in->event, &joined, error)
                                             : js_fail_memory(error);
    }
    js_strings_clear(&joined);
    js_key_set_free(set);
    return code;
}
