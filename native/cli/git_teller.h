/* Tells Jira about commits and branches of a repository: from git to documents on their way. */
#ifndef CLI_GIT_TELLER_H
#define CLI_GIT_TELLER_H

#include "cli/batch.h"
#include "cli/git_document.h"
#include "cli/git_hook.h"
#include "cli/git_links.h"
#include "cli/git_pushed.h"
#include "cli/git_set.h"

typedef struct git_teller {
    const cli_options *options;
    cli_facts facts;
    git_repository repository;
    git_links links;
    git_writer writer;
    jirasend_config *keys; /* how keys are found */
    js_strings only_keys;  /* of --only-keys */
    cli_batch *batch;
    git_commits commits;
    git_commit commit;
    js_buf document;
    git_set seen;     /* commits of this push, when several refs came with it */
    js_strings names; /* branches that were asked for, beside their ends */
    js_strings hashes;
    js_strings told; /* branches that were told */
    bool several_refs;
    long keyless;
    long unchanged; /* told before, with the same content */
} git_teller;

/*
 * Opens what all of it needs, in the order in which mistakes are to be said: the repository, its
 * address and links, then the client. `branches`: these will be told, too. 0, or the exit code once
 * the sentence was said. To be closed either way.
 */
int git_teller_open(git_teller *teller, const cli_options *options, bool branches);
void git_teller_close(git_teller *teller);

/* The client is opened when the work is known. 0, or the exit code once the sentence was said. */
int git_teller_begin(git_teller *teller);

/* Each returns 0, or the exit code that ends the work. */
int git_tell_commits(git_teller *teller, const git_range *range);
/* Those that the CI has told and this clone does not have. */
int git_tell_absent(git_teller *teller, const git_pushed *pushed);
/* A branch whose name holds a key; any other is passed over, and so is one that was told. */
int git_tell_branch(git_teller *teller, const char *name, const char *hash);
/* Tells the branches that were asked for so far. */
int git_tell_asked_branches(git_teller *teller);
int git_tell_gone_branch(git_teller *teller, const char *name);

#endif
