/* What the schema says of a build. */
#include "schema.h"

#include <stdio.h>

enum { TEXT_MAX = 255, URL_MAX = 2000, REFERENCES_MAX = 5 };

static void check_tests(const sb_object *item) {
    static const char *const members[] = {"totalNumber", "numberPassed", "numberFailed",
                                          "numberSkipped", NULL};
    json_object *tests = sb_check_object(item, "testInfo", SB_OPTIONAL);
    if (tests == NULL) {
        return;
    }
    sb_object in = {tests, "testInfo.", item->findings};
    int64_t total = 0;
    int64_t passed = 0;
    int64_t failed = 0;
    int64_t skipped = 0;
    bool whole = sb_check_integer(&in, "totalNumber", SB_REQUIRED, &total);
    whole = sb_check_integer(&in, "numberPassed", SB_REQUIRED, &passed) && whole;
    whole = sb_check_integer(&in, "numberFailed", SB_REQUIRED, &failed) && whole;
    (void)sb_check_integer(&in, "numberSkipped", SB_OPTIONAL, &skipped);
    sb_check_members(&in, members);
    if (whole && (total < 0 || passed < 0 || failed < 0 || skipped < 0)) {
        sb_warning(item->findings, "'testInfo' holds a number below zero.");
    }
}

static void check_reference(const sb_object *reference) {
    static const char *const members[] = {"commit", "ref", NULL};
    static const char *const commit_members[] = {"id", "repositoryUri", NULL};
    static const char *const ref_members[] = {"name", "uri", NULL};
    char where[96];
    sb_check_members(reference, members);
    json_object *commit = sb_check_object(reference, "commit", SB_OPTIONAL);
    if (commit != NULL) {
        (void)snprintf(where, sizeof where, "%scommit.", reference->where);
        sb_object in = {commit, where, reference->findings};
        (void)sb_check_text(&in, "id", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
        (void)sb_check_text(&in, "repositoryUri", SB_REQUIRED_NOT_EMPTY, URL_MAX);
        sb_check_members(&in, commit_members);
    }
    json_object *ref = sb_check_object(reference, "ref", SB_OPTIONAL);
    if (ref != NULL) {
        (void)snprintf(where, sizeof where, "%sref.", reference->where);
        sb_object in = {ref, where, reference->findings};
        (void)sb_check_text(&in, "name", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
        (void)sb_check_text(&in, "uri", SB_REQUIRED_NOT_EMPTY, URL_MAX);
        sb_check_members(&in, ref_members);
    }
}

static void check_references(const sb_object *item) {
    json_object *list = sb_check_array(item, "references", SB_OPTIONAL, 1, REFERENCES_MAX);
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        char where[96];
        (void)snprintf(where, sizeof where, "references[%zu].", i);
        sb_object in = {entry, where, item->findings};
        if (json_object_is_type(entry, json_type_object)) {
            check_reference(&in);
        } else {
            sb_error(item->findings, "'references[%zu]' must be an object.", i);
        }
    }
}

void sb_check_build(json_object *json, sb_findings *findings, sb_associations *associations) {
    static const char *const members[] = {
        "schemaVersion", "pipelineId",  "buildNumber", "updateSequenceNumber",
        "displayName",   "description", "label",       "url",
        "state",         "lastUpdated", "issueKeys",   "associations",
        "testInfo",      "references",  NULL};
    static const char *const versions[] = {"1.0", NULL};
    static const char *const states[] = {"pending",   "in_progress", "successful", "failed",
                                         "cancelled", "unknown",     NULL};
    sb_object item = {json, "", findings};
    (void)sb_check_enum(&item, "schemaVersion", SB_OPTIONAL, versions);
    (void)sb_check_text(&item, "pipelineId", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_integer(&item, "buildNumber", SB_REQUIRED, NULL);
    (void)sb_check_integer(&item, "updateSequenceNumber", SB_REQUIRED, NULL);
    (void)sb_check_text(&item, "displayName", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_text(&item, "description", SB_OPTIONAL, TEXT_MAX);
    (void)sb_check_text(&item, "label", SB_OPTIONAL, TEXT_MAX);
    (void)sb_check_uri(&item, "url", SB_REQUIRED_NOT_EMPTY, URL_MAX);
    (void)sb_check_enum(&item, "state", SB_REQUIRED, states);
    sb_check_date_time(&item, "lastUpdated", SB_REQUIRED);
    sb_check_associations(&item, false, associations);
    check_tests(&item);
    check_references(&item);
    sb_check_members(&item, members);
}
