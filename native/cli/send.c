/* jirasend send FILE */
#include "base/buf.h"
#include "cli/client.h"
#include "cli/dry_run.h"
#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/receipts.h"
#include "cli/signals.h"
#include "cli/verbs.h"

#include <jirasend/client.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_EVENTS = 500,
    CHUNK_BYTES = 4 * 1024 * 1024,
    /* Without a folder everything waits in memory: reading goes no further ahead than this. */
    AHEAD_MAX = 10000
};

typedef struct sender {
    const cli_options *options;
    cli_client client;
    cli_receipts receipts;
    cli_progress *progress;
    jirasend_config *config; /* --dry-run */
    cli_input input;
    js_buf texts; /* the lines of the chunk, one behind the other */
    size_t ends[CHUNK_EVENTS];
    long lines[CHUNK_EVENTS];
    size_t count;
    long events, submitted;
    long siteless; /* events that failed only because no site is known */
    long bad;
    bool stop;
    bool stuck; /* Jira took nothing in the time to wait: no use in waiting before reading on */
    int code;
} sender;

static void worse(sender *in, int code) {
    in->code = cli_exit_graver(in->code, code);
}

/* Whether the document is an object without a site, while no option names one. */
static bool lacks_site(const sender *in, const char *text, size_t length) {
    if (cli_value(in->options, CLI_SITE) != NULL) {
        return false;
    }
    json_tokener *tokener = json_tokener_new();
    json_object *document =
        tokener != NULL ? json_tokener_parse_ex(tokener, text, (int)length) : NULL;
    bool lacks = json_object_is_type(document, json_type_object) &&
                 !json_object_object_get_ex(document, "site", NULL);
    json_object_put(document);
    if (tokener != NULL) {
        json_tokener_free(tokener);
    }
    return lacks;
}

static void bad_line(sender *in, long line, jirasend_code code, const char *message,
                     const char *text, size_t length) {
    cli_fail("line %ld: %s", line, message);
    in->bad++;
    if (code == JIRASEND_E_DOCUMENT && lacks_site(in, text, length)) {
        in->siteless++;
    }
    worse(in, cli_exit_of_code(code));
    /* What the disk or the outbox refuses once it will refuse for the next ones, too. */
    in->stop = in->stop || code != JIRASEND_E_DOCUMENT;
}

static void take_result(sender *in, size_t index, const jirasend_submitted *result,
                        const jirasend_document *document) {
    if (result->code != JIRASEND_OK) {
        bad_line(in, in->lines[index], result->code, result->message, document->text,
                 document->length);
        return;
    }
    in->submitted++;
    if (!cli_receipts_add(&in->receipts, result->id, in->lines[index])) {
        worse(in, cli_no_memory());
        in->stop = true;
    }
}

static void submit(sender *in) {
    jirasend_document *documents = calloc(in->count, sizeof(*documents));
    jirasend_submitted *results = calloc(in->count, sizeof(*results));
    if (documents == NULL || results == NULL) {
        worse(in, cli_no_memory());
        in->stop = true;
    } else {
        for (size_t i = 0, start = 0; i < in->count; start = in->ends[i++]) {
            documents[i].text = in->texts.data + start;
            documents[i].length = in->ends[i] - start;
            results[i].size = sizeof(results[i]);
        }
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code =
            jirasend_client_submit_many(in->client.handle, documents, in->count, results, &error);
        for (size_t i = 0; code == JIRASEND_OK && i < in->count; i++) {
            take_result(in, i, &results[i], &documents[i]);
        }
        if (code != JIRASEND_OK) {
            cli_fail("Nothing from line %ld on was taken: %s", in->lines[0], error.message);
            worse(in, cli_exit_of_code(code));
            in->stop = true;
        }
    }
    free(documents);
    free(results);
}

static void print_bodies(sender *in) {
    for (size_t i = 0, start = 0; i < in->count && !cli_output_failed(); start = in->ends[i++]) {
        const char *text = in->texts.data + start;
        size_t length = in->ends[i] - start;
        char label[32];
        snprintf(label, sizeof(label), "line %ld", in->lines[i]);
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code = cli_dry_run_print(in->config, text, length, label, &error);
        if (code != JIRASEND_OK) {
            bad_line(in, in->lines[i], code, error.message, text, length);
        } else {
            in->submitted++;
        }
    }
}

