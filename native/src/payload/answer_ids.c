/* The shape in which Jira answers about flags: a list of ids, and an object of errors by id. */
#include "base/buf.h"
#include "base/error.h"
#include "payload/answer_bulk.h"
#include "payload/answer_json.h"
#include "payload/kind.h"

#include <stdlib.h>

static jirasend_code take_id(js_bulk *bulk, json_object *value, const char *list,
                             const char *prefix, js_buf *key) {
    const char *id = js_answer_text(value);
    if (id == NULL) {
        return js_bulk_nonsense(bulk, list, "contains an id that is not a text");
    }
    js_buf_reset(key);
    js_buf_add_text(key, prefix);
    js_buf_add_text(key, id);
    if (key->failed) {
        return js_fail_memory(bulk->error);
    }
    js_bulk_take(bulk, key->data == NULL ? "" : key->data);
    return JIRASEND_OK;
}

jirasend_code js_bulk_take_ids(js_bulk *bulk, json_object *ids, const char *list,
                               const char *prefix) {
    if (ids != NULL && !json_object_is_type(ids, json_type_array)) {
        return js_bulk_nonsense(bulk, list, "is not an array");
    }
    js_buf key = JS_BUF_INIT;
    size_t count = ids == NULL ? 0 : json_object_array_length(ids);
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = take_id(bulk, json_object_array_get_idx(ids, i), list, prefix, &key);
    }
    js_buf_clear(&key);
    return code;
}

static jirasend_code read_failed(js_bulk *bulk, json_object *failed, const char *name) {
    if (failed == NULL) {
        return JIRASEND_OK;
    }
    if (!json_object_is_type(failed, json_type_object)) {
        return js_bulk_nonsense(bulk, name, "is not an object");
    }
    json_object_object_foreach(failed, id, errors) {
        char *reasons = NULL;
        jirasend_code code = js_bulk_reasons(bulk, errors, name, &reasons);
        if (code == JIRASEND_OK) {
            code = js_bulk_refuse(bulk, id, reasons);
        }
        free(reasons);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_bulk_read_id_lists(js_bulk *bulk, json_object *answer) {
    const js_payload_api *api = js_payload_api_of(bulk->api);
    jirasend_code code =
        js_bulk_take_ids(bulk, js_answer_member(answer, api->accepted), api->accepted, "");
    return code == JIRASEND_OK
               ? read_failed(bulk, js_answer_member(answer, api->rejected), api->rejected)
               : code;
}
