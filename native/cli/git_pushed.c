/* Which commits a CI's job is about: its variables, checked against what the clone has. */
#include "cli/git_pushed.h"

#include "base/timestamp.h"
#include "cli/ci_files.h"
#include "cli/exit_code.h"
#include "cli/git_branches.h"
#include "cli/options.h"
#include "cli/output.h"
#include "event/json.h"

#include <string.h>

/*
 * Where the commits begin (the first one that was there before) and end, in the templates of ci.h.
 * The rows of a CI are tried in their order.
 */
typedef struct row {
    const char *ci, *start, *end;
} row;

static const row rows[] = {
    {"GitLab CI", "{CI_COMMIT_BEFORE_SHA}", "{CI_COMMIT_SHA}"},
    {"GitLab CI", "{CI_MERGE_REQUEST_DIFF_BASE_SHA}",
     "{CI_MERGE_REQUEST_SOURCE_BRANCH_SHA}|{CI_COMMIT_SHA}"},
    {"GitHub Actions", "{#before}", "{#after}|{GITHUB_SHA}"},
    {"GitHub Actions", "{#pull_request.base.sha}", "{#pull_request.head.sha}"},
    {"Jenkins", "{gitlabBefore}", "{gitlabAfter}"},
    {"Jenkins", "{GIT_PREVIOUS_SUCCESSFUL_COMMIT}", "{GIT_COMMIT}"},
    {"Jenkins", "refs/remotes/origin/{CHANGE_TARGET}", "{GIT_COMMIT}|HEAD"},
    {"Jenkins", "{GIT_PREVIOUS_COMMIT}", "{GIT_COMMIT}"},
    {"Azure Pipelines",
     "refs/remotes/origin/{SYSTEM_PULLREQUEST_TARGETBRANCH:heads}|"
     "refs/remotes/origin/{SYSTEM_PULLREQUEST_TARGETBRANCH}",
     "{SYSTEM_PULLREQUEST_SOURCECOMMITID}"},
    {"Bitbucket Pipelines", "{BITBUCKET_PR_DESTINATION_COMMIT}", "{BITBUCKET_COMMIT}"},
    {"Bitbucket Pipelines", "refs/remotes/origin/{BITBUCKET_PR_DESTINATION_BRANCH}",
     "{BITBUCKET_COMMIT}"},
    {"Drone", "{DRONE_COMMIT_BEFORE}", "{DRONE_COMMIT_AFTER}|{DRONE_COMMIT_SHA}"},
    {"Woodpecker", "{CI_PREV_COMMIT_SHA}", "{CI_COMMIT_SHA}"},
    {"Woodpecker", "refs/remotes/origin/{CI_COMMIT_TARGET_BRANCH}", "{CI_COMMIT_SHA}"},
    {"Bamboo", "{bamboo_planRepository_previousRevision}", "{bamboo_planRepository_revision}"},
    {"Buildkite", "refs/remotes/origin/{BUILDKITE_PULL_REQUEST_BASE_BRANCH}", "{BUILDKITE_COMMIT}"},
    {"TeamCity", "refs/remotes/origin/{teamcity.pullRequest.target.branch}", "{BUILD_VCS_NUMBER}"},
    /* The first of the new ones, so that its parents were there before. */
    {"GoCD", "{GO_FROM_REVISION}^", "{GO_TO_REVISION}|{GO_REVISION}"},
};

void git_pushed_free(git_pushed *pushed) {
    git_range_free(&pushed->range);
    js_strings_clear(&pushed->absent);
    json_object_put(pushed->event);
    pushed->event = pushed->told = NULL;
}

static bool fill(const cli_ci *ci, const char *template, js_buf *value, js_buf *origin) {
    cli_ci one = {.name = ci->name};
    one.facts[CLI_FACT_COMMIT] = template;
    return cli_ci_fact(&one, CLI_FACT_COMMIT, value, origin);
}

static int include(git_pushed *pushed, const char *hash) {
    return js_strings_add(&pushed->range.included, hash, strlen(hash)) ? CLI_OK : cli_no_memory();
}

static int exclude(git_pushed *pushed, const char *hash) {
    return js_strings_add(&pushed->range.excluded, hash, strlen(hash)) ? CLI_OK : cli_no_memory();
}

/* What one row tells: the commit before those that were pushed, as it was told, and the last one. */
typedef struct push {
    js_buf start, end, start_origin, end_origin;
    char last[GIT_HASH_SIZE];
} push;

