/* jirasend flag: a feature flag, and where it is on. */
#include "cli/flag.h"

#include "cli/document_maker.h"
#include "cli/event.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/relay.h"
#include "cli/values.h"
#include "cli/verbs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PERCENT_MAX = 100 };

static const char digits[] = "0123456789";

/* How long the number at the beginning is: digits, and a point with digits after it; 0: none. */
static size_t number_length(const char *text) {
    size_t whole = strspn(text, digits);
    size_t part = whole > 0 && text[whole] == '.' ? strspn(text + whole + 1, digits) : 0;
    return whole + (part > 0 ? part + 1 : 0);
}

/* "25%" or "12.5%". */
static bool is_percentage(const char *text) {
    size_t length = number_length(text);
    return length > 0 && strcmp(text + length, "%") == 0;
}

/* "3 rules" or "1 rule". */
static bool is_rules(const char *text) {
    size_t length = strspn(text, digits);
    return length > 0 &&
           (strcmp(text + length, " rules") == 0 || strcmp(text + length, " rule") == 0);
}

/* The digits go to Jira as they were given, but for zeros at the beginning, which JSON does not know. */
static void add_percentage(cli_maker *in, json_object *rollout, const char *origin,
                           const char *text) {
    while (text[0] == '0' && text[1] >= '0' && text[1] <= '9') {
        text++;
    }
    js_buf number = JS_BUF_INIT;
    js_buf_add(&number, text, strlen(text) - 1);
    double value = number.failed ? 0 : strtod(number.data, NULL);
    if (number.failed) {
        cli_maker_fail(in, cli_no_memory());
    } else if (value > PERCENT_MAX) {
        cli_maker_fail(in, cli_usage("%s rolls out to '%.80s'; a percentage goes from 0 to %d.",
                                     origin, text, PERCENT_MAX));
    } else {
        cli_maker_add(in, rollout, "percentage", json_object_new_double_s(value, number.data));
    }
    js_buf_clear(&number);
}

static void add_rules(cli_maker *in, json_object *rollout, const char *origin, const char *text) {
    char count[24] = "";
    int64_t number = 0;
    size_t length = strspn(text, digits);
    if (length < sizeof(count)) {
        memcpy(count, text, length);
    }
    cli_maker_fail(in, cli_check_number(origin, count[0] != '\0' ? count : text, &number));
    cli_maker_add(in, rollout, "rules", json_object_new_int64(number));
}

static void add_rollout(cli_maker *in, json_object *parent, const char *origin, const char *text) {
    json_object *rollout = json_object_new_object();
    if (is_percentage(text)) {
        add_percentage(in, rollout, origin, text);
    } else if (is_rules(text)) {
        add_rules(in, rollout, origin, text);
    } else {
        cli_maker_add_text(in, rollout, "text", text);
    }
    cli_maker_add(in, parent, "rollout", rollout);
}

/* `on` or `off` in any case; false: something else. */
static bool read_switch(const char *text, size_t length, bool *on) {
    *on = length == 2 && strncasecmp(text, "on", 2) == 0;
    return *on || (length == 3 && strncasecmp(text, "off", 3) == 0);
}

/* NAME=on|off[:ROLLOUT] */
static void add_environment(cli_maker *in, json_object *list, const char *given) {
    size_t name = strcspn(given, "=");
    const char *state = given + name + (given[name] == '=');
    size_t length = strcspn(state, ":");
    bool on = false;
    if (name == 0 || given[name] != '=' || !read_switch(state, length, &on)) {
        cli_maker_fail(in, cli_usage("--environment is '%.80s'; write it like 'Production=on', "
                                     "'Staging=off' or 'Production=on:25%%'.",
                                     given));
        return;
    }
    json_object *environment = json_object_new_object();
    cli_maker_add(in, environment, "name", json_object_new_string_len(given, (int)name));
    cli_maker_add(in, environment, "enabled", json_object_new_boolean(on));
    const char *rollout = state[length] == ':' ? state + length + 1 : "";
    if (rollout[0] != '\0') {
        add_rollout(in, environment, "--environment", rollout);
    }
    cli_maker_add_to(in, list, environment);
}

