/* What Jira does not know, of a whole answer. */
#include "payload/unknown.h"

#include "base/buf.h"
#include "base/error.h"
#include "payload/answer_json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static jirasend_code fail_nonsense(const char *what, jirasend_error *error) {
    return js_fail(error, JIRASEND_E_NETWORK, "Jira's answer cannot be understood: %s.", what);
}

/* Keys compare without regard to case; Jira writes them in upper case, yet nothing promises it. */
static int compare_keys(const void *a, const void *b) {
    return strcasecmp(*(char *const *)a, *(char *const *)b);
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(js_strings *list, int (*compare)(const void *, const void *)) {
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof *list->items, compare);
    }
}

static bool holds(const js_strings *list, const char *text,
                  int (*compare)(const void *, const void *)) {
    return list->count > 0 &&
           bsearch(&text, list->items, list->count, sizeof *list->items, compare) != NULL;
}

static jirasend_code add_texts(js_strings *list, json_object *values, const char *what,
                               jirasend_error *error) {
    if (!json_object_is_type(values, json_type_array)) {
        return fail_nonsense(what, error);
    }
    size_t count = json_object_array_length(values);
    for (size_t i = 0; i < count; i++) {
        const char *text = js_answer_text(json_object_array_get_idx(values, i));
        if (text == NULL) {
            return fail_nonsense(what, error);
        }
        if (!js_strings_add(list, text, strlen(text))) {
            return js_fail_memory(error);
        }
    }
    return JIRASEND_OK;
}

static bool join_commit(js_buf *out, const char *hash, const char *repository) {
    js_buf_reset(out);
    js_buf_addf(out, "%s\n%s", hash, repository);
    return !out->failed;
}

static jirasend_code add_entity(js_unknown *unknown, json_object *value, bool commit, js_buf *text,
                                jirasend_error *error) {
    const char *repository = js_answer_text(js_answer_member(value, "repositoryId"));
    const char *hash = js_answer_text(js_answer_member(value, "commitHash"));
    if (repository == NULL || (commit && hash == NULL)) {
        return fail_nonsense("unknownAssociations contains a commit or repository without its id",
                             error);
    }
    bool added = commit ? join_commit(text, hash, repository) &&
                              js_strings_add(&unknown->commits, text->data, text->length)
                        : js_strings_add(&unknown->repositories, repository, strlen(repository));
    return added ? JIRASEND_OK : js_fail_memory(error);
}

static jirasend_code add_entities(js_unknown *unknown, json_object *values, bool commit,
                                  jirasend_error *error) {
    if (!json_object_is_type(values, json_type_array)) {
        return fail_nonsense("the values in unknownAssociations are not an array", error);
    }
    js_buf text = JS_BUF_INIT;
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < json_object_array_length(values) && code == JIRASEND_OK; i++) {
        json_object *value = json_object_array_get_idx(values, i);
        code = json_object_is_type(value, json_type_object)
                   ? add_entity(unknown, value, commit, &text, error)
                   : fail_nonsense("unknownAssociations contains a value that is not an object",
                                   error);
    }
    js_buf_clear(&text);
    return code;
}

static jirasend_code add_association(js_unknown *unknown, json_object *association,
                                     jirasend_error *error) {
    const char *type = json_object_is_type(association, json_type_object)
                           ? js_answer_text(js_answer_member(association, "associationType"))
                           : NULL;
    if (type == NULL) {
        return fail_nonsense("unknownAssociations contains an association without a type", error);
    }
    json_object *values = js_answer_member(association, "values");
    if (strcmp(type, "issueIdOrKeys") == 0 || strcmp(type, "issueKeys") == 0) {
        return add_texts(&unknown->keys, values,
                         "the issue keys in unknownAssociations are not an array of strings",
                         error);
    }
    if (strcmp(type, "serviceIdOrKeys") == 0) {
        return add_texts(&unknown->services, values,
                         "the services in unknownAssociations are not an array of strings", error);
    }
    if (strcmp(type, "commit") == 0 || strcmp(type, "repository") == 0) {
        return add_entities(unknown, values, strcmp(type, "commit") == 0, error);
    }
    return JIRASEND_OK; /* a type that we never send */
}

static jirasend_code add_associations(js_unknown *unknown, json_object *associations,
                                      jirasend_error *error) {
    if (!json_object_is_type(associations, json_type_array)) {
        return fail_nonsense("unknownAssociations is not an array", error);
    }
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < json_object_array_length(associations) && code == JIRASEND_OK; i++) {
        code = add_association(unknown, json_object_array_get_idx(associations, i), error);
    }
    return code;
}

jirasend_code js_unknown_read(js_unknown *unknown, json_object *answer, jirasend_error *error) {
    *unknown = (js_unknown){JS_STRINGS_INIT, JS_STRINGS_INIT, JS_STRINGS_INIT, JS_STRINGS_INIT};
    json_object *keys = js_answer_member(answer, "unknownIssueKeys");
    json_object *associations = js_answer_member(answer, "unknownAssociations");
    jirasend_code code = JIRASEND_OK;
    if (keys != NULL) {
        code =
            add_texts(&unknown->keys, keys, "unknownIssueKeys is not an array of strings", error);
    }
    if (code == JIRASEND_OK && associations != NULL) {
        code = add_associations(unknown, associations, error);
    }
    if (code != JIRASEND_OK) {
        js_unknown_clear(unknown);
        return code;
    }
    sort(&unknown->keys, compare_keys);
    sort(&unknown->services, compare_texts);
    sort(&unknown->commits, compare_texts);
    sort(&unknown->repositories, compare_texts);
    return JIRASEND_OK;
}

void js_unknown_clear(js_unknown *unknown) {
    js_strings_clear(&unknown->keys);
    js_strings_clear(&unknown->services);
    js_strings_clear(&unknown->commits);
    js_strings_clear(&unknown->repositories);
}

bool js_unknown_key(const js_unknown *unknown, const char *key) {
    return holds(&unknown->keys, key, compare_keys);
}

static bool all_commits(const js_unknown *unknown, const js_event *event, bool *ok) {
    js_buf text = JS_BUF_INIT;
    bool all = true;
    for (size_t i = 0; i < event->commit_count && all; i++) {
        *ok = join_commit(&text, event->commits[i].hash, event->commits[i].repository_id);
        all = *ok && holds(&unknown->commits, text.data, compare_texts);
    }
    js_buf_clear(&text);
    return all;
}

bool js_unknown_all(const js_unknown *unknown, const js_event *event, bool *ok) {
    *ok = true;
    if (!js_event_has_associations(event)) {
        return false;
    }
    for (size_t i = 0; i < event->issue_keys.count; i++) {
        if (!js_unknown_key(unknown, event->issue_keys.items[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < event->services.count; i++) {
        if (!holds(&unknown->services, event->services.items[i], compare_texts)) {
            return false;
        }
    }
    for (size_t i = 0; i < event->repositories.count; i++) {
        if (!holds(&unknown->repositories, event->repositories.items[i], compare_texts)) {
            return false;
        }
    }
    return all_commits(unknown, event, ok);
}
