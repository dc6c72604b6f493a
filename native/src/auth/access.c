/* The table of credentials and sites: who is in it, and what goes when it changes. */
#include "auth/access_internal.h"

#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_MS = 60 * 60 * 1000, FRESH_MS = 60 * 60 * 1000 };

js_access *js_access_new(const js_access_setup *setup) {
    js_access *access = calloc(1, sizeof *access);
    if (access == NULL) {
        return NULL;
    }
    access->net = setup->net;
    access->memory = setup->memory;
    access->guard = setup->guard;
    access->world = setup->world;
    access->api_url = js_copy(setup->api_url);
    access->cloud_ids = js_copy(setup->cloud_ids);
    if (access->api_url == NULL || (setup->cloud_ids != NULL && access->cloud_ids == NULL)) {
        js_access_free(access);
        return NULL;
    }
    return access;
}

void js_access_spend(js_access *access, js_kept *kept) {
    if (kept != NULL) {
        kept->until_ms = js_mono_ms(access->world) + KEPT_MS;
        kept->next = access->spent;
        access->spent = kept;
    }
}

/* The newest come first: after the first that is too old all are. */
static void forget_spent(js_access *access, int64_t now_ms) {
    js_kept **at = &access->spent;
    while (*at != NULL && (*at)->until_ms > now_ms) {
        at = &(*at)->next;
    }
    while (*at != NULL) {
        js_kept *kept = *at;
        *at = kept->next;
        js_kept_free(kept);
    }
}

static void drop_login(js_access *access, js_login *login) {
    if (login->lookup.ticket != 0) {
        access->net->ops->cancel(access->net, login->lookup.ticket);
    }
    js_access_spend(access, login->secret);
    js_access_spend(access, login->token);
    login->secret = NULL;
    login->token = NULL;
    js_login_free(login);
}

static void drop_logins(js_access *access, js_login **list) {
    while (*list != NULL) {
        js_login *login = *list;
        *list = login->next;
        drop_login(access, login);
    }
}

void js_access_free(js_access *access) {
    if (access == NULL) {
        return;
    }
    drop_logins(access, &access->logins);
    drop_logins(access, &access->retired);
    while (access->tenants != NULL) {
        js_tenant *tenant = access->tenants;
        access->tenants = tenant->next;
        if (tenant->lookup.ticket != 0) {
            access->net->ops->cancel(access->net, tenant->lookup.ticket);
        }
        free(tenant);
    }
    forget_spent(access, INT64_MAX);
    free(access->api_url);
    free(access->cloud_ids);
    free(access);
}

static js_login **find_exactly(js_access *access, const char *site) {
    js_login **at = &access->logins;
    while (*at != NULL && strcmp((*at)->site, site) != 0) {
        at = &(*at)->next;
    }
    return at;
}

js_login *js_login_find(const js_access *access, const char *site) {
    js_login *general = NULL;
    for (js_login *login = access->logins; login != NULL; login = login->next) {
        if (strcmp(login->site, site) == 0) {
            return login;
        }
        if (login->site[0] == '\0') {
            general = login;
        }
    }
    return general;
}

/* What is refused is refused for these together; none of them can contain the separator. */
static jirasend_code fingerprint(js_access *access, js_login *login, jirasend_error *error) {
    js_buf both = JS_BUF_INIT;
    both.secret = true;
    js_buf_add_text(&both, login->client_id);
    js_buf_add(&both, "\n", 1);
    js_buf_add_text(&both, login->api_url != NULL ? login->api_url : "");
    js_buf_add(&both, "\n", 1);
    if (login->request_url != NULL) {
        js_buf_add_text(&both, login->request_url);
        js_buf_add(&both, "\n", 1);
    }
    js_buf_add(&both, login->secret->secret.text, login->secret->secret.length);
    jirasend_code code = both.failed ? js_fail_memory(error)
                         : access->memory.fingerprint == NULL
                             ? JIRASEND_OK /* js_access_remember_in() makes it */
                             : access->memory.fingerprint(access->memory.self, both.data,
                                                          both.length, &login->fingerprint, error);
    js_buf_clear(&both);
    return code;
}

