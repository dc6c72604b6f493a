/* The shape in which Jira answers about development information: by repository, and in it by type. */
#include "base/buf.h"
#include "base/error.h"
#include "payload/answer_bulk.h"
#include "payload/answer_json.h"
#include "payload/kind.h"

#include <stdlib.h>

/* What comes before the ids of a list in the events' texts (devinfo.h). */
static bool add_prefix(js_buf *prefix, const char *repository, const char *list) {
    js_buf_reset(prefix);
    js_buf_addf(prefix, "%s\n%s\n", repository, list);
    return !prefix->failed;
}

typedef jirasend_code (*list_reader)(js_bulk *bulk, json_object *list, const char *name,
                                     const char *prefix);

/* Each list of a repository that one of our kinds goes into. */
static jirasend_code read_lists(js_bulk *bulk, const char *repository, json_object *lists,
                                const char *name, list_reader read) {
    if (!json_object_is_type(lists, json_type_object)) {
        return js_bulk_nonsense(bulk, name, "contains a repository that is not an object");
    }
    js_buf prefix = JS_BUF_INIT;
    jirasend_code code = JIRASEND_OK;
    for (int i = JS_KIND_FIRST; i <= JS_KIND_LAST && code == JIRASEND_OK; i++) {
        const char *list = js_payload_kind_of((js_kind)i)->list;
        json_object *ids = list == NULL ? NULL : js_answer_member(lists, list);
        if (ids != NULL) {
            code = add_prefix(&prefix, repository, list) ? read(bulk, ids, name, prefix.data)
                                                         : js_fail_memory(bulk->error);
        }
    }
    js_buf_clear(&prefix);
    return code;
}

static jirasend_code refuse_one(js_bulk *bulk, json_object *entry, const char *name,
                                const char *prefix) {
    const char *id = json_object_is_type(entry, json_type_object)
                         ? js_answer_text(js_answer_member(entry, "id"))
                         : NULL;
    if (id == NULL) {
        return js_bulk_nonsense(bulk, name, "contains an entity without its id");
    }
    js_buf key = JS_BUF_INIT;
    char *reasons = NULL;
    js_buf_addf(&key, "%s%s", prefix, id);
    jirasend_code code =
        key.failed
            ? js_fail_memory(bulk->error)
            : js_bulk_reasons(bulk, js_answer_member(entry, "errorMessages"), name, &reasons);
    if (code == JIRASEND_OK) {
        code = js_bulk_refuse(bulk, key.data, reasons);
    }
    free(reasons);
    js_buf_clear(&key);
    return code;
}

static jirasend_code refuse_list(js_bulk *bulk, json_object *list, const char *name,
                                 const char *prefix) {
    if (!json_object_is_type(list, json_type_array)) {
        return js_bulk_nonsense(bulk, name, "contains a list that is not an array");
    }
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < json_object_array_length(list) && code == JIRASEND_OK; i++) {
        code = refuse_one(bulk, json_object_array_get_idx(list, i), name, prefix);
    }
    return code;
}

/* Errors of the repository itself apply to what is in neither list. */
static jirasend_code refuse_rest(js_bulk *bulk, const char *repository, json_object *failed,
                                 const char *name) {
    char *reasons = NULL;
    jirasend_code code =
        js_bulk_reasons(bulk, js_answer_member(failed, "errorMessages"), name, &reasons);
    if (code == JIRASEND_OK && reasons != NULL) {
        js_buf prefix = JS_BUF_INIT;
        js_buf_addf(&prefix, "%s\n", repository);
        code = prefix.failed ? js_fail_memory(bulk->error)
                             : js_bulk_refuse_rest(bulk, prefix.data, reasons);
        js_buf_clear(&prefix);
    }
    free(reasons);
    return code;
}

static jirasend_code check_object(const js_bulk *bulk, json_object *value, const char *name) {
    return value == NULL || json_object_is_type(value, json_type_object)
               ? JIRASEND_OK
               : js_bulk_nonsense(bulk, name, "is not an object");
}

static jirasend_code read_accepted(js_bulk *bulk, json_object *accepted, const char *name) {
    jirasend_code code = check_object(bulk, accepted, name);
    if (accepted == NULL || code != JIRASEND_OK) {
        return code;
    }
    json_object_object_foreach(accepted, repository, lists) {
        code = read_lists(bulk, repository, lists, name, js_bulk_take_ids);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return code;
}

static jirasend_code read_failed(js_bulk *bulk, json_object *failed, const char *name) {
    jirasend_code code = check_object(bulk, failed, name);
    if (failed == NULL || code != JIRASEND_OK) {
        return code;
    }
    json_object_object_foreach(failed, repository, lists) {
        code = read_lists(bulk, repository, lists, name, refuse_list);
        if (code == JIRASEND_OK) {
            code = refuse_rest(bulk, repository, lists, name);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return code;
}

jirasend_code js_bulk_read_repositories(js_bulk *bulk, json_object *answer) {
    const js_payload_api *api = js_payload_api_of(bulk->api);
    jirasend_code code =
        read_accepted(bulk, js_answer_member(answer, api->accepted), api->accepted);
    return code == JIRASEND_OK
               ? read_failed(bulk, js_answer_member(answer, api->rejected), api->rejected)
               : code;
}
