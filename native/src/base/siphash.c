/* SipHash, for tables that take foreign keys. */
#include "base/siphash.h"

#include <endian.h>
#include <string.h>

static uint64_t rotate(uint64_t value, unsigned bits) {
    return value << bits | value >> (64U - bits);
}

static void mix(uint64_t v[4]) {
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* Eight bytes, the first one lowest. */
static uint64_t whole_word_at(const unsigned char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

/* Fewer. */
static uint64_t word_at(const unsigned char *bytes, size_t length) {
    uint64_t word = 0;
    for (size_t i = 0; i < length; i++) {
        word |= (uint64_t)bytes[i] << (8 * i);
    }
    return word;
}

uint64_t js_siphash(const uint64_t key[2], const void *bytes, size_t length) {
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU,
                     key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U};
    const unsigned char *at = bytes;
    size_t left = length;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word = whole_word_at(at);
        v[3] ^= word;
        mix(v);
        v[0] ^= word;
    }
    uint64_t last = word_at(at, left) | (uint64_t)length << 56U;
    v[3] ^= last;
    mix(v);
    v[0] ^= last;
    v[2] ^= 0xFFU;
    for (int i = 0; i < 3; i++) {
        mix(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
