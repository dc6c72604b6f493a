/* The checksum of a row: over the document and what was committed with it. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/siphash.h"
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

/* The formats before the third had SHA-256 for both. It finds no damage that this does not find, too. */
static bool sum_up(int format, const js_buf *text, uint64_t *value) {
    static const uint64_t key[2] = {0, 0}; /* against damage, which knows no key */
    if (format < 3) {
        return js_sha64(text->data, text->length, value);
    }
    *value = js_siphash(key, text->data, text->length);
    return true;
}

static bool add_document(js_buf *text, int format, const char *document, size_t length) {
    unsigned char digest[JS_SHA256_SIZE];
    if (format >= 3) {
        js_buf_add_number(text, (int64_t)length);
        js_buf_add(text, ":", 1);
        js_buf_add(text, document, length);
        return true;
    }
    bool done = js_sha256(document, length, digest);
    js_buf_add(text, digest, done ? sizeof digest : 0);
    return done;
}

bool js_row_sum(const js_row_facts *facts, const char *document, size_t length, int64_t *sum) {
    js_buf text = JS_BUF_INIT;
    if (!add_document(&text, facts->format, document, length)) {
        js_buf_clear(&text);
        return false;
    }
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
    bool done = !text.failed && sum_up(facts->format, &text, &value);
    js_buf_clear(&text);
    memcpy(sum, &value, sizeof value);
    return done;
}