static void push_free(push *in) {
    js_buf_clear(&in->start);
    js_buf_clear(&in->end);
    js_buf_clear(&in->start_origin);
    js_buf_clear(&in->end_origin);
}

typedef enum outcome { FOUND, NOT_FOUND, FAILED } outcome;

/* Whether a branch was new: then its start is nothing but zeros. */
static bool is_new(const push *in) {
    return in->start.data[strspn(in->start.data, "0")] == '\0';
}

/* GitLab tells zeros wherever it has nothing to tell; only of a push they mean a new branch. */
static bool tells_nothing(const cli_ci *ci, const push *in) {
    const char *source = cli_environment("CI_PIPELINE_SOURCE");
    return is_new(in) && strcmp(ci->name, "GitLab CI") == 0 &&
           (source == NULL || strcmp(source, "push") != 0);
}

/* FOUND: the row tells a push whose last commit is there. */
static outcome read_row(git_repository *repository, const cli_ci *ci, const row *from, push *in) {
    if (!fill(ci, from->start, &in->start, &in->start_origin) ||
        !fill(ci, from->end, &in->end, &in->end_origin) || in->start.failed || in->end.failed ||
        tells_nothing(ci, in)) {
        return NOT_FOUND;
    }
    switch (git_resolve(repository, in->end.data, in->last)) {
    case GIT_FOUND:
        return FOUND;
    case GIT_NOT_FOUND:
        return NOT_FOUND;
    case GIT_NOT_ASKED:
        break;
    }
    return FAILED;
}

/* A commit in GitHub's event. Of those that came with another push it says `distinct: false`. */
static outcome take_told(git_repository *repository, json_object *commit, git_pushed *pushed) {
    json_object *id = NULL, *distinct = NULL;
    char hash[GIT_HASH_SIZE];
    if (!json_object_object_get_ex(commit, "id", &id) ||
        !json_object_is_type(id, json_type_string) ||
        !git_is_hash(json_object_get_string(id), (size_t)json_object_get_string_len(id)) ||
        (json_object_object_get_ex(commit, "distinct", &distinct) &&
         !json_object_get_boolean(distinct))) {
        return NOT_FOUND;
    }
    const char *text = json_object_get_string(id);
    switch (git_resolve(repository, text, hash)) {
    case GIT_FOUND:
        return include(pushed, hash) == CLI_OK ? FOUND : FAILED;
    case GIT_NOT_FOUND:
        if (!js_strings_add(&pushed->absent, text, strlen(text))) {
            cli_no_memory();
            return FAILED;
        }
        return FOUND;
    case GIT_NOT_ASKED:
        break;
    }
    return FAILED;
}

/* The commits that GitHub's event lists: all of a push, also where the clone has only the last. */
static outcome take_event(git_repository *repository, const cli_ci *ci, git_pushed *pushed) {
    outcome all = NOT_FOUND;
    if (strcmp(ci->name, "GitHub Actions") != 0) {
        return NOT_FOUND;
    }
    pushed->event = cli_ci_github_event();
    if (!json_object_is_type(pushed->event, json_type_object) ||
        !json_object_object_get_ex(pushed->event, "commits", &pushed->told) ||
        !json_object_is_type(pushed->told, json_type_array)) {
        pushed->told = NULL;
        return NOT_FOUND;
    }
    for (size_t i = 0; i < json_object_array_length(pushed->told) && all != FAILED; i++) {
        outcome one = take_told(repository, json_object_array_get_idx(pushed->told, i), pushed);
        all = one == NOT_FOUND ? all : one;
    }
    pushed->range.alone = all == FOUND;
    return all;
}

/* What every other branch has was there before. */
typedef struct others {
    git_pushed *pushed;
    const char *own; /* the branch that was pushed */
} others;

static int exclude_branch(void *context, const char *name, const char *hash) {
    others *in = context;
    return strcmp(name, in->own) == 0 ? CLI_OK : exclude(in->pushed, hash);
}

/* A new branch, or one whose old end is gone: what no other branch has, if the clone has any. */
static outcome take_new(const cli_ci *ci, const push *in, git_pushed *pushed) {
    js_buf branch = JS_BUF_INIT, origin = JS_BUF_INIT;
    outcome result = NOT_FOUND;
    if (cli_ci_fact(ci, CLI_FACT_BRANCH, &branch, &origin) && !branch.failed) {
        others context = {.pushed = pushed, .own = branch.data};
        if (git_branches(exclude_branch, &context) != CLI_OK) {
            result = FAILED;
        } else if (pushed->range.excluded.count > 0) {
            result = include(pushed, in->last) == CLI_OK ? FOUND : FAILED;
        }
    }
    js_buf_clear(&branch);
    js_buf_clear(&origin);
    return result;
}

