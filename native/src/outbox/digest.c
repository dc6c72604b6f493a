/* The digest of what an event says. */
#include "outbox/digest.h"

#include "base/hash.h"
#include "event/document.h"

#include <string.h>

bool js_event_digest(const js_event *event, unsigned char digest[JS_DIGEST_SIZE]) {
    js_event bare = *event; /* borrows what it holds */
    bare.request_id = NULL;
    bare.updated_at_ms = 0;
    bare.history = false;
    memset(&bare.passed, 0, sizeof bare.passed);
    js_buf text = JS_BUF_INIT;
    unsigned char whole[JS_SHA256_SIZE];
    js_document_write(&text, &bare);
    bool good = !text.failed && js_sha256(text.data, text.length, whole);
    js_buf_clear(&text);
    if (good) {
        memcpy(digest, whole, JS_DIGEST_SIZE);
    }
    return good;
}
