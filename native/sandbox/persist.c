#include "persist.h"

#include "base/error.h"
#include "base/text.h"
#include "event/json.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/linkhash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT = 1 };

static const char file_name[] = "state.jsonl";

/* DIR/NAME; null when memory is short. */
static char *join(const char *directory, const char *name) {
    js_buf path = JS_BUF_INIT;
    js_buf_addf(&path, "%s/%s", directory, name);
    return js_buf_take(&path);
}

static jirasend_code fail_io(jirasend_error *error, const char *what, const char *path) {
    return js_fail(error, JIRASEND_E_STORAGE, "Cannot %s %s: %s.", what, path, strerror(errno));
}

/* A file beside the path, open for writing. */
static FILE *begin(const char *path, char **temporary) {
    js_buf name = JS_BUF_INIT;
    js_buf_addf(&name, "%s.new", path);
    *temporary = js_buf_take(&name);
    int fd = *temporary == NULL
                 ? -1
                 : open(*temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL && fd >= 0) {
        (void)close(fd);
    }
    return file;
}

/* Closes it and puts it in the path's place, once it is safely on disk. */
static jirasend_code finish(FILE *file, char *temporary, const char *path, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    bool written =
        file != NULL && ferror(file) == 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (!written) {
        code = fail_io(error, "write", path);
    }
    if (file != NULL && fclose(file) != 0 && code == JIRASEND_OK) {
        code = fail_io(error, "write", path);
    }
    if (code == JIRASEND_OK && rename(temporary, path) != 0) {
        code = fail_io(error, "replace", path);
    }
    if (code != JIRASEND_OK && file != NULL) {
        (void)unlink(temporary);
    }
    free(temporary);
    return code;
}

jirasend_code sb_write_file(const char *path, const char *text, size_t length,
                            jirasend_error *error) {
    char *temporary = NULL;
    FILE *file = begin(path, &temporary);
    if (file != NULL) {
        (void)fwrite(text, 1, length, file);
    }
    return finish(file, temporary, path, error);
}

static void write_item(js_buf *line, sb_kind kind, const sb_item *item) {
    js_buf_clear(line);
    js_buf_addf(line, "{\"kind\":\"%s\",\"key\":", sb_kind_name(kind));
    js_json_write_string(line, item->key);
    js_buf_addf(line, ",\"sequence\":%lld,\"receivedAt\":%lld,\"gate\":\"%s\",\"gateAt\":%lld",
                (long long)item->sequence, (long long)item->received_ms, sb_gate_name(item->gate),
                (long long)item->gate_ms);
    js_buf_addf(line, ",\"issueKeys\":%s,\"properties\":", item->issue_keys);
    js_json_write_string(line, item->properties);
    js_buf_add_text(line, ",\"item\":");
    js_buf_add(line, item->text, item->length);
    js_buf_add_text(line, "}}\n");
}

static void write_deletion(js_buf *line, const sb_deletion *deletion) {
    js_buf_clear(line);
    js_buf_addf(line, "{\"deletion\":\"%s\",\"sequence\":%lld", sb_kind_name(deletion->kind),
                (long long)deletion->sequence);
    if (deletion->key != NULL) {
        js_buf_add_text(line, ",\"key\":");
        js_json_write_string(line, deletion->key);
    }
    js_buf_add_text(line, ",\"properties\":[");
    for (size_t i = 0; i < deletion->properties.count; i++) {
        js_buf_add_text(line, i == 0 ? "" : ",");
        js_json_write_string(line, deletion->properties.items[i]);
    }
    js_buf_add_text(line, "]}\n");
}

static void write_grave(js_buf *line, const sb_grave *grave) {
    js_buf_clear(line);
    js_buf_add_text(line, "{\"grave\":");
    js_json_write_string(line, grave->name);
    js_buf_addf(line, ",\"sequence\":%lld}\n", (long long)grave->sequence);
}

static void write_head(js_buf *line, const sb_store *store) {
    js_buf_addf(line, "{\"format\":%d,\"version\":%lld,\"ignored\":%lld,\"unknownKeys\":[", FORMAT,
                (long long)store->version, (long long)store->ignored);
    for (size_t i = 0; i < store->unknown_keys.count; i++) {
        js_buf_add_text(line, i == 0 ? "" : ",");
        js_json_write_string(line, store->unknown_keys.items[i]);
    }
    js_buf_add_text(line, "]}\n");
}

static bool write_line(FILE *file, const js_buf *line) {
    return !line->failed && fwrite(line->data, 1, line->length, file) == line->length;
}

static bool write_all(FILE *file, js_buf *line, const sb_store *store) {
    write_head(line, store);
    bool ok = write_line(file, line);
    for (int kind = 0; ok && kind < SB_KINDS; kind++) {
        const struct lh_entry *entry = store->items[kind]->head;
        for (; ok && entry != NULL; entry = entry->next) {
            write_item(line, (sb_kind)kind, lh_entry_v(entry));
            ok = write_line(file, line);
        }
    }
    for (const struct lh_entry *entry = store->graves->head; ok && entry != NULL;
         entry = entry->next) {
        write_grave(line, lh_entry_v(entry));
        ok = write_line(file, line);
    }
    for (const sb_deletion *each = store->deletions.first; ok && each != NULL; each = each->next) {
        write_deletion(line, each);
        ok = write_line(file, line);
    }
    return ok;
}

jirasend_code sb_persist_save(const sb_store *store, const char *directory, jirasend_error *error) {
    char *path = join(directory, file_name);
    char *temporary = NULL;
    js_buf line = JS_BUF_INIT;
    if (path == NULL) {
        return js_fail_memory(error);
    }
    FILE *file = begin(path, &temporary);
    bool ok = file == NULL || write_all(file, &line, store);
    jirasend_code code;
    if (ok || file == NULL) {
        code = finish(file, temporary, path, error);
    } else {
        code = line.failed ? js_fail_memory(error) : fail_io(error, "write", path);
        (void)fclose(file);
        (void)unlink(temporary);
        free(temporary);
    }
    js_buf_free(&line);
    free(path);
    return code;
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
    if (get_number(line, "format") != FORMAT || keys == NULL) {
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
        js_strings_free(&deletion.properties);
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
    char *path = join(directory, file_name);
    if (path == NULL) {
        return js_fail_memory(error);
    }
    FILE *file = fopen(path, "re");
    jirasend_code code = JIRASEND_OK;
    if (file == NULL && errno != ENOENT) {
        code = fail_io(error, "read", path);
    }
    char *line = NULL;
    size_t capacity = 0;
    for (long number = 1; file != NULL && code == JIRASEND_OK; number++) {
        ssize_t length = getline(&line, &capacity, file);
        if (length < 0) {
            code = ferror(file) != 0 ? fail_io(error, "read", path) : JIRASEND_OK;
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
