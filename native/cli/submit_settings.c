/* --origin, --property, --map-environment, --no-email, --only-keys. */
#include "cli/submit_settings.h"

#include "base/buf.h"
#include "cli/config.h"
#include "cli/delete_all.h"
#include "cli/exit_code.h"
#include "cli/output.h"

#include <jirasend/options.h>
#include <stdlib.h>
#include <string.h>

int cli_property_split(const char *text, js_strings *names, js_strings *values) {
    size_t length = strcspn(text, "=");
    if (text[length] == '\0') {
        return cli_usage("--property is '%.80s', which has no `=`; write it like team=checkout.",
                         text);
    }
    const char *value = text + length + 1;
    return js_strings_add(names, text, length) && js_strings_add(values, value, strlen(value))
               ? CLI_OK
               : cli_no_memory();
}

/* The library says what is wrong with what was filled in last, and `origin` who gave it. */
static int set(jirasend_config *config, const jirasend_submit_options *settings,
               const char *origin) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = jirasend_config_set_options(config, settings, &error);
    return code == JIRASEND_OK ? CLI_OK : cli_setting_failed(code, &error, origin);
}

static int set_origin(jirasend_config *config, jirasend_submit_options *settings,
                      const cli_options *options) {
    /* Beside a relay the variable counts for nothing: the relay says it. */
    settings->origin =
        cli_value(options, CLI_RELAY) == NULL ? cli_value(options, CLI_ORIGIN) : NULL;
    return set(config, settings, cli_origin(options, CLI_ORIGIN));
}

static int set_environments(jirasend_config *config, jirasend_submit_options *settings,
                            const cli_options *options, js_buf *list) {
    const js_strings *given = &options->given[CLI_MAP_ENVIRONMENT];
    settings->environments = cli_value(options, CLI_MAP_ENVIRONMENT);
    for (size_t i = 0; i < given->count; i++) {
        js_buf_addf(list, "%s%s", i > 0 ? "," : "", given->items[i]);
        settings->environments = list->data;
    }
    return list->failed ? cli_no_memory()
                        : set(config, settings, cli_origin(options, CLI_MAP_ENVIRONMENT));
}

static int set_properties(jirasend_config *config, jirasend_submit_options *settings,
                          const js_strings *names, const js_strings *values) {
    jirasend_property *properties = calloc(names->count + 1, sizeof *properties);
    if (properties == NULL) {
        return cli_no_memory();
    }
    for (size_t i = 0; i < names->count; i++) {
        properties[i] = (jirasend_property){names->items[i], values->items[i]};
    }
    settings->properties = properties;
    settings->property_count = names->count;
    int code = set(config, settings, "--property");
    free(properties);
    return code;
}

int cli_submit_settings_set(jirasend_config *config, const cli_options *options) {
    jirasend_submit_options settings = JIRASEND_SUBMIT_OPTIONS_INIT;
    settings.emails = options->set[CLI_NO_EMAIL] ? JIRASEND_NO : JIRASEND_INHERIT;
    settings.search = options->set[CLI_ONLY_KEYS] ? JIRASEND_NO : JIRASEND_INHERIT;
    js_buf environments = JS_BUF_INIT;
    js_strings names = JS_STRINGS_INIT, values = JS_STRINGS_INIT;
    int code = set_origin(config, &settings, options);
    if (code == CLI_OK) {
        code = set_environments(config, &settings, options, &environments);
    }
    const js_strings *given = &options->given[CLI_PROPERTY];
    bool asks = cli_deletes_all(options); /* it deletes by them */
    for (size_t i = 0; !asks && code == CLI_OK && i < given->count; i++) {
        code = cli_property_split(given->items[i], &names, &values);
    }
    if (code == CLI_OK) {
        code = set_properties(config, &settings, &names, &values);
    }
    js_buf_clear(&environments);
    js_strings_clear(&names);
    js_strings_clear(&values);
    return code;
}
