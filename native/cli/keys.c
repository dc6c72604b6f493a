/* jirasend keys */
#include "base/buf.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/verbs.h"

#include <jirasend/client.h>
#include <json-c/json.h>
#include <string.h>

/* Fits into a processor's cache; the text is read, scanned and forgotten in pieces of this size. */
enum { PIECE = 256 * 1024 };

typedef struct finder {
    const jirasend_config *config;
    json_object *found; /* an object for its order and its hash table: the names are the keys */
    js_buf text;        /* what was read and not scanned yet */
    size_t lines;       /* how much of it are whole lines */
} finder;

/*
 * The list is JSON, ["APP-1","APP-2"], and no key has anything to escape: so what stands between
 * quotes are the keys, and a text of a million keys need not go through a parser.
 */
static int add_keys(finder *in, char *list) {
    const unsigned new_one = JSON_C_OBJECT_ADD_KEY_IS_NEW;
    bool whole = true;
    char *end;
    for (char *at = strchr(list, '"'); whole && at != NULL; at = strchr(end + 1, '"')) {
        end = strchr(++at, '"');
        if (end == NULL) {
            break;
        }
        *end = '\0';
        whole = json_object_object_get_ex(in->found, at, NULL) ||
                json_object_object_add_ex(in->found, at, NULL, new_one) == 0;
    }
    return whole ? CLI_OK : cli_no_memory();
}

/* The first `length` bytes, which end where no key goes on; the rest moves to the front. */
static int scan(finder *in, size_t length) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *keys = NULL;
    const char *text = in->text.data != NULL ? in->text.data : "";
    jirasend_code failed = jirasend_keys_scan(in->config, text, length, &keys, &error);
    int code = failed != JIRASEND_OK ? cli_library_failed(failed, &error) : add_keys(in, keys);
    jirasend_free(keys);
    if (length > 0) {
        in->text.length -= length;
        memmove(in->text.data, in->text.data + length, in->text.length + 1);
    }
    in->lines = 0;
    return code;
}

static int take(void *context, const char *bytes, size_t length) {
    finder *in = context;
    const char *end = memrchr(bytes, '\n', length); /* which ends every key */
    if (end != NULL) {
        in->lines = in->text.length + (size_t)(end - bytes) + 1;
    }
    js_buf_add(&in->text, bytes, length);
    if (in->text.failed) {
        return cli_no_memory();
    }
    return in->text.length >= PIECE && in->lines > 0 ? scan(in, in->lines) : CLI_OK;
}

static int print_keys(const cli_options *options, json_object *found) {
    json_object *array = options->set[CLI_JSON] ? json_object_new_array() : NULL;
    bool whole = true;
    json_object_object_foreach(found, key, unused) {
        (void)unused;
        if (array != NULL) {
            whole = json_object_array_add(array, json_object_new_string(key)) == 0 && whole;
        } else if (!options->set[CLI_JSON]) {
            cli_out(key, strlen(key));
            cli_out("\n", 1);
        }
    }
    if (options->set[CLI_JSON]) {
        const char *line = array != NULL && whole
                               ? json_object_to_json_string_ext(array, JSON_C_TO_STRING_PLAIN)
                               : NULL;
        whole = line != NULL;
        if (whole) {
            cli_out_line(line);
        }
        json_object_put(array);
    }
    return whole ? CLI_OK : cli_no_memory();
}

int cli_verb_keys(const cli_options *options) {
    int code = cli_no_arguments(options);
    jirasend_config *config = NULL;
    if (code == CLI_OK) {
        code = cli_config_make(options, false, &config);
    }
    finder in = {config, json_object_new_object(), JS_BUF_INIT, 0};
    if (code == CLI_OK && in.found == NULL) {
        code = cli_no_memory();
    }
    if (code == CLI_OK) {
        code = cli_input_read_pieces("-", "The text on", CLI_TEXT_MAX, take, &in);
    }
    if (code == CLI_OK) {
        code = scan(&in, in.text.length);
    }
    if (code == CLI_OK) {
        code = print_keys(options, in.found);
    }
    js_buf_free(&in.text);
    json_object_put(in.found);
    jirasend_config_free(config);
    return code;
}
