/* jirasend-relay: reads the command line and does what it asks for. */
#include "base/buf.h"
#include "base/descriptor.h"
#include "base/variables.h"
#include "relay/life/config.h"
#include "relay/life/new_token.h"
#include "relay/life/options.h"
#include "relay/life/service.h"
#include "relay/listen/tls.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

static int exit_code(jirasend_code code) {
    switch (code) {
    case JIRASEND_OK:
        return EX_OK;
    case JIRASEND_E_ARGUMENT:
        return EX_CONFIG;
    case JIRASEND_E_FILE:
        return EX_NOINPUT;
    case JIRASEND_E_REFUSED:
        return EX_UNAVAILABLE;
    case JIRASEND_E_STORAGE:
        return EX_IOERR;
    case JIRASEND_E_DOCUMENT:
    case JIRASEND_E_MEMORY:
    case JIRASEND_E_NOT_FOUND:
    case JIRASEND_E_TIMEOUT:
    case JIRASEND_E_CLOSED:
    case JIRASEND_E_CREDENTIALS:
    case JIRASEND_E_NETWORK:
    case JIRASEND_E_INTERNAL:
        break;
    }
    return EX_SOFTWARE;
}

static const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

static int check_config(const rl_options *options) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    rl_config *config = NULL;
    jirasend_code code = rl_config_read(&config, options->config, &error);
    if (code == JIRASEND_OK) {
        code = rl_tls_try(config, &error);
    }
    const rl_caller *shut_out = code == JIRASEND_OK ? rl_config_shut_out(config) : NULL;
    if (shut_out != NULL) {
        (void)fprintf(stderr, "jirasend-relay: " RL_SHUT_OUT "\n", shut_out->name);
    }
    if (code == JIRASEND_OK) {
        js_buf text = JS_BUF_INIT;
        js_buf_addf(&text, "%s is fine: %zu site%s, %zu caller%s, %zu hook%s.\n", options->config,
                    config->site_count, plural(config->site_count), config->caller_count,
                    plural(config->caller_count), config->hook_count, plural(config->hook_count));
        if (!text.failed) {
            (void)js_write_all(STDOUT_FILENO, text.data, text.length);
        }
        js_buf_clear(&text);
    } else {
        (void)fprintf(stderr, "jirasend-relay: %s\n", error.message);
    }
    rl_config_release(config);
    return exit_code(code);
}

static int serve(const rl_options *options) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = rl_serve(options, &error);
    if (code != JIRASEND_OK) {
        (void)fprintf(stderr, "jirasend-relay: %s%s\n", error.message,
                      error.reason == JIRASEND_REASON_DAMAGED
                          ? " The command line does it: jirasend outbox salvage OLD --outbox NEW"
                          : "");
    }
    return exit_code(code);
}

int main(int argc, char **argv) {
    js_variables_forget("PG"); /* libpq takes from there what an address does not say */
    rl_options options;
    if (!rl_options_parse(&options, argc, argv)) {
        return EX_USAGE;
    }
    switch (options.task) {
    case RL_TASK_NONE:
        return options.told ? EX_OK : EX_IOERR;
    case RL_TASK_TOKEN:
        return rl_new_token();
    case RL_TASK_CHECK:
        return check_config(&options);
    case RL_TASK_SERVE:
        return serve(&options);
    }
    return EX_SOFTWARE;
}
