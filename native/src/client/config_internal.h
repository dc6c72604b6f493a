/* The settings of a client, read by the rest of the library. */
#ifndef JS_CLIENT_CONFIG_INTERNAL_H
#define JS_CLIENT_CONFIG_INTERNAL_H

#include "base/log.h"
#include "base/secret.h"
#include "client/options.h"
#include "event/site.h"

#include <jirasend/config.h>

#define JS_DEFAULT_API_URL "https://api.atlassian.com"
enum { JS_DEFAULT_MAX_EVENTS = 200000, JS_DEFAULT_MAX_BYTES = 512 * 1024 * 1024 };

struct jirasend_config {
    char *outbox; /* a folder, or an address of PostgreSQL; null: none */
    js_secret outbox_password;
    int64_t max_events, max_bytes;
    bool keep_given; /* else the default of the outbox */
    int keep_days;
    char *relay; /* rebuilt from its parts; null: none */
    char *relay_certificate, *relay_key;
    js_site relay_site; /* stands for the site of documents that name none */
    char *api_url;      /* rebuilt from its parts; null: the default */
    char *proxy, *no_proxy;
    char *ca_file, *ca_folder;
    char *cloud_ids;
    char *product;
    bool has_default_site;
    js_site default_site;
    js_options options; /* checked when set */
    bool paused;
    bool exclusive_host; /* the outbox keeps the host's stamp, on whatever file system */
    int64_t host_wait_ms;
    int busy_wait_ms; /* 0: the outbox's own limit */
    js_log log;
};

/* As the outbox takes it: 0 its own default, negative none. */
int js_config_keep_days(const jirasend_config *config);
/* A deep copy; null when memory is short. */
jirasend_config *js_config_copy(const jirasend_config *config);
/* The rules of a config (null: the defaults) for texts and keys. False when memory is short. */
bool js_config_rules(const jirasend_config *config, js_rules *rules);

#endif
