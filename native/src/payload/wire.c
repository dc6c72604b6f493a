/* Ids on their way to Jira. */
#include "payload/wire.h"

#include "base/hash.h"
#include "event/json.h"

#include <string.h>

enum { WIRE_MAX = 255, PREFIX_MAX = 190 };

static bool stands_for_itself(char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
}

static void add_hex(js_buf *out, unsigned char byte) {
    static const char digits[] = "0123456789ABCDEF";
    const char escaped[3] = {'~', digits[byte >> 4U], digits[byte & 15U]};
    js_buf_add(out, escaped, sizeof escaped);
}

/* The whole escaped id; how long its longest prefix is that ends between escapes goes to *prefix. */
static void escape(js_buf *out, const char *id, size_t *prefix) {
    bool dots_only = strspn(id, ".") == strlen(id);
    size_t start = out->length;
    for (const char *at = id; *at != '\0' && !out->failed; at++) {
        if (out->length - start <= PREFIX_MAX) {
            *prefix = out->length - start;
        }
        if (stands_for_itself(*at) && !dots_only) {
            js_buf_add(out, at, 1);
        } else {
            add_hex(out, (unsigned char)*at);
        }
    }
}

void js_wire_id(js_buf *out, const char *id) {
    size_t start = out->length;
    size_t prefix = 0;
    escape(out, id, &prefix);
    if (out->failed || out->length - start <= WIRE_MAX) {
        return;
    }
    unsigned char digest[JS_SHA256_SIZE];
    if (!js_sha256(id, strlen(id), digest)) {
        out->failed = true;
        return;
    }
    char hex[JS_SHA256_HEX_SIZE];
    js_hex(digest, sizeof digest, hex);
    js_buf_cut(out, start + prefix);
    js_buf_addf(out, "~%s", hex);
}

bool js_wire_put(js_json_out *object, const char *name, const char *id) {
    js_buf wire = JS_BUF_INIT;
    js_wire_id(&wire, id);
    bool good = !wire.failed && js_write_text(object, name, wire.data == NULL ? "" : wire.data);
    js_buf_clear(&wire);
    return good;
}
