/* The digest of what an event says. */
#include "outbox/digest.h"

#include "base/hash.h"
#include "event/document.h"

#include <string.h>

bool js_document_digest(const char *text, size_t length, unsigned char digest[JS_DIGEST_SIZE]) {
    unsigned char whole[JS_SHA256_SIZE];
    bool good = js_sha256(text, length, whole);
    if (good) {
        memcpy(digest, whole, JS_DIGEST_SIZE);
    }
    return good;
}

bool js_event_digest(const js_event *event, unsigned char digest[JS_DIGEST_SIZE]) {
    js_buf text = JS_BUF_INIT;
    size_t content = js_document_write(&text, event);
    bool good =
        !text.failed && js_document_digest(text.data + content, text.length - content, digest);
    js_buf_clear(&text);
    return good;
}
