/* From options to a client of the library, and its errors to exit codes. */
#include "cli/client.h"

#include "base/hash.h"
#include "base/text.h"
#include "base/world.h"
#include "cli/cache.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/relay.h"
#include "cli/secret.h"
#include "cli/signals.h"
#include "cli/values.h"
#include "event/site.h"

#include <jirasend/options.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { CLOSE_MS = 1000 };

int cli_library_failed(jirasend_code code, const jirasend_error *error) {
    if (code == JIRASEND_E_CLOSED && cli_signals_caught() != 0) {
        return CLI_TEMPORARY; /* the signal ends the program and says it all */
    }
    cli_fail("%s%s", error->message[0] != '\0' ? error->message : "An unknown error.",
             error->reason == JIRASEND_REASON_DAMAGED
                 ? " This does it: jirasend outbox salvage OLD --outbox NEW"
                 : "");
    return cli_exit_of_code(code);
}

/* What is needed to be let in, by Jira or by a relay. */
typedef struct credentials {
    js_secret secret;
    cli_relay_secret relay;
} credentials;

/* Reads the credentials before anything is opened, so that a mistake in them changes nothing. */
static int read_credentials(const cli_options *options, credentials *read) {
    if (cli_value(options, CLI_RELAY) != NULL) {
        return cli_relay_read(options, &read->relay);
    }
    if (cli_value(options, CLI_CLIENT_ID) == NULL) {
        return cli_usage("There is no client id. Give --client-id or set JIRASEND_CLIENT_ID.");
    }
    const char *cloud_id = cli_value(options, CLI_CLOUD_ID);
    if (cloud_id != NULL && !js_cloud_id_valid(cloud_id)) {
        return cli_usage("--cloud-id is '%.80s', which is not a cloud id: it has 1 to 64 letters, "
                         "digits and hyphens.",
                         cloud_id);
    }
    return cli_secret_read(options, &read->secret);
}

/* One set of credentials serves every site. */
static jirasend_site site_of(const cli_options *options, const credentials *read) {
    jirasend_site site = JIRASEND_SITE_INIT;
    site.client_id = cli_value(options, CLI_CLIENT_ID);
    site.secret = read->secret.text;
    site.secret_length = read->secret.length;
    return site;
}

/* The same with its cloud id, which belongs to the site that was named. */
static jirasend_site named_site_of(const cli_options *options, const credentials *read) {
    jirasend_site site = site_of(options, read);
    site.cloud_id = cli_value(options, CLI_CLOUD_ID);
    site.site = site.cloud_id != NULL ? cli_value(options, CLI_SITE) : NULL;
    return site;
}

/* `opened_with`: those of the named site are there already. */
static int put_credentials(jirasend_client *client, const cli_options *options,
                           const credentials *read, bool opened_with) {
    if (cli_value(options, CLI_RELAY) != NULL) {
        return cli_relay_put(client, &read->relay);
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_site every = site_of(options, read);
    jirasend_site named = named_site_of(options, read);
    jirasend_code code = JIRASEND_OK;
    if (!opened_with) {
        code = jirasend_client_put_site(client, &named, &error);
    }
    if (code == JIRASEND_OK && named.site != NULL) {
        code = jirasend_client_put_site(client, &every, &error);
    }
    return code != JIRASEND_OK ? cli_library_failed(code, &error) : CLI_OK;
}

/* Others that have the outbox count, too: they may take the time that there is, and no more. */
static jirasend_code bound_waits(jirasend_config *config, int64_t wait_ms, jirasend_error *error) {
    enum { LEAST_MS = 1000, MOST_MS = 10000 };
    int64_t busy_ms = wait_ms < LEAST_MS ? LEAST_MS : wait_ms > MOST_MS ? MOST_MS : wait_ms;
    jirasend_code code = jirasend_config_set_busy_wait(config, busy_ms, error);
    return code == JIRASEND_OK ? jirasend_config_set_exclusive_host(config, 0, wait_ms, error)
                               : code;
}

/* Of verbs that keep something there. What `show` asks Jira it can do without. */
static const char *folder_of(const cli_options *options) {
    struct stat status;
    bool keeps = cli_option_belongs(CLI_OUTBOX_DIR, options->verb) && options->verb != CLI_CHECK;
    const char *folder = keeps ? cli_value(options, CLI_OUTBOX_DIR) : NULL;
    bool no_use = folder != NULL && options->verb == CLI_SHOW && !cli_is_database(folder) &&
                  stat(folder, &status) != 0;
    return no_use ? NULL : folder;
}

/* Of these verbs none makes a folder. */
static bool looks_only(cli_verb verb) {
    return verb == CLI_OUTBOX || verb == CLI_SHOW || cli_verb_asks(verb);
}

/* What is asked sends nothing of what waits. */
static int set_history(jirasend_config *config, const cli_options *options) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *keep = cli_value(options, CLI_KEEP);
    int64_t days = 0;
    if (keep != NULL && cli_option_belongs(CLI_KEEP, options->verb)) {
        const char *origin = cli_origin(options, CLI_KEEP);
        int code = cli_check_range(origin, keep, 0, CLI_KEEP_MAX_DAYS, &days);
        jirasend_code set =
            code == CLI_OK ? jirasend_config_set_keep(config, (int)days, &error) : JIRASEND_OK;
        if (code != CLI_OK || set != JIRASEND_OK) {
            return code != CLI_OK ? code : cli_library_failed(set, &error);
        }
    }
    bool only_asks =
        (cli_verb_asks(options->verb) && !options->set[CLI_REPAIR]) || options->verb == CLI_SHOW;
    jirasend_code code = only_asks ? jirasend_config_set_paused(config, 1, &error) : JIRASEND_OK;
    return code != JIRASEND_OK ? cli_library_failed(code, &error) : CLI_OK;
}

