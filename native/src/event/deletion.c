/* A document that takes something back: `"delete": true`. */
#include "event/deletion.h"

#include "base/buf.h"
#include "base/error.h"
#include "event/kind.h"
#include "event/properties.h"
#include "event/sweep.h"

#include <string.h>

static bool names_stream(const js_kind_info *kind, const char *name) {
    for (const char *const *at = kind->stream_members; *at != NULL; at++) {
        if (strcmp(*at, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool may_stand_beside(const char *name, json_object *value) {
    bool absent = json_object_is_type(value, json_type_boolean) && !json_object_get_boolean(value);
    return strcmp(name, "kind") == 0 || strcmp(name, "delete") == 0 || strcmp(name, "site") == 0 ||
           strcmp(name, "requestId") == 0 || (strcmp(name, "history") == 0 && absent);
}

static jirasend_code check_nothing_else(const js_reader *in, const js_kind_info *kind) {
    json_object_object_foreach(in->document, name, value) {
        /* The outbox writes down when and by whom it was told. */
        bool stamp = in->stored && (strcmp(name, "updatedAt") == 0 || strcmp(name, "origin") == 0);
        if (!stamp && !names_stream(kind, name) && !may_stand_beside(name, value)) {
            return js_fail(in->error, JIRASEND_E_DOCUMENT,
                           "\"delete\" is true, and \"%s\" is there. A deletion only names the %s; "
                           "remove \"%s\".",
                           name, kind->noun, name);
        }
    }
    return JIRASEND_OK;
}

/* Only the outbox writes it. */
static bool is_sweep(const js_reader *in) {
    return in->stored && js_read_member(in, "all") != NULL;
}

jirasend_code js_deletion_read(js_reader *in) {
    if (!is_sweep(in)) {
        return js_kind_of(in->event->kind)->read_stream(in);
    }
    jirasend_code code = js_read_properties(in);
    return code == JIRASEND_OK && !js_sweep_make(in->event) ? js_fail_memory(in->error) : code;
}

jirasend_code js_deletion_check(js_reader *in) {
    if (is_sweep(in)) {
        return JIRASEND_OK;
    }
    const js_kind_info *kind = js_kind_of(in->event->kind);
    jirasend_code code = check_nothing_else(in, kind);
    js_buf missing = JS_BUF_INIT;
    for (const char *const *at = kind->stream_members; *at != NULL; at++) {
        if (js_read_member(in, *at) == NULL) {
            js_buf_addf(&missing, "%s\"%s\"", missing.length == 0 ? "" : ", ", *at);
        }
    }
    if (code == JIRASEND_OK && missing.failed) {
        code = js_fail_memory(in->error);
    } else if (code == JIRASEND_OK && missing.length > 0) {
        code = js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "The deletion lacks %s. It must name the %s that is to be deleted.",
                       missing.data, kind->noun);
    }
    js_buf_clear(&missing);
    return code;
}
