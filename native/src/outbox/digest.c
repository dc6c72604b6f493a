/* The digest of what an event says. */
#include "outbox/digest.h"

#include "base/error.h"
#include "base/hash.h"
#include "event/document.h"

#include <stdlib.h>
#include <string.h>

bool js_event_digest(js_event *event, unsigned char digest[JS_DIGEST_SIZE]) {
    free(event->request_id);
    event->request_id = NULL;
    event->updated_at_ms = 0;
    event->history = false;
    js_passed_clear(&event->passed);
    js_buf text = JS_BUF_INIT;
    unsigned char whole[JS_SHA256_SIZE];
    js_document_write(&text, event);
    bool good = !text.failed && js_sha256(text.data, text.length, whole);
    js_buf_clear(&text);
    if (good) {
        memcpy(digest, whole, JS_DIGEST_SIZE);
    }
    return good;
}

jirasend_code js_event_digest_stored(const js_event *event, unsigned char digest[JS_DIGEST_SIZE],
                                     jirasend_error *error) {
    js_event copy;
    js_buf text = JS_BUF_INIT;
    js_document_write(&text, event);
    jirasend_code code = text.failed
                             ? js_fail_memory(error)
                             : js_document_read_stored(&copy, text.data, text.length, error);
    js_buf_clear(&text);
    if (code == JIRASEND_OK) {
        code = js_event_digest(&copy, digest) ? JIRASEND_OK : js_fail_memory(error);
        js_event_clear(&copy);
    }
    return code;
}
