/* Reading the command line. */
#include "cli/options.h"

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/relay.h"
#include "cli/secret.h"
#include "cli/settings.h"
#include "cli/values.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *cli_environment(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *cli_value(const cli_options *options, cli_option option) {
    const js_strings *given = &options->given[option];
    if (given->count > 0) {
        return given->items[given->count - 1];
    }
    const char *variable = cli_option_spec_of(option)->environment;
    const char *value = variable != NULL ? cli_environment(variable) : NULL;
    return value != NULL ? value : options->settled[option];
}

/* "--site" for messages, without memory to give back. */
static const char *dashed(cli_option option) {
    static char names[CLI_OPTIONS][24];
    if (names[option][0] == '\0') {
        strcpy(names[option], "--");
        strncat(names[option], cli_option_spec_of(option)->name, sizeof(names[option]) - 3);
    }
    return names[option];
}

const char *cli_origin(const cli_options *options, cli_option option) {
    const char *variable = cli_option_spec_of(option)->environment;
    if (options->given[option].count > 0 || variable == NULL) {
        return dashed(option);
    }
    if (cli_environment(variable) != NULL) {
        return variable;
    }
    return options->settled[option] != NULL ? options->settled_origin[option] : dashed(option);
}

#define SEE_HELP "See `jirasend %s --help`."

/* The name alone: what follows the equals sign may be a secret in the wrong place. */
static int unknown_option(cli_verb verb, const char *typed) {
    const char *words[CLI_OPTIONS];
    size_t count = 0;
    for (int i = 0; i < CLI_OPTIONS; i++) {
        if (cli_option_belongs((cli_option)i, verb)) {
            words[count++] = cli_option_spec_of((cli_option)i)->name;
        }
    }
    int length = (int)strcspn(typed, "=");
    char name[64] = "";
    if (length < (int)sizeof(name)) {
        memcpy(name, typed, (size_t)length);
    }
    const char *bare = name + strspn(name, "-");
    for (int i = 0; i < CLI_OPTIONS; i++) {
        if (strcmp(bare, cli_option_spec_of((cli_option)i)->name) == 0 &&
            strncmp(typed, "--", 2) == 0) {
            return cli_usage("The option %.*s does not belong to `jirasend %s`. " SEE_HELP, length,
                             typed, cli_verb_name(verb), cli_verb_name(verb));
        }
    }
    if (strstr(bare, "secret") != NULL || strstr(bare, "password") != NULL) {
        return cli_usage("There is no option %.*s: a secret never goes on the command line, where "
                         "others can read it. Use --secret-file or the variable "
                         "JIRASEND_CLIENT_SECRET. " SEE_HELP,
                         length > 60 ? 60 : length, typed, cli_verb_name(verb));
    }
    const char *near = cli_nearest(bare, words, count);
    return cli_usage("There is no option %.*s%s%s%s " SEE_HELP, length > 60 ? 60 : length, typed,
                     near != NULL ? "; did you mean --" : "", near != NULL ? near : "",
                     near != NULL ? "?" : ".", cli_verb_name(verb));
}

static int take(cli_options *options, cli_option option, const char *value) {
    const cli_option_spec *spec = cli_option_spec_of(option);
    if (spec->argument != NULL && value[0] == '\0' && !(spec->traits & CLI_EMPTY_COUNTS)) {
        options->emptied[option] = true;
        return CLI_OK; /* as if it were not there */
    }
    options->set[option] = true;
    if (spec->argument == NULL) {
        return CLI_OK;
    }
    if (!(spec->traits & CLI_MAY_BE_BYTES)) {
        int code = cli_check_text(dashed(option), value, spec->traits & CLI_MAY_BREAK_LINES);
        if (code != CLI_OK) {
            return code;
        }
    }
    return js_strings_add(&options->given[option], value, strlen(value)) ? CLI_OK : cli_no_memory();
}

