/* deployment --gate --until-allowed: sends it pending, waits, and takes it back when it may not go on. */
#include "cli/until_allowed.h"

#include "cli/client.h"
#include "cli/event.h"
#include "cli/exit_code.h"
#include "cli/gate.h"
#include "cli/output.h"
#include "cli/receipts.h"
#include "cli/signals.h"
#include "cli/values.h"

#include <jirasend/client.h>
#include <json-c/json.h>

/*
 * After a signal the cancelling is committed at once and tried for two seconds; closing may take one more, and
 * one more to give a lane of a database back, which nobody else would have before its lease is over.
 */
enum { CANCEL_MS = 2000, GRACE_MS = 4500 };

typedef struct gated {
    const cli_options *options;
    cli_client client;
    const js_buf *document;
    const char *label;
    bool opened; /* something waits in Jira, or in the outbox: it can be told as cancelled */
} gated;

int cli_until_allowed_check(const cli_options *options) {
    const char *until = cli_value(options, CLI_UNTIL_ALLOWED);
    int64_t ms = 0;
    if (until != NULL && !options->set[CLI_GATED]) {
        return cli_usage("--until-allowed waits for a gate, so it needs --gate.");
    }
    if (options->set[CLI_CANCEL_ON_ABORT] && until == NULL) {
        return cli_usage(
            "--cancel-on-abort needs --until-allowed: without waiting there is nothing "
            "to cancel.");
    }
    return until != NULL ? cli_check_duration("--until-allowed", until, &ms) : CLI_OK;
}

/* What a receipt of the pending deployment means: 0 when there is a gate to wait for. */
static int judge(gated *in, const long totals[CLI_STATUSES], int code) {
    in->opened = totals[CLI_ACCEPTED] + totals[CLI_QUEUED] + totals[CLI_HELD] > 0;
    if (totals[CLI_SKIPPED] + totals[CLI_SUPERSEDED] > 0) {
        cli_fail("There is no gate to wait for, because Jira does not know of this deployment.");
        return CLI_GATE_CLOSED;
    }
    /* Kept is not accepted. */
    return totals[CLI_QUEUED] > 0 ? cli_exit_graver(code, CLI_TEMPORARY) : code;
}

/* Submits a document and waits for its receipt up to the client's time. */
static int submit(gated *in, const char *text, size_t length, long totals[CLI_STATUSES]) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t id = 0;
    jirasend_code failed =
        jirasend_client_submit(in->client.handle, text, length, NULL, &id, &error);
    if (failed != JIRASEND_OK) {
        return failed == JIRASEND_E_DOCUMENT ? cli_event_refused(in->options, error.message)
                                             : cli_library_failed(failed, &error);
    }
    cli_receipts receipts;
    cli_receipts_init(&receipts, &in->client, in->options->set[CLI_JSON], in->label);
    in->opened = true;
    if (!cli_receipts_add(&receipts, id, 0)) {
        receipts.code = cli_no_memory();
    }
    cli_receipts_settle_all(&receipts);
    cli_receipts_summary(&receipts);
    for (int i = 0; i < CLI_STATUSES; i++) {
        totals[i] = receipts.totals[i];
    }
    int code = receipts.code;
    cli_receipts_free(&receipts);
    return code;
}

static json_object *member(json_object *object, const char *name) {
    json_object *value = NULL;
    json_object_object_get_ex(object, name, &value);
    return value;
}

static int wait_for_gate(gated *in) {
    json_object *document = json_tokener_parse(in->document->data);
    jirasend_gate_query query = JIRASEND_GATE_QUERY_INIT;
    query.pipeline_id = json_object_get_string(member(document, "pipelineId"));
    query.environment_id = json_object_get_string(member(member(document, "environment"), "id"));
    query.number = json_object_get_int64(member(document, "number"));
    int code = cli_check_duration("--until-allowed", cli_value(in->options, CLI_UNTIL_ALLOWED),
                                  &in->client.wait_ms);
    cli_client_start_clock(&in->client);
    if (code == CLI_OK && document == NULL) {
        code = cli_no_memory();
    }
    /* Standard output is for receipts. */
    code = code == CLI_OK ? cli_gate_wait(&in->client, &query, false) : code;
    json_object_put(document);
    return code;
}

/* The same deployment with another state, as of now. */
static void cancel(gated *in) {
    json_object *document = json_tokener_parse(in->document->data);
    long totals[CLI_STATUSES];
    json_object_object_del(document, "gate");
    json_object_object_del(document, "updatedAt");
    json_object *state = json_object_new_string("cancelled");
    size_t length = 0;
    const char *text = NULL;
    if (document == NULL || json_object_object_add(document, "state", state) != 0) {
        json_object_put(state);
    } else {
        text = json_object_to_json_string_length(document, JSON_C_TO_STRING_PLAIN, &length);
    }
    if (text == NULL) {
        (void)cli_no_memory();
    } else {
        in->client.wait_ms = CANCEL_MS;
        cli_client_start_clock(&in->client);
        (void)submit(in, text, length, totals);
    }
    json_object_put(document);
}

int cli_until_allowed_send(const cli_options *options, const js_buf *document,
                           const js_buf *label) {
    gated in = {.options = options, .document = document, .label = label->data};
    long totals[CLI_STATUSES] = {0};
    bool cancels = options->set[CLI_CANCEL_ON_ABORT];
    int code = cli_client_open(&in.client, options,
                               options->wait_ms > 0 ? CLI_MODE_DELIVER : CLI_MODE_COMMIT);
    if (code != CLI_OK) {
        return code;
    }
    if (cancels) {
        cli_signals_allow(GRACE_MS);
    }
    code = submit(&in, document->data, document->length, totals);
    if (cli_signals_caught() != 0) {
        code = CLI_TEMPORARY;
    } else {
        code = judge(&in, totals, code);
        code = code == CLI_OK ? wait_for_gate(&in) : code;
    }
    if (code != CLI_OK && in.opened && cancels) {
        cancel(&in);
    }
    cli_client_close(&in.client);
    return code;
}
