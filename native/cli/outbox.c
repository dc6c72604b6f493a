/* jirasend outbox list|show|retry|drop|flush|salvage|move|migrate */
#include "base/buf.h"
#include "cli/ask.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/migrate.h"
#include "cli/move.h"
#include "cli/outbox_list.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/receipts.h"
#include "cli/salvage.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "event/json.h"

#include <jirasend/client.h>
#include <jirasend/outbox.h>
#include <json-c/json.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct action {
    const char *name;
    enum { NO_ID, MAY_HAVE_ID, NEEDS_ID, NEEDS_FOLDER } id;
    int (*run)(cli_client *client, const cli_options *options, int64_t id);
    int (*alone)(const cli_options *options); /* instead: it opens what outboxes it needs */
} action;

/* An unknown id is a wrong argument; everything else is what the library says it is. */
static int failed_for(jirasend_code code, const jirasend_error *error, const cli_client *client) {
    if (code == JIRASEND_E_NOT_FOUND) {
        return cli_usage("%s: %s", client->folder, error->message);
    }
    return cli_library_failed(code, error);
}

/* Of an event that is not in the queue any more the receipt may still say something. */
static int failed_to_change(jirasend_code code, const jirasend_error *error,
                            const cli_client *client, int64_t id) {
    char *receipt = NULL;
    bool settled = code == JIRASEND_E_NOT_FOUND &&
                   jirasend_client_receipt(client->handle, id, &receipt, NULL) == JIRASEND_OK;
    jirasend_free(receipt);
    return settled ? cli_usage("%s: %s See `jirasend outbox show %lld`.", client->folder,
                               error->message, (long long)id)
                   : failed_for(code, error, client);
}

static void print_field(const char *name, const char *value) {
    if (value[0] != '\0') {
        char head[32];
        snprintf(head, sizeof(head), "%-14s", name);
        cli_out(head, strlen(head));
        cli_out_escaped(value);
        cli_out("\n", 1);
    }
}

static void print_list(json_object *receipt, const char *member, const char *name) {
    json_object *keys = NULL;
    json_object_object_get_ex(receipt, member, &keys);
    js_buf text = JS_BUF_INIT;
    for (size_t i = 0; keys != NULL && i < json_object_array_length(keys); i++) {
        js_buf_addf(&text, "%s%s", i > 0 ? ", " : "",
                    json_object_get_string(json_object_array_get_idx(keys, i)));
    }
    if (!text.failed && text.length > 0) {
        print_field(name, text.data);
    }
    js_buf_clear(&text);
}

static void print_number(json_object *receipt, const char *member, const char *name) {
    char text[32];
    int64_t number = js_json_number_of(receipt, member);
    snprintf(text, sizeof(text), "%lld", (long long)number);
    print_field(name, number != 0 ? text : "");
}

static int run_show(cli_client *client, const cli_options *options, int64_t id) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    jirasend_code failed = jirasend_client_receipt(client->handle, id, &text, &error);
    if (failed != JIRASEND_OK) {
        return failed_for(failed, &error, client);
    }
    if (options->set[CLI_JSON]) {
        cli_out_line(text);
    } else {
        json_object *receipt = json_tokener_parse(text);
        print_number(receipt, "id", "id");
        print_field("request id", js_json_text_of(receipt, "requestId"));
        print_field("kind", js_json_text_of(receipt, "kind"));
        js_buf name = JS_BUF_INIT;
        cli_receipt_name(receipt, &name);
        print_field("event", name.data != NULL ? name.data : "");
        js_buf_clear(&name);
        print_field("state", js_json_text_of(receipt, "state"));
        print_field("page", js_json_text_of(receipt, "url"));
        print_field("site", js_json_text_of(receipt, "site"));
        print_field("status", js_json_text_of(receipt, "status"));
        print_list(receipt, "issueKeys", "issue keys");
        print_list(receipt, "unknownIssueKeys", "unknown keys");
        print_number(receipt, "droppedKeys", "left out");
        print_field("message", js_json_text_of(receipt, "message"));
        print_number(receipt, "httpStatus", "HTTP status");
        print_number(receipt, "attempts", "attempts");
        print_field("submitted", js_json_text_of(receipt, "submittedAt"));
        print_field("settled", js_json_text_of(receipt, "settledAt"));
        json_object_put(receipt);
    }
    jirasend_free(text);
    return CLI_OK;
}

static int run_retry(cli_client *client, const cli_options *options, int64_t id) {
    (void)options;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code failed = jirasend_outbox_retry(client->handle, id, &error);
    if (failed != JIRASEND_OK) {
        return failed_to_change(failed, &error, client, id);
    }
    cli_note("Marked to be tried again; `jirasend outbox flush` or the next run sends it.");
    return CLI_OK;
}

