/* The command line, read by one table of options that all verbs share. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum cli_verb {
    CLI_BUILD,
    CLI_DEPLOYMENT,
    CLI_RUN,
    CLI_GIT,
    CLI_PULL_REQUEST,
    CLI_FLAG,
    CLI_DELETE,
    CLI_SEND,
    CLI_KEYS,
    CLI_CHECK,
    CLI_GATE,
    CLI_SHOW,
    CLI_LOG,
    CLI_EXPLAIN,
    CLI_DIFF,
    CLI_VERIFY,
    CLI_METRICS,
    CLI_OUTBOX
} cli_verb;
enum { CLI_VERBS = CLI_OUTBOX + 1 };

typedef enum cli_option {
    /* connection */
    CLI_SITE,
    CLI_CLIENT_ID,
    CLI_SECRET_FILE,
    CLI_CLOUD_ID,
    CLI_RELAY,
    CLI_RELAY_TOKEN_FILE,
    CLI_RELAY_CERTIFICATE,
    CLI_RELAY_KEY,
    CLI_API_URL,
    CLI_PROXY,
    CLI_NO_PROXY,
    CLI_CA_FILE,
    CLI_SETTINGS,
    /* facts */
    CLI_PIPELINE,
    CLI_NAME,
    CLI_NUMBER,
    CLI_URL,
    CLI_STATE,
    CLI_UPDATED_AT,
    CLI_DESCRIPTION,
    CLI_LABEL,
    CLI_KEYS_GIVEN,
    CLI_KEYS_FROM,
    CLI_ONLY_KEYS,
    CLI_BRANCH,
    CLI_BRANCH_URL,
    CLI_COMMIT,
    CLI_REPOSITORY,
    CLI_REPOSITORY_ID,
    CLI_ANY_CASE,
    CLI_PROJECTS,
    CLI_NOT_KEYS,
    CLI_TESTS,
    CLI_ENVIRONMENT,
    CLI_ENVIRONMENT_NAME,
    CLI_ENVIRONMENT_TYPE,
    CLI_MAP_ENVIRONMENT,
    CLI_ENABLED,
    CLI_KEY,
    CLI_DEFAULT_VALUE,
    CLI_ROLLOUT,
    CLI_KIND,
    CLI_YES,
    CLI_CONFIRM,
    CLI_SERVICE,
    CLI_DURATION,
    CLI_GATED,
    CLI_UNTIL_ALLOWED,
    CLI_CANCEL_ON_ABORT,
    CLI_CANCELLED_STATUS,
    CLI_TITLE,
    CLI_SOURCE_BRANCH,
    CLI_DESTINATION_BRANCH,
    CLI_COMMIT_URL,
    CLI_BRANCHES,
    CLI_POST_RECEIVE,
    CLI_COMMITS,
    CLI_SINCE,
    CLI_SINCE_LAST,
    CLI_UNTIL,
    CLI_PROJECT,
    CLI_STATUS,
    CLI_LIMIT,
    CLI_OFFLINE,
    CLI_SAMPLE,
    CLI_REPAIR,
    CLI_TEXTFILE,
    CLI_HISTORY,
    CLI_NO_TRANSITIONS,
    CLI_ORIGIN,
    CLI_PROPERTY,
    CLI_NO_EMAIL,
    /* delivery */
    CLI_OUTBOX_DIR,
    CLI_OUTBOX_PASSWORD,
    CLI_FROM,
    CLI_TO,
    CLI_ROLE,
    CLI_KEEP,
    CLI_WAIT,
    /* output */
    CLI_JSON,
    CLI_QUIET,
    CLI_VERBOSE,
    CLI_DRY_RUN,
    CLI_HELP
} cli_option;
enum { CLI_OPTIONS = CLI_HELP + 1 };

typedef enum cli_group {
    CLI_GROUP_CONNECTION,
    CLI_GROUP_FACTS,
    CLI_GROUP_DELIVERY,
    CLI_GROUP_OUTPUT
} cli_group;
enum { CLI_GROUPS = 4 };

typedef struct cli_option_spec {
    const char *name;
    const char *argument;    /* what its value is; null: it takes none. See cli_option_argument() */
    const char *environment; /* the variable that stands in for it, or null */
    unsigned verbs;          /* bit 1 << verb; see cli_option_belongs() */
    cli_group group;
    unsigned traits; /* CLI_MAY_... */
    const char *help;
} cli_option_spec;

enum {
    CLI_EMPTY_COUNTS = 1,    /* of all others an empty value is as if it were not given */
    CLI_MAY_BREAK_LINES = 2, /* a longer text: tab and line break are allowed */
    CLI_MAY_BE_BYTES = 4     /* a file name: any bytes */
};

typedef struct cli_options {
    cli_verb verb;
    js_strings given[CLI_OPTIONS]; /* what each option was given, in order */
    bool set[CLI_OPTIONS];         /* flags, too */
    bool emptied[CLI_OPTIONS];     /* given with an empty value, which does not count */
    js_strings arguments;          /* what is not an option; of `run` the command */
    /* From the settings file, and where there: "JIRASEND_SITE (line 3 of FILE)"; null: nothing. */
    char *settled[CLI_OPTIONS];
    char *settled_origin[CLI_OPTIONS];
    char *settled_audience; /* JIRASEND_RELAY_AUDIENCE, which has no option */
    int64_t wait_ms;
} cli_options;

enum { CLI_KEEP_MAX_DAYS = 36500 };
enum { CLI_WAIT_DEFAULT_MS = 30000, CLI_WAIT_RUN_MS = 5000, CLI_WAIT_MAX_S = 86400 };

const cli_option_spec *cli_option_spec_of(cli_option option);
bool cli_option_belongs(cli_option option, cli_verb verb);
/* What the option does for this verb. */
const char *cli_option_help(cli_option option, cli_verb verb);
/* How --help calls its value there; null: it takes none. */
const char *cli_option_argument(cli_option option, cli_verb verb);
/* Whether it brings something else than a secret: events, text, a hook's lines, or what a command reads. */
bool cli_standard_input_taken(const cli_options *options);
const char *cli_verb_name(cli_verb verb);
/* Whether it asks the history: log, explain, diff, verify, metrics. */
bool cli_verb_asks(cli_verb verb);
bool cli_verb_from_name(const char *name, cli_verb *verb);

/*
 * Reads the words after the verb. 0, or the exit code once the sentence was said. Either way
 * the options are to be freed.
 */
int cli_options_parse(cli_options *options, cli_verb verb, int argc, char **argv);
void cli_options_free(cli_options *options);

/* What is told: CLI_BUILD or CLI_DEPLOYMENT, as the verb and, for `run`, --environment say. */
cli_verb cli_event_verb(const cli_options *options);

/* The value: the option's last one, else its variable's, else the settings file's, else null. */
const char *cli_value(const cli_options *options, cli_option option);
/* Where cli_value() comes from: "--site", "JIRASEND_SITE" ...; "--site" when it has none. */
const char *cli_origin(const cli_options *options, cli_option option);
/* Whether an outbox is the address of a database, and not a folder. */
bool cli_is_database(const char *outbox);
/* A variable; null when it is absent or empty. */
const char *cli_environment(const char *name);

#endif