/* The push that a row tells, as a range of what the clone has. */
static outcome take_push(git_repository *repository, const cli_ci *ci, const push *in,
                         git_pushed *pushed) {
    char start[GIT_HASH_SIZE];
    git_found found = is_new(in) ? GIT_NOT_FOUND : git_resolve(repository, in->start.data, start);
    if (found == GIT_NOT_ASKED) {
        return FAILED;
    }
    if (found == GIT_FOUND) {
        bool good = include(pushed, in->last) == CLI_OK && exclude(pushed, start) == CLI_OK;
        return good ? FOUND : FAILED;
    }
    outcome told = take_event(repository, ci, pushed);
    if (told != NOT_FOUND) {
        return told;
    }
    if (!is_new(in) && repository->shallow && strchr(in->start.data, '/') == NULL) {
        cli_note("The history of this clone is cut off, and %s from %s is not in it: the commits "
                 "that are there are taken. Fetch more history to take all of them.",
                 in->start.data, in->start_origin.data);
        return include(pushed, in->last) == CLI_OK ? FOUND : FAILED;
    }
    return strchr(in->start.data, '/') == NULL ? take_new(ci, in, pushed) : NOT_FOUND;
}

static outcome take_rows(git_repository *repository, const cli_ci *ci, git_pushed *pushed) {
    outcome result = NOT_FOUND;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && result == NOT_FOUND; i++) {
        push one = {.start = JS_BUF_INIT, .end = JS_BUF_INIT};
        if (strcmp(rows[i].ci, ci->name) == 0) {
            result = read_row(repository, ci, &rows[i], &one);
            result = result == FOUND ? take_push(repository, ci, &one, pushed) : result;
        }
        push_free(&one);
    }
    return result;
}

static int take_head(git_repository *repository, const cli_ci *ci, git_pushed *pushed) {
    char hash[GIT_HASH_SIZE];
    git_found found = git_resolve(repository, "HEAD", hash);
    if (found == GIT_NOT_ASKED) {
        return CLI_SOFTWARE;
    }
    if (found == GIT_NOT_FOUND) {
        cli_note("There is no commit yet.");
        return CLI_OK;
    }
    if (ci != NULL) {
        cli_note("%s does not say what was pushed, so HEAD alone is used.", ci->name);
    } else {
        cli_note("This is not a job of a CI system that jirasend knows, so HEAD alone is used.");
    }
    pushed->range.alone = true;
    return include(pushed, hash);
}

int git_pushed_find(git_repository *repository, const cli_ci *ci, git_pushed *pushed) {
    outcome result = ci != NULL ? take_rows(repository, ci, pushed) : NOT_FOUND;
    if (result == FAILED) {
        return CLI_SOFTWARE;
    }
    if (result == NOT_FOUND) {
        git_range_free(&pushed->range);
        return take_head(repository, ci, pushed);
    }
    return CLI_OK;
}

static json_object *told_of(const git_pushed *pushed, const char *hash) {
    size_t count = pushed->told != NULL ? json_object_array_length(pushed->told) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *one = json_object_array_get_idx(pushed->told, i);
        if (strcmp(js_json_text_of(one, "id"), hash) == 0) {
            return one;
        }
    }
    return NULL;
}

bool git_pushed_absent(const git_pushed *pushed, size_t index, git_commit *commit) {
    const char *hash = pushed->absent.items[index];
    json_object *told = told_of(pushed, hash);
    json_object *author = NULL;
    (void)json_object_object_get_ex(told, "author", &author);
    const char *time = js_json_text_of(told, "timestamp");
    memcpy(commit->hash, hash, strlen(hash) + 1);
    js_buf_reset(&commit->message);
    js_buf_reset(&commit->author);
    js_buf_reset(&commit->email);
    js_buf_add_text(&commit->message, js_json_text_of(told, "message"));
    git_message_end(&commit->message);
    js_buf_add_text(&commit->author, js_json_text_of(author, "name"));
    js_buf_add_text(&commit->email, js_json_text_of(author, "email"));
    commit->merge = false;
    commit->file_count = 0;
    commit->listed = 0;
    commit->dated = js_timestamp_parse(time, strlen(time), &commit->authored_ms, NULL);
    return !commit->message.failed && !commit->author.failed && !commit->email.failed;
}