static js_login *make_login(js_access *access, const js_credentials *from, jirasend_error *error) {
    js_login *login = calloc(1, sizeof *login);
    if (login == NULL) {
        (void)js_fail_memory(error);
        return NULL;
    }
    bool has_cloud_id = from->cloud_id != NULL && from->cloud_id[0] != '\0';
    login->site = js_copy(from->site);
    login->client_id = js_copy(from->client_id);
    login->cloud_id = has_cloud_id ? js_copy(from->cloud_id) : NULL;
    login->api_url = js_copy(from->api_url);
    login->secret = js_kept_new(from->secret, from->secret_length);
    bool copied = login->site != NULL && login->client_id != NULL &&
                  (!has_cloud_id || login->cloud_id != NULL) &&
                  (from->api_url == NULL || login->api_url != NULL) && login->secret != NULL;
    if (!copied) {
        (void)js_fail_memory(error);
    }
    if (!copied || fingerprint(access, login, error) != JIRASEND_OK) {
        js_login_free(login);
        return NULL;
    }
    return login;
}

jirasend_code js_access_remember_in(js_access *access, js_access_memory memory,
                                    jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    access->memory = memory;
    for (js_login *login = access->logins; login != NULL && code == JIRASEND_OK;
         login = login->next) {
        code = fingerprint(access, login, error);
    }
    return code;
}

/* The token moves along when only something else, such as the cloud id, has changed. */
static void inherit_token(js_login *login, js_login *old) {
    if (old->fingerprint == login->fingerprint) {
        login->token = old->token;
        login->got_ms = old->got_ms;
        login->renew_at_ms = old->renew_at_ms;
        login->generation = old->generation;
        old->token = NULL;
    } else {
        login->generation = old->generation + 1;
    }
}

static void retire(js_access *access, js_login **at) {
    js_login *old = *at;
    *at = old->next;
    old->next = access->retired;
    access->retired = old;
}

static jirasend_code replace(js_access *access, js_login *login, const jirasend_error *error) {
    if (login == NULL) {
        return error != NULL && error->code != JIRASEND_OK ? error->code : JIRASEND_E_MEMORY;
    }
    js_login **at = find_exactly(access, login->site);
    if (*at != NULL) {
        inherit_token(login, *at);
        retire(access, at);
    }
    login->next = access->logins;
    access->logins = login;
    return JIRASEND_OK;
}

jirasend_code js_access_put(js_access *access, const js_credentials *credentials,
                            jirasend_error *error) {
    return replace(access, make_login(access, credentials, error), error);
}

static js_login *make_relay_login(js_access *access, const js_relay_credentials *from,
                                  jirasend_error *error) {
    js_login *login = calloc(1, sizeof *login);
    if (login == NULL) {
        (void)js_fail_memory(error);
        return NULL;
    }
    bool asks = from->token == NULL && from->request_url != NULL;
    const void *secret = asks ? from->request_token : from->token;
    login->kind = asks ? JS_LOGIN_ID_TOKEN : JS_LOGIN_FIXED;
    login->site = js_copy("");
    login->client_id = js_copy(from->identity);
    login->api_url = js_copy(from->url);
    login->request_url = asks ? js_copy(from->request_url) : NULL;
    login->secret = js_kept_new(secret != NULL ? secret : "", secret == NULL ? 0
                                                              : asks ? from->request_token_length
                                                                     : from->token_length);
    bool copied = login->site != NULL && login->client_id != NULL && login->api_url != NULL &&
                  (!asks || login->request_url != NULL) && login->secret != NULL;
    if (!copied) {
        (void)js_fail_memory(error);
    }
    if (!copied || fingerprint(access, login, error) != JIRASEND_OK) {
        js_login_free(login);
        return NULL;
    }
    return login;
}

