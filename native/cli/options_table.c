/* The one table of options: parsing, help and completion all come from it. */
#include "cli/options.h"

#include <string.h>

enum {
    BUILD = 1 << CLI_BUILD,
    DEPLOYMENT = 1 << CLI_DEPLOYMENT,
    SEND = 1 << CLI_SEND,
    RUN = 1 << CLI_RUN,
    GIT = 1 << CLI_GIT,
    PULL_REQUEST = 1 << CLI_PULL_REQUEST,
    FLAG = 1 << CLI_FLAG,
    DELETE = 1 << CLI_DELETE,
    KEYS = 1 << CLI_KEYS,
    CHECK = 1 << CLI_CHECK,
    GATE = 1 << CLI_GATE,
    SHOW = 1 << CLI_SHOW,
    LOG = 1 << CLI_LOG,
    EXPLAIN = 1 << CLI_EXPLAIN,
    DIFF = 1 << CLI_DIFF,
    VERIFY = 1 << CLI_VERIFY,
    METRICS = 1 << CLI_METRICS,
    OUTBOX = 1 << CLI_OUTBOX,
    /* Ask the history, which is in the outbox. */
    ASKS = LOG | EXPLAIN | DIFF | VERIFY | METRICS,
    /* Make one event of facts, and send it. */
    EVENT = BUILD | DEPLOYMENT | RUN,
    /* Send development information. */
    DEVELOPMENT = GIT | PULL_REQUEST,
    /* Send anything. */
    SENDS = EVENT | DEVELOPMENT | FLAG | DELETE | SEND,
    /* Take issue keys that are given. */
    KEYED = EVENT | PULL_REQUEST | FLAG,
    /* Name a thing that Jira has. */
    NAMES = DELETE | SHOW,
    NETWORK = SENDS | CHECK | GATE | SHOW | EXPLAIN | VERIFY | OUTBOX,
    SCAN = SENDS | KEYS,
    ALL = NETWORK | KEYS | ASKS
};

