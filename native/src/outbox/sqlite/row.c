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
    js_buf_addf(&text, "%d;%" PRId64 ";%" PRId64 ";%" PRId64 ";%d;%d;", JS_FORMAT, facts->id,
                facts->number, facts->sequence, facts->kind, facts->gated ? 1 : 0);
    add_text(&text, facts->site);
    add_text(&text, facts->pipeline);
    add_text(&text, facts->environment);
    add_text(&text, facts->request_id);
    bool done = !text.failed && js_sha256(text.data, text.length, digest);
    js_buf_free(&text);
    uint64_t value = 0;
    for (int i = 0; done && i < 8; i++) {
        value = value << 8U | digest[i];
    }
    memcpy(sum, &value, sizeof value);
    return done;
}

char *js_row_join(const js_strings *list) {
    js_buf text = JS_BUF_INIT;
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0) {
            js_buf_add(&text, "\n", 1);
        }
        js_buf_add_text(&text, list->items[i]);
    }
    return js_buf_take(&text);
}

bool js_row_split(js_strings *list, const char *text) {
    while (text != NULL && text[0] != '\0') {
        size_t length = strcspn(text, "\n");
        if (!js_strings_add(list, text, length)) {
            return false;
        }
        text += length;
        text += text[0] == '\n' ? 1 : 0;
    }
    return true;
}
