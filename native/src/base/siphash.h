/* SipHash-1-3: a fast keyed hash for tables, so that no text can be written that fills one slot. */
#ifndef JS_BASE_SIPHASH_H
#define JS_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t js_siphash(const uint64_t key[2], const void *bytes, size_t length);

#endif
