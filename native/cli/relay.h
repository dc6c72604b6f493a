/* Sending to a relay: its address, who we are to it, and what does not go with it. */
#ifndef CLI_RELAY_H
#define CLI_RELAY_H

#include "base/secret.h"
#include "cli/options.h"

#include <jirasend/client.h>

/* Options that do not go with --relay, and those that need it. 0 or 64. */
int cli_relay_check(const cli_options *options);
/* Only Jira itself can answer: 64 with a sentence where there is a relay. */
int cli_relay_refuse(const cli_options *options, const char *what);
/* Whether a site must be named and is not: with a relay its rule may say which. */
bool cli_lacks_site(const cli_options *options);

/* Address and certificate. 0, or the exit code once the sentence was said. */
int cli_relay_set(jirasend_config *config, const cli_options *options);

#define CLI_RELAY_AUDIENCE "JIRASEND_RELAY_AUDIENCE"

/* What says who we are, read before anything is opened. */
typedef struct cli_relay_secret {
    js_secret token;         /* or what allows to ask for one */
    const char *request_url; /* null: the token is there, or the certificate says it */
    const char *audience;    /* of the options; null: the relay's URL */
} cli_relay_secret;

int cli_relay_read(const cli_options *options, cli_relay_secret *secret);
int cli_relay_put(jirasend_client *client, const cli_relay_secret *secret);

#endif
