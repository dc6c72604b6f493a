/* jirasend delete all --kind K,... --property NAME=VALUE */
#include "cli/delete_all.h"

#include "base/buf.h"
#include "base/descriptor.h"
#include "cli/client.h"
#include "cli/config.h"
#include "cli/dry_run.h"
#include "cli/event.h"
#include "cli/exit_code.h"
#include "cli/kind_list.h"
#include "cli/output.h"
#include "cli/receipts.h"
#include "cli/submit_settings.h"

#include <jirasend/client.h>
#include <string.h>
#include <unistd.h>

typedef struct request {
    const cli_options *options;
    js_strings kinds, names, values;
    jirasend_property properties[JIRASEND_DELETE_PROPERTIES_MAX];
} request;

/* ---- what is meant ---- */

/* An empty one would make more of what is deleted than was meant. */
static int check_options(const cli_options *options) {
    static const cli_option others[] = {CLI_PIPELINE,   CLI_NUMBER,        CLI_ENVIRONMENT,
                                        CLI_REPOSITORY, CLI_REPOSITORY_ID, CLI_ORIGIN};
    if (options->arguments.count > 1) {
        return cli_usage(
            "`jirasend delete all` does not take '%.80s'. See `jirasend delete --help`.",
            options->arguments.items[1]);
    }
    if (options->emptied[CLI_PROPERTY] || options->emptied[CLI_KIND]) {
        return cli_usage("--%s is empty. Say what is to be deleted.",
                         options->emptied[CLI_KIND] ? "kind" : "property");
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (options->given[others[i]].count > 0) {
            return cli_usage("`jirasend delete all` deletes by --property, not by --%s%s.",
                             cli_option_spec_of(others[i])->name,
                             others[i] == CLI_ORIGIN ? "; write --property jirasend=ORIGIN" : "");
        }
    }
    if (options->set[CLI_CONFIRM]) {
        return cli_usage("--confirm waits for one thing to be gone; `jirasend delete all` does not "
                         "know which things there are.");
    }
    int code = cli_event_check(options);
    if (code != CLI_OK) {
        return code;
    }
    bool site = options->set[CLI_DRY_RUN] || cli_value(options, CLI_SITE) != NULL;
    return site ? CLI_OK
                : cli_usage("There is no Jira site. Give --site acme.atlassian.net or set "
                            "JIRASEND_SITE.");
}

static int read_properties(request *in) {
    const js_strings *given = &in->options->given[CLI_PROPERTY];
    int code = given->count > 0
                   ? CLI_OK
                   : cli_usage("`jirasend delete all` needs --property NAME=VALUE: all that has it "
                               "is deleted.");
    for (size_t i = 0; i < given->count && code == CLI_OK; i++) {
        code = cli_property_split(given->items[i], &in->names, &in->values);
    }
    if (code == CLI_OK && in->names.count > JIRASEND_DELETE_PROPERTIES_MAX) {
        code = cli_usage("--property is given %zu times; %d are as many as can be asked for.",
                         in->names.count, (int)JIRASEND_DELETE_PROPERTIES_MAX);
    }
    for (size_t i = 0; i < in->names.count && code == CLI_OK; i++) {
        in->properties[i] = (jirasend_property){in->names.items[i], in->values.items[i]};
    }
    return code;
}

static jirasend_delete_query query_of(const request *in, size_t kind) {
    jirasend_delete_query query = JIRASEND_DELETE_QUERY_INIT;
    query.kind = in->kinds.items[kind];
    query.properties = in->properties;
    query.property_count = in->names.count;
    return query;
}

/* The library says what is wrong, before anybody is asked whether it is meant. */
static int make_requests(const request *in, bool print) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int code = CLI_OK;
    for (size_t i = 0; i < in->kinds.count && code == CLI_OK; i++) {
        jirasend_delete_query query = query_of(in, i);
        char *text = NULL;
        jirasend_code failed = jirasend_delete_request(&query, &text, &error);
        if (failed != JIRASEND_OK) {
            code = cli_setting_failed(failed, &error, "--kind and --property");
        } else if (print) {
            cli_dry_run_path(text, cli_value(in->options, CLI_CLOUD_ID));
        }
        jirasend_free(text);
    }
    return code;
}