static void let_memory_drain(sender *in) {
    while (!in->client.kept && !in->stuck && !in->stop &&
           cli_receipts_waiting(&in->receipts) > AHEAD_MAX) {
        long before = in->receipts.totals[CLI_QUEUED];
        cli_client_start_clock(&in->client);
        in->stop = !cli_receipts_settle_oldest(&in->receipts);
        in->stuck = in->receipts.totals[CLI_QUEUED] > before;
        cli_progress_set(in->progress, in->submitted, in->receipts.shown);
    }
}

/* Hands the lines read so far to the client. */
static void flush(sender *in) {
    if (in->count > 0 && in->config != NULL) {
        print_bodies(in);
    } else if (in->count > 0) {
        submit(in);
        cli_progress_set(in->progress, in->submitted, in->receipts.shown);
        let_memory_drain(in);
    }
    in->count = 0;
    js_buf_clear(&in->texts);
}

static bool blank(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') {
            return false;
        }
    }
    return true;
}

static void take_line(sender *in, const char *text, size_t length) {
    if (blank(text, length)) {
        return;
    }
    in->events++;
    js_buf_add(&in->texts, text, length);
    if (in->texts.failed) {
        worse(in, cli_no_memory());
        in->stop = true;
        return;
    }
    in->ends[in->count] = in->texts.length;
    in->lines[in->count++] = in->input.line;
    if (in->count == CHUNK_EVENTS || in->texts.length >= CHUNK_BYTES) {
        flush(in);
    }
}

static void read_lines(sender *in) {
    while (!in->stop && !cli_output_failed()) {
        const char *text = NULL;
        size_t length = 0;
        switch (cli_input_line(&in->input, in->count == 0, &text, &length)) {
        case CLI_LINE_READ:
            take_line(in, text, length);
            break;
        case CLI_LINE_TOO_LONG:
            in->events++;
            in->bad++;
            cli_fail("line %ld: The line is longer than %d bytes.", in->input.line, CLI_LINE_MAX);
            worse(in, CLI_DATA);
            break;
        case CLI_LINE_LATER:
            flush(in); /* whoever writes has paused, so what is there may go */
            break;
        case CLI_LINE_FAILED:
            worse(in, CLI_IO);
            in->stop = true;
            break;
        case CLI_LINE_STOPPED:
            in->stop = true;
            break;
        case CLI_LINE_END:
            flush(in);
            return;
        }
    }
    if (cli_signals_caught() == 0) {
        flush(in);
    }
}

static void finish(sender *in) {
    cli_client_start_clock(&in->client);
    while (cli_receipts_waiting(&in->receipts) > 0 && cli_receipts_settle_oldest(&in->receipts)) {
        cli_progress_set(in->progress, in->submitted, in->receipts.shown);
    }
}

static int run(sender *in) {
    read_lines(in);
    if (in->config == NULL) {
        finish(in);
        cli_progress_stop(in->progress);
        worse(in, in->receipts.code);
    }
    if (cli_signals_caught() != 0) {
        return in->code;
    }
    if (in->config == NULL) {
        cli_receipts_summary(&in->receipts);
    }
    if (in->bad > 0 && in->events > 1) {
        cli_fail("%ld of %ld events could not be read; they are named above.", in->bad, in->events);
    }
    if (in->events == 0 && in->code == CLI_OK) {
        cli_fail("There is no event in '%s'.", in->input.name);
        return CLI_DATA;
    }
    if (in->submitted == 0 && in->siteless == in->bad && in->bad > 0 && in->code == CLI_DATA) {
        return cli_usage("There is no Jira site. Give --site acme.atlassian.net, set "
                         "JIRASEND_SITE, or name it in the events.");
    }
    return in->code;
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
    sender *in = calloc(1, sizeof(*in));
    if (in == NULL) {
        return cli_no_memory();
    }
    in->options = options;
    code = cli_input_open(&in->input, options->arguments.items[0], "The file");
    if (code == CLI_OK && options->set[CLI_DRY_RUN]) {
        code = cli_dry_run_config(options, &in->config);
        code = code == CLI_OK ? run(in) : code;
        jirasend_config_free(in->config);
    } else if (code == CLI_OK) {
        code = cli_client_open(&in->client, options,
                               options->wait_ms > 0 ? CLI_MODE_DELIVER : CLI_MODE_COMMIT);
        if (code == CLI_OK) {
            cli_receipts_init(&in->receipts, &in->client, options->set[CLI_JSON], NULL);
            in->progress = cli_progress_start(in->client.handle);
            code = run(in);
            cli_receipts_free(&in->receipts);
            cli_client_close(&in->client);
        }
    }
    cli_input_close(&in->input);
    js_buf_free(&in->texts);
    free(in);
    return code;
}
