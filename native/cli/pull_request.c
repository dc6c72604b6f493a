/* jirasend pull-request */
#include "cli/pull_request.h"
#include "cli/document_maker.h"
#include "cli/event.h"
#include "cli/exit_code.h"
#include "cli/git_links.h"
#include "cli/git_repository.h"
#include "cli/output.h"
#include "cli/pull_request_ci.h"
#include "cli/relay.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "event/words.h"

#include <string.h>

typedef struct told {
    js_buf value, origin;
    bool there;
} told;

typedef struct pull_request {
    cli_maker maker;
    git_links links;
    js_buf remote; /* the address of origin */
    told facts[CLI_PULLS];
} pull_request;

/* The option that goes before the CI's variables; CLI_HELP: there is none. */
static const cli_option options_of[CLI_PULLS] = {
    [CLI_PULL_NUMBER] = CLI_NUMBER,
    [CLI_PULL_TITLE] = CLI_TITLE,
    [CLI_PULL_STATE] = CLI_STATE,
    [CLI_PULL_MERGED] = CLI_HELP,
    [CLI_PULL_SOURCE] = CLI_SOURCE_BRANCH,
    [CLI_PULL_SOURCE_URL] = CLI_HELP,
    [CLI_PULL_DESTINATION] = CLI_DESTINATION_BRANCH,
    [CLI_PULL_URL] = CLI_URL,
    [CLI_PULL_AUTHOR] = CLI_HELP,
    [CLI_PULL_AUTHOR_EMAIL] = CLI_HELP,
    [CLI_PULL_AUTHOR_URL] = CLI_HELP,
    [CLI_PULL_AUTHOR_AVATAR] = CLI_HELP,
    [CLI_PULL_COMMENTS] = CLI_HELP,
};

/* What belongs to the CI's pull request, and not to another one that options name. */
static bool is_detail(cli_pull fact) {
    return fact == CLI_PULL_MERGED || options_of[fact] == CLI_HELP;
}

static void read_fact(pull_request *in, cli_pull fact) {
    const cli_options *options = in->maker.options;
    told *one = &in->facts[fact];
    const char *given = options_of[fact] != CLI_HELP ? cli_value(options, options_of[fact]) : NULL;
    if (given != NULL) {
        one->there = true;
        js_buf_add_text(&one->value, given);
        js_buf_add_text(&one->origin, cli_origin(options, options_of[fact]));
        return;
    }
    js_buf variables = JS_BUF_INIT;
    const cli_ci *ci = in->maker.facts.ci;
    one->there = (!is_detail(fact) || cli_value(options, CLI_NUMBER) == NULL) &&
                 cli_pull_request_fact(ci, fact, &one->value, &variables);
    if (one->there) {
        js_buf_addf(&one->origin, "%s (%s)", variables.length > 0 ? variables.data : "", ci->name);
    }
    one->value.failed = one->value.failed || variables.failed || one->origin.failed;
    js_buf_clear(&variables);
}

static const char *value_of(const pull_request *in, cli_pull fact) {
    const told *one = &in->facts[fact];
    return one->there && one->value.length > 0 && !one->value.failed ? one->value.data : NULL;
}

/* All that is missing is said at once. */
static int require(const pull_request *in) {
    static const cli_pull required[] = {CLI_PULL_NUMBER, CLI_PULL_TITLE, CLI_PULL_STATE,
                                        CLI_PULL_SOURCE, CLI_PULL_URL};
    js_buf names = JS_BUF_INIT;
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (value_of(in, required[i]) == NULL) {
            js_buf_addf(&names, "%s--%s", names.length > 0 ? ", " : "",
                        cli_option_spec_of(options_of[required[i]])->name);
        }
    }
    int code = CLI_OK;
    if (names.failed) {
        code = cli_no_memory();
    } else if (names.length > 0) {
        const cli_ci *ci = in->maker.facts.ci;
        code =
            cli_usage("Missing: %s. %s%s", names.data, ci != NULL ? ci->name : "",
                      ci != NULL ? " does not tell them here; see `jirasend pull-request --help`."
                                 : "See `jirasend pull-request --help`.");
    }
    js_buf_clear(&names);
    return code;
}

