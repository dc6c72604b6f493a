/* Wiping. */
#include "base/secret.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

void js_wipe(void *memory, size_t length) {
    OPENSSL_cleanse(memory, length);
}

bool js_secret_set(js_secret *secret, const void *bytes, size_t length) {
    char *copy = malloc(length + 1);
    if (copy != NULL) {
        if (length > 0) {
            memcpy(copy, bytes, length);
        }
        copy[length] = '\0';
    }
    js_secret_wipe(secret);
    if (copy == NULL) {
        return false;
    }
    secret->text = copy;
    secret->length = length;
    return true;
}

void js_secret_wipe(js_secret *secret) {
    if (secret->text != NULL) {
        js_wipe(secret->text, secret->length + 1);
        free(secret->text);
    }
    secret->text = NULL;
    secret->length = 0;
}
