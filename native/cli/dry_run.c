/* --dry-run: what would be sent. */
#include "cli/dry_run.h"

#include "cli/client.h"
#include "cli/config.h"
#include "cli/event.h"
#include "cli/exit_code.h"
#include "cli/output.h"

#include <jirasend/client.h>
#include <string.h>

int cli_dry_run_config(const cli_options *options, jirasend_config **config) {
    int code = cli_config_make(options, false, config);
    if (code == CLI_OK && cli_value(options, CLI_SITE) == NULL) {
        /* A body names no site, so none is needed; this one can never exist (RFC 2606). */
        jirasend_error error = JIRASEND_ERROR_INIT;
        jirasend_code failed = jirasend_config_set_default_site(*config, "dry-run.invalid", &error);
        if (failed != JIRASEND_OK) {
            code = cli_library_failed(failed, &error);
            jirasend_config_free(*config);
            *config = NULL;
        }
    }
    return code;
}

void cli_dry_run_path(const char *request, const char *cloud_id) {
    static const char place[] = "{cloudId}";
    const char *found = cloud_id != NULL ? strstr(request, place) : NULL;
    if (found != NULL) {
        cli_out(request, (size_t)(found - request));
        cli_out(cloud_id, strlen(cloud_id));
        request = found + sizeof(place) - 1;
    }
    cli_out_line(request);
}

/* A body, or method and path. */
static void print(const char *request, const char *cloud_id, const char *label) {
    if (request == NULL) {
        cli_note("%s would be skipped: it has no issue key or other thing in Jira to be tied to.",
                 label);
    } else if (request[0] == '{') {
        cli_out_line(request);
    } else {
        cli_dry_run_path(request, cloud_id);
    }
}

jirasend_code cli_dry_run_print(const jirasend_config *config, const char *document, size_t length,
                                const char *label, jirasend_error *error) {
    char *body = NULL;
    jirasend_code code = jirasend_dry_run(config, document, length, &body, error);
    if (code == JIRASEND_OK) {
        print(body, NULL, label);
    }
    jirasend_free(body);
    return code;
}

int cli_dry_run_one(const cli_options *options, const char *document, size_t length,
                    const char *label) {
    jirasend_config *config = NULL;
    int code = cli_dry_run_config(options, &config);
    if (code != CLI_OK) {
        return code;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *body = NULL;
    jirasend_code failed = jirasend_dry_run(config, document, length, &body, &error);
    jirasend_config_free(config);
    if (failed == JIRASEND_OK) {
        print(body, cli_value(options, CLI_CLOUD_ID), label);
    }
    jirasend_free(body);
    if (failed == JIRASEND_E_DOCUMENT) {
        return cli_event_refused(options, error.message);
    }
    return failed != JIRASEND_OK ? cli_library_failed(failed, &error) : CLI_OK;
}