/* Reads one option; `word` is how it was written on the command line. */
static int take_option(cli_options *options, int found, const char *word) {
    if (found == ':') {
        return cli_usage("The option %s needs a value. " SEE_HELP, word,
                         cli_verb_name(options->verb));
    }
    if (found < 0x100) {
        /* Not one of ours, or a flag with a value: --json=yes. */
        const char *equals = strchr(word, '=');
        size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
        for (int i = 0; i < CLI_OPTIONS; i++) {
            bool named =
                length > 2 && strlen(cli_option_spec_of((cli_option)i)->name) == length - 2 &&
                strncmp(word + 2, cli_option_spec_of((cli_option)i)->name, length - 2) == 0;
            if (equals != NULL && named && cli_option_belongs((cli_option)i, options->verb)) {
                return cli_usage("The option --%s takes no value. " SEE_HELP,
                                 cli_option_spec_of((cli_option)i)->name,
                                 cli_verb_name(options->verb));
            }
        }
        return unknown_option(options->verb, word);
    }
    cli_option option = (cli_option)(found - 0x100);
    size_t length = strcspn(word, "=");
    /* getopt_long() takes abbreviations, which would break in scripts with the next new option. */
    if (length != strlen(cli_option_spec_of(option)->name) + 2) {
        return unknown_option(options->verb, word);
    }
    return take(options, option, optarg);
}

/* What variables and settings hold is checked like an option's value, if it counts. */
static int check_variables(const cli_options *options) {
    for (int i = 0; i < CLI_OPTIONS; i++) {
        const cli_option_spec *spec = cli_option_spec_of((cli_option)i);
        const char *value = cli_value(options, (cli_option)i);
        bool counts = cli_option_belongs((cli_option)i, options->verb) &&
                      spec->environment != NULL && options->given[i].count == 0 && value != NULL;
        if (counts && !(spec->traits & CLI_MAY_BE_BYTES)) {
            int code = cli_check_text(cli_origin(options, (cli_option)i), value, false);
            if (code != CLI_OK) {
                return code;
            }
        }
    }
    return CLI_OK;
}

bool cli_is_database(const char *outbox) {
    return outbox != NULL && (strncasecmp(outbox, "postgresql://", 13) == 0 ||
                              strncasecmp(outbox, "postgres://", 11) == 0);
}

bool cli_standard_input_taken(const cli_options *options) {
    const char *text = cli_value(options, CLI_KEYS_FROM);
    return options->verb == CLI_RUN || options->set[CLI_POST_RECEIVE] ||
           (text != NULL && strcmp(text, "-") == 0) ||
           (options->verb == CLI_SEND && options->arguments.count == 1 &&
            strcmp(options->arguments.items[0], "-") == 0);
}

static int check_standard_input(const cli_options *options) {
    const cli_option file = cli_secret_option(options);
    const char *secret = cli_value(options, file);
    const char *text = cli_value(options, CLI_KEYS_FROM);
    bool secret_there = secret != NULL && strcmp(secret, "-") == 0;
    bool text_there = text != NULL && strcmp(text, "-") == 0;
    bool events_there = options->verb == CLI_SEND && options->arguments.count == 1 &&
                        strcmp(options->arguments.items[0], "-") == 0;
    if (options->verb == CLI_RUN && (secret_there || text_there)) {
        return cli_usage("Standard input belongs to the command, so %s cannot be -; give a file.",
                         cli_origin(options, text_there ? CLI_KEYS_FROM : file));
    }
    if (secret_there && !options->set[CLI_DRY_RUN] && (text_there || events_there)) {
        return cli_usage("Standard input cannot be both the secret (%s) and %s; give one of them "
                         "as a file.",
                         cli_origin(options, file),
                         text_there ? "the text of --keys-from" : "the events");
    }
    return CLI_OK;
}

/* The password of an outbox may come from there, too. */
static int check_outbox_password(const cli_options *options) {
    const char *password = cli_value(options, CLI_OUTBOX_PASSWORD);
    if (options->given[CLI_OUTBOX_PASSWORD].count > 0 &&
        !cli_is_database(cli_value(options, CLI_OUTBOX_DIR)) &&
        !cli_is_database(cli_value(options, CLI_FROM)) &&
        !cli_is_database(cli_value(options, CLI_TO))) {
        return cli_usage("--outbox-password-file is for an outbox at postgresql://... only. Leave "
                         "it out, or name the database with --outbox.");
    }
    if (password == NULL || strcmp(password, "-") != 0 || options->set[CLI_DRY_RUN]) {
        return CLI_OK;
    }
    const cli_option others[] = {cli_secret_option(options), CLI_KEYS_FROM};
    bool taken =
        options->verb == CLI_RUN || (options->verb == CLI_SEND && options->arguments.count == 1 &&
                                     strcmp(options->arguments.items[0], "-") == 0);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const char *other = cli_value(options, others[i]);
        taken |= cli_option_belongs(others[i], options->verb) && other != NULL &&
                 strcmp(other, "-") == 0;
    }
    return taken ? cli_usage("Standard input cannot also be the password of the outbox (%s); give "
                             "that as a file.",
                             cli_origin(options, CLI_OUTBOX_PASSWORD))
                 : CLI_OK;
}