static int set_outbox(jirasend_config *config, const cli_options *options,
                      const js_secret *password) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *folder = folder_of(options);
    if (folder == NULL) {
        /* `check` says what works now, so it asks. */
        jirasend_code cached =
            options->verb == CLI_CHECK ? JIRASEND_OK : cli_cache_set(config, &error);
        return cached != JIRASEND_OK ? cli_library_failed(cached, &error) : CLI_OK;
    }
    struct stat status;
    bool makes_it =
        options->arguments.count > 0 && strcmp(options->arguments.items[0], "salvage") == 0;
    if (looks_only(options->verb) && !makes_it && !cli_is_database(folder) &&
        stat(folder, &status) != 0 && errno == ENOENT) {
        cli_fail("There is no outbox folder '%s' (%s).", folder,
                 cli_origin(options, CLI_OUTBOX_DIR));
        return CLI_NO_INPUT;
    }
    jirasend_code code = jirasend_config_set_outbox(config, folder, &error);
    const char *roots = cli_is_database(folder) ? cli_value(options, CLI_CA_FILE) : NULL;
    if (code == JIRASEND_OK && roots != NULL) { /* also where Jira itself is not asked */
        code = jirasend_config_set_ca_file(config, roots, &error);
    }
    if (code == JIRASEND_OK && password->length > 0) {
        code =
            jirasend_config_set_outbox_password(config, password->text, password->length, &error);
    }
    if (code == JIRASEND_OK && options->wait_ms > 0) { /* 0: it is only stored, in the usual time */
        code = bound_waits(config, options->wait_ms, &error);
    }
    return code != JIRASEND_OK
               ? cli_setting_failed(code, &error, cli_origin(options, CLI_OUTBOX_DIR))
               : CLI_OK;
}

/* A folder that cannot be made is not the disk's fault, unless the disk is full or read-only. */
static int opening_failed(jirasend_code code, const jirasend_error *error, const char *folder) {
    int exit_code = cli_library_failed(code, error);
    struct stat status;
    bool missing = folder != NULL && !cli_is_database(folder) && stat(folder, &status) != 0;
    if (code == JIRASEND_E_STORAGE && missing && mkdir(folder, 0700) != 0 && errno != EROFS &&
        errno != ENOSPC && errno != EDQUOT && errno != EIO) {
        return CLI_CANNOT_CREATE;
    }
    return exit_code;
}

/* What is known when a client opens. */
typedef struct opening {
    cli_mode mode;
    credentials read;
    js_secret password;
    const js_buf *first; /* the event that is submitted next; null: not known */
} opening;

/* Sets `*opened_with` when the credentials of the site are in it already. */
static jirasend_code open_handle(cli_client *client, const cli_options *options,
                                 const jirasend_config *config, const opening *in,
                                 bool *opened_with, jirasend_error *error) {
    jirasend_site site = named_site_of(options, &in->read);
    *opened_with =
        in->first != NULL && in->mode == CLI_MODE_DELIVER && cli_value(options, CLI_RELAY) == NULL;
    if (!*opened_with) {
        return jirasend_client_open(config, &client->handle, error);
    }
    jirasend_document first = {in->first->data, in->first->length, NULL};
    return jirasend_client_open_for(config, &site, &first, &client->handle, error);
}

static int open_client(cli_client *client, const cli_options *options, const opening *in) {
    cli_client_start_clock(client);
    jirasend_config *config = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    bool opened_with = false;
    int code = cli_config_make(options, in->mode == CLI_MODE_DELIVER, &config);
    if (code != CLI_OK) {
        return code;
    }
    code = set_outbox(config, options, &in->password);
    if (code == CLI_OK) {
        code = set_history(config, options);
    }
    if (code == CLI_OK) {
        jirasend_code opened = open_handle(client, options, config, in, &opened_with, &error);
        code = opened != JIRASEND_OK ? opening_failed(opened, &error, client->folder) : CLI_OK;
    }
    jirasend_config_free(config);
    if (code != CLI_OK) {
        return code;
    }
    cli_signals_watch(client->handle);
    if (in->mode == CLI_MODE_DELIVER) {
        code = put_credentials(client->handle, options, &in->read, opened_with);
        if (code != CLI_OK) {
            cli_client_close(client);
        }
    }
    return code;
}

