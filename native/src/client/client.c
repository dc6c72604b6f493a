/* Opening and closing, and the credentials of sites. */
#include "client/client_internal.h"

#include "base/error.h"
#include "base/text.h"
#include "delivery/access_store.h"
#include "net/curl.h"
#include "outbox/postgres/postgres.h"
#include "outbox/sqlite/sqlite.h"

#include <jirasend/jirasend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *jirasend_version(void) {
    return JIRASEND_VERSION;
}

void jirasend_free(char *document) {
    free(document);
}

static const char *api_url(const jirasend_client *client) {
    if (client->config->relay != NULL) {
        return client->config->relay;
    }
    return client->config->api_url != NULL ? client->config->api_url : JS_DEFAULT_API_URL;
}

static jirasend_code open_outbox(jirasend_client *client, jirasend_error *error) {
    const jirasend_config *config = client->config;
    if (js_postgres_is_address(config->outbox)) {
        jirasend_code code = js_database_open(config, &client->world, &client->outbox, error);
        if (code == JIRASEND_OK) { /* all who share the database go by its clock */
            client->world = js_postgres_world(client->outbox);
            client->given = js_given_new();
            code = client->given != NULL ? JIRASEND_OK : js_fail_memory(error);
        }
        return code;
    }
    js_sqlite_options options = {
        .folder = config->outbox,
        .max_events = config->max_events > 0 ? config->max_events : JS_DEFAULT_MAX_EVENTS,
        .max_bytes = config->max_bytes > 0 ? config->max_bytes : JS_DEFAULT_MAX_BYTES,
        .world = &client->world,
        .busy_ms = config->busy_wait_ms,
        .keep_days = js_config_keep_days(config),
        .exclusive_host = config->exclusive_host,
        .host_wait_ms = config->host_wait_ms};
    return js_sqlite_open(&options, &client->outbox, error);
}

static jirasend_code open_net(jirasend_client *client, jirasend_error *error) {
    const jirasend_config *config = client->config;
    char agent[256];
    const char *product = config->product != NULL ? config->product : "";
    (void)snprintf(agent, sizeof agent, "%.200s%sjirasend/%s", product,
                   product[0] != '\0' ? " " : "", JIRASEND_VERSION);
    js_curl_options options = {.proxy = config->proxy,
                               .no_proxy = config->no_proxy,
                               .ca_file = config->ca_file,
                               .ca_folder = config->ca_folder,
                               .certificate = config->relay_certificate,
                               .key = config->relay_key,
                               .user_agent = agent,
                               .world = &client->world};
    return js_curl_open(&options, &client->net, error);
}

static void leave_lock(void *self) {
    jirasend_client *client = self;
    (void)pthread_mutex_unlock(&client->lock);
}

static void enter_lock(void *self) {
    jirasend_client *client = self;
    (void)pthread_mutex_lock(&client->lock);
}

static void wake_waiting(void *self) {
    jirasend_client *client = self;
    client->turns++;
    (void)pthread_cond_broadcast(&client->changed);
}

static js_guard guard_of(jirasend_client *client) {
    return (js_guard){client, leave_lock, enter_lock};
}

/* Without what it remembers, which the outbox keeps. */
static jirasend_code open_access(jirasend_client *client, jirasend_error *error) {
    js_access_setup access = {.net = client->net,
                              .guard = guard_of(client),
                              .world = &client->world,
                              .api_url = api_url(client),
                              .cloud_ids = client->config->cloud_ids};
    client->access = js_access_new(&access);
    return client->access != NULL ? JIRASEND_OK : js_fail_memory(error);
}

