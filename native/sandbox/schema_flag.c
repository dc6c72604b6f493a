/* What the schema says of a feature flag. */
#include "schema.h"

#include <stdio.h>

enum { TEXT_MAX = 255, URL_MAX = 2000, DETAILS_MAX = 1000 };

static void check_rollout(const sb_object *status, const char *where) {
    static const char *const members[] = {"percentage", "text", "rules", NULL};
    json_object *rollout = sb_check_object(status, "rollout", SB_OPTIONAL);
    if (rollout == NULL) {
        return;
    }
    sb_object in = {rollout, where, status->findings};
    json_object *percentage = NULL;
    if (json_object_object_get_ex(rollout, "percentage", &percentage)) {
        bool number = json_object_is_type(percentage, json_type_int) ||
                      json_object_is_type(percentage, json_type_double);
        double value = json_object_get_double(percentage);
        if (!number || !(value >= 0 && value <= 100)) {
            sb_error(in.findings, "'%spercentage' must be a number from 0 to 100.", where);
        }
    }
    (void)sb_check_text(&in, "text", SB_OPTIONAL, TEXT_MAX);
    int64_t rules = 0;
    if (sb_check_integer(&in, "rules", SB_OPTIONAL, &rules) && rules < 0) {
        sb_error(in.findings, "'%srules' must not be below zero.", where);
    }
    sb_check_members(&in, members);
    if (json_object_object_length(rollout) > 1) {
        sb_warning(in.findings, "'%s' should hold only one of percentage, text, rules.", where);
    }
}

static void check_status(const sb_object *holder) {
    static const char *const members[] = {"enabled", "defaultValue", "rollout", NULL};
    json_object *status = sb_check_object(holder, "status", SB_REQUIRED);
    if (status == NULL) {
        return;
    }
    char where[96];
    char deeper[128];
    (void)snprintf(where, sizeof where, "%sstatus.", holder->where);
    (void)snprintf(deeper, sizeof deeper, "%srollout.", where);
    sb_object in = {status, where, holder->findings};
    sb_check_boolean(&in, "enabled", SB_REQUIRED);
    (void)sb_check_text(&in, "defaultValue", SB_OPTIONAL, TEXT_MAX);
    check_rollout(&in, deeper);
    sb_check_members(&in, members);
}

static void check_environment(const sb_object *detail) {
    static const char *const members[] = {"name", "type", NULL};
    static const char *const types[] = {"development", "testing", "staging", "production", NULL};
    json_object *environment = sb_check_object(detail, "environment", SB_REQUIRED);
    if (environment == NULL) {
        return;
    }
    char where[96];
    (void)snprintf(where, sizeof where, "%senvironment.", detail->where);
    sb_object in = {environment, where, detail->findings};
    (void)sb_check_text(&in, "name", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_enum(&in, "type", SB_OPTIONAL, types);
    sb_check_members(&in, members);
}

static void check_details(const sb_object *item) {
    static const char *const members[] = {"url", "lastUpdated", "environment", "status", NULL};
    json_object *list = sb_check_array(item, "details", SB_REQUIRED, 1, DETAILS_MAX);
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        char where[96];
        (void)snprintf(where, sizeof where, "details[%zu].", i);
        sb_object in = {entry, where, item->findings};
        if (!json_object_is_type(entry, json_type_object)) {
            sb_error(item->findings, "'details[%zu]' must be an object.", i);
            continue;
        }
        (void)sb_check_uri(&in, "url", SB_REQUIRED_NOT_EMPTY, URL_MAX);
        sb_check_date_time(&in, "lastUpdated", SB_REQUIRED);
        check_environment(&in);
        check_status(&in);
        sb_check_members(&in, members);
    }
}

static void check_summary(const sb_object *item) {
    static const char *const members[] = {"url", "status", "lastUpdated", NULL};
    json_object *summary = sb_check_object(item, "summary", SB_REQUIRED);
    if (summary == NULL) {
        return;
    }
    sb_object in = {summary, "summary.", item->findings};
    (void)sb_check_uri(&in, "url", SB_OPTIONAL, URL_MAX);
    check_status(&in);
    sb_check_date_time(&in, "lastUpdated", SB_REQUIRED);
    sb_check_members(&in, members);
}

void sb_check_flag(json_object *json, sb_findings *findings, sb_associations *associations) {
    static const char *const members[] = {
        "schemaVersion", "id",           "key",     "updateSequenceId", "displayName",
        "issueKeys",     "associations", "summary", "details",          NULL};
    static const char *const versions[] = {"1.0", NULL};
    sb_object item = {json, "", findings};
    (void)sb_check_enum(&item, "schemaVersion", SB_OPTIONAL, versions);
    (void)sb_check_text(&item, "id", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_text(&item, "key", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_integer(&item, "updateSequenceId", SB_REQUIRED, NULL);
    (void)sb_check_text(&item, "displayName", SB_OPTIONAL, TEXT_MAX);
    sb_check_associations(&item, false, associations);
    check_summary(&item);
    check_details(&item);
    sb_check_members(&item, members);
}
