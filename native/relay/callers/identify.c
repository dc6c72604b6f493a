/* Finding out who calls. */
#include "relay/callers/identify.h"

#include "relay/callers/id_token.h"

#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

const rl_caller *rl_identify_token(const rl_config *config, const char *token, size_t length) {
    unsigned char digest[JS_SHA256_SIZE];
    const rl_caller *found = NULL;
    if (!js_sha256(token, length, digest)) {
        return NULL;
    }
    /* All of them, whichever fits: the time says nothing. */
    for (size_t i = 0; i < config->caller_count; i++) {
        const rl_caller *caller = &config->callers[i];
        if (caller->by == RL_BY_TOKEN && CRYPTO_memcmp(caller->token, digest, sizeof digest) == 0) {
            found = caller;
        }
    }
    return found;
}

static const rl_caller *by_certificate(const rl_config *config, const char *subject) {
    for (size_t i = 0; i < config->caller_count; i++) {
        const rl_caller *caller = &config->callers[i];
        if (caller->by == RL_BY_CERTIFICATE && strcmp(caller->certificate, subject) == 0) {
            return caller;
        }
    }
    return NULL;
}

rl_who rl_identify(const rl_config *config, struct rl_issuers *issuers, const char *authorization,
                   const char *subject, bool wait, rl_identity *out) {
    *out = (rl_identity){NULL, NULL};
    if (authorization == NULL) {
        out->caller = subject != NULL ? by_certificate(config, subject) : NULL;
        return out->caller != NULL ? RL_WHO_KNOWN : RL_WHO_WRONG;
    }
    if (strncasecmp(authorization, "Bearer ", 7) != 0) {
        return RL_WHO_WRONG;
    }
    const char *token = authorization + 7 + strspn(authorization + 7, " ");
    size_t length = strlen(token);
    if (length == 0) {
        return RL_WHO_WRONG;
    }
    out->caller = rl_identify_token(config, token, length);
    return out->caller != NULL ? RL_WHO_KNOWN
                               : rl_id_token_identify(config, issuers, token, length, wait, out);
}
