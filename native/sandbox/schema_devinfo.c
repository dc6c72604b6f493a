/* Repositories, branches and pull requests; commits have a file of their own. */
#include "schema_devinfo.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_MAX_UNITS = 255,
    TEXT_MAX = 1024,
    BRANCH_MAX = 512,
    EMAIL_MAX = 254,
    ACCOUNT_MAX = 128
};

void sb_check_entity_id(const sb_object *item) {
    const char *id = sb_check_text(item, "id", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    if (id != NULL && !sb_is_entity_id(id)) {
        sb_error(item->findings,
                 "'%sid' must consist of letters of ASCII, digits and '~', '.', '-', '_'.",
                 item->where);
    }
}

void sb_check_author(const sb_object *item) {
    static const char *const members[] = {"name", "email", "username", "url", "avatar", NULL};
    json_object *author = sb_check_object(item, "author", SB_REQUIRED);
    if (author == NULL) {
        return;
    }
    char where[96];
    (void)snprintf(where, sizeof where, "%sauthor.", item->where);
    sb_object in = {author, where, item->findings};
    (void)sb_check_text(&in, "name", SB_OPTIONAL, NAME_MAX_UNITS);
    (void)sb_check_text(&in, "email", SB_OPTIONAL, NAME_MAX_UNITS);
    (void)sb_check_text(&in, "username", SB_OPTIONAL, NAME_MAX_UNITS);
    (void)sb_check_text(&in, "url", SB_OPTIONAL, SB_URL_MAX);
    (void)sb_check_text(&in, "avatar", SB_OPTIONAL, SB_URL_MAX);
    sb_check_members(&in, members);
}

void sb_check_repository(json_object *json, sb_findings *findings) {
    static const char *const members[] = {"id",
                                          "name",
                                          "description",
                                          "forkOf",
                                          "url",
                                          "updateSequenceId",
                                          "commits",
                                          "branches",
                                          "pullRequests",
                                          "avatar",
                                          "avatarDescription",
                                          NULL};
    sb_object item = {json, "", findings};
    sb_check_entity_id(&item);
    (void)sb_check_text(&item, "name", SB_REQUIRED_NOT_EMPTY, NAME_MAX_UNITS);
    (void)sb_check_text(&item, "description", SB_OPTIONAL, TEXT_MAX);
    (void)sb_check_text(&item, "forkOf", SB_OPTIONAL, TEXT_MAX);
    (void)sb_check_uri(&item, "url", SB_REQUIRED_NOT_EMPTY, SB_URL_MAX);
    (void)sb_check_integer(&item, "updateSequenceId", SB_REQUIRED, NULL);
    (void)sb_check_uri(&item, "avatar", SB_OPTIONAL, SB_URL_MAX);
    (void)sb_check_text(&item, "avatarDescription", SB_OPTIONAL, TEXT_MAX);
    sb_check_members(&item, members);
}

void sb_check_branch(json_object *json, sb_findings *findings, sb_associations *associations) {
    static const char *const members[] = {
        "id",   "issueKeys",  "associations",         "updateSequenceId",
        "name", "lastCommit", "createPullRequestUrl", "url",
        NULL};
    sb_object item = {json, "", findings};
    sb_check_entity_id(&item);
    (void)sb_check_integer(&item, "updateSequenceId", SB_REQUIRED, NULL);
    (void)sb_check_text(&item, "name", SB_REQUIRED_NOT_EMPTY, BRANCH_MAX);
    (void)sb_check_uri(&item, "createPullRequestUrl", SB_OPTIONAL, SB_URL_MAX);
    (void)sb_check_uri(&item, "url", SB_REQUIRED_NOT_EMPTY, SB_URL_MAX);
    sb_check_devinfo_keys(&item, SB_OPTIONAL, associations);
    (void)sb_check_object(&item, "lastCommit", SB_REQUIRED); /* the commit itself: the caller */
    sb_check_members(&item, members);
}

static void check_reviewer(const sb_object *in) {
    static const char *const members[] = {"name",  "approvalStatus", "url", "avatar",
                                          "email", "accountId",      NULL};
    static const char *const states[] = {"APPROVED", "UNAPPROVED", NULL};
    (void)sb_check_text(in, "name", SB_OPTIONAL, NAME_MAX_UNITS);
    (void)sb_check_enum(in, "approvalStatus", SB_OPTIONAL, states);
    (void)sb_check_uri(in, "url", SB_OPTIONAL, SB_URL_MAX);
    (void)sb_check_uri(in, "avatar", SB_OPTIONAL, SB_URL_MAX);
    (void)sb_check_text(in, "email", SB_OPTIONAL, EMAIL_MAX);
    (void)sb_check_text(in, "accountId", SB_OPTIONAL, ACCOUNT_MAX);
    sb_check_members(in, members);
}

static void check_reviewers(const sb_object *item) {
    json_object *list = sb_check_array(item, "reviewers", SB_OPTIONAL, 0, SIZE_MAX);
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        char where[96];
        (void)snprintf(where, sizeof where, "reviewers[%zu].", i);
        sb_object in = {entry, where, item->findings};
        if (json_object_is_type(entry, json_type_object)) {
            check_reviewer(&in);
        } else {
            sb_error(item->findings, "'reviewers[%zu]' must be an object.", i);
        }
    }
}

void sb_check_pull_request(json_object *json, sb_findings *findings,
                           sb_associations *associations) {
    static const char *const members[] = {"id",
                                          "issueKeys",
                                          "associations",
                                          "updateSequenceId",
                                          "status",
                                          "title",
                                          "author",
                                          "commentCount",
                                          "sourceBranch",
                                          "sourceBranchUrl",
                                          "lastUpdate",
                                          "destinationBranch",
                                          "destinationBranchUrl",
                                          "reviewers",
                                          "url",
                                          "displayId",
                                          NULL};
    static const char *const states[] = {"OPEN", "MERGED", "DECLINED", "UNKNOWN", NULL};
    sb_object item = {json, "", findings};
    sb_check_entity_id(&item);
    (void)sb_check_integer(&item, "updateSequenceId", SB_REQUIRED, NULL);
    (void)sb_check_enum(&item, "status", SB_REQUIRED, states);
    (void)sb_check_text(&item, "title", SB_REQUIRED_NOT_EMPTY, TEXT_MAX);
    sb_check_author(&item);
    sb_check_count(&item, "commentCount", SB_REQUIRED);
    (void)sb_check_text(&item, "sourceBranch", SB_REQUIRED_NOT_EMPTY, NAME_MAX_UNITS);
    (void)sb_check_uri(&item, "sourceBranchUrl", SB_OPTIONAL, SB_URL_MAX);
    sb_check_utc(&item, "lastUpdate", SB_REQUIRED);
    (void)sb_check_text(&item, "destinationBranch", SB_OPTIONAL, NAME_MAX_UNITS);
    (void)sb_check_uri(&item, "destinationBranchUrl", SB_OPTIONAL, SB_URL_MAX);
    check_reviewers(&item);
    (void)sb_check_uri(&item, "url", SB_REQUIRED_NOT_EMPTY, SB_URL_MAX);
    (void)sb_check_text(&item, "displayId", SB_REQUIRED_NOT_EMPTY, NAME_MAX_UNITS);
    sb_check_devinfo_keys(&item, SB_OPTIONAL, associations);
    sb_check_members(&item, members);
}
