/* Where the client secret or the token for a relay comes from: a file, standard input or a variable, never an option. */
#ifndef CLI_SECRET_FILE_H
#define CLI_SECRET_FILE_H

#include "base/secret.h"
#include "cli/options.h"

/*
 * Reads it. The variable is wiped from the environment on the way. 0, or 64 (none, empty, more
 * than one line), 66 (no such file), 74, or 77 (others may read the file) once the sentence was
 * said.
 */
int cli_secret_read(const cli_options *options, js_secret *secret);
/* The same of the token for the relay. */
int cli_secret_read_relay_token(const cli_options *options, js_secret *secret);
/* The same of the password of an outbox on PostgreSQL; it may be absent, as there are certificates. */
int cli_secret_read_outbox_password(const cli_options *options, js_secret *secret);
/* Whether there is one to read. */
bool cli_secret_has_relay_token(const cli_options *options);
/* The option that names the file of the secret that this run needs. */
cli_option cli_secret_option(const cli_options *options);
/*
 * Moves the variables to where a command that we start cannot read them in /proc; they are read as before.
 * Before there is another thread. False: memory is short, and they are gone.
 */
bool cli_secret_hide(void);
/* Wipes the variables and takes them out of the environment. While no other thread reads that. */
void cli_secret_forget(void);

#endif
