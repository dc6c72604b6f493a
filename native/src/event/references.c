/* `references` of a build: the commits and refs it was made of. */
#include "event/references.h"

#include "base/error.h"
#include "event/json.h"
#include "event/limits.h"

#include <stdlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void reference_clear(js_reference *reference) {
    free(reference->commit_id);
    free(reference->commit_repository_uri);
    free(reference->ref_name);
    free(reference->ref_uri);
    *reference = (js_reference){NULL, NULL, NULL, NULL};
}

static jirasend_code read_reference_commit(js_reference *reference, json_object *value,
                                           const js_place *place, jirasend_error *error) {
    static const js_member members[] = {
        {"id", json_type_string, true},
        {"repositoryUri", json_type_string, true},
    };
    jirasend_code code = js_members_check(value, place, members, COUNT_OF(members), error);
    if (code == JIRASEND_OK) {
        code = js_read_part(&reference->commit_id, value, place, "id", js_limit_id, error);
    }
    if (code == JIRASEND_OK) {
        code = js_read_part(&reference->commit_repository_uri, value, place, "repositoryUri",
                            js_limit_uri, error);
    }
    return code;
}

static jirasend_code read_reference_ref(js_reference *reference, json_object *value,
                                        const js_place *place, jirasend_error *error) {
    static const js_member members[] = {
        {"name", json_type_string, true},
        {"uri", json_type_string, true},
    };
    jirasend_code code = js_members_check(value, place, members, COUNT_OF(members), error);
    if (code == JIRASEND_OK) {
        code = js_read_part(&reference->ref_name, value, place, "name", js_limit_name, error);
    }
    if (code == JIRASEND_OK) {
        code = js_read_part(&reference->ref_uri, value, place, "uri", js_limit_uri, error);
    }
    return code;
}

static jirasend_code read_reference(js_reference *reference, json_object *value,
                                    const js_place *place, jirasend_error *error) {
    static const js_member members[] = {
        {"commit", json_type_object, false},
        {"ref", json_type_object, false},
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

jirasend_code js_references_read(js_run *run, js_reader *in) {
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "references");
    json_object *value = js_read_member(in, "references");
    size_t count = value == NULL ? 0 : json_object_array_length(value);
    for (size_t i = 0; i < count; i++) {
        js_place at = js_place_element(&place, i);
        js_reference reference = {NULL, NULL, NULL, NULL};
        jirasend_code code =
            read_reference(&reference, json_object_array_get_idx(value, i), &at, in->error);
        if (code == JIRASEND_OK && run->reference_count < JS_REFERENCES_MAX) {
            run->references[run->reference_count++] = reference;
        } else {
            reference_clear(&reference);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

void js_references_clear(js_run *run) {
    for (size_t i = 0; i < run->reference_count; i++) {
        reference_clear(&run->references[i]);
    }
    run->reference_count = 0;
}

static bool put_commit_of(js_json_out *object, const js_reference *reference) {
    if (reference->commit_id == NULL) {
        return true;
    }
    js_json_out *commit = js_write_object(object, "commit");
    return js_write_text(commit, "id", reference->commit_id) &&
           js_write_text(commit, "repositoryUri", reference->commit_repository_uri);
}

static bool put_ref_of(js_json_out *object, const js_reference *reference) {
    if (reference->ref_name == NULL) {
        return true;
    }
    js_json_out *ref = js_write_object(object, "ref");
    return js_write_text(ref, "name", reference->ref_name) &&
           js_write_text(ref, "uri", reference->ref_uri);
}

bool js_references_put(js_json_out *object, const js_run *run) {
    if (run->reference_count == 0) {
        return true;
    }
    js_json_out *references = js_write_array(object, "references");
    bool good = references != NULL;
    for (size_t i = 0; i < run->reference_count && good; i++) {
        js_json_out *reference = js_write_item_object(references);
        good = reference != NULL && put_commit_of(reference, &run->references[i]) &&
               put_ref_of(reference, &run->references[i]);
    }
    return good;
}
