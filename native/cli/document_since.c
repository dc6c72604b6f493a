/* The commit that a deployment brings, and what has changed since the one before. */
#include "cli/document_maker.h"
#include "cli/exit_code.h"
#include "cli/output.h"

#include <string.h>

/* Seven digits are what people know a commit by. */
#define SHORT "%.7s"

static void say(const cli_maker *in, const char *base) {
    const git_since *since = &in->since;
    switch (since->relation) {
    case GIT_GONE:
        cli_note("The commit '%.80s', which ran there before, is not in this repository: keys are "
                 "taken from " SHORT " alone.",
                 base, since->revision);
        break;
    case GIT_BACK:
        cli_note(SHORT " is older than %.80s, which ran there before: this is a rollback, with the "
                       "issue keys of what is taken out.",
                 since->revision, base);
        break;
    case GIT_DIVERGED:
        cli_note("Neither of %.80s and " SHORT
                 " descends from the other: the keys of what comes in "
                 "are named, and %ld %s.",
                 base, since->revision, since->going_out,
                 since->going_out == 1 ? "commit goes out" : "commits go out");
        break;
    case GIT_SAME:
    case GIT_FORWARD:
        break;
    }
}

/* Jira must never show as brought what was taken out. */
static void tell_rollback(cli_maker *in) {
    json_object *state = NULL;
    if (in->since.relation == GIT_BACK &&
        json_object_object_get_ex(in->document, "state", &state) &&
        strcmp(json_object_get_string(state), "successful") == 0) {
        cli_maker_add_text(in, in->document, "state", "rolled_back");
    }
}

static void compare(cli_maker *in, const char *base, const char *revision) {
    git_repository repository;
    int code = git_repository_open(&repository);
    if (code == CLI_OK) {
        code = git_since_find(&repository, base, revision, &in->since);
    }
    git_repository_close(&repository);
    cli_maker_fail(in, code);
    if (in->code == CLI_OK) {
        say(in, base);
        tell_rollback(in);
        cli_maker_add_text(in, in->document, "revision", in->since.revision);
    }
}

void cli_document_add_since(cli_maker *in) {
    const char *base = cli_value(in->options, CLI_SINCE);
    const char *commit = in->code == CLI_OK ? cli_maker_text(in, CLI_FACT_COMMIT, 0) : NULL;
    if (in->code != CLI_OK) {
        return;
    }
    if (base != NULL && base[0] == '-') {
        cli_maker_fail(in, cli_usage("--since is '%.80s', which is not a revision.", base));
    } else if (base != NULL) {
        compare(in, base, commit != NULL ? commit : "HEAD");
    } else if (commit != NULL && git_is_hash(commit, strlen(commit))) {
        cli_maker_add_text(in, in->document, "revision", commit);
    }
}
