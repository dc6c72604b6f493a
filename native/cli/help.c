/* Help texts, and laying them out. */
#include "cli/help.h"

#include "cli/output.h"

#include <stdio.h>
#include <string.h>

static const char program_text[] =
    "jirasend reports builds, deployments, feature flags and commits to Jira Cloud.\n"
    "\n"
    "Usage: jirasend VERB [OPTIONS]\n"
    "\n"
    "  build         send one build\n"
    "  deployment    send one deployment\n"
    "  run           run a command and report how it ended\n"
    "  git           send commits and branches of this repository\n"
    "  pull-request  send one pull request\n"
    "  flag          send one feature flag\n"
    "  delete        delete one thing: a build, deployment, flag, commit, branch ...\n"
    "  send          send events from a file, JSON documents one after the other\n"
    "  keys          print the issue keys found in standard input\n"
    "  check         try the credentials and the site; nothing is sent\n"
    "  gate          ask whether a gated deployment may go on, or wait for it\n"
    "  show          show what Jira has for one build, deployment, commit ...\n"
    "  log           what was sent to Jira, newest first\n"
    "  explain       why an issue shows what it shows: where its key was found, what became of it\n"
    "  diff          issues that are in one environment but not in another\n"
    "  verify        compare every accepted event with what Jira has; --repair sends it again\n"
    "  metrics       counters and gauges for Prometheus\n"
    "  outbox        look after what is waiting: list, show, retry, drop, flush, salvage,\n"
    "                move, migrate\n"
    "  help          show this help, or that of a verb: jirasend help build\n"
    "  version       show the version\n"
    "\n"
    "Options come after the verb. `jirasend help VERB` shows them.\n"
    "\n"
    "First steps: create OAuth credentials in Jira (Settings > Apps > OAuth credentials), then\n"
    "\n"
    "  export JIRASEND_SITE=acme.atlassian.net JIRASEND_CLIENT_ID=...\n"
    "  jirasend check --secret-file FILE\n"
    "  jirasend run --secret-file FILE -- make test                        # in a CI job\n"
    "  jirasend build --secret-file FILE --state successful --keys APP-1   # likewise\n"
    "\n"
    "Exit codes: 0 done or safely kept, 64 usage, 65 bad event or rejected by Jira, 66 no input\n"
    "file, 69 outbox unusable, 70 internal error, 73 and 74 files, 75 not delivered in time and\n"
    "not kept, 77 credentials or permission refused. See jirasend(1) for the details.\n";

typedef struct verb_help {
    const char *usage;
    const char *about;
    const char *examples;
} verb_help;

#define NAMING                                                                                     \
    "  build --pipeline P --number N       deployment --pipeline P --environment E --number N\n"   \
    "  flag ID                             commit HASH --repository URL\n"                         \
    "  branch NAME --repository URL        pull-request N --repository URL\n"                      \
    "  repository --repository URL         (everything of it)"

