/* Reading the command line of jirasend-relay. */
#include "relay/life/options.h"

#include "base/descriptor.h"

#include <jirasend/jirasend.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: jirasend-relay --config FILE [--check-config] [--ready-file FILE] [--verbose]\n"
    "       jirasend-relay new-token\n"
    "\n"
    "Takes events over HTTP, keeps them in its outbox, and delivers them to Jira.\n"
    "\n"
    "  --config FILE      the configuration (YAML)\n"
    "  --check-config     read the configuration and the files it names, say what is wrong, and "
    "end\n"
    "  --ready-file FILE  written once it listens: {\"url\": ..., \"port\": ..., \"pid\": ...}\n"
    "  --verbose          log what it does to standard error\n"
    "  new-token          print a new token and its SHA-256 for 'tokenSha256'\n"
    "  --help, --version\n"
    "\n"
    "SIGHUP reads the configuration again, SIGTERM ends the relay in order.\n"
    "Exit codes: 0, 64 usage, 66 a file is missing, 69 and 74 the outbox, 78 bad configuration.\n";

static bool fail(const char *sentence, const char *argument) {
    (void)fprintf(stderr, "jirasend-relay: ");
    (void)fprintf(stderr, sentence[0] == '%' ? "%s" : "'%s' %s", argument, sentence);
    (void)fprintf(stderr, "\nTry: jirasend-relay --help\n");
    return false;
}

/* "--name VALUE" or "--name=VALUE": the value, null when it is missing; `at` moves after it. */
static bool takes_value(const char *name, int argc, char **argv, int *at, const char **value) {
    const char *argument = argv[*at];
    size_t length = strlen(name);
    if (strncmp(argument, name, length) != 0 ||
        (argument[length] != '\0' && argument[length] != '=')) {
        return false;
    }
    if (argument[length] == '=') {
        *value = argument + length + 1;
    } else if (*at + 1 < argc) {
        *value = argv[++*at];
    } else {
        *value = NULL;
    }
    return true;
}

static bool parse_one(rl_options *options, int argc, char **argv, int *at) {
    const char *argument = argv[*at];
    const char *value = NULL;
    const char **into = NULL;
    if (takes_value("--config", argc, argv, at, &value)) {
        into = &options->config;
    } else if (takes_value("--ready-file", argc, argv, at, &value)) {
        into = &options->ready_file;
    } else if (strcmp(argument, "--check-config") == 0) {
        options->task = RL_TASK_CHECK;
        return true;
    } else if (strcmp(argument, "--verbose") == 0) {
        options->verbose = true;
        return true;
    } else {
        return fail("is not an option of the relay.", argument);
    }
    if (value == NULL || value[0] == '\0') {
        return fail("needs the path of a file.", argument);
    }
    if (*into != NULL) {
        return fail("is given twice.", argument);
    }
    *into = value;
    return true;
}

bool rl_options_parse(rl_options *options, int argc, char **argv) {
    *options = (rl_options){.task = RL_TASK_SERVE};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            options->told = js_write_all(STDOUT_FILENO, help, sizeof help - 1);
            options->task = RL_TASK_NONE;
            return true;
        }
        if (strcmp(argv[i], "--version") == 0) {
            char version[64];
            (void)snprintf(version, sizeof version, "jirasend-relay %s\n", jirasend_version());
            options->told = js_write_all(STDOUT_FILENO, version, strlen(version));
            options->task = RL_TASK_NONE;
            return true;
        }
    }
    if (argc > 1 && strcmp(argv[1], "new-token") == 0) {
        options->task = RL_TASK_TOKEN;
        return argc == 2 || fail("is unknown; new-token takes no argument.", argv[2]);
    }
    for (int i = 1; i < argc; i++) {
        if (!parse_one(options, argc, argv, &i)) {
            return false;
        }
    }
    return options->config != NULL || fail("needs a file: the configuration.", "--config");
}
