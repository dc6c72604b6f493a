/* Shared by the files of access. */
#ifndef JS_AUTH_ACCESS_INTERNAL_H
#define JS_AUTH_ACCESS_INTERNAL_H

#include "auth/access.h"
#include "payload/answer.h"

/* One answer that many wait for. */
typedef struct js_lookup {
    js_net_ticket ticket; /* 0: not under way */
    bool failed;          /* until the end of the turn */
    js_result why;
} js_lookup;

/* One set of credentials and its token. */
typedef struct js_login {
    struct js_login *next;
    char *site; /* "" serves every site that has no login of its own */
    char *client_id;
    js_secret secret;
    char *cloud_id; /* configured; null: looked up */
    char *api_url;  /* its own; null: the access's */
    uint64_t fingerprint;
    js_lookup lookup;
    js_secret token;
    unsigned generation;
    int64_t renew_at_ms; /* monotonic */
} js_login;

/* One site and its cloud id. */
typedef struct js_tenant {
    struct js_tenant *next;
    js_site site;
    js_lookup lookup;
    char cloud_id[JS_CLOUD_ID_SIZE]; /* "" when not known */
    bool remembered;                 /* outbox and folder were asked */
} js_tenant;

struct js_access {
    js_net *net;
    js_outbox *outbox;
    const js_world *world;
    char *api_url;
    char *cloud_ids; /* a folder that remembers them beside the outbox; or null */
    js_login *logins;
    js_login *retired; /* replaced; their requests are cancelled at the end of the turn */
    js_tenant *tenants;
};

js_login *js_login_find(const js_access *access, const char *site);
const char *js_login_api_url(const js_access *access, const js_login *login);
void js_login_free(js_login *login);
js_readiness js_login_token(js_access *access, js_login *login, js_result *why);
void js_login_take(js_access *access, js_login *login, const js_net_answer *answer);

js_tenant *js_tenant_find(js_access *access, const char *site, jirasend_error *error);
js_readiness js_tenant_cloud(js_access *access, js_tenant *tenant, js_result *why);
void js_tenant_take(js_access *access, js_tenant *tenant, const js_net_answer *answer);

/* The lookup failed before anything was sent: short of memory. */
void js_lookup_fail(js_lookup *lookup, js_question question, const char *why);

#endif
