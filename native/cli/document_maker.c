#include "cli/document_maker.h"

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/values.h"

void cli_maker_fail(cli_maker *in, int code) {
    in->code = in->code != CLI_OK ? in->code : code;
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
    const char *value = cli_maker_text(in, fact, CLI_URI_UNITS);
    if (value != NULL) {
        cli_maker_fail(in, cli_check_no_password(cli_facts_origin(&in->facts, fact), value));
    }
    return in->code == CLI_OK ? value : NULL;
}
