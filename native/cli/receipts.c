/* Waiting for receipts, and showing them. */
#include "cli/receipts.h"

#include "base/buf.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "event/json_members.h"

#include <inttypes.h>
#include <jirasend/client.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const char *mark;
    cli_colour colour;
} statuses[CLI_STATUSES] = {
    [CLI_ACCEPTED] = {"accepted", "\xE2\x9C\x93", CLI_GREEN},
    [CLI_SKIPPED] = {"skipped", "\xE2\x97\x8B", CLI_YELLOW},
    [CLI_SUPERSEDED] = {"superseded", "\xE2\x97\x8B", CLI_YELLOW},
    [CLI_QUEUED] = {"queued", "\xE2\x80\xA6", CLI_YELLOW},
    [CLI_HELD] = {"held", "!", CLI_RED},
    [CLI_REJECTED] = {"rejected", "\xE2\x9C\x97", CLI_RED},
    [CLI_ODD] = {"?", "?", CLI_RED},
};

/* Keys that are worth showing on one line. */
enum { KEYS_SHOWN = 12 };

cli_status cli_receipt_status(json_object *document) {
    const char *name = js_json_text_of(document, "status");
    for (int i = 0; i < CLI_ODD; i++) {
        if (strcmp(name, statuses[i].name) == 0) {
            return (cli_status)i;
        }
    }
    return CLI_ODD;
}

static json_object *object_of(json_object *document, const char *name) {
    json_object *member = js_json_member_of(document, name);
    return json_object_is_type(member, json_type_object) ? member : NULL;
}

static void add_named(js_buf *name, const char *what) {
    if (what[0] != '\0') {
        js_buf_add(name, " ", 1);
        js_buf_add_text(name, what);
    }
}

static void add_number(js_buf *name, json_object *document, const char *before,
                       const char *member) {
    if (json_object_object_get_ex(document, member, NULL)) {
        js_buf_add_text(name, before);
        js_buf_add_number(name, js_json_number_of(document, member));
    }
}

/* The shorter name of a commit, as people know it. */
enum { HASH_SHOWN = 7 };

/* Of a deletion by properties, which names no thing. */
static void add_properties(js_buf *name, json_object *properties) {
    const char *before = " with ";
    json_object_object_foreach(properties, property, value) {
        js_buf_addf(name, "%s%s=%s", before, property, json_object_get_string(value));
        before = " and ";
    }
}

void cli_receipt_name(json_object *document, js_buf *name) {
    const char *kind = js_json_text_of(document, "kind");
    js_buf_add_text(name,
                    json_object_object_get_ex(document, "deleted", NULL) ? "deletion of " : "");
    json_object *properties = object_of(document, "properties");
    js_buf_add_text(name, properties != NULL ? "every " : "");
    for (const char *at = kind; *at != '\0'; at++) {
        js_buf_add(name, *at == '_' ? " " : at, 1);
    }
    if (properties != NULL) {
        add_properties(name, properties);
    }
    add_named(name, js_json_text_of(document, "pipelineId"));
    add_named(name, js_json_text_of(document, "flagId"));
    add_named(name, js_json_text_of(document, "branch"));
    if (strcmp(kind, "commit") == 0) {
        js_buf_addf(name, " %.*s", HASH_SHOWN, js_json_text_of(document, "hash"));
    }
    add_number(name, document, " #", "number");
    json_object *environment = object_of(document, "environment");
    if (environment != NULL) {
        js_buf_add_text(name, " to ");
        js_buf_add_text(name, js_json_text_of(environment, "id"));
    }
    json_object *repository = object_of(document, "repository");
    if (repository != NULL) {
        js_buf_add_text(name, " of ");
        js_buf_add_text(name, js_json_text_of(repository, "id"));
    }
}

static void add_keys(js_buf *line, json_object *document, const char *name, const char *before) {
    json_object *keys = NULL;
    if (!json_object_object_get_ex(document, name, &keys) ||
        !json_object_is_type(keys, json_type_array) || json_object_array_length(keys) == 0) {
        return;
    }
    size_t count = json_object_array_length(keys);
    js_buf_add_text(line, before);
    for (size_t i = 0; i < count && i < KEYS_SHOWN; i++) {
        js_buf_add_text(line, i > 0 ? ", " : "");
        js_buf_add_text(line, json_object_get_string(json_object_array_get_idx(keys, i)));
    }
    if (count > KEYS_SHOWN) {
        js_buf_addf(line, " and %zu more", count - KEYS_SHOWN);
    }
}

static bool is_open(cli_status status) {
    return status == CLI_QUEUED || status == CLI_HELD;
}

static void add_fate(js_buf *line, cli_status status, bool kept, const char *folder) {
    if (is_open(status) && kept && folder == NULL) {
        js_buf_add_text(line, " (the relay has it)");
    } else if (is_open(status) && kept) {
        js_buf_addf(line, " (kept in %s)", folder);
    } else if (is_open(status)) {
        js_buf_addf(line, " (%s, and kept nowhere)", statuses[status].name);
    }
}

