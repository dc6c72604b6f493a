/* Reading the few members of a document that rules look at. */
#include "relay/callers/facts.h"

#include "base/buf.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "base/url.h"
#include "event/kind_names.h"

#include <jirasend/export.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which of the facts each kind needs; more may be there. */
typedef struct need {
    const char *kind;
    bool pipeline, environment, flag, repository;
} need;

static const need needs[] = {
    {"build", true, false, false, false},      {"deployment", true, true, false, false},
    {"flag", false, false, true, false},       {"commit", false, false, false, true},
    {"branch", false, false, false, true},     {"pull_request", false, false, false, true},
    {"repository", false, false, false, true},
};

static bool complain(char *why, size_t size, const char *format, ...) JIRASEND_PRINTF(3, 4);

static bool complain(char *why, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, size, format, arguments);
    va_end(arguments);
    return false;
}

/* Absent: null. False: it is there and no text, or not a single line of one. */
static bool text_of(json_object *object, const char *name, const char **out, char *why,
                    size_t why_size) {
    json_object *value = NULL;
    *out = NULL;
    if (!json_object_object_get_ex(object, name, &value)) {
        return true;
    }
    if (!json_object_is_type(value, json_type_string)) {
        return complain(why, why_size, "'%s' must be a text.", name);
    }
    *out = json_object_get_string(value);
    if (strlen(*out) != (size_t)json_object_get_string_len(value)) {
        return complain(why, why_size, "'%s' contains a NUL character.", name);
    }
    return true;
}

static bool object_of(json_object *object, const char *name, json_object **out, char *why,
                      size_t why_size) {
    *out = NULL;
    if (json_object_object_get_ex(object, name, out) &&
        !json_object_is_type(*out, json_type_object)) {
        return complain(why, why_size, "'%s' must be an object.", name);
    }
    return true;
}

static bool flag_of(json_object *object, const char *name, bool *out, char *why, size_t why_size) {
    json_object *value = NULL;
    *out = false;
    if (json_object_object_get_ex(object, name, &value)) {
        if (!json_object_is_type(value, json_type_boolean)) {
            return complain(why, why_size, "'%s' must be true or false.", name);
        }
        *out = json_object_get_boolean(value) != 0;
    }
    return true;
}

static size_t without_slashes(const char *path, size_t length) {
    while (length > 0 && path[length - 1] == '/') {
        length--;
    }
    return length;
}

/* What logs in names nothing, as the core sees it. Null: no memory. */
static char *without_login(const char *text) {
    char *copy = js_copy(text);
    if (copy != NULL) {
        js_url_forget_login(copy);
    }
    return copy;
}

