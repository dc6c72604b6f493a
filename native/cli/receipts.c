/* Waiting for receipts, and what they come to. */
#include "cli/receipts.h"

#include "base/buf.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/signals.h"

#include <inttypes.h>
#include <jirasend/client.h>
#include <stdlib.h>
#include <string.h>

void cli_receipts_init(cli_receipts *receipts, cli_client *client, bool json, const char *label) {
    memset(receipts, 0, sizeof(*receipts));
    receipts->client = client;
    receipts->json = json;
    receipts->label = label;
}

void cli_receipts_free(cli_receipts *receipts) {
    cli_reasons_clear(&receipts->reasons);
    free(receipts->pending);
    receipts->pending = NULL;
}

size_t cli_receipts_waiting(const cli_receipts *receipts) {
    return receipts->count - receipts->first;
}

bool cli_receipts_add(cli_receipts *receipts, int64_t id, long line) {
    if (receipts->count == receipts->capacity && receipts->first > receipts->capacity / 2) {
        size_t left = receipts->count - receipts->first;
        memmove(receipts->pending, receipts->pending + receipts->first, left * sizeof(cli_pending));
        receipts->first = 0;
        receipts->count = left;
    }
    if (receipts->count == receipts->capacity) {
        size_t capacity = receipts->capacity == 0 ? 64 : receipts->capacity * 2;
        cli_pending *larger = realloc(receipts->pending, capacity * sizeof(cli_pending));
        if (larger == NULL) {
            return false;
        }
        receipts->pending = larger;
        receipts->capacity = capacity;
    }
    receipts->pending[receipts->count++] = (cli_pending){id, line};
    return true;
}

/* A receipt with what only this run knows: the line of the file, and that nothing keeps it. */
static void print_receipt(const char *receipt, long line, bool lost) {
    js_buf out = JS_BUF_INIT;
    js_buf_add_text(&out, "{");
    if (line > 0) {
        js_buf_addf(&out, "\"line\":%ld,", line);
    }
    js_buf_add_text(&out, lost ? "\"kept\":false," : "");
    js_buf_add_text(&out, receipt + strspn(receipt, "{"));
    if (out.failed) {
        (void)cli_no_memory();
    } else {
        cli_out_line(out.data);
    }
    js_buf_clear(&out);
}

static int exit_of(const cli_receipt *receipt, bool kept) {
    enum { FORBIDDEN = 403 };
    /* A deletion that the rule of a relay forbids is not held, and no fault of the document. */
    bool forbidden = receipt->status == CLI_REJECTED && receipt->http_status == FORBIDDEN;
    return forbidden ? CLI_NO_PERMISSION : cli_exit_of_status(receipt->word, kept);
}

/* `whole`: what is printed with --json, else null. */
static void take_receipt(cli_receipts *receipts, const cli_receipt *receipt, const char *whole,
                         long line) {
    const cli_client *client = receipts->client;
    bool kept = client->kept || receipt->relayed;
    bool lost = cli_receipt_is_open(receipt) && !kept;
    int code = exit_of(receipt, kept);
    receipts->totals[receipt->status]++;
    receipts->lost[receipt->status] += lost ? 1 : 0;
    receipts->shown++;
    receipts->code = cli_exit_graver(receipts->code, code);
    if (whole != NULL) {
        print_receipt(whole, line, lost);
    }
    if (cli_output_is_quiet() && code == CLI_OK) {
        return;
    }
    /* Why a lane stands still is said with the first of its events, not with each. */
    int64_t first = 0;
    bool why = !cli_receipt_is_open(receipt) ||
               cli_reasons_is_new(&receipts->reasons, receipt->message, 0, &first);
    js_buf name = JS_BUF_INIT;
    if (line > 0) {
        js_buf_add_text(&name, "line ");
        js_buf_add_number(&name, line);
        js_buf_add_text(&name, ": ");
    }
    if (receipts->label != NULL) {
        js_buf_add_text(&name, receipts->label);
    } else {
        cli_receipt_add_name(receipt, &name);
    }
    cli_receipt_show_as(receipt, name.failed ? "event" : name.data, kept,
                        receipt->relayed ? NULL : client->folder, why);
    js_buf_clear(&name);
}

/* Reads a receipt; what --json prints of it is a copy, as it is read in place. False: memory is short; said. */
static bool read_receipt(const cli_receipts *receipts, char *text, cli_receipt *receipt,
                         char **whole) {
    *whole = receipts->json ? js_copy(text) : NULL;
    cli_receipt_read(receipt, text);
    if (receipts->json && *whole == NULL) {
        (void)cli_no_memory();
        return false;
    }
    return true;
}

