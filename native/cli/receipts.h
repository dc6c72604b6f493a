/* Waiting for receipts, and what they come to. */
#ifndef CLI_RECEIPTS_H
#define CLI_RECEIPTS_H

#include "cli/client.h"
#include "cli/options.h"
#include "cli/reasons.h"
#include "cli/receipt.h"

#include <stddef.h>
#include <stdint.h>

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

#endif
