/* jirasend check */
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/verbs.h"

#include <jirasend/client.h>
#include <json-c/json.h>
#include <stdio.h>

/* One step of the report in a line of its own. */
static void show_step(json_object *report, const char *member, const char *title) {
    json_object *step = NULL, *ok = NULL, *value = NULL, *message = NULL;
    if (!json_object_object_get_ex(report, member, &step)) {
        return;
    }
    json_object_object_get_ex(step, "ok", &ok);
    json_object_object_get_ex(step, "value", &value);
    json_object_object_get_ex(step, "message", &message);
    bool good = json_object_get_boolean(ok);
    if (good && cli_output_is_quiet()) {
        return;
    }
    const char *words = message != NULL ? json_object_get_string(message) : "";
    const char *found = value != NULL ? json_object_get_string(value) : "";
    char text[1024];
    snprintf(text, sizeof(text), "%s%s%s%s%s", title, found[0] != '\0' ? " " : "", found,
             words[0] != '\0' ? ": " : "", words);
    cli_event_line(good ? CLI_GREEN : CLI_RED, good ? "\xE2\x9C\x93" : "\xE2\x9C\x97",
                   good ? "works" : "fails", text);
}

static void show_report(const cli_options *options, const char *report) {
    if (options->set[CLI_JSON]) {
        cli_out_line(report);
        return;
    }
    json_object *document = json_tokener_parse(report);
    show_step(document, "token", "token");
    show_step(document, "cloudId", "cloud id");
    json_object_put(document);
}

int cli_verb_check(const cli_options *options) {
    int code = cli_no_arguments(options);
    const char *site = cli_value(options, CLI_SITE);
    if (code == CLI_OK && site == NULL) {
        return cli_usage("There is no Jira site. Give --site acme.atlassian.net or set "
                         "JIRASEND_SITE.");
    }
    cli_client client;
    if (code == CLI_OK) {
        code = cli_client_open(&client, options, CLI_MODE_DELIVER);
    }
    if (code != CLI_OK) {
        return code;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *report = NULL;
    /* "Once" still needs a moment to ask: --wait 0 would else never see an answer. */
    int64_t wait_ms = client.wait_ms > 0 ? client.wait_ms : 10000;
    jirasend_code failed = jirasend_client_check(client.handle, site, wait_ms, &report, &error);
    if (report != NULL) {
        show_report(options, report);
        jirasend_free(report);
        code = cli_exit_of_code(failed);
        if (failed == JIRASEND_OK) {
            cli_note("Nothing was sent. Whether the credentials may send builds and deployments "
                     "shows with the first event.");
        }
    } else {
        code = cli_library_failed(failed, &error);
    }
    cli_client_close(&client);
    return code;
}
