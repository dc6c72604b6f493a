/* Hashes, by OpenSSL. */
#include "base/hash.h"

#include "base/secret.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>

/*
 * A sixth of what a run for one event computes: freeing tables that the system frees, 4,000 reasons of failures
 * that nobody sees (those of TLS are loaded all the same), and 170 names of ciphers, which are
 * found without (EVP_CIPHER_fetch). Names of digests are needed to check certificates.
 */
void js_hash_for_program(void) {
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
                                  OPENSSL_INIT_NO_ADD_ALL_CIPHERS,
                              NULL);
}

/* Looking the algorithm up costs more than hashing a short text, so it is done once. */
static EVP_MD *fetched;

static void fetch(void) {
    fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static const EVP_MD *sha256(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fetch);
    return fetched != NULL ? fetched : EVP_sha256(); /* memory was short just then */
}

bool js_sha256(const void *bytes, size_t length, unsigned char digest[JS_SHA256_SIZE]) {
    return EVP_Digest(bytes, length, digest, NULL, sha256(), NULL) == 1;
}

static uint64_t first_64(const unsigned char *digest) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8U | digest[i];
    }
    return value;
}

bool js_sha64(const void *bytes, size_t length, uint64_t *out) {
    unsigned char digest[JS_SHA256_SIZE];
    bool done = js_sha256(bytes, length, digest);
    *out = done ? first_64(digest) : 0;
    return done;
}

bool js_hmac64(const void *key, size_t key_length, const void *bytes, size_t length,
               uint64_t *out) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (key_length > INT_MAX ||
        HMAC(EVP_sha256(), key, (int)key_length, bytes, length, digest, &size) == NULL) {
        return false;
    }
    *out = first_64(digest);
    js_wipe(digest, sizeof digest);
    return true;
}

void js_hex(const unsigned char *bytes, size_t length, char *out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digits[bytes[i] >> 4U];
        out[2 * i + 1] = digits[bytes[i] & 15U];
    }
    out[2 * length] = '\0';
}