int cli_client_open_for(cli_client *client, const cli_options *options, cli_mode mode,
                        const js_buf *document) {
    memset(client, 0, sizeof(*client));
    client->folder = folder_of(options);
    client->kept = client->folder != NULL;
    client->sends = mode == CLI_MODE_DELIVER;
    client->wait_ms = options->wait_ms;
    client->through = cli_value(options, CLI_WAIT) != NULL || options->set[CLI_UNTIL_ALLOWED];
    opening in = {mode, {JS_SECRET_INIT, {.token = JS_SECRET_INIT}}, JS_SECRET_INIT, document};
    int code = cli_site_check(options);
    if (code == CLI_OK && mode == CLI_MODE_DELIVER) {
        code = read_credentials(options, &in.read);
    }
    if (code == CLI_OK && cli_is_database(client->folder)) {
        code = cli_secret_read_outbox_password(options, &in.password);
    }
    if (code == CLI_OK) {
        js_hash_for_program();
        cli_client_start_clock(client); /* another host may keep us waiting */
        code = open_client(client, options, &in);
    }
    js_secret_wipe(&in.password);
    js_secret_wipe(&in.read.secret);
    js_secret_wipe(&in.read.relay.token);
    return code;
}

int cli_client_open(cli_client *client, const cli_options *options, cli_mode mode) {
    return cli_client_open_for(client, options, mode, NULL);
}

int cli_client_database_config(const cli_options *options, const char *outbox, const char *origin,
                               const js_secret *password, jirasend_config **config) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    *config = jirasend_config_new();
    if (*config == NULL) {
        return cli_no_memory();
    }
    jirasend_code code = jirasend_config_set_outbox(*config, outbox, &error);
    if (code == JIRASEND_OK && password->length > 0) {
        code =
            jirasend_config_set_outbox_password(*config, password->text, password->length, &error);
    }
    if (code == JIRASEND_OK && cli_value(options, CLI_CA_FILE) != NULL) {
        code = jirasend_config_set_ca_file(*config, cli_value(options, CLI_CA_FILE), &error);
    }
    if (code == JIRASEND_OK && options->wait_ms > 0) {
        code = bound_waits(*config, options->wait_ms, &error);
    }
    return code != JIRASEND_OK ? cli_setting_failed(code, &error, origin) : CLI_OK;
}

int cli_client_open_idle(cli_client *client, const cli_options *options, const char *outbox,
                         const char *origin, const js_secret *password) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    memset(client, 0, sizeof(*client));
    client->folder = outbox;
    client->kept = true;
    client->wait_ms = options->wait_ms;
    cli_client_start_clock(client);
    jirasend_config *config = jirasend_config_new();
    if (config == NULL) {
        return cli_no_memory();
    }
    jirasend_code code = jirasend_config_set_outbox(config, outbox, &error);
    if (code != JIRASEND_OK) {
        jirasend_config_free(config);
        return cli_setting_failed(code, &error, origin);
    }
    if (password->length > 0 && cli_is_database(outbox)) {
        code =
            jirasend_config_set_outbox_password(config, password->text, password->length, &error);
    }
    code = code == JIRASEND_OK ? jirasend_config_set_paused(config, 1, &error) : code;
    if (code == JIRASEND_OK && options->wait_ms > 0) {
        code = bound_waits(config, options->wait_ms, &error);
    }
    code = code == JIRASEND_OK ? jirasend_client_open(config, &client->handle, &error) : code;
    jirasend_config_free(config);
    return code != JIRASEND_OK ? opening_failed(code, &error, outbox) : CLI_OK;
}

void cli_client_close(cli_client *client) {
    if (client->handle != NULL) {
        cli_signals_watch(NULL);
        /* What nobody keeps has already been called lost: no answer may make that untrue. */
        jirasend_client_close(client->handle, client->kept ? CLOSE_MS : 0);
        client->handle = NULL;
    }
}

void cli_client_start_clock(cli_client *client) {
    client->start_ms = js_monotonic_ms();
}

int64_t cli_client_left_ms(const cli_client *client) {
    int64_t left = client->wait_ms - (js_monotonic_ms() - client->start_ms);
    return left > 0 ? left : 0;
}

bool cli_client_pause(const cli_client *client, int64_t *pause_ms, const jirasend_error *error) {
    enum { LONGEST_MS = 15000 };
    int64_t wait = error->retry_after_ms > *pause_ms ? error->retry_after_ms : *pause_ms;
    *pause_ms = *pause_ms * 2 < LONGEST_MS ? *pause_ms * 2 : LONGEST_MS;
    return wait < cli_client_left_ms(client) && cli_signals_sleep(wait);
}
