/* Base64url on OpenSSL's base64. */
#include "base/base64url.h"

#include "base/secret.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 4, BYTES = 3 };

/* With padding, and in the letters of plain base64; null: a letter is not of base64url. */
static char *as_plain(const char *text, size_t length, size_t padded) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char *plain = malloc(padded + 1);
    for (size_t i = 0; plain != NULL && i < padded; i++) {
        char c = i < length ? text[i] : '=';
        bool known =
            i >= length || c == '-' || c == '_' || memchr(letters, c, sizeof letters - 1) != NULL;
        if (!known) {
            free(plain);
            return NULL;
        }
        plain[i] = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
    }
    return plain;
}

bool js_base64url_read(js_buf *out, const char *text, size_t length) {
    size_t padded = (length + GROUP - 1) / GROUP * GROUP;
    if (length % GROUP == 1 || padded > INT_MAX / 2) {
        return false;
    }
    char *plain = as_plain(text, length, padded);
    unsigned char *bytes = plain != NULL ? malloc(padded / GROUP * BYTES + 1) : NULL;
    int got =
        bytes != NULL ? EVP_DecodeBlock(bytes, (const unsigned char *)plain, (int)padded) : -1;
    bool good = got >= (int)(padded - length);
    if (good) {
        js_buf_add(out, (const char *)bytes, (size_t)got - (padded - length));
    }
    if (bytes != NULL) {
        js_wipe(bytes, padded / GROUP * BYTES);
    }
    if (plain != NULL) {
        js_wipe(plain, padded);
    }
    free(bytes);
    free(plain);
    return good && !out->failed;
}
