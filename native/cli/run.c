/* jirasend run -- COMMAND */
#include "base/world.h"
#include "cli/client.h"
#include "cli/config.h"
#include "cli/document.h"
#include "cli/dry_run.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/receipts.h"
#include "cli/run_command.h"
#include "cli/secret.h"
#include "cli/values.h"
#include "cli/verbs.h"

#include <jirasend/client.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BEGUN "in_progress"

enum {
    SLACK_MS = 250,         /* to say what became of it, once the time is over */
    COMMIT_MS = 2000,       /* what an outbox gets at least, to be on disk */
    AFTER_SIGNAL_MS = 1500, /* a signal after the command's end: no more waiting for Jira */
    CANCELLED_STATUS_MAX = 255
};

/* Tells Jira in a thread of its own, so that it adds nothing to the command's start. */
typedef struct teller {
    const cli_options *options;
    js_buf begin, end; /* documents */
    js_buf label;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool has_ended;
    int64_t end_ms; /* when the command ended */
    int done_fd;    /* readable when everything is told */
    cli_client client;
    bool open; /* the client; guarded by the lock */
} teller;

/* Credentials that are missing keep nothing from being stored. */
static bool open_client(teller *in) {
    const cli_options *options = in->options;
    bool keeps = cli_value(options, CLI_OUTBOX_DIR) != NULL;
    cli_client client;
    int code = cli_client_open(&client, options,
                               options->wait_ms > 0 ? CLI_MODE_DELIVER : CLI_MODE_COMMIT);
    if (code != CLI_OK && keeps && options->wait_ms > 0) {
        code = cli_client_open(&client, options, CLI_MODE_COMMIT);
    }
    cli_secret_forget(); /* which was not read when nothing is to be sent */
    if (code == CLI_OK) {
        pthread_mutex_lock(&in->lock);
        in->client = client;
        in->open = true;
        pthread_mutex_unlock(&in->lock);
    }
    return code == CLI_OK;
}

static bool submit(teller *in, const js_buf *document, int64_t *id) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = jirasend_client_submit(in->client.handle, document->data, document->length,
                                                NULL, id, &error);
    if (code != JIRASEND_OK) {
        (void)cli_library_failed(code, &error);
    }
    return code == JIRASEND_OK;
}

static void wait_for_end(teller *in) {
    pthread_mutex_lock(&in->lock);
    while (!in->has_ended) {
        pthread_cond_wait(&in->ended, &in->lock);
    }
    pthread_mutex_unlock(&in->lock);
}

/* Only the end gets a line: the beginning is old news by then. */
static void tell_end(teller *in) {
    int64_t id = 0;
    if (!submit(in, &in->end, &id)) {
        cli_fail("Jira was not told how the %s ended.", in->label.data);
        return;
    }
    cli_receipts receipts;
    cli_receipts_init(&receipts, &in->client, false, in->label.data);
    in->client.start_ms = in->end_ms;
    if (cli_receipts_add(&receipts, id, 0)) {
        cli_receipts_settle_all(&receipts);
        cli_receipts_summary(&receipts);
    } else {
        (void)cli_no_memory();
    }
    cli_receipts_free(&receipts);
}

static void *tell(void *argument) {
    teller *in = argument;
    bool open = open_client(in);
    int64_t id = 0;
    if (open) {
        (void)submit(in, &in->begin, &id);
    }
    wait_for_end(in);
    if (open) {
        tell_end(in);
        pthread_mutex_lock(&in->lock);
        in->open = false;
        pthread_mutex_unlock(&in->lock);
        cli_client_close(&in->client);
    } else {
        cli_fail("Jira was not told about the %s.", in->label.data);
    }
    const uint64_t one = 1;
    ssize_t written = write(in->done_fd, &one, sizeof(one));
    (void)written;
    return NULL;
}

/* What is told, and whether it can be: before the command starts, or not at all. */
static int prepare(teller *in) {
    const js_buf *document = &in->begin;
    int code = cli_document_make(in->options, BEGUN, &in->begin, &in->label);
    jirasend_config *config = NULL;
    code = code == CLI_OK ? cli_config_make(in->options, true, &config) : code;
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *body = NULL;
    if (code == CLI_OK &&
        jirasend_dry_run(config, document->data, document->length, &body, &error) != JIRASEND_OK) {
        code = cli_usage("The %s cannot be sent: %s", cli_verb_name(cli_event_verb(in->options)),
                         error.message);
    }
    jirasend_free(body);
    jirasend_config_free(config);
    return code;
}

/* The document of the end differs in the state alone. Within a text the quotes would be escaped. */
static bool make_end(teller *in, const char *state) {
    static const char begun[] = "\"state\":\"" BEGUN "\"";
    const char *at = strstr(in->begin.data, begun);
    if (at == NULL) {
        return false;
    }
    js_buf_add(&in->end, in->begin.data, (size_t)(at - in->begin.data));
    js_buf_addf(&in->end, "\"state\":\"%s\"", state);
    js_buf_add_text(&in->end, at + sizeof(begun) - 1);
    return !in->end.failed;
}