static const verb_help verbs[CLI_VERBS] = {
    [CLI_BUILD] =
        {"jirasend build [OPTIONS]",
         "Sends one build. In a job of Jenkins, GitLab CI, TeamCity, Bamboo, Bitbucket Pipelines,\n"
         "GitHub Actions, Azure Pipelines, Drone, Woodpecker, Buildkite, CircleCI or GoCD the "
         "facts\n"
         "that are not given come from the CI's own variables; --state is often all that is "
         "needed.\n"
         "A build without any issue key is not sent (skipped).",
         "  jirasend build --state successful\n"
         "  jirasend build --pipeline team/app --number 42 --url https://ci.example.com/42 \\\n"
         "      --state failed --keys APP-1,APP-2 --tests 120,118,1,1\n"
         "  git log --format=%B v1.0..HEAD | jirasend build --state successful --keys-from -\n"},
    [CLI_DEPLOYMENT] =
        {"jirasend deployment --environment ID [OPTIONS]",
         "Sends one deployment. Facts that are not given come from the CI's own variables, as for\n"
         "`jirasend build`.",
         "  jirasend deployment --environment prod-eu --environment-name 'Production EU' \\\n"
         "      --state successful\n"
         "  jirasend deployment --environment prod-eu --gate --until-allowed 4h "
         "--cancel-on-abort\n"},
    [CLI_RUN] =
        {"jirasend run [OPTIONS] -- COMMAND",
         "Reports that the build (with --environment: the deployment) started, runs the command,\n"
         "and reports how it ended: successful (0), cancelled (a signal such as INT or TERM, or\n"
         "--cancelled-status) or failed. The exit status is that of the command, whatever Jira "
         "says.\n"
         "Only wrong usage keeps the command from starting.",
         "  jirasend run -- make test\n"
         "  jirasend run --environment prod-eu -- ./deploy --to eu\n"},
    [CLI_GIT] =
        {"jirasend git [RANGE] [OPTIONS]",
         "Sends the commits whose messages contain an issue key, oldest first. RANGE is one "
         "revision,\n"
         "or a range such as v1.0..HEAD; without it: what the CI says was pushed, else HEAD. With\n"
         "--branches it also sends the branches whose names contain a key; with --post-receive,\n"
         "what git passes to its hook: commits, branches, and deletions of branches.",
         "  jirasend git --branches\n"
         "  jirasend git v1.0..HEAD --repository https://git.example.com/team/app \\\n"
         "      --commit-url 'https://git.example.com/team/app/commit/{hash}'\n"
         "  jirasend git --post-receive --outbox /var/lib/jirasend --wait 0\n"},
    [CLI_PULL_REQUEST] =
        {"jirasend pull-request [OPTIONS]",
         "Sends one pull request. In a CI job for a pull request, what is not given comes from "
         "the\n"
         "CI's own variables. Issue keys in the title and the source branch count.",
         "  jirasend pull-request --number 12 --title 'APP-1 Log in' --state open \\\n"
         "      --source-branch feature/APP-1 --destination-branch main \\\n"
         "      --url https://git.example.com/team/app/pulls/12 \\\n"
         "      --repository https://git.example.com/team/app\n"},
    [CLI_FLAG] = {"jirasend flag ID --url URL --environment NAME=on|off[:ROLLOUT] [OPTIONS]",
                  "Sends one feature flag as a whole: an environment that is left out disappears "
                  "from Jira.\n"
                  "A flag without any issue key is not sent (skipped).",
                  "  jirasend flag checkout-v2 --name 'New checkout' --keys APP-1 \\\n"
                  "      --url https://flags.example.com/checkout-v2 \\\n"
                  "      --environment 'Production=on:25%' --environment Staging=on\n"},
    [CLI_DELETE] =
        {"jirasend delete KIND ... [OPTIONS]\n"
         "       jirasend delete all --kind K,... --property NAME=VALUE [--yes] [OPTIONS]",
         "Deletes one thing from Jira. Often nothing needs to be deleted: sending it again with "
         "the\n"
         "right state corrects it. Nothing is taken from the CI's variables.\n"
         "\n" NAMING "\n  all --kind K,... --property N=V     (everything with that property)",
         "  jirasend delete build --pipeline team/app --number 42\n"
         "  jirasend delete flag checkout-v2 --confirm\n"
         "  jirasend delete all --kind build,deployment --property jirasend=default\n"
         "  jirasend delete branch feature/APP-1 --repository https://git.example.com/team/app\n"},
    [CLI_SEND] =
        {"jirasend send FILE [OPTIONS]",
         "Sends the events in a file: JSON documents one after the other, one per line or\n"
         "pretty-printed; - is standard input. A bad document is reported with the line "
         "where it\n"
         "begins, the others are sent, and the exit code is then 65.",
         "  jirasend send events.jsonl --outbox /var/lib/jirasend\n"
         "  make-events | jirasend send - --json\n"},
    [CLI_KEYS] = {"jirasend keys [OPTIONS] < TEXT",
                  "Prints the issue keys in the text on standard input, one per line, each once.",
                  "  git log --format=%B v1.0..HEAD | jirasend keys --projects APP,OPS\n"},
    [CLI_CHECK] =
        {"jirasend check [OPTIONS]",
         "Gets a token and the cloud id of the site, asks each of Jira's APIs for something that "
         "cannot\n"
         "exist, and says what works, what does not, and which permissions the credentials have.\n"
         "Nothing is stored.",
         "  jirasend check --site acme.atlassian.net --client-id ID --secret-file FILE\n"},
    [CLI_GATE] =
        {"jirasend gate --environment ID [OPTIONS]",
         "Asks Jira whether a deployment that was sent with --gate may go on, and waits for the\n"
         "answer up to --wait seconds (0: asks once). Exit codes: 0 allowed, 10 prevented,\n"
         "11 still awaiting, 12 expired, invalid or unknown to Jira.",
         "  jirasend gate --pipeline team/app --environment prod-eu --number 42 --wait 3600\n"},
    [CLI_SHOW] =
        {"jirasend show KIND ... [OPTIONS]",
         "Shows what Jira has for one thing and, with --outbox, how that differs from what "
         "was last sent.\n"
         "Exit codes: 0 it is there, 66 it is not. Nothing is taken from the CI's "
         "variables.\n"
         "\n" NAMING,
         "  jirasend show build --pipeline team/app --number 42\n"
         "  jirasend show commit 0123456789abcdef0123456789abcdef01234567 \\\n"
         "      --repository https://git.example.com/team/app --json\n"},
    [CLI_LOG] = {"jirasend log --outbox DIR [OPTIONS]",
                 "Shows what was sent to Jira and what became of it, newest first, including what "
                 "waits and\n"
                 "dead letters. Times are in the local time zone; with --json they are in UTC.",
                 "  jirasend log --outbox /var/lib/jirasend --key APP-1\n"
                 "  jirasend log --outbox /var/lib/jirasend --status rejected,held --since 24h\n"},
    [CLI_EXPLAIN] =
        {"jirasend explain KEY --outbox DIR [OPTIONS]",
         "Says why an issue shows what it shows in Jira: each event that named it, where its key "
         "was\n"
         "found, what became of the event, what Jira has now (not with --offline), and which "
         "texts\n"
         "contain the key but did not count, and why. Exit code 66: it was never named.",
         "  jirasend explain APP-1 --outbox /var/lib/jirasend --offline\n"
         "  jirasend explain APP-1 --outbox /var/lib/jirasend --secret-file FILE\n"},
    [CLI_DIFF] =
        {"jirasend diff ENV ENV --outbox DIR [OPTIONS]",
         "Prints the issues that are in the first environment (id or name) and not in the second, "
         "one\n"
         "per line. Exit codes: 0 there are none, 1 there are some, 66 nothing is known about one\n"
         "of the environments.",
         "  jirasend diff staging prod-eu --outbox /var/lib/jirasend\n"},
    [CLI_VERIFY] =
        {"jirasend verify --outbox DIR [OPTIONS]",
         "Asks Jira for everything that it has accepted, newest first, at most 20 requests a "
         "second, and\n"
         "shows what differs. --repair sends what differs again, as it was last sent; what was "
         "sent more\n"
         "than 30 days ago is only named. If a run is stopped, the next one within a day continues "
         "it. Exit\n"
         "codes: 0 nothing differs, or all was repaired; 65 something differs; 75 no answer; 77 "
         "not permitted.",
         "  jirasend verify --outbox /var/lib/jirasend --since 24h\n"
         "  jirasend verify --outbox /var/lib/jirasend --sample 100\n"
         "  jirasend verify --outbox /var/lib/jirasend --kind deployment --repair\n"},
    [CLI_METRICS] = {"jirasend metrics --outbox DIR [OPTIONS]",
                     "Prints the counters and gauges of an outbox as OpenMetrics text, or writes "
                     "them to a file "
                     "for\n"
                     "node_exporter.",
                     "  jirasend metrics --outbox /var/lib/jirasend \\\n"
                     "      --textfile /var/lib/node_exporter/jirasend.prom\n"},
    [CLI_OUTBOX] =
        {"jirasend outbox list|show ID|retry [ID]|drop ID|flush|salvage OLD --outbox DIR "
         "[OPTIONS]\n"
         "       jirasend outbox move --from OUTBOX --to OUTBOX\n"
         "       jirasend outbox migrate --outbox postgresql://USER@HOST/DATABASE [--role ROLE]",
         "Looks after a folder of waiting events. `list` shows what waits, is held or was refused\n"
         "(dead letters); `show` one event, also after delivery; `retry` marks one or all to be\n"
         "tried again; `drop` removes one; `flush` sends now. Only `flush` talks to Jira.\n"
         "`salvage` reads what can be read of a damaged outbox, OLD, into DIR; what is in doubt\n"
         "goes to standard output, one event per line, for you to check and send (exit 65).\n"
         "`move` empties one outbox into another, a folder or a database. `migrate` creates the\n"
         "tables in a database, and brings them up to date.",
         "  jirasend outbox list --outbox /var/lib/jirasend\n"
         "  jirasend outbox flush --outbox /var/lib/jirasend --wait 120\n"
         "  jirasend outbox salvage /var/lib/jirasend --outbox /var/lib/jirasend-new\n"},
};

