/* Which repository the news are about, and how its commits and branches are linked. */
#ifndef CLI_GIT_LINKS_H
#define CLI_GIT_LINKS_H

#include "cli/facts.h"
#include "cli/links.h"

/* What is known; all but the buffer belongs to the options. */
typedef struct git_links {
    js_buf repository_url;
    cli_forge forge;
    const char *repository_id; /* null: made of the address */
    const char *commit_url;    /* https://.../{hash}; null: the forge's form */
    const char *branch_url;    /* https://.../{branch}; null: the forge's form */
} git_links;

#define GIT_LINKS_INIT                                                                             \
    { JS_BUF_INIT, CLI_FORGE_UNKNOWN, NULL, NULL, NULL }

/*
 * Finds them: --repository, the CI's variables, else `origin` (an address as git has it; may be empty
 * or null). 0, or 64 once the sentence was said.
 */
int git_links_find(cli_facts *facts, const char *origin, git_links *links);
void git_links_free(git_links *links);

/* Whether commits, and branches, can be linked. 0, or 64 once the sentence was said. */
int git_links_check_commits(const git_links *links);
int git_links_check_branches(const git_links *links);

/* The branch's page; nothing is added where it is unknown. */
void git_links_add_branch(const git_links *links, const char *branch, js_buf *link);

#endif
