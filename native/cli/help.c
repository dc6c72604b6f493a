#include "cli/help.h"

#include "cli/output.h"

#include <stdio.h>
#include <string.h>

static const char program_text[] =
    "jirasend tells Jira Cloud about builds and deployments.\n"
    "\n"
    "Usage: jirasend VERB [OPTIONS]\n"
    "\n"
    "  build         send one build\n"
    "  deployment    send one deployment\n"
    "  send FILE     send events from a file, one JSON document a line (-: standard input)\n"
    "  keys          print the issue keys of the text on standard input\n"
    "  check         try the credentials and the site; nothing is sent\n"
    "  gate          ask for, or wait for, a deployment's gate\n"
    "  outbox        look after what is waiting: list, show, retry, drop, flush, salvage\n"
    "\n"
    "Options come after the verb. `jirasend VERB --help` shows them; --version shows the version.\n"
    "\n"
    "First steps: create OAuth credentials in Jira (Settings > Apps > OAuth credentials), then\n"
    "\n"
    "  export JIRASEND_SITE=acme.atlassian.net JIRASEND_CLIENT_ID=...\n"
    "  jirasend check --secret-file FILE\n"
    "  jirasend build --secret-file FILE --state successful --keys APP-1   # in a CI job\n"
    "\n"
    "Exit codes: 0 done or safely kept, 64 usage, 65 bad event or rejected by Jira, 66 no input\n"
    "file, 69 the outbox refuses, 70 internal, 73 and 74 files, 75 not delivered in time and not\n"
    "kept, 77 credentials or permission refused. The manual page jirasend(1) tells more.\n";

typedef struct verb_help {
    const char *usage;
    const char *about;
    const char *examples;
} verb_help;

static const verb_help verbs[CLI_VERBS] = {
    [CLI_BUILD] =
        {"jirasend build [OPTIONS]",
         "Sends one build. In a job of Jenkins, GitLab CI, TeamCity, Bamboo, Bitbucket Pipelines,\n"
         "GitHub Actions, Azure Pipelines, Drone, Woodpecker, Buildkite or CircleCI the facts "
         "that\n"
         "are not given come from the CI's own variables; --state is often all that is needed.\n"
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
         "  jirasend deployment --environment prod-eu --gate && jirasend gate --wait 3600 \\\n"
         "      --environment prod-eu\n"},
    [CLI_SEND] = {"jirasend send FILE [OPTIONS]",
                  "Sends the events of a file, one JSON document a line; - is standard input. A "
                  "bad line is\n"
                  "named by its number, the others are sent, and the exit code is then 65.",
                  "  jirasend send events.jsonl --outbox /var/lib/jirasend\n"
                  "  make-events | jirasend send - --json\n"},
    [CLI_KEYS] = {"jirasend keys [OPTIONS] < TEXT",
                  "Prints the issue keys of the text on standard input, one a line, each once.",
                  "  git log --format=%B v1.0..HEAD | jirasend keys --projects APP,OPS\n"},
    [CLI_CHECK] =
        {"jirasend check [OPTIONS]",
         "Gets a token and the cloud id of the site and says what works and what does\n"
         "not. Nothing is sent.",
         "  jirasend check --site acme.atlassian.net --client-id ID --secret-file FILE\n"},
    [CLI_GATE] =
        {"jirasend gate --environment ID [OPTIONS]",
         "Asks Jira whether a deployment that was sent with --gate may go on, and waits for the\n"
         "answer up to --wait seconds (0: asks once). Exit codes: 0 allowed, 10 prevented,\n"
         "11 still awaiting, 12 expired, invalid or unknown to Jira.",
         "  jirasend gate --pipeline team/app --environment prod-eu --number 42 --wait 3600\n"},
    [CLI_OUTBOX] =
        {"jirasend outbox list|show ID|retry [ID]|drop ID|flush|salvage OLD --outbox DIR [OPTIONS]",
         "Looks after a folder of waiting events. `list` shows what waits, is held or was refused\n"
         "(dead letters); `show` one event, also after delivery; `retry` marks one or all to be\n"
         "tried again; `drop` removes one; `flush` sends now. Only `flush` uses the network.\n"
         "`salvage` reads what can be read of a damaged outbox, OLD, into DIR; what is in doubt "
         "goes\n"
         "to standard output, one event a line, for you to look at and send (exit 65).",
         "  jirasend outbox list --outbox /var/lib/jirasend\n"
         "  jirasend outbox flush --outbox /var/lib/jirasend --wait 120\n"
         "  jirasend outbox salvage /var/lib/jirasend --outbox /var/lib/jirasend-new\n"},
};

enum { HELP_COLUMN = 28, HELP_WIDTH = 98 };

/* The text in lines that begin in the help column. */
static void print_wrapped(const char *text) {
    size_t room = HELP_WIDTH - HELP_COLUMN;
    while (strlen(text) > room) {
        size_t cut = room;
        while (cut > 0 && text[cut] != ' ') {
            cut--;
        }
        cut = cut > 0 ? cut : room;
        cli_out(text, cut);
        char next[HELP_COLUMN + 2];
        int length = snprintf(next, sizeof(next), "\n%*s", HELP_COLUMN, "");
        cli_out(next, (size_t)length);
        text += cut + (text[cut] == ' ');
    }
    cli_out(text, strlen(text));
    cli_out("\n", 1);
}

static void print_option(const cli_option_spec *spec) {
    char head[80];
    int length =
        snprintf(head, sizeof(head), "  --%s%s%s", spec->name, spec->argument != NULL ? " " : "",
                 spec->argument != NULL ? spec->argument : "");
    length = length < HELP_COLUMN ? HELP_COLUMN - length : 1;
    cli_out(head, strlen(head));
    char blanks[HELP_COLUMN + 1];
    snprintf(blanks, sizeof(blanks), "%*s", length, "");
    cli_out(blanks, strlen(blanks));
    char text[256];
    snprintf(text, sizeof(text), "%s%s%s%s", spec->help, spec->environment != NULL ? " [" : "",
             spec->environment != NULL ? spec->environment : "",
             spec->environment != NULL ? "]" : "");
    print_wrapped(text);
}

static void print_text(const char *text) {
    cli_out(text, strlen(text));
}

void cli_help_program(void) {
    print_text(program_text);
}

void cli_help_verb(cli_verb verb) {
    static const char *const titles[CLI_GROUPS] = {"Connection", "Facts", "Delivery", "Output"};
    print_text("Usage: ");
    print_text(verbs[verb].usage);
    print_text("\n\n");
    print_text(verbs[verb].about);
    print_text("\n");
    for (int group = 0; group < CLI_GROUPS; group++) {
        bool titled = false;
        for (int i = 0; i < CLI_OPTIONS; i++) {
            const cli_option_spec *spec = cli_option_spec_of((cli_option)i);
            if ((int)spec->group != group || !(spec->verbs & (1u << verb))) {
                continue;
            }
            if (!titled) {
                print_text("\n");
                print_text(titles[group]);
                print_text("\n");
                titled = true;
            }
            print_option(spec);
        }
    }
    print_text("\nA name in [brackets] is the variable that stands in for the option.\n");
    print_text("\nExamples\n");
    print_text(verbs[verb].examples);
}