/* With the lock: from now on the delivery thread delivers. */
static jirasend_code open_delivery(jirasend_client *client, jirasend_error *error) {
    js_access_memory memory = js_access_store_in(client->outbox);
    jirasend_code code = js_access_remember_in(client->access, memory, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_delivery_setup setup = {.net = client->net,
                               .outbox = client->outbox,
                               .access = client->access,
                               .world = &client->world,
                               .log = &client->config->log,
                               .guard = guard_of(client),
                               .settled = wake_waiting,
                               .paused = client->config->paused};
    if (client->config->relay != NULL) {
        setup.destination = &js_destination_relay;
        setup.nameless_sites = client->relay_sites;
    }
    client->delivery = js_delivery_new(&setup);
    return client->delivery != NULL ? JIRASEND_OK : js_fail_memory(error);
}

static bool init_lock(jirasend_client *client) {
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&client->lock, NULL) != 0) {
        return false;
    }
    bool made = pthread_condattr_init(&attributes) == 0;
    if (made) {
        made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
               pthread_cond_init(&client->changed, &attributes) == 0;
        (void)pthread_condattr_destroy(&attributes);
    }
    if (!made) {
        (void)pthread_mutex_destroy(&client->lock);
    }
    return made;
}

static void free_client(jirasend_client *client) {
    js_delivery_free(client->delivery);
    js_access_free(client->access);
    if (client->net != NULL) {
        client->net->ops->close(client->net);
    }
    if (client->outbox != NULL) {
        client->outbox->ops->close(client->outbox);
    }
    free(client->relay_sites);
    js_given_free(client->given);
    js_site_rules_free(client->rules);
    jirasend_config_free(client->config);
    (void)pthread_cond_destroy(&client->changed);
    (void)pthread_mutex_destroy(&client->lock);
    free(client);
}

/* Credentials, and an event that will be submitted with them; null: not known yet. */
typedef struct first_event {
    const jirasend_site *site;
    jirasend_document document;
} first_event;

static jirasend_code put_site(jirasend_client *client, const jirasend_site *site,
                              jirasend_error *error);

/* The thread goes on as the delivery thread once the outbox is open. */
static jirasend_code begin_head_start(jirasend_client *client, const first_event *first,
                                      jirasend_error *error) {
    jirasend_code code = put_site(client, first->site, error);
    client->head_start = true;
    return code == JIRASEND_OK ? js_thread_start(client, error) : code;
}

