/* Of `jirasend check --outbox`: whether an outbox can be used, and what protects it. */
#include "cli/database.h"

#include "base/buf.h"
#include "base/secret.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/secret.h"
#include "event/json.h"

#include <jirasend/client.h>
#include <jirasend/outbox.h>
#include <json-c/json.h>
#include <string.h>

/* To be freed whatever comes back. */
static int make_config(const cli_options *options, const char *outbox, jirasend_config **config) {
    js_secret password = JS_SECRET_INIT;
    int code = cli_secret_read_outbox_password(options, &password);
    if (code == CLI_OK) {
        code = cli_client_database_config(options, outbox, cli_origin(options, CLI_OUTBOX_DIR),
                                          &password, config);
    }
    js_secret_wipe(&password);
    return code;
}

static void say_step(bool good, const char *text) {
    if (!good || !cli_output_is_quiet()) {
        cli_event_line(good ? CLI_GREEN : CLI_RED, good ? "\xE2\x9C\x93" : "\xE2\x9C\x97",
                       good ? "works" : "fails", text);
    }
}

static void show_report(const cli_options *options, const char *report, bool good) {
    if (options->set[CLI_JSON]) {
        cli_out_line(report);
        return;
    }
    json_object *document = json_tokener_parse(report);
    js_buf line = JS_BUF_INIT;
    js_buf_addf(&line, "outbox: %s%s, role %s, schema %s of jirasend %s",
                js_json_text_of(document, "server"),
                json_object_get_boolean(json_object_object_get(document, "encrypted")) ? ", TLS"
                                                                                       : "",
                js_json_text_of(document, "user"), js_json_text_of(document, "schema"),
                js_json_text_of(document, "tables"));
    say_step(good, line.failed ? "outbox" : line.data);
    js_buf_clear(&line);
    static const char *const sentences[] = {"disk", "commit", "replication", "clock"};
    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]) && !cli_output_is_quiet();
         i++) {
        cli_plain_line(js_json_text_of(document, sentences[i]));
    }
    json_object_put(document);
}

/* A folder is opened as the next run would open it. */
static int check_folder(const cli_options *options, const char *outbox) {
    const js_secret none = JS_SECRET_INIT;
    cli_client client;
    int code =
        cli_client_open_idle(&client, options, outbox, cli_origin(options, CLI_OUTBOX_DIR), &none);
    if (code == CLI_OK) {
        js_buf line = JS_BUF_INIT;
        js_buf_addf(&line, "outbox: the folder %s", outbox);
        if (!options->set[CLI_JSON]) {
            say_step(true, line.failed ? "outbox" : line.data);
        }
        js_buf_clear(&line);
        cli_client_close(&client);
    }
    return code;
}

int cli_check_outbox(const cli_options *options, const char *outbox) {
    if (outbox == NULL) {
        return CLI_OK;
    }
    if (!cli_is_database(outbox)) {
        return check_folder(options, outbox);
    }
    jirasend_config *config = NULL;
    int code = make_config(options, outbox, &config);
    if (code != CLI_OK) {
        jirasend_config_free(config);
        return code;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *report = NULL;
    jirasend_code failed = jirasend_outbox_check(config, &report, &error);
    jirasend_config_free(config);
    if (report != NULL) {
        show_report(options, report, failed == JIRASEND_OK);
    }
    jirasend_free(report);
    return failed == JIRASEND_OK ? CLI_OK : cli_library_failed(failed, &error);
}
