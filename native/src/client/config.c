/* The settings of a client. */
#include "client/config_internal.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "net/curl.h"
#include "outbox/postgres/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

jirasend_config *jirasend_config_new(void) {
    return calloc(1, sizeof(jirasend_config));
}

static void free_wiped(char *text) {
    if (text != NULL) {
        js_wipe(text, strlen(text));
    }
    free(text);
}

void jirasend_config_free(jirasend_config *config) {
    if (config == NULL) {
        return;
    }
    free(config->outbox);
    js_secret_wipe(&config->outbox_password);
    free(config->api_url);
    free(config->relay);
    free(config->relay_certificate);
    free(config->relay_key);
    free_wiped(config->proxy); /* may hold a password */
    free(config->no_proxy);
    free(config->ca_file);
    free(config->ca_folder);
    free(config->cloud_ids);
    free(config->product);
    js_options_clear(&config->options);
    free(config);
}

static bool copy_text(char **to, const char *from) {
    *to = js_copy(from);
    return from == NULL || *to != NULL;
}

jirasend_config *js_config_copy(const jirasend_config *config) {
    jirasend_config *copy = malloc(sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    *copy = *config;
    copy->outbox_password = (js_secret)JS_SECRET_INIT;
    /* All of them, without short circuit: none may still point into the original. */
    bool whole = copy_text(&copy->outbox, config->outbox);
    whole &= config->outbox_password.text == NULL ||
             js_secret_set(&copy->outbox_password, config->outbox_password.text,
                           config->outbox_password.length);
    whole &= copy_text(&copy->api_url, config->api_url);
    whole &= copy_text(&copy->relay, config->relay);
    whole &= copy_text(&copy->relay_certificate, config->relay_certificate);
    whole &= copy_text(&copy->relay_key, config->relay_key);
    whole &= copy_text(&copy->proxy, config->proxy);
    whole &= copy_text(&copy->no_proxy, config->no_proxy);
    whole &= copy_text(&copy->ca_file, config->ca_file);
    whole &= copy_text(&copy->ca_folder, config->ca_folder);
    whole &= copy_text(&copy->cloud_ids, config->cloud_ids);
    whole &= copy_text(&copy->product, config->product);
    whole &= js_options_copy(&copy->options, &config->options);
    if (!whole) {
        jirasend_config_free(copy);
        return NULL;
    }
    return copy;
}

int js_config_keep_days(const jirasend_config *config) {
    return !config->keep_given ? 0 : config->keep_days == 0 ? -1 : config->keep_days;
}

bool js_config_rules(const jirasend_config *config, js_rules *rules) {
    const js_options *layers[] = {config != NULL ? &config->options : NULL};
    return js_rules_make(rules, layers, 1);
}

/* ---- setters ---- */

static jirasend_code no_config(jirasend_error *error) {
    return js_fail(error, JIRASEND_E_ARGUMENT, "A config is needed: jirasend_config_new().");
}

static bool has_control(const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7F) {
            return true;
        }
    }
    return false;
}

static jirasend_code replace(char **slot, const char *text, jirasend_error *error) {
    char *copy = js_copy(text);
    if (text != NULL && copy == NULL) {
        return js_fail_memory(error);
    }
    free_wiped(*slot);
    *slot = copy;
    return JIRASEND_OK;
}

/* For everything that has no form of its own: not empty, no control characters. */
static jirasend_code set_text(char **slot, const char *text, const char *what,
                              jirasend_error *error) {
    js_error_clear(error);
    if (text != NULL && text[0] == '\0') {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The %s is empty: leave it out instead.", what);
    }
    if (text != NULL && (has_control(text) || !js_utf8_valid(text, strlen(text)))) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The %s contains control characters or is not valid UTF-8.", what);
    }
    return replace(slot, text, error);
}

/* Taken apart again when it is opened. */
static jirasend_code check_address(const char *outbox, jirasend_error *error) {
    js_postgres_address address;
    jirasend_code code = js_postgres_address_parse(&address, outbox, error);
    if (code == JIRASEND_OK) {
        js_postgres_address_clear(&address);
        code = js_postgres_environment_check(error);
    }
    return code;
}

