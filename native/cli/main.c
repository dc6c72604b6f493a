/* jirasend: the verbs, and what every run begins and ends with. */
#include "base/variables.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run_command.h"
#include "cli/signals.h"
#include "cli/values.h"
#include "cli/verbs.h"

#include <jirasend/jirasend.h>

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int (*const verbs[CLI_VERBS])(const cli_options *options) = {
    [CLI_BUILD] = cli_verb_event,
    [CLI_DEPLOYMENT] = cli_verb_event,
    [CLI_RUN] = cli_verb_run,
    [CLI_GIT] = cli_verb_git,
    [CLI_PULL_REQUEST] = cli_verb_pull_request,
    [CLI_FLAG] = cli_verb_flag,
    [CLI_DELETE] = cli_verb_delete,
    [CLI_SEND] = cli_verb_send,
    [CLI_KEYS] = cli_verb_keys,
    [CLI_CHECK] = cli_verb_check,
    [CLI_GATE] = cli_verb_gate,
    [CLI_SHOW] = cli_verb_show,
    [CLI_LOG] = cli_verb_log,
    [CLI_EXPLAIN] = cli_verb_explain,
    [CLI_VERIFY] = cli_verb_verify,
    [CLI_DIFF] = cli_verb_diff,
    [CLI_METRICS] = cli_verb_metrics,
    [CLI_OUTBOX] = cli_verb_outbox,
};

/*
 * A descriptor that the caller closed would become that of the next file opened, a database even.
 * It is opened the wrong way round, so that using it is still an error, and closed for a command that
 * we run.
 */
static void hold_standard_descriptors(void) {
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", modes[fd] | O_CLOEXEC) != fd) {
            exit(CLI_SOFTWARE);
        }
    }
}

/*
 * glibc gives each thread a heap of its own, which grows by a system call a page. One heap that grows
 * in large steps and does not shrink saves some 300 calls in a run that lasts milliseconds.
 */
static void use_one_heap(void) {
#ifdef __GLIBC__
    (void)mallopt(M_ARENA_MAX, 1);
    (void)mallopt(M_TOP_PAD, 512 * 1024);
    (void)mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
    (void)mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
#endif
}

/*
 * What would change how TLS works, or write down its keys, in a program that is given a secret. The
 * machine's own openssl.cnf counts; one that the environment names does not.
 */
static void forget_variables_of_libraries(void) {
    static const char *const names[] = {"OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES",
                                        "OPENSSL_ENGINES", "SSLKEYLOGFILE"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unsetenv(names[i]);
    }
    /* libpq takes from there what an address does not say, and where another server is. */
    js_variables_forget("PG");
}

static int unknown_verb(const char *typed) {
    const char *names[CLI_VERBS + 2] = {"help", "version"};
    for (int i = 0; i < CLI_VERBS; i++) {
        names[i + 2] = cli_verb_name((cli_verb)i);
    }
    if (typed[0] == '-') {
        return cli_usage("Options come after the verb: jirasend VERB [OPTIONS]; '%.*s' comes "
                         "before it. See `jirasend help`.",
                         (int)strcspn(typed, "="), typed);
    }
    if (cli_outbox_does(typed)) {
        return cli_usage(
            "There is no verb '%.60s'; did you mean outbox %.60s? See `jirasend help`.", typed,
            typed);
    }
    const char *near = cli_nearest(typed, names, CLI_VERBS + 2);
    return cli_usage("There is no verb '%.60s'%s%s%s See `jirasend help`.", typed,
                     near != NULL ? "; did you mean " : ".", near != NULL ? near : "",
                     near != NULL ? "?" : "");
}

static bool needs_signals(cli_verb verb) {
    return verb != CLI_KEYS && verb != CLI_RUN; /* which watches over a command */
}

static int run_verb(cli_verb verb, int argc, char **argv) {
    cli_options options;
    int code = cli_options_parse(&options, verb, argc, argv);
    cli_output_quiet(options.set[CLI_QUIET]);
    if (code == CLI_OK && options.set[CLI_HELP]) {
        const js_strings *arguments = &options.arguments;
        cli_help_verb(verb, arguments->count > 0 ? arguments->items[0] : NULL);
    } else if (code == CLI_OK) {
        if (needs_signals(verb) && !cli_signals_start()) {
            cli_fail("A thread cannot be started: %s.", strerror(errno));
            code = CLI_SOFTWARE;
        } else {
            code = verbs[verb](&options);
        }
    }
    cli_options_free(&options);
    return code;
}

/* jirasend help [VERB [ACTION]] */
static int help(int count, char **words) {
    cli_verb verb;
    cli_output_reader_may_leave(true);
    if (count == 0 || words[0][0] == '-') {
        cli_help_program();
        return CLI_OK;
    }
    if (strcmp(words[0], "help") == 0 || strcmp(words[0], "version") == 0) {
        cli_help_program();
        return CLI_OK;
    }
    if (!cli_verb_from_name(words[0], &verb)) {
        return unknown_verb(words[0]);
    }
    cli_help_verb(verb, count > 1 ? words[1] : NULL);
    return CLI_OK;
}

static bool is_one_of(const char *word, const char *one, const char *two, const char *three) {
    return strcmp(word, one) == 0 || strcmp(word, two) == 0 || strcmp(word, three) == 0;
}

static int run(int argc, char **argv) {
    if (argc < 2) {
        return cli_usage(
            "A verb is missing, such as build, deployment, run or check. See `jirasend "
            "help`.");
    }
    cli_verb verb;
    if (is_one_of(argv[1], "help", "--help", "-h")) {
        return help(argc - 2, argv + 2);
    }
    if (is_one_of(argv[1], "version", "--version", "-V")) {
        cli_out("jirasend ", 9);
        cli_out_line(jirasend_version());
        return CLI_OK;
    }
    return cli_verb_from_name(argv[1], &verb) ? run_verb(verb, argc - 1, argv + 1)
                                              : unknown_verb(argv[1]);
}

int main(int argc, char **argv) {
    use_one_heap();
    cli_command_remember();
    hold_standard_descriptors();
    forget_variables_of_libraries();
    /* A reader that left and a file at its limit are failed writes, said like every other. */
    bool pipes_are_ignored =
        signal(SIGPIPE, SIG_IGN) == SIG_IGN; /* by who has started us: then they stay so */
    signal(SIGXFSZ, SIG_IGN);
    cli_output_start();
    int code = run(argc, argv);
    if (pipes_are_ignored) {
        cli_output_reader_may_leave(false);
    }
    code = cli_output_finish(code);
    cli_signals_end();
    return code;
}
