/*
 * Who may send where: the credentials of sites, the tokens they get, and the sites' cloud ids.
 * Both are fetched once however many ask (single flight), kept, and renewed in time.
 *
 * One thread (the delivery thread) calls everything, except put, remove and knows, which any
 * thread may call under the same lock that the delivery thread holds outside of poll().
 */
#ifndef JS_AUTH_ACCESS_H
#define JS_AUTH_ACCESS_H

#include "auth/result.h"
#include "base/guard.h"
#include "base/world.h"
#include "event/site.h"
#include "net/net.h"
#include "payload/answer.h"

typedef struct js_access js_access;

/* What somebody else keeps for it: what the outbox remembers of cloud ids, and its key. */
typedef struct js_access_memory {
    void *self;
    /* "" when none is known. Both are called while the guard is open. */
    void (*cloud_id_get)(void *self, const char *site, char cloud_id[JS_CLOUD_ID_SIZE]);
    /* Null forgets it. */
    void (*cloud_id_put)(void *self, const char *site, const char *cloud_id);
    /* Pure: the same bytes have the same fingerprint for as long as the outbox lives. */
    jirasend_code (*fingerprint)(void *self, const void *bytes, size_t length,
                                 uint64_t *fingerprint, jirasend_error *error);
} js_access_memory;

typedef struct js_access_setup {
    js_net *net;
    js_access_memory memory;
    js_guard guard; /* the lock that is held by whoever calls us; opened for what is slow */
    const js_world *world;
    const char *api_url;   /* without trailing slash */
    const char *cloud_ids; /* folder of auth/cloud_ids.h, or null */
} js_access_setup;

/* The memory may come later, with js_access_remember_in(): until then nothing but a head start is possible. */
js_access *js_access_new(const js_access_setup *setup);
/* Errors: MEMORY, INTERNAL. */
jirasend_code js_access_remember_in(js_access *access, js_access_memory memory,
                                    jirasend_error *error);
void js_access_free(js_access *access);

typedef struct js_credentials {
    const char *site; /* canonical name; "" for every site that has none of its own */
    const char *client_id;
    const void *secret;
    size_t secret_length;
    const char *cloud_id; /* null or "": looked up */
    const char *api_url;  /* null: the one of the setup; without trailing slash */
} js_credentials;

/* Who we are to a relay, which then takes the place of Jira for every site. */
typedef struct js_relay_credentials {
    const char *url;      /* without trailing slash */
    const char *identity; /* distinguishes what is not said below: a client certificate; or "" */
    const void *token;    /* null: none, or asked for */
    size_t token_length;
    const char *request_url; /* where a CI gives ID tokens, audience included; null: nowhere */
    const void *request_token;
    size_t request_token_length;
} js_relay_credentials;

/* Copies. The same credentials again keep their token. Errors: MEMORY, INTERNAL. */
jirasend_code js_access_put(js_access *access, const js_credentials *credentials,
                            jirasend_error *error);
/* The same of a relay. */
jirasend_code js_access_put_relay(js_access *access, const js_relay_credentials *credentials,
                                  jirasend_error *error);
/* NOT_FOUND when the site has none. */
jirasend_code js_access_remove(js_access *access, const char *site, jirasend_error *error);
/* Where the API of the site is. Valid until the next put or remove. */
const char *js_access_api_url(const js_access *access, const char *site);
/* Whether there are credentials for the site, and their fingerprint. */
bool js_access_knows(const js_access *access, const char *site, uint64_t *fingerprint);

typedef enum js_readiness { JS_ACCESS_PENDING, JS_ACCESS_READY, JS_ACCESS_FAILED } js_readiness;

/* What a request needs. Valid until the next call that changes something. */
typedef struct js_grant {
    const js_secret *token;    /* null: the client's certificate says who we are */
    unsigned token_generation; /* grows with each new token */
    const char *cloud_id;
    const char *api_url;
} js_grant;

/* The token alone. FAILED: `why` says what came back. Starts the request when none is under way. */
js_readiness js_access_token(js_access *access, const char *site, js_grant *grant, js_result *why);
/* Asks for the tokens of all credentials, though nobody wants them yet. */
void js_access_head_start(js_access *access);
/* The cloud id alone. */
js_readiness js_access_cloud(js_access *access, const char *site, js_grant *grant, js_result *why);
/* The same, though one is configured: what the site itself says. */
js_readiness js_access_cloud_asked(js_access *access, const char *site, const char **cloud_id,
                                   js_result *why);
/* The one that is configured; null: none. Valid until the next put or remove. */
const char *js_access_cloud_given(const js_access *access, const char *site);
/*
 * Both, asked for at the same time where that takes two hosts. READY when both are there, FAILED as
 * soon as one failed.
 */
js_readiness js_access_want(js_access *access, const char *site, js_grant *grant, js_result *why);

/* Whether a token that was refused can be replaced by asking for another. */
bool js_access_token_renewable(const js_access *access, const char *site);
/*
 * The age of the token of the nth credentials that have one, and the site they are for: "" for every site.
 * False: there are no more. May be called as js_access_knows().
 */
bool js_access_token_age(const js_access *access, size_t n, const char **site, int64_t *age_ms);
/* The token of this generation was refused: forget it. */
void js_access_token_refused(js_access *access, const char *site, unsigned generation);
/* The cloud id was not found: forget it. False when it was configured and cannot be looked up. */
bool js_access_cloud_refused(js_access *access, const char *site);
/* Whether the site itself named its cloud id within the last hour, or it is configured. */
bool js_access_cloud_fresh(const js_access *access, const char *site);

/*
 * Makes unreadable what an answer repeats of secrets and tokens, those of the last hour included:
 * its words get into receipts, logs and the outbox. The guard is open meanwhile.
 */
void js_access_redact(js_access *access, js_net_answer *answer);
/* Accepts an answer that belongs to one of its requests. False: it is somebody else's. */
bool js_access_receive(js_access *access, const js_net_answer *answer);
/*
 * Asks the memory for the cloud ids that are wanted, and tells it the new ones, with the guard open.
 * True when somebody who waits for a cloud id should look again.
 */
bool js_access_remember(js_access *access);
/* The end of a turn: failures were seen by everybody who waited, so the next may try again. */
void js_access_sweep(js_access *access);

#endif
