/* jirasend send FILE */
#include "cli/batch.h"
#include "cli/documents.h"
#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

typedef struct sender {
    const cli_options *options;
    cli_input input;
    cli_documents documents;
    cli_batch *batch;
    long events;
    long bad; /* documents that are too long */
} sender;

static void take_too_long(sender *in, long line) {
    char message[80];
    snprintf(message, sizeof(message), "The document is longer than %d bytes.", CLI_LINE_MAX);
    in->events++;
    in->bad++;
    cli_batch_say_refusal(in->batch, &(cli_source){.line = line}, message);
    cli_batch_worse(in->batch, CLI_DATA);
}

static void read_documents(sender *in) {
    cli_batch *batch = in->batch;
    while (!batch->stop && !cli_output_failed()) {
        const char *text = NULL;
        size_t length = 0;
        long line = 0;
        switch (cli_documents_next(&in->documents, batch->count == 0, &text, &length, &line)) {
        case CLI_LINE_READ:
            in->events++;
            cli_batch_add(batch, text, length, &(cli_source){.line = line});
            break;
        case CLI_LINE_TOO_LONG:
            take_too_long(in, line);
            break;
        case CLI_LINE_LATER:
            cli_batch_flush(batch); /* whoever writes has paused, so what is there may go */
            break;
        case CLI_LINE_FAILED:
            cli_batch_worse(batch, CLI_IO);
            batch->stop = true;
            break;
        case CLI_LINE_STOPPED:
            batch->stop = true;
            break;
        case CLI_LINE_END:
            return;
        }
    }
}

static int run(sender *in) {
    cli_batch *batch = in->batch;
    read_documents(in);
    int code = cli_batch_finish(batch);
    if (cli_signals_caught() != 0) {
        return code;
    }
    long bad = batch->bad + in->bad;
    if (bad > 0 && in->events > 1) {
        cli_fail("%ld of %ld events could not be read; they are named above.", bad, in->events);
    }
    if (in->events == 0 && code == CLI_OK) {
        cli_note("There is no event in '%s'.", in->input.name);
    }
    if (batch->submitted == 0 && batch->siteless == bad && bad > 0 && code == CLI_DATA) {
        return cli_usage("There is no Jira site. Give --site acme.atlassian.net, set "
                         "JIRASEND_SITE, or name it in the events.");
    }
    return code;
}

static int check_arguments(const cli_options *options) {
    if (options->arguments.count == 0) {
        return cli_usage("`jirasend send` needs a file of events, or - for standard input. See "
                         "`jirasend send --help`.");
    }
    if (options->arguments.count > 1) {
        return cli_usage("`jirasend send` takes one file; '%.80s' is one too many. See `jirasend "
                         "send --help`.",
                         options->arguments.items[1]);
    }
    if (options->wait_ms == 0 && cli_value(options, CLI_OUTBOX_DIR) == NULL &&
        !options->set[CLI_DRY_RUN]) {
        return cli_usage("--wait 0 needs --outbox DIR: without a folder that keeps them, the "
                         "events would be lost at once.");
    }
    return CLI_OK;
}

int cli_verb_send(const cli_options *options) {
    int code = check_arguments(options);
    if (code != CLI_OK) {
        return code;
    }
    sender in = {.options = options};
    code = cli_input_open(&in.input, options->arguments.items[0], "The file");
    if (code == CLI_OK) {
        in.batch = cli_batch_open(options, &code);
    }
    if (in.batch != NULL) {
        cli_documents_begin(&in.documents, &in.input);
        code = run(&in);
        cli_documents_end(&in.documents);
        cli_batch_close(in.batch);
    }
    cli_input_close(&in.input);
    return code;
}