/* ---- asking the person ---- */

static void add_meant(const request *in, js_buf *text) {
    for (size_t i = 0; i < in->kinds.count; i++) {
        js_buf_addf(text, "%s%s", i > 0 ? ", " : "", in->kinds.items[i]);
    }
    js_buf_add_text(text, " with ");
    for (size_t i = 0; i < in->names.count; i++) {
        js_buf_addf(text, "%s%s=%s", i > 0 ? " and " : "", in->names.items[i], in->values.items[i]);
    }
}

/* Only the word itself counts. */
static bool said_yes(void) {
    static const char yes[] = "yes\n";
    char answer[sizeof(yes)];
    size_t length = 0;
    while (length < sizeof(answer) && js_read(STDIN_FILENO, answer + length, 1) == 1 &&
           answer[length++] != '\n') {
    }
    return length == sizeof(yes) - 1 && memcmp(answer, yes, length) == 0;
}

/* Whether to go on; when not, with the exit code. */
static bool may_go_on(const request *in, int *code) {
    if (in->options->set[CLI_YES]) {
        return true;
    }
    if (!isatty(STDIN_FILENO)) {
        *code = cli_usage("Nobody is there to be asked, so nothing was deleted. Give --yes.");
        return false;
    }
    js_buf meant = JS_BUF_INIT;
    add_meant(in, &meant);
    cli_fail("This deletes in Jira at %s: every %s. Type yes to go on.",
             cli_value(in->options, CLI_SITE), meant.failed ? "kind that was named" : meant.data);
    js_buf_clear(&meant);
    if (said_yes()) {
        return true;
    }
    cli_note("Nothing was deleted.");
    *code = CLI_OK;
    return false;
}

/* ---- doing it ---- */

static int submit_kinds(cli_client *client, const request *in, cli_receipts *receipts) {
    int code = CLI_OK;
    for (size_t i = 0; i < in->kinds.count && code == CLI_OK; i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_delete_query query = query_of(in, i);
        int64_t id = 0;
        jirasend_code failed = jirasend_client_delete_all(client->handle, &query, &id, &error);
        if (failed != JIRASEND_OK) {
            code = cli_library_failed(failed, &error);
        } else if (!cli_receipts_add(receipts, id, 0)) {
            code = cli_no_memory();
        }
    }
    return code;
}

/* An event for each kind; what Jira took of the others is kept, whatever comes of one. */
static int delete_kinds(const request *in) {
    cli_client client;
    cli_receipts receipts;
    int code = cli_client_open(&client, in->options,
                               in->options->wait_ms > 0 ? CLI_MODE_DELIVER : CLI_MODE_COMMIT);
    if (code != CLI_OK) {
        return code;
    }
    cli_receipts_init(&receipts, &client, in->options->set[CLI_JSON], NULL);
    code = submit_kinds(&client, in, &receipts);
    cli_receipts_settle_all(&receipts);
    cli_receipts_summary(&receipts);
    code = cli_exit_graver(code, receipts.code);
    cli_receipts_free(&receipts);
    cli_client_close(&client);
    return code;
}

bool cli_deletes_all(const cli_options *options) {
    return options->verb == CLI_DELETE && options->arguments.count > 0 &&
           strcmp(options->arguments.items[0], "all") == 0;
}

int cli_delete_all(const cli_options *options) {
    request in = {.options = options};
    int code = check_options(options);
    code = code == CLI_OK ? cli_kinds_read(options, &in.kinds) : code;
    if (code == CLI_OK && in.kinds.count == 0) {
        code = cli_usage(
            "`jirasend delete all` needs --kind: build, deployment, flag, repository, with "
            "commas between them.");
    }
    code = code == CLI_OK ? read_properties(&in) : code;
    code = code == CLI_OK ? make_requests(&in, options->set[CLI_DRY_RUN]) : code;
    if (code == CLI_OK && !options->set[CLI_DRY_RUN] && may_go_on(&in, &code)) {
        code = delete_kinds(&in);
    }
    js_strings_clear(&in.kinds);
    js_strings_clear(&in.names);
    js_strings_clear(&in.values);
    return code;
}
