/* The commit that a deployment brings, and what has changed since the one before. */
#include "cli/client.h"
#include "cli/document_maker.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "event/json.h"

#include <jirasend/history.h>
#include <string.h>
#include <sys/stat.h>

/* Seven digits are what people know a commit by. */
#define SHORT "%.7s"

/* A commit that no repository has: nothing is remembered. */
static const char nothing[] = "0000000000000000000000000000000000000000";

static void say(const cli_maker *in, const char *base) {
    const git_since *since = &in->since;
    int shown = git_is_hash(base, strlen(base)) ? 7 : 80;
    if (base == nothing) {
        cli_note(
            "The outbox has no record of a successful deployment of this pipeline there that Jira "
            "has accepted: keys are taken from " SHORT " alone.",
            since->revision);
        return;
    }
    switch (since->relation) {
    case GIT_GONE:
        cli_note("The commit '%.*s', which ran there before, is not in this repository: keys are "
                 "taken from " SHORT " alone.",
                 shown, base, since->revision);
        break;
    case GIT_BACK:
        cli_note(SHORT " is older than %.*s"
                       ", which ran there before: this is a rollback, with the "
                       "issue keys of what is taken out.",
                 since->revision, shown, base);
        break;
    case GIT_DIVERGED:
        cli_note("Neither of %.*s and " SHORT " descends from the other: the keys of what comes in "
                 "are named, and %ld %s.",
                 shown, base, since->revision, since->going_out,
                 since->going_out == 1 ? "commit goes out" : "commits go out");
        break;
    case GIT_SAME:
    case GIT_FORWARD:
        break;
    }
}

static const char *receipt_text(json_object *last, const char *name) {
    json_object *member = js_json_member_of(js_json_member_of(last, "receipt"), name);
    return member != NULL ? json_object_get_string(member) : NULL;
}

static bool was_rolled_back(json_object *last) {
    const char *state = receipt_text(last, "state");
    return state != NULL && strcmp(state, "rolled_back") == 0;
}

/* Jira must never show as brought what was taken out. */
static void tell_rollback(cli_maker *in) {
    json_object *state = NULL;
    bool again = in->since.relation == GIT_SAME && was_rolled_back(in->last);
    if ((again || in->since.relation == GIT_BACK) &&
        json_object_object_get_ex(in->document, "state", &state) &&
        strcmp(json_object_get_string(state), "successful") == 0) {
        cli_maker_add_text(in, in->document, "state", "rolled_back");
        if (again) { /* the other was said where the commits were compared */
            cli_note(SHORT
                     " has run there since a rollback: this is reported as rolled_back again, with "
                     "the same issue keys.",
                     in->since.revision);
        }
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
        in->compared = true;
        say(in, base);
        tell_rollback(in);
        cli_maker_add_text(in, in->document, "revision", in->since.revision);
    }
}

/* What the outbox remembers of the deployment that runs there. Null in `last`: nothing. */
static int ask_outbox(cli_maker *in, const char *pipeline, const char *environment) {
    cli_client client;
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    int code = cli_client_open(&client, in->options, CLI_MODE_LOOK);
    if (code != CLI_OK) {
        return code;
    }
    jirasend_code failed =
        jirasend_client_last_deployment(client.handle, NULL, pipeline, environment, &text, &error);
    if (failed == JIRASEND_OK) {
        in->last = json_tokener_parse(text);
        code = in->last != NULL ? CLI_OK : cli_no_memory();
    } else if (failed != JIRASEND_E_NOT_FOUND) {
        code = cli_library_failed(failed, &error);
    }
    jirasend_free(text);
    cli_client_close(&client);
    return code;
}

/* The commit that runs there, or `nothing`; null when that cannot be found out, and it was said. */
static const char *find_last(cli_maker *in) {
    const char *folder = cli_value(in->options, CLI_OUTBOX_DIR);
    if (folder == NULL) {
        cli_maker_fail(in,
                       cli_usage("--since-last needs --outbox DIR, whose history remembers what "
                                 "was deployed; or give --since REV."));
        return NULL;
    }
    const char *pipeline = cli_maker_text(in, CLI_FACT_PIPELINE, CLI_LONG_ID_UNITS);
    const char *environment = cli_maker_text(in, CLI_FACT_ENVIRONMENT, CLI_LONG_ID_UNITS);
    struct stat status;
    if (in->code == CLI_OK && pipeline != NULL && environment != NULL &&
        cli_value(in->options, CLI_SITE) != NULL &&
        (cli_is_database(folder) || stat(folder, &status) == 0)) {
        cli_maker_fail(in, ask_outbox(in, pipeline, environment));
    }
    const char *revision = receipt_text(in->last, "revision");
    return in->code != CLI_OK ? NULL : revision != NULL ? revision : nothing;
}

void cli_document_add_since(cli_maker *in) {
    const char *base = cli_value(in->options, CLI_SINCE);
    const char *commit = in->code == CLI_OK ? cli_maker_text(in, CLI_FACT_COMMIT, 0) : NULL;
    if (in->code != CLI_OK) {
        return;
    }
    if (base == NULL && in->options->set[CLI_SINCE_LAST]) {
        base = find_last(in);
        if (base == NULL) {
            return;
        }
    }
    if (base != NULL && base[0] == '-') {
        cli_maker_fail(in, cli_usage("--since is '%.80s', which is not a revision.", base));
    } else if (base != NULL) {
        compare(in, base, commit != NULL ? commit : "HEAD");
    } else if (commit != NULL && git_is_hash(commit, strlen(commit))) {
        cli_maker_add_text(in, in->document, "revision", commit);
    }
}
