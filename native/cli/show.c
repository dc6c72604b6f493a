/* jirasend show: what Jira has of one thing, and how that differs from what was told. */
#include "base/buf.h"
#include "cli/ask.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/thing.h"
#include "cli/verbs.h"
#include "event/json.h"

#include <jirasend/client.h>
#include <json-c/json.h>
#include <stdio.h>

/* Names of members above the one that is shown: "environment.displayName". */
enum { DEPTH_MAX = 8, COLUMN = 32 };

static void print_member(const char *path, const char *value) {
    js_buf line = JS_BUF_INIT;
    js_buf_addf(&line, "%-*s %s", COLUMN, path, value);
    cli_out_escaped(line.failed ? value : line.data);
    cli_out("\n", 1);
    js_buf_clear(&line);
}

static void print_value(const char *path, json_object *value, int depth);

static void print_members(const char *path, json_object *object, int depth) {
    json_object_object_foreach(object, name, value) {
        js_buf below = JS_BUF_INIT;
        js_buf_addf(&below, "%s%s%s", path, path[0] != '\0' ? "." : "", name);
        print_value(below.failed ? name : below.data, value, depth + 1);
        js_buf_clear(&below);
    }
}

static void print_elements(const char *path, json_object *array, int depth) {
    size_t count = json_object_array_length(array);
    for (size_t i = 0; i < count; i++) {
        json_object *element = json_object_array_get_idx(array, i);
        if (json_object_is_type(element, json_type_object)) {
            js_buf below = JS_BUF_INIT;
            js_buf_addf(&below, "%s[%zu]", path, i);
            print_value(below.failed ? path : below.data, element, depth + 1);
            js_buf_clear(&below);
        } else {
            print_value(path, element, depth + 1);
        }
    }
}

/* One value per line, so that it can be read and searched. */
static void print_value(const char *path, json_object *value, int depth) {
    if (json_object_is_type(value, json_type_object) && depth < DEPTH_MAX) {
        print_members(path, value, depth);
    } else if (json_object_is_type(value, json_type_array) && depth < DEPTH_MAX) {
        print_elements(path, value, depth);
    } else {
        print_member(path, value != NULL ? json_object_get_string(value) : "null");
    }
}

/* "Last sent: 2026-11-23 10:00, event 7." and what differs from it. */
static void print_told(json_object *told, json_object *jira, json_object *differences) {
    char when[24];
    js_buf line = JS_BUF_INIT;
    size_t count = differences != NULL ? json_object_array_length(differences) : 0;
    cli_table_time(cli_table_text(told, "submittedAt"), when);
    js_buf_addf(&line, "Last sent: %s, event %lld.", when,
                (long long)js_json_number_of(told, "id"));
    cli_table_wrapped("", line.failed ? "" : line.data);
    js_buf_clear(&line);
    for (size_t i = 0; i < count && jira != NULL; i++) {
        cli_ask_print_difference("  ", json_object_array_get_idx(differences, i));
    }
    if (count == 0 && jira != NULL) {
        cli_table_wrapped("", "Jira has it as it was sent, or a later update.");
    }
}

static void print_answer(const cli_options *options, const char *answer) {
    if (options->set[CLI_JSON]) {
        cli_out_line(answer);
        return;
    }
    json_object *document = json_tokener_parse(answer);
    json_object *jira = NULL, *told = NULL, *differences = NULL;
    json_object_object_get_ex(document, "jira", &jira);
    json_object_object_get_ex(document, "told", &told);
    json_object_object_get_ex(document, "differences", &differences);
    if (jira != NULL) {
        print_value("", jira, 0);
    }
    if (told != NULL) {
        print_told(told, jira, differences);
    }
    json_object_put(document);
}

/* Asks again while there is time and it may help. */
static jirasend_code ask_jira(const cli_client *client, const js_buf *document, char **answer,
                              jirasend_error *error) {
    enum { FIRST_PAUSE_MS = 1000, ONCE_MS = 10000 }; /* --wait 0 still needs a moment to ask */
    int64_t pause = FIRST_PAUSE_MS;
    for (;;) {
        int64_t wait_ms = client->wait_ms > 0 ? cli_client_left_ms(client) : ONCE_MS;
        *error = (jirasend_error)JIRASEND_ERROR_INIT;
        jirasend_free(*answer); /* what is told is the same each time */
        *answer = NULL;
        jirasend_code code = jirasend_client_show(client->handle, document->data, document->length,
                                                  wait_ms, answer, error);
        if (code != JIRASEND_E_NETWORK || !cli_client_pause(client, &pause, error)) {
            return code;
        }
    }
}

static int ask(cli_client *client, const cli_options *options, const js_buf *document,
               const char *label) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *answer = NULL;
    jirasend_code code = ask_jira(client, document, &answer, &error);
    if (answer != NULL) {
        print_answer(options, answer);
        jirasend_free(answer);
    }
    if (code == JIRASEND_E_NOT_FOUND) {
        cli_fail("%s: %s", label, error.message);
        return CLI_NO_INPUT;
    }
    if (code == JIRASEND_E_DOCUMENT) {
        return cli_usage("That cannot name anything: %s", error.message);
    }
    return code == JIRASEND_OK ? CLI_OK : cli_library_failed(code, &error);
}

int cli_verb_show(const cli_options *options) {
    js_buf document = JS_BUF_INIT, label = JS_BUF_INIT;
    int code = cli_thing_make(options, &document, &label);
    cli_client client;
    cli_output_reader_may_leave(true);
    if (code == CLI_OK) {
        code = cli_client_open(&client, options, CLI_MODE_DELIVER);
        if (code == CLI_OK) {
            code = ask(&client, options, &document, label.data);
            cli_client_close(&client);
        }
    }
    js_buf_clear(&document);
    js_buf_clear(&label);
    return code;
}
