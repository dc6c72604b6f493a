/* Signatures of webhooks: HMAC-SHA-256 of the body, or GitLab's token. */
#include "relay/hooks/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

const char *rl_signature_header(rl_hook_type type) {
    switch (type) {
    case RL_HOOK_GITHUB:
        return "X-Hub-Signature-256";
    case RL_HOOK_GITLAB:
        return "X-Gitlab-Token";
    case RL_HOOK_BITBUCKET:
        return "X-Hub-Signature";
    case RL_HOOK_GITEA:
        return "X-Gitea-Signature";
    }
    return "";
}

/* By their hashes, so that not even the length shows. */
static bool same_text(const char *given, const js_secret *secret) {
    unsigned char digests[2][JS_SHA256_SIZE];
    return js_sha256(given, strlen(given), digests[0]) &&
           js_sha256(secret->text, secret->length, digests[1]) &&
           CRYPTO_memcmp(digests[0], digests[1], sizeof digests[0]) == 0;
}

bool rl_signature_good(const rl_hook *hook, const char *given, const void *body, size_t length) {
    static const char prefix[] = "sha256=";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char hex[JS_SHA256_HEX_SIZE];
    if (given == NULL) {
        return false;
    }
    if (hook->type == RL_HOOK_GITLAB) {
        return same_text(given, &hook->secret);
    }
    if (hook->type != RL_HOOK_GITEA) {
        if (strncmp(given, prefix, sizeof prefix - 1) != 0) {
            return false;
        }
        given += sizeof prefix - 1;
    }
    if (HMAC(EVP_sha256(), hook->secret.text, (int)hook->secret.length, body, length, digest,
             &size) == NULL ||
        size != JS_SHA256_SIZE || strlen(given) != sizeof hex - 1) {
        return false;
    }
    js_hex(digest, size, hex);
    return CRYPTO_memcmp(hex, given, sizeof hex - 1) == 0;
}
