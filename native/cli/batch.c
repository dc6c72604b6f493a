/* Submits the events of a verb in chunks; without a folder no more than memory can hold. */
#include "cli/batch.h"

#include "cli/dry_run.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/relay.h"
#include "cli/signals.h"
#include "event/json.h"

#include <jirasend/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without a folder everything waits in memory: reading goes no further ahead than this. */
enum { AHEAD_MAX = 5 * CLI_CHUNK_EVENTS };

void cli_batch_worse(cli_batch *batch, int code) {
    batch->code = cli_exit_graver(batch->code, code);
}

static const char *label_of(const cli_source *source, char label[80]) {
    if (source->line > 0) {
        snprintf(label, 80, "line %ld", source->line);
    } else {
        snprintf(label, 80, "%s", source->name);
    }
    return label;
}

/* Whether the document is an object without a site, while no option names one. */
static bool lacks_site(const cli_batch *batch, const char *text, size_t length) {
    if (cli_value(batch->options, CLI_SITE) != NULL) {
        return false;
    }
    json_object *document = js_json_parse(text, length, JS_JSON_ANSWER, NULL);
    bool lacks = json_object_is_type(document, json_type_object) &&
                 !json_object_object_get_ex(document, "site", NULL);
    json_object_put(document);
    return lacks;
}

void cli_batch_say_refusal(const cli_batch *batch, const cli_source *source, const char *message) {
    char label[80];
    cli_fail("%s: %s", label_of(source, label), message);
    if (!batch->options->set[CLI_JSON] || batch->config != NULL) {
        return;
    }
    js_buf line = JS_BUF_INIT;
    js_buf_add_text(&line, "{");
    if (source->line > 0) {
        js_buf_addf(&line, "\"line\":%ld,", source->line);
    }
    js_buf_add_text(&line, "\"error\":");
    js_json_write_string(&line, message);
    js_buf_add_text(&line, "}");
    if (!line.failed) {
        cli_out_line(line.data);
    }
    js_buf_clear(&line);
}

static void take_refusal(cli_batch *batch, const cli_source *source, jirasend_code code,
                         const char *message, const char *text, size_t length) {
    cli_batch_say_refusal(batch, source, message);
    batch->bad++;
    if (code == JIRASEND_E_DOCUMENT && lacks_site(batch, text, length)) {
        batch->siteless++;
    }
    cli_batch_worse(batch, cli_exit_of_code(code));
    /* What the disk or the outbox refuses once it will refuse for the next ones, too. */
    batch->stop = batch->stop || code != JIRASEND_E_DOCUMENT;
}

static void take_result(cli_batch *batch, size_t index, const jirasend_submitted *result,
                        const jirasend_document *document) {
    if (result->code != JIRASEND_OK) {
        take_refusal(batch, &batch->sources[index], result->code, result->message, document->text,
                     document->length);
        return;
    }
    batch->submitted++;
    if (!cli_receipts_add(&batch->receipts, result->id, batch->sources[index].line)) {
        cli_batch_worse(batch, cli_no_memory());
        batch->stop = true;
    }
}

static void submit(cli_batch *batch) {
    jirasend_document *documents = calloc(batch->count, sizeof(*documents));
    jirasend_submitted *results = calloc(batch->count, sizeof(*results));
    if (documents == NULL || results == NULL) {
        cli_batch_worse(batch, cli_no_memory());
        batch->stop = true;
    } else {
        for (size_t i = 0, start = 0; i < batch->count; start = batch->ends[i++]) {
            documents[i].text = batch->texts.data + start;
            documents[i].length = batch->ends[i] - start;
        }
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code =
            jirasend_client_submit_many(batch->client.handle, documents, sizeof(*documents),
                                        batch->count, NULL, results, sizeof(*results), &error);
        for (size_t i = 0; code == JIRASEND_OK && i < batch->count; i++) {
            take_result(batch, i, &results[i], &documents[i]);
        }
        if (code != JIRASEND_OK) {
            char label[80];
            cli_fail("Nothing from %s on was taken: %s", label_of(&batch->sources[0], label),
                     error.message);
            cli_batch_worse(batch, cli_exit_of_code(code));
            batch->stop = true;
        }
    }
    free(documents);
    free(results);
}

