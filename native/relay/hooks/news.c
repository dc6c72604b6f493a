/* Building documents out of payloads. */
#include "relay/hooks/news.h"

#include "base/text.h"
#include "base/timestamp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rl_news_init(rl_news *news, const char *site) {
    *news = (rl_news){.site = site};
    news->documents = json_object_new_array();
    return news->documents != NULL;
}

void rl_news_clear(rl_news *news) {
    (void)json_object_put(news->documents);
    free(news->made_url);
    *news = (rl_news){0};
}

json_object *rl_at(json_object *object, const char *path) {
    char name[64];
    while (*path != '\0' && object != NULL) {
        size_t length = strcspn(path, ".");
        if (length >= sizeof name || !json_object_is_type(object, json_type_object)) {
            return NULL;
        }
        memcpy(name, path, length);
        name[length] = '\0';
        json_object *next = NULL;
        object = json_object_object_get_ex(object, name, &next) ? next : NULL;
        path += length + (path[length] == '.' ? 1 : 0);
    }
    return object;
}

const char *rl_text_at(json_object *object, const char *path) {
    json_object *value = rl_at(object, path);
    return json_object_is_type(value, json_type_string) && json_object_get_string_len(value) > 0
               ? json_object_get_string(value)
               : NULL;
}

int64_t rl_number_at(json_object *object, const char *path) {
    json_object *value = rl_at(object, path);
    return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
}

bool rl_true_at(json_object *object, const char *path) {
    json_object *value = rl_at(object, path);
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

int64_t rl_time_at(json_object *object, const char *path) {
    static const int64_t far_ms = INT64_C(100000000000); /* what is less is seconds */
    const char *text = rl_text_at(object, path);
    int64_t ms = rl_number_at(object, path);
    if (text == NULL) {
        return ms > 0 && ms < far_ms ? ms * 1000 : ms;
    }
    if (js_timestamp_parse(text, strlen(text), &ms, NULL)) {
        return ms;
    }
    /* GitLab's own: 2026-01-02 03:04:05 UTC, or +0200. */
    char form[40];
    int year, month, day, hour, minute, second;
    char zone[8] = "";
    if (sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d %7s", &year, &month, &day, &hour, &minute, &second,
               zone) != 7) {
        return 0;
    }
    (void)snprintf(form, sizeof form, "%04d-%02d-%02dT%02d:%02d:%02d%s", year, month, day, hour,
                   minute, second, strcmp(zone, "UTC") == 0 ? "Z" : zone);
    return js_timestamp_parse(form, strlen(form), &ms, NULL) ? ms : 0;
}

void rl_news_nothing(rl_news *news, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(news->sentence, sizeof news->sentence, format, arguments);
    va_end(arguments);
    news->unknown = true;
}

void rl_news_missing(rl_news *news, int64_t commits) {
    if (commits > 0) {
        (void)snprintf(news->sentence, sizeof news->sentence,
                       "%lld more commits of this push are not in the payload.",
                       (long long)commits);
    }
}

/* Takes the value; a null one means that memory is short. */
static void put(rl_news *news, json_object *object, const char *name, json_object *value) {
    if (object == NULL || value == NULL || json_object_object_add(object, name, value) != 0) {
        news->failed = true;
        (void)json_object_put(value);
    }
}

void rl_put_text(rl_news *news, json_object *object, const char *name, const char *text) {
    if (text != NULL) {
        put(news, object, name, json_object_new_string(text));
    }
}

void rl_put_number(rl_news *news, json_object *object, const char *name, int64_t number) {
    put(news, object, name, json_object_new_int64(number));
}

void rl_put_format(rl_news *news, json_object *object, const char *name, const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    put(news, object, name, length >= 0 ? json_object_new_string(text) : NULL);
    free(length >= 0 ? text : NULL);
}

json_object *rl_put_object(rl_news *news, json_object *object, const char *name) {
    json_object *made = json_object_new_object();
    put(news, object, name, made);
    return made;
}

