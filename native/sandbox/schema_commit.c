/* Commits of development information. */
#include "schema_devinfo.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 1024, NAME_MAX_UNITS = 255, FILES_MAX = 10, FLAGS_MAX = 1 };

static bool ends_in(const char *text, const char *end) {
    size_t length = strlen(text);
    size_t wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

void sb_check_utc(const sb_object *item, const char *name, sb_need need) {
    json_object *value = NULL;
    sb_check_date_time(item, name, need);
    (void)json_object_object_get_ex(item->json, name, &value);
    const char *text =
        json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    if (sb_is_date_time(text) && !ends_in(text, "Z") && !ends_in(text, "z") &&
        !ends_in(text, "+00:00")) {
        sb_warning(item->findings, "'%s%s' is not in UTC.", item->where, name);
    }
}

static void check_hash(const sb_object *item) {
    json_object *id = NULL;
    (void)json_object_object_get_ex(item->json, "id", &id);
    const char *text = json_object_is_type(id, json_type_string) ? json_object_get_string(id) : "";
    size_t length = strlen(text);
    if (text[strspn(text, "0123456789abcdef")] != '\0' || (length != 40 && length != 64)) {
        sb_warning(item->findings,
                   "'%sid' is not a hash of 40 or 64 hexadecimal digits in lower case.",
                   item->where);
    }
    (void)sb_check_text(item, "hash", SB_OPTIONAL, NAME_MAX_UNITS);
}

static void check_flags(const sb_object *item) {
    json_object *list = sb_check_array(item, "flags", SB_OPTIONAL, 0, FLAGS_MAX);
    if (list != NULL && json_object_array_length(list) == 1) {
        json_object *flag = json_object_array_get_idx(list, 0);
        if (!json_object_is_type(flag, json_type_string) ||
            strcmp(json_object_get_string(flag), "MERGE_COMMIT") != 0) {
            sb_error(item->findings, "'%sflags' may hold MERGE_COMMIT only.", item->where);
        }
    }
}

static void check_file(const sb_object *in) {
    static const char *const members[] = {"path",       "url",          "changeType",
                                          "linesAdded", "linesRemoved", NULL};
    static const char *const changes[] = {"ADDED", "COPIED",  "DELETED", "MODIFIED",
                                          "MOVED", "UNKNOWN", NULL};
    (void)sb_check_text(in, "path", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_uri(in, "url", SB_REQUIRED_NOT_EMPTY, SB_URL_MAX);
    (void)sb_check_enum(in, "changeType", SB_REQUIRED, changes);
    sb_check_count(in, "linesAdded", SB_REQUIRED);
    sb_check_count(in, "linesRemoved", SB_REQUIRED);
    sb_check_members(in, members);
}

static void check_files(const sb_object *item) {
    json_object *list = sb_check_array(item, "files", SB_OPTIONAL, 0, FILES_MAX);
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        char where[96];
        (void)snprintf(where, sizeof where, "%sfiles[%zu].", item->where, i);
        sb_object in = {entry, where, item->findings};
        if (json_object_is_type(entry, json_type_object)) {
            check_file(&in);
        } else {
            sb_error(item->findings, "'%sfiles[%zu]' must be an object.", item->where, i);
        }
    }
}

/* Jira cuts a message that is too long, and takes the commit. */
static void check_message(const sb_object *item) {
    const char *message = sb_check_text(item, "message", SB_REQUIRED, SIZE_MAX);
    if (message != NULL && sb_utf16_units(message, strlen(message)) > TEXT_MAX) {
        sb_warning(item->findings, "'%smessage' is longer than %d characters; Jira cuts it.",
                   item->where, TEXT_MAX);
    }
}

static void check_commit(const sb_object *item) {
    sb_check_entity_id(item);
    check_hash(item);
    (void)sb_check_integer(item, "updateSequenceId", SB_REQUIRED, NULL);
    check_flags(item);
    check_message(item);
    sb_check_author(item);
    sb_check_count(item, "fileCount", SB_REQUIRED);
    (void)sb_check_uri(item, "url", SB_REQUIRED_NOT_EMPTY, SB_URL_MAX);
    check_files(item);
    sb_check_utc(item, "authorTimestamp", SB_REQUIRED);
    (void)sb_check_text(item, "displayId", SB_REQUIRED_NOT_EMPTY, NAME_MAX_UNITS);
}

void sb_check_commit(json_object *json, sb_findings *findings, sb_associations *associations) {
    static const char *const members[] = {
        "id",        "issueKeys", "associations", "updateSequenceId",
        "hash",      "flags",     "message",      "author",
        "fileCount", "url",       "files",        "authorTimestamp",
        "displayId", NULL};
    sb_object item = {json, "", findings};
    check_commit(&item);
    sb_check_devinfo_keys(&item, SB_OPTIONAL, associations);
    sb_check_members(&item, members);
}

void sb_check_last_commit(json_object *json, sb_findings *findings, sb_associations *associations) {
    static const char *const members[] = {"id",    "issueKeys", "updateSequenceId", "hash",
                                          "flags", "message",   "author",           "fileCount",
                                          "url",   "files",     "authorTimestamp",  "displayId",
                                          NULL};
    sb_object item = {json, "lastCommit.", findings};
    check_commit(&item);
    sb_check_devinfo_keys(&item, SB_REQUIRED, associations);
    sb_check_members(&item, members);
}