jirasend_code jirasend_config_set_outbox(jirasend_config *config, const char *outbox,
                                         jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    jirasend_code code = JIRASEND_OK;
    if (js_postgres_is_address(outbox)) {
        code = check_address(outbox, error);
    } else if (outbox != NULL && strstr(outbox, "://") != NULL) {
        /* It is not repeated: there may be a password in it. */
        code = js_fail(
            error, JIRASEND_E_ARGUMENT,
            "The outbox is a folder, or an address that begins with postgresql://; what was "
            "given is neither.");
    }
    return code == JIRASEND_OK ? set_text(&config->outbox, outbox, "outbox folder", error) : code;
}

jirasend_code jirasend_config_set_outbox_password(jirasend_config *config, const char *password,
                                                  size_t length, jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    if (password == NULL || length == 0) {
        js_secret_wipe(&config->outbox_password);
        return JIRASEND_OK;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)password[i];
        if (byte < 0x20 || byte == 0x7F) {
            return js_fail(
                error, JIRASEND_E_ARGUMENT,
                "The password of the outbox contains a control character; it must be one "
                "line of text.");
        }
    }
    if (!js_utf8_valid(password, length)) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The password of the outbox is not valid UTF-8.");
    }
    return js_secret_set(&config->outbox_password, password, length) ? JIRASEND_OK
                                                                     : js_fail_memory(error);
}

jirasend_code jirasend_config_set_outbox_bounds(jirasend_config *config, int64_t max_events,
                                                int64_t max_bytes, jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    if (max_events < 0 || max_bytes < 0) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The limits of the outbox cannot be negative (0: the default).");
    }
    config->max_events = max_events;
    config->max_bytes = max_bytes;
    return JIRASEND_OK;
}

jirasend_code jirasend_config_set_keep(jirasend_config *config, int days, jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    enum { DAYS_MAX = 36500 };
    js_error_clear(error);
    if (days < 0 || days > DAYS_MAX) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The history is kept for 0 to %d days, not %d.",
                       (int)DAYS_MAX, days);
    }
    config->keep_given = true;
    config->keep_days = days;
    return JIRASEND_OK;
}

/* An address with a path, rebuilt from its parts; `site` is its host. Null: none. */
static jirasend_code set_address(char **slot, js_site *site, const char *url, const char *what,
                                 jirasend_error *error) {
    enum { PATH_SIZE = 1024 };
    js_error_clear(error);
    if (url == NULL) {
        return replace(slot, NULL, error);
    }
    char path[PATH_SIZE];
    jirasend_code code = js_api_parse(site, path, sizeof path, url, what, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    char origin[JS_ORIGIN_SIZE];
    js_site_origin(site, origin);
    char whole[JS_ORIGIN_SIZE + PATH_SIZE];
    (void)snprintf(whole, sizeof whole, "%s%s", origin, path);
    return replace(slot, whole, error);
}

jirasend_code jirasend_config_set_api_url(jirasend_config *config, const char *url,
                                          jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_site api;
    return set_address(&config->api_url, &api, url, "API URL", error);
}

jirasend_code jirasend_config_set_relay(jirasend_config *config, const char *url,
                                        jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    return set_address(&config->relay, &config->relay_site, url, "relay", error);
}

jirasend_code jirasend_config_set_relay_certificate(jirasend_config *config,
                                                    const char *certificate, const char *key,
                                                    jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    if (certificate == NULL && key != NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "A key for the relay was given without a certificate; give both.");
    }
    jirasend_code code =
        set_text(&config->relay_certificate, certificate, "certificate file", error);
    return code == JIRASEND_OK ? set_text(&config->relay_key, key, "key file", error) : code;
}

static bool proxy_scheme_known(const char *url) {
    static const char *const schemes[] = {"http://",    "https://",  "socks4://",
                                          "socks4a://", "socks5://", "socks5h://"};
    if (strstr(url, "://") == NULL) {
        return true; /* host:port, http is meant */
    }
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0) {
            return true;
        }
    }
    return false;
}

jirasend_code jirasend_config_set_proxy(jirasend_config *config, const char *url,
                                        jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    if (url != NULL && !proxy_scheme_known(url)) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The proxy URL must begin with http://, https:// or socks5h://.");
    }
    if (url != NULL && !js_curl_proxy_readable(url)) {
        return js_fail(
            error, JIRASEND_E_ARGUMENT,
            "The proxy URL cannot be read. Write http://HOST:PORT, and special characters "
            "of a user name or password as %%XX.");
    }
    return set_text(&config->proxy, url, "proxy URL", error);
}

