/* The repository that the working folder belongs to, or that GIT_DIR names, as a hook has it. */
#ifndef CLI_GIT_REPOSITORY_H
#define CLI_GIT_REPOSITORY_H

#include "base/strings.h"
#include "cli/git_process.h"

enum { GIT_HASH_SIZE = 65 }; /* 64 hex digits and a NUL */

typedef struct git_repository {
    bool shallow;         /* the history is cut off somewhere */
    bool blobless;        /* a partial clone: the content of files may be missing */
    bool treeless;        /* even the names of files may be missing */
    js_buf origin;        /* the address of the remote `origin` as it is configured; empty: none */
    git_process resolver; /* git cat-file, started when it is needed */
} git_repository;

/*
 * 0, or once the sentence was said: 66 (no repository, a stranger's, no git), 70. To be closed
 * either way.
 */
int git_repository_open(git_repository *repository);
void git_repository_close(git_repository *repository);

/*
 * The address of the remote `origin` alone, where there is a repository and it has one. 0, or the exit
 * code once the sentence was said; no repository is not a failure here.
 */
int git_origin(js_buf *address);

typedef enum git_found {
    GIT_FOUND,
    GIT_NOT_FOUND,
    GIT_NOT_ASKED /* git failed or a signal came; said */
} git_found;

/* The commit that a revision means: a name, a hash, HEAD~2. */
git_found git_resolve(git_repository *repository, const char *revision, char hash[GIT_HASH_SIZE]);

/* 40 or 64 hex digits. */
bool git_is_hash(const char *text, size_t length);
/* Nothing but zeros: git's way to say that a ref was not there, or is no longer. */
bool git_is_null_hash(const char *text);

/*
 * What a walk over commits begins with (included) and ends at (excluded): full hashes. `alone`: just
 * the included ones, not what they descend from.
 */
typedef struct git_range {
    js_strings included, excluded;
    bool alone;
} git_range;

#define GIT_RANGE_INIT                                                                             \
    { JS_STRINGS_INIT, JS_STRINGS_INIT, false }

void git_range_free(git_range *range);

/*
 * Reads RANGE as a person gives it: one revision, A..B or A...B. A start that a shallow clone lacks
 * is said and left out. 0, or 64, 70 once the sentence was said.
 */
int git_range_read(git_repository *repository, const char *text, git_range *range);

/* How two commits lie to each other. */
typedef enum git_relation {
    GIT_SAME,
    GIT_FORWARD,  /* the new one descends from the old one */
    GIT_BACK,     /* the new one is an ancestor of the old one: a rollback */
    GIT_DIVERGED, /* neither */
    GIT_GONE      /* the old one is not in this repository */
} git_relation;

/* `old` and `new` are full hashes; `new` must be there. 0, or the exit code once it was said. */
int git_relate(git_repository *repository, const char *old, const char *new,
               git_relation *relation);

#endif
