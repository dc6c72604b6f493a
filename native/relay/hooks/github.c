/* GitHub and GitHub Enterprise Server; Gitea and Forgejo, whose payloads have GitHub's shape. */
#include "relay/hooks/news.h"

#include <stdio.h>
#include <string.h>

typedef struct forge {
    const char *branch_path, *commit_path;
} forge;

static const forge the_github = {"/tree/", "/commit/"};
static const forge the_gitea = {"/src/branch/", "/commit/"};

static bool read_repository(rl_news *news, json_object *payload) {
    news->repository = rl_text_at(payload, "repository.full_name");
    news->url = rl_text_at(payload, "repository.html_url");
    if (news->repository == NULL || news->url == NULL) {
        rl_news_nothing(news,
                        "The payload does not name a repository, so nothing is sent to Jira.");
        return false;
    }
    return true;
}

static void push(rl_news *news, json_object *payload, const forge *paths) {
    const char *ref = rl_text_at(payload, "ref");
    const char *branch = rl_branch_of(ref);
    const char *after = rl_text_at(payload, "after");
    json_object *commits = rl_at(payload, "commits");
    if (branch == NULL) {
        rl_news_nothing(news, "Only pushes to branches are sent to Jira; this is %.100s.",
                        ref != NULL ? ref : "none");
        return;
    }
    if (rl_true_at(payload, "deleted") || rl_is_zero_hash(after)) {
        rl_news_nothing(news, "The event 'delete' reports the deletion of the branch.");
        return;
    }
    news->changed_ms = rl_time_at(payload, "repository.pushed_at");
    size_t count =
        json_object_is_type(commits, json_type_array) ? json_object_array_length(commits) : 0;
    for (size_t i = 0; i < count; i++) {
        rl_news_commit(news, json_object_array_get_idx(commits, i), NULL);
    }
    rl_news_missing(news, rl_number_at(payload, "total_commits") - (int64_t)count);
    if (after != NULL) {
        rl_news_branch(news, branch, paths->branch_path, paths->commit_path, after,
                       rl_at(payload, "head_commit"));
    }
}

static void deleted(rl_news *news, json_object *payload) {
    const char *type = rl_text_at(payload, "ref_type");
    const char *ref = rl_text_at(payload, "ref");
    if (type == NULL || strcmp(type, "branch") != 0 || ref == NULL) {
        rl_news_nothing(news, "Only deletions of branches are sent to Jira.");
        return;
    }
    const char *branch = rl_branch_of(ref);
    /* As a push has it: by arrival, a branch pushed anew seconds later would look older. */
    news->changed_ms = rl_time_at(payload, "repository.pushed_at");
    rl_news_branch_deleted(news, branch != NULL ? branch : ref);
}

static void put_person(rl_news *news, json_object *object, json_object *user) {
    const char *name = rl_text_at(user, "full_name");
    rl_put_text(news, object, "name", name != NULL ? name : rl_text_at(user, "login"));
    rl_put_email(news, object, rl_text_at(user, "email"));
}

static const char *pull_request_state(json_object *request) {
    const char *state = rl_text_at(request, "state");
    if (rl_true_at(request, "merged") || rl_text_at(request, "merged_at") != NULL) {
        return "merged";
    }
    return state != NULL && strcmp(state, "closed") == 0 ? "declined" : "open";
}

/* Whoever was asked, and has not answered yet; `answered` (may be null) has just now. */
static void put_reviewers(rl_news *news, json_object *request, json_object *document,
                          json_object *answered, bool approved) {
    json_object *asked = rl_at(request, "requested_reviewers");
    size_t count =
        json_object_is_type(asked, json_type_array) ? json_object_array_length(asked) : 0;
    const char *own = rl_text_at(answered, "login");
    if (own != NULL) {
        put_person(news, rl_put_reviewer(news, document, approved), answered);
    }
    for (size_t i = 0; i < count && !news->failed; i++) {
        json_object *user = json_object_array_get_idx(asked, i);
        const char *name = rl_text_at(user, "login");
        if (name != NULL && (own == NULL || strcmp(own, name) != 0)) {
            put_person(news, rl_put_reviewer(news, document, false), user);
        }
    }
}