void rl_put_email(rl_news *news, json_object *object, const char *email) {
    rl_put_text(news, object, "email", email != NULL && strchr(email, '@') != NULL ? email : NULL);
}

static void append(rl_news *news, json_object *array, json_object *value) {
    if (array == NULL || value == NULL || json_object_array_add(array, value) != 0) {
        news->failed = true;
        (void)json_object_put(value);
    }
}

static json_object *list_in(rl_news *news, json_object *object, const char *name) {
    json_object *list = rl_at(object, name);
    if (list == NULL) {
        list = json_object_new_array();
        put(news, object, name, list);
    }
    return list;
}

static void put_time(rl_news *news, json_object *object, const char *name, int64_t ms) {
    char text[JS_TIMESTAMP_SIZE];
    if (ms > 0) {
        js_timestamp_format(ms, text);
        rl_put_text(news, object, name, text);
    }
}

static bool is_development(const char *kind) {
    return strcmp(kind, "commit") == 0 || strcmp(kind, "branch") == 0 ||
           strcmp(kind, "pull_request") == 0;
}

json_object *rl_news_document(rl_news *news, const char *kind) {
    json_object *document = json_object_new_object();
    append(news, news->documents, document);
    if (news->failed) {
        return NULL;
    }
    rl_put_text(news, document, "kind", kind);
    rl_put_text(news, document, "site", news->site);
    if (is_development(kind)) {
        json_object *repository = rl_put_object(news, document, "repository");
        rl_put_text(news, repository, "name", news->repository);
        rl_put_text(news, repository, "url", news->url);
    }
    if (strcmp(kind, "commit") != 0) {
        put_time(news, document, "updatedAt", news->changed_ms);
    }
    return document;
}

void rl_put_key_text(rl_news *news, json_object *document, const char *text, const char *from,
                     const char *commit) {
    if (text == NULL || document == NULL) {
        return;
    }
    json_object *element = json_object_new_object();
    append(news, list_in(news, document, "keyText"), element);
    if (!news->failed) {
        rl_put_text(news, element, "text", text);
        rl_put_text(news, element, "from", from);
        rl_put_text(news, element, "commit", commit);
    }
}

void rl_put_reference(rl_news *news, json_object *document, const char *commit, const char *branch,
                      const char *branch_url) {
    if (document == NULL) {
        return;
    }
    json_object *reference = json_object_new_object();
    append(news, list_in(news, document, "references"), reference);
    if (news->failed) {
        return;
    }
    if (commit != NULL) {
        json_object *object = rl_put_object(news, reference, "commit");
        rl_put_text(news, object, "id", commit);
        rl_put_text(news, object, "repositoryUri", news->url);
    }
    if (branch != NULL) {
        json_object *ref = rl_put_object(news, reference, "ref");
        rl_put_text(news, ref, "name", branch);
        rl_put_text(news, ref, "uri", branch_url != NULL ? branch_url : news->url);
    }
}

const char *rl_branch_of(const char *ref) {
    static const char heads[] = "refs/heads/";
    return ref != NULL && strncmp(ref, heads, sizeof heads - 1) == 0 &&
                   ref[sizeof heads - 1] != '\0'
               ? ref + sizeof heads - 1
               : NULL;
}

bool rl_is_zero_hash(const char *hash) {
    return hash != NULL && hash[0] != '\0' && hash[strspn(hash, "0")] == '\0';
}