jirasend_code js_access_put_relay(js_access *access, const js_relay_credentials *credentials,
                                  jirasend_error *error) {
    return replace(access, make_relay_login(access, credentials, error), error);
}

bool js_access_token_renewable(const js_access *access, const char *site) {
    const js_login *login = js_login_find(access, site);
    return login != NULL && login->kind != JS_LOGIN_FIXED;
}

jirasend_code js_access_remove(js_access *access, const char *site, jirasend_error *error) {
    js_login **at = find_exactly(access, site);
    if (*at == NULL) {
        return js_fail(error, JIRASEND_E_NOT_FOUND, "There are no credentials for %s.", site);
    }
    retire(access, at);
    return JIRASEND_OK;
}

const char *js_access_api_url(const js_access *access, const char *site) {
    return js_login_api_url(access, js_login_find(access, site));
}

bool js_access_knows(const js_access *access, const char *site, uint64_t *fingerprint_out) {
    const js_login *login = js_login_find(access, site);
    if (login != NULL) {
        *fingerprint_out = login->fingerprint;
    }
    return login != NULL;
}

void js_lookup_fail(js_lookup *lookup, js_endpoint endpoint, const char *why) {
    js_net_answer nothing = {.failure = JS_NET_UNREACHED};
    js_result_of(&lookup->why, endpoint, &nothing);
    js_result_nonsense(&lookup->why, why);
    lookup->failed = true;
}

const char *js_login_api_url(const js_access *access, const js_login *login) {
    return login != NULL && login->api_url != NULL ? login->api_url : access->api_url;
}

/* Credentials that were taken away while somebody waited count as not answering. */
static js_readiness no_login(js_result *why) {
    js_lookup lookup = {0};
    js_lookup_fail(&lookup, JS_ENDPOINT_TOKEN, "there are no credentials for this site any more");
    *why = lookup.why;
    return JS_ACCESS_FAILED;
}

js_readiness js_access_token(js_access *access, const char *site, js_grant *grant, js_result *why) {
    js_login *login = js_login_find(access, site);
    if (login == NULL) {
        return no_login(why);
    }
    js_readiness readiness = js_login_token(access, login, why);
    const js_kept *token = login->kind == JS_LOGIN_FIXED ? login->secret : login->token;
    grant->token = token != NULL && token->secret.length > 0 ? &token->secret : NULL;
    grant->token_generation = login->generation;
    grant->api_url = js_login_api_url(access, login);
    return readiness;
}

js_readiness js_access_cloud_asked(js_access *access, const char *site, const char **cloud_id,
                                   js_result *why) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_tenant *tenant = js_tenant_find(access, site, &error);
    if (tenant == NULL) {
        js_lookup lookup = {0};
        js_lookup_fail(&lookup, JS_ENDPOINT_TENANT, error.message);
        *why = lookup.why;
        return JS_ACCESS_FAILED;
    }
    *cloud_id = tenant->cloud_id;
    return js_tenant_cloud(access, tenant, why);
}

const char *js_access_cloud_given(const js_access *access, const char *site) {
    const js_login *login = js_login_find(access, site);
    return login != NULL ? login->cloud_id : NULL;
}

js_readiness js_access_cloud(js_access *access, const char *site, js_grant *grant, js_result *why) {
    const js_login *login = js_login_find(access, site);
    if (login == NULL) {
        return no_login(why);
    }
    grant->api_url = js_login_api_url(access, login);
    if (login->cloud_id != NULL || login->kind != JS_LOGIN_JIRA) { /* a relay looks it up */
        grant->cloud_id = login->cloud_id != NULL ? login->cloud_id : "";
        return JS_ACCESS_READY;
    }
    return js_access_cloud_asked(access, site, &grant->cloud_id, why);
}

