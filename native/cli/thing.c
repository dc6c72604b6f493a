/* Naming a thing: the argument that says its kind, and what tells it from others of that kind. */
#include "cli/thing.h"

#include "cli/addresses.h"
#include "cli/document_maker.h"
#include "cli/exit_code.h"
#include "cli/links.h"
#include "cli/output.h"
#include "cli/relay.h"
#include "cli/values.h"

#include <string.h>

enum { IN_REPOSITORY = 1U, NUMBERED = 2U, RUNS = 4U, DEPLOYS = 8U };

/* How each kind is named on the command line. */
typedef struct thing_kind {
    const char *word;     /* of the command line */
    const char *kind;     /* of documents */
    const char *argument; /* what follows the word; null: nothing */
    const char *member;   /* the member that it becomes */
    unsigned traits;
} thing_kind;

static const thing_kind kinds[] = {
    {"build", "build", NULL, NULL, RUNS},
    {"deployment", "deployment", NULL, NULL, RUNS | DEPLOYS},
    {"flag", "flag", "ID", "flagId", 0},
    {"commit", "commit", "HASH", "hash", IN_REPOSITORY},
    {"branch", "branch", "NAME", "name", IN_REPOSITORY},
    {"pull-request", "pull_request", "N", "number", IN_REPOSITORY | NUMBERED},
    {"pull_request", "pull_request", "N", "number", IN_REPOSITORY | NUMBERED},
    {"repository", "repository", NULL, NULL, IN_REPOSITORY},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

#define KIND_WORDS "build, deployment, flag, commit, branch, pull-request or repository"

static int find_kind(const cli_options *options, const thing_kind **found) {
    const char *verb = cli_verb_name(options->verb);
    const char *words[KINDS];
    if (options->arguments.count == 0) {
        return cli_usage("`jirasend %s` needs to know what: " KIND_WORDS ". See `jirasend %s "
                         "--help`.",
                         verb, verb);
    }
    for (size_t i = 0; i < KINDS; i++) {
        words[i] = kinds[i].word;
        if (strcmp(options->arguments.items[0], kinds[i].word) == 0) {
            *found = &kinds[i];
            return CLI_OK;
        }
    }
    const char *near = cli_nearest(options->arguments.items[0], words, KINDS);
    return cli_usage("`jirasend %s` does not know '%.60s'%s%s%s It takes " KIND_WORDS ".", verb,
                     options->arguments.items[0], near != NULL ? "; did you mean " : ".",
                     near != NULL ? near : "", near != NULL ? "?" : "");
}

/* As many arguments as the kind has: one more may be a slip that would take away something else. */
static int check_arguments(const cli_options *options, const thing_kind *kind) {
    const char *verb = cli_verb_name(options->verb);
    const js_strings *arguments = &options->arguments;
    size_t wanted = kind->argument != NULL ? 2 : 1;
    if (arguments->count > wanted) {
        return cli_usage("`jirasend %s %s` does not take '%.80s'. See `jirasend %s --help`.", verb,
                         kind->word, arguments->items[wanted], verb);
    }
    if (arguments->count < wanted || arguments->items[wanted - 1][0] == '\0') {
        return cli_usage("Which %s? Write `jirasend %s %s %s`. See `jirasend %s --help`.",
                         kind->word, verb, kind->word, kind->argument, verb);
    }
    return CLI_OK;
}

/* An option that names nothing of this kind would be a promise that is not kept. */
static int check_options(const cli_options *options, const thing_kind *kind) {
    static const struct {
        cli_option option;
        unsigned traits;
    } naming[] = {{CLI_PIPELINE, RUNS},
                  {CLI_NUMBER, RUNS},
                  {CLI_ENVIRONMENT, DEPLOYS},
                  {CLI_REPOSITORY, IN_REPOSITORY},
                  {CLI_REPOSITORY_ID, IN_REPOSITORY}};
    for (size_t i = 0; i < sizeof(naming) / sizeof(naming[0]); i++) {
        if (options->given[naming[i].option].count > 0 && !(kind->traits & naming[i].traits)) {
            return cli_usage("A %s has no --%s. See `jirasend %s --help`.", kind->word,
                             cli_option_spec_of(naming[i].option)->name,
                             cli_verb_name(options->verb));
        }
    }
    return CLI_OK;
}

/* All that is missing is said at once. */
static int check_missing(const cli_options *options, const thing_kind *kind) {
    bool runs = kind->traits & RUNS;
    bool site = !options->set[CLI_DRY_RUN] && cli_lacks_site(options);
    bool pipeline = runs && cli_value(options, CLI_PIPELINE) == NULL;
    bool environment = (kind->traits & DEPLOYS) && cli_value(options, CLI_ENVIRONMENT) == NULL;
    bool number = runs && cli_value(options, CLI_NUMBER) == NULL;
    bool url = cli_value(options, CLI_REPOSITORY) != NULL;
    bool id = cli_value(options, CLI_REPOSITORY_ID) != NULL;
    bool repository = (kind->traits & IN_REPOSITORY) && !url && !id;
    if (url && id) {
        return cli_usage("--repository and --repository-id both name a repository; give one of "
                         "them.");
    }
    if (!site && !pipeline && !environment && !number && !repository) {
        return CLI_OK;
    }
    return cli_usage("Missing:%s%s%s%s%s. See `jirasend %s --help`.", site ? " --site" : "",
                     pipeline ? " --pipeline" : "", environment ? " --environment" : "",
                     number ? " --number" : "",
                     repository ? " --repository (or --repository-id)" : "",
                     cli_verb_name(options->verb));
}

static void add_number(cli_maker *in, const char *origin, const char *value, js_buf *label) {
    int64_t number = 0;
    cli_maker_fail(in, cli_check_number(origin, value, &number));
    cli_maker_add(in, in->document, "number", json_object_new_int64(number));
    js_buf_addf(label, " #%lld", (long long)number);
}

static void add_run(cli_maker *in, const thing_kind *kind, js_buf *label) {
    const char *pipeline = cli_value(in->options, CLI_PIPELINE);
    const char *environment = cli_value(in->options, CLI_ENVIRONMENT);
    cli_maker_add_text(in, in->document, "pipelineId", pipeline);
    js_buf_addf(label, " %s", pipeline);
    add_number(in, "--number", cli_value(in->options, CLI_NUMBER), label);
    if (kind->traits & DEPLOYS) {
        json_object *object = json_object_new_object();
        cli_maker_add_text(in, object, "id", environment);
        cli_maker_add(in, in->document, "environment", object);
        js_buf_addf(label, " to %s", environment);
    }
}

static void add_argument(cli_maker *in, const thing_kind *kind, js_buf *label) {
    const char *value = in->options->arguments.items[1];
    char origin[40] = "The ";
    strncat(origin, kind->word, 16);
    strncat(origin, kind->traits & NUMBERED ? "'s number" : "", 16);
    cli_maker_fail(in, cli_check_text(origin, value, false));
    if (in->code == CLI_OK && (kind->traits & NUMBERED)) {
        add_number(in, origin, value[0] == '#' ? value + 1 : value, label);
    } else if (in->code == CLI_OK) {
        cli_maker_add_text(in, in->document, kind->member, value);
        js_buf_addf(label, " %s", value);
    }
}

static void fail_repository(cli_maker *in, const char *given) {
    js_buf shown = JS_BUF_INIT;
    js_buf_add_text(&shown, given);
    cli_remove_login(&shown);
    cli_maker_fail(in, shown.failed ? cli_no_memory()
                                    : cli_usage("--repository is '%.80s', which is not the address "
                                                "of a repository on the web, such as "
                                                "https://git.example.com/team/app.",
                                                shown.data));
    js_buf_clear(&shown);
}

/* An id that is an address may hold what logs in, too. */
static void add_repository(cli_maker *in, js_buf *label) {
    const char *id = cli_value(in->options, CLI_REPOSITORY_ID);
    const char *given = cli_value(in->options, CLI_REPOSITORY);
    json_object *repository = json_object_new_object();
    js_buf name = JS_BUF_INIT;
    if (id != NULL) {
        js_buf_add_text(&name, id);
        cli_remove_login(&name);
    } else if (!cli_repository_url(given, &name)) {
        fail_repository(in, given);
    }
    if (name.failed) {
        cli_maker_fail(in, cli_no_memory());
    }
    if (in->code == CLI_OK) {
        bool alone = in->options->arguments.count == 1;
        cli_maker_add_text(in, repository, id != NULL ? "id" : "url", name.data);
        js_buf_addf(label, "%s %s", alone ? "" : " of", name.data);
    }
    js_buf_clear(&name);
    cli_maker_add(in, in->document, "repository", repository);
}

static void make(cli_maker *in, const thing_kind *kind, js_buf *label) {
    in->document = json_object_new_object();
    js_buf_add_text(label, in->options->verb == CLI_DELETE ? "deletion of " : "");
    for (const char *at = kind->kind; *at != '\0'; at++) {
        js_buf_add(label, *at == '_' ? " " : at, 1);
    }
    cli_maker_add_text(in, in->document, "kind", kind->kind);
    cli_maker_add(in, in->document, "delete", json_object_new_boolean(true));
    if (kind->traits & RUNS) {
        add_run(in, kind, label);
    }
    if (kind->argument != NULL) {
        add_argument(in, kind, label);
    }
    if ((kind->traits & IN_REPOSITORY) && in->code == CLI_OK) {
        add_repository(in, label);
    }
}

int cli_thing_make(const cli_options *options, js_buf *document, js_buf *label) {
    const thing_kind *kind = NULL;
    cli_maker in = {.options = options};
    in.code = find_kind(options, &kind);
    if (kind == NULL) {
        return in.code;
    }
    in.code = in.code == CLI_OK ? check_arguments(options, kind) : in.code;
    in.code = in.code == CLI_OK ? check_options(options, kind) : in.code;
    in.code = in.code == CLI_OK ? check_missing(options, kind) : in.code;
    if (in.code == CLI_OK) {
        make(&in, kind, label);
    }
    if (in.code == CLI_OK) {
        cli_maker_write(&in, document);
    }
    if (label->failed) {
        cli_maker_fail(&in, cli_no_memory());
    }
    json_object_put(in.document);
    return in.code;
}
