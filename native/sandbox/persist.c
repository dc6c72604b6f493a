/* Writing the state to disk. */
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

char *sb_persist_path(const char *directory) {
    js_buf path = JS_BUF_INIT;
    js_buf_addf(&path, "%s/state.jsonl", directory);
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
    js_buf_reset(line);
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
    js_buf_reset(line);
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
    js_buf_reset(line);
    js_buf_add_text(line, "{\"grave\":");
    js_json_write_string(line, grave->name);
    js_buf_addf(line, ",\"sequence\":%lld}\n", (long long)grave->sequence);
}

static void write_head(js_buf *line, const sb_store *store) {
    js_buf_addf(line, "{\"format\":%d,\"version\":%lld,\"ignored\":%lld,\"unknownKeys\":[",
                SB_PERSIST_FORMAT, (long long)store->version, (long long)store->ignored);
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
    char *path = sb_persist_path(directory);
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
    js_buf_clear(&line);
    free(path);
    return code;
}
