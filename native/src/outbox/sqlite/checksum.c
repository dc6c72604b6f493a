/* The checksum of a row: over the document and what was committed with it. */
#include "base/buf.h"
#include "base/hash.h"
#include "outbox/sqlite/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* With its length in front, so that no two lists of texts look the same. */
static void add_text(js_buf *out, const char *text) {
    if (text == NULL) {
        js_buf_add_text(out, "-;");
        return;
    }
    js_buf_addf(out, "%zu:%s;", strlen(text), text);
}

bool js_row_sum(const js_row_facts *facts, const char *document, size_t length, int64_t *sum) {
    unsigned char digest[JS_SHA256_SIZE];
    if (!js_sha256(document, length, digest)) {
        return false;
    }
    js_buf text = JS_BUF_INIT;
    js_buf_add(&text, digest, sizeof digest);
    js_buf_addf(&text, "%d;%" PRId64 ";%" PRId64 ";%" PRId64 ";%d;%d;", facts->format, facts->id,
                facts->number, facts->sequence, facts->kind, facts->gated ? 1 : 0);
    add_text(&text, facts->site);
    add_text(&text, facts->pipeline);
    add_text(&text, facts->environment);
    add_text(&text, facts->request_id);
    if (facts->format > 1) { /* the first version had no more */
        js_buf_addf(&text, "%d;%d;%" PRId64 ";", facts->barrier ? 1 : 0, facts->history ? 1 : 0,
                    facts->envelope);
        add_text(&text, facts->scope);
    }
    uint64_t value = 0;
    bool done = !text.failed && js_sha64(text.data, text.length, &value);
    js_buf_clear(&text);
    memcpy(sum, &value, sizeof value);
    return done;
}