/* To the byte as the core makes an id: else a rule would judge another repository than Jira is told of. */
char *rl_repository_name(const char *url) {
    char *own = without_login(url);
    js_buf name = JS_BUF_INIT;
    if (own == NULL) {
        return NULL;
    }
    const char *scheme = strstr(own, "://");
    const char *host = scheme != NULL ? scheme + 3 : own;
    size_t host_length = strcspn(host, "/?#");
    const char *path = host + host_length;
    size_t path_length = without_slashes(path, strcspn(path, "?#"));
    if (path_length > 4 && memcmp(path + path_length - 4, ".git", 4) == 0) {
        path_length = without_slashes(path, path_length - 4);
    }
    for (; path_length > 1 && path[0] == '/' && path[1] == '/'; path_length--) {
        path++;
    }
    host_length -= host_length > 0 && host[host_length - 1] == ':' ? 1 : 0;
    js_buf_add(&name, host, host_length);
    for (size_t i = 0; i < name.length && !name.failed; i++) {
        char byte = name.data[i];
        name.data[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
    }
    js_buf_add(&name, path, path_length);
    free(own);
    return js_buf_take(&name);
}

static bool read_repository(rl_facts *facts, json_object *document, char *why, size_t why_size) {
    json_object *repository = NULL;
    const char *id = NULL;
    const char *url = NULL;
    if (!object_of(document, "repository", &repository, why, why_size)) {
        return false;
    }
    if (repository == NULL) {
        return true;
    }
    if (!text_of(repository, "id", &id, why, why_size) ||
        !text_of(repository, "url", &url, why, why_size)) {
        return false;
    }
    if (id != NULL && id[0] != '\0') {
        facts->repository = without_login(id);
    } else if (url != NULL && url[0] != '\0') {
        facts->repository = rl_repository_name(url);
    } else {
        return complain(why, why_size, "'%s' needs an id or a url.", "repository");
    }
    return facts->repository != NULL || complain(why, why_size, "Out of memory.");
}

/* Elements that name a repository: texts, or objects with the member. */
static bool read_named(rl_facts *facts, json_object *document, const char *list, const char *member,
                       char *why, size_t why_size) {
    json_object *elements = NULL;
    if (!json_object_object_get_ex(document, list, &elements)) {
        return true;
    }
    if (!json_object_is_type(elements, json_type_array)) {
        return complain(why, why_size, "'%s' must be a list.", list);
    }
    for (size_t i = 0; i < json_object_array_length(elements); i++) {
        json_object *element = json_object_array_get_idx(elements, i);
        const char *text = NULL;
        if (member == NULL) {
            if (!json_object_is_type(element, json_type_string)) {
                return complain(why, why_size, "'%s' must be a list of texts.", list);
            }
            text = json_object_get_string(element);
        } else if (!json_object_is_type(element, json_type_object)) {
            return complain(why, why_size, "'%s' must be a list of objects.", list);
        } else if (!text_of(element, member, &text, why, why_size)) {
            return false;
        }
        if (text != NULL && !js_strings_add(&facts->repositories, text, strlen(text))) {
            return complain(why, why_size, "Out of memory.");
        }
    }
    return true;
}

static bool read_environment(rl_facts *facts, json_object *document, char *why, size_t why_size) {
    json_object *environment = NULL;
    return object_of(document, "environment", &environment, why, why_size) &&
           (environment == NULL ||
            (text_of(environment, "id", &facts->environment, why, why_size) &&
             text_of(environment, "name", &facts->environment_name, why, why_size) &&
             text_of(environment, "type", &facts->environment_type, why, why_size)));
}

static bool read_all(rl_facts *facts, json_object *document, char *why, size_t why_size) {
    const char *updated = NULL;
    return text_of(document, "kind", &facts->kind, why, why_size) &&
           text_of(document, "site", &facts->site, why, why_size) &&
           text_of(document, "requestId", &facts->request_id, why, why_size) &&
           text_of(document, "pipelineId", &facts->pipeline, why, why_size) &&
           text_of(document, "flagId", &facts->flag, why, why_size) &&
           text_of(document, "updatedAt", &updated, why, why_size) &&
           flag_of(document, "delete", &facts->deletion, why, why_size) &&
           flag_of(document, "history", &facts->history, why, why_size) &&
           read_environment(facts, document, why, why_size) &&
           read_repository(facts, document, why, why_size) &&
           read_named(facts, document, "repositories", NULL, why, why_size) &&
           read_named(facts, document, "commits", "repositoryId", why, why_size) &&
           (updated == NULL ||
            js_timestamp_parse(updated, strlen(updated), &facts->updated_ms, NULL) ||
            complain(why, why_size, "'%s' is not a time with a zone.", "updatedAt"));
}

static bool check_needs(const rl_facts *facts, char *why, size_t why_size) {
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (strcmp(needs[i].kind, facts->kind) != 0) {
            continue;
        }
        const char *missing = needs[i].pipeline && facts->pipeline == NULL ? "pipelineId"
                              : needs[i].environment && facts->environment == NULL
                                  ? "environment.id"
                              : needs[i].flag && facts->flag == NULL             ? "flagId"
                              : needs[i].repository && facts->repository == NULL ? "repository"
                                                                                 : NULL;
        if (missing != NULL) {
            (void)snprintf(why, why_size, "A %s needs '%s'.", facts->kind, missing);
        }
        return missing == NULL;
    }
    char known[JS_KIND_LIST_SIZE];
    js_kind_list(known);
    (void)snprintf(why, why_size, "'%.60s' is not a kind. Known are: %s.", facts->kind, known);
    return false;
}

bool rl_facts_read(rl_facts *facts, json_object *document, char *why, size_t why_size) {
    *facts = (rl_facts){0};
    if (!json_object_is_type(document, json_type_object)) {
        return complain(why, why_size, "A document must be a JSON object.");
    }
    if (!read_all(facts, document, why, why_size)) {
        return false;
    }
    return facts->kind != NULL ? check_needs(facts, why, why_size)
                               : complain(why, why_size, "The document needs '%s'.", "kind");
}

bool rl_facts_of_receipt(rl_facts *facts, json_object *receipt) {
    char ignored[256];
    *facts = (rl_facts){0};
    json_object *deleted = NULL;
    (void)read_all(facts, receipt, ignored, sizeof ignored);
    facts->deletion = json_object_object_get_ex(receipt, "deleted", &deleted) &&
                      json_object_get_boolean(deleted) != 0;
    /* What a rule would have to look at must be there: a receipt without it is shown to nobody. */
    return facts->kind != NULL && facts->site != NULL &&
           check_needs(facts, ignored, sizeof ignored);
}

void rl_facts_clear(rl_facts *facts) {
    free(facts->repository);
    js_strings_clear(&facts->repositories);
    *facts = (rl_facts){0};
}
