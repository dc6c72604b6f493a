/* From what git tells to the documents of commits and branches. */
#include "cli/git_document.h"

#include "base/text.h"
#include "base/timestamp.h"

#include <string.h>

/* The last moment that four digits of a year can tell. */
static const int64_t latest_ms = 253402300799999;

void git_add_text(js_buf *out, const char *text, size_t length) {
    size_t good = 0;
    for (size_t i = 0; i < length;) {
        int32_t code;
        size_t taken = js_utf8_next(text + i, length - i, &code);
        if (code <= 0) {
            js_buf_add(out, text + good, i - good);
            js_buf_add_text(out, "\xEF\xBF\xBD");
            good = i + taken;
        }
        i += taken;
    }
    js_buf_add(out, text + good, length - good);
}

static json_object *text_of(const char *text, size_t length) {
    if (js_utf8_valid(text, length)) {
        return json_object_new_string_len(text, (int)length);
    }
    js_buf clean = JS_BUF_INIT;
    git_add_text(&clean, text, length);
    json_object *value =
        clean.failed ? NULL : json_object_new_string_len(clean.data, (int)clean.length);
    js_buf_clear(&clean);
    return value;
}

/* Takes over `value`. False when it, or the memory for it, is missing. */
static bool add(json_object *parent, const char *name, json_object *value) {
    if (value != NULL && parent != NULL && json_object_object_add(parent, name, value) == 0) {
        return true;
    }
    json_object_put(value);
    return false;
}

static bool add_text(json_object *parent, const char *name, const js_buf *text) {
    return text->length == 0 || add(parent, name, text_of(text->data, text->length));
}

static bool add_bool(json_object *parent, const char *name) {
    return add(parent, name, json_object_new_boolean(true));
}

static bool add_link(json_object *parent, const char *name, js_buf *link) {
    bool whole = !link->failed &&
                 (link->length == 0 || add(parent, name, json_object_new_string(link->data)));
    js_buf_clear(link);
    return whole;
}

static bool add_time(json_object *parent, const char *name, int64_t ms) {
    char text[JS_TIMESTAMP_SIZE];
    js_timestamp_format(ms, text);
    return add(parent, name, json_object_new_string(text));
}

static bool add_repository(const git_writer *writer, json_object *document, bool identity_only) {
    json_object *repository = json_object_new_object();
    bool by_id = writer->repository_id != NULL;
    bool whole = true;
    if (by_id) {
        whole = repository != NULL &&
                add(repository, "id", json_object_new_string(writer->repository_id));
    }
    if (!by_id || !identity_only) {
        whole = whole && repository != NULL &&
                add(repository, "url", json_object_new_string(writer->repository_url));
    }
    if (!whole) {
        json_object_put(repository);
        return false;
    }
    return add(document, "repository", repository);
}

static json_object *file_of(const git_file *file) {
    static const char *const changes[] = {[GIT_CHANGE_UNKNOWN] = "unknown",
                                          [GIT_CHANGE_ADDED] = "added",
                                          [GIT_CHANGE_DELETED] = "deleted",
                                          [GIT_CHANGE_MODIFIED] = "modified"};
    json_object *one = json_object_new_object();
    bool whole = one != NULL && add_text(one, "path", &file->path) &&
                 add(one, "change", json_object_new_string(changes[file->change])) &&
                 add(one, "linesAdded", json_object_new_int64(file->added)) &&
                 add(one, "linesRemoved", json_object_new_int64(file->removed));
    if (!whole) {
        json_object_put(one);
        return NULL;
    }
    return one;
}

static bool add_files(json_object *document, const git_commit *commit) {
    json_object *files = commit->listed > 0 ? json_object_new_array() : NULL;
    bool whole = commit->listed == 0 || files != NULL;
    for (size_t i = 0; i < commit->listed && whole; i++) {
        json_object *file = file_of(&commit->files[i]);
        whole = file != NULL && json_object_array_add(files, file) == 0;
    }
    whole = whole && add(document, "fileCount", json_object_new_int64(commit->file_count));
    if (whole && files != NULL) {
        return add(document, "files", files);
    }
    json_object_put(files);
    return whole;
}

static bool add_author(const git_writer *writer, json_object *document, const git_commit *commit) {
    json_object *author = json_object_new_object();
    bool whole = author != NULL && add_text(author, "name", &commit->author) &&
                 (writer->no_email || add_text(author, "email", &commit->email));
    if (whole && json_object_object_length(author) > 0) {
        return add(document, "author", author);
    }
    json_object_put(author);
    return whole;
}

