/* From options to a config of the library. */
#include "cli/config.h"

#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/proxy.h"
#include "cli/relay.h"
#include "cli/roots.h"
#include "cli/submit_settings.h"
#include "cli/values.h"

#include <string.h>
#include <strings.h>

int cli_setting_failed(jirasend_code code, const jirasend_error *error, const char *origin) {
    /* What the library calls the settings; `origin` says it better. */
    static const char *const named[] = {
        "site: ", "API URL: ", "projects: ", "not-keys: ", "environments: "};
    const char *message = error->message;
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (strncmp(message, named[i], strlen(named[i])) == 0) {
            message += strlen(named[i]);
            break;
        }
    }
    cli_fail("%s: %s", origin, message);
    return cli_exit_of_code(code);
}

static int set_proxy(jirasend_config *config, const cli_options *options) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *proxy = cli_value(options, CLI_PROXY);
    const char *origin = "--proxy";
    if (proxy != NULL && memchr(proxy, '@', strlen(proxy)) != NULL) {
        return cli_usage("--proxy holds a user name or password, and others can read the command "
                         "line. Set the variable HTTPS_PROXY instead.");
    }
    if (proxy == NULL) {
        origin = cli_proxy_variable();
        proxy = origin != NULL ? cli_environment(origin) : NULL;
    }
    jirasend_code code =
        proxy != NULL ? jirasend_config_set_proxy(config, proxy, &error) : JIRASEND_OK;
    if (code != JIRASEND_OK) {
        return cli_setting_failed(code, &error, origin);
    }
    const char *list = cli_value(options, CLI_NO_PROXY);
    origin = list != NULL ? "--no-proxy" : cli_no_proxy_variable();
    list = list == NULL && origin != NULL ? cli_environment(origin) : list;
    code = list != NULL ? jirasend_config_set_no_proxy(config, list, &error) : JIRASEND_OK;
    return code != JIRASEND_OK ? cli_setting_failed(code, &error, origin) : CLI_OK;
}

static int set_network(jirasend_config *config, const cli_options *options) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *api = cli_value(options, CLI_API_URL);
    jirasend_code code =
        api != NULL ? jirasend_config_set_api_url(config, api, &error) : JIRASEND_OK;
    if (code != JIRASEND_OK) {
        return cli_setting_failed(code, &error, cli_origin(options, CLI_API_URL));
    }
    code = cli_roots_set(config, cli_value(options, CLI_CA_FILE), NULL, &error);
    return code != JIRASEND_OK ? cli_library_failed(code, &error) : set_proxy(config, options);
}

typedef jirasend_code (*text_setter)(jirasend_config *config, const char *text,
                                     jirasend_error *error);

static int set_text(jirasend_config *config, const cli_options *options, cli_option option,
                    text_setter set) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *value = cli_value(options, option);
    jirasend_code code = value != NULL ? set(config, value, &error) : JIRASEND_OK;
    return code != JIRASEND_OK ? cli_setting_failed(code, &error, cli_origin(options, option))
                               : CLI_OK;
}

int cli_site_check(const cli_options *options) {
    const char *site = cli_value(options, CLI_SITE);
    bool bare = site != NULL && site[strspn(site, "0123456789-abcdefghijklmnopqrstuvwxyz"
                                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
    if (bare && strcasecmp(site, "localhost") != 0) {
        return cli_usage("%s is '%.80s', which is not the address of a site. Did you mean "
                         "%.80s.atlassian.net?",
                         cli_origin(options, CLI_SITE), site, site);
    }
    return CLI_OK;
}

static void write_log(void *context, jirasend_log_level level, const char *line) {
    (void)context;
    (void)level;
    cli_fail("%s", line);
}

static int set_log(jirasend_config *config, const cli_options *options) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code =
        options->set[CLI_VERBOSE]
            ? jirasend_config_set_log(config, write_log, NULL, JIRASEND_LOG_DEBUG, &error)
            : JIRASEND_OK;
    return code != JIRASEND_OK ? cli_library_failed(code, &error) : CLI_OK;
}

static int fill_config(jirasend_config *config, const cli_options *options, bool network) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int code = cli_site_check(options);
    if (code == CLI_OK) {
        code = set_text(config, options, CLI_SITE, jirasend_config_set_default_site);
    }
    if (code == CLI_OK) {
        code = cli_submit_settings_set(config, options);
    }
    if (code == CLI_OK) {
        code = set_log(config, options);
    }
    if (code == CLI_OK) {
        code = set_text(config, options, CLI_PROJECTS, jirasend_config_set_projects);
    }
    if (code == CLI_OK) {
        code = set_text(config, options, CLI_NOT_KEYS, jirasend_config_set_not_keys);
    }
    if (code == CLI_OK && options->set[CLI_ANY_CASE]) {
        jirasend_code failed = jirasend_config_set_any_case(config, 1, &error);
        code = failed != JIRASEND_OK ? cli_library_failed(failed, &error) : CLI_OK;
    }
    if (code == CLI_OK) {
        code = cli_relay_set(config, options);
    }
    return code == CLI_OK && network ? set_network(config, options) : code;
}

int cli_config_make(const cli_options *options, bool network, jirasend_config **config) {
    *config = jirasend_config_new();
    if (*config == NULL) {
        return cli_no_memory();
    }
    int code = fill_config(*config, options, network);
    if (code != CLI_OK) {
        jirasend_config_free(*config);
        *config = NULL;
    }
    return code;
}