static int run_drop(cli_client *client, const cli_options *options, int64_t id) {
    (void)options;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code failed = jirasend_outbox_drop(client->handle, id, &error);
    if (failed != JIRASEND_OK) {
        return failed_to_change(failed, &error, client, id);
    }
    cli_note("Event %lld is dropped and will not be sent.", (long long)id);
    return CLI_OK;
}

typedef struct flushing {
    cli_client *client;
    const cli_options *options;
    const char *folder;
    bool explained; /* the reasons are said once, for all events of a lane */
    long totals[CLI_STATUSES];
    int64_t held; /* of what is left; a relay holds single events, whatever their lane does */
    int64_t cursor;
    atomic_bool sent; /* nothing more will go out */
} flushing;

enum { LOOK_MS = 50 };

/* What is left after a flush: dead letters were judged before and are not its business. */
static void show_left(json_object *page, void *context) {
    flushing *in = context;
    for (size_t i = 0; i < json_object_array_length(page) && !cli_output_failed(); i++) {
        json_object *receipt = json_object_array_get_idx(page, i);
        const char *status = js_json_text_of(receipt, "status");
        if (strcmp(status, "rejected") == 0) {
            continue;
        }
        in->held += strcmp(status, "held") == 0 ? 1 : 0;
        if (in->options->set[CLI_JSON]) {
            cli_out_line(cli_ask_line(receipt));
        } else if (!cli_output_is_quiet()) {
            cli_receipt read;
            cli_receipt_of(&read, receipt);
            cli_receipt_show(&read, in->folder, !in->explained);
        }
    }
}

/* What was settled since the cursor was set, and within `wait_ms` from one to the next. */
static jirasend_code show_sent(cli_client *client, flushing *in, int64_t wait_ms) {
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    while (!cli_output_failed()) {
        jirasend_code code =
            jirasend_client_next_receipt(client->handle, &in->cursor, wait_ms, &text, &error);
        if (code != JIRASEND_OK) {
            return code;
        }
        cli_receipt receipt;
        if (in->options->set[CLI_JSON]) {
            cli_out_line(text);
        }
        cli_receipt_read(&receipt, text);
        in->totals[receipt.status]++;
        cli_receipt_show(&receipt, in->folder, true);
        jirasend_free(text);
    }
    return JIRASEND_E_STORAGE;
}

/* While events go out, what became of those before is told by a thread of its own. */
static void *tell(void *argument) {
    flushing *in = argument;
    jirasend_code code = JIRASEND_E_TIMEOUT;
    while (code == JIRASEND_E_TIMEOUT && !atomic_load(&in->sent)) {
        code = show_sent(in->client, in, LOOK_MS);
    }
    return NULL;
}

static jirasend_code flush(cli_client *client, flushing *in, char **status, jirasend_error *error) {
    pthread_t teller;
    (void)show_sent(client, in, 0); /* the cursor: from now on */
    bool tells = pthread_create(&teller, NULL, tell, in) == 0;
    cli_progress *progress = cli_progress_start_flush(client->handle);
    jirasend_code code =
        jirasend_outbox_flush(client->handle, cli_client_left_ms(client), status, error);
    cli_progress_stop(progress);
    atomic_store(&in->sent, true);
    if (tells) {
        (void)pthread_join(teller, NULL);
    }
    (void)show_sent(client, in, 0);
    return code;
}

/* Each site and kind that does not move, and why; what holds several lanes of a site is said once. */
static bool say_reasons(json_object *status) {
    json_object *lanes = NULL;
    json_object_object_get_ex(status, "lanes", &lanes);
    const char *last = "", *last_site = "";
    for (size_t i = 0; lanes != NULL && i < json_object_array_length(lanes); i++) {
        json_object *lane = json_object_array_get_idx(lanes, i);
        const char *message = js_json_text_of(lane, "message"),
                   *site = js_json_text_of(lane, "site");
        bool again = strcmp(message, last) == 0 && strcmp(site, last_site) == 0;
        if (message[0] != '\0' && !again) {
            cli_fail("%s (%s): %s", site, js_json_text_of(lane, "kind"), message);
            last = message;
            last_site = site;
        }
    }
    return last[0] != '\0';
}

static int run_flush(cli_client *client, const cli_options *options, int64_t id) {
    (void)id;
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    flushing in = {.client = client, .options = options, .folder = client->folder};
    jirasend_code failed = flush(client, &in, &text, &error);
    if (failed != JIRASEND_OK && (text == NULL || failed != JIRASEND_E_TIMEOUT)) {
        jirasend_free(text);
        return cli_library_failed(failed, &error);
    }
    json_object *status = json_tokener_parse(text);
    jirasend_free(text);
    int64_t waiting = js_json_number_of(status, "waiting"),
            held = js_json_number_of(status, "held");
    int64_t dead = js_json_number_of(status, "dead");
    int code = held > 0 ? CLI_NO_PERMISSION : waiting > 0 ? CLI_TEMPORARY : CLI_OK;
    if (code != CLI_OK || options->set[CLI_JSON]) {
        in.explained = say_reasons(status);
        code = cli_exit_graver(code, cli_outbox_pages(client, show_left, &in));
    }
    if (in.held > held) {
        waiting -= in.held - held;
        held = in.held;
        code = cli_exit_graver(code, CLI_NO_PERMISSION);
    }
    cli_receipts_say_totals(in.totals, NULL);
    if (waiting == 0 && held == 0) {
        cli_note("Nothing waits in %s any more.", client->folder);
    } else {
        cli_fail("%lld waiting and %lld held in %s.", (long long)waiting, (long long)held,
                 client->folder);
    }
    if (dead > 0) {
        cli_note("%lld dead letter%s: see `jirasend outbox list`.", (long long)dead,
                 dead == 1 ? "" : "s");
    }
    json_object_put(status);
    return code;
}