/* What a commit is, whether it stands alone or at the end of a branch. */
static bool add_commit(const git_writer *writer, json_object *document, const git_commit *commit) {
    js_buf link = JS_BUF_INIT;
    if (writer->commit_url != NULL) {
        cli_link_fill(writer->commit_url, "hash", commit->hash, &link);
    } else {
        (void)cli_commit_link(writer->forge, writer->repository_url, commit->hash, &link);
    }
    const char *message = commit->message.length > 0 ? commit->message.data : "";
    size_t length = commit->message.length;
    while (length > 0 && message[length - 1] == '\n') {
        length--;
    }
    bool whole = add_link(document, "url", &link) &&
                 add(document, "hash", json_object_new_string(commit->hash)) &&
                 add(document, "message", text_of(message, length)) &&
                 add_author(writer, document, commit) && add_files(document, commit);
    if (commit->dated && commit->authored_ms <= latest_ms) {
        whole = whole && add_time(document, "authoredAt", commit->authored_ms);
    }
    return whole && (!commit->merge || add_bool(document, "merge"));
}

static bool add_keys(const git_writer *writer, json_object *document) {
    if (writer->keys == NULL || writer->keys->count == 0) {
        return true;
    }
    json_object *keys = json_object_new_array();
    bool whole = keys != NULL;
    for (size_t i = 0; whole && i < writer->keys->count; i++) {
        json_object *key = json_object_new_string(writer->keys->items[i]);
        whole = key != NULL && json_object_array_add(keys, key) == 0;
    }
    if (!whole) {
        json_object_put(keys);
        return false;
    }
    return add(document, "issueKeys", keys);
}

/* Kind, repository and how it is to be sent. History has the commit's time, if that is over. */
static json_object *new_document(const git_writer *writer, const char *kind,
                                 const git_commit *commit) {
    json_object *document = json_object_new_object();
    bool whole = document != NULL && add(document, "kind", json_object_new_string(kind)) &&
                 add_repository(writer, document, commit == NULL);
    if (whole && writer->history && commit != NULL) {
        bool usable = commit->dated && commit->authored_ms <= writer->now_ms;
        whole = add_bool(document, "history") &&
                add_time(document, "updatedAt", usable ? commit->authored_ms : writer->now_ms);
    }
    if (whole && commit != NULL) {
        whole = add_keys(writer, document);
    }
    if (whole && writer->no_transitions && commit != NULL) {
        whole = add(document, "transitions", json_object_new_boolean(false));
    }
    if (!whole) {
        json_object_put(document);
        return NULL;
    }
    return document;
}

/* Writes it out when it is whole, and frees it. */
static bool finish(json_object *document, bool whole, js_buf *out) {
    size_t length = 0;
    const char *text =
        whole ? json_object_to_json_string_length(
                    document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length)
              : NULL;
    if (text != NULL) {
        js_buf_add(out, text, length);
    }
    json_object_put(document);
    return text != NULL && !out->failed;
}

bool git_document_commit(const git_writer *writer, const git_commit *commit, js_buf *document) {
    json_object *made = new_document(writer, "commit", commit);
    return finish(made, made != NULL && add_commit(writer, made, commit), document);
}

static bool add_branch_links(const git_writer *writer, json_object *document, const char *name) {
    js_buf link = JS_BUF_INIT, create = JS_BUF_INIT;
    if (writer->branch_url != NULL) {
        cli_link_fill(writer->branch_url, "branch", name, &link);
    } else {
        (void)cli_branch_link(writer->forge, writer->repository_url, name, &link);
        (void)cli_create_link(writer->forge, writer->repository_url, name, &create);
    }
    bool whole = add_link(document, "url", &link);
    return add_link(document, "createPullRequestUrl", &create) && whole;
}

bool git_document_branch(const git_writer *writer, const char *name, const git_commit *last,
                         js_buf *document) {
    json_object *made = new_document(writer, "branch", last);
    json_object *commit = json_object_new_object();
    bool whole = made != NULL && commit != NULL && add(made, "name", text_of(name, strlen(name))) &&
                 add_branch_links(writer, made, name) && add_commit(writer, commit, last);
    if (whole) {
        whole = add(made, "lastCommit", commit);
    } else {
        json_object_put(commit);
    }
    return finish(made, whole, document);
}

bool git_document_gone_branch(const git_writer *writer, const char *name, js_buf *document) {
    json_object *made = new_document(writer, "branch", NULL);
    bool whole =
        made != NULL && add_bool(made, "delete") && add(made, "name", text_of(name, strlen(name)));
    return finish(made, whole, document);
}
