/* jirasend keys */
#include "base/buf.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/verbs.h"

#include <jirasend/client.h>
#include <json-c/json.h>

static int print_keys(const cli_options *options, const char *keys) {
    if (options->set[CLI_JSON]) {
        cli_out_line(keys);
        return CLI_OK;
    }
    json_object *array = json_tokener_parse(keys);
    if (!json_object_is_type(array, json_type_array)) {
        json_object_put(array);
        return cli_no_memory();
    }
    for (size_t i = 0; i < json_object_array_length(array) && !cli_output_failed(); i++) {
        json_object *key = json_object_array_get_idx(array, i);
        cli_out(json_object_get_string(key), (size_t)json_object_get_string_len(key));
        cli_out("\n", 1);
    }
    json_object_put(array);
    return CLI_OK;
}

int cli_verb_keys(const cli_options *options) {
    int code = cli_no_arguments(options);
    jirasend_config *config = NULL;
    if (code == CLI_OK) {
        code = cli_config_make(options, false, &config);
    }
    js_buf text = JS_BUF_INIT;
    if (code == CLI_OK) {
        code = cli_input_read_all("-", "The text on", CLI_TEXT_MAX, &text);
    }
    if (code == CLI_OK) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        char *keys = NULL;
        jirasend_code failed = jirasend_keys_scan(config, text.data != NULL ? text.data : "",
                                                  text.length, &keys, &error);
        code =
            failed != JIRASEND_OK ? cli_library_failed(failed, &error) : print_keys(options, keys);
        jirasend_free(keys);
    }
    js_buf_free(&text);
    jirasend_config_free(config);
    return code;
}
