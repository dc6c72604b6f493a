/* What bulk requests say about keys and errors: known and unknown keys, messages, warnings. */
#include "bulk.h"

#include "event/json.h"
#include "known_keys.h"

#include <string.h>

enum { WARNINGS_MAX = 100 };

bool sb_unknown_open(sb_unknown *unknown) {
    *unknown = (sb_unknown){json_object_new_object(), json_object_new_object()};
    return unknown->keys != NULL && unknown->ids != NULL;
}

void sb_unknown_close(sb_unknown *unknown) {
    json_object_put(unknown->keys);
    json_object_put(unknown->ids);
    *unknown = (sb_unknown){0};
}

static bool is_known(const sb_call *call, const char *key) {
    if (call->fault != NULL && js_strings_contain(&call->fault->unknown_keys, key)) {
        return false;
    }
    return sb_known_key(call->sandbox->known_keys, key);
}

static bool add_once(js_strings *list, const char *text) {
    return js_strings_contain(list, text) || js_strings_add(list, text, strlen(text));
}

bool sb_sort_keys(sb_call *call, const js_strings *keys, js_strings *known, sb_unknown *unknown) {
    for (size_t i = 0; i < keys->count; i++) {
        const char *key = keys->items[i];
        if (is_known(call, key)) {
            if (!add_once(known, key)) {
                return false;
            }
            continue;
        }
        json_object *set = sb_is_issue_id(key) ? unknown->ids : unknown->keys;
        if (json_object_object_add(set, key, NULL) != 0) {
            return false;
        }
        sb_store_unknown_key(&call->sandbox->store, key);
    }
    return true;
}

/* The names of the set, what stands between the brackets. */
static void write_names(js_buf *out, json_object *set, bool more) {
    json_object_object_foreach(set, name, value) {
        (void)value;
        js_buf_add_text(out, more ? "," : "");
        js_json_write_string(out, name);
        more = true;
    }
}

void sb_unknown_write(const sb_unknown *unknown, js_buf *out) {
    int keys = json_object_object_length(unknown->keys);
    int ids = json_object_object_length(unknown->ids);
    js_buf_add_text(out, ",\"unknownIssueKeys\":[");
    write_names(out, unknown->keys, false);
    js_buf_add_text(out, "],\"unknownAssociations\":[");
    if (keys + ids > 0) {
        js_buf_add_text(out, "{\"associationType\":\"issueIdOrKeys\",\"values\":[");
        write_names(out, unknown->keys, false);
        write_names(out, unknown->ids, keys > 0);
        js_buf_add_text(out, "]}");
    }
    js_buf_add_text(out, "]");
}

void sb_write_messages(js_buf *out, const js_strings *messages) {
    js_buf_add_text(out, "[");
    for (size_t i = 0; i < messages->count; i++) {
        js_buf_add_text(out, i == 0 ? "{\"message\":" : ",{\"message\":");
        js_json_write_string(out, messages->items[i]);
        js_buf_add_text(out, "}");
    }
    js_buf_add_text(out, "]");
}

bool sb_any_part(const js_strings *parts, const char *text) {
    for (size_t i = 0; i < parts->count; i++) {
        if (strstr(text, parts->items[i]) != NULL) {
            return true;
        }
    }
    return false;
}

void sb_note_warnings(sb_call *call, const char *place, const sb_findings *findings) {
    for (size_t i = 0; i < findings->warnings.count && call->warnings.count < WARNINGS_MAX; i++) {
        js_buf text = JS_BUF_INIT;
        js_buf_addf(&text, "%s%s", place, findings->warnings.items[i]);
        if (!text.failed) {
            (void)js_strings_add(&call->warnings, text.data, text.length);
        }
        js_buf_clear(&text);
    }
}