static jirasend_code open_rest(jirasend_client *client, jirasend_error *error) {
    jirasend_code code = open_outbox(client, error);
    if (code == JIRASEND_OK && client->config->relay != NULL) {
        code = js_relay_sites(client, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    (void)pthread_mutex_lock(&client->lock);
    client->opened_ms = js_mono_ms(&client->world);
    code = open_delivery(client, error);
    (void)pthread_mutex_unlock(&client->lock);
    client->net->ops->wake(client->net);
    return code;
}

/* The network first: a wrong CA file must not leave a new outbox folder behind. */
static jirasend_code open_parts(jirasend_client *client, const jirasend_config *config,
                                const first_event *first, jirasend_error *error) {
    client->config = js_config_copy(config);
    client->rules = client->config == NULL ? NULL : js_site_rules_new(&client->config->options);
    if (client->rules == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = js_client_prepare_relay(client->config, error);
    if (code == JIRASEND_OK) {
        code = open_net(client, error);
    }
    if (code == JIRASEND_OK) {
        code = open_access(client, error);
    }
    bool early = code == JIRASEND_OK && first->site != NULL &&
                 js_head_start_pays(client, first->site, &first->document);
    if (early) {
        code = begin_head_start(client, first, error);
    }
    if (code == JIRASEND_OK) {
        code = open_rest(client, error);
    }
    if (code == JIRASEND_OK && !early) {
        code = js_thread_start(client, error);
    }
    if (code == JIRASEND_OK && !early && first->site != NULL) {
        code = put_site(client, first->site, error);
    }
    return code;
}

int64_t js_client_patience_ms(const jirasend_client *client) {
    enum { PATIENCE_MS = 10000 };
    const jirasend_config *config = client->config;
    if (config->host_wait_ms <= 0) {
        return config->busy_wait_ms > 0 ? config->busy_wait_ms : PATIENCE_MS;
    }
    int64_t left = client->opened_ms + config->host_wait_ms - js_mono_ms(&client->world);
    return left > 0 ? left : 0;
}

static jirasend_code open_client(const jirasend_config *config, const first_event *first,
                                 jirasend_client **client, jirasend_error *error) {
    js_error_clear(error);
    if (client == NULL) {
        return js_fail_nowhere(error);
    }
    *client = NULL;
    if (config == NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "A config is needed: jirasend_config_new().");
    }
    jirasend_client *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return js_fail_memory(error);
    }
    made->world = js_world_system();
    made->process = getpid();
    if (!init_lock(made)) {
        free(made);
        return js_fail_memory(error);
    }
    jirasend_code code = open_parts(made, config, first, error);
    if (code != JIRASEND_OK) {
        js_head_start_abort(made);
        free_client(made);
        return code;
    }
    *client = made;
    return JIRASEND_OK;
}

jirasend_code jirasend_client_open(const jirasend_config *config, jirasend_client **client,
                                   jirasend_error *error) {
    const first_event nothing = {0};
    return open_client(config, &nothing, client, error);
}

jirasend_code jirasend_client_open_for(const jirasend_config *config, const jirasend_site *site,
                                       const jirasend_document *document, jirasend_client **client,
                                       jirasend_error *error) {
    if (site == NULL || document == NULL) {
        js_error_clear(error);
        *client = NULL;
        return js_fail(error, JIRASEND_E_ARGUMENT, "A site and a document are needed.");
    }
    const first_event first = {site, *document};
    return open_client(config, &first, client, error);
}

void jirasend_client_cancel_waits(jirasend_client *client) {
    if (js_enter(client, NULL) != JIRASEND_OK) {
        return;
    }
    /* Without the lock: whoever just misses this looks again soon. */
    (void)atomic_fetch_add(&client->waits_cancelled, 1);
    (void)pthread_cond_broadcast(&client->changed);
    (void)js_leave(client, JIRASEND_OK);
}

void jirasend_client_close(jirasend_client *client, int64_t deadline_ms) {
    if (client == NULL || client->process != getpid()) {
        return; /* in a forked child there is nothing that could be closed */
    }
    js_thread_end(client, deadline_ms);
    free_client(client);
}

/* ---- sites ---- */

jirasend_code js_client_site(const jirasend_client *client, const char *text, js_site *site,
                             jirasend_error *error) {
    if (text != NULL) {
        return js_site_parse(site, text, "site", error);
    }
    if (!client->config->has_default_site) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "No site is named, and the client has no default one.");
    }
    *site = client->config->default_site;
    return JIRASEND_OK;
}

/* They go into a JSON body; still, a line break in a secret is always a mistake. */
static jirasend_code check_printable(const void *bytes, size_t length, const char *what,
                                     jirasend_error *error) {
    const unsigned char *at = bytes;
    if (length == 0) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The %s is empty.", what);
    }
    for (size_t i = 0; i < length; i++) {
        if (at[i] < 0x20 || at[i] == 0x7F) {
            return js_fail(error, JIRASEND_E_ARGUMENT,
                           "The %s contains a control character or a line break; remove it.", what);
        }
    }
    if (!js_utf8_valid(bytes, length)) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The %s is not valid UTF-8.", what);
    }
    return JIRASEND_OK;
}

/* An API of the site's own, rebuilt from its parts. `out` is null when there is none. */
static jirasend_code own_api_url(const jirasend_site *site, char **out, jirasend_error *error) {
    *out = NULL;
    if (site->api_url == NULL || site->api_url[0] == '\0') {
        return JIRASEND_OK;
    }
    jirasend_config parsed = {0};
    jirasend_code code = jirasend_config_set_api_url(&parsed, site->api_url, error);
    *out = parsed.api_url;
    return code;
}

