/* jirasend outbox migrate [--role R] */
#include "cli/migrate.h"

#include "base/secret.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/secret.h"

#include <jirasend/client.h>
#include <jirasend/outbox.h>

static int check(const cli_options *options) {
    const char *outbox = cli_value(options, CLI_OUTBOX_DIR);
    if (!cli_is_database(outbox)) {
        return cli_usage(
            "`jirasend outbox migrate` creates the tables of an outbox on PostgreSQL. Name "
            "it: --outbox postgresql://USER@HOST/DATABASE (or JIRASEND_OUTBOX).");
    }
    return CLI_OK;
}

static int migrate(const cli_options *options, const jirasend_config *config) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *said = NULL;
    jirasend_code code =
        jirasend_outbox_migrate(config, cli_value(options, CLI_ROLE), &said, &error);
    if (code != JIRASEND_OK) {
        return cli_library_failed(code, &error);
    }
    cli_note("%s", said);
    jirasend_free(said);
    return CLI_OK;
}

int cli_migrate(const cli_options *options) {
    js_secret password = JS_SECRET_INIT;
    jirasend_config *config = NULL;
    int code = check(options);
    if (code == CLI_OK) {
        code = cli_secret_read_outbox_password(options, &password);
    }
    if (code == CLI_OK) {
        code = cli_client_database_config(options, cli_value(options, CLI_OUTBOX_DIR),
                                          cli_origin(options, CLI_OUTBOX_DIR), &password, &config);
    }
    js_secret_wipe(&password);
    if (code == CLI_OK) {
        code = migrate(options, config);
    }
    jirasend_config_free(config);
    return code;
}
