/* jirasend outbox move --from A --to B */
#include "cli/move.h"

#include "base/secret.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/secret.h"
#include "event/json.h"

#include <jirasend/client.h>
#include <jirasend/outbox.h>
#include <json-c/json.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool same_folder(const char *one, const char *other) {
    struct stat first, second;
    return strcmp(one, other) == 0 ||
           (!cli_is_database(one) && !cli_is_database(other) && stat(one, &first) == 0 &&
            stat(other, &second) == 0 && first.st_dev == second.st_dev &&
            first.st_ino == second.st_ino);
}

static int check(const cli_options *options) {
    const char *from = cli_value(options, CLI_FROM), *to = cli_value(options, CLI_TO);
    if (from == NULL || to == NULL) {
        return cli_usage("`jirasend outbox move` needs both: --from, the outbox that is emptied, "
                         "and --to, the one that gets everything.");
    }
    if (options->given[CLI_OUTBOX_DIR].count > 0) {
        return cli_usage("`jirasend outbox move` takes --from and --to, and no --outbox.");
    }
    if (same_folder(from, to)) {
        return cli_usage("--from and --to are the same outbox. Name two different ones.");
    }
    struct stat status;
    if (!cli_is_database(from) && stat(from, &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            cli_fail("There is no outbox folder '%s' (--from).", from);
            return CLI_NO_INPUT;
        }
    }
    return CLI_OK;
}

static int move(const cli_options *options, const cli_client *from, const cli_client *to) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    jirasend_code failed = jirasend_outbox_move(from->handle, to->handle, &text, &error);
    if (failed != JIRASEND_OK) {
        return cli_library_failed(failed, &error);
    }
    if (options->set[CLI_JSON]) {
        cli_out_line(text);
    }
    json_object *report = json_tokener_parse(text);
    long long waiting = (long long)js_json_number_of(report, "waiting");
    cli_note("Moved to %s: %lld waiting, %lld dead letters, %lld settled.", to->folder, waiting,
             (long long)js_json_number_of(report, "dead"),
             (long long)js_json_number_of(report, "settled"));
    json_object_put(report);
    jirasend_free(text);
    return CLI_OK;
}

int cli_move(const cli_options *options) {
    int code = check(options);
    js_secret password = JS_SECRET_INIT;
    const char *from_place = cli_value(options, CLI_FROM), *to_place = cli_value(options, CLI_TO);
    if (code == CLI_OK && (cli_is_database(from_place) || cli_is_database(to_place))) {
        code = cli_secret_read_outbox_password(options, &password);
    }
    cli_client from = {.handle = NULL}, to = {.handle = NULL};
    if (code == CLI_OK) {
        code = cli_client_open_idle(&from, options, from_place, "--from", &password);
    }
    if (code == CLI_OK) {
        code = cli_client_open_idle(&to, options, to_place, "--to", &password);
    }
    js_secret_wipe(&password);
    if (code == CLI_OK) {
        code = move(options, &from, &to);
    }
    cli_client_close(&to);
    cli_client_close(&from);
    return code;
}
