/* The checksum of a row: over the document and what was committed with it. */
#include "base/buf.h"
#include "base/hash.h"
#include "outbox/sqlite/internal.h"

#include <stdlib.h>
#include <string.h>

static void add_number(js_buf *out, int64_t number) {
    js_buf_add_number(out, number);
    js_buf_add_text(out, ";");
}

/* With its length in front, so that no two lists of texts look the same. */
static void add_text(js_buf *out, const char *text) {
    if (text == NULL) {
        js_buf_add_text(out, "-;");
        return;
    }
    js_buf_add_number(out, (int64_t)strlen(text));
    js_buf_add_text(out, ":");
    js_buf_add_text(out, text);
    js_buf_add_text(out, ";");
}

bool js_row_sum(const js_row_facts *facts, const char *document, size_t length, int64_t *sum) {
    unsigned char digest[JS_SHA256_SIZE];
    if (!js_sha256(document, length, digest)) {
        return false;
    }
    js_buf text = JS_BUF_INIT;
    js_buf_add(&text, digest, sizeof digest);
    add_number(&text, facts->format);
    add_number(&text, facts->id);
    add_number(&text, facts->number);
    add_number(&text, facts->sequence);
    add_number(&text, facts->kind);
    add_number(&text, facts->gated ? 1 : 0);
    add_text(&text, facts->site);
    add_text(&text, facts->pipeline);
    add_text(&text, facts->environment);
    add_text(&text, facts->request_id);
    if (facts->format > 1) { /* the first version had no more */
        add_number(&text, facts->barrier ? 1 : 0);
        add_number(&text, facts->history ? 1 : 0);
        add_number(&text, facts->envelope);
        add_text(&text, facts->scope);
    }
    uint64_t value = 0;
    bool done = !text.failed && js_sha64(text.data, text.length, &value);
    js_buf_clear(&text);
    memcpy(sum, &value, sizeof value);
    return done;
}