static const cli_option_spec specs[CLI_OPTIONS] = {
    [CLI_SITE] = {"site", "SITE", "JIRASEND_SITE", NETWORK, CLI_GROUP_CONNECTION, 0,
                  "Jira site: acme.atlassian.net, or its URL"},
    [CLI_CLIENT_ID] = {"client-id", "ID", "JIRASEND_CLIENT_ID", NETWORK, CLI_GROUP_CONNECTION, 0,
                       "client id of the OAuth credentials created in Jira"},
    [CLI_SECRET_FILE] = {"secret-file", "FILE", "JIRASEND_CLIENT_SECRET_FILE", NETWORK,
                         CLI_GROUP_CONNECTION, CLI_MAY_BE_BYTES,
                         "file that holds the client secret in one line; - is standard input. "
                         "Without it JIRASEND_CLIENT_SECRET is the secret"},
    [CLI_CLOUD_ID] = {"cloud-id", "ID", NULL, NETWORK, CLI_GROUP_CONNECTION, 0,
                      "cloud id of the site (default: looked up)"},
    [CLI_RELAY] = {"relay", "URL", "JIRASEND_RELAY", NETWORK, CLI_GROUP_CONNECTION, 0,
                   "send through this jirasend-relay; no client secret is needed"},
    [CLI_RELAY_TOKEN_FILE] =
        {"relay-token-file", "FILE", "JIRASEND_RELAY_TOKEN_FILE", NETWORK, CLI_GROUP_CONNECTION,
         CLI_MAY_BE_BYTES,
         "file that holds the token for the relay; - is standard input. Without it "
         "JIRASEND_RELAY_TOKEN is the token, or in GitHub Actions the job's ID token (audience: "
         "the relay's URL, or JIRASEND_RELAY_AUDIENCE)"},
    [CLI_RELAY_CERTIFICATE] = {"relay-certificate", "FILE", NULL, NETWORK, CLI_GROUP_CONNECTION,
                               CLI_MAY_BE_BYTES,
                               "client certificate for the relay, a PEM file; with --relay-key"},
    [CLI_RELAY_KEY] = {"relay-key", "FILE", NULL, NETWORK, CLI_GROUP_CONNECTION, CLI_MAY_BE_BYTES,
                       "key of the client certificate, a PEM file without a password"},
    [CLI_API_URL] = {"api-url", "URL", "JIRASEND_API_URL", NETWORK, CLI_GROUP_CONNECTION, 0,
                     "address of Atlassian's API (default https://api.atlassian.com)"},
    [CLI_PROXY] = {"proxy", "URL", NULL, NETWORK, CLI_GROUP_CONNECTION, 0,
                   "proxy; else https_proxy or all_proxy. A proxy password goes into the variable"},
    [CLI_NO_PROXY] = {"no-proxy", "LIST", NULL, NETWORK, CLI_GROUP_CONNECTION, 0,
                      "hosts that are reached without the proxy; else no_proxy"},
    [CLI_CA_FILE] = {"ca-file", "FILE", NULL, NETWORK, CLI_GROUP_CONNECTION, CLI_MAY_BE_BYTES,
                     "trust only the certificates in this PEM file; else SSL_CERT_FILE, "
                     "SSL_CERT_DIR, or the system's"},
    [CLI_SETTINGS] = {"settings", "FILE", "JIRASEND_SETTINGS", ALL, CLI_GROUP_CONNECTION,
                      CLI_MAY_BE_BYTES,
                      "settings file with lines like JIRASEND_SITE=acme.atlassian.net; variables "
                      "and options override it (default /etc/jirasend/settings)"},
    [CLI_PIPELINE] = {"pipeline", "ID", NULL, EVENT | GATE | NAMES | LOG, CLI_GROUP_FACTS, 0,
                      "id of the pipeline, the same in every run: team/app/main"},
    [CLI_NAME] = {"name", "TEXT", NULL, EVENT | FLAG, CLI_GROUP_FACTS, 0,
                  "name of the pipeline for people (default: its id)"},
    [CLI_NUMBER] = {"number", "N", NULL, EVENT | PULL_REQUEST | GATE | NAMES, CLI_GROUP_FACTS, 0,
                    "number of the run, or of the deployment"},
    [CLI_URL] = {"url", "URL", NULL, EVENT | PULL_REQUEST | FLAG, CLI_GROUP_FACTS, 0,
                 "web page of the run"},
    [CLI_STATE] = {"state", "STATE", NULL, BUILD | DEPLOYMENT | PULL_REQUEST, CLI_GROUP_FACTS, 0,
                   "pending, in_progress, successful, failed, cancelled, unknown, or what the CI "
                   "calls it: success, passed, error, aborted ..."},
    [CLI_UPDATED_AT] = {"updated-at", "TIME", NULL, BUILD | DEPLOYMENT | PULL_REQUEST | FLAG,
                        CLI_GROUP_FACTS, 0,
                        "when it happened, with a time zone: 2026-11-23T10:00:00Z (default: now)"},
    [CLI_DESCRIPTION] = {"description", "TEXT", NULL, EVENT, CLI_GROUP_FACTS, CLI_MAY_BREAK_LINES,
                         "a few words that Jira shows"},
    [CLI_LABEL] = {"label", "TEXT", NULL, EVENT, CLI_GROUP_FACTS, 0,
                   "a short label such as a version"},
    [CLI_KEYS_GIVEN] = {"keys", "KEYS", NULL, KEYED, CLI_GROUP_FACTS, CLI_MAY_BREAK_LINES,
                        "issue keys, separated by commas, semicolons or spaces; repeatable"},
    [CLI_KEYS_FROM] = {"keys-from", "FILE", NULL, KEYED, CLI_GROUP_FACTS, CLI_MAY_BE_BYTES,
                       "text to take issue keys from, such as the output of git log; - is "
                       "standard input"},
    [CLI_ONLY_KEYS] = {"only-keys", "KEYS", NULL, EVENT | DEVELOPMENT | FLAG, CLI_GROUP_FACTS,
                       CLI_EMPTY_COUNTS | CLI_MAY_BREAK_LINES,
                       "use exactly these issue keys and search nothing"},
    [CLI_BRANCH] = {"branch", "BRANCH", NULL, EVENT, CLI_GROUP_FACTS, 0,
                    "branch name; issue keys in it count"},
    [CLI_BRANCH_URL] = {"branch-url", "URL", NULL, EVENT | DEVELOPMENT, CLI_GROUP_FACTS, 0,
                        "web page of the branch, or https://.../{branch} (default: the "
                        "repository's)"},
    [CLI_COMMIT] = {"commit", "SHA", NULL, EVENT, CLI_GROUP_FACTS, 0, "commit"},
    [CLI_REPOSITORY] = {"repository", "URI", NULL, EVENT | DEVELOPMENT | NAMES, CLI_GROUP_FACTS, 0,
                        "address of the repository"},
    [CLI_REPOSITORY_ID] = {"repository-id", "ID", NULL, EVENT | DEVELOPMENT | NAMES,
                           CLI_GROUP_FACTS, 0,
                           "Jira's id of the repository; ties a deployment to --commit"},
    [CLI_ANY_CASE] = {"any-case", NULL, NULL, SCAN, CLI_GROUP_FACTS, 0,
                      "also find issue keys in lower case: app-1"},
    [CLI_PROJECTS] = {"projects", "LIST", NULL, SCAN, CLI_GROUP_FACTS, 0,
                      "find only issue keys of these projects: APP,OPS"},
    [CLI_NOT_KEYS] = {"not-keys", "LIST", NULL, SCAN, CLI_GROUP_FACTS, 0,
                      "words that look like a project key but are not: KIP,RFC"},
    [CLI_TESTS] = {"tests", "COUNTS", NULL, BUILD, CLI_GROUP_FACTS, 0,
                   "TOTAL,PASSED,FAILED,SKIPPED"},
    [CLI_ENVIRONMENT] = {"environment", "ID", NULL, DEPLOYMENT | RUN | GATE | FLAG | NAMES | LOG,
                         CLI_GROUP_FACTS, 0, "id of the environment: prod-eu"},
    [CLI_ENVIRONMENT_NAME] = {"environment-name", "TEXT", NULL, DEPLOYMENT | RUN, CLI_GROUP_FACTS,
                              0, "name of the environment for people (default: its id)"},
    [CLI_ENVIRONMENT_TYPE] = {"environment-type", "TYPE", NULL, DEPLOYMENT | RUN, CLI_GROUP_FACTS,
                              0,
                              "production, staging, testing, development, unmapped (default: "
                              "taken from the words of its name and id)"},
    [CLI_MAP_ENVIRONMENT] = {"map-environment", "GLOB=TYPE", "JIRASEND_ENVIRONMENTS", SENDS,
                             CLI_GROUP_FACTS, 0,
                             "type of the environments whose whole id or name matches GLOB (* and "
                             "?, any case); the first match wins; repeatable"},
    [CLI_ENABLED] = {"enabled", "on|off", NULL, FLAG, CLI_GROUP_FACTS, 0,
                     "whether the flag is on (default: on if it is on in any environment)"},
    [CLI_KEY] = {"key", "TEXT", NULL, FLAG | LOG, CLI_GROUP_FACTS, 0,
                 "key of the flag in programs (default: its id)"},
    [CLI_DEFAULT_VALUE] = {"default-value", "TEXT", NULL, FLAG, CLI_GROUP_FACTS, 0,
                           "value of the flag where nothing else applies"},
    [CLI_ROLLOUT] = {"rollout", "ROLLOUT", NULL, FLAG, CLI_GROUP_FACTS, 0,
                     "who gets the flag: 25%, '3 rules', or any text"},
    [CLI_KIND] = {"kind", "KINDS", NULL, CHECK | DELETE | LOG | VERIFY, CLI_GROUP_FACTS, 0,
                  "these must be permitted, separated by commas: build, deployment, flag, commit, "
                  "branch, pull-request, repository"},
    [CLI_YES] = {"yes", NULL, NULL, DELETE, CLI_GROUP_FACTS, 0,
                 "with `delete all`: do not ask for confirmation"},
    [CLI_CONFIRM] = {"confirm", NULL, NULL, DELETE, CLI_GROUP_DELIVERY, 0,
                     "wait until it is gone, up to --wait"},
    [CLI_SERVICE] = {"service", "ID", NULL, DEPLOYMENT | RUN, CLI_GROUP_FACTS, 0,
                     "id of a Jira service that is deployed; repeatable"},
    [CLI_DURATION] = {"duration", "SECONDS", NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
                      "how long it took"},
    [CLI_GATED] = {"gate", NULL, NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
                   "let Jira decide whether it may go on; the state is then pending"},
    [CLI_UNTIL_ALLOWED] =
        {"until-allowed", "DURATION", NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
         "with --gate: how long to wait for Jira's decision: 90s, 5m, 24h, 7d, 2w; "
         "the exit code is that of `gate`"},
    [CLI_CANCEL_ON_ABORT] =
        {"cancel-on-abort", NULL, NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
         "with --until-allowed: report the deployment as cancelled if it may not go on"},
    [CLI_CANCELLED_STATUS] = {"cancelled-status", "N", NULL, RUN, CLI_GROUP_FACTS, 0,
                              "exit status of the command that means cancelled, not failed"},
    [CLI_TITLE] = {"title", "TEXT", NULL, PULL_REQUEST, CLI_GROUP_FACTS, 0,
                   "title; issue keys in it count"},
    [CLI_SOURCE_BRANCH] = {"source-branch", "BRANCH", NULL, PULL_REQUEST, CLI_GROUP_FACTS, 0,
                           "branch to be merged; issue keys in it count"},
    [CLI_DESTINATION_BRANCH] = {"destination-branch", "BRANCH", NULL, PULL_REQUEST, CLI_GROUP_FACTS,
                                0, "branch to merge into"},
    [CLI_COMMIT_URL] = {"commit-url", "URL", NULL, GIT, CLI_GROUP_FACTS, 0,
                        "web page of a commit, with {hash} in it (default: in the form of GitHub, "
                        "GitLab, Bitbucket, Gitea, Forgejo or Azure)"},
    [CLI_BRANCHES] = {"branches", NULL, NULL, GIT, CLI_GROUP_FACTS, 0,
                      "also send all branches whose names contain an issue key"},
    [CLI_POST_RECEIVE] = {"post-receive", NULL, NULL, GIT, CLI_GROUP_FACTS, 0,
                          "read what was pushed from standard input, as git passes it to its hook, "
                          "and send the branches, too"},
    [CLI_COMMITS] = {"commits", NULL, NULL, EVENT, CLI_GROUP_FACTS, 0,
                     "also find issue keys in the messages of the commits that were pushed"},
    [CLI_SINCE] = {"since", "REV", NULL, DEPLOYMENT | LOG | VERIFY, CLI_GROUP_FACTS, 0,
                   "also find issue keys in the commits since this one, which ran there before; "
                   "deploying an older commit is a rollback"},
    [CLI_SINCE_LAST] = {"since-last", NULL, NULL, DEPLOYMENT, CLI_GROUP_FACTS, 0,
                        "also find issue keys in the commits since the last deployment of this "
                        "pipeline there that Jira accepted, as the outbox remembers it"},
    [CLI_UNTIL] = {"until", "TIME", NULL, LOG, CLI_GROUP_FACTS, 0,
                   "only what was submitted before: a time with a time zone, or how long ago"},
    [CLI_PROJECT] = {"project", "KEY", NULL, LOG, CLI_GROUP_FACTS, 0,
                     "only events that name an issue of this project: APP"},
    [CLI_STATUS] = {"status", "LIST", NULL, LOG, CLI_GROUP_FACTS, 0,
                    "only these, separated by commas: queued, held, accepted, skipped, "
                    "superseded, rejected"},
    [CLI_LIMIT] = {"limit", "N", NULL, LOG, CLI_GROUP_FACTS, 0,
                   "show at most this many events (default 100)"},
    [CLI_OFFLINE] = {"offline", NULL, NULL, EXPLAIN, CLI_GROUP_FACTS, 0,
                     "do not ask Jira what it has now"},
    [CLI_SAMPLE] = {"sample", "N", NULL, VERIFY, CLI_GROUP_FACTS, 0,
                    "check only this many, chosen at random"},
    [CLI_REPAIR] = {"repair", NULL, NULL, VERIFY, CLI_GROUP_FACTS, 0,
                    "send what differs again, as it was last sent"},
    [CLI_TEXTFILE] = {"textfile", "FILE", NULL, METRICS, CLI_GROUP_OUTPUT, CLI_MAY_BE_BYTES,
                      "write to this file, atomically, as node_exporter expects"},
    [CLI_HISTORY] =
        {"history", NULL, NULL, GIT, CLI_GROUP_FACTS, 0,
         "events from the past: sent after everything new, with the commits' own times"},
    [CLI_NO_TRANSITIONS] = {"no-transitions", NULL, NULL, DEVELOPMENT, CLI_GROUP_FACTS, 0,
                            "do not let it trigger transitions of issues"},
    [CLI_ORIGIN] = {"origin", "TEXT", "JIRASEND_ORIGIN", SENDS, CLI_GROUP_FACTS, 0,
                    "where the events come from (default: default); `delete all` can delete by it"},
    [CLI_PROPERTY] = {"property", "NAME=VALUE", NULL, SENDS, CLI_GROUP_FACTS, 0,
                      "attached to each event; `delete all` can delete by it; at most 4"},
    [CLI_NO_EMAIL] = {"no-email", NULL, NULL, SENDS, CLI_GROUP_FACTS, 0,
                      "neither send nor store e-mail addresses"},
    [CLI_OUTBOX_DIR] = {"outbox", "DIR", "JIRASEND_OUTBOX", SENDS | ASKS | SHOW | OUTBOX | CHECK,
                        CLI_GROUP_DELIVERY, CLI_MAY_BE_BYTES,
                        "folder that keeps what Jira does not have yet for the next run, or "
                        "postgresql://USER@HOST/DATABASE, which many share"},
    [CLI_OUTBOX_PASSWORD] =
        {"outbox-password-file", "FILE", "JIRASEND_OUTBOX_PASSWORD_FILE",
         SENDS | ASKS | SHOW | OUTBOX | CHECK, CLI_GROUP_DELIVERY, CLI_MAY_BE_BYTES,
         "file that holds the password of an outbox on PostgreSQL in one line; - is standard "
         "input"},
    [CLI_FROM] = {"from", "OUTBOX", NULL, OUTBOX, CLI_GROUP_DELIVERY, CLI_MAY_BE_BYTES,
                  "with `outbox move`: the outbox to empty, a folder or an address"},
    [CLI_TO] = {"to", "OUTBOX", NULL, OUTBOX, CLI_GROUP_DELIVERY, CLI_MAY_BE_BYTES,
                "with `outbox move`: the outbox that receives everything"},
    [CLI_ROLE] = {"role", "ROLE", NULL, OUTBOX, CLI_GROUP_DELIVERY, 0,
                  "with `outbox migrate`: the role that jobs and relays use, which may then read "
                  "and write"},
    [CLI_KEEP] = {"keep", "DAYS", "JIRASEND_KEEP", SENDS | ASKS | SHOW | OUTBOX, CLI_GROUP_DELIVERY,
                  0, "how many days the outbox remembers what it delivered (default 400)"},
    [CLI_WAIT] = {"wait", "SECONDS", NULL, NETWORK, CLI_GROUP_DELIVERY, 0,
                  "how long to wait for Jira's answer (default 30)"},
    [CLI_JSON] = {"json", NULL, NULL, ALL & ~(RUN | METRICS), CLI_GROUP_OUTPUT, 0,
                  "results as JSON on standard output, one per line"},
    [CLI_QUIET] = {"quiet", NULL, NULL, ALL, CLI_GROUP_OUTPUT, 0,
                   "report only what went wrong (short: -q)"},
    [CLI_VERBOSE] = {"verbose", NULL, NULL, NETWORK, CLI_GROUP_OUTPUT, 0,
                     "show what is being done on standard error"},
    [CLI_DRY_RUN] = {"dry-run", NULL, NULL, BUILD | DEPLOYMENT | DEVELOPMENT | FLAG | DELETE | SEND,
                     CLI_GROUP_OUTPUT, 0, "print the request body and send nothing"},
    [CLI_HELP] = {"help", NULL, NULL, ALL, CLI_GROUP_OUTPUT, 0, "show this help"},
};

