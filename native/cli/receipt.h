/* What a line for people says of a receipt. */
#ifndef CLI_RECEIPT_H
#define CLI_RECEIPT_H

#include "base/buf.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum cli_status {
    CLI_ACCEPTED,
    CLI_SKIPPED,
    CLI_SUPERSEDED,
    CLI_QUEUED,
    CLI_HELD,
    CLI_REJECTED,
    CLI_ODD /* a status that nobody knows */
} cli_status;
enum { CLI_STATUSES = CLI_ODD + 1 };

enum { CLI_KEYS_SHOWN = 12 }; /* as many as are worth showing on one line */

/* Texts are "" where there is none, and belong to what was read. */
typedef struct cli_receipt {
    cli_status status;
    const char *word; /* of the status */
    const char *message, *site, *kind;
    const char *pipeline_id, *flag_id, *branch, *hash, *environment_id, *repository_id;
    const char *keys[CLI_KEYS_SHOWN];
    size_t key_count;                           /* all of them */
    const char *properties[2 * CLI_KEYS_SHOWN]; /* names and values; of a deletion by properties */
    size_t property_count;
    int64_t id, number, http_status;
    bool has_number, has_environment, has_repository, has_properties;
    bool deleted;
    bool relayed; /* a relay has it */
} cli_receipt;

/* Reads a receipt in place: its text is changed, and has to stay. */
void cli_receipt_read(cli_receipt *receipt, char *text);
/* The same of one that was read into an object. Null is a receipt that says nothing. */
void cli_receipt_of(cli_receipt *receipt, json_object *document);

/* Waiting or held. */
bool cli_receipt_is_open(const cli_receipt *receipt);
/* Appends which thing it is about: "build team/app #42". */
void cli_receipt_add_name(const cli_receipt *receipt, js_buf *name);
/* The same of an object. */
void cli_receipt_name(json_object *document, js_buf *name);
/*
 * One line for people on stderr about an event of an outbox; what went well is left out with --quiet.
 * `why`: with its message.
 */
void cli_receipt_show(const cli_receipt *receipt, const char *folder, bool why);
/* The same with another name for it. `kept`: it goes on to be sent by somebody. */
void cli_receipt_show_as(const cli_receipt *receipt, const char *label, bool kept,
                         const char *folder, bool why);
/* "accepted", for a total. */
const char *cli_status_name(cli_status status);

#endif
