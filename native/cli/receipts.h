/* Waiting for receipts and showing them. */
#ifndef CLI_RECEIPTS_H
#define CLI_RECEIPTS_H

#include "base/buf.h"
#include "cli/client.h"
#include "cli/options.h"
#include "cli/reasons.h"

#include <json-c/json.h>
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

typedef struct cli_pending {
    int64_t id;
    long line; /* of the file; 0 when the event is known by a label */
} cli_pending;

/* Events on their way, oldest first. Memory: 16 bytes an event. */
typedef struct cli_receipts {
    cli_client *client;
    bool json;
    const char *label; /* what to call the event; null: as its receipt says */
    cli_pending *pending;
    size_t first, count, capacity;
    long totals[CLI_STATUSES];
    long shown;
    long lost[CLI_STATUSES]; /* of these: not delivered, and kept by nobody */
    cli_reasons reasons;     /* of events that wait or are held */
    int code;                /* the gravest so far */
} cli_receipts;

void cli_receipts_init(cli_receipts *receipts, cli_client *client, bool json, const char *label);
void cli_receipts_free(cli_receipts *receipts);
/* False when memory is short. */
bool cli_receipts_add(cli_receipts *receipts, int64_t id, long line);
/* How many are on their way. */
size_t cli_receipts_waiting(const cli_receipts *receipts);
/*
 * Waits for the oldest one, up to the client's time, and shows its receipt. False when it has
 * no receipt (a signal, a broken disk; said) or when stdout cannot take it.
 */
bool cli_receipts_settle_oldest(cli_receipts *receipts);
/* Shows the receipts of the oldest ones that are settled by now, and waits for none. */
void cli_receipts_take_settled(cli_receipts *receipts);
/* All of them. */
void cli_receipts_settle_all(cli_receipts *receipts);
/* "312 accepted, 2 not sent."; nothing when all are 0. `lost` is null where nothing is. */
void cli_receipts_say_totals(const long totals[CLI_STATUSES], const long lost[CLI_STATUSES]);
/* The same of more than one event, and what to do about those that are lost. */
void cli_receipts_summary(const cli_receipts *receipts);

/* All that a line says, which is less than half of a receipt. Null: memory is short. */
json_object *cli_receipt_read(const char *receipt);
/*
 * One line for people on stderr about an event of an outbox; what went well is left out with --quiet.
 * `why`: with its message.
 */
void cli_receipt_show(json_object *receipt, const char *folder, bool why);
/* Appends which thing it is about: "build team/app #42". */
void cli_receipt_name(json_object *receipt, js_buf *name);
/* The status in a receipt document. */
cli_status cli_receipt_status(json_object *receipt);

#endif