/* Where a verb means something else by an option. */
static const struct {
    unsigned verbs;
    cli_option option;
    const char *help;
} otherwise[] = {
    {SEND, CLI_SITE, "Jira site of the events that name none: acme.atlassian.net, or its URL"},
    {DEPLOYMENT, CLI_STATE,
     "pending, in_progress, successful, failed, cancelled, rolled_back, unknown, or what the CI "
     "calls it: success, passed, error, aborted ..."},
    {BUILD | DEPLOYMENT | SEND, CLI_WAIT,
     "how long to wait for Jira's answer (default 30). With --outbox, 0 stores and does not send"},
    {RUN, CLI_WAIT,
     "how long sending may take once the command has ended (default 5). With --outbox, 0 "
     "stores and does not send"},
    {RUN, CLI_ENVIRONMENT, "id of the environment: makes the command a deployment to it"},
    {RUN, CLI_KEYS_FROM, "text to take issue keys from, such as the output of git log"},
    {RUN, CLI_SECRET_FILE,
     "file that holds the client secret in one line. Without it JIRASEND_CLIENT_SECRET is the "
     "secret; the command does not see it"},
    {RUN, CLI_RELAY_TOKEN_FILE,
     "file that holds the token for the relay. Without it JIRASEND_RELAY_TOKEN is the token, which "
     "the command does not see, or in GitHub Actions the job's ID token"},
    {PULL_REQUEST, CLI_NUMBER, "number of the pull request"},
    {PULL_REQUEST, CLI_URL, "web page of the pull request"},
    {PULL_REQUEST, CLI_STATE,
     "open, merged, declined, unknown, or what others call it: draft, closed ..."},
    {DEVELOPMENT, CLI_BRANCH_URL,
     "web page of a branch, with {branch} in it (default: in the form of GitHub, GitLab, "
     "Bitbucket, "
     "Gitea, Forgejo or Azure)"},
    {DEVELOPMENT, CLI_REPOSITORY, "address of the repository (default: that of the remote origin)"},
    {DEVELOPMENT, CLI_REPOSITORY_ID, "id of the repository (default: derived from its address)"},
    {DEVELOPMENT, CLI_WAIT,
     "how long to wait for Jira's answer (default 30). With --outbox, 0 stores and does not send"},
    {GATE, CLI_WAIT, "how long to wait for the decision (default 30); 0 asks once"},
    {GATE, CLI_NUMBER, "number of the deployment"},
    {FLAG, CLI_NAME, "name of the flag for people (default: its key)"},
    {FLAG, CLI_URL, "web page of the flag"},
    {FLAG, CLI_ENVIRONMENT,
     "NAME=on|off[:ROLLOUT]: whether the flag is on there, and who gets it: 25%, '3 rules', or any "
     "text; repeatable"},
    {FLAG | DELETE, CLI_WAIT,
     "how long to wait for Jira's answer (default 30). With --outbox, 0 stores and does not send"},
    {NAMES, CLI_PIPELINE, "id of the pipeline of the build or deployment"},
    {NAMES, CLI_NUMBER, "number of the build or deployment"},
    {NAMES, CLI_ENVIRONMENT, "id of the environment of the deployment"},
    {NAMES, CLI_REPOSITORY, "address of the repository of the commit, branch or pull request"},
    {NAMES, CLI_REPOSITORY_ID, "its id, as it was sent, instead of the address"},
    {DELETE, CLI_KIND,
     "with `delete all`, separated by commas: build, deployment, flag, repository"},
    {DELETE, CLI_PROPERTY,
     "with `delete all`: everything that has it; if given several times, all of them; "
     "jirasend=ORIGIN is everything from that origin"},
    {DELETE, CLI_DRY_RUN, "print the method and path of the request and send nothing"},
    {LOG, CLI_KEY, "only events that name this issue"},
    {LOG, CLI_PIPELINE, "only builds and deployments of this pipeline"},
    {LOG, CLI_ENVIRONMENT, "only deployments to this environment, by id or name"},
    {LOG | VERIFY, CLI_KIND, "only these kinds, separated by commas: build,deployment"},
    {LOG | VERIFY, CLI_SINCE,
     "only what was submitted since: how long ago (90s, 5m, 24h, 7d, 2w), or a time with a time "
     "zone"},
    {LOG, CLI_JSON, "receipts as JSON on standard output, one per line"},
    {EXPLAIN, CLI_WAIT, "how long to wait for Jira's answers (default 30)"},
    {VERIFY, CLI_WAIT,
     "how long it may take (default: as long as Jira answers); with --repair also how long to wait "
     "for its answers (default 30)"},
    {VERIFY, CLI_JSON, "differences as JSON on standard output, one per line"},
    {SHOW, CLI_OUTBOX_DIR,
     "the outbox whose history knows what was sent: a folder, or postgresql://USER@HOST/DATABASE"},
    {CHECK, CLI_OUTBOX_DIR, "also report whether this outbox can be used, and what protects it"},
    {OUTBOX | ASKS, CLI_OUTBOX_DIR, "the folder, or postgresql://USER@HOST/DATABASE"},
};

