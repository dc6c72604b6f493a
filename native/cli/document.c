/* From options and facts to the document of a build or a deployment. */
#include "cli/document.h"

#include "cli/addresses.h"
#include "cli/document_maker.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/relay.h"
#include "cli/values.h"
#include "event/words.h"

#include <string.h>

static void require(cli_maker *in, cli_fact fact) {
    if (cli_facts_get(&in->facts, fact) == NULL) {
        cli_maker_lack(in, fact);
    }
}

static void add_number(cli_maker *in, js_buf *label) {
    const char *value = cli_facts_get(&in->facts, CLI_FACT_NUMBER);
    int64_t number = 0;
    if (value != NULL && in->code == CLI_OK) {
        cli_maker_fail(
            in, cli_check_number(cli_facts_origin(&in->facts, CLI_FACT_NUMBER), value, &number));
        cli_maker_add(in, in->document, "number", json_object_new_int64(number));
        js_buf_addf(label, " #%lld", (long long)number);
    }
}

/* The state that --state gives, in our word. */
static const char *given_state(cli_maker *in, const char *given) {
    bool deployment = cli_event_verb(in->options) == CLI_DEPLOYMENT;
    const char *state = NULL;
    cli_maker_fail(in, cli_check_word("--state", given, js_state_word,
                                      deployment ? js_state_words : js_build_state_words,
                                      deployment ? "state of a deployment" : "state of a build",
                                      &state));
    if (in->code == CLI_OK && in->options->set[CLI_GATED] && strcmp(state, "pending") != 0) {
        cli_maker_fail(in, cli_usage("--gate needs the state pending, not '%s': a deployment that "
                                     "waits for its gate has not begun. Leave --state out.",
                                     given));
    }
    return state;
}

/* A result in the words that people use; null for what is not one yet. */
static const char *final_state(const char *theirs) {
    static const char *const final[] = {"successful", "failed", "cancelled"};
    const char *state = js_state_word(theirs);
    for (size_t i = 0; state != NULL && i < sizeof(final) / sizeof(final[0]); i++) {
        if (strcmp(state, final[i]) == 0) {
            return state;
        }
    }
    return NULL;
}

/* The state that the CI tells. */
static const char *told_state(cli_maker *in) {
    const char *theirs = cli_facts_get(&in->facts, CLI_FACT_STATE);
    if (theirs == NULL) {
        cli_maker_lack(in, CLI_FACT_STATE);
        return NULL;
    }
    const char *state = cli_ci_word_of(in->facts.ci->states, theirs);
    state = state != NULL ? state : final_state(theirs);
    if (state == NULL) {
        cli_maker_fail(in, cli_usage("%s is '%.80s', which jirasend does not know as a result. "
                                     "Give --state.",
                                     cli_facts_origin(&in->facts, CLI_FACT_STATE), theirs));
    } else if (state[0] == '\0') {
        cli_maker_fail(in, cli_usage("The option --state is missing, and %s is still '%.80s'. Give "
                                     "--state, or send when the job has ended.",
                                     cli_facts_origin(&in->facts, CLI_FACT_STATE), theirs));
    }
    return state;
}

static const char *find_state(cli_maker *in) {
    const char *given = cli_value(in->options, CLI_STATE);
    if (in->state != NULL) {
        return in->state;
    }
    if (given != NULL) {
        return given_state(in, given);
    }
    return in->options->set[CLI_GATED] ? "pending" : told_state(in);
}

static void add_common(cli_maker *in, const char *state, js_buf *label) {
    const char *id = cli_maker_text(in, CLI_FACT_PIPELINE, CLI_LONG_ID_UNITS);
    if (id != NULL) {
        cli_maker_add_text(in, in->document, "pipelineId", id);
        js_buf_addf(label, " %s", id);
    }
    const char *name = cli_maker_text(in, CLI_FACT_NAME, 0);
    if (name != NULL) {
        cli_maker_add_text(in, in->document, "pipelineName", name);
    }
    add_number(in, label);
    const char *url = cli_maker_url(in, CLI_FACT_URL);
    if (url != NULL) {
        cli_maker_add_text(in, in->document, "url", url);
    }
    cli_maker_add_text(in, in->document, "state", state);
    const char *updated = cli_value(in->options, CLI_UPDATED_AT);
    if (updated != NULL && in->code == CLI_OK) {
        cli_maker_fail(in, cli_check_time("--updated-at", updated));
        cli_maker_add_text(in, in->document, "updatedAt", updated);
    }
    const char *description = cli_value(in->options, CLI_DESCRIPTION);
    if (description != NULL) {
        cli_maker_add_text(in, in->document, "description", description);
    }
    const char *short_label = cli_value(in->options, CLI_LABEL);
    if (short_label != NULL) {
        cli_maker_add_text(in, in->document, "label", short_label);
    }
}

static void add_tests(cli_maker *in) {
    static const char *const names[] = {"total", "passed", "failed", "skipped"};
    const char *given = cli_value(in->options, CLI_TESTS);
    int64_t counts[4] = {0};
    if (given == NULL || in->code != CLI_OK) {
        return;
    }
    cli_maker_fail(in, cli_check_tests("--tests", given, counts));
    json_object *tests = json_object_new_object();
    for (int i = 0; i < 4; i++) {
        cli_maker_add(in, tests, names[i], json_object_new_int64(counts[i]));
    }
    cli_maker_add(in, in->document, "tests", tests);
}

