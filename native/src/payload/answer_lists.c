/* The shape in which Jira answers about builds and deployments: a list of keys, and one of refusals. */
#include "base/buf.h"
#include "base/error.h"
#include "payload/answer_bulk.h"
#include "payload/answer_json.h"
#include "payload/kind.h"

#include <stdlib.h>

/* The text of a key; it names no kind, but all kinds of such an API have the same. */
static bool read_key(const js_bulk *bulk, json_object *value, js_buf *key) {
    js_buf_reset(key);
    return json_object_is_type(value, json_type_object) &&
           js_payload_kind_of(bulk->events[0]->kind)->key_of_answer(key, value);
}

static jirasend_code read_accepted(js_bulk *bulk, json_object *list, const char *name,
                                   js_buf *key) {
    if (list != NULL && !json_object_is_type(list, json_type_array)) {
        return js_bulk_nonsense(bulk, name, "is not an array");
    }
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        if (!read_key(bulk, json_object_array_get_idx(list, i), key)) {
            return js_bulk_nonsense(bulk, name, "contains an item without its key");
        }
        if (key->failed) {
            return js_fail_memory(bulk->error);
        }
        js_bulk_take(bulk, key->data);
    }
    return JIRASEND_OK;
}

static jirasend_code read_refusal(js_bulk *bulk, json_object *entry, const char *name,
                                  js_buf *key) {
    if (!json_object_is_type(entry, json_type_object) ||
        !read_key(bulk, js_answer_member(entry, "key"), key)) {
        return js_bulk_nonsense(bulk, name, "contains an item without its key");
    }
    char *reasons = NULL;
    jirasend_code code =
        key->failed ? js_fail_memory(bulk->error)
                    : js_bulk_reasons(bulk, js_answer_member(entry, "errors"), name, &reasons);
    if (code == JIRASEND_OK) {
        code = js_bulk_refuse(bulk, key->data, reasons);
    }
    free(reasons);
    return code;
}

static jirasend_code read_rejected(js_bulk *bulk, json_object *list, const char *name,
                                   js_buf *key) {
    if (list != NULL && !json_object_is_type(list, json_type_array)) {
        return js_bulk_nonsense(bulk, name, "is not an array");
    }
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = read_refusal(bulk, json_object_array_get_idx(list, i), name, key);
    }
    return code;
}

jirasend_code js_bulk_read_key_lists(js_bulk *bulk, json_object *answer) {
    const js_payload_api *api = js_payload_api_of(bulk->api);
    js_buf key = JS_BUF_INIT;
    jirasend_code code =
        read_accepted(bulk, js_answer_member(answer, api->accepted), api->accepted, &key);
    if (code == JIRASEND_OK) {
        code = read_rejected(bulk, js_answer_member(answer, api->rejected), api->rejected, &key);
    }
    js_buf_clear(&key);
    return code;
}
