/* GitLab. */
#include "relay/hooks/news.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static bool read_project(rl_news *news, json_object *payload) {
    news->repository = rl_text_at(payload, "project.path_with_namespace");
    news->url = rl_text_at(payload, "project.web_url");
    if (news->repository == NULL || news->url == NULL) {
        rl_news_nothing(news, "The payload does not name a project, so nothing is sent to Jira.");
        return false;
    }
    return true;
}

static json_object *commit_of(json_object *commits, const char *hash) {
    size_t count =
        json_object_is_type(commits, json_type_array) ? json_object_array_length(commits) : 0;
    for (size_t i = count; i > 0; i--) {
        json_object *commit = json_object_array_get_idx(commits, i - 1);
        const char *id = rl_text_at(commit, "id");
        if (id != NULL && strcmp(id, hash) == 0) {
            return commit;
        }
    }
    return NULL;
}

static void push(rl_news *news, json_object *payload) {
    const char *branch = rl_branch_of(rl_text_at(payload, "ref"));
    const char *after = rl_text_at(payload, "after");
    json_object *commits = rl_at(payload, "commits");
    if (branch == NULL || after == NULL) {
        rl_news_nothing(news, "Only pushes to branches are sent to Jira.");
        return;
    }
    if (rl_is_zero_hash(after)) {
        rl_news_branch_deleted(news, branch);
        return;
    }
    size_t count =
        json_object_is_type(commits, json_type_array) ? json_object_array_length(commits) : 0;
    for (size_t i = 0; i < count; i++) {
        rl_news_commit(news, json_object_array_get_idx(commits, i), NULL);
    }
    rl_news_missing(news, rl_number_at(payload, "total_commits_count") - (int64_t)count);
    rl_news_branch(news, branch, "/-/tree/", "/-/commit/", after, commit_of(commits, after));
}

/* Older versions and system hooks leave the address out. */
static void put_url(rl_news *news, json_object *document, const char *url, const char *what,
                    int64_t number) {
    if (url != NULL) {
        rl_put_text(news, document, "url", url);
    } else {
        rl_put_format(news, document, "url", "%s/-/%s/%lld", news->url, what, (long long)number);
    }
}

static void put_reviewers(rl_news *news, json_object *payload, json_object *document) {
    json_object *reviewers = rl_at(payload, "reviewers");
    const char *action = rl_text_at(payload, "object_attributes.action");
    const char *actor = rl_text_at(payload, "user.username");
    bool approves = action != NULL && strncmp(action, "approv", 6) == 0;
    size_t count =
        json_object_is_type(reviewers, json_type_array) ? json_object_array_length(reviewers) : 0;
    for (size_t i = 0; i < count && !news->failed; i++) {
        json_object *user = json_object_array_get_idx(reviewers, i);
        const char *name = rl_text_at(user, "username");
        const char *state = rl_text_at(user, "state");
        bool approved = (state != NULL && strcmp(state, "approved") == 0) ||
                        (approves && actor != NULL && name != NULL && strcmp(actor, name) == 0);
        rl_put_text(news, rl_put_reviewer(news, document, approved), "name",
                    rl_text_at(user, "name"));
    }
}

/* Who acts is the author when it is opened, or when the ids say so. */
static bool acts_as_author(json_object *payload) {
    const char *action = rl_text_at(payload, "object_attributes.action");
    int64_t author = rl_number_at(payload, "object_attributes.author_id");
    return (action != NULL && strcmp(action, "open") == 0) ||
           (author > 0 && author == rl_number_at(payload, "user.id"));
}

static void merge_request(rl_news *news, json_object *payload) {
    json_object *request = rl_at(payload, "object_attributes");
    const char *state = rl_text_at(request, "state");
    const char *source = rl_text_at(request, "source_branch");
    const char *destination = rl_text_at(request, "target_branch");
    if (state == NULL || source == NULL) {
        rl_news_nothing(news, "The payload has no merge request, so nothing is sent to Jira.");
        return;
    }
    news->changed_ms = rl_time_at(request, "updated_at");
    json_object *document = rl_news_document(news, "pull_request");
    rl_put_number(news, document, "number", rl_number_at(request, "iid"));
    rl_put_text(news, document, "title", rl_text_at(request, "title"));
    rl_put_text(news, document, "state",
                strcmp(state, "merged") == 0   ? "merged"
                : strcmp(state, "closed") == 0 ? "declined"
                                               : "open");
    put_url(news, document, rl_text_at(request, "url"), "merge_requests",
            rl_number_at(request, "iid"));
    rl_put_text(news, document, "sourceBranch", source);
    rl_put_branch_url(news, document, "sourceBranchUrl", rl_text_at(request, "source.web_url"),
                      "/-/tree/", source);
    rl_put_text(news, document, "destinationBranch", destination);
    rl_put_branch_url(news, document, "destinationBranchUrl", news->url, "/-/tree/", destination);
    if (acts_as_author(payload) && rl_text_at(payload, "user.name") != NULL) {
        json_object *author = rl_put_object(news, document, "author");
        rl_put_text(news, author, "name", rl_text_at(payload, "user.name"));
        rl_put_text(news, author, "avatar", rl_text_at(payload, "user.avatar_url"));
    }
    put_reviewers(news, payload, document);
}

