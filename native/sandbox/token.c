/* Tokens that were handed out. */
#include "token.h"

#include "base/hash.h"
#include "base/secret.h"

#include <stdio.h>
#include <string.h>

const char *sb_token_give(sb_tokens *tokens, const js_world *world, int64_t lifetime_s,
                          unsigned modules) {
    unsigned char bytes[32];
    char hex[2 * sizeof bytes + 1];
    world->random(world->self, bytes, sizeof bytes);
    js_hex(bytes, sizeof bytes, hex);
    char *text = tokens->items[tokens->next].text;
    (void)snprintf(text, SB_TOKEN_SIZE, "sb.%s", hex);
    tokens->items[tokens->next].expires_ms = js_mono_ms(world) + lifetime_s * 1000;
    tokens->items[tokens->next].modules = modules;
    tokens->next = (tokens->next + 1) % SB_TOKENS_MAX;
    tokens->given++;
    js_wipe(bytes, sizeof bytes);
    js_wipe(hex, sizeof hex);
    return text;
}

bool sb_token_valid(const sb_tokens *tokens, const js_world *world, const char *text,
                    unsigned *modules) {
    int64_t now = js_mono_ms(world);
    for (size_t i = 0; i < SB_TOKENS_MAX && *text != '\0'; i++) {
        if (strcmp(tokens->items[i].text, text) == 0) {
            *modules = tokens->items[i].modules;
            return now < tokens->items[i].expires_ms;
        }
    }
    return false;
}

void sb_tokens_clear(sb_tokens *tokens) {
    js_wipe(tokens, sizeof *tokens);
}