/* A file that an option names has to be there; what a CI's variable names may be missing. */
static int check_files(const cli_options *options) {
    static const cli_option files[] = {CLI_SECRET_FILE,       CLI_CA_FILE,   CLI_RELAY_TOKEN_FILE,
                                       CLI_RELAY_CERTIFICATE, CLI_RELAY_KEY, CLI_OUTBOX_PASSWORD};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const js_strings *given = &options->given[files[i]];
        const char *path = given->count > 0 ? given->items[given->count - 1] : NULL;
        if (path != NULL && access(path, F_OK) != 0) {
            cli_fail("The file '%s' (--%s) cannot be opened: %s.", path,
                     cli_option_spec_of(files[i])->name, strerror(errno));
            return CLI_NO_INPUT;
        }
    }
    return CLI_OK;
}

static int check(const cli_options *options, int64_t *cancelled_status) {
    if (options->arguments.count == 0) {
        return cli_usage("`jirasend run` needs a command: jirasend run [OPTIONS] -- COMMAND. See "
                         "`jirasend run --help`.");
    }
    const char *given = cli_value(options, CLI_CANCELLED_STATUS);
    int code = CLI_OK;
    if (given != NULL) {
        code =
            cli_check_range("--cancelled-status", given, 1, CANCELLED_STATUS_MAX, cancelled_status);
    }
    if (code == CLI_OK && options->wait_ms == 0 && cli_value(options, CLI_OUTBOX_DIR) == NULL) {
        code = cli_usage("--wait 0 needs --outbox DIR: without a folder that keeps it, the event "
                         "would be lost at once.");
    }
    return code == CLI_OK ? check_files(options) : code;
}

static const char *state_of(const cli_command *command, int64_t cancelled_status) {
    bool cancelled = command->by_interrupt || command->interrupted ||
                     (cancelled_status != 0 && command->status == cancelled_status);
    if (cancelled) {
        return "cancelled";
    }
    return command->status == 0 ? "successful" : "failed";
}

/* False: it does not end in time, and may not be waited for. */
static bool let_it_tell(teller *in, cli_command *command) {
    pthread_mutex_lock(&in->lock);
    in->has_ended = true;
    in->end_ms = js_monotonic_ms();
    pthread_cond_signal(&in->ended);
    pthread_mutex_unlock(&in->lock);
    const cli_options *options = in->options;
    int64_t ms = options->wait_ms;
    if (ms < COMMIT_MS && cli_value(options, CLI_OUTBOX_DIR) != NULL) {
        ms = COMMIT_MS;
    }
    if (!cli_command_wait_for(command, in->done_fd, (int)ms + SLACK_MS)) {
        pthread_mutex_lock(&in->lock);
        if (in->open) {
            jirasend_client_cancel_waits(in->client.handle);
        }
        pthread_mutex_unlock(&in->lock);
        (void)cli_command_wait_for(command, in->done_fd, AFTER_SIGNAL_MS);
    }
    uint64_t count;
    return read(in->done_fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
}

static int run_command(teller *in, int64_t cancelled_status) {
    const cli_options *options = in->options;
    char **arguments = calloc(options->arguments.count + 1, sizeof(*arguments));
    if (arguments == NULL || !cli_secret_hide()) {
        free(arguments);
        return cli_no_memory();
    }
    memcpy(arguments, options->arguments.items, options->arguments.count * sizeof(*arguments));
    cli_command command;
    in->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (in->done_fd < 0 || !cli_command_watch_signals(&command)) {
        cli_fail("The command cannot be watched: %s.", strerror(errno));
        free(arguments);
        return CLI_SOFTWARE;
    }
    cli_command_start(&command, arguments);
    bool tells = pthread_create(&in->thread, NULL, tell, in) == 0;
    cli_command_wait(&command);
    free(arguments);
    if (tells && make_end(in, state_of(&command, cancelled_status)) && let_it_tell(in, &command)) {
        pthread_join(in->thread, NULL);
    } else {
        cli_fail("Jira could not be told in time how the %s ended (%s).", in->label.data,
                 state_of(&command, cancelled_status));
        _exit(cli_output_finish(command.status));
    }
    return command.status;
}

int cli_verb_run(const cli_options *options) {
    int64_t cancelled_status = 0;
    int code = check(options, &cancelled_status);
    if (code != CLI_OK) {
        return code;
    }
    teller in = {.options = options,
                 .begin = JS_BUF_INIT,
                 .end = JS_BUF_INIT,
                 .label = JS_BUF_INIT,
                 .lock = PTHREAD_MUTEX_INITIALIZER,
                 .ended = PTHREAD_COND_INITIALIZER};
    code = prepare(&in);
    if (code == CLI_OK) {
        code = run_command(&in, cancelled_status);
    }
    js_buf_clear(&in.begin);
    js_buf_clear(&in.end);
    js_buf_clear(&in.label);
    return code;
}
