/* What a webhook tells: event documents made from its payload, and sentences about what was left out. */
#ifndef RELAY_HOOKS_NEWS_H
#define RELAY_HOOKS_NEWS_H

#include "base/buf.h"
#include "relay/life/config.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rl_news {
    const char *site;
    const char *repository; /* as rules name it: full_name, path_with_namespace, KEY/slug */
    const char *url;        /* of the repository, without a slash at its end */
    int64_t changed_ms;     /* when the change happened; 0: not told */
    json_object *documents; /* an array */
    char *made_url;         /* what `url` may point to; owned */
    char sentence[400];     /* why nothing is told, or what is missing */
    bool unknown;           /* an event or a state that nothing is made of */
    bool failed;            /* memory was short */
} rl_news;

bool rl_news_init(rl_news *news, const char *site);
void rl_news_clear(rl_news *news);

/* Each reads a payload of its vendor; `event` is its header. What it cannot use it says. */
void rl_hook_github(rl_news *news, const char *event, json_object *payload);
void rl_hook_gitlab(rl_news *news, const char *event, json_object *payload);
void rl_hook_bitbucket(rl_news *news, const char *event, json_object *payload);
void rl_hook_gitea(rl_news *news, const char *event, json_object *payload);

/* For these. Looking into a payload: "pull_request.head.ref"; null or 0 when it is not there. */
json_object *rl_at(json_object *object, const char *path);
const char *rl_text_at(json_object *object, const char *path);
int64_t rl_number_at(json_object *object, const char *path);
bool rl_true_at(json_object *object, const char *path);
/* A time of any form that the vendors use: RFC 3339, "2026-01-02 03:04:05 UTC", seconds or ms. */
int64_t rl_time_at(json_object *object, const char *path);

/* Nothing is told, and this is why. */
void rl_news_nothing(rl_news *news, const char *format, ...) JIRASEND_PRINTF(2, 3);
/* So many of them are not in the payload. */
void rl_news_missing(rl_news *news, int64_t commits);

/*
 * A document with kind and site, and the time of the change unless it is a commit; of development
 * information with the repository, too. Null when memory is short, as with all that take null.
 */
json_object *rl_news_document(rl_news *news, const char *kind);
void rl_put_text(rl_news *news, json_object *object, const char *name,
                 const char *text); /* null: left out */
void rl_put_number(rl_news *news, json_object *object, const char *name, int64_t number);
void rl_put_format(rl_news *news, json_object *object, const char *name, const char *format, ...)
    JIRASEND_PRINTF(4, 5);
json_object *rl_put_object(rl_news *news, json_object *object, const char *name);
/* What is not an address, such as GitLab's [REDACTED], is left out. */
void rl_put_email(rl_news *news, json_object *object, const char *email);
/* The page of a branch: of `url` with `path` and the branch after it; left out where one of them is null. */
void rl_put_branch_url(rl_news *news, json_object *document, const char *name, const char *url,
                       const char *path, const char *branch);
/* One more of a pull request's reviewers. Its members are the caller's to add; null when memory is short. */
json_object *rl_put_reviewer(rl_news *news, json_object *document, bool approved);
/* A text to look for keys in; null: left out. `commit` may be null. */
void rl_put_key_text(rl_news *news, json_object *document, const char *text, const char *from,
                     const char *commit);
/* What was built: a reference to commit and branch. `branch_url` may be null. */
void rl_put_reference(rl_news *news, json_object *document, const char *commit, const char *branch,
                      const char *branch_url);

/* A commit as GitHub, GitLab and Gitea tell it; `into` null: as a document of its own. */
void rl_news_commit(rl_news *news, json_object *commit, json_object *into);
/* A branch and its head; `commits` may contain the head. `path` goes between repository and branch. */
void rl_news_branch(rl_news *news, const char *name, const char *path, const char *commit_path,
                    const char *head, json_object *head_commit);
void rl_news_branch_deleted(rl_news *news, const char *name);
/* What follows refs/heads/; null when it is not a branch. */
const char *rl_branch_of(const char *ref);
bool rl_is_zero_hash(const char *hash);

#endif
