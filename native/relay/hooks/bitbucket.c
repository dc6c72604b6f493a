/* Bitbucket Data Center. */
#include "relay/hooks/news.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *self_link(json_object *object) {
    json_object *links = rl_at(object, "links.self");
    return json_object_is_type(links, json_type_array) && json_object_array_length(links) > 0
               ? rl_text_at(json_object_array_get_idx(links, 0), "href")
               : NULL;
}

/* The link of somebody or something beside the repository: all begin with the server's address. */
static const char *link_beside(json_object *payload, json_object *repository) {
    const char *project = self_link(rl_at(repository, "project"));
    return project != NULL ? project : self_link(rl_at(payload, "actor"));
}

/* What comes before `cut`, which is where its own place begins; null: it is not there. */
static char *before(const char *link, const char *cut) {
    const char *end = link != NULL ? strstr(link, cut) : NULL;
    return end != NULL ? js_copy_n(link, (size_t)(end - link)) : NULL;
}

/*
 * The repository's page: by its own link or that of its pull request; where there are none, as older
 * versions have it, of the server's address and its names. Null: the payload does not tell.
 */
static char *page_of(json_object *payload, json_object *repository, const char *request_link) {
    const char *own = self_link(repository);
    if (own != NULL) {
        char *page = before(own, "/browse");
        return page != NULL ? page : js_copy(own);
    }
    if (request_link != NULL) {
        return before(request_link, "/pull-requests/");
    }
    const char *beside = link_beside(payload, repository);
    char *server = before(beside, "/projects/");
    server = server != NULL ? server : before(beside, "/users/");
    js_buf page = JS_BUF_INIT;
    if (server == NULL) {
        return NULL;
    }
    js_buf_addf(&page, "%s/projects/%s/repos/%s", server, rl_text_at(repository, "project.key"),
                rl_text_at(repository, "slug"));
    free(server);
    return js_buf_take(&page);
}

/* "KEY/slug", and the repository's page. */
static bool read_repository(rl_news *news, json_object *payload, json_object *repository,
                            const char *request_link) {
    const char *key = rl_text_at(repository, "project.key");
    const char *slug = rl_text_at(repository, "slug");
    if (key == NULL || slug == NULL) {
        rl_news_nothing(news,
                        "The payload does not name a repository, so nothing is sent to Jira.");
        return false;
    }
    news->made_url = page_of(payload, repository, request_link);
    if (news->made_url == NULL) {
        rl_news_nothing(
            news, "The payload contains no link to the repository, which is needed; Bitbucket "
                  "adds it when its base URL is set.");
        return false;
    }
    size_t length = strlen(news->made_url);
    while (length > 0 && news->made_url[length - 1] == '/') {
        news->made_url[--length] = '\0';
    }
    news->url = news->made_url;
    /* The payload owns the name, so that it lives as long as the rest. */
    char name[300];
    (void)snprintf(name, sizeof name, "%s/%s", key, slug);
    rl_put_text(news, payload, "jirasend name", name);
    news->repository = rl_text_at(payload, "jirasend name");
    return !news->failed;
}

/* One of `commits`, in the form of the others. */
static json_object *commit_as_usual(rl_news *news, json_object *commit) {
    const char *hash = rl_text_at(commit, "id");
    const char *message = rl_text_at(commit, "message");
    json_object *out = json_object_new_object();
    if (hash == NULL || out == NULL) {
        (void)json_object_put(out);
        return NULL;
    }
    rl_put_text(news, out, "id", hash);
    rl_put_text(news, out, "message", message != NULL ? message : "");
    rl_put_format(news, out, "url", "%s/commits/%s", news->url, hash);
    int64_t time = rl_time_at(commit, "authorTimestamp"); /* ms, and text since version 10 */
    if (time > 0) {
        rl_put_number(news, out, "timestamp", time);
    }
    json_object *author = rl_put_object(news, out, "author");
    const char *name = rl_text_at(commit, "author.displayName");
    rl_put_text(news, author, "name", name != NULL ? name : rl_text_at(commit, "author.name"));
    rl_put_email(news, author, rl_text_at(commit, "author.emailAddress"));
    return out;
}

static void change(rl_news *news, json_object *payload, json_object *one) {
    const char *type = rl_text_at(one, "type");
    const char *head = rl_text_at(one, "toHash");
    const char *ref = rl_text_at(one, "refId");
    const char *branch = rl_branch_of(ref != NULL ? ref : rl_text_at(one, "ref.id"));
    if (branch == NULL) {
        return; /* a tag */
    }
    if (type != NULL && strcmp(type, "DELETE") == 0) {
        rl_news_branch_deleted(news, branch);
        return;
    }
    json_object *last = rl_at(payload, "toCommit");
    const char *last_hash = rl_text_at(last, "id");
    bool told = last_hash != NULL && head != NULL && strcmp(last_hash, head) == 0;
    json_object *usual = told ? commit_as_usual(news, last) : NULL;
    if (head != NULL) {
        rl_news_branch(news, branch, "/browse?at=refs/heads/", "/commits/", head, usual);
    }
    (void)json_object_put(usual);
}