jirasend_code jirasend_config_set_no_proxy(jirasend_config *config, const char *list,
                                           jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    return set_text(&config->no_proxy, list, "list of hosts without proxy", error);
}

jirasend_code jirasend_config_set_ca_file(jirasend_config *config, const char *file,
                                          jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    return set_text(&config->ca_file, file, "CA file", error);
}

jirasend_code jirasend_config_set_ca_folder(jirasend_config *config, const char *folder,
                                            jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    return set_text(&config->ca_folder, folder, "CA folder", error);
}

jirasend_code jirasend_config_set_cloud_ids(jirasend_config *config, const char *folder,
                                            jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    return set_text(&config->cloud_ids, folder, "folder of cloud ids", error);
}

jirasend_code jirasend_config_set_user_agent(jirasend_config *config, const char *product,
                                             jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    return set_text(&config->product, product, "user agent", error);
}

jirasend_code jirasend_config_set_default_site(jirasend_config *config, const char *site,
                                               jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    config->has_default_site = false;
    if (site == NULL) {
        return JIRASEND_OK;
    }
    jirasend_code code = js_site_parse(&config->default_site, site, "site", error);
    config->has_default_site = code == JIRASEND_OK;
    return code;
}

jirasend_code jirasend_config_set_any_case(jirasend_config *config, int any_case,
                                           jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    config->options.any_case = any_case != 0 ? JIRASEND_YES : JIRASEND_INHERIT;
    return JIRASEND_OK;
}

static jirasend_code set_words(char **slot, const char *words, const char *what,
                               jirasend_error *error) {
    js_error_clear(error);
    if (words != NULL) {
        js_strings read = JS_STRINGS_INIT;
        jirasend_code code = js_key_words(&read, words, what, error);
        js_strings_clear(&read);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return replace(slot, words, error);
}

jirasend_code jirasend_config_set_projects(jirasend_config *config, const char *projects,
                                           jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    return set_words(&config->options.projects, projects, "projects", error);
}

jirasend_code jirasend_config_set_not_keys(jirasend_config *config, const char *words,
                                           jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    return set_words(&config->options.not_keys, words, "not-keys", error);
}

/* What the new options leave open stays as the setters above have set it. */
jirasend_code jirasend_config_set_options(jirasend_config *config,
                                          const jirasend_submit_options *options,
                                          jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    js_options read;
    jirasend_code code = js_options_read(&read, options, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    const js_options *layers[] = {&read, &config->options};
    js_rules together;
    bool good = js_rules_make(&together, layers, 2);
    js_options_clear(&read);
    if (!good) {
        return js_fail_memory(error);
    }
    js_options_clear(&config->options);
    config->options = together.options;
    together.options = (js_options){0};
    js_rules_clear(&together);
    return JIRASEND_OK;
}

jirasend_code jirasend_config_set_exclusive_host(jirasend_config *config, int exclusive,
                                                 int64_t wait_ms, jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    config->exclusive_host = exclusive != 0;
    config->host_wait_ms = wait_ms > 0 ? wait_ms : 0;
    return JIRASEND_OK;
}

jirasend_code jirasend_config_set_busy_wait(jirasend_config *config, int64_t wait_ms,
                                            jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    enum { MOST_MS = 10000 };
    js_error_clear(error);
    if (wait_ms < 1 || wait_ms > MOST_MS) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The wait for a busy outbox must be 1 to %d ms, not %lld.", MOST_MS,
                       (long long)wait_ms);
    }
    config->busy_wait_ms = (int)wait_ms;
    return JIRASEND_OK;
}

jirasend_code jirasend_config_set_paused(jirasend_config *config, int paused,
                                         jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    config->paused = paused != 0;
    return JIRASEND_OK;
}

jirasend_code jirasend_config_set_log(jirasend_config *config, jirasend_log_fn log, void *context,
                                      jirasend_log_level level, jirasend_error *error) {
    if (config == NULL) {
        return no_config(error);
    }
    js_error_clear(error);
    config->log = (js_log){log, context, level};
    return JIRASEND_OK;
}