/* What Jira does not know and what was left out is said in the message. */
static void describe(js_buf *line, json_object *document, const char *label, bool why) {
    js_buf_add_text(line, label);
    js_buf_add_text(line, cli_output_unicode() ? " \xE2\x86\x92 " : " -> ");
    js_buf_add_text(line, js_json_text_of(document, "site"));
    add_keys(line, document, "issueKeys", ": ");
    const char *message = js_json_text_of(document, "message");
    if (why && message[0] != '\0') {
        js_buf_add_text(line, ". ");
        js_buf_add_text(line, message);
    }
}

static void show(json_object *document, cli_status status, const char *label, bool kept,
                 const char *folder, bool why) {
    bool went_wrong = cli_exit_of_status(statuses[status].name, kept) != CLI_OK;
    if (cli_output_is_quiet() && !went_wrong) {
        return;
    }
    js_buf line = JS_BUF_INIT;
    describe(&line, document, label, why);
    add_fate(&line, status, kept, folder);
    const char *word =
        status == CLI_ODD ? js_json_text_of(document, "status") : statuses[status].name;
    bool lost = is_open(status) && !kept;
    cli_event_line(lost ? CLI_RED : statuses[status].colour,
                   lost ? statuses[CLI_REJECTED].mark : statuses[status].mark,
                   lost ? "not sent" : word, line.failed || line.data == NULL ? label : line.data);
    js_buf_clear(&line);
}

void cli_receipt_show(json_object *receipt, const char *folder, bool why) {
    js_buf name = JS_BUF_INIT;
    cli_receipt_name(receipt, &name);
    add_number(&name, receipt, ", event ", "id");
    show(receipt, cli_receipt_status(receipt), name.failed ? "event" : name.data, true, folder,
         why);
    js_buf_clear(&name);
}

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

/* A relay has it. */
static bool has_relay_id(json_object *document) {
    return json_object_object_get_ex(document, "relayId", NULL);
}

static int exit_of(json_object *document, bool kept) {
    enum { FORBIDDEN = 403 };
    const char *status = js_json_text_of(document, "status");
    /* A deletion that the rule of a relay forbids is not held, and no fault of the document. */
    bool forbidden =
        strcmp(status, "rejected") == 0 && js_json_number_of(document, "httpStatus") == FORBIDDEN;
    return forbidden ? CLI_NO_PERMISSION : cli_exit_of_status(status, kept);
}

json_object *cli_receipt_read(const char *receipt) {
    static const char *const said[] = {
        "status",  "message",     "site",       "issueKeys",  "kind",    "pipelineId",
        "number",  "flagId",      "branch",     "hash",       "deleted", "properties",
        "relayId", "environment", "repository", "httpStatus", NULL};
    return js_json_parse_members(receipt, strlen(receipt), said, NULL);
}

/* What went well is only counted where nothing is said of it. */
static json_object *read_taken(const char *receipt) {
    static const char *const counted[] = {"status", "relayId", "httpStatus", NULL};
    json_object *document = cli_output_is_quiet()
                                ? js_json_parse_members(receipt, strlen(receipt), counted, NULL)
                                : NULL;
    if (document != NULL &&
        cli_exit_of_status(js_json_text_of(document, "status"), true) == CLI_OK &&
        !is_open(cli_receipt_status(document))) {
        return document;
    }
    json_object_put(document);
    return cli_receipt_read(receipt);
}

static void take_receipt(cli_receipts *receipts, const char *receipt, json_object *document,
                         long line) {
    cli_status status = cli_receipt_status(document);
    const cli_client *client = receipts->client;
    bool kept = client->kept || has_relay_id(document);
    receipts->totals[status]++;
    receipts->lost[status] += is_open(status) && !kept ? 1 : 0;
    receipts->shown++;
    receipts->code = cli_exit_graver(receipts->code, exit_of(document, kept));
    if (receipts->json) {
        print_receipt(receipt, line, is_open(status) && !kept);
    }
    if (cli_output_is_quiet() && exit_of(document, kept) == CLI_OK) {
        return;
    }
    /* Why a lane stands still is said with the first of its events, not with each. */
    int64_t first = 0;
    bool why =
        !is_open(status) ||
        cli_reasons_is_new(&receipts->reasons, js_json_text_of(document, "message"), 0, &first);
    js_buf name = JS_BUF_INIT;
    if (line > 0) {
        js_buf_add_text(&name, "line ");
        js_buf_add_number(&name, line);
        js_buf_add_text(&name, ": ");
    }
    if (receipts->label != NULL) {
        js_buf_add_text(&name, receipts->label);
    } else {
        cli_receipt_name(document, &name);
    }
    show(document, status, name.failed ? "event" : name.data, kept,
         has_relay_id(document) ? NULL : client->folder, why);
    js_buf_clear(&name);
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
    json_object *document = read_taken(receipt);
    take_receipt(receipts, receipt, document, pending.line);
    json_object_put(document);
    jirasend_free(receipt);
    return !cli_output_failed();
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
        json_object *document = read_taken(receipt);
        more = !is_open(cli_receipt_status(document));
        if (more) {
            receipts->first++;
            take_receipt(receipts, receipt, document, pending.line);
        }
        json_object_put(document);
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
        add_total(&line, totals[i] - of_these, statuses[i].name);
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
