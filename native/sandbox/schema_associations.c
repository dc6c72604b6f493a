/* What the schema says of associations and issue keys. */
#include "schema.h"

#include <stdio.h>
#include <string.h>

/* Jira's limits: values over all associations of an item, and values of the old `issueKeys`. */
enum { VALUES_MAX = 500, OLD_KEYS_MAX = 100, WIDE_KINDS_MAX = 3, TEXT_MAX = 255 };

void sb_associations_free(sb_associations *associations) {
    js_strings_clear(&associations->issues);
    associations->others = 0;
    associations->given = false;
}

static void add_issue(sb_findings *findings, sb_associations *associations, const char *text) {
    if (!js_strings_add(&associations->issues, text, strlen(text))) {
        findings->failed = true;
    }
}

static void check_issue(const sb_object *in, json_object *value, bool ids,
                        sb_associations *associations) {
    const char *text =
        json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
    if (text == NULL) {
        sb_error(in->findings, "'%svalues' must be strings.", in->where);
    } else if (!sb_is_issue_key(text) && !(ids && sb_is_issue_id(text))) {
        sb_error(in->findings, "'%svalues' holds '%.100s', which is not an issue key%s.", in->where,
                 text, ids ? " or ID" : "");
    } else {
        add_issue(in->findings, associations, text);
    }
}

static void check_service(const sb_object *in, json_object *value, sb_associations *associations) {
    const char *text =
        json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
    if (text == NULL || *text == '\0') {
        sb_error(in->findings, "'%svalues' must be strings that are not empty.", in->where);
    } else if (sb_utf16_units(text, strlen(text)) > TEXT_MAX) {
        sb_error(in->findings, "'%svalues' must not be longer than %d characters.", in->where,
                 TEXT_MAX);
    } else {
        associations->others++;
    }
}

static void check_entity(const sb_object *in, json_object *value, bool commit,
                         sb_associations *associations) {
    static const char *const commit_members[] = {"commitHash", "repositoryId", NULL};
    static const char *const repository_members[] = {"repositoryId", NULL};
    if (!json_object_is_type(value, json_type_object)) {
        sb_error(in->findings, "'%svalues' must be objects.", in->where);
        return;
    }
    char where[128];
    (void)snprintf(where, sizeof where, "%svalues.", in->where);
    sb_object entity = {value, where, in->findings};
    if (commit) {
        (void)sb_check_text(&entity, "commitHash", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    }
    (void)sb_check_text(&entity, "repositoryId", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    sb_check_members(&entity, commit ? commit_members : repository_members);
    associations->others++;
}

/* One association; returns how many values it has. */
static size_t check_association(const sb_object *in, bool wide, sb_associations *associations) {
    static const char *const issue_types[] = {"issueKeys", "issueIdOrKeys", NULL};
    static const char *const wide_types[] = {"issueKeys", "issueIdOrKeys", "serviceIdOrKeys",
                                             "commit",    "repository",    NULL};
    static const char *const members[] = {"associationType", "values", NULL};
    const char *type =
        sb_check_enum(in, "associationType", SB_REQUIRED, wide ? wide_types : issue_types);
    sb_check_members(in, members);
    json_object *values = sb_check_array(in, "values", SB_REQUIRED, 1, VALUES_MAX);
    size_t count = values == NULL ? 0 : json_object_array_length(values);
    for (size_t i = 0; type != NULL && i < count; i++) {
        json_object *value = json_object_array_get_idx(values, i);
        if (strncmp(type, "issue", 5) == 0) {
            check_issue(in, value, strcmp(type, "issueIdOrKeys") == 0, associations);
        } else if (strcmp(type, "serviceIdOrKeys") == 0) {
            check_service(in, value, associations);
        } else {
            check_entity(in, value, strcmp(type, "commit") == 0, associations);
        }
    }
    return count;
}

static void check_old_keys(const sb_object *item, sb_associations *associations) {
    json_object *keys = sb_check_array(item, "issueKeys", SB_OPTIONAL, 1, OLD_KEYS_MAX);
    if (!json_object_object_get_ex(item->json, "issueKeys", NULL)) {
        return;
    }
    associations->given = true;
    sb_warning(item->findings, "'issueKeys' is deprecated; send 'associations'.");
    size_t count = keys == NULL ? 0 : json_object_array_length(keys);
    sb_object in = {item->json, "issueKeys.", item->findings};
    for (size_t i = 0; i < count; i++) {
        check_issue(&in, json_object_array_get_idx(keys, i), false, associations);
    }
}

void sb_check_associations(const sb_object *item, bool wide, sb_associations *associations) {
    check_old_keys(item, associations);
    if (!json_object_object_get_ex(item->json, "associations", NULL)) {
        return;
    }
    associations->given = true;
    json_object *list = sb_check_array(item, "associations", SB_OPTIONAL, wide ? 1 : 0,
                                       wide ? WIDE_KINDS_MAX : VALUES_MAX);
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    size_t values = 0;
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        char where[96];
        (void)snprintf(where, sizeof where, "associations[%zu].", i);
        sb_object in = {entry, where, item->findings};
        if (json_object_is_type(entry, json_type_object)) {
            values += check_association(&in, wide, associations);
        } else {
            sb_error(item->findings, "'associations[%zu]' must be an object.", i);
        }
    }
    if (values > VALUES_MAX) {
        sb_error(item->findings,
                 "'associations' must not have more than %d values in all, and has %zu.",
                 VALUES_MAX, values);
    }
}

bool sb_has_two_kinds_of_keys(json_object *item) {
    return json_object_object_get_ex(item, "issueKeys", NULL) &&
           json_object_object_get_ex(item, "associations", NULL);
}

void sb_check_devinfo_keys(const sb_object *item, sb_need need, sb_associations *associations) {
    bool given = json_object_object_get_ex(item->json, "associations", NULL);
    json_object *keys =
        sb_check_array(item, "issueKeys", given ? SB_OPTIONAL : need, 1, VALUES_MAX);
    size_t count = keys == NULL ? 0 : json_object_array_length(keys);
    for (size_t i = 0; i < count; i++) {
        json_object *value = json_object_array_get_idx(keys, i);
        const char *text =
            json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
        if (text == NULL || !sb_is_devinfo_key(text)) {
            sb_error(item->findings, "'%sissueKeys' holds %s%.100s%s, which is not an issue key.",
                     item->where, text == NULL ? "" : "'", text == NULL ? "no text" : text,
                     text == NULL ? "" : "'");
        } else {
            add_issue(item->findings, associations, text);
        }
    }
    associations->given = associations->given || keys != NULL;
    if (given && !json_object_object_get_ex(item->json, "issueKeys", NULL)) {
        sb_check_associations(item, false, associations);
    }
}