/* `reviewer` (may be null) has just answered. */
static void pull_request(rl_news *news, json_object *payload, const forge *paths,
                         json_object *reviewer, bool approved) {
    json_object *request = rl_at(payload, "pull_request");
    const char *source = rl_text_at(request, "head.ref");
    const char *destination = rl_text_at(request, "base.ref");
    if (request == NULL || source == NULL) {
        rl_news_nothing(news, "The payload has no pull request, so nothing is sent to Jira.");
        return;
    }
    if (news->changed_ms == 0) {
        news->changed_ms = rl_time_at(request, "updated_at");
    }
    json_object *document = rl_news_document(news, "pull_request");
    rl_put_number(news, document, "number", rl_number_at(request, "number"));
    rl_put_text(news, document, "title", rl_text_at(request, "title"));
    rl_put_text(news, document, "state", pull_request_state(request));
    rl_put_text(news, document, "url", rl_text_at(request, "html_url"));
    rl_put_text(news, document, "sourceBranch", source);
    rl_put_branch_url(news, document, "sourceBranchUrl", rl_text_at(request, "head.repo.html_url"),
                      paths->branch_path, source);
    rl_put_text(news, document, "destinationBranch", destination);
    rl_put_branch_url(news, document, "destinationBranchUrl", news->url, paths->branch_path,
                      destination);
    json_object *user = rl_at(request, "user");
    if (rl_text_at(user, "login") != NULL) {
        json_object *author = rl_put_object(news, document, "author");
        put_person(news, author, user);
        rl_put_text(news, author, "url", rl_text_at(user, "html_url"));
        rl_put_text(news, author, "avatar", rl_text_at(user, "avatar_url"));
    }
    if (json_object_is_type(rl_at(request, "comments"), json_type_int)) {
        rl_put_number(news, document, "commentCount", rl_number_at(request, "comments"));
    }
    put_reviewers(news, request, document, reviewer, approved);
}

static void review(rl_news *news, json_object *payload) {
    const char *state = rl_text_at(payload, "review.state");
    news->changed_ms = rl_time_at(payload, "review.submitted_at");
    int64_t updated = rl_time_at(payload, "pull_request.updated_at");
    news->changed_ms = updated > news->changed_ms ? updated : news->changed_ms;
    pull_request(news, payload, &the_github, rl_at(payload, "review.user"),
                 state != NULL && strcmp(state, "approved") == 0);
}

/* The state of ours; null: nothing is told of it. */
static const char *deployment_state(const char *state) {
    static const struct {
        const char *theirs, *ours;
    } states[] = {{"success", "successful"},     {"failure", "failed"}, {"error", "failed"},
                  {"pending", "pending"},        {"queued", "pending"}, {"waiting", "pending"},
                  {"in_progress", "in_progress"}};
    for (size_t i = 0; state != NULL && i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].theirs, state) == 0) {
            return states[i].ours;
        }
    }
    return NULL;
}

static void deployment_status(rl_news *news, json_object *payload) {
    json_object *status = rl_at(payload, "deployment_status");
    json_object *deployment = rl_at(payload, "deployment");
    const char *state = deployment_state(rl_text_at(status, "state"));
    const char *environment = rl_text_at(status, "environment");
    const char *ref = rl_text_at(deployment, "ref");
    const char *hash = rl_text_at(deployment, "sha");
    environment = environment != NULL ? environment : rl_text_at(deployment, "environment");
    if (state == NULL || environment == NULL) {
        const char *theirs = rl_text_at(status, "state");
        rl_news_nothing(news, "A deployment in the state '%.60s' is not sent to Jira.",
                        theirs != NULL ? theirs : "nowhere");
        return;
    }
    news->changed_ms = rl_time_at(status, "updated_at");
    const char *url = rl_text_at(status, "log_url");
    url = url != NULL ? url : rl_text_at(status, "target_url");
    json_object *document = rl_news_document(news, "deployment");
    rl_put_text(news, document, "pipelineId", news->repository);
    rl_put_number(news, document, "number", rl_number_at(deployment, "id"));
    rl_put_text(news, document, "state", state);
    rl_put_text(news, document, "url", url != NULL ? url : news->url);
    rl_put_text(news, document, "description", rl_text_at(status, "description"));
    json_object *place = rl_put_object(news, document, "environment");
    rl_put_text(news, place, "id", environment);
    rl_put_text(news, place, "name", environment);
    rl_put_text(news, document, "revision", hash);
    rl_put_reference(news, document, hash, ref, NULL);
    rl_put_key_text(news, document, ref, "branch", NULL);
}

