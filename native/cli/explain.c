/* jirasend explain: why an issue shows what it shows. */
#include "base/buf.h"
#include "cli/ask.h"
#include "cli/exit_code.h"
#include "cli/explain_text.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "event/json.h"

#include <jirasend/history.h>
#include <string.h>

/* What is documented, and no more. */
static void print_json(json_object *answer) {
    json_object_object_del(answer, "things");
    json_object_object_del(answer, "droppedBy");
    json_object_object_del(answer, "deleted");
    json_object_object_del(answer, "unasked");
    json_object_object_del(answer, "unanswered");
    cli_out_line(cli_ask_line(answer));
}

static const char *unanswered_text(json_object *list, size_t index, const char *name) {
    return cli_table_text(json_object_array_get_idx(list, index), name);
}

/* The APIs that did not answer for the same reason as this one, "Builds, Deployments"; "": it was said. */
static void name_silent(js_buf *names, json_object *list, size_t index) {
    const char *why = unanswered_text(list, index, "message");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        bool same = strcmp(unanswered_text(list, i, "message"), why) == 0;
        if (same && i < index) {
            return;
        }
        if (same) {
            js_buf_addf(names, "%s%s", i > index ? ", " : "",
                        unanswered_text(list, i, "permission"));
        }
    }
}

/* Each API that did not answer; the one error that came back is the gravest of these. */
static int say_unanswered(json_object *answer, jirasend_code failed, const jirasend_error *error) {
    json_object *list = NULL;
    json_object_object_get_ex(answer, "unanswered", &list);
    if (js_json_length_of(js_json_member_of(answer, "unanswered")) == 0) {
        return cli_ask_failed(failed, error);
    }
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        js_buf names = JS_BUF_INIT;
        name_silent(&names, list, i);
        if (names.length > 0) {
            cli_fail("%s: %s", names.failed ? "An API" : names.data,
                     unanswered_text(list, i, "message"));
        }
        js_buf_clear(&names);
    }
    return cli_exit_of_code(failed);
}

static int show(const cli_client *client, const cli_options *options, json_object *answer,
                bool complete) {
    bool known = js_json_length_of(js_json_member_of(answer, "events")) +
                     js_json_length_of(js_json_member_of(answer, "dropped")) >
                 0;
    if (options->set[CLI_JSON]) {
        int64_t unasked = js_json_number_of(answer, "unasked");
        if (unasked > 0) {
            cli_note("Jira was not asked for %lld older things.", (long long)unasked);
        }
        print_json(answer);
    } else if (known) {
        cli_explain_print(answer, !options->set[CLI_OFFLINE], complete);
    }
    if (!known) {
        cli_fail(
            "The history in %s does not know %s: no event named it, and no text of one held it.",
            client->folder, cli_table_text(answer, "key"));
    }
    return known ? CLI_OK : CLI_NO_INPUT;
}

static int explain(cli_client *client, const cli_options *options) {
    enum { ONCE_MS = 10000 }; /* --wait 0 still needs a moment to ask */
    const char *key = options->arguments.items[0];
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    int64_t wait_ms = client->wait_ms > 0 ? cli_client_left_ms(client) : ONCE_MS;
    jirasend_code failed =
        options->set[CLI_OFFLINE]
            ? jirasend_client_explain(client->handle, key, &text, &error)
            : jirasend_client_explain_now(client->handle, key, wait_ms, &text, &error);
    json_object *answer = text != NULL ? json_tokener_parse(text) : NULL;
    int code = failed == JIRASEND_OK ? CLI_OK : say_unanswered(answer, failed, &error);
    if (answer != NULL) {
        int shown = show(client, options, answer, failed == JIRASEND_OK);
        code = code == CLI_OK ? shown : code;
    } else if (failed == JIRASEND_OK) {
        code = cli_no_memory();
    }
    json_object_put(answer);
    jirasend_free(text);
    return code;
}

int cli_verb_explain(const cli_options *options) {
    cli_client client;
    int code = cli_ask_arguments(options, 1, "an issue key, such as APP-1");
    if (code == CLI_OK) {
        code = cli_ask_open(&client, options,
                            options->set[CLI_OFFLINE] ? CLI_MODE_LOOK : CLI_MODE_DELIVER);
    }
    if (code == CLI_OK) {
        code = explain(&client, options);
        cli_client_close(&client);
    }
    return code;
}
