#include "cli/options.h"

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/values.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUILD = 1 << CLI_BUILD,
    DEPLOYMENT = 1 << CLI_DEPLOYMENT,
    SEND = 1 << CLI_SEND,
    KEYS = 1 << CLI_KEYS,
    CHECK = 1 << CLI_CHECK,
    GATE = 1 << CLI_GATE,
    OUTBOX = 1 << CLI_OUTBOX,
    EVENT = BUILD | DEPLOYMENT,
    NETWORK = EVENT | SEND | CHECK | GATE | OUTBOX,
    SCAN = EVENT | SEND | KEYS,
    ALL = NETWORK | KEYS
};

static const cli_option_spec specs[CLI_OPTIONS] = {
    [CLI_SITE] = {"site", "SITE", "JIRASEND_SITE", NETWORK, CLI_GROUP_CONNECTION, 0,
                  "Jira site: acme.atlassian.net, or its URL. For `send`: the site of events that "
                  "name none"},
    [CLI_CLIENT_ID] = {"client-id", "ID", "JIRASEND_CLIENT_ID", NETWORK, CLI_GROUP_CONNECTION, 0,
                       "client id of the OAuth credentials made in Jira"},
    [CLI_SECRET_FILE] = {"secret-file", "FILE", "JIRASEND_CLIENT_SECRET_FILE", NETWORK,
                         CLI_GROUP_CONNECTION, CLI_MAY_BE_BYTES,
                         "file that holds the client secret in one line; - is standard input. "
                         "Without it JIRASEND_CLIENT_SECRET is the secret"},
    [CLI_CLOUD_ID] = {"cloud-id", "ID", NULL, NETWORK, CLI_GROUP_CONNECTION, 0,
                      "cloud id of the site, which is else asked for at the site"},
    [CLI_API_URL] = {"api-url", "URL", "JIRASEND_API_URL", NETWORK, CLI_GROUP_CONNECTION, 0,
                     "address of Atlassian's API (default https://api.atlassian.com)"},
    [CLI_PROXY] = {"proxy", "URL", NULL, NETWORK, CLI_GROUP_CONNECTION, 0,
                   "proxy; else https_proxy or all_proxy. A proxy password goes into the variable"},
    [CLI_NO_PROXY] = {"no-proxy", "LIST", NULL, NETWORK, CLI_GROUP_CONNECTION, 0,
                      "hosts that are reached without the proxy; else no_proxy"},
    [CLI_CA_FILE] = {"ca-file", "FILE", NULL, NETWORK, CLI_GROUP_CONNECTION, CLI_MAY_BE_BYTES,
                     "trust the certificates of this PEM file alone; else SSL_CERT_FILE, "
                     "SSL_CERT_DIR, or the system's"},
    [CLI_PIPELINE] = {"pipeline", "ID", NULL, EVENT | GATE, CLI_GROUP_FACTS, 0,
                      "id of the pipeline, the same in every run: team/app/main"},
    [CLI_NAME] = {"name", "TEXT", NULL, EVENT, CLI_GROUP_FACTS, 0,
                  "name of the pipeline for people (default: its id)"},
    [CLI_NUMBER] = {"number", "N", NULL, EVENT | GATE, CLI_GROUP_FACTS, 0,
                    "number of the run, or of the deployment"},
    [CLI_URL] = {"url", "URL", NULL, EVENT, CLI_GROUP_FACTS, 0, "web page of the run"},
    [CLI_STATE] = {"state", "STATE", NULL, EVENT, CLI_GROUP_FACTS, 0,
                   "pending, in_progress, successful, failed, cancelled, unknown; for a "
                   "deployment also rolled_back"},
    [CLI_UPDATED_AT] = {"updated-at", "TIME", NULL, EVENT, CLI_GROUP_FACTS, 0,
                        "when it happened, with a zone: 2026-11-23T10:00:00Z (default: now)"},
    [CLI_DESCRIPTION] = {"description", "TEXT", NULL, EVENT, CLI_GROUP_FACTS,
                         CLI_MAY_BE_EMPTY | CLI_MAY_BREAK_LINES, "a few words that Jira shows"},
    [CLI_LABEL] = {"label", "TEXT", NULL, EVENT, CLI_GROUP_FACTS, CLI_MAY_BE_EMPTY,
                   "a short label such as a version"},
    [CLI_KEYS_GIVEN] = {"keys", "KEYS", NULL, EVENT, CLI_GROUP_FACTS,
                        CLI_MAY_BE_EMPTY | CLI_MAY_BREAK_LINES,
                        "issue keys, with commas or blanks between them; may be given again"},
    [CLI_KEYS_FROM] = {"keys-from", "FILE", NULL, EVENT, CLI_GROUP_FACTS, CLI_MAY_BE_BYTES,
                       "text to take issue keys from, such as the output of git log; - is "
                       "standard input"},
    [CLI_BRANCH] = {"branch", "BRANCH", NULL, EVENT, CLI_GROUP_FACTS, 0,
                    "branch; issue keys in it count"},
    [CLI_BRANCH_URL] = {"branch-url", "URL", NULL, EVENT, CLI_GROUP_FACTS, 0,
                        "web page of the branch (default: the repository's)"},
    [CLI_COMMIT] = {"commit", "SHA", NULL, EVENT, CLI_GROUP_FACTS, 0, "commit"},
    [CLI_REPOSITORY] = {"repository", "URI", NULL, EVENT, CLI_GROUP_FACTS, 0,
                        "address of the repository"},
    [CLI_REPOSITORY_ID] = {"repository-id", "ID", NULL, EVENT, CLI_GROUP_FACTS, 0,
                           "Jira's id of the repository; ties a deployment to --commit"},
    [CLI_ANY_CASE] = {"any-case", NULL, NULL, SCAN, CLI_GROUP_FACTS, 0,
                      "take issue keys in lower case, too: app-1"},
    [CLI_PROJECTS] = {"projects", "LIST", NULL, SCAN, CLI_GROUP_FACTS, 0,
                      "take only issue keys of these projects: APP,OPS"},
    [CLI_NOT_KEYS] = {"not-keys", "LIST", NULL, SCAN, CLI_GROUP_FACTS, 0,
                      "words that look like a project and are none: KIP,RFC"},
    [CLI_TESTS] = {"tests", "COUNTS", NULL, BUILD, CLI_GROUP_FACTS, 0,
                   "TOTAL,PASSED,FAILED,SKIPPED"},
    [CLI_ENVIRONMENT] = {"environment", "ID", NULL, DEPLOYMENT | GATE, CLI_GROUP_FACTS, 0,
                         "id of the environment: prod-eu"},
    [CLI_ENVIRONMENT_NAME] = {"environment-name", "TEXT", NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
                              "name of the environment for people (default: its id)"},
    [CLI_ENVIRONMENT_TYPE] = {"environment-type", "TYPE", NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
                              "production, staging, testing, development, unmapped (default: "
                              "found in the words of name and id)"},
    [CLI_SERVICE] = {"service", "ID", NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
                     "id of a Jira service that is deployed; may be given again"},
    [CLI_DURATION] = {"duration", "SECONDS", NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
                      "how long it took"},
    [CLI_GATED] = {"gate", NULL, NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
                   "let Jira decide whether it may go on; the state is then pending"},
    [CLI_OUTBOX_DIR] = {"outbox", "DIR", "JIRASEND_OUTBOX", EVENT | SEND | OUTBOX,
                        CLI_GROUP_DELIVERY, CLI_MAY_BE_BYTES,
                        "folder that keeps what Jira has not taken yet for the next run"},
    [CLI_WAIT] = {"wait", "SECONDS", NULL, NETWORK, CLI_GROUP_DELIVERY, 0,
                  "how long to wait for Jira's answer (default 30). With --outbox, 0 stores and "
                  "does not send"},
    [CLI_JSON] = {"json", NULL, NULL, ALL, CLI_GROUP_OUTPUT, 0,
                  "results as JSON on standard output, one a line"},
    [CLI_QUIET] = {"quiet", NULL, NULL, ALL, CLI_GROUP_OUTPUT, 0, "say only what went wrong"},
    [CLI_DRY_RUN] = {"dry-run", NULL, NULL, EVENT | SEND, CLI_GROUP_OUTPUT, 0,
                     "print the request body and send nothing"},
    [CLI_HELP] = {"help", NULL, NULL, ALL, CLI_GROUP_OUTPUT, 0, "show this help"},
};

