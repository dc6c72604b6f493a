/* Development information as structs: what commits, branches and pull requests say. */
#ifndef JS_EVENT_DEVINFO_H
#define JS_EVENT_DEVINFO_H

#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct js_repository {
    char *id; /* never null after reading */
    char *name;
    char *url; /* both null in a deletion that names the id */
} js_repository;

/* Each null when not given. */
typedef struct js_person {
    char *name, *email, *url, *avatar;
} js_person;

typedef enum js_change {
    JS_CHANGE_UNKNOWN,
    JS_CHANGE_ADDED,
    JS_CHANGE_COPIED,
    JS_CHANGE_DELETED,
    JS_CHANGE_MODIFIED,
    JS_CHANGE_MOVED
} js_change;

typedef struct js_file {
    char *path;
    char *url; /* never null after reading: the commit's stands in */
    js_change change;
    int64_t lines_added, lines_removed;
} js_file;
enum { JS_FILES_MAX = 10 }; /* that Jira takes of one commit */

typedef struct js_commit {
    char *hash; /* in lower case */
    char *message;
    js_person author;
    int64_t authored_at_ms; /* the document's updatedAt stands in */
    char *url;
    bool merge;
    int64_t file_count; /* of the commit; at least as many as are listed */
    js_file *files;
    size_t listed; /* of them: at most JS_FILES_MAX */
} js_commit;

/* The repository comes first in all of them, so that it can be read whatever the kind. */

typedef struct js_commit_news {
    js_repository repository;
    js_commit commit;
} js_commit_news;

typedef struct js_branch {
    js_repository repository;
    char *name;       /* whole: its id is made of it */
    char *create_url; /* where a pull request can be opened; may be null */
    js_commit last;
    js_strings last_keys; /* the last commit's own, which are not the branch's */
    /*
     * For a last commit without own keys, those with which it was last accepted: no part of the
     * document, filled in by who knows before the branch goes out.
     */
    js_strings lent_keys;
} js_branch;

typedef enum js_pull_request_state {
    JS_PULL_REQUEST_OPEN,
    JS_PULL_REQUEST_MERGED,
    JS_PULL_REQUEST_DECLINED,
    JS_PULL_REQUEST_UNKNOWN
} js_pull_request_state;

typedef struct js_reviewer {
    char *name, *email; /* each null when not given */
    bool approved;
} js_reviewer;

typedef struct js_pull_request {
    js_repository repository;
    int64_t number;
    char *title;
    js_pull_request_state state;
    js_person author;
    char *source_branch, *source_branch_url;           /* the url may be null */
    char *destination_branch, *destination_branch_url; /* each may be null */
    int64_t comment_count;
    js_reviewer *reviewers;
    size_t reviewer_count;
} js_pull_request;

#endif