/* Where its value is something else, too. */
static const struct {
    unsigned verbs;
    cli_option option;
    const char *argument;
} called[] = {
    {FLAG, CLI_ENVIRONMENT, "NAME=on|off"},
    {LOG, CLI_KEY, "KEY"},
    {LOG | VERIFY, CLI_SINCE, "TIME"},
};

static const char *const verb_names[CLI_VERBS] = {[CLI_BUILD] = "build",
                                                  [CLI_DEPLOYMENT] = "deployment",
                                                  [CLI_RUN] = "run",
                                                  [CLI_GIT] = "git",
                                                  [CLI_PULL_REQUEST] = "pull-request",
                                                  [CLI_FLAG] = "flag",
                                                  [CLI_DELETE] = "delete",
                                                  [CLI_SEND] = "send",
                                                  [CLI_KEYS] = "keys",
                                                  [CLI_CHECK] = "check",
                                                  [CLI_GATE] = "gate",
                                                  [CLI_SHOW] = "show",
                                                  [CLI_LOG] = "log",
                                                  [CLI_EXPLAIN] = "explain",
                                                  [CLI_DIFF] = "diff",
                                                  [CLI_VERIFY] = "verify",
                                                  [CLI_METRICS] = "metrics",
                                                  [CLI_OUTBOX] = "outbox"};

const cli_option_spec *cli_option_spec_of(cli_option option) {
    return &specs[option];
}

bool cli_option_belongs(cli_option option, cli_verb verb) {
    return (specs[option].verbs & (1U << verb)) != 0;
}

const char *cli_option_help(cli_option option, cli_verb verb) {
    for (size_t i = 0; i < sizeof(otherwise) / sizeof(otherwise[0]); i++) {
        if (otherwise[i].option == option && (otherwise[i].verbs & (1U << verb))) {
            return otherwise[i].help;
        }
    }
    return specs[option].help;
}

const char *cli_option_argument(cli_option option, cli_verb verb) {
    for (size_t i = 0; i < sizeof(called) / sizeof(called[0]); i++) {
        if (called[i].option == option && (called[i].verbs & (1U << verb))) {
            return called[i].argument;
        }
    }
    return specs[option].argument;
}

const char *cli_verb_name(cli_verb verb) {
    return verb_names[verb];
}

bool cli_verb_asks(cli_verb verb) {
    return (ASKS & 1U << verb) != 0;
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
