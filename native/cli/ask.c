/* What the verbs that ask the history have in common, and `diff` and `metrics`. */
#include "cli/ask.h"

#include "base/buf.h"
#include "base/place_file.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/verbs.h"

#include <errno.h>
#include <jirasend/history.h>
#include <stdlib.h>
#include <string.h>

int cli_ask_arguments(const cli_options *options, size_t count, const char *what) {
    if (options->arguments.count > count) {
        return cli_usage("`jirasend %s` does not take '%.80s': %s.", cli_verb_name(options->verb),
                         options->arguments.items[count], what);
    }
    bool all = options->arguments.count == count;
    for (size_t i = 0; i < options->arguments.count && all; i++) {
        all = options->arguments.items[i][0] != '\0'; /* of a variable that was not set */
    }
    return all ? CLI_OK
               : cli_usage("`jirasend %s` needs more: %s.", cli_verb_name(options->verb), what);
}

int cli_ask_open(cli_client *client, const cli_options *options, cli_mode mode) {
    if (cli_value(options, CLI_OUTBOX_DIR) == NULL) {
        return cli_usage("The history is in an outbox, and none is given. Give --outbox DIR "
                         "or set JIRASEND_OUTBOX.");
    }
    cli_output_reader_may_leave(true);
    return cli_client_open(client, options, mode);
}

int cli_ask_failed(jirasend_code code, const jirasend_error *error) {
    if (code == JIRASEND_E_ARGUMENT) {
        return cli_usage("%s", error->message);
    }
    if (code == JIRASEND_E_NOT_FOUND) {
        cli_fail("%s", error->message);
        return CLI_NO_INPUT;
    }
    return cli_library_failed(code, error);
}

const char *cli_ask_line(json_object *document) {
    return json_object_to_json_string_ext(document,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

void cli_ask_join(const cli_options *options, cli_option option, js_buf *list) {
    const js_strings *given = &options->given[option];
    for (size_t i = 0; i < given->count; i++) {
        js_buf_addf(list, "%s%s", i > 0 ? "," : "", given->items[i]);
    }
}

static void add_value(js_buf *out, json_object *value) {
    if (!json_object_is_type(value, json_type_array)) {
        const char *text = value != NULL ? json_object_get_string(value) : NULL;
        js_buf_add_text(out, text != NULL && text[0] != '\0' ? text : "nothing");
        return;
    }
    size_t count = json_object_array_length(value);
    js_buf_add_text(out, count == 0 ? "none" : "");
    for (size_t i = 0; i < count; i++) {
        js_buf_addf(out, "%s%s", i > 0 ? ", " : "",
                    json_object_get_string(json_object_array_get_idx(value, i)));
    }
}

void cli_ask_print_difference(const char *indent, json_object *difference) {
    json_object *told = NULL, *jira = NULL;
    json_object_object_get_ex(difference, "told", &told);
    json_object_object_get_ex(difference, "jira", &jira);
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "%s: told ", cli_table_text(difference, "member"));
    add_value(&text, told);
    js_buf_add_text(&text, ", Jira has ");
    add_value(&text, jira);
    cli_table_wrapped(indent, text.failed ? "" : text.data);
    js_buf_clear(&text);
}

/* ---- diff ---- */

static void print_key(const cli_options *options, json_object *key) {
    if (!options->set[CLI_JSON]) {
        cli_out_line(json_object_get_string(key));
        return;
    }
    json_object *line = json_object_new_object();
    json_object_object_add(line, "key", json_object_get(key));
    cli_out_line(cli_ask_line(line));
    json_object_put(line);
}

static int print_keys(const cli_options *options, const char *text) {
    json_object *keys = json_tokener_parse(text);
    if (!json_object_is_type(keys, json_type_array)) {
        json_object_put(keys);
        return cli_no_memory();
    }
    size_t count = json_object_array_length(keys);
    for (size_t i = 0; i < count && !cli_output_failed(); i++) {
        print_key(options, json_object_array_get_idx(keys, i));
    }
    json_object_put(keys);
    return count > 0 ? CLI_DIFFERENT : CLI_OK;
}

int cli_verb_diff(const cli_options *options) {
    cli_client client;
    int code = cli_ask_arguments(options, 2, "two environments, by id or name");
    if (code == CLI_OK) {
        code = cli_ask_open(&client, options, CLI_MODE_LOOK);
    }
    if (code != CLI_OK) {
        return code;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *keys = NULL;
    jirasend_code failed = jirasend_client_diff(client.handle, options->arguments.items[0],
                                                options->arguments.items[1], &keys, &error);
    code = failed == JIRASEND_OK ? print_keys(options, keys) : cli_ask_failed(failed, &error);
    jirasend_free(keys);
    cli_client_close(&client);
    return code;
}

/* ---- metrics ---- */

static int write_file(const char *file, const char *text) {
    enum { READABLE = 0644 };
    if (js_place_file(file, text, strlen(text), READABLE)) {
        return CLI_OK;
    }
    int why = errno;
    if (why == ENOMEM) {
        return cli_no_memory();
    }
    cli_fail("%s cannot be written: %s.", file, strerror(why));
    bool disk = why == ENOSPC || why == EDQUOT || why == EFBIG || why == EIO || why == EPIPE;
    return disk ? CLI_IO : CLI_CANNOT_CREATE;
}

int cli_verb_metrics(const cli_options *options) {
    cli_client client;
    int code = cli_ask_arguments(options, 0, "options alone");
    if (code == CLI_OK) {
        code = cli_ask_open(&client, options, CLI_MODE_LOOK);
    }
    if (code != CLI_OK) {
        return code;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    jirasend_code failed = jirasend_client_metrics(client.handle, &text, &error);
    const char *file = cli_value(options, CLI_TEXTFILE);
    if (failed != JIRASEND_OK) {
        code = cli_ask_failed(failed, &error);
    } else if (file != NULL) {
        code = write_file(file, text);
    } else {
        cli_out(text, strlen(text));
    }
    jirasend_free(text);
    cli_client_close(&client);
    return code;
}