/* What `jirasend help outbox ACTION` says first. */
static const struct action_help {
    const char *name, *usage, *about;
    bool network, receipts; /* uses the network; prints receipts, so that --json means something */
    bool settles;           /* something becomes history, so that --keep does */
} actions[] = {
    {"list", "jirasend outbox list --outbox DIR [OPTIONS]",
     "Shows what waits, is held or was refused (dead letters).", false, true, false},
    {"show", "jirasend outbox show ID --outbox DIR [OPTIONS]",
     "Shows one event, also after it was delivered.", false, true, false},
    {"retry", "jirasend outbox retry [ID] --outbox DIR [OPTIONS]",
     "Marks one event, or all, to be tried again. Lifts holds and waits, revives dead letters, "
     "and\n"
     "does not send.",
     false, false, false},
    {"drop", "jirasend outbox drop ID --outbox DIR [OPTIONS]",
     "Removes one event; it will not be sent.", false, false, true},
    {"flush", "jirasend outbox flush --outbox DIR [OPTIONS]",
     "Sends what waits now, even if the next try is due later. Exit codes: 0 nothing is left but\n"
     "dead letters, 75 something still waits, 77 something is held.",
     true, true, true},
    {"salvage", "jirasend outbox salvage OLD --outbox DIR [OPTIONS]",
     "Reads what can be read of the damaged outbox OLD into DIR. What is in doubt goes to "
     "standard\n"
     "output, one event per line, for you to check and send (exit 65).",
     false, true, true},
    {"move", "jirasend outbox move --from OUTBOX --to OUTBOX [OPTIONS]",
     "Moves everything from one outbox (a folder or a database) into another: what waits, "
     "dead\n"
     "letters, the history, numbers and counters. Events get ids of their new outbox and keep "
     "their\n"
     "requestIds; what was held is tried once there. It may be interrupted and repeated. Exit "
     "codes: 0,\n"
     "64 both are the same, 69 another program is sending from one of them.",
     false, true, true},
    {"migrate", "jirasend outbox migrate --outbox postgresql://USER@HOST/DATABASE [OPTIONS]",
     "Creates the tables of an outbox on PostgreSQL, or brings them up to date; run it as their\n"
     "owner. Also prepares the partitions for the months to come, and lets --role use the tables.\n"
     "Other programs need not stop. Exit codes: 0, 69 the server refuses, 75 it cannot be reached.",
     false, false, false},
};
enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

