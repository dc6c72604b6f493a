/* --origin, --property, --map-environment, --no-email. */
#include "cli/submit_settings.h"

#include "base/text.h"
#include "cli/delete_all.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/values.h"
#include "event/words.h"

#include <stdlib.h>
#include <string.h>

enum { UNITS_MAX = 255 };

static bool bounded(const char *text, size_t length) {
    return length > 0 && js_utf16_length(text, length) <= UNITS_MAX;
}

static int add_pair(js_strings *names, const char *name, size_t name_length, js_strings *values,
                    const char *value) {
    return js_strings_add(names, name, name_length) && js_strings_add(values, value, strlen(value))
               ? CLI_OK
               : cli_no_memory();
}

static bool holds(const js_strings *names, const char *name, size_t length) {
    for (size_t i = 0; i < names->count; i++) {
        if (strlen(names->items[i]) == length && memcmp(names->items[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

int cli_check_property(const char *origin, const char *text, bool reserved, js_strings *names,
                       js_strings *values) {
    static const char ours[] = "jirasend";
    size_t length = strcspn(text, "=");
    if (text[length] == '\0') {
        return cli_usage("%s is '%.80s', which has no `=`; write it like team=checkout.", origin,
                         text);
    }
    const char *value = text + length + 1;
    if (!bounded(text, length) || text[0] == '_' || memchr(text, ':', length) != NULL) {
        return cli_usage("%s has the name '%.*s'; a name has 1 to %d characters, does not begin "
                         "with _, and holds no colon.",
                         origin, (int)(length < 80 ? length : 80), text, UNITS_MAX);
    }
    if (!bounded(value, strlen(value))) {
        return cli_usage("%s: the value of '%.*s' must have 1 to %d characters.", origin,
                         (int)(length < 80 ? length : 80), text, UNITS_MAX);
    }
    if (reserved && length == sizeof(ours) - 1 && memcmp(text, ours, length) == 0) {
        return cli_usage("%s: the name jirasend is taken by --origin, which sets it.", origin);
    }
    if (holds(names, text, length)) {
        return cli_usage("%s gives the name '%.*s' twice.", origin,
                         (int)(length < 80 ? length : 80), text);
    }
    size_t most = CLI_PROPERTIES_MAX + (reserved ? 0 : 1);
    if (names->count == most) {
        return cli_usage("%s: there are more than %zu properties.", origin, most);
    }
    return add_pair(names, text, length, values, value);
}

int cli_check_environment_map(const char *origin, const char *text, js_strings *globs,
                              js_strings *types) {
    const char *equals = strrchr(text, '=');
    if (equals == NULL || equals == text) {
        return cli_usage("%s is '%.80s'; write it like 'eu-*=production': a pattern, an equals "
                         "sign, a type.",
                         origin, text);
    }
    const char *type = NULL;
    int code = cli_check_word(origin, equals + 1, js_environment_type_word,
                              js_environment_type_words, "type of environment", &type);
    return code == CLI_OK ? add_pair(globs, text, (size_t)(equals - text), types, type) : code;
}

static char *next_item(char **rest) {
    char *item = *rest + strspn(*rest, " \t");
    size_t length = strcspn(item, ",");
    *rest = item + length + (item[length] == ',');
    item[length] = '\0';
    while (length > 0 && (item[length - 1] == ' ' || item[length - 1] == '\t')) {
        item[--length] = '\0';
    }
    return item;
}

/* Several have commas between them. */
static int read_list(const char *origin, const char *list, cli_submit_settings *settings) {
    char *copy = strdup(list);
    if (copy == NULL) {
        return cli_no_memory();
    }
    int code = CLI_OK;
    char *rest = copy;
    while (code == CLI_OK && *rest != '\0') {
        const char *item = next_item(&rest);
        if (item[0] != '\0') {
            code = cli_check_environment_map(origin, item, &settings->environment_globs,
                                             &settings->environment_types);
        }
    }
    free(copy);
    return code;
}

static int read_environments(const cli_options *options, cli_submit_settings *settings) {
    const js_strings *given = &options->given[CLI_MAP_ENVIRONMENT];
    const char *list = cli_value(options, CLI_MAP_ENVIRONMENT);
    int code = CLI_OK;
    if (given->count == 0 && list != NULL) {
        return read_list(cli_origin(options, CLI_MAP_ENVIRONMENT), list, settings);
    }
    for (size_t i = 0; code == CLI_OK && i < given->count; i++) {
        code = read_list("--map-environment", given->items[i], settings);
    }
    return code;
}

int cli_submit_settings_read(const cli_options *options, cli_submit_settings *settings) {
    memset(settings, 0, sizeof(*settings));
    settings->no_emails = options->set[CLI_NO_EMAIL];
    settings->only_keys = options->set[CLI_ONLY_KEYS];
    /* Beside a relay the variable counts for nothing: the relay says it. */
    settings->origin =
        cli_value(options, CLI_RELAY) == NULL ? cli_value(options, CLI_ORIGIN) : NULL;
    int code = CLI_OK;
    if (settings->origin != NULL) {
        code = cli_check_length(cli_origin(options, CLI_ORIGIN), settings->origin, UNITS_MAX);
    }
    const js_strings *given = &options->given[CLI_PROPERTY];
    bool asks = cli_deletes_all(options); /* it deletes by them */
    for (size_t i = 0; !asks && code == CLI_OK && i < given->count; i++) {
        code = cli_check_property("--property", given->items[i], true, &settings->property_names,
                                  &settings->property_values);
    }
    return code == CLI_OK ? read_environments(options, settings) : code;
}

void cli_submit_settings_clear(cli_submit_settings *settings) {
    js_strings_clear(&settings->property_names);
    js_strings_clear(&settings->property_values);
    js_strings_clear(&settings->environment_globs);
    js_strings_clear(&settings->environment_types);
}
