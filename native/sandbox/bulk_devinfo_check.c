/* A request with development information as a whole: what Jira answers 400 for. */
#include "bulk_devinfo.h"

enum { REPOSITORIES_MAX = 100, ENTITIES_MAX = 400, ALL_ENTITIES_MAX = 1000 };

const sb_devinfo_type sb_devinfo_types[SB_DEVINFO_TYPES] = {
    {"commits", SB_COMMIT, sb_check_commit},
    {"branches", SB_BRANCH, sb_check_branch},
    {"pullRequests", SB_PULL_REQUEST, sb_check_pull_request},
};

struct counts {
    size_t given, stored;
};

size_t sb_length_of(json_object *list) {
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

/* A set of ids; false when the id is in it already. Memory that is short shows elsewhere. */
static bool add_new(json_object *seen, const char *id) {
    if (json_object_object_get_ex(seen, id, NULL)) {
        return false;
    }
    (void)json_object_object_add(seen, id, NULL);
    return true;
}

static const char *check_entities(json_object *list) {
    json_object *seen = json_object_new_object();
    const char *wrong = NULL;
    for (size_t i = 0; wrong == NULL && i < sb_length_of(list); i++) {
        json_object *each = json_object_array_get_idx(list, i);
        if (!json_object_is_type(each, json_type_object)) {
            wrong = "Commits, branches and pull requests must be objects.";
        } else if (!add_new(seen, sb_member_text(each, "id"))) {
            wrong = "A repository must not hold two entities of one type with the same 'id'.";
        } else if (sb_has_two_kinds_of_keys(each)) {
            wrong = "An entity must not have both 'issueKeys' and 'associations'.";
        }
    }
    json_object_put(seen);
    return wrong;
}

static const char *check_lists(json_object *repository, struct counts *counts) {
    for (size_t i = 0; i < SB_DEVINFO_TYPES; i++) {
        json_object *list = sb_member(repository, sb_devinfo_types[i].list);
        if (json_object_object_get_ex(repository, sb_devinfo_types[i].list, NULL) &&
            !json_object_is_type(list, json_type_array)) {
            return "'commits', 'branches' and 'pullRequests' must be arrays.";
        }
        size_t count = sb_length_of(list);
        if (count > ENTITIES_MAX) {
            return "A repository must not hold more than 400 entities of one type.";
        }
        counts->given += count;
        /* The last commit of a branch is stored, too. */
        counts->stored += sb_devinfo_types[i].kind == SB_BRANCH ? 2 * count : count;
        const char *wrong = check_entities(list);
        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

static const char *check_repositories(json_object *list, struct counts *counts) {
    if (sb_length_of(list) == 0) {
        return "'repositories' must be an array that is not empty.";
    }
    if (sb_length_of(list) > REPOSITORIES_MAX) {
        return "'repositories' must not hold more than 100 repositories.";
    }
    json_object *seen = json_object_new_object();
    const char *wrong = NULL;
    for (size_t i = 0; wrong == NULL && i < sb_length_of(list); i++) {
        json_object *each = json_object_array_get_idx(list, i);
        if (!json_object_is_type(each, json_type_object)) {
            wrong = "'repositories' must hold objects only.";
        } else if (!add_new(seen, sb_member_text(each, "id"))) {
            wrong = "'repositories' must not hold the same repository twice.";
        } else {
            wrong = check_lists(each, counts);
        }
    }
    json_object_put(seen);
    if (wrong == NULL && counts->given == 0) {
        wrong = "No development information entities were provided.";
    }
    return wrong == NULL && counts->stored > ALL_ENTITIES_MAX
               ? "There must not be more than 1000 entities in all repositories."
               : wrong;
}

static const char *check_modes(json_object *body) {
    static const char *const operations[] = {"NORMAL", "BACKFILL", NULL};
    sb_findings findings = {0};
    sb_object frame = {body, "", &findings};
    sb_check_boolean(&frame, "preventTransitions", SB_OPTIONAL);
    (void)sb_check_enum(&frame, "operationType", SB_OPTIONAL, operations);
    bool good = findings.errors.count == 0;
    sb_findings_free(&findings);
    return good ? NULL
                : "'preventTransitions' must be true or false, and 'operationType' one of NORMAL, "
                  "BACKFILL.";
}

const char *sb_devinfo_check(json_object *body, int64_t *items) {
    struct counts counts = {0, 0};
    const char *wrong = check_modes(body);
    if (wrong == NULL) {
        wrong = check_repositories(sb_member(body, "repositories"), &counts);
    }
    *items = (int64_t)counts.given;
    return wrong;
}