static jirasend_code check_site(const jirasend_site *site, jirasend_error *error) {
    if (site == NULL || site->size < sizeof *site || site->client_id == NULL ||
        site->secret == NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "A site needs its size, a client id and a secret.");
    }
    jirasend_code code =
        check_printable(site->client_id, strlen(site->client_id), "client id", error);
    if (code == JIRASEND_OK) {
        code = check_printable(site->secret, site->secret_length, "client secret", error);
    }
    bool has_cloud_id = site->cloud_id != NULL && site->cloud_id[0] != '\0';
    if (code == JIRASEND_OK && has_cloud_id && !js_cloud_id_valid(site->cloud_id)) {
        code = js_fail(error, JIRASEND_E_ARGUMENT,
                       "The cloud id must be 1 to 64 letters, digits and hyphens.");
    }
    return code;
}

/* Credentials without options leave those of the site to the config. */
static jirasend_code put_rules(jirasend_client *client, const char *site,
                               const jirasend_submit_options *given, jirasend_error *error) {
    js_options options;
    jirasend_code code = js_options_read(&options, given, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    return js_site_rules_put(client->rules, site, &options) ? JIRASEND_OK : js_fail_memory(error);
}

static jirasend_code put_site(jirasend_client *client, const jirasend_site *site,
                              jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT; /* access reports through it */
    jirasend_error *e = error != NULL ? error : &own;
    jirasend_code code = check_site(site, e);
    js_site parsed = {.name = ""};
    if (code == JIRASEND_OK && site->site != NULL) {
        code = js_site_parse(&parsed, site->site, "site", e);
    }
    if (code == JIRASEND_OK) {
        code = put_rules(client, parsed.name, site->options, e);
    }
    if (code != JIRASEND_OK || client->config->relay != NULL) {
        return code; /* a relay needs no secret of Jira */
    }
    char *own_api = NULL;
    code = own_api_url(site, &own_api, e);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_credentials credentials = {.site = parsed.name,
                                  .client_id = site->client_id,
                                  .secret = site->secret,
                                  .secret_length = site->secret_length,
                                  .cloud_id = site->cloud_id,
                                  .api_url = own_api};
    (void)pthread_mutex_lock(&client->lock);
    code = js_access_put(client->access, &credentials, e);
    (void)pthread_mutex_unlock(&client->lock);
    free(own_api);
    client->net->ops->wake(client->net);
    return code;
}

jirasend_code jirasend_client_put_site(jirasend_client *client, const jirasend_site *site,
                                       jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, put_site(client, site, error)) : code;
}

static jirasend_code remove_site(jirasend_client *client, const char *site, jirasend_error *error) {
    js_site parsed = {.name = ""};
    if (client->config->relay != NULL) {
        return js_fail(error, JIRASEND_E_NOT_FOUND,
                       "Everything goes through a relay, so there are no credentials for sites.");
    }
    if (site != NULL) {
        jirasend_code code = js_site_parse(&parsed, site, "site", error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    (void)pthread_mutex_lock(&client->lock);
    jirasend_code code = js_access_remove(client->access, parsed.name, error);
    (void)pthread_mutex_unlock(&client->lock);
    return code;
}

jirasend_code jirasend_client_remove_site(jirasend_client *client, const char *site,
                                          jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, remove_site(client, site, error)) : code;
}

/* ---- handing out ---- */

jirasend_code js_hand_out(js_buf *text, char **out, jirasend_error *error) {
    *out = js_buf_take(text);
    return *out != NULL ? JIRASEND_OK : js_fail_memory(error);
}

jirasend_code js_hand_out_receipt(const js_receipt *receipt, char **out, jirasend_error *error) {
    js_buf text = JS_BUF_INIT;
    js_receipt_write(&text, receipt);
    return js_hand_out(&text, out, error);
}
