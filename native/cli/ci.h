/* What a CI tells its jobs in variables. */
#ifndef CLI_CI_H
#define CLI_CI_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum cli_fact {
    CLI_FACT_PIPELINE,
    CLI_FACT_NAME,
    CLI_FACT_NUMBER,
    CLI_FACT_URL,
    CLI_FACT_PIPELINE_URL,
    CLI_FACT_STATE,
    CLI_FACT_BRANCH,
    CLI_FACT_BRANCH_URL,
    CLI_FACT_TAG,
    CLI_FACT_PR_BRANCH,
    CLI_FACT_PR_TITLE,
    CLI_FACT_COMMIT,
    CLI_FACT_MESSAGE,
    CLI_FACT_REPOSITORY,
    CLI_FACT_ENVIRONMENT,
    CLI_FACT_ENVIRONMENT_NAME,
    CLI_FACT_ENVIRONMENT_TYPE
} cli_fact;
enum { CLI_FACTS = CLI_FACT_ENVIRONMENT_TYPE + 1 };

/* One commit. Both live during the call; the hash is null when it is not known. */
typedef void (*cli_commit_fn)(void *context, const char *hash, const char *message);

/* What a CI calls a state, or an environment's type, and what Jira calls it. */
typedef struct cli_ci_word {
    const char *theirs; /* "#": any whole number but 0 */
    const char *ours;   /* "": says nothing */
} cli_ci_word;

/*
 * A fact is a list of templates with `|` between them; the first whose variables all have a
 * value counts. {VAR} is a variable, {VAR:how} one that is changed first
 * ({VAR:how:how} twice):
 *   heads, tags   without refs/heads/ (refs/tags/); no value when it does not begin so
 *   origin        without what git puts before the name of a branch: refs/remotes/origin/, refs/heads/ ...
 *   own           no value in Jenkins' jobs of change requests, which have no branch of their own
 *   named         no value for what is not a branch that somebody named: detached, pull/12/merge ...
 *   pushed        no value in Azure's jobs of pull requests
 *   true          no value unless it is that word
 *   result        Bamboo's number of a deployment in the address of its page
 *   path          percent-encoded, slashes kept
 *   decode        the other way round
 *   slash         with a slash at its end
 *   web           a repository's address as https://, without user and password
 * {a.b} with a dot is a property of TeamCity's build (see ci_files.h), {#a.b} a member of GitHub's
 * event document.
 */
typedef struct cli_ci {
    const char *name;
    const char *variables; /* "A|B": one of them is set in its jobs */
    const char *value;     /* to this; null: to anything */
    /* Set in its jobs, but also a name that others use: counts when nothing else was found. */
    const char *weak_variables;
    const char *facts[CLI_FACTS];
    const cli_ci_word *states;            /* ends with a null; null when it tells no state */
    const cli_ci_word *environment_types; /* likewise */
    /* Calls `take` for each commit that was pushed; null when it tells of none but the built one. */
    void (*told_commits)(cli_commit_fn take, void *context);
} cli_ci;

/* All that are known; `count` of them. */
const cli_ci *cli_ci_table(size_t *count);
/* The CI whose job this is; null outside of one. */
const cli_ci *cli_ci_detect(void);

/*
 * The value of a fact and the variables it was made of ("CI_PIPELINE_IID"), both owned by the
 * caller's buffers. True when there is one. A failed buffer: out of memory.
 */
bool cli_ci_fact(const cli_ci *ci, cli_fact fact, js_buf *value, js_buf *origin);
/* The variables that could have given the fact: "CI_PIPELINE_IID or CI_PIPELINE_ID". False: none. */
bool cli_ci_variables(const cli_ci *ci, cli_fact fact, js_buf *names);
/* Our word for one of theirs: null when unknown, "" when it says nothing. */
const char *cli_ci_word_of(const cli_ci_word *words, const char *theirs);

#endif