static const char *run_state(json_object *run) {
    static const struct {
        const char *theirs, *ours;
    } states[] = {
        {"success", "successful"}, {"neutral", "successful"},     {"failure", "failed"},
        {"timed_out", "failed"},   {"startup_failure", "failed"}, {"cancelled", "cancelled"},
        {"skipped", "cancelled"},  {"stale", "cancelled"},        {"action_required", "pending"}};
    const char *status = rl_text_at(run, "status");
    const char *conclusion = rl_text_at(run, "conclusion");
    if (status != NULL && strcmp(status, "completed") != 0) {
        return strcmp(status, "in_progress") == 0 ? "in_progress" : "pending";
    }
    for (size_t i = 0; conclusion != NULL && i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].theirs, conclusion) == 0) {
            return states[i].ours;
        }
    }
    return NULL;
}

static void workflow_run(rl_news *news, json_object *payload) {
    json_object *run = rl_at(payload, "workflow_run");
    const char *name = rl_text_at(payload, "workflow.name"); /* a run may have a name of its own */
    const char *branch = rl_text_at(run, "head_branch");
    const char *hash = rl_text_at(run, "head_sha");
    const char *state = run_state(run);
    name = name != NULL ? name : rl_text_at(run, "name");
    if (state == NULL || name == NULL) {
        const char *theirs = rl_text_at(run, "conclusion");
        rl_news_nothing(news, "A run in the state '%.60s' is not sent to Jira.",
                        theirs != NULL ? theirs : "nowhere");
        return;
    }
    news->changed_ms = rl_time_at(run, "updated_at");
    json_object *document = rl_news_document(news, "build");
    rl_put_format(news, document, "pipelineId", "%s/%s", news->repository, name);
    rl_put_format(news, document, "pipelineName", "%s » %s", news->repository, name);
    rl_put_number(news, document, "number", rl_number_at(run, "run_number"));
    rl_put_text(news, document, "state", state);
    const char *url = rl_text_at(run, "html_url");
    rl_put_text(news, document, "url", url != NULL ? url : news->url);
    rl_put_reference(news, document, hash, branch, NULL);
    rl_put_key_text(news, document, branch, "branch", NULL);
    rl_put_key_text(news, document, rl_text_at(run, "head_commit.message"), "message", hash);
}

void rl_hook_github(rl_news *news, const char *event, json_object *payload) {
    if (strcmp(event, "ping") == 0) {
        rl_news_nothing(news, "The hook works.");
        return;
    }
    if (!read_repository(news, payload)) {
        return;
    }
    if (strcmp(event, "push") == 0) {
        push(news, payload, &the_github);
    } else if (strcmp(event, "delete") == 0) {
        deleted(news, payload);
    } else if (strcmp(event, "pull_request") == 0) {
        pull_request(news, payload, &the_github, NULL, false);
    } else if (strcmp(event, "pull_request_review") == 0) {
        review(news, payload);
    } else if (strcmp(event, "deployment_status") == 0) {
        deployment_status(news, payload);
    } else if (strcmp(event, "workflow_run") == 0) {
        workflow_run(news, payload);
    } else {
        rl_news_nothing(news, "The event '%.60s' is not sent to Jira.", event);
    }
}

void rl_hook_gitea(rl_news *news, const char *event, json_object *payload) {
    if (!read_repository(news, payload)) {
        return;
    }
    if (strcmp(event, "push") == 0) {
        push(news, payload, &the_gitea);
    } else if (strcmp(event, "delete") == 0) {
        deleted(news, payload);
    } else if (strncmp(event, "pull_request", 12) == 0 && rl_at(payload, "pull_request") != NULL) {
        pull_request(news, payload, &the_gitea, NULL, false);
    } else {
        rl_news_nothing(news, "The event '%.60s' is not sent to Jira.", event);
    }
}
