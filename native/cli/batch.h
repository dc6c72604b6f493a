/* Many events on their way from a verb to Jira: handed over in chunks, and their receipts shown. */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "base/buf.h"
#include "cli/client.h"
#include "cli/progress.h"
#include "cli/receipts.h"

#include <jirasend/config.h>

/* As many events as a request of commits takes: what is handed over at once goes out at once. */
enum { CLI_CHUNK_EVENTS = 400, CLI_CHUNK_BYTES = 1024 * 1024 };

/* Where an event came from, for sentences about it: a line of a file, or else a name. */
typedef struct cli_source {
    long line; /* 0: known by its name */
    char name[64];
} cli_source;

typedef struct cli_batch {
    const cli_options *options;
    cli_client client;
    cli_receipts receipts;
    cli_progress *progress;
    jirasend_config *config; /* --dry-run; else null */
    js_buf texts;            /* the documents of the chunk, one after the other */
    size_t ends[CLI_CHUNK_EVENTS];
    cli_source sources[CLI_CHUNK_EVENTS];
    size_t count;
    long submitted;
    long bad;      /* documents that were refused */
    long siteless; /* of those, the ones that failed only because no site is known */
    bool stop;     /* nothing more can be handed over */
    bool stuck;    /* Jira took nothing in the time to wait: no use in waiting before reading on */
    int code;      /* the gravest so far */
} cli_batch;

/* That there is a site, and a folder where --wait 0 needs one. 0, or 64 once the sentence was said. */
int cli_batch_check(const cli_options *options);

/*
 * Opens the client, or with --dry-run reads the settings alone. Null when that failed; `code` is then
 * the exit code, and the sentence was said.
 */
cli_batch *cli_batch_open(const cli_options *options, int *code);

/* Adds a document. Full chunks are handed over. */
void cli_batch_add(cli_batch *batch, const char *document, size_t length, const cli_source *source);
/* Hands over what is there. */
void cli_batch_flush(cli_batch *batch);
/* Says why a document was refused; with --json on standard output, too. */
void cli_batch_say_refusal(const cli_batch *batch, const cli_source *source, const char *message);
/* Makes the exit code graver. */
void cli_batch_worse(cli_batch *batch, int code);

/*
 * Hands over the rest, waits for the receipts up to the time to wait, and says the sums. The exit
 * code, not yet that of a signal.
 */
int cli_batch_finish(cli_batch *batch);
void cli_batch_close(cli_batch *batch);

#endif
