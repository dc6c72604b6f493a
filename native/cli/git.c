/* jirasend git [RANGE] */
#include "cli/exit_code.h"
#include "cli/git_branches.h"
#include "cli/git_teller.h"
#include "cli/output.h"
#include "cli/secret.h"
#include "cli/signals.h"
#include "cli/verbs.h"

#include <stdlib.h>
#include <string.h>

/* What is to be told. */
typedef struct work {
    git_range range;
    git_pushed pushed;
    git_updates updates;
    bool by_hook, by_ci;
} work;

static const char *range_of(const cli_options *options) {
    bool given = options->arguments.count > 0 && options->arguments.items[0][0] != '\0';
    return given ? options->arguments.items[0] : NULL;
}

static int check_arguments(const cli_options *options) {
    bool hook = options->set[CLI_POST_RECEIVE];
    const char *range = range_of(options);
    if (options->arguments.count > 1) {
        return cli_usage("`jirasend git` takes one range; '%.80s' is one too many. See `jirasend "
                         "git --help`.",
                         options->arguments.items[1]);
    }
    if (hook && range != NULL) {
        return cli_usage("--post-receive reads ranges from standard input; remove '%.80s'.", range);
    }
    if (range != NULL && range[0] == '-') {
        return cli_usage("'%.80s' is not a revision: no name of one begins with a dash.", range);
    }
    const cli_option file = cli_secret_option(options);
    const char *secret = cli_value(options, file);
    if (hook && secret != NULL && strcmp(secret, "-") == 0 && !options->set[CLI_DRY_RUN]) {
        return cli_usage("Standard input cannot be both the secret (%s) and what was pushed "
                         "(--post-receive); give the secret as a file.",
                         cli_origin(options, file));
    }
    return cli_batch_check(options);
}

/* Everything that can be wrong is found out before anything is sent. */
static int find_work(git_teller *teller, work *in) {
    const char *range = range_of(teller->options);
    if (teller->options->set[CLI_POST_RECEIVE]) {
        in->by_hook = true;
        return git_updates_read(&in->updates);
    }
    if (range != NULL) {
        return git_range_read(&teller->repository, range, &in->range);
    }
    in->by_ci = true;
    return git_pushed_find(&teller->repository, teller->facts.ci, &in->pushed);
}

static void free_work(work *in) {
    git_range_free(&in->range);
    git_pushed_free(&in->pushed);
    git_updates_free(&in->updates);
}

/* One branch that has moved. Of a new one only that is found out. */
static int tell_update(git_teller *teller, work *in, const git_update *update, bool *is_new) {
    char hash[GIT_HASH_SIZE];
    if (git_branch_of(update->ref) == NULL || git_is_null_hash(update->new)) {
        return CLI_OK;
    }
    git_found found = git_resolve(&teller->repository, update->new, hash);
    if (found == GIT_NOT_ASKED) {
        return CLI_SOFTWARE;
    }
    if (found == GIT_NOT_FOUND) {
        cli_fail("%s: %s is not a commit of this repository.", update->ref, update->new);
        in->updates.bad++;
        return CLI_OK;
    }
    git_range range = GIT_RANGE_INIT;
    int code = git_update_range(&teller->repository, update, &range, is_new);
    code = code == CLI_OK ? git_tell_commits(teller, &range) : code;
    git_range_free(&range);
    return code;
}

static int tell_pushed_commits(git_teller *teller, work *in) {
    const git_updates *updates = &in->updates;
    bool *is_new = calloc(updates->count + 1, sizeof(*is_new));
    int code = is_new != NULL ? CLI_OK : cli_no_memory();
    for (size_t i = 0; i < updates->count && code == CLI_OK; i++) {
        code = tell_update(teller, in, &updates->items[i], &is_new[i]);
    }
    git_range range = GIT_RANGE_INIT;
    if (code == CLI_OK) {
        code = git_updates_new_range(&teller->repository, updates, is_new, &range);
    }
    code = code == CLI_OK ? git_tell_commits(teller, &range) : code;
    git_range_free(&range);
    free(is_new);
    return code;
}

