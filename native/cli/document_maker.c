/* What the makers of documents share. */
#include "cli/document_maker.h"

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/values.h"

void cli_maker_fail(cli_maker *in, int code) {
    in->code = in->code != CLI_OK ? in->code : code;
}

void cli_maker_lack(cli_maker *in, cli_fact fact) {
    in->lacks[fact] = true;
}

static void add_name(js_buf *names, const char *name, int at, int count) {
    js_buf_addf(names, "%s--%s", at == 0 ? "" : at == count - 1 ? " and " : ", ", name);
}

/* Outside of a CI nothing but options can tell, so they are named all at once. */
static int say_all(const cli_maker *in) {
    int count = in->site_missing ? 1 : 0;
    for (int i = 0; i < CLI_FACTS; i++) {
        count += in->lacks[i] ? 1 : 0;
    }
    js_buf names = JS_BUF_INIT;
    int at = 0;
    if (in->site_missing) {
        add_name(&names, "site", at++, count);
    }
    for (int i = 0; i < CLI_FACTS; i++) {
        if (in->lacks[i]) {
            add_name(&names, cli_facts_option((cli_fact)i), at++, count);
        }
    }
    int code = names.failed ? cli_no_memory()
                            : cli_usage("%s %s missing: this is not a job of a CI system that "
                                        "jirasend knows. See `jirasend %s --help`.",
                                        names.data, count == 1 ? "is" : "are",
                                        cli_verb_name(in->options->verb));
    js_buf_clear(&names);
    return code;
}

void cli_maker_say_lacks(cli_maker *in) {
    bool lacks_fact = false;
    for (int i = 0; i < CLI_FACTS; i++) {
        lacks_fact = lacks_fact || in->lacks[i];
    }
    if (lacks_fact && in->facts.ci == NULL) {
        cli_maker_fail(in, say_all(in));
        return;
    }
    if (in->site_missing) {
        cli_maker_fail(in, cli_usage("There is no Jira site. Give --site acme.atlassian.net or set "
                                     "JIRASEND_SITE."));
    }
    for (int i = 0; i < CLI_FACTS; i++) {
        if (in->lacks[i]) {
            int code = cli_facts_missing(&in->facts, (cli_fact)i);
            cli_maker_fail(in, code);
        }
    }
}

/* Takes over `value`. */
void cli_maker_add(cli_maker *in, json_object *parent, const char *name, json_object *value) {
    if (value == NULL || parent == NULL || json_object_object_add(parent, name, value) != 0) {
        json_object_put(value);
        cli_maker_fail(in, cli_no_memory());
    }
}

void cli_maker_add_to(cli_maker *in, json_object *array, json_object *value) {
    if (value == NULL || array == NULL || json_object_array_add(array, value) != 0) {
        json_object_put(value);
        cli_maker_fail(in, cli_no_memory());
    }
}

void cli_maker_add_text(cli_maker *in, json_object *parent, const char *name, const char *text) {
    cli_maker_add(in, parent, name, json_object_new_string(text));
}

void cli_maker_write(cli_maker *in, js_buf *out) {
    size_t length = 0;
    const char *text = json_object_to_json_string_length(
        in->document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    if (text != NULL) {
        js_buf_add(out, text, length);
    }
    if (text == NULL || out->failed) {
        cli_maker_fail(in, cli_no_memory());
    }
}

/* A fact as text that has been checked; null when there is none or it is bad. */
const char *cli_maker_text(cli_maker *in, cli_fact fact, size_t units) {
    const char *value = cli_facts_get(&in->facts, fact);
    if (value == NULL || in->code != CLI_OK) {
        return NULL;
    }
    const char *origin = cli_facts_origin(&in->facts, fact);
    cli_maker_fail(in, cli_check_text(origin, value, false));
    if (in->code == CLI_OK && units > 0) {
        cli_maker_fail(in, cli_check_length(origin, value, units));
    }
    return in->code == CLI_OK ? value : NULL;
}

const char *cli_maker_url(cli_maker *in, cli_fact fact) {
    const char *value = cli_maker_text(in, fact, 0);
    if (value != NULL) {
        cli_maker_fail(in, cli_check_url(cli_facts_origin(&in->facts, fact), value));
    }
    return in->code == CLI_OK ? value : NULL;
}

/* An address that need not be a web address. */
const char *cli_maker_uri(cli_maker *in, cli_fact fact) {
    return cli_maker_text(in, fact, CLI_URI_UNITS);
}