/* Some CIs tell a tag's name as the branch: v1, or Drone's refs/tags/v1. */
static bool is_tag(const char *branch, const char *tag) {
    static const char prefix[] = "refs/tags/";
    bool prefixed = strncmp(branch, prefix, sizeof(prefix) - 1) == 0;
    return tag != NULL && strcmp(branch + (prefixed ? sizeof(prefix) - 1 : 0), tag) == 0;
}

/* --branch-url may be a pattern. */
static void fill_in_branch(cli_maker *in) {
    const char *url = cli_value(in->options, CLI_BRANCH_URL);
    const char *branch = cli_facts_get(&in->facts, CLI_FACT_BRANCH);
    if (url != NULL && strstr(url, "{branch}") != NULL && branch != NULL) {
        (void)cli_facts_get(&in->facts, CLI_FACT_BRANCH_URL);
        cli_fill_in_branch(&in->facts.facts[CLI_FACT_BRANCH_URL].value, branch);
    }
}

/* Commit and branch as Jira links them: each needs an address beside its name. */
static void add_reference(cli_maker *in) {
    fill_in_branch(in);
    const char *commit = cli_maker_text(in, CLI_FACT_COMMIT, CLI_ID_UNITS);
    const char *repository = cli_maker_uri(in, CLI_FACT_REPOSITORY);
    const char *branch = cli_maker_text(in, CLI_FACT_BRANCH, 0);
    const char *branch_url = cli_maker_uri(in, CLI_FACT_BRANCH_URL);
    const char *tag = cli_facts_get(&in->facts, CLI_FACT_TAG);
    if (cli_value(in->options, CLI_BRANCH) == NULL && branch != NULL && is_tag(branch, tag)) {
        branch = NULL;
    }
    if (cli_value(in->options, CLI_BRANCH) != NULL &&
        cli_value(in->options, CLI_BRANCH_URL) == NULL) {
        branch_url = NULL; /* the CI's address is that of the CI's branch */
    }
    branch_url = branch_url != NULL ? branch_url : repository;
    bool has_commit = commit != NULL && repository != NULL;
    bool has_branch = branch != NULL && branch_url != NULL;
    if (in->code != CLI_OK || (!has_commit && !has_branch)) {
        return;
    }
    json_object *reference = json_object_new_object();
    if (has_commit) {
        json_object *member = json_object_new_object();
        cli_maker_add_text(in, member, "id", commit);
        cli_maker_add_text(in, member, "repositoryUri", repository);
        cli_maker_add(in, reference, "commit", member);
    }
    if (has_branch) {
        json_object *member = json_object_new_object();
        cli_maker_add_text(in, member, "name", branch);
        cli_maker_add_text(in, member, "uri", branch_url);
        cli_maker_add(in, reference, "ref", member);
    }
    json_object *references = json_object_new_array();
    cli_maker_add_to(in, references, reference);
    cli_maker_add(in, in->document, "references", references);
}

/* All that is missing is said at once. */
static void require_all(cli_maker *in) {
    if (!in->options->set[CLI_DRY_RUN] && cli_lacks_site(in->options)) {
        in->site_missing = true;
    }
    require(in, CLI_FACT_PIPELINE);
    require(in, CLI_FACT_NUMBER);
    require(in, CLI_FACT_URL);
    if (cli_event_verb(in->options) == CLI_DEPLOYMENT) {
        require(in, CLI_FACT_ENVIRONMENT);
    }
}

static void make(cli_maker *in, js_buf *label) {
    cli_verb kind = cli_event_verb(in->options);
    in->document = json_object_new_object();
    js_buf_add_text(label, cli_verb_name(kind));
    cli_maker_add_text(in, in->document, "kind", cli_verb_name(kind));
    require_all(in);
    const char *state = find_state(in);
    cli_maker_say_lacks(in);
    if (in->code == CLI_OK) {
        add_common(in, state, label);
    }
    if (kind == CLI_DEPLOYMENT && in->code == CLI_OK) {
        cli_document_add_deployment(in, label);
        cli_document_add_since(in);
    } else if (in->code == CLI_OK) {
        add_tests(in);
        add_reference(in);
    }
    if (in->code == CLI_OK) {
        cli_document_add_keys(in, true);
    }
    if (cli_facts_failed(&in->facts)) {
        cli_maker_fail(in, cli_no_memory());
    }
}

int cli_document_make(const cli_options *options, const char *state, js_buf *document,
                      js_buf *label) {
    cli_maker in = {.options = options, .state = state};
    cli_facts_init(&in.facts, options);
    make(&in, label);
    if (in.code == CLI_OK) {
        cli_maker_write(&in, document);
    }
    if (label->failed) {
        cli_maker_fail(&in, cli_no_memory());
    }
    json_object_put(in.document);
    json_object_put(in.last);
    git_since_clear(&in.since);
    cli_facts_free(&in.facts);
    return in.code;
}
