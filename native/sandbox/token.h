/* Access tokens: given out, and known again until they expire. Never written to disk. */
#ifndef SB_TOKEN_H
#define SB_TOKEN_H

#include "base/world.h"

#include <stdbool.h>
#include <stdint.h>

enum { SB_TOKENS_MAX = 1024, SB_TOKEN_SIZE = 72 };

typedef struct sb_tokens {
    struct {
        char text[SB_TOKEN_SIZE];
        int64_t expires_ms;
        unsigned modules;   /* a bit for each API that it may use */
    } items[SB_TOKENS_MAX]; /* the oldest gives way */
    size_t next;
    int64_t given; /* ever */
} sb_tokens;

/* A new token, valid until `lifetime_s` from now. */
const char *sb_token_give(sb_tokens *tokens, const js_world *world, int64_t lifetime_s,
                          unsigned modules);
/* Whether the token is valid, and what it may use. */
bool sb_token_valid(const sb_tokens *tokens, const js_world *world, const char *text,
                    unsigned *modules);
void sb_tokens_clear(sb_tokens *tokens);

#endif
