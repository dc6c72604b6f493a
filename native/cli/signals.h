/*
 * SIGINT, SIGTERM and SIGHUP: the program ends within two seconds, and an outbox keeps its events.
 * The shell sees the signal itself: after closing, it is raised again with its default effect.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <jirasend/client.h>

#include <stdbool.h>
#include <stdint.h>

/* Blocks the signals and starts the thread that waits for them. False when that failed. */
bool cli_signals_start(void);
/* The signal that came, 0 while none has. */
int cli_signals_caught(void);
/* Readable once a signal came; -1 before cli_signals_start(). */
int cli_signals_fd(void);
/*
 * From now on a signal ends this client's waits and leaves a moment for an orderly end. Null: a
 * signal ends the program at once.
 */
void cli_signals_watch(jirasend_client *client);
/* How long the orderly end of a watched client may take (1.5 s unless told). */
void cli_signals_allow(int grace_ms);
/* Sleeps; false when a signal came. */
bool cli_signals_sleep(int64_t ms);
/* The last call: ends the thread, and the program by the signal if one came. */
void cli_signals_end(void);

#endif
