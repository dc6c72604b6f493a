/* Facts that a CI keeps in files instead of variables. */
#include "cli/ci_files.h"

#include "base/text.h"
#include "cli/options.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 32 * 1024 * 1024 };

/* The whole file; what cannot be read is as if it were not there, as these files are a bonus. */
static bool read_file(const char *path, js_buf *content) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    content->max = FILE_MAX;
    char part[16384];
    size_t length;
    while (!content->failed && (length = fread(part, 1, sizeof(part), file)) > 0) {
        js_buf_add(content, part, length);
    }
    bool whole = !ferror(file) && !content->failed;
    fclose(file);
    return whole;
}

/*
 * The character whose escape follows a backslash; Java writes those beyond 65535 as two. Returns its
 * length, 0 when there is none. Half of a pair becomes U+FFFD.
 */
static size_t read_character(const char *text, size_t length, int32_t *code) {
    enum { ONE = 5, TWO = 11 }; /* u0041, uD83D\uDE00 */
    *code = length < ONE || text[0] != 'u' ? -1 : js_hex_unit(text + 1, length - 1);
    if (*code <= 0) {
        return 0;
    }
    bool high = *code >= 0xd800 && *code < 0xdc00;
    bool pair = high && length >= TWO && text[ONE] == '\\' && text[ONE + 1] == 'u';
    int32_t low = pair ? js_hex_unit(text + ONE + 2, 4) : -1;
    if (low >= 0xdc00 && low < 0xe000) {
        *code = 0x10000 + (*code - 0xd800) * 0x400 + (low - 0xdc00);
        return TWO;
    }
    *code = *code >= 0xd800 && *code < 0xe000 ? 0xfffd : *code;
    return ONE;
}

/* Java's escapes in a properties file: \: \= \\ \t \n \uXXXX. */
static void add_unescaped(js_buf *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\\' || i + 1 == length) {
            js_buf_add(out, text + i, 1);
            continue;
        }
        char c = text[++i];
        int32_t code = 0;
        size_t escape = read_character(text + i, length - i, &code);
        if (escape > 0) {
            js_utf8_add(out, (uint32_t)code);
            i += escape - 1;
            continue;
        }
        char plain = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        js_buf_add(out, &plain, 1);
    }
}

/* Finds "name=value" among the lines. TeamCity writes one property a line, keys escaped. */
static bool find_property(const js_buf *file, const char *name, js_buf *value) {
    const char *line = file->data;
    const char *end = file->data + file->length;
    size_t name_length = strlen(name);
    while (line != NULL && line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop != NULL ? stop : end;
        size_t length = (size_t)(stop - line);
        length -= length > 0 && line[length - 1] == '\r';
        if (length > name_length && strncmp(line, name, name_length) == 0 &&
            line[name_length] == '=') {
            size_t before = value->length;
            add_unescaped(value, line + name_length + 1, length - name_length - 1);
            return value->length > before;
        }
        line = stop + 1;
    }
    return false;
}

bool cli_ci_property(const char *name, js_buf *value) {
    const char *path = cli_environment("TEAMCITY_BUILD_PROPERTIES_FILE");
    js_buf build = JS_BUF_INIT, configuration = JS_BUF_INIT, other = JS_BUF_INIT;
    bool found = false;
    if (path != NULL && read_file(path, &build)) {
        found = find_property(&build, name, value);
        if (!found && find_property(&build, "teamcity.configuration.properties.file", &other) &&
            !other.failed && read_file(other.data, &configuration)) {
            found = find_property(&configuration, name, value);
        }
    }
    js_buf_clear(&build);
    js_buf_clear(&configuration);
    js_buf_clear(&other);
    return found;
}

json_object *cli_ci_github_event(void) {
    const char *path = cli_environment("GITHUB_EVENT_PATH");
    js_buf content = JS_BUF_INIT;
    json_object *event = NULL;
    if (path != NULL && read_file(path, &content) && content.length > 0) {
        json_tokener *tokener = json_tokener_new();
        if (tokener != NULL) {
            event = json_tokener_parse_ex(tokener, content.data, (int)content.length);
            json_tokener_free(tokener);
        }
    }
    js_buf_clear(&content);
    return event;
}

static json_object *member_at(json_object *member, const char *path) {
    while (member != NULL && *path != '\0') {
        char name[64];
        size_t length = strcspn(path, ".");
        json_object *next = NULL;
        if (length < sizeof(name) && json_object_is_type(member, json_type_object)) {
            memcpy(name, path, length);
            name[length] = '\0';
            json_object_object_get_ex(member, name, &next);
        }
        member = next;
        path += length + (path[length] == '.');
    }
    return member;
}

/* Null when it is not text, or empty. */
static const char *text_at(json_object *event, const char *path) {
    json_object *member = member_at(event, path);
    bool there =
        json_object_is_type(member, json_type_string) && json_object_get_string_len(member) > 0;
    return there ? json_object_get_string(member) : NULL;
}

bool cli_ci_github_member(const char *path, js_buf *value) {
    json_object *event = cli_ci_github_event();
    json_object *member = member_at(event, path);
    bool number = json_object_is_type(member, json_type_int) ||
                  json_object_is_type(member, json_type_boolean);
    const char *text = number ? json_object_to_json_string(member) : text_at(event, path);
    if (text != NULL) {
        js_buf_add_text(value, text);
    }
    json_object_put(event);
    return text != NULL;
}

enum { HASH_MAX = 64 };

void cli_ci_github_commits(cli_commit_fn take, void *context) {
    json_object *event = cli_ci_github_event();
    json_object *commits = member_at(event, "commits");
    size_t count =
        json_object_is_type(commits, json_type_array) ? json_object_array_length(commits) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *commit = json_object_array_get_idx(commits, i);
        const char *message = text_at(commit, "message");
        const char *hash = text_at(commit, "id");
        if (message != NULL) {
            take(context, hash != NULL && strlen(hash) <= HASH_MAX ? hash : NULL, message);
        }
    }
    json_object_put(event);
}
