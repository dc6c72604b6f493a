/* What the schema says of a deployment. */
#include "schema.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 255, URL_MAX = 2000, COMMANDS_MAX = 100 };

static void check_pipeline(const sb_object *item) {
    static const char *const members[] = {"id", "displayName", "url", NULL};
    json_object *pipeline = sb_check_object(item, "pipeline", SB_REQUIRED);
    if (pipeline == NULL) {
        return;
    }
    sb_object in = {pipeline, "pipeline.", item->findings};
    (void)sb_check_text(&in, "id", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_text(&in, "displayName", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_uri(&in, "url", SB_REQUIRED_NOT_EMPTY, URL_MAX);
    sb_check_members(&in, members);
}

static void check_environment(const sb_object *item) {
    static const char *const members[] = {"id", "displayName", "type", NULL};
    static const char *const types[] = {"unmapped", "development", "testing",
                                        "staging",  "production",  NULL};
    json_object *environment = sb_check_object(item, "environment", SB_REQUIRED);
    if (environment == NULL) {
        return;
    }
    sb_object in = {environment, "environment.", item->findings};
    (void)sb_check_text(&in, "id", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_text(&in, "displayName", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_enum(&in, "type", SB_REQUIRED, types);
    sb_check_members(&in, members);
}

static void check_commands(const sb_object *item) {
    static const char *const members[] = {"command", NULL};
    static const char *const names[] = {"initiate_deployment_gating", NULL};
    json_object *list = sb_check_array(item, "commands", SB_OPTIONAL, 0, COMMANDS_MAX);
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        char where[96];
        (void)snprintf(where, sizeof where, "commands[%zu].", i);
        sb_object in = {entry, where, item->findings};
        if (json_object_is_type(entry, json_type_object)) {
            (void)sb_check_enum(&in, "command", SB_REQUIRED, names);
            sb_check_members(&in, members);
        } else {
            sb_error(item->findings, "'commands[%zu]' must be an object.", i);
        }
    }
}

void sb_check_deployment(json_object *json, sb_findings *findings, sb_associations *associations) {
    static const char *const members[] = {"deploymentSequenceNumber",
                                          "updateSequenceNumber",
                                          "issueKeys",
                                          "associations",
                                          "displayName",
                                          "url",
                                          "description",
                                          "lastUpdated",
                                          "label",
                                          "duration",
                                          "state",
                                          "pipeline",
                                          "environment",
                                          "commands",
                                          "schemaVersion",
                                          NULL};
    static const char *const versions[] = {"1.0", NULL};
    static const char *const states[] = {"unknown", "pending",     "in_progress", "cancelled",
                                         "failed",  "rolled_back", "successful",  NULL};
    sb_object item = {json, "", findings};
    (void)sb_check_integer(&item, "deploymentSequenceNumber", SB_REQUIRED, NULL);
    (void)sb_check_integer(&item, "updateSequenceNumber", SB_REQUIRED, NULL);
    sb_check_associations(&item, true, associations);
    (void)sb_check_text(&item, "displayName", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    (void)sb_check_uri(&item, "url", SB_REQUIRED_NOT_EMPTY, URL_MAX);
    (void)sb_check_text(&item, "description", SB_REQUIRED, TEXT_MAX);
    sb_check_date_time(&item, "lastUpdated", SB_REQUIRED);
    (void)sb_check_text(&item, "label", SB_OPTIONAL, TEXT_MAX);
    (void)sb_check_integer(&item, "duration", SB_OPTIONAL, NULL);
    (void)sb_check_enum(&item, "state", SB_REQUIRED, states);
    check_pipeline(&item);
    check_environment(&item);
    check_commands(&item);
    (void)sb_check_enum(&item, "schemaVersion", SB_OPTIONAL, versions);
    sb_check_members(&item, members);
}
