/* What the parts of an event document are put together with (document.c). */
#ifndef CLI_DOCUMENT_MAKER_H
#define CLI_DOCUMENT_MAKER_H

#include "base/buf.h"
#include "cli/facts.h"
#include "cli/git_scan.h"
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
    git_since since;   /* of a deployment with --since or --since-last */
    bool compared;     /* ... which was found out */
    json_object *last; /* the deployment that runs there, as the outbox remembers it; null: none */
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

/* Appends the document as text. */
void cli_maker_write(cli_maker *in, js_buf *out);

/* A fact as text that has been checked; null when there is none or it is bad. 0 units: any length. */
const char *cli_maker_text(cli_maker *in, cli_fact fact, size_t units);
const char *cli_maker_url(cli_maker *in, cli_fact fact);
/* An address that need not be a web address. */
const char *cli_maker_uri(cli_maker *in, cli_fact fact);

/*
 * The keys of an event (document_keys.c): those of --only-keys alone, or those of --keys, and texts to
 * find keys in: what the CI tells where `told_too`, the file of --keys-from, with --commits the messages of
 * what was pushed, with --since those of what has changed.
 */
void cli_document_add_keys(cli_maker *in, bool told_too);

/* What only a deployment has (document_deployment.c). */
void cli_document_add_deployment(cli_maker *in, js_buf *label);

/*
 * Which commit is deployed, and with --since how it lies to the one that ran there: a rollback is told
 * as one (document_since.c). Before the keys are added.
 */
void cli_document_add_since(cli_maker *in);

#endif