static void add_environments(cli_maker *in) {
    const js_strings *given = &in->options->given[CLI_ENVIRONMENT];
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < given->count && in->code == CLI_OK; i++) {
        add_environment(in, list, given->items[i]);
    }
    cli_maker_add(in, in->document, "environments", list);
}

static void add_option(cli_maker *in, cli_option option, const char *name) {
    const char *value = cli_value(in->options, option);
    if (value != NULL && in->code == CLI_OK) {
        cli_maker_add_text(in, in->document, name, value);
    }
}

static void add_status(cli_maker *in) {
    const char *enabled = cli_value(in->options, CLI_ENABLED);
    const char *rollout = cli_value(in->options, CLI_ROLLOUT);
    bool on = false;
    if (enabled != NULL && !read_switch(enabled, strlen(enabled), &on)) {
        cli_maker_fail(in, cli_usage("--enabled is '%.80s'; it takes on or off.", enabled));
    } else if (enabled != NULL) {
        cli_maker_add(in, in->document, "enabled", json_object_new_boolean(on));
    }
    add_option(in, CLI_DEFAULT_VALUE, "defaultValue");
    if (rollout != NULL && in->code == CLI_OK) {
        add_rollout(in, in->document, "--rollout", rollout);
    }
}

/* All that is missing is said at once. */
static int require(const cli_options *options) {
    bool site = !options->set[CLI_DRY_RUN] && cli_lacks_site(options);
    bool url = cli_value(options, CLI_URL) == NULL;
    bool environment = options->given[CLI_ENVIRONMENT].count == 0;
    if (options->arguments.count != 1 || options->arguments.items[0][0] == '\0') {
        return cli_usage(
            "`jirasend flag` takes the id of one flag: jirasend flag ID [OPTIONS]. See "
            "`jirasend flag --help`.");
    }
    if (!site && !url && !environment) {
        return CLI_OK;
    }
    return cli_usage("Missing:%s%s%s. See `jirasend flag --help`.", site ? " --site" : "",
                     url ? " --url" : "", environment ? " --environment" : "");
}

static void make(cli_maker *in) {
    const char *id = in->options->arguments.items[0];
    const char *url = cli_value(in->options, CLI_URL);
    const char *updated = cli_value(in->options, CLI_UPDATED_AT);
    in->document = json_object_new_object();
    cli_maker_fail(in, cli_check_text("The flag's id", id, false));
    cli_maker_fail(in, cli_check_url("--url", url));
    cli_maker_add_text(in, in->document, "kind", "flag");
    cli_maker_add_text(in, in->document, "flagId", id);
    add_option(in, CLI_KEY, "key");
    add_option(in, CLI_NAME, "name");
    cli_maker_add_text(in, in->document, "url", url);
    add_status(in);
    add_environments(in);
    if (updated != NULL && in->code == CLI_OK) {
        cli_maker_fail(in, cli_check_time("--updated-at", updated));
        cli_maker_add_text(in, in->document, "updatedAt", updated);
    }
    if (in->code == CLI_OK) {
        cli_document_add_keys(in, true);
    }
    if (cli_facts_failed(&in->facts)) {
        cli_maker_fail(in, cli_no_memory());
    }
}

int cli_flag_make(const cli_options *options, js_buf *document, js_buf *label) {
    cli_maker in = {.options = options};
    cli_facts_init(&in.facts, options);
    in.code = require(options);
    if (in.code == CLI_OK) {
        make(&in);
    }
    if (in.code == CLI_OK) {
        js_buf_addf(label, "flag %s", options->arguments.items[0]);
        cli_maker_write(&in, document);
    }
    if (label->failed) {
        cli_maker_fail(&in, cli_no_memory());
    }
    json_object_put(in.document);
    cli_facts_free(&in.facts);
    return in.code;
}

int cli_verb_flag(const cli_options *options) {
    js_buf document = JS_BUF_INIT, label = JS_BUF_INIT;
    int code = cli_event_check(options);
    code = code == CLI_OK ? cli_flag_make(options, &document, &label) : code;
    code = code == CLI_OK ? cli_event_send(options, &document, &label) : code;
    js_buf_clear(&document);
    js_buf_clear(&label);
    return code;
}
