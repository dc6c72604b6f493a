/* Settings of a client, made with setters so that new ones never break the ABI. */
#ifndef JIRASEND_CONFIG_H
#define JIRASEND_CONFIG_H

#include <jirasend/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jirasend_config jirasend_config;

/* How loud a log line is. */
typedef enum jirasend_log_level {
    JIRASEND_LOG_ERROR = 0,
    JIRASEND_LOG_WARNING = 1,
    JIRASEND_LOG_INFO = 2, /* what went well: events that Jira has answered, holds that end */
    JIRASEND_LOG_DEBUG = 3
} jirasend_log_level;

/*
 * Receives one line of log, without a line break and with control characters escaped. Called
 * from the delivery thread or from the thread inside an API call; it must not call back into
 * the client and should return quickly. The line is valid during the call only.
 */
typedef void (*jirasend_log_fn)(void *context, jirasend_log_level level, const char *line);

/*
 * A new set of defaults. Null when memory is short. Freed with jirasend_config_free(), also
 * after jirasend_client_open() has taken its own copy. One thread at a time may use a config.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_config *jirasend_config_new(void);
JIRASEND_API void jirasend_config_free(jirasend_config *config);

/*
 * Every setter copies its text, takes null for "back to the default", and returns JIRASEND_OK,
 * JIRASEND_E_MEMORY, or JIRASEND_E_ARGUMENT with a sentence in `error`, also where `config` is null.
 */

/*
 * Where events are kept until Jira has accepted them: a folder, or the address of a PostgreSQL database
 * that several processes and machines share (postgresql://USER@HOST/DATABASE, docs/fleet.md), which is
 * checked here. Default: in memory only, without a history; of the receipts that were handed out only the
 * newest 1,024 can be had again, but for events with a requestId.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_outbox(jirasend_config *config,
                                                                         const char *outbox,
                                                                         jirasend_error *error);

/* The password of such a database: a line of text, of `length` bytes. Null or 0: none. Wiped when freed. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_outbox_password(
    jirasend_config *config, const char *password, size_t length, jirasend_error *error);

/* Bounds of the outbox: waiting events (default 200,000) and their bytes (default 512 MiB). 0: default. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_outbox_bounds(
    jirasend_config *config, int64_t max_events, int64_t max_bytes, jirasend_error *error);

/*
 * How many days the history (history.h) goes back: 0 to 36500, default 400. It is not stored: a client
 * removes, and shows, by its own.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_keep(jirasend_config *config,
                                                                       int days,
                                                                       jirasend_error *error);

/* Base URL of the API. Default https://api.atlassian.com; http is allowed for loopback only. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_api_url(jirasend_config *config,
                                                                          const char *url,
                                                                          jirasend_error *error);

/*
 * The address of a jirasend-relay, to which everything goes instead of to Jira: events, gates, checks.
 * http is allowed for loopback only; a path is fine. Who we are says jirasend_client_put_relay();
 * credentials of sites are not used, an origin or a scope of requestIds is refused, and documents need
 * no site where the relay allows us one only. Default: none.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_relay(jirasend_config *config,
                                                                        const char *url,
                                                                        jirasend_error *error);

/*
 * The client certificate that a relay is shown, and its key: PEM files without a password; key null:
 * it is in the same file. A missing or wrong file is an error (FILE) when the client opens. Default: none.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_relay_certificate(
    jirasend_config *config, const char *certificate, const char *key, jirasend_error *error);

/* Proxy URL (http://, https:// or socks5h://, with user:password when needed). Default: none. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_proxy(jirasend_config *config,
                                                                        const char *url,
                                                                        jirasend_error *error);

/* Hosts reached without the proxy: names, suffixes, addresses or CIDR ranges, comma separated. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_no_proxy(jirasend_config *config,
                                                                           const char *list,
                                                                           jirasend_error *error);

/* PEM file of the trusted roots, alone. Default: what libcurl was built with. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_ca_file(jirasend_config *config,
                                                                          const char *file,
                                                                          jirasend_error *error);

/* Folder of trusted roots with OpenSSL's hash links, alone or beside a CA file. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_ca_folder(jirasend_config *config,
                                                                            const char *folder,
                                                                            jirasend_error *error);

/*
 * Folder that remembers the cloud ids of sites, for clients that have no outbox folder or a new one:
 * ~/.cache/my-tool, say. It is made when needed. What is not the user's own, what is older than a
 * week, and plain-http sites are passed over. Default: none.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_cloud_ids(jirasend_config *config,
                                                                            const char *folder,
                                                                            jirasend_error *error);

/* What goes in front of "jirasend/VERSION" in the User-Agent header, such as "my-tool/1.2". */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_config_set_user_agent(jirasend_config *config, const char *product, jirasend_error *error);

/* The site of documents that name none: a host name or URL. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_config_set_default_site(jirasend_config *config, const char *site, jirasend_error *error);

/* Also take issue keys in lower case (default 0). Keys are upper-cased. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_any_case(jirasend_config *config,
                                                                           int any_case,
                                                                           jirasend_error *error);

/* Keep only keys of these projects, comma separated ("APP,OPS"). Default: all. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_projects(jirasend_config *config,
                                                                           const char *projects,
                                                                           jirasend_error *error);

/* More words that look like a project but are not, comma separated ("KIP,RFC"). */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_not_keys(jirasend_config *config,
                                                                           const char *words,
                                                                           jirasend_error *error);

/* Keep events and send nothing (default 0): for a copied installation. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_paused(jirasend_config *config,
                                                                         int paused,
                                                                         jirasend_error *error);

/*
 * The outbox folder may be mounted on several hosts, of which one may use it at a time (default 0: only
 * where the file system is not known to be local). Opening refuses, with REFUSED, while a process on
 * another host has it open; first it waits for that so long (ms, 0 or more).
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_exclusive_host(
    jirasend_config *config, int exclusive, int64_t wait_ms, jirasend_error *error);

/*
 * How long another process that writes to the outbox may keep a call waiting, which is then refused
 * (ms, 1 to 10,000; default 10,000).
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_busy_wait(jirasend_config *config,
                                                                            int64_t wait_ms,
                                                                            jirasend_error *error);

/* Where log lines go. Default: nowhere. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_log(jirasend_config *config,
                                                                      jirasend_log_fn log,
                                                                      void *context,
                                                                      jirasend_log_level level,
                                                                      jirasend_error *error);

#ifdef __cplusplus
}
#endif

#endif