static void refs_changed(rl_news *news, json_object *payload) {
    json_object *changes = rl_at(payload, "changes");
    json_object *commits = rl_at(payload, "commits");
    if (!read_repository(news, payload, rl_at(payload, "repository"), NULL)) {
        return;
    }
    news->changed_ms = rl_time_at(payload, "date");
    size_t count =
        json_object_is_type(commits, json_type_array) ? json_object_array_length(commits) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *usual = commit_as_usual(news, json_object_array_get_idx(commits, i));
        if (usual != NULL) {
            rl_news_commit(news, usual, NULL);
            (void)json_object_put(usual);
        }
    }
    count = json_object_is_type(changes, json_type_array) ? json_object_array_length(changes) : 0;
    for (size_t i = 0; i < count; i++) {
        change(news, payload, json_object_array_get_idx(changes, i));
    }
    if (json_object_array_length(news->documents) == 0) {
        rl_news_nothing(news, "Only changes to branches are sent to Jira.");
    }
}

static void put_reviewers(rl_news *news, json_object *request, json_object *document) {
    json_object *reviewers = rl_at(request, "reviewers");
    size_t count =
        json_object_is_type(reviewers, json_type_array) ? json_object_array_length(reviewers) : 0;
    for (size_t i = 0; i < count && !news->failed; i++) {
        json_object *reviewer = json_object_array_get_idx(reviewers, i);
        const char *status = rl_text_at(reviewer, "status");
        json_object *one =
            rl_put_reviewer(news, document, status != NULL && strcmp(status, "APPROVED") == 0);
        rl_put_text(news, one, "name", rl_text_at(reviewer, "user.displayName"));
        rl_put_email(news, one, rl_text_at(reviewer, "user.emailAddress"));
    }
}

static int64_t request_changed(json_object *payload) {
    int64_t ms = rl_time_at(payload, "date");
    return ms > 0 ? ms : rl_time_at(payload, "pullRequest.updatedDate");
}

/* The page of a branch where its repository tells its own. */
static void put_branch(rl_news *news, json_object *document, const char *name,
                       const char *page_name, json_object *ref) {
    const char *branch = rl_text_at(ref, "displayId");
    char *page = before(self_link(rl_at(ref, "repository")), "/browse");
    rl_put_text(news, document, name, branch);
    rl_put_branch_url(news, document, page_name, page, "/browse?at=refs/heads/", branch);
    free(page);
}

static void pull_request(rl_news *news, json_object *payload) {
    json_object *request = rl_at(payload, "pullRequest");
    const char *state = rl_text_at(request, "state");
    const char *link = self_link(request);
    if (!read_repository(news, payload, rl_at(request, "toRef.repository"), link)) {
        return;
    }
    news->changed_ms = request_changed(payload);
    int64_t number = rl_number_at(request, "id");
    json_object *document = rl_news_document(news, "pull_request");
    rl_put_number(news, document, "number", number);
    rl_put_text(news, document, "title", rl_text_at(request, "title"));
    rl_put_text(news, document, "state",
                state != NULL && strcmp(state, "MERGED") == 0     ? "merged"
                : state != NULL && strcmp(state, "DECLINED") == 0 ? "declined"
                                                                  : "open");
    if (link != NULL) {
        rl_put_text(news, document, "url", link);
    } else {
        rl_put_format(news, document, "url", "%s/pull-requests/%lld", news->url, (long long)number);
    }
    put_branch(news, document, "sourceBranch", "sourceBranchUrl", rl_at(request, "fromRef"));
    put_branch(news, document, "destinationBranch", "destinationBranchUrl",
               rl_at(request, "toRef"));
    const char *name = rl_text_at(request, "author.user.displayName");
    if (name != NULL) {
        json_object *author = rl_put_object(news, document, "author");
        rl_put_text(news, author, "name", name);
        rl_put_email(news, author, rl_text_at(request, "author.user.emailAddress"));
    }
    put_reviewers(news, request, document);
}

/* A pull request that is gone is deleted in Jira, too. */
static void pull_request_deleted(rl_news *news, json_object *payload) {
    json_object *request = rl_at(payload, "pullRequest");
    if (!read_repository(news, payload, rl_at(request, "toRef.repository"), self_link(request))) {
        return;
    }
    news->changed_ms = request_changed(payload);
    json_object *document = json_object_new_object();
    if (document == NULL || json_object_array_add(news->documents, document) != 0) {
        news->failed = true;
        return;
    }
    rl_put_text(news, document, "kind", "pull_request");
    rl_put_text(news, document, "site", news->site);
    json_object *repository = rl_put_object(news, document, "repository");
    rl_put_text(news, repository, "url", news->url);
    rl_put_number(news, document, "number", rl_number_at(request, "id"));
    news->failed =
        news->failed || json_object_object_add(document, "delete", json_object_new_boolean(1)) != 0;
}

void rl_hook_bitbucket(rl_news *news, const char *event, json_object *payload) {
    if (strcmp(event, "diagnostics:ping") == 0) {
        rl_news_nothing(news, "The hook works.");
    } else if (strcmp(event, "repo:refs_changed") == 0) {
        refs_changed(news, payload);
    } else if (strcmp(event, "pr:deleted") == 0) {
        pull_request_deleted(news, payload);
    } else if (strncmp(event, "pr:", 3) == 0) {
        pull_request(news, payload);
    } else {
        rl_news_nothing(news, "The event '%.60s' is not sent to Jira.", event);
    }
}