enum { HELP_COLUMN = 28, HELP_WIDTH = 98 };

static void print_text(const char *text) {
    cli_out(text, strlen(text));
}

static void print_blanks(size_t count) {
    for (size_t i = 0; i < count; i++) {
        cli_out(" ", 1);
    }
}

/* The text in lines that begin in the help column. */
static void print_wrapped(const char *text) {
    const size_t room = HELP_WIDTH - HELP_COLUMN;
    while (strlen(text) > room) {
        size_t cut = room;
        while (cut > 0 && text[cut] != ' ') {
            cut--;
        }
        cut = cut > 0 ? cut : room;
        cli_out(text, cut);
        print_text("\n");
        print_blanks(HELP_COLUMN);
        text += cut + (text[cut] == ' ');
    }
    print_text(text);
    print_text("\n");
}

static void print_option(cli_option option, cli_verb verb) {
    const cli_option_spec *spec = cli_option_spec_of(option);
    const char *argument = cli_option_argument(option, verb);
    char head[80];
    int length = snprintf(head, sizeof(head), "  --%s%s%s", spec->name, argument != NULL ? " " : "",
                          argument != NULL ? argument : "");
    print_text(head);
    if (length > HELP_COLUMN - 2) { /* a line of its own, so that the texts stay in a column */
        print_text("\n");
        length = 0;
    }
    print_blanks((size_t)(HELP_COLUMN - length));
    char text[320];
    snprintf(text, sizeof(text), "%s%s%s%s", cli_option_help(option, verb),
             spec->environment != NULL ? " [" : "",
             spec->environment != NULL ? spec->environment : "",
             spec->environment != NULL ? "]" : "");
    print_wrapped(text);
}

