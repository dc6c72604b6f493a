/* What the parts of an event document are put together with (document.c). */
#ifndef CLI_DOCUMENT_MAKER_H
#define CLI_DOCUMENT_MAKER_H

#include "base/buf.h"
#include "cli/facts.h"
#include "cli/options.h"

#include <json-c/json.h>

/* Jira's bounds in UTF-16 units. */
enum { CLI_ID_UNITS = 255, CLI_LONG_ID_UNITS = 1000, CLI_URI_UNITS = 2000 };

/* What is being made. The first failure sticks: `code` is then not 0. */
typedef struct cli_maker {
    const cli_options *options;
    cli_facts facts;
    const char *state; /* of the event; null: to be found */
    json_object *document;
    bool lacks[CLI_FACTS]; /* what is missing, to be said in one sentence */
    bool site_missing;
    int code;
} cli_maker;

void cli_maker_fail(cli_maker *in, int code);

/* Remembers that a fact is missing. */
void cli_maker_lack(cli_maker *in, cli_fact fact);
/* Says what is missing; then `code` is 64. */
void cli_maker_say_lacks(cli_maker *in);

/* Takes over `value`; null, as when there was no memory for it, is a failure. */
void cli_maker_add(cli_maker *in, json_object *parent, const char *name, json_object *value);
void cli_maker_add_to(cli_maker *in, json_object *array, json_object *value);
void cli_maker_add_text(cli_maker *in, json_object *parent, const char *name, const char *text);

/* A fact as text that has been checked; null when there is none or it is bad. 0 units: any length. */
const char *cli_maker_text(cli_maker *in, cli_fact fact, size_t units);
const char *cli_maker_url(cli_maker *in, cli_fact fact);
/* An address that need not be a web address. */
const char *cli_maker_uri(cli_maker *in, cli_fact fact);

/* What only a deployment has (document_deployment.c). */
void cli_document_add_deployment(cli_maker *in, js_buf *label);

#endif