static void add_text(pull_request *in, json_object *parent, cli_pull fact, const char *name) {
    const char *value = value_of(in, fact);
    if (value != NULL && in->maker.code == CLI_OK) {
        cli_maker_fail(&in->maker, cli_check_text(in->facts[fact].origin.data, value, false));
        cli_maker_add_text(&in->maker, parent, name, value);
    }
}

static void add_url(pull_request *in, json_object *parent, cli_pull fact, const char *name) {
    const char *value = value_of(in, fact);
    if (value != NULL && in->maker.code == CLI_OK) {
        cli_maker_fail(&in->maker, cli_check_url(in->facts[fact].origin.data, value));
        cli_maker_add_text(&in->maker, parent, name, value);
    }
}

static void add_number(pull_request *in, cli_pull fact, const char *name) {
    const char *value = value_of(in, fact);
    int64_t number = 0;
    if (value != NULL && in->maker.code == CLI_OK) {
        cli_maker_fail(&in->maker, cli_check_number(in->facts[fact].origin.data, value, &number));
        cli_maker_add(&in->maker, in->maker.document, name, json_object_new_int64(number));
    }
}

/* GitHub calls a merged one closed. */
static void add_state(pull_request *in) {
    const char *merged = value_of(in, CLI_PULL_MERGED);
    const char *state = value_of(in, CLI_PULL_STATE), *word = NULL;
    bool is_merged = merged != NULL && strcmp(merged, "true") == 0 &&
                     cli_value(in->maker.options, CLI_STATE) == NULL;
    if (in->maker.code == CLI_OK) {
        cli_maker_fail(&in->maker,
                       cli_check_word(in->facts[CLI_PULL_STATE].origin.data,
                                      is_merged ? "merged" : state, js_pull_request_state_word,
                                      js_pull_request_state_words, "state of a pull request",
                                      &word));
    }
    if (in->maker.code == CLI_OK) {
        cli_maker_add_text(&in->maker, in->maker.document, "state", word);
    }
}

static void add_author(pull_request *in) {
    json_object *author = json_object_new_object();
    add_text(in, author, CLI_PULL_AUTHOR, "name");
    if (!in->maker.options->set[CLI_NO_EMAIL]) {
        add_text(in, author, CLI_PULL_AUTHOR_EMAIL, "email");
    }
    add_url(in, author, CLI_PULL_AUTHOR_URL, "url");
    add_url(in, author, CLI_PULL_AUTHOR_AVATAR, "avatar");
    if (author != NULL && json_object_object_length(author) == 0) {
        json_object_put(author);
    } else {
        cli_maker_add(&in->maker, in->maker.document, "author", author);
    }
}

/* A branch and its page. The CI's page of the source counts, as that may be in a fork. */
static void add_branch(pull_request *in, cli_pull fact, const char *name, const char *url_name) {
    const char *branch = value_of(in, fact);
    const char *page = fact == CLI_PULL_SOURCE && in->links.branch_url == NULL &&
                               cli_value(in->maker.options, CLI_SOURCE_BRANCH) == NULL
                           ? value_of(in, CLI_PULL_SOURCE_URL)
                           : NULL;
    js_buf link = JS_BUF_INIT;
    if (branch == NULL) {
        return;
    }
    add_text(in, in->maker.document, fact, name);
    if (page != NULL) {
        js_buf_add_text(&link, page);
    } else {
        git_links_add_branch(&in->links, branch, &link);
    }
    if (link.failed) {
        cli_maker_fail(&in->maker, cli_no_memory());
    } else if (link.length > 0) {
        cli_maker_add_text(&in->maker, in->maker.document, url_name, link.data);
    }
    js_buf_clear(&link);
}

static void add_repository(pull_request *in) {
    json_object *repository = json_object_new_object();
    if (in->links.repository_id != NULL) {
        cli_maker_add_text(&in->maker, repository, "id", in->links.repository_id);
    }
    cli_maker_add_text(&in->maker, repository, "url", in->links.repository_url.data);
    cli_maker_add(&in->maker, in->maker.document, "repository", repository);
}

