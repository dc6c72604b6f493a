/* jirasend-relay new-token. */
#include "relay/life/new_token.h"

#include "base/buf.h"
#include "base/descriptor.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/world.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { TOKEN_BYTES = 32 };

void rl_base64url(const unsigned char *bytes, unsigned length, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned held = 0;
    int bits = 0;
    for (unsigned i = 0; i < length; i++) {
        held = (held << 8 | bytes[i]) & 0xffff;
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            *out++ = digits[held >> bits & 63];
        }
    }
    if (bits > 0) {
        *out++ = digits[held << (6 - bits) & 63];
    }
    *out = '\0';
}

int rl_new_token(void) {
    unsigned char random[TOKEN_BYTES];
    unsigned char digest[JS_SHA256_SIZE];
    char token[4 + 4 * ((TOKEN_BYTES + 2) / 3) + 1] = "jrt_"; /* no option can begin like this */
    char hash[JS_SHA256_HEX_SIZE];
    js_world world = js_world_system();
    world.random(world.self, random, sizeof random);
    rl_base64url(random, sizeof random, token + 4);
    if (!js_sha256(token, strlen(token), digest)) {
        (void)fprintf(stderr, "jirasend-relay: Out of memory.\n");
        return EX_OSERR;
    }
    js_hex(digest, sizeof digest, hash);
    js_buf text = JS_BUF_INIT;
    text.secret = true;
    js_buf_addf(&text, "token:       %s\ntokenSha256: %s\n", token, hash);
    js_wipe(random, sizeof random);
    js_wipe(token, sizeof token);
    int code = text.failed                                           ? EX_OSERR
               : js_write_all(STDOUT_FILENO, text.data, text.length) ? EX_OK
                                                                     : EX_IOERR;
    js_buf_clear(&text);
    return code;
}