static void print_bodies(cli_batch *batch) {
    for (size_t i = 0, start = 0; i < batch->count && !cli_output_failed();
         start = batch->ends[i++]) {
        const char *text = batch->texts.data + start;
        size_t length = batch->ends[i] - start;
        char label[80];
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code code = cli_dry_run_print(batch->config, text, length,
                                               label_of(&batch->sources[i], label), &error);
        if (code != JIRASEND_OK) {
            take_refusal(batch, &batch->sources[i], code, error.message, text, length);
        } else {
            batch->submitted++;
        }
    }
}

static void let_memory_drain(cli_batch *batch) {
    while (!batch->client.kept && !batch->stuck && !batch->stop &&
           cli_receipts_waiting(&batch->receipts) > AHEAD_MAX) {
        long before = batch->receipts.totals[CLI_QUEUED];
        cli_client_start_clock(&batch->client);
        batch->stop = !cli_receipts_settle_oldest(&batch->receipts);
        batch->stuck = batch->receipts.totals[CLI_QUEUED] > before;
        cli_progress_set(batch->progress, batch->submitted, batch->receipts.shown);
    }
}

void cli_batch_flush(cli_batch *batch) {
    if (batch->count > 0 && batch->config != NULL) {
        print_bodies(batch);
    } else if (batch->count > 0) {
        submit(batch);
        cli_receipts_take_settled(&batch->receipts);
        cli_progress_set(batch->progress, batch->submitted, batch->receipts.shown);
        let_memory_drain(batch);
    }
    batch->count = 0;
    js_buf_reset(&batch->texts);
}

void cli_batch_add(cli_batch *batch, const char *document, size_t length,
                   const cli_source *source) {
    js_buf_add(&batch->texts, document, length);
    if (batch->texts.failed) {
        cli_batch_worse(batch, cli_no_memory());
        batch->stop = true;
        return;
    }
    batch->sources[batch->count] = *source;
    batch->ends[batch->count++] = batch->texts.length;
    if (batch->count == CLI_CHUNK_EVENTS || batch->texts.length >= CLI_CHUNK_BYTES) {
        cli_batch_flush(batch);
    }
}

int cli_batch_check(const cli_options *options) {
    if (options->set[CLI_DRY_RUN]) {
        return CLI_OK;
    }
    if (cli_lacks_site(options)) {
        return cli_usage("There is no Jira site. Give --site acme.atlassian.net or set "
                         "JIRASEND_SITE.");
    }
    if (options->wait_ms == 0 && cli_value(options, CLI_OUTBOX_DIR) == NULL) {
        return cli_usage("--wait 0 needs --outbox DIR: without a folder that keeps them, the "
                         "events would be lost at once.");
    }
    return CLI_OK;
}

cli_batch *cli_batch_open(const cli_options *options, int *code) {
    cli_batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL) {
        *code = cli_no_memory();
        return NULL;
    }
    batch->options = options;
    if (options->set[CLI_DRY_RUN]) {
        *code = cli_dry_run_config(options, &batch->config);
    } else {
        *code = cli_client_open(&batch->client, options,
                                options->wait_ms > 0 ? CLI_MODE_DELIVER : CLI_MODE_COMMIT);
    }
    if (*code != CLI_OK) {
        free(batch);
        return NULL;
    }
    if (batch->config == NULL) {
        cli_receipts_init(&batch->receipts, &batch->client, options->set[CLI_JSON], NULL);
        batch->progress = cli_progress_start(batch->client.handle);
    }
    return batch;
}

int cli_batch_finish(cli_batch *batch) {
    if (cli_signals_caught() == 0) {
        cli_batch_flush(batch);
    }
    if (batch->config != NULL) {
        return batch->code;
    }
    cli_client_start_clock(&batch->client);
    while (cli_receipts_waiting(&batch->receipts) > 0 &&
           cli_receipts_settle_oldest(&batch->receipts)) {
        cli_progress_set(batch->progress, batch->submitted, batch->receipts.shown);
    }
    cli_progress_stop(batch->progress);
    batch->progress = NULL;
    cli_batch_worse(batch, batch->receipts.code);
    if (cli_signals_caught() == 0) {
        cli_receipts_summary(&batch->receipts);
    }
    return batch->code;
}

void cli_batch_close(cli_batch *batch) {
    if (batch->config != NULL) {
        jirasend_config_free(batch->config);
    } else {
        cli_progress_stop(batch->progress);
        cli_receipts_free(&batch->receipts);
        cli_client_close(&batch->client);
    }
    js_buf_clear(&batch->texts);
    free(batch);
}
