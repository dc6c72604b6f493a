/* Reading the state of an earlier run. */
#include "persist.h"

#include "base/error.h"
#include "base/text.h"
#include "event/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jirasend_code fail_read(jirasend_error *error, const char *path) {
    return js_fail(error, JIRASEND_E_STORAGE, "Cannot read %s: %s.", path, strerror(errno));
}

static json_object *get(json_object *object, const char *name, json_type type) {
    json_object *value = NULL;
    (void)json_object_object_get_ex(object, name, &value);
    return json_object_is_type(value, type) ? value : NULL;
}

static int64_t get_number(json_object *object, const char *name) {
    return json_object_get_int64(get(object, name, json_type_int));
}

static bool read_head(sb_store *store, json_object *line) {
    json_object *keys = get(line, "unknownKeys", json_type_array);
    if (get_number(line, "format") != SB_PERSIST_FORMAT || keys == NULL) {
        return false;
    }
    store->version = get_number(line, "version");
    store->ignored = get_number(line, "ignored");
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        json_object *key = json_object_array_get_idx(keys, i);
        if (json_object_is_type(key, json_type_string)) {
            sb_store_unknown_key(store, json_object_get_string(key));
        }
    }
    store->version = get_number(line, "version");
    return true;
}

static bool read_texts(json_object *list, js_strings *out) {
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *text = json_object_array_get_idx(list, i);
        if (!json_object_is_type(text, json_type_string) ||
            !js_strings_add(out, json_object_get_string(text),
                            (size_t)json_object_get_string_len(text))) {
            return false;
        }
    }
    return true;
}

static bool read_deletion(sb_store *store, json_object *line) {
    json_object *key = get(line, "key", json_type_string);
    sb_deletion deletion = {.sequence = get_number(line, "sequence")};
    json_object *kind = get(line, "deletion", json_type_string);
    bool ok = kind != NULL && sb_kind_from_name(json_object_get_string(kind), &deletion.kind) &&
              read_texts(get(line, "properties", json_type_array), &deletion.properties) &&
              (key != NULL || deletion.properties.count > 0);
    if (ok && key != NULL) {
        deletion.key = js_copy(json_object_get_string(key));
        ok = deletion.key != NULL;
    }
    ok = ok && sb_deletions_add(&store->deletions, &deletion); /* due at once */
    if (!ok) {
        free(deletion.key);
        js_strings_clear(&deletion.properties);
    }
    return ok;
}

static bool read_grave(sb_store *store, json_object *line) {
    const char *name = json_object_get_string(get(line, "grave", json_type_string));
    const char *space = name == NULL ? NULL : strchr(name, ' ');
    sb_kind kind = SB_BUILD;
    char *kind_name = space == NULL ? NULL : js_copy_n(name, (size_t)(space - name));
    bool ok = kind_name != NULL && sb_kind_from_name(kind_name, &kind) &&
              sb_graves_add(store, kind, space + 1, get_number(line, "sequence"));
    free(kind_name);
    return ok;
}

static bool read_item(sb_store *store, json_object *line) {
    json_object *kind_name = get(line, "kind", json_type_string);
    json_object *key = get(line, "key", json_type_string);
    json_object *gate = get(line, "gate", json_type_string);
    json_object *keys = get(line, "issueKeys", json_type_array);
    json_object *json = get(line, "item", json_type_object);
    json_object *properties = get(line, "properties", json_type_string);
    sb_item item = {0};
    sb_kind kind = SB_BUILD;
    if (kind_name == NULL || key == NULL || gate == NULL || keys == NULL || json == NULL ||
        !sb_kind_from_name(json_object_get_string(kind_name), &kind) ||
        !sb_gate_from_name(json_object_get_string(gate), &item.gate)) {
        return false;
    }
    item.sequence = get_number(line, "sequence");
    item.received_ms = get_number(line, "receivedAt");
    item.gate_ms = get_number(line, "gateAt");
    js_buf text = JS_BUF_INIT;
    js_json_write(&text, keys);
    item.issue_keys = js_buf_take(&text);
    js_json_write(&text, json);
    item.length = text.length > 0 ? text.length - 1 : 0;
    item.text = js_buf_take(&text);
    item.key = js_copy(json_object_get_string(key));
    item.properties = js_copy(properties == NULL ? "" : json_object_get_string(properties));
    bool ok = item.properties != NULL && item.issue_keys != NULL && item.text != NULL &&
              item.length > 0 && item.key != NULL;
    if (ok) {
        item.text[item.length] = '\0';
        ok = sb_store_restore(store, kind, &item);
    }
    free(item.key);
    free(item.text);
    free(item.issue_keys);
    free(item.properties);
    return ok;
}

static bool read_further(sb_store *store, json_object *line) {
    if (json_object_object_get_ex(line, "deletion", NULL)) {
        return read_deletion(store, line);
    }
    return json_object_object_get_ex(line, "grave", NULL) ? read_grave(store, line)
                                                          : read_item(store, line);
}

static bool read_line(sb_store *store, const char *text, size_t length, bool first) {
    json_object *line = js_json_parse(text, length, JS_JSON_ANSWER, NULL);
    bool ok = json_object_is_type(line, json_type_object) &&
              (first ? read_head(store, line) : read_further(store, line));
    json_object_put(line);
    return ok;
}

jirasend_code sb_persist_load(sb_store *store, const char *directory, jirasend_error *error) {
    char *path = sb_persist_path(directory);
    if (path == NULL) {
        return js_fail_memory(error);
    }
    FILE *file = fopen(path, "re");
    jirasend_code code = JIRASEND_OK;
    if (file == NULL && errno != ENOENT) {
        code = fail_read(error, path);
    }
    char *line = NULL;
    size_t capacity = 0;
    for (long number = 1; file != NULL && code == JIRASEND_OK; number++) {
        ssize_t length = getline(&line, &capacity, file);
        if (length < 0) {
            code = ferror(file) != 0 ? fail_read(error, path) : JIRASEND_OK;
            break;
        }
        if (!read_line(store, line, (size_t)length, number == 1)) {
            code = js_fail(error, JIRASEND_E_DOCUMENT,
                           "Line %ld of %s cannot be read. Move the file away to start with an "
                           "empty site.",
                           number, path);
        }
    }
    free(line);
    if (file != NULL) {
        (void)fclose(file);
    }
    free(path);
    return code;
}
