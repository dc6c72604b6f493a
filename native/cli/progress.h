/* How far a longer send is: a line that is rewritten on a terminal, plain lines elsewhere. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <jirasend/client.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct cli_progress cli_progress;

/* Starts a thread that asks the client now and then. Null when there is nothing to be shown. */
cli_progress *cli_progress_start(jirasend_client *client);
/* The same for a flush, which counts what the outbox holds; cli_progress_set() is not needed. */
cli_progress *cli_progress_start_flush(jirasend_client *client);
/* How many events were handed to the client so far, and how many receipts are there. */
void cli_progress_set(cli_progress *progress, long submitted, long settled);
/* Ends the thread and takes the line away. Null is allowed. */
void cli_progress_stop(cli_progress *progress);

/*
 * The line: `submitted`, `settled`, milliseconds since the start, and the client's status
 * document (may be null) for what is waiting and why. Freed with free(); null: out of memory.
 */
char *cli_progress_text(long submitted, long settled, int64_t elapsed_ms, const char *status);
/* How many events wait or are held by the client's status document; -1 when it cannot be read. */
long cli_progress_left(const char *status);

#endif