/* The state of ours, of pipelines and deployments; null: nothing is told of it. */
static const char *state_of(const char *state) {
    static const struct {
        const char *theirs, *ours;
    } states[] = {{"success", "successful"},
                  {"failed", "failed"},
                  {"canceled", "cancelled"},
                  {"skipped", "cancelled"},
                  {"running", "in_progress"},
                  {"created", "pending"},
                  {"waiting_for_resource", "pending"},
                  {"preparing", "pending"},
                  {"pending", "pending"},
                  {"manual", "pending"},
                  {"scheduled", "pending"},
                  {"blocked", "pending"}};
    for (size_t i = 0; state != NULL && i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].theirs, state) == 0) {
            return states[i].ours;
        }
    }
    return NULL;
}

/* When it ended, else began, else was made: what comes late must not undo its end. */
static int64_t pipeline_changed(json_object *pipeline, const char *state) {
    int64_t finished_ms = rl_time_at(pipeline, "finished_at");
    int64_t created_ms = rl_time_at(pipeline, "created_at");
    if (finished_ms > 0 || created_ms == 0 || strcmp(state, "pending") == 0) {
        return finished_ms > 0 ? finished_ms : created_ms;
    }
    return strcmp(state, "in_progress") == 0
               ? created_ms + rl_number_at(pipeline, "queued_duration") * 1000
               : 0;
}

static void pipeline(rl_news *news, json_object *payload) {
    json_object *pipeline = rl_at(payload, "object_attributes");
    const char *status = rl_text_at(pipeline, "status");
    const char *state = state_of(status);
    const char *ref = rl_text_at(pipeline, "ref");
    const char *hash = rl_text_at(pipeline, "sha");
    if (state == NULL) {
        rl_news_nothing(news, "A pipeline in the state '%.60s' is not sent to Jira.",
                        status != NULL ? status : "nowhere");
        return;
    }
    news->changed_ms = pipeline_changed(pipeline, state);
    json_object *document = rl_news_document(news, "build");
    rl_put_text(news, document, "pipelineId", news->repository);
    rl_put_number(news, document, "number", rl_number_at(pipeline, "iid"));
    rl_put_text(news, document, "state", state);
    put_url(news, document, rl_text_at(pipeline, "url"), "pipelines", rl_number_at(pipeline, "id"));
    bool tag = rl_true_at(pipeline, "tag");
    rl_put_reference(news, document, hash, ref, NULL);
    rl_put_key_text(news, document, ref, tag ? "tag" : "branch", NULL);
    rl_put_key_text(news, document, rl_text_at(payload, "merge_request.source_branch"), "branch",
                    NULL);
    rl_put_key_text(news, document, rl_text_at(payload, "merge_request.title"), "title", NULL);
    rl_put_key_text(news, document, rl_text_at(payload, "commit.message"), "message", hash);
}

static void put_environment(rl_news *news, json_object *payload, json_object *document,
                            const char *environment) {
    static const char *const types[] = {"production", "staging", "testing", "development"};
    const char *tier = rl_text_at(payload, "environment_tier");
    json_object *place = rl_put_object(news, document, "environment");
    rl_put_text(news, place, "id", environment);
    rl_put_text(news, place, "name", environment);
    for (size_t i = 0; tier != NULL && i < 4; i++) {
        if (strcmp(types[i], tier) == 0) {
            rl_put_text(news, place, "type", tier);
        }
    }
}

static void deployment(rl_news *news, json_object *payload) {
    const char *status = rl_text_at(payload, "status");
    const char *state = state_of(status);
    const char *environment = rl_text_at(payload, "environment");
    const char *commit_url = rl_text_at(payload, "commit_url");
    const char *ref = rl_text_at(payload, "ref");
    const char *url = rl_text_at(payload, "deployable_url");
    if (state == NULL || environment == NULL) {
        rl_news_nothing(news, "A deployment in the state '%.60s' is not sent to Jira.",
                        status != NULL ? status : "nowhere");
        return;
    }
    const char *slash = commit_url != NULL ? strrchr(commit_url, '/') : NULL;
    const char *hash = slash != NULL ? slash + 1 : NULL;
    news->changed_ms = rl_time_at(payload, "status_changed_at");
    json_object *document = rl_news_document(news, "deployment");
    rl_put_text(news, document, "pipelineId", news->repository);
    rl_put_number(news, document, "number", rl_number_at(payload, "deployment_id"));
    rl_put_text(news, document, "state", state);
    rl_put_text(news, document, "url", url != NULL ? url : news->url);
    put_environment(news, payload, document, environment);
    rl_put_text(news, document, "revision", hash);
    rl_put_reference(news, document, hash, ref, NULL);
    rl_put_key_text(news, document, ref, "branch", NULL);
    rl_put_key_text(news, document, rl_text_at(payload, "commit_title"), "message", hash);
}

void rl_hook_gitlab(rl_news *news, const char *event, json_object *payload) {
    const char *kind = rl_text_at(payload, "object_kind");
    kind = kind != NULL ? kind : rl_text_at(payload, "event_name");
    if (!read_project(news, payload)) {
        return;
    }
    if (kind != NULL && strcmp(kind, "push") == 0) {
        push(news, payload);
    } else if (kind != NULL && strcmp(kind, "merge_request") == 0) {
        merge_request(news, payload);
    } else if (kind != NULL && strcmp(kind, "pipeline") == 0) {
        pipeline(news, payload);
    } else if (kind != NULL && strcmp(kind, "deployment") == 0) {
        deployment(news, payload);
    } else {
        rl_news_nothing(news, "The event '%.60s' is not sent to Jira.", event);
    }
}
