/* JSON texts: escapes, surrogates, and what may not stand in them. */
#include "base/text.h"
#include "event/json_parser.h"

#include <stdint.h>
#include <string.h>

static void add_character(js_buf *out, uint32_t code) {
    char bytes[4];
    size_t size = 0;
    if (code < 0x80) {
        bytes[size++] = (char)code;
    } else if (code < 0x800) {
        bytes[size++] = (char)(0xC0U | code >> 6U);
    } else if (code < 0x10000) {
        bytes[size++] = (char)(0xE0U | code >> 12U);
        bytes[size++] = (char)(0x80U | (code >> 6U & 0x3FU));
    } else {
        bytes[size++] = (char)(0xF0U | code >> 18U);
        bytes[size++] = (char)(0x80U | (code >> 12U & 0x3FU));
        bytes[size++] = (char)(0x80U | (code >> 6U & 0x3FU));
    }
    if (code >= 0x80) {
        bytes[size++] = (char)(0x80U | (code & 0x3FU));
    }
    js_buf_add(out, bytes, size);
}

/* The four digits of \uXXXX at `at`. */
static bool read_hex(const js_json_parser *in, size_t at, uint32_t *code) {
    *code = 0;
    if (in->length - at < 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        char digit = in->text[at + i];
        uint32_t value = 0;
        if (digit >= '0' && digit <= '9') {
            value = (uint32_t)(digit - '0');
        } else if (digit >= 'a' && digit <= 'f') {
            value = (uint32_t)(digit - 'a') + 10;
        } else if (digit >= 'A' && digit <= 'F') {
            value = (uint32_t)(digit - 'A') + 10;
        } else {
            return false;
        }
        *code = *code << 4U | value;
    }
    return true;
}

/* Behind "\u": one character, which may need a second escape. */
static bool read_unicode_escape(js_json_parser *in, js_buf *out) {
    size_t start = in->at - 2;
    uint32_t code;
    if (!read_hex(in, in->at, &code)) {
        return js_json_fail_at(in, start, "\\u needs four hexadecimal digits");
    }
    in->at += 4;
    if (code == 0 && in->strict) {
        return js_json_fail_at(in, start, "a NUL character is not allowed in a text");
    }
    if (code >= 0xD800 && code <= 0xDFFF) {
        uint32_t low = 0;
        bool paired = code < 0xDC00 && js_json_starts_with(in, "\\u") &&
                      read_hex(in, in->at + 2, &low) && low >= 0xDC00 && low <= 0xDFFF;
        if (paired) {
            code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
            in->at += 6;
        } else if (in->strict) {
            return js_json_fail_at(in, start, "half of a surrogate pair (\\u%04X) stands alone",
                                   (unsigned)code);
        } else {
            code = 0xFFFD;
        }
    }
    add_character(out, code);
    return true;
}

/* Behind a backslash. */
static bool read_escape(js_json_parser *in, js_buf *out) {
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    char name = js_json_peek(in);
    if (name == 'u') {
        in->at++;
        return read_unicode_escape(in, out);
    }
    const char *found = name == '\0' ? NULL : strchr(names, name);
    if (found == NULL) {
        return js_json_fail_at(in, in->at - 1,
                               "a backslash must be followed by one of \" \\ / b f n r t u");
    }
    js_buf_add(out, &meanings[found - names], 1);
    in->at++;
    return true;
}

/* How many bytes from here on stand for themselves. */
static bool measure_plain(js_json_parser *in, size_t *plain) {
    size_t at = in->at;
    while (at < in->length && in->text[at] != '"' && in->text[at] != '\\') {
        int32_t code;
        size_t size = js_utf8_next(in->text + at, in->length - at, &code);
        if (code < 0) {
            return js_json_fail_at(in, at, "the text is not valid UTF-8");
        }
        if (code == 0) {
            return js_json_fail_at(in, at, "a NUL character is not allowed in a text");
        }
        if (code < 0x20) {
            return js_json_fail_at(in, at, "the control character %d must be escaped in a text",
                                   (int)code);
        }
        at += size;
    }
    *plain = at - in->at;
    return true;
}

/* At the opening quote. */
bool js_json_read_text(js_json_parser *in, js_buf *out) {
    size_t start = in->at;
    js_buf_clear(out);
    in->at++;
    for (;;) {
        size_t plain = 0;
        if (!measure_plain(in, &plain)) {
            return false;
        }
        js_buf_add(out, in->text + in->at, plain);
        in->at += plain;
        if (in->at == in->length) {
            return js_json_fail_at(in, start, "the text that begins here has no closing quote");
        }
        if (in->text[in->at++] == '"') {
            return out->failed ? js_json_fail_memory(in) : true;
        }
        if (!read_escape(in, out)) {
            return false;
        }
    }
}
