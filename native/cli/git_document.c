/* From what git tells to the documents of commits and branches. */
#include "cli/git_document.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "event/json.h"

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

static const char *text_of(const js_buf *text) {
    return text->length > 0 ? text->data : "";
}

static const char *text_or_null(const js_buf *text) {
    return text->length > 0 ? text->data : NULL;
}

/* Frees the link. */
static bool write_link(js_json_out *object, const char *name, js_buf *link) {
    bool good = !link->failed && js_write_text(object, name, text_or_null(link));
    js_buf_clear(link);
    return good;
}

static bool write_time(js_json_out *object, const char *name, int64_t ms) {
    char text[JS_TIMESTAMP_SIZE];
    js_timestamp_format(ms, text);
    return js_write_text(object, name, text);
}

static bool write_repository(const git_writer *writer, js_json_out *document, bool identity_only) {
    js_json_out *repository = js_write_object(document, "repository");
    bool by_id = writer->repository_id != NULL;
    return js_write_text(repository, "id", writer->repository_id) &&
           ((by_id && identity_only) || js_write_text(repository, "url", writer->repository_url));
}

static bool write_file(js_json_out *object, const git_file *file) {
    static const char *const changes[] = {[GIT_CHANGE_UNKNOWN] = "unknown",
                                          [GIT_CHANGE_ADDED] = "added",
                                          [GIT_CHANGE_DELETED] = "deleted",
                                          [GIT_CHANGE_MODIFIED] = "modified"};
    return js_write_text(object, "path", text_or_null(&file->path)) &&
           js_write_text(object, "change", changes[file->change]) &&
           js_write_number(object, "linesAdded", file->added) &&
           js_write_number(object, "linesRemoved", file->removed);
}

static bool write_files(js_json_out *object, const git_commit *commit) {
    bool good = js_write_number(object, "fileCount", commit->file_count);
    js_json_out *files = good && commit->listed > 0 ? js_write_array(object, "files") : NULL;
    for (size_t i = 0; i < commit->listed && good; i++) {
        good = write_file(js_write_item_object(files), &commit->files[i]);
    }
    return good;
}

static bool write_author(const git_writer *writer, js_json_out *object, const git_commit *commit) {
    const char *name = text_or_null(&commit->author);
    const char *email = writer->no_email ? NULL : text_or_null(&commit->email);
    if (name == NULL && email == NULL) {
        return true;
    }
    js_json_out *author = js_write_object(object, "author");
    return js_write_text(author, "name", name) && js_write_text(author, "email", email);
}

/* What a commit is, whether it is alone or at the end of a branch. */
static bool write_commit(const git_writer *writer, js_json_out *object, const git_commit *commit) {
    js_buf link = JS_BUF_INIT;
    if (writer->commit_url != NULL) {
        cli_link_fill(writer->commit_url, "hash", commit->hash, &link);
    } else {
        (void)cli_commit_link(writer->forge, writer->repository_url, commit->hash, &link);
    }
    bool dated = commit->dated && commit->authored_ms <= latest_ms;
    return write_link(object, "url", &link) && js_write_text(object, "hash", commit->hash) &&
           js_write_text(object, "message", text_of(&commit->message)) &&
           write_author(writer, object, commit) && write_files(object, commit) &&
           (!dated || write_time(object, "authoredAt", commit->authored_ms)) &&
           (!commit->merge || js_write_flag(object, "merge", true));
}

/* Kind, repository and how it is to be sent. History has the commit's time, if that is over. */
static bool write_head(const git_writer *writer, js_json_out *document, const char *kind,
                       const git_commit *commit) {
    bool good =
        js_write_text(document, "kind", kind) && write_repository(writer, document, commit == NULL);
    if (!good || commit == NULL) {
        return good;
    }
    if (writer->history) {
        bool usable = commit->dated && commit->authored_ms <= writer->now_ms;
        good = js_write_flag(document, "history", true) &&
               write_time(document, "updatedAt", usable ? commit->authored_ms : writer->now_ms);
    }
    bool keys = writer->keys != NULL && writer->keys->count > 0;
    return good && (!keys || js_write_texts(document, "issueKeys", writer->keys)) &&
           (!writer->no_transitions || js_write_flag(document, "transitions", false));
}

bool git_document_commit(const git_writer *writer, const git_commit *commit, js_buf *document) {
    js_json_writer json;
    js_json_out *made = js_write_begin(&json, document);
    js_write_end(&json,
                 write_head(writer, made, "commit", commit) && write_commit(writer, made, commit));
    return !document->failed;
}

static bool write_branch_links(const git_writer *writer, js_json_out *document, const char *name) {
    js_buf link = JS_BUF_INIT, create = JS_BUF_INIT;
    if (writer->branch_url != NULL) {
        cli_link_fill(writer->branch_url, "branch", name, &link);
    } else {
        (void)cli_branch_link(writer->forge, writer->repository_url, name, &link);
        (void)cli_create_link(writer->forge, writer->repository_url, name, &create);
    }
    bool good = write_link(document, "url", &link);
    return write_link(document, "createPullRequestUrl", &create) && good;
}

bool git_document_branch(const git_writer *writer, const char *name, const git_commit *last,
                         js_buf *document) {
    js_json_writer json;
    js_json_out *made = js_write_begin(&json, document);
    js_write_end(&json, write_head(writer, made, "branch", last) &&
                            js_write_text(made, "name", name) &&
                            write_branch_links(writer, made, name) &&
                            write_commit(writer, js_write_object(made, "lastCommit"), last));
    return !document->failed;
}

bool git_document_gone_branch(const git_writer *writer, const char *name, js_buf *document) {
    js_json_writer json;
    js_json_out *made = js_write_begin(&json, document);
    js_write_end(&json, write_head(writer, made, "branch", NULL) &&
                            js_write_flag(made, "delete", true) &&
                            js_write_text(made, "name", name));
    return !document->failed;
}
