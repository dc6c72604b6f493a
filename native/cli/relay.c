/* Options for sending through a relay. */
#include "cli/relay.h"

#include "cli/client.h"
#include "cli/delete_all.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/secret.h"

#include <string.h>

/* What asks Jira itself. */
static int check_verb(const cli_options *options) {
    if (options->verb == CLI_SHOW) {
        return cli_relay_refuse(options, "show");
    }
    if (options->verb == CLI_DELETE && cli_deletes_all(options)) {
        return cli_relay_refuse(options, "delete all");
    }
    return options->set[CLI_CONFIRM] ? cli_relay_refuse(options, "delete --confirm") : CLI_OK;
}

int cli_relay_check(const cli_options *options) {
    static const cli_option not_beside[] = {CLI_CLIENT_ID, CLI_SECRET_FILE, CLI_ORIGIN};
    static const cli_option only_beside[] = {CLI_RELAY_TOKEN_FILE, CLI_RELAY_CERTIFICATE,
                                             CLI_RELAY_KEY};
    bool relay = cli_value(options, CLI_RELAY) != NULL;
    for (size_t i = 0; i < sizeof(not_beside) / sizeof(not_beside[0]); i++) {
        if (relay && options->given[not_beside[i]].count > 0) {
            return cli_usage("--%s does not go with a relay (%s), which has the secret of Jira and "
                             "says where events come from. Leave it out.",
                             cli_option_spec_of(not_beside[i])->name,
                             cli_origin(options, CLI_RELAY));
        }
    }
    for (size_t i = 0; i < sizeof(only_beside) / sizeof(only_beside[0]); i++) {
        if (!relay && options->given[only_beside[i]].count > 0) {
            return cli_usage(
                "--%s identifies us to a relay, but no relay is given. Give --relay URL "
                "or set JIRASEND_RELAY.",
                cli_option_spec_of(only_beside[i])->name);
        }
    }
    bool certificate = cli_value(options, CLI_RELAY_CERTIFICATE) != NULL;
    bool key = cli_value(options, CLI_RELAY_KEY) != NULL;
    if (certificate != key) {
        return cli_usage("--relay-certificate and --relay-key belong together; give both.");
    }
    return check_verb(options);
}

int cli_relay_refuse(const cli_options *options, const char *what) {
    if (cli_value(options, CLI_RELAY) == NULL) {
        return CLI_OK;
    }
    return cli_usage("`jirasend %s` asks Jira itself, so it does not go with a relay (%s). Run it "
                     "where the credentials of Jira are.",
                     what, cli_origin(options, CLI_RELAY));
}

bool cli_lacks_site(const cli_options *options) {
    return cli_value(options, CLI_SITE) == NULL && cli_value(options, CLI_RELAY) == NULL;
}

int cli_relay_set(jirasend_config *config, const cli_options *options) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *url = cli_value(options, CLI_RELAY);
    if (url == NULL) {
        return CLI_OK;
    }
    jirasend_code code = jirasend_config_set_relay(config, url, &error);
    if (code != JIRASEND_OK) {
        static const char named[] = "relay: ";
        bool starts = strncmp(error.message, named, sizeof(named) - 1) == 0;
        cli_fail("%s: %s", cli_origin(options, CLI_RELAY),
                 error.message + (starts ? sizeof(named) - 1 : 0));
        return cli_exit_of_code(code);
    }
    code = jirasend_config_set_relay_certificate(config, cli_value(options, CLI_RELAY_CERTIFICATE),
                                                 cli_value(options, CLI_RELAY_KEY), &error);
    return code != JIRASEND_OK ? cli_library_failed(code, &error) : CLI_OK;
}

/* In GitHub Actions: who may ask for the job's ID token. */
static int read_request(const cli_options *options, cli_relay_secret *secret) {
    const char *audience = cli_environment(CLI_RELAY_AUDIENCE);
    secret->audience = audience != NULL ? audience : options->settled_audience;
    const char *token = cli_environment("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    secret->request_url = cli_environment("ACTIONS_ID_TOKEN_REQUEST_URL");
    return js_secret_set(&secret->token, token, strlen(token)) ? CLI_OK : cli_no_memory();
}

int cli_relay_read(const cli_options *options, cli_relay_secret *secret) {
    bool asks = cli_environment("ACTIONS_ID_TOKEN_REQUEST_URL") != NULL &&
                cli_environment("ACTIONS_ID_TOKEN_REQUEST_TOKEN") != NULL;
    if (cli_secret_has_relay_token(options)) {
        return cli_secret_read_relay_token(options, &secret->token);
    }
    cli_secret_forget(); /* that of Jira is for others */
    if (cli_value(options, CLI_RELAY_CERTIFICATE) != NULL) {
        return CLI_OK;
    }
    return asks ? read_request(options, secret)
                : cli_secret_read_relay_token(options, &secret->token);
}

int cli_relay_put(jirasend_client *client, const cli_relay_secret *secret) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_relay relay = JIRASEND_RELAY_INIT;
    if (secret->request_url != NULL) {
        relay.id_token_url = secret->request_url;
        relay.id_token_secret = secret->token.text;
        relay.id_token_secret_length = secret->token.length;
        relay.audience = secret->audience;
    } else {
        relay.token = secret->token.text;
        relay.token_length = secret->token.length;
    }
    jirasend_code code = jirasend_client_put_relay(client, &relay, &error);
    return code != JIRASEND_OK ? cli_library_failed(code, &error) : CLI_OK;
}