static int check_key_options(const cli_options *options) {
    bool others = options->set[CLI_KEYS_GIVEN] || options->set[CLI_KEYS_FROM];
    if (options->set[CLI_ONLY_KEYS] && others) {
        return cli_usage("--only-keys gives all the keys there are, so it does not go together "
                         "with %s. " SEE_HELP,
                         dashed(options->set[CLI_KEYS_GIVEN] ? CLI_KEYS_GIVEN : CLI_KEYS_FROM),
                         cli_verb_name(options->verb));
    }
    return CLI_OK;
}

static int add_argument(cli_options *options, const char *word) {
    return js_strings_add(&options->arguments, word, strlen(word)) ? CLI_OK : cli_no_memory();
}

/* Reads all words; those of `run` end with the first that is not an option. */
static int read_words(cli_options *options, int argc, char **argv) {
    const char *letters = options->verb == CLI_RUN ? "+:hq" : "-:hq";
    struct option table[CLI_OPTIONS + 1];
    memset(table, 0, sizeof(table));
    int rows = 0;
    for (int i = 0; i < CLI_OPTIONS; i++) {
        const cli_option_spec *spec = cli_option_spec_of((cli_option)i);
        if (cli_option_belongs((cli_option)i, options->verb)) {
            table[rows].name = spec->name;
            table[rows].has_arg = spec->argument != NULL ? required_argument : no_argument;
            table[rows++].val = 0x100 + i;
        }
    }
    opterr = 0;
    optind = 0; /* starts over, whatever an earlier run left */
    int code = CLI_OK;
    while (code == CLI_OK && !options->set[CLI_HELP]) {
        int next = optind > 0 ? optind : 1;
        const char *word = next < argc ? argv[next] : "";
        int found = getopt_long(argc, argv, letters, table, NULL);
        /* musl stops at a lone "-", which is an argument; after "--" all are. */
        if (found == -1 && optind == next && strcmp(word, "-") == 0 && options->verb != CLI_RUN) {
            optarg = argv[optind++];
            found = 1;
        }
        if (found == -1) {
            break;
        }
        if (found == 1) {
            code = add_argument(options, optarg);
        } else if (found == 'h' || found == 'q') {
            options->set[found == 'h' ? CLI_HELP : CLI_QUIET] = true;
        } else {
            code = take_option(options, found, word);
        }
    }
    for (int i = optind; code == CLI_OK && !options->set[CLI_HELP] && i < argc; i++) {
        code = add_argument(options, argv[i]);
    }
    return code;
}

int cli_options_parse(cli_options *options, cli_verb verb, int argc, char **argv) {
    memset(options, 0, sizeof(*options));
    options->verb = verb;
    options->wait_ms = verb == CLI_RUN ? CLI_WAIT_RUN_MS : CLI_WAIT_DEFAULT_MS;
    int code = read_words(options, argc, argv);
    if (code != CLI_OK || options->set[CLI_HELP]) {
        return code;
    }
    code = cli_settings_read(options);
    const char *wait = cli_value(options, CLI_WAIT);
    if (code == CLI_OK && wait != NULL) {
        code = verb == CLI_GATE ? cli_check_long_wait("--wait", wait, &options->wait_ms)
                                : cli_check_wait("--wait", wait, &options->wait_ms);
    }
    code = code == CLI_OK ? check_variables(options) : code;
    code = code == CLI_OK ? check_key_options(options) : code;
    code = code == CLI_OK ? cli_relay_check(options) : code;
    code = code == CLI_OK ? check_standard_input(options) : code;
    return code == CLI_OK ? check_outbox_password(options) : code;
}

void cli_options_free(cli_options *options) {
    for (int i = 0; i < CLI_OPTIONS; i++) {
        js_strings_clear(&options->given[i]);
        free(options->settled[i]);
        free(options->settled_origin[i]);
        options->settled[i] = options->settled_origin[i] = NULL;
    }
    free(options->settled_audience);
    options->settled_audience = NULL;
    js_strings_clear(&options->arguments);
}

cli_verb cli_event_verb(const cli_options *options) {
    bool deploys = options->verb == CLI_DEPLOYMENT ||
                   (options->verb == CLI_RUN && cli_value(options, CLI_ENVIRONMENT) != NULL);
    return deploys ? CLI_DEPLOYMENT : CLI_BUILD;
}
