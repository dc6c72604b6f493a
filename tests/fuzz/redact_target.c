/*
 * Redaction of foreign texts: whatever they hold, a secret does not stay readable, and the time grows
 * with the text, not with its square. The input is a secret of 32 bytes, then a piece of text.
 */
#include "fuzz.h"

#include "base/redact.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECRET = 32, SMALL = 16 * 1024, LARGE = 16 * SMALL, MOST = 4 * LARGE / SMALL };

/* The piece again and again, with the secret at the end. */
static char *make_text(const char *piece, size_t length, const js_secret *secret, size_t size) {
    char *text = malloc(size + secret->length + 1);
    FUZZ_EXPECT(text != NULL);
    for (size_t i = 0; i < size; i++) {
        text[i] = length > 0 ? piece[i % length] : 'x';
    }
    memcpy(text + size, secret->text, secret->length + 1);
    return text;
}

static double seconds_for(const char *piece, size_t length, const js_secret *secret, size_t size) {
    char *text = make_text(piece, length, secret, size);
    clock_t begun = clock();
    FUZZ_EXPECT(js_redact(text, size + secret->length, secret, 1));
    double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    FUZZ_EXPECT(memcmp(text + size, secret->text, secret->length) != 0);
    free(text);
    return seconds;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < SECRET) {
        return 0;
    }
    js_secret secret = JS_SECRET_INIT;
    FUZZ_EXPECT(js_secret_set(&secret, data, SECRET));
    for (size_t i = 0; i < SECRET; i++) { /* what a client secret may hold, and no escape of JSON */
        unsigned char c = (unsigned char)secret.text[i];
        secret.text[i] = (char)(c < 0x21 || c > 0x7E || c == '\\' || c == '*' ? 'k' : c);
    }
    const char *piece = (const char *)data + SECRET;
    double small = seconds_for(piece, size - SECRET, &secret, SMALL);
    double large = seconds_for(piece, size - SECRET, &secret, LARGE);
    FUZZ_EXPECT(large < MOST * (small > 0.002 ? small : 0.002));
    js_secret_wipe(&secret);
    return 0;
}