/* Commits first, so that a branch's last commit is known; then what the branches are now. */
static int tell_updates(git_teller *teller, work *in) {
    const git_updates *updates = &in->updates;
    teller->several_refs = updates->count > 1 || teller->options->set[CLI_BRANCHES];
    int code = tell_pushed_commits(teller, in);
    for (size_t i = 0; i < updates->count && code == CLI_OK; i++) {
        const char *branch = git_branch_of(updates->items[i].ref);
        if (branch != NULL && !git_is_null_hash(updates->items[i].new)) {
            code = git_tell_branch(teller, branch, updates->items[i].new);
        }
    }
    code = code == CLI_OK ? git_tell_asked_branches(teller) : code;
    for (size_t i = 0; i < updates->count && code == CLI_OK; i++) {
        const char *branch = git_branch_of(updates->items[i].ref);
        if (branch != NULL && git_is_null_hash(updates->items[i].new)) {
            code = git_tell_gone_branch(teller, branch);
        }
    }
    return code;
}

static int take_branch(void *context, const char *name, const char *hash) {
    return git_tell_branch(context, name, hash);
}

static int tell(git_teller *teller, work *in) {
    int code = CLI_OK;
    if (in->by_hook) {
        code = tell_updates(teller, in);
    } else if (in->by_ci) {
        code = git_tell_absent(teller, &in->pushed);
        code = code == CLI_OK ? git_tell_commits(teller, &in->pushed.range) : code;
    } else {
        code = git_tell_commits(teller, &in->range);
    }
    if (code == CLI_OK && teller->options->set[CLI_BRANCHES]) {
        code = git_branches(take_branch, teller);
        code = code == CLI_OK ? git_tell_asked_branches(teller) : code;
    }
    return code;
}

static void say_sums(const git_teller *teller, const work *in) {
    const cli_batch *batch = teller->batch;
    if (teller->unchanged > 0) {
        cli_note("%ld of them %s sent before and %s changed since.", teller->unchanged,
                 teller->unchanged == 1 ? "was" : "were",
                 teller->unchanged == 1 ? "has not" : "have not");
    }
    if (teller->keyless > 0) {
        cli_note("%ld %s no issue key, so there is nothing to tell Jira about %s.", teller->keyless,
                 teller->keyless == 1 ? "commit holds" : "commits hold",
                 teller->keyless == 1 ? "it" : "them");
    } else if (batch->submitted == 0 && batch->bad == 0 && in->updates.bad == 0) {
        cli_note("There is nothing to tell Jira.");
    }
}

static int run(git_teller *teller, work *in) {
    int code = find_work(teller, in);
    if (code == CLI_OK) {
        code = git_teller_begin(teller);
    }
    if (code != CLI_OK) {
        return code;
    }
    code = tell(teller, in);
    /* What stopped the batch has its own code, and what was handed over is still waited for. */
    bool failed =
        code != CLI_OK && !teller->batch->stop && !cli_output_failed() && cli_signals_caught() == 0;
    if (failed) {
        cli_batch_worse(teller->batch, code);
    }
    if (in->updates.bad > 0) {
        cli_batch_worse(teller->batch, CLI_DATA);
    }
    code = cli_batch_finish(teller->batch);
    if (cli_signals_caught() == 0) {
        say_sums(teller, in);
    }
    return code;
}

int cli_verb_git(const cli_options *options) {
    int code = check_arguments(options);
    if (code != CLI_OK) {
        return code;
    }
    git_teller teller;
    work in = {.range = GIT_RANGE_INIT, .pushed = GIT_PUSHED_INIT, .updates = GIT_UPDATES_INIT};
    bool branches = options->set[CLI_BRANCHES] || options->set[CLI_POST_RECEIVE];
    code = git_teller_open(&teller, options, branches);
    if (code == CLI_OK) {
        code = run(&teller, &in);
    }
    git_teller_close(&teller);
    free_work(&in);
    return code;
}
