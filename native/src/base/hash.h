/* SHA-256 and HMAC-SHA-256. */
#ifndef JS_BASE_HASH_H
#define JS_BASE_HASH_H

#include <jirasend/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JS_SHA256_SIZE = 32, JS_SHA256_HEX_SIZE = 65 };

/*
 * For a program that runs a moment, before anything else of OpenSSL: leaves out what OpenSSL does at its start and end for
 * others.
 */
void js_hash_for_program(void);

bool js_sha256(const void *bytes, size_t length, unsigned char digest[JS_SHA256_SIZE]);
/* Its first 64 bits, big-endian. */
bool js_sha64(const void *bytes, size_t length, uint64_t *out);
/* The first 64 bits of HMAC-SHA-256, big-endian; false when OpenSSL has no memory. */
bool js_hmac64(const void *key, size_t key_length, const void *bytes, size_t length, uint64_t *out);
void js_hex(const unsigned char *bytes, size_t length, char *out); /* out: 2 * length + 1 */

#endif
