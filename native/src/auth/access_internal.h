/* Shared by the files of access. */
#ifndef JS_AUTH_ACCESS_INTERNAL_H
#define JS_AUTH_ACCESS_INTERNAL_H

#include "auth/access.h"
#include "payload/answer.h"

/* One answer that many wait for. */
typedef struct js_lookup {
    js_net_ticket ticket; /* 0: not under way */
    bool failed;          /* until the end of the turn */
    bool early; /* asked for before anybody wanted it: what came back counts until it is seen */
    js_result why;
} js_lookup;

/* A secret or a token, kept for an hour after its last use to be known when it comes back. */
typedef struct js_kept {
    struct js_kept *next;
    js_secret secret;
    int64_t until_ms; /* monotonic; once it is spent */
} js_kept;

/* Where the token of a login comes from. */
typedef enum js_login_kind {
    JS_LOGIN_JIRA, /* client id and secret are exchanged for it */
    JS_LOGIN_FIXED, /* the secret is the token; or there is none, and a certificate says who we are */
    JS_LOGIN_ID_TOKEN /* a CI gives it to who shows the secret */
} js_login_kind;

/* One set of credentials and its token. */
typedef struct js_login {
    struct js_login *next;
    js_login_kind kind;
    char *site; /* "" serves every site that has no login of its own */
    char *client_id;
    js_kept *secret;
    char *cloud_id;    /* configured; null: looked up */
    char *api_url;     /* its own; null: the access's */
    char *request_url; /* ID_TOKEN */
    uint64_t fingerprint;
    js_lookup lookup;
    js_kept *token; /* null: none */
    unsigned generation;
    int64_t renew_at_ms; /* monotonic */
    int64_t got_ms;      /* monotonic: when the token came */
} js_login;

/* One site and its cloud id. */
typedef struct js_tenant {
    struct js_tenant *next;
    js_site site;
    js_lookup lookup;
    char cloud_id[JS_CLOUD_ID_SIZE]; /* "" when not known */
    bool wanted;                     /* somebody waits for it */
    bool remembered;                 /* memory and folder were asked */
    bool changed;                    /* memory and folder are to be told */
    int64_t asked_ms; /* monotonic: when the site itself named it; 0: it was remembered */
} js_tenant;

struct js_access {
    js_net *net;
    js_access_memory memory;
    js_guard guard;
    const js_world *world;
    char *api_url;
    char *cloud_ids; /* a folder that remembers them beside the outbox; or null */
    js_login *logins;
    js_login *retired; /* replaced; their requests are cancelled at the end of the turn */
    js_kept *spent;    /* newest first */
    js_tenant *tenants;
};

js_login *js_login_find(const js_access *access, const char *site);
const char *js_login_api_url(const js_access *access, const js_login *login);
void js_login_free(js_login *login);
/* Null: out of memory. */
js_kept *js_kept_new(const void *bytes, size_t length);
void js_kept_free(js_kept *kept);
/* It is no longer used; null is fine. The access owns it from now on. */
void js_access_spend(js_access *access, js_kept *kept);
js_readiness js_login_token(js_access *access, js_login *login, js_result *why);
void js_login_receive(js_access *access, js_login *login, const js_net_answer *answer);

js_tenant *js_tenant_find(js_access *access, const char *site, jirasend_error *error);
js_readiness js_tenant_cloud(js_access *access, js_tenant *tenant, js_result *why);
/* See js_access_remember(). */
bool js_tenant_remember(js_access *access, js_tenant *tenant);
void js_tenant_receive(js_access *access, js_tenant *tenant, const js_net_answer *answer);

/* The lookup failed before anything was sent: short of memory. */
void js_lookup_fail(js_lookup *lookup, js_endpoint endpoint, const char *why);

#endif
