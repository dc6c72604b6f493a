/*
 * What the configuration file says, with the files it names: read whole, checked whole, never changed
 * afterwards. The service swaps one for another on SIGHUP; whoever uses one holds a reference.
 */
#ifndef RELAY_LIFE_CONFIG_H
#define RELAY_LIFE_CONFIG_H

#include "base/hash.h"
#include "base/secret.h"
#include "base/strings.h"
#include "event/site.h"
#include "relay/callers/pattern.h"

#include <jirasend/error.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rl_listen {
    char *text;    /* as written: what a reload compares */
    char host[64]; /* a numeric address; IPv6 without brackets */
    int port;
    bool v6;
    bool loopback;
} rl_listen;

typedef struct rl_tls {
    char *certificate_file, *key_file, *client_ca_file; /* null: not given */
    js_secret certificate, key, client_ca;              /* what is in them, PEM */
} rl_tls;

typedef struct rl_limits {
    int64_t connections, per_address, bodies;
} rl_limits;

typedef struct rl_site {
    js_site site;
    char *api_url, *cloud_id, *ca_file, *proxy, *no_proxy, *client_id, *secret_file;
    js_secret secret;
    rl_patterns environments;     /* of environment.id */
    js_strings environment_types; /* of each of these */
} rl_site;

typedef enum rl_credential { RL_BY_TOKEN, RL_BY_OIDC, RL_BY_CERTIFICATE } rl_credential;

typedef struct rl_oidc {
    char *issuer, *audience, *jwks, *ca_file, *proxy;
    js_strings claims, values;
} rl_oidc;

typedef struct rl_caller {
    char *name;
    rl_credential by;
    unsigned char token[JS_SHA256_SIZE];
    rl_oidc oidc;
    char *certificate; /* the whole subject */
    bool sender;
    js_strings sites; /* canonical names; empty: all */
    js_strings kinds;
    rl_patterns pipelines, repositories, flags, environments;
    js_strings projects, environment_types;
    bool may_delete, history, admin, metrics;
    int64_t rate; /* 0: none */
    char *origin;
} rl_caller;

typedef enum rl_hook_type {
    RL_HOOK_GITHUB,
    RL_HOOK_GITLAB,
    RL_HOOK_BITBUCKET,
    RL_HOOK_GITEA
} rl_hook_type;

typedef struct rl_hook {
    char *name;
    rl_hook_type type;
    char *secret_file;
    js_secret secret;
    size_t site; /* index in sites */
    rl_patterns repositories;
} rl_hook;

typedef struct rl_config {
    atomic_int references;
    js_secret source; /* the text of the file */
    rl_listen listen;
    char *public_url; /* null: not given; no slash at its end */
    bool has_tls;
    rl_tls tls;
    char *outbox;
    char *outbox_password_file;
    js_secret outbox_password;
    int64_t keep;
    rl_limits limits;
    rl_site *sites;
    size_t site_count;
    rl_caller *callers;
    size_t caller_count;
    rl_hook *hooks;
    size_t hook_count;
} rl_config;

/*
 * Reads the file and those it names. Errors: FILE (a file is missing or cannot be read), ARGUMENT
 * (the sentence begins with FILE:LINE:COLUMN where it is about the configuration), MEMORY.
 */
jirasend_code rl_config_read(rl_config **config, const char *file, jirasend_error *error);
/*
 * What is in force once more, with those files as they are now: the file itself counts only when somebody
 * says so. `file` is for the sentences. Errors as above.
 */
jirasend_code rl_config_read_again(rl_config **config, const rl_config *now, const char *file,
                                   jirasend_error *error);
/* The same from memory, for tests: files that it names are read all the same. */
jirasend_code rl_config_parse(rl_config **config, const char *text, size_t length, const char *file,
                              jirasend_error *error);
rl_config *rl_config_retain(rl_config *config);
void rl_config_release(rl_config *config); /* null is fine */

/* A caller whose certificate cannot be checked, as `tls` has no clientCa: worth a word. Null: there is none. */
const rl_caller *rl_config_shut_out(const rl_config *config);
#define RL_SHUT_OUT                                                                                \
    "The caller '%s' has a certificate, and 'tls' has no 'clientCa' to check it with: it cannot "  \
    "get in."

/* The site of that canonical name; null when there is none. */
const rl_site *rl_config_site(const rl_config *config, const char *name);
/* The type that the patterns of `environments` give this environment.id; null: none fits. */
const char *rl_site_environment_type(const rl_site *site, const char *environment);
/* That, else what the words of name (may be null) and id say. */
const char *rl_site_environment_guess(const rl_site *site, const char *name,
                                      const char *environment);
const rl_hook *rl_config_hook(const rl_config *config, const char *name);

#endif