static const char *const verb_names[CLI_VERBS] = {"build", "deployment", "send",  "keys",
                                                  "check", "gate",       "outbox"};

const cli_option_spec *cli_option_spec_of(cli_option option) {
    return &specs[option];
}

const char *cli_verb_name(cli_verb verb) {
    return verb_names[verb];
}

bool cli_verb_from_name(const char *name, cli_verb *verb) {
    for (int i = 0; i < CLI_VERBS; i++) {
        if (strcmp(name, verb_names[i]) == 0) {
            *verb = (cli_verb)i;
            return true;
        }
    }
    return false;
}

const char *cli_environment(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *cli_value(const cli_options *options, cli_option option) {
    const js_strings *given = &options->given[option];
    if (given->count > 0) {
        return given->items[given->count - 1];
    }
    const char *variable = specs[option].environment;
    return variable != NULL ? cli_environment(variable) : NULL;
}

/* "--site" for messages, without memory to give back. */
static const char *dashed(cli_option option) {
    static char names[CLI_OPTIONS][24];
    if (names[option][0] == '\0') {
        strcpy(names[option], "--");
        strncat(names[option], specs[option].name, sizeof(names[option]) - 3);
    }
    return names[option];
}

const char *cli_origin(const cli_options *options, cli_option option) {
    const char *variable = specs[option].environment;
    bool from_variable =
        options->given[option].count == 0 && variable != NULL && cli_environment(variable) != NULL;
    return from_variable ? variable : dashed(option);
}

#define SEE_HELP "See `jirasend %s --help`."

/* The name alone: what follows the equals sign may be a secret in the wrong place. */
static int unknown_option(cli_verb verb, const char *typed) {
    const char *words[CLI_OPTIONS];
    size_t count = 0;
    for (int i = 0; i < CLI_OPTIONS; i++) {
        if (specs[i].verbs & (1u << verb)) {
            words[count++] = specs[i].name;
        }
    }
    int length = (int)strcspn(typed, "=");
    char name[64] = "";
    if (length < (int)sizeof(name)) {
        memcpy(name, typed, (size_t)length);
    }
    const char *bare = name + strspn(name, "-");
    for (int i = 0; i < CLI_OPTIONS; i++) {
        if (strcmp(bare, specs[i].name) == 0 && strncmp(typed, "--", 2) == 0) {
            return cli_usage("The option %.*s does not belong to `jirasend %s`. " SEE_HELP, length,
                             typed, verb_names[verb], verb_names[verb]);
        }
    }
    if (strstr(bare, "secret") != NULL || strstr(bare, "password") != NULL) {
        return cli_usage("There is no option %.*s: a secret never goes on the command line, where "
                         "others can read it. Use --secret-file or the variable "
                         "JIRASEND_CLIENT_SECRET. " SEE_HELP,
                         length > 60 ? 60 : length, typed, verb_names[verb]);
    }
    const char *near = cli_nearest(bare, words, count);
    return cli_usage("There is no option %.*s%s%s%s " SEE_HELP, length > 60 ? 60 : length, typed,
                     near != NULL ? "; did you mean --" : "", near != NULL ? near : "",
                     near != NULL ? "?" : ".", verb_names[verb]);
}

static int take(cli_options *options, cli_option option, const char *value) {
    const cli_option_spec *spec = &specs[option];
    options->set[option] = true;
    if (spec->argument == NULL) {
        return CLI_OK;
    }
    if (value[0] == '\0' && !(spec->traits & CLI_MAY_BE_EMPTY)) {
        return cli_usage("The option --%s needs a value that is not empty.", spec->name);
    }
    if (!(spec->traits & CLI_MAY_BE_BYTES)) {
        int code = cli_check_text(dashed(option), value, spec->traits & CLI_MAY_BREAK_LINES);
        if (code != CLI_OK) {
            return code;
        }
    }
    return js_strings_add(&options->given[option], value, strlen(value)) ? CLI_OK : cli_no_memory();
}

/* Reads one option; `word` is how it stands on the command line. */
static int take_option(cli_options *options, int found, const char *word) {
    if (found == ':') {
        return cli_usage("The option %s needs a value. " SEE_HELP, word, verb_names[options->verb]);
    }
    if (found < 0x100) {
        /* Not one of ours, or a flag with a value: --json=yes. */
        const char *equals = strchr(word, '=');
        size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
        for (int i = 0; i < CLI_OPTIONS; i++) {
            bool named = length > 2 && strlen(specs[i].name) == length - 2 &&
                         strncmp(word + 2, specs[i].name, length - 2) == 0;
            if (equals != NULL && named && (specs[i].verbs & (1u << options->verb))) {
                return cli_usage("The option --%s takes no value. " SEE_HELP, specs[i].name,
                                 verb_names[options->verb]);
            }
        }
        return unknown_option(options->verb, word);
    }
    cli_option option = (cli_option)(found - 0x100);
    size_t length = strcspn(word, "=");
    /* getopt_long() takes abbreviations, which would break in scripts with the next new option. */
    if (length != strlen(specs[option].name) + 2) {
        return unknown_option(options->verb, word);
    }
    return take(options, option, optarg);
}

/* What the variables hold is checked like an option's value, if it counts. */
static int check_variables(const cli_options *options) {
    for (int i = 0; i < CLI_OPTIONS; i++) {
        const char *value = cli_value(options, (cli_option)i);
        bool counts = (specs[i].verbs & (1u << options->verb)) && specs[i].environment != NULL &&
                      options->given[i].count == 0 && value != NULL;
        if (counts && !(specs[i].traits & CLI_MAY_BE_BYTES)) {
            int code = cli_check_text(specs[i].environment, value, false);
            if (code != CLI_OK) {
                return code;
            }
        }
    }
    return CLI_OK;
}

static int check_standard_input(const cli_options *options) {
    const char *secret = cli_value(options, CLI_SECRET_FILE);
    const char *text = cli_value(options, CLI_KEYS_FROM);
    bool secret_there = secret != NULL && strcmp(secret, "-") == 0;
    bool text_there = text != NULL && strcmp(text, "-") == 0;
    bool events_there = options->verb == CLI_SEND && options->arguments.count == 1 &&
                        strcmp(options->arguments.items[0], "-") == 0;
    if (secret_there && !options->set[CLI_DRY_RUN] && (text_there || events_there)) {
        return cli_usage("Standard input cannot be both the secret (%s) and %s; give one of them "
                         "as a file.",
                         cli_origin(options, CLI_SECRET_FILE),
                         text_there ? "the text of --keys-from" : "the events");
    }
    return CLI_OK;
}

int cli_options_parse(cli_options *options, cli_verb verb, int argc, char **argv) {
    memset(options, 0, sizeof(*options));
    options->verb = verb;
    options->wait_ms = CLI_WAIT_DEFAULT_MS;
    struct option table[CLI_OPTIONS + 1];
    memset(table, 0, sizeof(table));
    int rows = 0;
    for (int i = 0; i < CLI_OPTIONS; i++) {
        if (specs[i].verbs & (1u << verb)) {
            table[rows].name = specs[i].name;
            table[rows].has_arg = specs[i].argument != NULL ? required_argument : no_argument;
            table[rows++].val = 0x100 + i;
        }
    }
    opterr = 0;
    optind = 0; /* begins anew, whatever an earlier run left */
    int code = CLI_OK;
    while (code == CLI_OK) {
        int next = optind > 0 ? optind : 1;
        const char *word = next < argc ? argv[next] : "";
        int found = getopt_long(argc, argv, "-:hq", table, NULL);
        /* musl stops at a lone "-", which is an argument; after "--" all are. */
        if (found == -1 && optind == next && strcmp(word, "-") == 0) {
            optarg = argv[optind++];
            found = 1;
        }
        if (found == -1) {
            break;
        }
        if (found == 1) {
            code = js_strings_add(&options->arguments, optarg, strlen(optarg)) ? CLI_OK
                                                                               : cli_no_memory();
        } else if (found == 'h' || found == 'q') {
            options->set[found == 'h' ? CLI_HELP : CLI_QUIET] = true;
        } else {
            code = take_option(options, found, word);
        }
        if (options->set[CLI_HELP] && code == CLI_OK) {
            return CLI_OK;
        }
    }
    for (int i = optind; code == CLI_OK && i < argc; i++) {
        code = js_strings_add(&options->arguments, argv[i], strlen(argv[i])) ? CLI_OK
                                                                             : cli_no_memory();
    }
    const char *wait = cli_value(options, CLI_WAIT);
    if (code == CLI_OK && wait != NULL) {
        code = cli_check_wait("--wait", wait, &options->wait_ms);
    }
    code = code == CLI_OK ? check_variables(options) : code;
    return code == CLI_OK ? check_standard_input(options) : code;
}

void cli_options_free(cli_options *options) {
    for (int i = 0; i < CLI_OPTIONS; i++) {
        js_strings_free(&options->given[i]);
    }
    js_strings_free(&options->arguments);
}
