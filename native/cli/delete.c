/* jirasend delete: takes one thing back, or with `all` everything that has certain properties. */
#include "cli/client.h"
#include "cli/delete_all.h"
#include "cli/event.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/receipts.h"
#include "cli/signals.h"
#include "cli/thing.h"
#include "cli/verbs.h"

#include <jirasend/client.h>

enum { FIRST_PAUSE_MS = 500 };

/* ---- --confirm ---- */

static int give_up(const char *why) {
    cli_fail("Jira took the deletion, and whether it is gone is not known: %s", why);
    return CLI_TEMPORARY;
}

/* Jira deletes some time after its answer, so it is asked until the thing is gone. */
static int wait_until_gone(const cli_client *client, const js_buf *document) {
    int64_t pause = FIRST_PAUSE_MS;
    for (;;) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        char *answer = NULL;
        jirasend_code code = jirasend_client_show(client->handle, document->data, document->length,
                                                  cli_client_left_ms(client), &answer, &error);
        bool told = answer != NULL;
        jirasend_free(answer);
        if (code == JIRASEND_E_NOT_FOUND && told) {
            cli_note("It is gone.");
            return CLI_OK;
        }
        bool again = code == JIRASEND_OK || code == JIRASEND_E_NETWORK;
        if (!again || !cli_client_pause(client, &pause, &error)) {
            return cli_signals_caught() != 0
                       ? CLI_TEMPORARY
                       : give_up(code == JIRASEND_OK ? "it was still there when the time was up."
                                                     : error.message);
        }
    }
}

static int deliver(cli_client *client, const cli_options *options, const js_buf *document,
                   const char *label) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t id = 0;
    jirasend_code failed =
        jirasend_client_submit(client->handle, document->data, document->length, NULL, &id, &error);
    if (failed != JIRASEND_OK) {
        return failed == JIRASEND_E_DOCUMENT ? cli_event_refused(options, error.message)
                                             : cli_library_failed(failed, &error);
    }
    cli_receipts receipts;
    cli_receipts_init(&receipts, client, options->set[CLI_JSON], label);
    if (!cli_receipts_add(&receipts, id, 0)) {
        receipts.code = cli_no_memory();
    }
    cli_receipts_settle_all(&receipts);
    cli_receipts_summary(&receipts);
    int code = receipts.code;
    if (receipts.totals[CLI_ACCEPTED] > 0) {
        code = wait_until_gone(client, document);
    } else if (code == CLI_OK) {
        code = give_up("it still waits to be sent.");
    }
    cli_receipts_free(&receipts);
    return code;
}

static int delete_and_confirm(const cli_options *options, const js_buf *document,
                              const js_buf *label) {
    cli_client client;
    int code = cli_client_open(&client, options, CLI_MODE_DELIVER);
    if (code == CLI_OK) {
        code = deliver(&client, options, document, label->data);
        cli_client_close(&client);
    }
    return code;
}

/* ---- the verb ---- */

static int check(const cli_options *options) {
    if (options->set[CLI_YES]) {
        return cli_usage(
            "--yes belongs to `jirasend delete all`; one thing is deleted without asking.");
    }
    if (options->set[CLI_KIND]) {
        return cli_usage(
            "--kind belongs to `jirasend delete all`; the kind of one thing follows `delete`.");
    }
    if (options->set[CLI_CONFIRM] && options->wait_ms == 0 && !options->set[CLI_DRY_RUN]) {
        return cli_usage("--confirm waits until it is gone, so --wait cannot be 0.");
    }
    return cli_event_check(options);
}

int cli_verb_delete(const cli_options *options) {
    if (cli_deletes_all(options)) {
        return cli_delete_all(options);
    }
    js_buf document = JS_BUF_INIT, label = JS_BUF_INIT;
    bool confirms = options->set[CLI_CONFIRM] && !options->set[CLI_DRY_RUN];
    int code = cli_thing_make(options, &document, &label);
    code = code == CLI_OK ? check(options) : code;
    if (code == CLI_OK) {
        code = (confirms ? delete_and_confirm : cli_event_send)(options, &document, &label);
    }
    js_buf_clear(&document);
    js_buf_clear(&label);
    return code;
}