/* As with the sandbox, or a server of somebody's own that answers one connection at a time. */
static bool is_own_api(const char *site, const char *api_url) {
    js_site api;
    char path[JS_ORIGIN_SIZE];
    return js_api_parse(&api, path, sizeof path, api_url, "API URL", NULL) == JIRASEND_OK &&
           strcmp(api.name, site) == 0;
}

js_readiness js_access_want(js_access *access, const char *site, js_grant *grant, js_result *why) {
    js_result other;
    js_readiness token = js_access_token(access, site, grant, why);
    if (token == JS_ACCESS_PENDING && is_own_api(site, grant->api_url)) {
        return JS_ACCESS_PENDING; /* the connection that brings the token serves for the cloud id, too */
    }
    js_readiness cloud =
        js_access_cloud(access, site, grant, token == JS_ACCESS_FAILED ? &other : why);
    if (token == JS_ACCESS_FAILED || cloud == JS_ACCESS_FAILED) {
        return JS_ACCESS_FAILED;
    }
    return token == JS_ACCESS_READY && cloud == JS_ACCESS_READY ? JS_ACCESS_READY
                                                                : JS_ACCESS_PENDING;
}

void js_access_token_refused(js_access *access, const char *site, unsigned generation) {
    js_login *login = js_login_find(access, site);
    if (login != NULL && login->generation == generation) {
        js_access_spend(access, login->token);
        login->token = NULL;
    }
}

bool js_access_cloud_refused(js_access *access, const char *site) {
    const js_login *login = js_login_find(access, site);
    js_tenant *tenant = js_tenant_find(access, site, NULL);
    if (tenant == NULL || (login != NULL && login->cloud_id != NULL)) {
        return false;
    }
    tenant->cloud_id[0] = '\0';
    tenant->remembered = true; /* what the outbox remembers is the same wrong one */
    tenant->changed = true;
    tenant->asked_ms = 0;
    return true;
}

bool js_access_cloud_fresh(const js_access *access, const char *site) {
    const js_login *login = js_login_find(access, site);
    if (login != NULL && login->cloud_id != NULL) {
        return true;
    }
    for (const js_tenant *tenant = access->tenants; tenant != NULL; tenant = tenant->next) {
        if (strcmp(tenant->site.name, site) == 0) {
            return tenant->asked_ms > 0 && js_mono_ms(access->world) - tenant->asked_ms < FRESH_MS;
        }
    }
    return false;
}

bool js_access_receive(js_access *access, const js_net_answer *answer) {
    for (js_login *login = access->logins; login != NULL; login = login->next) {
        if (login->lookup.ticket == answer->ticket) {
            js_login_receive(access, login, answer);
            return true;
        }
    }
    for (const js_login *login = access->retired; login != NULL; login = login->next) {
        if (login->lookup.ticket == answer->ticket) {
            return true; /* of credentials that were replaced meanwhile: forgotten with them */
        }
    }
    for (js_tenant *tenant = access->tenants; tenant != NULL; tenant = tenant->next) {
        if (tenant->lookup.ticket == answer->ticket) {
            js_tenant_receive(access, tenant, answer);
            return true;
        }
    }
    return false;
}

bool js_access_remember(js_access *access) {
    bool recalled = false;
    for (js_tenant *tenant = access->tenants; tenant != NULL; tenant = tenant->next) {
        recalled |= js_tenant_remember(access, tenant);
    }
    return recalled;
}

void js_access_sweep(js_access *access) {
    drop_logins(access, &access->retired);
    forget_spent(access, js_mono_ms(access->world));
    for (js_login *login = access->logins; login != NULL; login = login->next) {
        login->lookup.failed = login->lookup.failed && login->lookup.early;
    }
    for (js_tenant *tenant = access->tenants; tenant != NULL; tenant = tenant->next) {
        tenant->lookup.failed = false;
    }
}
