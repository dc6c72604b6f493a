/* jirasend keys */
#include "base/buf.h"
#include "cli/client.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/verbs.h"

#include <jirasend/client.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

/*
 * Fits into a processor's cache: the text is read, scanned and forgotten in pieces of this size.
 * Where keys are so close together that bringing the pieces' lists together would cost more than that
 * saves, the whole text is gathered instead.
 */
enum { PIECE = 256 * 1024, DENSE_BYTES = 256 /* and less for each key */ };

typedef struct finder {
    const jirasend_config *config;
    json_object *found; /* of the pieces; an object for its order and its hash table */
    js_buf text;        /* what was read and not scanned yet */
    size_t lines;       /* how much of it are whole lines */
    bool whole;         /* no pieces */
} finder;

/*
 * The list is JSON, ["APP-1","APP-2"], and no key has anything to escape: so what is between
 * quotes is a key, and a list of a million keys need not go through a parser.
 */
static char *next_key(char **at) {
    char *key = strchr(*at, '"');
    char *end = key != NULL ? strchr(key + 1, '"') : NULL;
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    *at = end + 1;
    return key + 1;
}

static int add_keys(finder *in, char *list) {
    const unsigned new_one = JSON_C_OBJECT_ADD_KEY_IS_NEW;
    bool whole = true;
    for (char *key = next_key(&list); whole && key != NULL; key = next_key(&list)) {
        whole = json_object_object_get_ex(in->found, key, NULL) ||
                json_object_object_add_ex(in->found, key, NULL, new_one) == 0;
    }
    return whole ? CLI_OK : cli_no_memory();
}

static int scan(finder *in, size_t length, char **keys) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *text = in->text.data != NULL ? in->text.data : "";
    jirasend_code failed = jirasend_keys_scan(in->config, text, length, keys, &error);
    return failed != JIRASEND_OK ? cli_library_failed(failed, &error) : CLI_OK;
}

static size_t count_keys(const char *list) {
    size_t quotes = 0;
    for (const char *at = strchr(list, '"'); at != NULL; at = strchr(at + 1, '"')) {
        quotes++;
    }
    return quotes / 2;
}

/* The whole lines that are there; the rest moves to the front. */
static int scan_piece(finder *in) {
    char *keys = NULL;
    bool first = in->found == NULL;
    int code = scan(in, in->lines, &keys);
    if (code == CLI_OK && first && count_keys(keys) > in->lines / DENSE_BYTES) {
        in->whole = true;
        jirasend_free(keys);
        return CLI_OK;
    }
    if (code == CLI_OK && first) {
        in->found = json_object_new_object();
        code = in->found != NULL ? CLI_OK : cli_no_memory();
    }
    if (code == CLI_OK) {
        code = add_keys(in, keys);
    }
    jirasend_free(keys);
    in->text.length -= in->lines;
    memmove(in->text.data, in->text.data + in->lines, in->text.length + 1);
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
    bool full = !in->whole && in->text.length >= PIECE && in->lines > 0;
    return full ? scan_piece(in) : CLI_OK;
}

static void print_key(const char *key) {
    cli_out(key, strlen(key));
    cli_out("\n", 1);
}

/* The list of a text that was scanned at once. */
static void print_list(const cli_options *options, char *list) {
    if (options->set[CLI_JSON]) {
        cli_out_line(list);
        return;
    }
    char *at = list;
    char *to = list; /* a line for each key, moved to the front */
    for (const char *key = next_key(&at); key != NULL; key = next_key(&at)) {
        size_t length = (size_t)(at - key);
        memmove(to, key, length);
        to[length - 1] = '\n'; /* in place of the quote */
        to += length;
    }
    cli_out(list, (size_t)(to - list));
}

static int print_found(const cli_options *options, json_object *found) {
    json_object *array = json_object_new_array();
    bool whole = array != NULL;
    json_object_object_foreach(found, key, unused) {
        (void)unused;
        if (options->set[CLI_JSON]) {
            whole = whole && json_object_array_add(array, json_object_new_string(key)) == 0;
        } else {
            print_key(key);
        }
    }
    if (options->set[CLI_JSON] && whole) {
        const char *line = json_object_to_json_string_ext(array, JSON_C_TO_STRING_PLAIN);
        whole = line != NULL;
        cli_out_line(whole ? line : "");
    }
    json_object_put(array);
    return whole ? CLI_OK : cli_no_memory();
}

/* What is left, and what there is to say. */
static int finish(finder *in, const cli_options *options) {
    char *keys = NULL;
    int code = scan(in, in->text.length, &keys);
    if (code == CLI_OK && in->found == NULL) {
        print_list(options, keys);
    } else if (code == CLI_OK) {
        code = add_keys(in, keys);
        code = code == CLI_OK ? print_found(options, in->found) : code;
    }
    jirasend_free(keys);
    return code;
}

int cli_verb_keys(const cli_options *options) {
    int code = cli_no_arguments(options);
    jirasend_config *config = NULL;
    if (code == CLI_OK) {
        code = cli_config_make(options, false, &config);
    }
    finder in = {.config = config, .text = JS_BUF_INIT};
    if (code == CLI_OK) {
        code = cli_input_read_pieces("-", "The text on", CLI_TEXT_MAX, take, &in);
    }
    if (code == CLI_OK) {
        code = finish(&in, options);
    }
    js_buf_clear(&in.text);
    json_object_put(in.found);
    jirasend_config_free(config);
    return code;
}