static void make(pull_request *in) {
    cli_maker *maker = &in->maker;
    maker->document = json_object_new_object();
    cli_maker_add_text(maker, maker->document, "kind", "pull_request");
    add_repository(in);
    add_number(in, CLI_PULL_NUMBER, "number");
    add_text(in, maker->document, CLI_PULL_TITLE, "title");
    add_state(in);
    add_author(in);
    add_url(in, maker->document, CLI_PULL_URL, "url");
    add_branch(in, CLI_PULL_SOURCE, "sourceBranch", "sourceBranchUrl");
    add_branch(in, CLI_PULL_DESTINATION, "destinationBranch", "destinationBranchUrl");
    add_number(in, CLI_PULL_COMMENTS, "commentCount");
    const char *updated = cli_value(maker->options, CLI_UPDATED_AT);
    if (updated != NULL && maker->code == CLI_OK) {
        cli_maker_fail(maker, cli_check_time("--updated-at", updated));
        cli_maker_add_text(maker, maker->document, "updatedAt", updated);
    }
    if (maker->options->set[CLI_NO_TRANSITIONS]) {
        cli_maker_add(maker, maker->document, "transitions", json_object_new_boolean(false));
    }
    if (maker->code == CLI_OK) {
        cli_document_add_keys(maker, false);
    }
}

/* The facts, and then the repository: git is asked only when nothing else tells it. */
static int find_facts(pull_request *in) {
    bool whole = true;
    for (int i = 0; i < CLI_PULLS; i++) {
        read_fact(in, (cli_pull)i);
        whole = whole && !in->facts[i].value.failed;
    }
    int code = whole ? require(in) : cli_no_memory();
    if (code == CLI_OK && cli_facts_get(&in->maker.facts, CLI_FACT_REPOSITORY) == NULL) {
        code = git_origin(&in->remote);
    }
    return code == CLI_OK ? git_links_find(&in->maker.facts, in->remote.data, &in->links) : code;
}

static int write_out(pull_request *in, js_buf *document, js_buf *label) {
    size_t length = 0;
    const char *text = json_object_to_json_string_length(
        in->maker.document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    if (text != NULL) {
        js_buf_add(document, text, length);
    }
    js_buf_addf(label, "pull request #%s", in->facts[CLI_PULL_NUMBER].value.data);
    return text != NULL && !document->failed && !label->failed ? CLI_OK : cli_no_memory();
}

int cli_pull_request_make(const cli_options *options, js_buf *document, js_buf *label) {
    pull_request in = {.maker = {.options = options}, .links = GIT_LINKS_INIT};
    cli_facts_init(&in.maker.facts, options);
    int code = find_facts(&in);
    if (code == CLI_OK) {
        make(&in);
        code = in.maker.code;
    }
    code = code == CLI_OK ? write_out(&in, document, label) : code;
    json_object_put(in.maker.document);
    cli_facts_free(&in.maker.facts);
    git_links_free(&in.links);
    js_buf_clear(&in.remote);
    for (int i = 0; i < CLI_PULLS; i++) {
        js_buf_clear(&in.facts[i].value);
        js_buf_clear(&in.facts[i].origin);
    }
    return code;
}

int cli_verb_pull_request(const cli_options *options) {
    int code = cli_no_arguments(options);
    code = code == CLI_OK ? cli_event_check(options) : code;
    if (code == CLI_OK && !options->set[CLI_DRY_RUN] && cli_lacks_site(options)) {
        code = cli_usage("There is no Jira site. Give --site acme.atlassian.net or set "
                         "JIRASEND_SITE.");
    }
    js_buf document = JS_BUF_INIT, label = JS_BUF_INIT;
    code = code == CLI_OK ? cli_pull_request_make(options, &document, &label) : code;
    code = code == CLI_OK ? cli_event_send(options, &document, &label) : code;
    js_buf_clear(&document);
    js_buf_clear(&label);
    return code;
}
