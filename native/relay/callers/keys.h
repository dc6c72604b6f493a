/* The public keys of an issuer (JWKS), and whether one of them signed a token. */
#ifndef RELAY_CALLERS_KEYS_H
#define RELAY_CALLERS_KEYS_H

#include <jirasend/error.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct rl_keys rl_keys;

/*
 * Takes what can verify: RSA of 2048 to 8192 bits and EC on P-256, for signatures, with a key id. What is
 * none of these is passed over. Error: DOCUMENT when it is no JWKS, MEMORY.
 */
jirasend_code rl_keys_read(rl_keys **keys, const char *text, size_t length, jirasend_error *error);
/* References are counted; any thread. Null is fine. */
rl_keys *rl_keys_retain(rl_keys *keys);
void rl_keys_release(rl_keys *keys);
size_t rl_keys_count(const rl_keys *keys);

bool rl_keys_have(const rl_keys *keys, const char *kid);
/* Whether a key of that id, made for this algorithm, verifies the compact token. */
bool rl_keys_verify(const rl_keys *keys, const char *kid, const char *algorithm, const char *token,
                    size_t length);

#endif