void cli_help_program(void) {
    print_text(program_text);
}

/* Without an action all that belong to the verb; with one those that mean something to it. */
static bool shown(cli_option option, cli_verb verb, const struct action_help *action) {
    bool asks =
        (cli_option_spec_of(option)->group == CLI_GROUP_CONNECTION && option != CLI_SETTINGS) ||
        option == CLI_WAIT;
    bool means =
        action == NULL || ((action->network || !asks) && (action->receipts || option != CLI_JSON));
    bool moves = action != NULL && strcmp(action->name, "move") == 0;
    bool of_move = option == CLI_FROM || option == CLI_TO;
    bool migrates = action != NULL && strcmp(action->name, "migrate") == 0;
    means = means && (action == NULL || !of_move || moves) && (!moves || option != CLI_OUTBOX_DIR);
    means = means && (action == NULL || option != CLI_ROLE || migrates);
    means = means && (action == NULL || option != CLI_KEEP || action->settles);
    return cli_option_belongs(option, verb) && means;
}

static void print_group(cli_group group, cli_verb verb, const struct action_help *action) {
    static const char *const titles[CLI_GROUPS] = {"Connection", "Facts", "Delivery", "Output"};
    bool titled = false;
    for (int i = 0; i < CLI_OPTIONS; i++) {
        if (cli_option_spec_of((cli_option)i)->group != group ||
            !shown((cli_option)i, verb, action)) {
            continue;
        }
        if (!titled) {
            print_text("\n");
            print_text(titles[group]);
            print_text("\n");
            titled = true;
        }
        print_option((cli_option)i, verb);
    }
}

void cli_help_verb(cli_verb verb, const char *action) {
    int found = ACTIONS;
    for (int i = 0; verb == CLI_OUTBOX && action != NULL && i < ACTIONS; i++) {
        found = strcmp(actions[i].name, action) == 0 ? i : found;
    }
    bool one = found < ACTIONS;
    print_text("Usage: ");
    print_text(one ? actions[found].usage : verbs[verb].usage);
    print_text("\n\n");
    print_text(one ? actions[found].about : verbs[verb].about);
    print_text("\n");
    for (int group = 0; group < CLI_GROUPS; group++) {
        print_group((cli_group)group, verb, one ? &actions[found] : NULL);
    }
    print_text("\nA name in [brackets] is the environment variable for the option.\n");
    if (!one) {
        print_text("\nExamples\n");
        print_text(verbs[verb].examples);
    }
}
