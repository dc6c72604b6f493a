/* What needs no client: finding keys, and showing what would be sent. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/document.h"
#include "payload/request.h"

#include <string.h>

/* A JSON array. The grammar of keys leaves nothing to escape, and there may be a million of them. */
static void write_keys(js_buf *out, const js_key_set *set) {
    size_t length = 0;
    js_buf_add(out, "[", 1);
    for (const char *key = js_key_set_next(set, NULL, &length); key != NULL;
         key = js_key_set_next(set, key, &length)) {
        char *to = js_buf_grow(out, length + 3);
        if (to != NULL) { /* each with the comma of the next */
            to[0] = '"';
            memcpy(to + 1, key, length);
            to[length + 1] = '"';
            to[length + 2] = ',';
        }
    }
    js_buf_cut(out, js_key_set_count(set) > 0 ? out->length - 1 : out->length);
    js_buf_add(out, "]", 1);
}

jirasend_code jirasend_keys_scan(const jirasend_config *config, const char *text, size_t length,
                                 char **keys, jirasend_error *error) {
    js_error_clear(error);
    if (keys == NULL) {
        return js_fail_nowhere(error);
    }
    *keys = NULL;
    js_rules rules;
    if (!js_config_rules(config, &rules)) {
        return js_fail_memory(error);
    }
    js_key_set *set = js_key_set_new();
    jirasend_code code = JIRASEND_E_MEMORY;
    if (set != NULL && js_keys_scan(set, &rules.keys, text, length)) {
        js_buf out = JS_BUF_INIT;
        write_keys(&out, set);
        code = js_hand_out(&out, keys, error);
    }
    js_key_set_free(set);
    js_rules_clear(&rules);
    return code == JIRASEND_OK ? code : js_fail_memory(error);
}

/* A deletion has no body: method and path say all. The cloud id is not looked up. */
static jirasend_code write_deletion(const js_event *event, int64_t now_ms, char **request,
                                    jirasend_error *error) {
    js_buf out = JS_BUF_INIT;
    js_buf_add_text(&out, "DELETE ");
    js_payload_delete_path(&out, event, now_ms, "{cloudId}");
    return js_hand_out(&out, request, error);
}

static jirasend_code write_body(const js_event *event, int64_t now_ms, char **body,
                                jirasend_error *error) {
    if (event->deletion) {
        return write_deletion(event, now_ms, body, error);
    }
    if (!js_event_has_associations(event)) {
        return JIRASEND_OK;
    }
    /* News of the past have a number of their own, as when they are sent. */
    js_payload_item item = {.event = event,
                            .sequence = event->history ? event->updated_at_ms : now_ms};
    js_buf out = JS_BUF_INIT;
    js_payload_bulk(&out, &item, 1);
    return js_hand_out(&out, body, error);
}

jirasend_code jirasend_dry_run(const jirasend_config *config, const char *document, size_t length,
                               char **body, jirasend_error *error) {
    js_error_clear(error);
    if (body == NULL) {
        return js_fail_nowhere(error);
    }
    *body = NULL;
    js_rules rules;
    if (!js_config_rules(config, &rules)) {
        return js_fail_memory(error);
    }
    js_world world = js_world_system();
    bool has_site = config != NULL && config->has_default_site;
    bool has_relay = config != NULL && config->relay != NULL;
    rules.read.default_site = has_site    ? &config->default_site
                              : has_relay ? &config->relay_site
                                          : NULL;
    rules.read.now_ms = js_wall_ms(&world);
    js_event event;
    jirasend_code code = js_document_read(&event, document, length, &rules.read, error);
    if (code == JIRASEND_OK) {
        code = js_rules_mark(&rules, &event, error);
        code = code == JIRASEND_OK ? write_body(&event, rules.read.now_ms, body, error) : code;
        js_event_clear(&event);
    }
    js_rules_clear(&rules);
    return code;
}
