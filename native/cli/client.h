/* A client for one run of the program, with all settings that the options and variables give. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/buf.h"
#include "base/secret.h"
#include "cli/options.h"

#include <jirasend/client.h>

typedef enum cli_mode {
    CLI_MODE_DELIVER, /* credentials are needed */
    CLI_MODE_COMMIT,  /* --wait 0: only put into the outbox */
    CLI_MODE_LOOK     /* look into an outbox that is already there; nothing is sent */
} cli_mode;

typedef struct cli_client {
    jirasend_client *handle;
    bool sends;         /* else the events are only stored */
    bool through;       /* waits for Jira's answer also where a relay has the event */
    bool kept;          /* an outbox folder keeps what is not delivered */
    const char *folder; /* its name, or null */
    int64_t start_ms;   /* when the waiting began */
    int64_t wait_ms;
} cli_client;

/* 0, or the exit code once the sentence was said; to be closed only after 0. */
int cli_client_open(cli_client *client, const cli_options *options, cli_mode mode);
/* The same, where this event is submitted next: where it may, the network begins while the outbox opens. */
int cli_client_open_for(cli_client *client, const cli_options *options, cli_mode mode,
                        const js_buf *document);
/* The config of an outbox on PostgreSQL, without a client; freed by the caller whatever comes back. */
int cli_client_database_config(const cli_options *options, const char *outbox, const char *origin,
                               const js_secret *password, jirasend_config **config);
/*
 * Of an outbox that is named by `origin`, to look after it alone: it sends nothing. `password`: of a
 * database.
 */
int cli_client_open_idle(cli_client *client, const cli_options *options, const char *outbox,
                         const char *origin, const js_secret *password);
void cli_client_close(cli_client *client);

/* The time to wait begins now. */
void cli_client_start_clock(cli_client *client);
int64_t cli_client_left_ms(const cli_client *client);

/*
 * Sleeps before Jira is asked once more: `*pause_ms`, which grows, or as long as Jira wants. False at once
 * when the time would be over by then, and when a signal came.
 */
bool cli_client_pause(const cli_client *client, int64_t *pause_ms, const jirasend_error *error);

/* Says a library error, unless a signal is the reason. The exit code. */
int cli_library_failed(jirasend_code code, const jirasend_error *error);

#endif