/*
 * What this program committed itself is gone: a standby took over that did not have it yet. The others
 * are still waited for.
 */
static bool say_vanished(cli_receipts *receipts, cli_pending pending) {
    receipts->code = cli_exit_graver(receipts->code, CLI_TEMPORARY);
    js_buf receipt = JS_BUF_INIT;
    js_buf_addf(&receipt,
                "{\"id\":%" PRId64
                ",\"status\":\"queued\",\"message\":\"The outbox does not have it "
                "any more.\"}",
                pending.id);
    if (receipts->json && !receipt.failed) {
        print_receipt(receipt.data, pending.line, true);
    }
    js_buf_clear(&receipt);
    cli_fail("The outbox does not have event %" PRId64
             " any more, as after a failover to a standby "
             "that did not have it yet. Send it again; nothing is told twice.",
             pending.id);
    return !cli_output_failed();
}

bool cli_receipts_settle_oldest(cli_receipts *receipts) {
    cli_pending pending = receipts->pending[receipts->first];
    const cli_client *client = receipts->client;
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *receipt = NULL;
    /* Who only stores waits for nothing, and lacks nothing. */
    jirasend_code code =
        client->sends
            ? (client->through ? jirasend_client_wait : jirasend_client_wait_sent)(
                  client->handle, pending.id, cli_client_left_ms(client), &receipt, &error)
            : jirasend_client_receipt(client->handle, pending.id, &receipt, &error);
    if (code == JIRASEND_E_CLOSED && cli_signals_caught() != 0) {
        receipts->code = cli_exit_graver(receipts->code, CLI_TEMPORARY);
        return false;
    }
    receipts->first++;
    if (code == JIRASEND_E_NOT_FOUND) {
        return say_vanished(receipts, pending);
    }
    if (code != JIRASEND_OK) {
        receipts->code = cli_exit_graver(receipts->code, cli_library_failed(code, &error));
        return false;
    }
    cli_receipt read;
    char *whole = NULL;
    bool good = read_receipt(receipts, receipt, &read, &whole);
    if (good) {
        take_receipt(receipts, &read, whole, pending.line);
    } else {
        receipts->code = cli_exit_graver(receipts->code, CLI_SOFTWARE);
    }
    free(whole);
    jirasend_free(receipt);
    return good && !cli_output_failed();
}

void cli_receipts_take_settled(cli_receipts *receipts) {
    bool more = receipts->client->sends;
    while (more && cli_receipts_waiting(receipts) > 0 && !cli_output_failed()) {
        cli_pending pending = receipts->pending[receipts->first];
        char *receipt = NULL;
        if (jirasend_client_receipt(receipts->client->handle, pending.id, &receipt, NULL) !=
            JIRASEND_OK) {
            return; /* said when it is waited for */
        }
        cli_receipt read;
        char *whole = NULL;
        more = read_receipt(receipts, receipt, &read, &whole) && !cli_receipt_is_open(&read);
        if (more) {
            receipts->first++;
            take_receipt(receipts, &read, whole, pending.line);
        }
        free(whole);
        jirasend_free(receipt);
    }
}

void cli_receipts_settle_all(cli_receipts *receipts) {
    while (cli_receipts_waiting(receipts) > 0 && cli_receipts_settle_oldest(receipts)) {
    }
}

static void add_total(js_buf *line, long count, const char *name) {
    if (count > 0) {
        js_buf_addf(line, "%s%ld %s", line->length > 0 ? ", " : "", count, name);
    }
}

void cli_receipts_say_totals(const long totals[CLI_STATUSES], const long lost[CLI_STATUSES]) {
    js_buf line = JS_BUF_INIT;
    long not_sent = 0;
    for (int i = 0; i < CLI_STATUSES; i++) {
        long of_these = lost != NULL ? lost[i] : 0;
        add_total(&line, totals[i] - of_these, cli_status_name((cli_status)i));
        not_sent += of_these;
    }
    add_total(&line, not_sent, "not sent");
    if (!line.failed && line.length > 0) {
        cli_note("%s.", line.data);
    }
    js_buf_clear(&line);
}

void cli_receipts_summary(const cli_receipts *receipts) {
    if (receipts->shown > 1) {
        cli_receipts_say_totals(receipts->totals, receipts->lost);
    }
    long lost = 0;
    for (int i = 0; i < CLI_STATUSES; i++) {
        lost += receipts->lost[i];
    }
    if (lost > 0) {
        cli_fail("%ld %s not sent. Send again, or give --outbox DIR so that the next run delivers "
                 "what this one could not.",
                 lost, lost == 1 ? "event was" : "events were");
    }
}