static int run_salvage(cli_client *client, const cli_options *options, int64_t id) {
    (void)id;
    return cli_salvage(client, options, options->arguments.items[1]);
}

static const action actions[] = {
    {"list", NO_ID, cli_outbox_list, NULL},  {"show", NEEDS_ID, run_show, NULL},
    {"retry", MAY_HAVE_ID, run_retry, NULL}, {"drop", NEEDS_ID, run_drop, NULL},
    {"flush", NO_ID, run_flush, NULL},       {"salvage", NEEDS_FOLDER, run_salvage, NULL},
    {"move", NO_ID, NULL, cli_move},         {"migrate", NO_ID, NULL, cli_migrate}};
enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

bool cli_outbox_does(const char *name) {
    for (size_t i = 0; i < ACTIONS; i++) {
        if (strcmp(name, actions[i].name) == 0) {
            return true;
        }
    }
    return false;
}

static const action *find_action(const char *name) {
    const char *names[ACTIONS];
    for (size_t i = 0; i < ACTIONS; i++) {
        if (strcmp(name, actions[i].name) == 0) {
            return &actions[i];
        }
        names[i] = actions[i].name;
    }
    const char *near = cli_nearest(name, names, ACTIONS);
    cli_fail("There is no `jirasend outbox %.60s`%s%s%s It is list, show, retry, drop, flush, "
             "salvage, move or migrate. See "
             "`jirasend outbox --help`.",
             name, near != NULL ? "; did you mean " : ".", near != NULL ? near : "",
             near != NULL ? "?" : "");
    return NULL;
}

static int read_id(const action *what, const cli_options *options, int64_t *id) {
    size_t count = options->arguments.count;
    if (what->id == NEEDS_ID && count < 2) {
        return cli_usage("`jirasend outbox %s` needs the number of an event. See `jirasend outbox "
                         "list`.",
                         what->name);
    }
    if (what->id == NEEDS_FOLDER && count < 2) {
        return cli_usage("`jirasend outbox %s` needs the folder of the damaged outbox; --outbox "
                         "names the new one.",
                         what->name);
    }
    size_t most = what->id == NO_ID ? 1 : 2;
    if (count > most) {
        return cli_usage("`jirasend outbox %s` does not take '%.80s'. See `jirasend outbox "
                         "--help`.",
                         what->name, options->arguments.items[most]);
    }
    if (count < 2 || what->id == NEEDS_FOLDER) {
        return CLI_OK;
    }
    int code = cli_check_number("The number of the event", options->arguments.items[1], id);
    if (code == CLI_OK && *id == 0) {
        code = cli_usage("There is no event 0; numbers begin at 1.");
    }
    return code;
}

int cli_verb_outbox(const cli_options *options) {
    if (options->arguments.count == 0) {
        return cli_usage("`jirasend outbox` needs one of list, show ID, retry [ID], drop ID, "
                         "flush, salvage FOLDER, move, migrate. See `jirasend outbox --help`.");
    }
    const action *what = find_action(options->arguments.items[0]);
    int64_t id = 0;
    int code = what != NULL ? read_id(what, options, &id) : CLI_USAGE;
    if (code != CLI_OK) {
        return code;
    }
    if (options->given[CLI_ROLE].count > 0 && what->alone != cli_migrate) {
        return cli_usage("--role belongs to `jirasend outbox migrate`.");
    }
    if (what->alone != cli_move &&
        (options->given[CLI_FROM].count > 0 || options->given[CLI_TO].count > 0)) {
        return cli_usage("--from and --to belong to `jirasend outbox move`.");
    }
    if (what->alone != NULL) {
        return what->alone(options);
    }
    if (cli_value(options, CLI_OUTBOX_DIR) == NULL) {
        return cli_usage("There is no outbox folder. Give --outbox DIR or set JIRASEND_OUTBOX.");
    }
    cli_client client;
    code = cli_client_open(&client, options,
                           what->run == run_flush ? CLI_MODE_DELIVER : CLI_MODE_LOOK);
    if (code == CLI_OK) {
        code = what->run(&client, options, id);
        cli_client_close(&client);
    }
    return code;
}
