/* Commits, and the files that they change. */
#include "event/commit.h"

#include "base/error.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "event/json.h"
#include "event/limits.h"
#include "event/person.h"
#include "event/words.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const change_names[] = {
    [JS_CHANGE_UNKNOWN] = "unknown",   [JS_CHANGE_ADDED] = "added",
    [JS_CHANGE_COPIED] = "copied",     [JS_CHANGE_DELETED] = "deleted",
    [JS_CHANGE_MODIFIED] = "modified", [JS_CHANGE_MOVED] = "moved",
};

const char *js_change_name(js_change change) {
    return change_names[change];
}

/* ---- files ---- */

static jirasend_code read_change(const js_reader *in, js_change *change, json_object *value,
                                 const js_place *place) {
    json_object *member = js_member_of(value, "change");
    if (member == NULL) {
        return JIRASEND_OK;
    }
    const char *name = json_object_get_string(member);
    for (int i = JS_CHANGE_UNKNOWN; i <= JS_CHANGE_MOVED; i++) {
        if (js_word_is(name, change_names[i])) {
            *change = (js_change)i;
            return JIRASEND_OK;
        }
    }
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, name, strlen(name));
    return js_fail(in->error, JIRASEND_E_DOCUMENT,
                   "\"%s.change\" is \"%s\". It must be added, copied, deleted, modified, moved or "
                   "unknown.",
                   place->text, shown);
}

static jirasend_code read_lines(const js_reader *in, int64_t *lines, json_object *value,
                                const js_place *place, const char *name) {
    json_object *member = js_member_of(value, name);
    js_place at = js_place_member(place, name);
    return member == NULL ? JIRASEND_OK : js_count_read(lines, member, &at, in->error);
}

static jirasend_code read_file(const js_reader *in, js_file *file, json_object *value,
                               const js_place *place) {
    static const js_member members[] = {
        {"path", json_type_string, true},       {"url", json_type_string, false},
        {"change", json_type_string, false},    {"linesAdded", json_type_int, false},
        {"linesRemoved", json_type_int, false},
    };
    jirasend_code code = js_members_check(value, place, members, COUNT_OF(members), in->error);
    if (code == JIRASEND_OK) {
        code = js_read_part(&file->path, value, place, "path", js_limit_title, in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_read_part(&file->url, value, place, "url", js_limit_url, in->error);
    }
    if (code == JIRASEND_OK) {
        code = read_change(in, &file->change, value, place);
    }
    if (code == JIRASEND_OK) {
        code = read_lines(in, &file->lines_added, value, place, "linesAdded");
    }
    return code == JIRASEND_OK ? read_lines(in, &file->lines_removed, value, place, "linesRemoved")
                               : code;
}

static void clear_file(js_file *file) {
    free(file->path);
    free(file->url);
}

static jirasend_code keep_file(const js_reader *in, js_commit *commit, js_file *file) {
    if (commit->listed == JS_FILES_MAX) {
        clear_file(file);
        return JIRASEND_OK;
    }
    if (file->url == NULL) {
        file->url = js_copy(commit->url);
    }
    commit->files[commit->listed++] = *file;
    return file->url == NULL ? js_fail_memory(in->error) : JIRASEND_OK;
}

/* All are checked; Jira takes the first ten. */
static jirasend_code read_files(const js_reader *in, js_commit *commit, json_object *object,
                                const js_place *place) {
    json_object *list = js_member_of(object, "files");
    js_place files = js_place_member(place, "files");
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    if (count == 0) {
        return JIRASEND_OK;
    }
    commit->files = calloc(count < JS_FILES_MAX ? count : JS_FILES_MAX, sizeof *commit->files);
    jirasend_code code = commit->files == NULL ? js_fail_memory(in->error) : JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_file file = {.path = NULL};
        js_place at = js_place_element(&files, i);
        code = read_file(in, &file, json_object_array_get_idx(list, i), &at);
        if (code == JIRASEND_OK) {
            code = keep_file(in, commit, &file);
        } else {
            clear_file(&file);
        }
    }
    commit->file_count = commit->file_count < (int64_t)count ? (int64_t)count : commit->file_count;
    return code;
}

/* ---- the commit ---- */

static jirasend_code read_texts(js_reader *in, js_commit *commit, json_object *object,
                                const js_place *place) {
    jirasend_code code =
        js_read_part(&commit->hash, object, place, "hash", js_limit_hash, in->error);
    if (code == JIRASEND_OK) {
        code =
            js_read_part(&commit->message, object, place, "message", js_limit_message, in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_read_part(&commit->url, object, place, "url", js_limit_url, in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_author_read(in, &commit->author, object, place);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    /* Of the whole message: Jira only gets its beginning. */
    json_object *message = js_member_of(object, "message");
    return js_read_scan(in, json_object_get_string(message),
                        (size_t)json_object_get_string_len(message), JS_KEY_MESSAGE, commit->hash);
}

jirasend_code js_commit_read(js_reader *in, js_commit *commit, json_object *object,
                             const js_place *place) {
    json_object *merge = js_member_of(object, "merge");
    commit->merge = merge != NULL && json_object_get_boolean(merge);
    commit->authored_at_ms = in->event->updated_at_ms;
    jirasend_code code = read_texts(in, commit, object, place);
    if (code == JIRASEND_OK) {
        code = js_read_time_of(&commit->authored_at_ms, object, place, "authoredAt", in->error);
    }
    if (code == JIRASEND_OK) {
        code = read_lines(in, &commit->file_count, object, place, "fileCount");
    }
    return code == JIRASEND_OK ? read_files(in, commit, object, place) : code;
}

static bool write_file(js_json_out *object, const js_file *file) {
    return js_write_text(object, "path", file->path) && js_write_text(object, "url", file->url) &&
           js_write_text(object, "change", js_change_name(file->change)) &&
           js_write_number(object, "linesAdded", file->lines_added) &&
           js_write_number(object, "linesRemoved", file->lines_removed);
}

bool js_commit_write(js_json_out *object, const js_commit *commit) {
    char authored_at[JS_TIMESTAMP_SIZE];
    js_timestamp_format(commit->authored_at_ms, authored_at);
    bool good = js_write_text(object, "hash", commit->hash) &&
                js_write_text(object, "message", commit->message) &&
                js_author_write(object, &commit->author) &&
                js_write_text(object, "authoredAt", authored_at) &&
                js_write_text(object, "url", commit->url) &&
                (!commit->merge || js_write_flag(object, "merge", true)) &&
                js_write_number(object, "fileCount", commit->file_count);
    js_json_out *files = good && commit->listed > 0 ? js_write_array(object, "files") : NULL;
    for (size_t i = 0; i < commit->listed && good; i++) {
        good = write_file(js_write_item_object(files), &commit->files[i]);
    }
    return good;
}

void js_commit_clear(js_commit *commit) {
    for (size_t i = 0; i < commit->listed; i++) {
        clear_file(&commit->files[i]);
    }
    free(commit->files);
    free(commit->hash);
    free(commit->message);
    free(commit->url);
    js_person_clear(&commit->author);
}
