/* Signed cookies, and those that were ended before their time. */
#include "relay/page/session.h"

#include "base/hash.h"
#include "base/secret.h"
#include "relay/life/new_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENDED_MAX = 1024, NONCE_BYTES = 12 };

/* A session that was ended; forgotten once it would be over anyway. */
typedef struct ended {
    unsigned char digest[JS_SHA256_SIZE];
    int64_t until_s;
} ended;

struct rl_sessions {
    rl_relay *relay;
    unsigned char key[JIRASEND_KEY_SIZE];
    pthread_mutex_t lock;
    ended list[ENDED_MAX];
    size_t next;
};

rl_sessions *rl_sessions_new(rl_relay *relay) {
    rl_sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions == NULL) {
        return NULL;
    }
    sessions->relay = relay;
    if (jirasend_client_key(rl_core_client(relay->core), "relay session", sessions->key, NULL) !=
        JIRASEND_OK) {
        free(sessions);
        return NULL;
    }
    (void)pthread_mutex_init(&sessions->lock, NULL);
    return sessions;
}

void rl_sessions_free(rl_sessions *sessions) {
    if (sessions != NULL) {
        (void)pthread_mutex_destroy(&sessions->lock);
        js_wipe(sessions->key, sizeof sessions->key);
        free(sessions);
    }
}

static bool sign(const rl_sessions *sessions, const char *purpose, const char *text,
                 char out[JS_SHA256_HEX_SIZE]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    js_buf whole = JS_BUF_INIT;
    js_buf_addf(&whole, "%s:%s", purpose, text);
    bool good = !whole.failed &&
                HMAC(EVP_sha256(), sessions->key, sizeof sessions->key,
                     (const unsigned char *)whole.data, whole.length, digest, &size) != NULL;
    if (good) {
        js_hex(digest, JS_SHA256_SIZE, out);
    }
    js_buf_clear(&whole);
    return good;
}

/* Part of the cookie, so that it ends with the credential that it was given for. */
static bool credential_of(const rl_caller *caller, char out[17]) {
    unsigned char digest[JS_SHA256_SIZE];
    const void *bytes =
        caller->by == RL_BY_TOKEN ? (const void *)caller->token : caller->certificate;
    size_t length = caller->by == RL_BY_TOKEN     ? sizeof caller->token
                    : caller->certificate != NULL ? strlen(caller->certificate)
                                                  : 0;
    if (length == 0 || !js_sha256(bytes, length, digest)) {
        return false;
    }
    js_hex(digest, 8, out);
    return true;
}

bool rl_session_make(rl_sessions *sessions, const rl_caller *caller, char out[RL_SESSION_SIZE]) {
    const js_world *world = &sessions->relay->world;
    unsigned char nonce[NONCE_BYTES];
    char shown[4 * ((NONCE_BYTES + 2) / 3) + 1];
    char credential[17];
    char head[RL_SESSION_SIZE - JS_SHA256_HEX_SIZE];
    char signature[JS_SHA256_HEX_SIZE];
    world->random(world->self, nonce, sizeof nonce);
    rl_base64url(nonce, sizeof nonce, shown);
    if (!credential_of(caller, credential)) {
        return false;
    }
    (void)snprintf(head, sizeof head, "%s~%lld~%s~%s", caller->name,
                   (long long)(js_wall_ms(world) / 1000 + RL_SESSION_SECONDS), credential, shown);
    if (!sign(sessions, "session", head, signature)) {
        return false;
    }
    (void)snprintf(out, RL_SESSION_SIZE, "%s~%s", head, signature);
    return true;
}

static bool is_ended(rl_sessions *sessions, const char *cookie) {
    unsigned char digest[JS_SHA256_SIZE];
    bool found = !js_sha256(cookie, strlen(cookie), digest);
    (void)pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < ENDED_MAX && !found; i++) {
        found = memcmp(sessions->list[i].digest, digest, sizeof digest) == 0;
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    return found;
}

/* Cuts the next part off; null when there is none. */
static char *cut(char **rest) {
    char *part = *rest;
    char *end = part != NULL ? strchr(part, '~') : NULL;
    if (end != NULL) {
        *end = '\0';
    }
    *rest = end != NULL ? end + 1 : NULL;
    return part;
}

const rl_caller *rl_session_caller(rl_sessions *sessions, const rl_config *config,
                                   const char *cookie) {
    char text[RL_SESSION_SIZE];
    char signature[JS_SHA256_HEX_SIZE];
    char credential[17];
    size_t length = cookie != NULL ? strlen(cookie) : 0;
    const char *last = cookie != NULL ? strrchr(cookie, '~') : NULL;
    if (length >= sizeof text || last == NULL || strlen(last + 1) != sizeof signature - 1) {
        return NULL;
    }
    memcpy(text, cookie, length + 1);
    text[last - cookie] = '\0';
    if (!sign(sessions, "session", text, signature) ||
        CRYPTO_memcmp(signature, last + 1, sizeof signature - 1) != 0 ||
        is_ended(sessions, cookie)) {
        return NULL;
    }
    char *rest = text;
    const char *name = cut(&rest);
    const char *until = cut(&rest);
    const char *given = cut(&rest);
    if (given == NULL || strtoll(until, NULL, 10) <= js_wall_ms(&sessions->relay->world) / 1000) {
        return NULL;
    }
    for (size_t i = 0; i < config->caller_count; i++) {
        const rl_caller *caller = &config->callers[i];
        if (strcmp(caller->name, name) == 0 && caller->admin && credential_of(caller, credential) &&
            strcmp(credential, given) == 0) {
            return caller;
        }
    }
    return NULL;
}

bool rl_session_csrf(rl_sessions *sessions, const char *cookie, char out[RL_CSRF_SIZE]) {
    return sign(sessions, "csrf", cookie, out);
}

void rl_session_end(rl_sessions *sessions, const char *cookie) {
    ended one = {.until_s = js_wall_ms(&sessions->relay->world) / 1000 + RL_SESSION_SECONDS};
    if (!js_sha256(cookie, strlen(cookie), one.digest)) {
        return;
    }
    (void)pthread_mutex_lock(&sessions->lock);
    sessions->list[sessions->next++ % ENDED_MAX] = one;
    (void)pthread_mutex_unlock(&sessions->lock);
}