static void put_files(rl_news *news, json_object *commit, json_object *document) {
    static const struct {
        const char *list, *change;
    } kinds[] = {{"added", "added"}, {"modified", "modified"}, {"removed", "deleted"}};
    enum { FILES_SHOWN = 10 };
    size_t count = 0;
    for (size_t k = 0; k < 3; k++) {
        json_object *paths = rl_at(commit, kinds[k].list);
        if (!json_object_is_type(paths, json_type_array)) {
            continue;
        }
        for (size_t i = 0; i < json_object_array_length(paths); i++) {
            json_object *path = json_object_array_get_idx(paths, i);
            if (!json_object_is_type(path, json_type_string) || ++count > FILES_SHOWN) {
                continue;
            }
            json_object *file = json_object_new_object();
            append(news, list_in(news, document, "files"), file);
            if (!news->failed) {
                rl_put_text(news, file, "path", json_object_get_string(path));
                rl_put_text(news, file, "change", kinds[k].change);
            }
        }
    }
    if (count > 0) {
        rl_put_number(news, document, "fileCount", (int64_t)count);
    }
}

void rl_news_commit(rl_news *news, json_object *commit, json_object *into) {
    const char *hash = rl_text_at(commit, "id");
    const char *url = rl_text_at(commit, "url");
    if (hash == NULL || url == NULL) {
        return;
    }
    json_object *document = into != NULL ? into : rl_news_document(news, "commit");
    const char *message = rl_text_at(commit, "message");
    rl_put_text(news, document, "hash", hash);
    rl_put_text(news, document, "message", message != NULL ? message : "");
    rl_put_text(news, document, "url", url);
    put_time(news, document, "authoredAt", rl_time_at(commit, "timestamp"));
    const char *name = rl_text_at(commit, "author.name");
    if (name != NULL) {
        json_object *author = rl_put_object(news, document, "author");
        rl_put_text(news, author, "name", name);
        rl_put_email(news, author, rl_text_at(commit, "author.email"));
    }
    put_files(news, commit, document);
}

/* The branch with what a path may not hold written as %XX. */
static char *percent_encoded(const char *text) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    js_buf out = JS_BUF_INIT;
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            js_buf_add(&out, text, 1);
        } else {
            js_buf_addf(&out, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
    return js_buf_take(&out);
}

void rl_put_branch_url(rl_news *news, json_object *document, const char *name, const char *url,
                       const char *path, const char *branch) {
    char *encoded = url != NULL && branch != NULL ? percent_encoded(branch) : NULL;
    if (encoded != NULL) {
        rl_put_format(news, document, name, "%s%s%s", url, path, encoded);
        free(encoded);
    }
}

json_object *rl_put_reviewer(rl_news *news, json_object *document, bool approved) {
    json_object *one = document != NULL ? json_object_new_object() : NULL;
    if (document == NULL) {
        news->failed = true;
        return NULL;
    }
    append(news, list_in(news, document, "reviewers"), one);
    if (news->failed) {
        return NULL;
    }
    rl_put_text(news, one, "state", approved ? "approved" : "unapproved");
    return one;
}

void rl_news_branch(rl_news *news, const char *name, const char *path, const char *commit_path,
                    const char *head, json_object *head_commit) {
    json_object *document = rl_news_document(news, "branch");
    char *encoded = percent_encoded(name);
    if (document == NULL || encoded == NULL) {
        news->failed = true;
        free(encoded);
        return;
    }
    rl_put_text(news, document, "name", name);
    rl_put_format(news, document, "url", "%s%s%s", news->url, path, encoded);
    free(encoded);
    json_object *last = rl_put_object(news, document, "lastCommit");
    if (head_commit != NULL && rl_text_at(head_commit, "url") != NULL) {
        rl_news_commit(news, head_commit, last);
    } else {
        rl_put_text(news, last, "hash", head);
        rl_put_text(news, last, "message", "");
        rl_put_format(news, last, "url", "%s%s%s", news->url, commit_path, head);
    }
}

void rl_news_branch_deleted(rl_news *news, const char *name) {
    json_object *document = json_object_new_object();
    append(news, news->documents, document);
    if (news->failed) {
        return;
    }
    rl_put_text(news, document, "kind", "branch");
    rl_put_text(news, document, "site", news->site);
    json_object *repository = rl_put_object(news, document, "repository");
    rl_put_text(news, repository, "url", news->url);
    rl_put_text(news, document, "name", name);
    put(news, document, "delete", json_object_new_boolean(1));
}
