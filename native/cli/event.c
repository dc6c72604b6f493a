/* jirasend build, jirasend deployment; and what all verbs share that send one event. */
#include "cli/event.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/dry_run.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/receipts.h"
#include "cli/until_allowed.h"
#include "cli/verbs.h"

#include <jirasend/client.h>

/* It was made of options and variables, so one of them is wrong. */
int cli_event_refused(const cli_options *options, const char *message) {
    return options->verb == CLI_DELETE
               ? cli_usage("That cannot name anything: %s", message)
               : cli_usage("The %s cannot be sent: %s", cli_verb_name(options->verb), message);
}

static int deliver(cli_client *client, const cli_options *options, const js_buf *document,
                   const char *label) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t id = 0;
    jirasend_code code =
        jirasend_client_submit(client->handle, document->data, document->length, NULL, &id, &error);
    if (code == JIRASEND_E_DOCUMENT) {
        return cli_event_refused(options, error.message);
    }
    if (code != JIRASEND_OK) {
        return cli_library_failed(code, &error);
    }
    cli_receipts receipts;
    cli_receipts_init(&receipts, client, options->set[CLI_JSON], label);
    if (!cli_receipts_add(&receipts, id, 0)) {
        receipts.code = cli_no_memory();
    }
    cli_receipts_settle_all(&receipts);
    cli_receipts_summary(&receipts);
    cli_receipts_free(&receipts);
    return receipts.code;
}

int cli_event_check(const cli_options *options) {
    if (!options->set[CLI_DRY_RUN] && options->wait_ms == 0 &&
        cli_value(options, CLI_OUTBOX_DIR) == NULL) {
        return cli_usage("--wait 0 needs --outbox DIR: without a folder that keeps it, the event "
                         "would be lost at once.");
    }
    return CLI_OK;
}

int cli_event_send(const cli_options *options, const js_buf *document, const js_buf *label) {
    if (options->set[CLI_DRY_RUN]) {
        return cli_dry_run_one(options, document->data, document->length, label->data);
    }
    cli_client client;
    int code = cli_client_open_for(
        &client, options, options->wait_ms > 0 ? CLI_MODE_DELIVER : CLI_MODE_COMMIT, document);
    if (code == CLI_OK) {
        code = deliver(&client, options, document, label->data);
        cli_client_close(&client);
    }
    return code;
}

int cli_verb_event(const cli_options *options) {
    int code = cli_no_arguments(options);
    if (code == CLI_OK) {
        code = cli_event_check(options);
    }
    code = code == CLI_OK ? cli_until_allowed_check(options) : code;
    bool waits = cli_value(options, CLI_UNTIL_ALLOWED) != NULL && !options->set[CLI_DRY_RUN];
    js_buf document = JS_BUF_INIT, label = JS_BUF_INIT;
    if (code == CLI_OK) {
        code = cli_document_make(options, NULL, &document, &label);
    }
    if (code == CLI_OK) {
        code = (waits ? cli_until_allowed_send : cli_event_send)(options, &document, &label);
    }
    js_buf_clear(&document);
    js_buf_clear(&label);
    return code;
}
